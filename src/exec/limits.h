/* Limits on what this process may have, found before they are hit. */
#ifndef PP_EXEC_LIMITS_H
#define PP_EXEC_LIMITS_H

struct pp_error;

/* Can `workers` worker processes be started and talked to from here? Raises the soft limit on open files as far as it
 * needs and may. Returns 0, or -EMFILE or -EAGAIN with the limit, what it is and how to raise it. */
int pp_limits_admit(unsigned workers, struct pp_error *error);

/* Can this process have `each` open files for each of them? In the same way. */
int pp_limits_admit_files(unsigned workers, unsigned each, struct pp_error *error);

/* Can `workers` tasks of this process each have a program started at once? In the same way. */
int pp_limits_admit_programs(unsigned workers, struct pp_error *error);

/* Can this process have `workers` threads more, with a stack of the usual size each? Raises the soft limit on open
 * files, as the next function does. Returns 0, or -EAGAIN or -ENOMEM with such words. */
int pp_limits_admit_threads(unsigned workers, struct pp_error *error);

/* Can this process have an event loop? Raises the soft limit on open files, as far as it may, so that each of `workers`
 * tasks in flight can have some. Returns 0, or -EMFILE or -EAGAIN with such words. */
int pp_limits_admit_flights(unsigned workers, struct pp_error *error);

#endif
