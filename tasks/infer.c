/* Batches of images, labelled by a trained model. What this shows is expensive initialisation: the model may be loaded
 * once by each worker, or again in every task. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/blas.h"
#include "lib/classifier.h"
#include "lib/forward.h"
#include "lib/idx.h"
#include "lib/labels.h"
#include "pptest/hash.h"
#include "pptest/memory.h"
#include "pptest/task.h"

enum init { INIT_WORKER, INIT_TASK };

static const char *const init_names[] = {"worker", "task", NULL};

struct args {
    const char *model, *images;
    int64_t batch;
    int init; /* enum init */
    const char *labels;
    double accuracy;
};

static const struct pp_field fields[] = {
    {.name = "model",
     .help = "safetensors file of a classifier: fc1.weight, fc1.bias, ReLU, fc2.weight, fc2.bias",
     .type = PP_STRING,
     .flags = PP_FIELD_NONEMPTY,
     .offset = offsetof(struct args, model),
     .def.s = "digits/model.safetensors"},
    {.name = "images",
     .help = "IDX file of the images, such as those of MNIST, packed with gzip or not",
     .type = PP_STRING,
     .flags = PP_FIELD_NONEMPTY,
     .offset = offsetof(struct args, images),
     .def.s = "digits/test-images-idx3-ubyte.gz"},
    {.name = "batch",
     .help = "images that one task labels",
     .type = PP_INT,
     .offset = offsetof(struct args, batch),
     .min = 1,
     .max = 1000000,
     .def.i = 1000,
     .mix_min = 100,
     .mix_max = 2000},
    {.name = "init",
     .help = "who loads the model: each worker once, or every task again",
     .type = PP_CHOICE,
     .offset = offsetof(struct args, init),
     .choices = init_names,
     .def.i = INIT_WORKER},
    {.name = "labels",
     .help =
         "IDX file of what the images are; \"\": the one named like the images (...labels-idx1...), if there is one",
     .type = PP_STRING,
     .offset = offsetof(struct args, labels),
     .def.s = ""},
    {.name = "accuracy",
     .help = "the share of a batch that must be labelled right, or else the task has failed",
     .type = PP_REAL,
     .offset = offsetof(struct args, accuracy),
     .min = 0,
     .max = 1,
     .def.r = 0},
    {0}};

static int infer_details(const void *args, char *text, size_t size) {
    const struct args *a = args;
    return snprintf(text, size, "%s; %s; %" PRId64 "; %s", a->model, a->images, a->batch, init_names[a->init]);
}

/* For the model that is shipped: 8 microseconds each. */
static double infer_estimate(const void *args) {
    const struct args *a = args;
    return 8e-6 * (double)a->batch + (a->init == INIT_TASK ? 1e-3 : 0);
}

#ifdef PP_HAVE_OPENBLAS

/* `verify` recomputes one image of any batch, and one more for so many images: a few per cent of a large task's time.
 */
enum { SAMPLE_ONE_OF = 500 };

struct shared {
    struct pp_blas blas;
    struct pp_input model;          /* the file; its bytes are of pp_shared_alloc */
    struct pp_classifier reference; /* what verify compares with, loaded before any clock runs */
    struct pp_idx images, labels;   /* labels: {0} when there are none */
};

struct state {
    const struct shared *shared;
    struct pp_classifier classifier;
    struct pp_forward forward;
    struct pp_buffer answers_buffer;
    struct pp_answers answers; /* of the last task: in the buffer, or in its result */
};

static int prepare_model(struct shared *s, const struct args *a, const struct pp_env *env, struct pp_error *error) {
    struct pp_input file;
    int status = pp_input_read(env, a->model, "safetensors", &file, error);
    if (status)
        return status;
    s->model = file;
    s->model.bytes = pp_shared_alloc(file.count);
    if (s->model.bytes) {
        memcpy(s->model.bytes, file.bytes, file.count);
        status = pp_classifier_load(&s->reference, &s->model, true, error);
    } else {
        status = pp_error_set(error, -ENOMEM, "%s: no memory for its %zu bytes", file.path, file.count);
    }
    free(file.bytes);
    return status;
}

static int prepare_images(struct shared *s, const struct args *a, const struct pp_env *env, struct pp_error *error) {
    int status = pp_idx_load(&s->images, env, a->images, 3, error);
    const size_t *sizes = s->images.sizes;
    if (status || sizes[1] * sizes[2] == s->reference.inputs)
        return status;
    return pp_error_set(error, -EINVAL, "%s: found images of %zu x %zu pixels, expected %zu in all: the inputs of %s",
                        a->images, sizes[1], sizes[2], s->reference.inputs, a->model);
}

static int prepare_labels(struct shared *s, const struct args *a, const struct pp_env *env, struct pp_error *error) {
    const struct pp_labels_wanted wanted = {
        .name = a->labels, .images = a->images, .count = s->images.sizes[0], .classes = s->reference.classes};
    int status = pp_labels_load(&s->labels, env, &wanted, error);
    if (status || a->accuracy == 0 || s->labels.count > 0)
        return status;
    return pp_error_set(error, -EINVAL,
                        "found none beside %s, expected some, as an accuracy is asked for; name their file, or ask "
                        "for none",
                        a->images);
}

static void infer_cleanup(void *shared) {
    struct shared *s = shared;
    pp_shared_free(s->model.bytes, s->model.count);
    free(s->model.path);
    pp_classifier_release(&s->reference);
    pp_idx_release(&s->images);
    pp_idx_release(&s->labels);
}

/* Says which argument is to blame. */
static int blame(int argument, int status, struct pp_error *error) {
    if (status && error)
        snprintf(error->where, sizeof error->where, "/%d", argument);
    return status;
}

static int infer_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    *s = (struct shared){0};
    int status = pp_blas_prepare(&s->blas, args, env, error);
    if (!status)
        status = blame(0, prepare_model(s, args, env, error), error);
    if (!status)
        status = blame(1, prepare_images(s, args, env, error), error);
    if (!status)
        status = blame(4, prepare_labels(s, args, env, error), error);
    if (status)
        infer_cleanup(s);
    return status;
}

static size_t infer_input_bytes(const void *shared, const void *args) {
    const struct shared *s = shared;
    return (size_t)((const struct args *)args)->batch * s->reference.inputs;
}

/* The probabilities, then the labels. */
static size_t infer_result_bytes(const void *shared, const void *args) {
    const struct shared *s = shared;
    return (size_t)((const struct args *)args)->batch * (s->reference.classes * sizeof(float) + 1);
}

/* Where this item's images begin; after the last image comes the first again. */
static struct pp_images images_of(const struct shared *s, const struct args *a, const struct pp_item *item) {
    size_t count = s->images.sizes[0];
    return (struct pp_images){.pixels = s->images.values,
                              .count = count,
                              .first = (size_t)(item->index % count * ((uint64_t)a->batch % count) % count)};
}

static void infer_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    const struct shared *s = shared;
    const struct args *a = args;
    const struct pp_images images = images_of(s, a, item);
    size_t each = s->reference.inputs;
    for (size_t i = 0; i < (size_t)a->batch; i++)
        memcpy((uint8_t *)bytes + i * each, pp_images_at(&images, &s->reference, i), each);
}

static int infer_reserve(struct state *s, const struct args *a, struct pp_error *error) {
    if (pp_forward_reserve(&s->forward, &s->shared->reference) == 0 &&
        pp_buffer_reserve(&s->answers_buffer, infer_result_bytes(s->shared, a)) == 0)
        return 0;
    return pp_error_set(error, -ENOMEM,
                        "no memory for the answers of %" PRId64 " images; choose a smaller batch or fewer workers",
                        a->batch);
}

static int infer_load(struct state *s, struct pp_error *error) {
    pp_classifier_release(&s->classifier);
    return pp_classifier_load(&s->classifier, &s->shared->model, false, error);
}

static void infer_fini(void *state) {
    struct state *s = state;
    pp_classifier_release(&s->classifier);
    pp_forward_release(&s->forward);
    pp_buffer_release(&s->answers_buffer);
}

static int infer_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    s->shared = shared;
    int status = infer_reserve(s, a, error);
    if (!status && a->init == INIT_WORKER)
        status = infer_load(s, error);
    if (status)
        infer_fini(s);
    else
        pp_blas_threads(&s->shared->blas, env->library_threads);
    return status;
}

/* How many of the batch are labelled as they should be; -1 where nobody knows. */
static int64_t count_right(const struct state *s, const struct args *a, const struct pp_item *item) {
    const struct pp_idx *labels = &s->shared->labels;
    size_t at = images_of(s->shared, a, item).first;
    int64_t right = 0;
    if (labels->count == 0)
        return -1;
    for (size_t i = 0; i < (size_t)a->batch; i++) {
        right += s->answers.labels[i] == labels->values[at];
        at = at + 1 < labels->count ? at + 1 : 0;
    }
    return right;
}

static int infer_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    int status = infer_reserve(s, a, error);
    if (!status && a->init == INIT_TASK)
        status = infer_load(s, error);
    if (status)
        return status;
    size_t count = (size_t)a->batch;
    struct pp_image_batch batch = {
        .classifier = &s->classifier, .images = images_of(s->shared, a, item), .count = count};
    if (item->input)
        batch.images = (struct pp_images){.pixels = item->input, .count = count};
    s->answers.probabilities = output->result ? output->result : s->answers_buffer.data;
    s->answers.labels = (uint8_t *)(s->answers.probabilities + count * s->classifier.classes);
    pp_forward_run(&s->forward, &s->shared->blas, &batch, &s->answers);
    output->digest = pp_mix2(item->seed, pp_hash_bytes(s->answers.labels, count));
    output->value = (double)count_right(s, a, item);
    return 0;
}

/* Rounding moves a probability by at most half as much as it moves logits, which was measured to be less than a
 * five-hundredth of what classifier->doubt allows. */
static double tolerance(const struct pp_classifier *c) {
    double larger = c->doubt / 2000;
    return larger > 1e-5 ? larger : 1e-5;
}

/* One image of the batch against the definition, in double precision, by the reference model. */
static int verify_image(struct state *s, const uint8_t *pixels, size_t at, struct pp_error *error) {
    const struct pp_classifier *c = &s->shared->reference;
    struct pp_defined *defined = &s->forward.defined;
    const float *probabilities = s->answers.probabilities + at * c->classes;
    pp_classifier_define(c, pixels, defined);
    if (s->answers.labels[at] != defined->label)
        return pp_error_set(error, -EBADMSG, "image %zu of the batch is labelled %u, but the definition says %u", at,
                            s->answers.labels[at], defined->label);
    for (size_t k = 0; k < c->classes; k++)
        if (!(fabs(probabilities[k] - defined->probabilities[k]) <= tolerance(c))) /* NaN too */
            return pp_error_set(error, -EBADMSG,
                                "image %zu of the batch is a %zu with probability %.9g, but the definition says %.9g "
                                "(tolerance %.2g)",
                                at, k, probabilities[k], defined->probabilities[k], tolerance(c));
    return 0;
}

/* Of every image: its probabilities add up to 1, and the largest is that of its label, near ties excepted. */
static int verify_sums(const struct state *s, size_t count, struct pp_error *error) {
    const struct pp_classifier *c = &s->shared->reference;
    const float *row = s->answers.probabilities;
    for (size_t i = 0; i < count; i++, row += c->classes) {
        unsigned label = s->answers.labels[i];
        float sum = 0, largest = 0;
        for (size_t k = 0; k < c->classes; k++) {
            sum += row[k];
            largest = row[k] > largest ? row[k] : largest;
        }
        if (!(fabsf(sum - 1) <= 1e-5f))
            return pp_error_set(error, -EBADMSG, "the probabilities of image %zu of the batch add up to %.9g, not 1", i,
                                sum);
        if (label >= c->classes || row[label] < largest * (1 - c->doubt) - 1e-5f)
            return pp_error_set(error, -EBADMSG,
                                "image %zu of the batch is labelled %u, which is not its most probable class", i,
                                label);
    }
    return 0;
}

static int verify_accuracy(const struct args *a, const struct pp_output *output, int64_t right,
                           struct pp_error *error) {
    if (output->value != (double)right)
        return pp_error_set(error, -EBADMSG, "%g images are said to be labelled right, but %" PRId64 " are",
                            output->value, right);
    if (a->accuracy > 0 && (double)right < a->accuracy * (double)a->batch)
        return pp_error_set(error, -EBADMSG,
                            "%" PRId64 " of %" PRId64 " images are labelled right, which is less than the accuracy of "
                            "%g that was asked for",
                            right, a->batch, a->accuracy);
    return 0;
}

static int infer_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                        struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    const struct pp_images images = images_of(s->shared, a, item);
    struct pp_rng rng = {.state = item->seed};
    int status = verify_sums(s, (size_t)a->batch, error);
    for (int64_t i = 0; i < 1 + a->batch / SAMPLE_ONE_OF && !status; i++) {
        size_t at = (size_t)pp_rng_range(&rng, 0, a->batch - 1);
        status = verify_image(s, pp_images_at(&images, &s->shared->reference, at), at, error);
    }
    if (!status && output->digest != pp_mix2(item->seed, pp_hash_bytes(s->answers.labels, (size_t)a->batch)))
        status = pp_error_set(error, -EBADMSG, "the labels have changed since they were written");
    return status ? status : verify_accuracy(a, output, count_right(s, a, item), error);
}

#endif

const struct pp_task pp_task_infer = {.name = "infer",
                                      .summary = "labels a batch of images of digits by a trained model",
                                      .library = "OpenBLAS",
                                      .caps = PP_TASK_INPUT | PP_TASK_RESULT,
#ifdef PP_HAVE_OPENBLAS
                                      .shared_size = sizeof(struct shared),
                                      .state_size = sizeof(struct state),
                                      .prepare = infer_prepare,
                                      .worker_init = infer_init,
                                      .run = infer_run,
                                      .verify = infer_verify,
                                      .worker_fini = infer_fini,
                                      .input_bytes = infer_input_bytes,
                                      .result_bytes = infer_result_bytes,
                                      .input = infer_input,
                                      .cleanup = infer_cleanup,
                                      .library_version = pp_blas_version,
#else
                                      .unavailable = PP_BLAS_UNAVAILABLE,
#endif
                                      .args = fields,
                                      .args_size = sizeof(struct args),
                                      .details = infer_details,
                                      .library_threads = pp_blas_library_threads,
                                      .estimate = infer_estimate};
