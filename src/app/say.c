#include "app/say.h"

#include "app/tty.h"
#include "report/text.h"

#include <stdarg.h>

enum { LINE_BYTES = 8192 }; /* a path, and all about it */

void pp_say(FILE *out, const char *format, ...) {
    const struct pp_terminal terminal = pp_tty_at(fileno(out));
    char line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pp_text_wrap(out, line, 2, PP_STYLE_NONE, &terminal);
}
