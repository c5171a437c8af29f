/* Memory that forked children do not get: fork need not copy its page tables, and no child can reach it. */
#ifndef PP_BASE_UNFORKED_H
#define PP_BASE_UNFORKED_H

#include <stddef.h>

/* Zeroed; NULL when there is no memory. Free with the same size; NULL may be freed. */
void *pp_unforked_alloc(size_t bytes);

/* The same, for what is to be kept aside: pp_unforked_aside takes it out of this process's resident memory, and it
 * comes back, with what was in it, page by page as it is looked at. */
void *pp_unforked_alloc_aside(size_t bytes);
void pp_unforked_aside(void *memory, size_t bytes);

void pp_unforked_free(void *memory, size_t bytes);

#endif
