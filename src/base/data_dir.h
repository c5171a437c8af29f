/* Where the files lie that are installed with the program: examples and schemas. */
#ifndef PP_BASE_DATA_DIR_H
#define PP_BASE_DATA_DIR_H

#include <stddef.h>

/* Writes the folder's path: share/pptest beside the folder bin that this program runs from, when that is there, so that
 * what was installed may be moved; otherwise the place that the build was made for, whether or not it is there. */
void pp_data_dir(char *path, size_t size);

/* Writes the path of `name` in the folder of this program; "" when there is no telling, or no room. */
void pp_beside_program(const char *name, char *path, size_t size);

#endif
