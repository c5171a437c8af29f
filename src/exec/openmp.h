/* What the openmp executor keeps from the OpenMP runtime that is part of this program. */
#ifndef PP_EXEC_OPENMP_H
#define PP_EXEC_OPENMP_H

/* Puts variables back into the environment that were not for the runtime, which reads them before main: what libraries
 * of tasks find, and programs that are started, is what this one was given. To be called once, at the start of main. */
void pp_openmp_restore_environment(void);

#endif
