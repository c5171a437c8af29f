#include "lib/forward.h"

#ifdef PP_HAVE_OPENBLAS

#include <errno.h>
#include <math.h>
#include <string.h>

#include "pptest/simd.h"

/* 1.2 MB of pixels and 0.8 MB of hidden units at the usual sizes. Fewer rows make OpenBLAS pack the weights more often,
 * more go through memory: of 128 to 10,000, these were the fastest. */
enum { BLOCK_IMAGES = 384 };

int pp_forward_reserve(struct pp_forward *forward, const struct pp_classifier *classifier) {
    size_t each = classifier->inputs + classifier->hidden;
    if (pp_buffer_reserve(&forward->memory, BLOCK_IMAGES * each * sizeof(float)) ||
        pp_defined_reserve(&forward->defined, classifier))
        return -ENOMEM;
    forward->pixels = forward->memory.data;
    forward->hidden = forward->pixels + BLOCK_IMAGES * classifier->inputs;
    return 0;
}

void pp_forward_release(struct pp_forward *forward) {
    pp_buffer_release(&forward->memory);
    pp_buffer_release(&forward->defined.memory);
}

const uint8_t *pp_images_at(const struct pp_images *images, const struct pp_classifier *classifier, size_t at) {
    return images->pixels + (images->first + at) % images->count * classifier->inputs;
}

PP_SIMD static void floats_of_bytes(const uint8_t *restrict bytes, size_t count, float *restrict floats) {
    for (size_t i = 0; i < count; i++)
        floats[i] = (float)bytes[i];
}

PP_SIMD static void add_bias_and_rectify(float *restrict rows, const float *restrict bias, size_t count,
                                         size_t columns) {
    for (size_t r = 0; r < count; r++, rows += columns)
        for (size_t j = 0; j < columns; j++) {
            float sum = rows[j] + bias[j];
            rows[j] = sum > 0 ? sum : 0;
        }
}

/* e^x for x <= 0, to within a few units in the last place of what matters beside 1. The exponent of 2 is split at the
 * nearest integer, which adding 1.5 * 2^23 rounds to and leaves in the lowest bits; the rest is the series of 2^r. */
PP_SIMD static void exponentials(float *numbers, size_t count) {
    const float log2_e = 1.44269504f, rounder = 12582912.0f, least = -126.0f;
    for (size_t i = 0; i < count; i++) {
        float x = numbers[i] * log2_e;
        x = x > least ? x : least;
        float rounded = x + rounder, rest = x - (rounded - rounder);
        float power = 1.54035304e-4f;
        power = power * rest + 1.33335581e-3f;
        power = power * rest + 9.61812911e-3f;
        power = power * rest + 5.55041087e-2f;
        power = power * rest + 0.240226507f;
        power = power * rest + 0.693147181f;
        power = power * rest + 1.0f;
        uint32_t bits, scale;
        memcpy(&bits, &power, sizeof bits);
        memcpy(&scale, &rounded, sizeof scale);
        bits += scale << 23;
        memcpy(&numbers[i], &bits, sizeof bits);
    }
}

/* Adds the bias, takes the largest logit off all of them, and returns by how much it is larger than the second. */
static float settle(const struct pp_classifier *c, float *logits, uint8_t *label) {
    float largest = -INFINITY, second = -INFINITY;
    size_t where = 0;
    for (size_t k = 0; k < c->classes; k++) {
        float logit = logits[k] += c->bias2[k];
        if (logit > largest) {
            second = largest;
            largest = logit;
            where = k;
        } else if (logit > second) {
            second = logit;
        }
    }
    for (size_t k = 0; k < c->classes; k++)
        logits[k] -= largest;
    *label = (uint8_t)where;
    return largest - second;
}

static void normalise(float *rows, size_t count, size_t columns) {
    for (size_t r = 0; r < count; r++, rows += columns) {
        float sum = 0;
        for (size_t k = 0; k < columns; k++)
            sum += rows[k];
        for (size_t k = 0; k < columns; k++)
            rows[k] /= sum;
    }
}

static void gather(const struct pp_image_batch *batch, size_t first, size_t count, float *pixels) {
    const struct pp_images *images = &batch->images;
    size_t inputs = batch->classifier->inputs;
    while (count > 0) {
        size_t before_end = images->count - (images->first + first) % images->count;
        size_t some = count < before_end ? count : before_end;
        floats_of_bytes(pp_images_at(images, batch->classifier, first), some * inputs, pixels);
        pixels += some * inputs;
        first += some;
        count -= some;
    }
}

static void multiply(const struct pp_classifier *c, const struct pp_blas *blas, size_t count, struct pp_forward *f,
                     float *logits) {
    blasint rows = (blasint)count, inputs = (blasint)c->inputs, hidden = (blasint)c->hidden;
    blasint classes = (blasint)c->classes;
    blas->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, hidden, inputs, 1.0f / PP_PIXEL_MAX, f->pixels, inputs,
                c->weights1, inputs, 0.0f, f->hidden, hidden);
    add_bias_and_rectify(f->hidden, c->bias1, count, c->hidden);
    blas->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, classes, hidden, 1.0f, f->hidden, hidden, c->weights2,
                hidden, 0.0f, logits, classes);
}

void pp_forward_run(struct pp_forward *forward, const struct pp_blas *blas, const struct pp_image_batch *batch,
                    const struct pp_answers *answers) {
    const struct pp_classifier *c = batch->classifier;
    for (size_t first = 0; first < batch->count; first += BLOCK_IMAGES) {
        size_t left = batch->count - first, count = left < BLOCK_IMAGES ? left : BLOCK_IMAGES;
        float *rows = answers->probabilities + first * c->classes;
        gather(batch, first, count, forward->pixels);
        multiply(c, blas, count, forward, rows);
        for (size_t i = first; i < first + count; i++) {
            float gap = settle(c, answers->probabilities + i * c->classes, &answers->labels[i]);
            if (gap >= c->doubt)
                continue;
            pp_classifier_define(c, pp_images_at(&batch->images, c, i), &forward->defined);
            answers->labels[i] = (uint8_t)forward->defined.label;
        }
        exponentials(rows, count * c->classes);
        normalise(rows, count, c->classes);
    }
}

#else
typedef int pp_openblas_is_missing; /* ISO C wants something in every file */
#endif
