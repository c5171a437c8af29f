/* Files of the IDX format, in which the pictures of MNIST and their labels are kept: two zero bytes, the type of the
 * values, the number of dimensions, the size of each (4 bytes, big-endian), and the values, the last dimension
 * contiguous. Here the values are bytes. Format: http://yann.lecun.com/exdb/mnist */
#ifndef PPTEST_LIB_IDX_H
#define PPTEST_LIB_IDX_H

#include <stddef.h>

#include "pptest/error.h"
#include "pptest/input.h"

enum { PP_IDX_DIMENSIONS = 3 }; /* at most */

struct pp_idx {
    size_t dimensions;
    size_t sizes[PP_IDX_DIMENSIONS]; /* each at least 1 */
    size_t count;                    /* of all values: the product of the sizes */
    unsigned char *values;
};

/* Takes apart a file in memory; `idx->values` then points into it. Returns 0, or -EINVAL unless it is a whole file of
 * bytes with so many dimensions; `idx` changes only on success. */
int pp_idx_parse(struct pp_idx *idx, const struct pp_input *file, size_t dimensions, struct pp_error *error);

/* Reads a file, packed with gzip or not, as pp_input_read finds it, into memory of pp_shared_alloc. Returns 0, or
 * -errno with words that name the file; `idx` changes only on success. To be given back with pp_idx_release. */
int pp_idx_load(struct pp_idx *idx, const struct pp_env *env, const char *name, size_t dimensions,
                struct pp_error *error);

/* {0} is accepted, and left behind. */
void pp_idx_release(struct pp_idx *idx);

#endif
