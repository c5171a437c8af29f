#include "lib/tail.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int pp_tail_open(struct pp_tail *tail) {
    int ends[2];
    tail->fd = -1;
    tail->length = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    tail->fd = ends[0];
    return ends[1];
}

void pp_tail_close(struct pp_tail *tail) {
    if (tail->fd >= 0)
        close(tail->fd);
    tail->fd = -1;
}

/* ---- taking ---- */

static void append(struct pp_tail *tail, const char *bytes, size_t count) {
    size_t room = sizeof tail->bytes, more = count < room ? count : room;
    size_t kept = tail->length < room - more ? tail->length : room - more;
    memmove(tail->bytes, tail->bytes + tail->length - kept, kept);
    memcpy(tail->bytes + kept, bytes + count - more, more);
    tail->length = kept + more;
}

void pp_tail_take(struct pp_tail *tail) {
    enum { READS_MAX = 256 }; /* who writes for ever shall not be read for ever */
    char bytes[16384];
    ssize_t got = (ssize_t)sizeof bytes;
    for (int i = 0; i < READS_MAX && tail->fd >= 0 && got == (ssize_t)sizeof bytes; i++) {
        while ((got = read(tail->fd, bytes, sizeof bytes)) < 0 && errno == EINTR)
            continue;
        if (got > 0)
            append(tail, bytes, (size_t)got);
        else if (got == 0 || errno != EAGAIN)
            pp_tail_close(tail);
    }
}

/* ---- saying ---- */

void pp_tail_say(const struct pp_tail *tail, char *text, size_t size) {
    size_t length = tail->length;
    while (length > 0 && isspace((unsigned char)tail->bytes[length - 1]))
        length--;
    size_t from = length < size ? 0 : length - size + 1;
    bool cut = from > 0 || tail->length == sizeof tail->bytes;
    const char *line = cut ? memchr(tail->bytes + from, '\n', length - from) : NULL;
    if (line) /* not the second half of one, if there is a whole one */
        from = (size_t)(line + 1 - tail->bytes);
    while (!line && cut && from < length && ((unsigned char)tail->bytes[from] & 0xc0) == 0x80)
        from++; /* in UTF-8 that byte goes on with a character */
    snprintf(text, size, "%.*s", (int)(length - from), tail->bytes + from);
    for (char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = *at == '\n' ? '|' : ' ';
}
