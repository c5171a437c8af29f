/* Zeroed memory on its own cache lines, so that what two workers write never shares one. */
#ifndef PP_BASE_ALIGNED_H
#define PP_BASE_ALIGNED_H

#include <stddef.h>

/* At least one line, never NULL but for want of memory; free() it. */
void *pp_aligned_zeroed(size_t bytes);

#endif
