/* A classifier at work: batches of images through both layers with OpenBLAS, a block of images at a time, so that what
 * lies between the layers stays in the cache. */
#ifndef PPTEST_LIB_FORWARD_H
#define PPTEST_LIB_FORWARD_H

#include "lib/blas.h"
#include "lib/classifier.h"

#ifdef PP_HAVE_OPENBLAS

/* `count` images in a row, of which a batch takes some from number `first` on; after the last comes the first again. */
struct pp_images {
    const uint8_t *pixels;
    size_t count, first;
};

/* Room for a batch's answers. */
struct pp_answers {
    float *probabilities; /* classes for each image */
    uint8_t *labels;      /* of the largest */
};

/* A worker's own memory; {0} is empty. */
struct pp_forward {
    struct pp_buffer memory;
    float *pixels, *hidden; /* of one block */
    struct pp_defined defined;
};

/* Makes room for a classifier of that shape. Returns 0 or -ENOMEM. */
int pp_forward_reserve(struct pp_forward *forward, const struct pp_classifier *classifier);
void pp_forward_release(struct pp_forward *forward);

/* The pixels of image number `at` of a batch. */
const uint8_t *pp_images_at(const struct pp_images *images, const struct pp_classifier *classifier, size_t at);

struct pp_image_batch {
    const struct pp_classifier *classifier;
    struct pp_images images;
    size_t count; /* of images in the batch */
};

/* Answers for a batch. The labels are equal whatever order OpenBLAS adds in: where two logits are too close for that
 * (classifier->doubt), the label is that of pp_classifier_define. */
void pp_forward_run(struct pp_forward *forward, const struct pp_blas *blas, const struct pp_image_batch *batch,
                    const struct pp_answers *answers);

#endif
#endif
