#include "app/tty.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80, COLUMNS_MOST = 10000 };

static bool is_dumb(void) {
    const char *term = getenv("TERM");
    return !term || !term[0] || strcmp(term, "dumb") == 0;
}

/* Of the environment's locale; the program itself stays in "C", where numbers are written with a point. */
static bool speaks_utf8(void) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!locale)
        return false;
    bool utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return utf8;
}

size_t pp_tty_columns(int fd) {
    struct winsize window;
    if (ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        return window.ws_col;
    const char *said = getenv("COLUMNS");
    long columns = said ? strtol(said, NULL, 10) : 0;
    return columns > 0 && columns <= COLUMNS_MOST ? (size_t)columns : COLUMNS_USUAL;
}

struct pp_terminal pp_tty_at(int fd) {
    if (!isatty(fd))
        return PP_TERMINAL_NONE;
    const char *no_color = getenv("NO_COLOR");
    return (struct pp_terminal){
        .columns = pp_tty_columns(fd), .utf8 = speaks_utf8(), .color = !is_dumb() && !(no_color && no_color[0])};
}

bool pp_tty_redraws(int fd) { return isatty(fd) && !is_dumb(); }
