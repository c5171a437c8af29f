/* How many files this process may have open. */
#ifndef PPTEST_LIB_FILES_H
#define PPTEST_LIB_FILES_H

/* Raises the soft limit to the hard one. Returns how many may be open now, as many as a select() takes where the system
 * does not say. */
unsigned pp_files_raise(void);

#endif
