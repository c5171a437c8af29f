/* The terminals that standard output and standard error may be. */
#ifndef PP_APP_TTY_H
#define PP_APP_TTY_H

#include "report/terminal.h"

/* What can be shown at that descriptor now. Its columns are asked for each time, as windows change; where a terminal
 * does not know them, COLUMNS of the environment says, or they are 80. Colour unless NO_COLOR is set and not empty
 * (no-color.org) or TERM is "dumb" or missing; UTF-8 where the locale of the environment says so. What is no terminal
 * is PP_TERMINAL_NONE: what a script reads depends neither on COLUMNS nor on its locale. */
struct pp_terminal pp_tty_at(int fd);

/* How many columns the terminal has now, as windows change. Where it does not know, COLUMNS of the environment says, or
 * they are 80. */
size_t pp_tty_columns(int fd);

/* Whether a line there can be written over: it is a terminal, and not a "dumb" one. */
bool pp_tty_redraws(int fd);

#endif
