/* What the program says beside its results: errors, warnings, progress. */
#ifndef PP_APP_SAY_H
#define PP_APP_SAY_H

#include "pptest/error.h"

#include <stdio.h>

/* Writes formatted text without its last newline: into a file or pipe as one line, on a terminal wrapped at its width,
 * later lines indented by two columns; control characters are spelled (pp_text_wrap). */
void pp_say(FILE *out, const char *format, ...) PP_PRINTF(2, 3);

#endif
