/* What the images of an IDX file are, from another one that lies beside it. */
#ifndef PPTEST_LIB_LABELS_H
#define PPTEST_LIB_LABELS_H

#include "lib/idx.h"

/* What is looked for. */
struct pp_labels_wanted {
    const char *name;   /* of the file; "": it is named like that of the images, and need not be there */
    const char *images; /* the images' file: labels of "a/images-idx3-ubyte.gz" are in "a/labels-idx1-ubyte.gz" */
    size_t count;       /* one for each image */
    size_t classes;     /* all are smaller */
};

/* Loads them; {0} when there are none beside the images. Returns 0, or -errno with words that name the file. To be
 * given back with pp_idx_release. */
int pp_labels_load(struct pp_idx *labels, const struct pp_env *env, const struct pp_labels_wanted *wanted,
                   struct pp_error *error);

#endif
