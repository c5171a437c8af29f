/* Lists of names, as configs give them. */
#ifndef PPTEST_LIB_NAMES_H
#define PPTEST_LIB_NAMES_H

#include <stddef.h>

#include "pptest/field.h"

/* For a task's `details`: writes them with `between` between them. Returns the length as snprintf does. */
int pp_names_join(const struct pp_strings *names, const char *between, char *text, size_t size);

#endif
