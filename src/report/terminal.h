/* What text is written for: a terminal with its limits, or a file. */
#ifndef PP_REPORT_TERMINAL_H
#define PP_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct pp_terminal {
    size_t columns; /* that a line may take; 0: any number */
    bool utf8;      /* false: nothing but ASCII */
    bool color;     /* escape sequences for colour and weight */
};

/* A file or a pipe: no limit, UTF-8, no colour, whatever the environment says, so that scripts always get the same. */
#define PP_TERMINAL_NONE ((struct pp_terminal){.utf8 = true})

#endif
