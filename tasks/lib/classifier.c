#include "lib/classifier.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "lib/safetensors.h"
#include "pptest/simd.h"

enum { WEIGHTS1, BIAS1, WEIGHTS2, BIAS2, TENSORS };

static const struct part {
    const char *name;
    size_t dimensions;
} parts[TENSORS] = {{"fc1.weight", 2}, {"fc1.bias", 1}, {"fc2.weight", 2}, {"fc2.bias", 1}};

/* Parts begin on cache lines. */
enum { LINE_FLOATS = 16 };

static size_t padded(size_t count) { return (count + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS; }

static int get(const struct pp_safetensors *file, const char *path, int part, struct pp_tensor *tensor,
               struct pp_error *error) {
    int status = pp_safetensors_get(file, parts[part].name, tensor, error);
    if (status || tensor->dimensions == parts[part].dimensions)
        return status;
    return pp_error_set(error, -EINVAL, "%s: tensor \"%s\": found %zu dimensions, expected %zu", path, parts[part].name,
                        tensor->dimensions, parts[part].dimensions);
}

static int check_size(const char *path, int part, const char *what, const size_t found_expected[2],
                      struct pp_error *error) {
    if (found_expected[0] == found_expected[1])
        return 0;
    return pp_error_set(error, -EINVAL, "%s: tensor \"%s\": found %zu %s, expected %zu as in \"%s\"", path,
                        parts[part].name, found_expected[0], what, found_expected[1],
                        parts[part == BIAS2 ? WEIGHTS2 : WEIGHTS1].name);
}

static int check_shapes(const struct pp_tensor *tensors, const char *path, struct pp_error *error) {
    size_t hidden = tensors[WEIGHTS1].shape[0], inputs = tensors[WEIGHTS1].shape[1];
    size_t classes = tensors[WEIGHTS2].shape[0];
    if (hidden < 1 || hidden > PP_CLASSIFIER_SIDE || inputs < 1 || inputs > PP_CLASSIFIER_SIDE)
        return pp_error_set(error, -EINVAL,
                            "%s: tensor \"%s\": found the shape [%zu, %zu], expected sizes from 1 to %d", path,
                            parts[WEIGHTS1].name, hidden, inputs, PP_CLASSIFIER_SIDE);
    if (classes < 2 || classes > PP_CLASSES)
        return pp_error_set(error, -EINVAL, "%s: tensor \"%s\": found %zu rows, expected 2 to %d: one for each class",
                            path, parts[WEIGHTS2].name, classes, PP_CLASSES);
    int status = check_size(path, BIAS1, "numbers", (size_t[]){tensors[BIAS1].shape[0], hidden}, error);
    if (!status)
        status = check_size(path, WEIGHTS2, "columns", (size_t[]){tensors[WEIGHTS2].shape[1], hidden}, error);
    if (!status)
        status = check_size(path, BIAS2, "numbers", (size_t[]){tensors[BIAS2].shape[0], classes}, error);
    return status;
}

/* In lanes, so that it becomes vectors whose order is the same everywhere. */
PP_SIMD static float magnitude(const float *numbers, size_t count) {
    float lanes[LINE_FLOATS] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LINE_FLOATS <= count; i += LINE_FLOATS)
        for (size_t lane = 0; lane < LINE_FLOATS; lane++)
            lanes[lane] += fabsf(numbers[i + lane]);
    for (; i < count; i++)
        sum += fabsf(numbers[i]);
    for (size_t lane = 0; lane < LINE_FLOATS; lane++)
        sum += lanes[lane];
    return sum;
}

/* The largest sum of magnitudes behind a logit; no partial sum exceeds it, as no pixel exceeds 1. `sums` has room for a
 * number for each hidden unit. Infinite or not a number when anything could become so, pixels being bytes at first. */
static float largest_sum(const struct pp_classifier *c, float *sums) {
    float largest = 0;
    for (size_t j = 0; j < c->hidden; j++) {
        sums[j] = fabsf(c->bias1[j]) + magnitude(c->weights1 + j * c->inputs, c->inputs);
        if (!isfinite(sums[j] * PP_PIXEL_MAX))
            return NAN;
    }
    for (size_t k = 0; k < c->classes; k++) {
        float sum = fabsf(c->bias2[k]);
        for (size_t j = 0; j < c->hidden; j++)
            sum += fabsf(c->weights2[k * c->hidden + j]) * sums[j];
        if (!isfinite(sum))
            return NAN;
        largest = sum > largest ? sum : largest;
    }
    return largest;
}

/* Rounding errors of a sum of n products grow like sqrt(n), with a factor of 4 beyond reasonable doubt (Higham, Mary
 * 2019: "A New Approach to Probabilistic Rounding Error Analysis", theorem 2.4); those of both logits add up. */
static float doubt(const struct pp_classifier *c, float sum) {
    float unit = FLT_EPSILON / 2;
    return 2 * 4 * unit * (sqrtf((float)c->inputs + 2) + sqrtf((float)c->hidden + 2)) * sum;
}

static float *place(float **next, const struct pp_tensor *tensor) {
    float *floats = *next;
    pp_tensor_floats(tensor, floats);
    *next += padded(tensor->count);
    return floats;
}

static int fill(struct pp_classifier *c, const struct pp_tensor *tensors, const char *path, struct pp_error *error) {
    float *next = c->memory;
    c->weights1 = place(&next, &tensors[WEIGHTS1]);
    c->bias1 = place(&next, &tensors[BIAS1]);
    c->weights2 = place(&next, &tensors[WEIGHTS2]);
    c->bias2 = place(&next, &tensors[BIAS2]);
    float sum = largest_sum(c, next);
    c->doubt = doubt(c, sum);
    if (isfinite(c->doubt))
        return 0;
    return pp_error_set(error, -EINVAL,
                        "%s: its numbers are infinite, not numbers, or so large that sums of them are; expected the "
                        "weights of a trained model",
                        path);
}

static int allocate(struct pp_classifier *c, const char *path, struct pp_error *error) {
    if (c->shared) {
        c->memory = pp_shared_alloc(c->memory_bytes);
    } else {
        struct pp_buffer buffer = {0};
        if (pp_buffer_reserve(&buffer, c->memory_bytes) == 0)
            c->memory = buffer.data;
    }
    if (c->memory)
        return 0;
    return pp_error_set(error, -ENOMEM, "%s: no memory for its %zu bytes of numbers; use fewer workers", path,
                        c->memory_bytes);
}

static int read_tensors(const struct pp_input *file, struct pp_tensor *tensors, struct pp_error *error) {
    struct pp_safetensors *opened = NULL;
    int status = pp_safetensors_new(&opened, file, error);
    for (int i = 0; i < TENSORS && !status; i++)
        status = get(opened, file->path, i, &tensors[i], error);
    pp_safetensors_free(opened);
    return status ? status : check_shapes(tensors, file->path, error);
}

int pp_classifier_load(struct pp_classifier *classifier, const struct pp_input *file, bool shared,
                       struct pp_error *error) {
    struct pp_tensor tensors[TENSORS] = {0};
    int status = read_tensors(file, tensors, error);
    if (status)
        return status;
    struct pp_classifier loaded = {.inputs = tensors[WEIGHTS1].shape[1],
                                   .hidden = tensors[WEIGHTS1].shape[0],
                                   .classes = tensors[WEIGHTS2].shape[0],
                                   .shared = shared};
    size_t floats = padded(loaded.hidden); /* for the sums of largest_sum */
    for (int i = 0; i < TENSORS; i++)
        floats += padded(tensors[i].count);
    loaded.memory_bytes = floats * sizeof(float);
    status = allocate(&loaded, file->path, error);
    if (!status)
        status = fill(&loaded, tensors, file->path, error);
    if (status)
        pp_classifier_release(&loaded);
    else
        *classifier = loaded;
    return status;
}

void pp_classifier_release(struct pp_classifier *classifier) {
    if (classifier->shared)
        pp_shared_free(classifier->memory, classifier->memory_bytes);
    else
        pp_buffer_release(&(struct pp_buffer){.data = classifier->memory});
    *classifier = (struct pp_classifier){0};
}

/* A pixel that is not dark. Dark ones would add nothing. */
struct lit {
    double value;
    size_t input;
};

int pp_defined_reserve(struct pp_defined *defined, const struct pp_classifier *classifier) {
    return pp_buffer_reserve(&defined->memory, classifier->inputs * sizeof(struct lit));
}

static size_t find_lit(const uint8_t *pixels, size_t count, struct lit *lit) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (pixels[i] > 0)
            lit[found++] = (struct lit){.value = pixels[i] / (double)PP_PIXEL_MAX, .input = i};
    return found;
}

static void softmax(const double *logits, size_t count, struct pp_defined *defined) {
    double sum = 0;
    defined->label = 0;
    for (size_t k = 1; k < count; k++)
        if (logits[k] > logits[defined->label])
            defined->label = (unsigned)k;
    for (size_t k = 0; k < count; k++)
        sum += exp(logits[k] - logits[defined->label]);
    for (size_t k = 0; k < count; k++)
        defined->probabilities[k] = exp(logits[k] - logits[defined->label]) / sum;
}

void pp_classifier_define(const struct pp_classifier *classifier, const uint8_t *pixels, struct pp_defined *defined) {
    const struct pp_classifier *c = classifier;
    struct lit *lit = defined->memory.data;
    double logits[PP_CLASSES];
    size_t count = find_lit(pixels, c->inputs, lit);
    for (size_t k = 0; k < c->classes; k++)
        logits[k] = c->bias2[k];
    for (size_t j = 0; j < c->hidden; j++) {
        const float *weights = c->weights1 + j * c->inputs;
        double hidden = c->bias1[j];
        for (size_t i = 0; i < count; i++)
            hidden += weights[lit[i].input] * lit[i].value;
        if (hidden > 0)
            for (size_t k = 0; k < c->classes; k++)
                logits[k] += c->weights2[k * c->hidden + j] * hidden;
    }
    softmax(logits, c->classes, defined);
}
