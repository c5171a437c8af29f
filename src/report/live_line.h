/* The line that shows a run going on. Pure: who draws it owns the terminal and the clocks. */
#ifndef PP_REPORT_LIVE_LINE_H
#define PP_REPORT_LIVE_LINE_H

#include "base/textbuf.h"
#include "report/terminal.h"

struct pp_live_state {
    const char *work;                 /* what is done, such as "sum 1000000" */
    size_t config, configs;           /* this is the how-manieth of them, from 1 */
    const char *name;                 /* of the case that runs */
    size_t number, cases;             /* it is the how-manieth of its round, from 1 */
    size_t pass, passes;              /* the how-manieth pass of all; 0: who knows how many */
    double tasks_per_second, speedup; /* NaN: not known */
    bool last;                        /* these two are those of the last pass, not of the case */
    double share;                     /* of its time that the run has behind it; NaN: not known */
    double left_s;                    /* NaN: not known */
    bool rough, at_most;              /* that is an estimate; it is the most that it can be */
    const char *over;                 /* the time of day when it is over; "": not known */
    bool stands;                      /* so long that a time left would not be true any more: `over` alone is told */
};

/* Appends the line, without a newline: one column less than the terminal has at most, so that no terminal wraps it.
 * Where there is little room words give way to figures, and then figures to the more important ones: case, pass, time
 * left. */
void pp_live_line(const struct pp_live_state *state, const struct pp_terminal *terminal, struct pp_textbuf *line);

#endif
