/* A classifier with one hidden layer: hidden = max(0, W1 · pixels / 255 + b1), logits = W2 · hidden + b2, and their
 * softmax as probabilities. Loaded from a safetensors file with the tensors that PyTorch would write for two linear
 * layers: fc1.weight [hidden, inputs], fc1.bias [hidden], fc2.weight [classes, hidden], fc2.bias [classes]. */
#ifndef PPTEST_LIB_CLASSIFIER_H
#define PPTEST_LIB_CLASSIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pptest/error.h"
#include "pptest/input.h"
#include "pptest/memory.h"

enum {
    PP_CLASSES = 256,           /* at most: labels are bytes */
    PP_CLASSIFIER_SIDE = 65536, /* inputs and hidden units, at most */
    PP_PIXEL_MAX = 255
};

struct pp_classifier {
    size_t inputs, hidden, classes;
    const float *weights1, *bias1, *weights2, *bias2; /* by rows, as in the file */
    float doubt; /* two logits that are closer may change places with the order in which sums in float are done */
    float *memory;
    size_t memory_bytes;
    bool shared; /* the memory is of pp_shared_alloc */
};

/* Loads it: the header is read and checked, and all numbers go into memory of its own, as floats; `shared`: of
 * pp_shared_alloc. Returns 0, -ENOMEM, or -EINVAL with words that name the file and the tensor; `classifier` changes
 * only on success. To be given back with pp_classifier_release. */
int pp_classifier_load(struct pp_classifier *classifier, const struct pp_input *file, bool shared,
                       struct pp_error *error);

/* {0} is accepted, and left behind. */
void pp_classifier_release(struct pp_classifier *classifier);

/* The answer about one image by definition, and the memory that finding it takes; {0} is empty. */
struct pp_defined {
    unsigned label; /* of the largest logit, the first of equal ones */
    double probabilities[PP_CLASSES];
    struct pp_buffer memory;
};

/* Makes room, for pp_classifier_define to find. Returns 0 or -ENOMEM. Give `defined->memory` back when done. */
int pp_defined_reserve(struct pp_defined *defined, const struct pp_classifier *classifier);

/* The classifier as it is defined: plain loops in double precision, always in the same order, so that the answer is the
 * same on every machine. Slow. */
void pp_classifier_define(const struct pp_classifier *classifier, const uint8_t *pixels, struct pp_defined *defined);

#endif
