/* Pictures: crops each to its centred square, scales it down and raises its local contrast. Decoded once, before any
 * clock runs, so that what is measured is arithmetic on memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/enhance.h"
#include "lib/enhance_reference.h"
#include "lib/jpeg.h"
#include "lib/names.h"
#include "lib/pixels.h"
#include "pptest/hash.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    struct pp_strings images;
};

static const char *const sample[] = {"images/sample.jpg"};

static const struct pp_field fields[] = {
    {.name = "images",
     .help = "JPEG files, every one of them processed by each task",
     .type = PP_STRINGS,
     .flags = PP_FIELD_NONEMPTY,
     .offset = offsetof(struct args, images),
     .def.strings = {.count = 1, .items = sample}},
    {0},
};

static int details(const void *arguments, char *text, size_t size) {
    const struct args *args = arguments;
    return pp_names_join(&args->images, ";", text, size);
}

/* About 2 ms each with wide vectors; their size hardly matters, as all end at most 512 pixels wide. */
static double estimate(const void *arguments) {
    const struct args *args = arguments;
    return 0.0025 * (double)args->images.count;
}

/* One, unless told otherwise. */
static unsigned library_threads(const void *arguments) {
    (void)arguments;
    return 1;
}

#define DESCRIPTION                                                                                                    \
    .name = "img", .summary = "scales each picture to a square of at most 512 pixels and raises its local contrast",   \
    .library = "libjpeg-turbo", .args = fields, .args_size = sizeof(struct args), .details = details,                  \
    .caps = PP_TASK_INPUT | PP_TASK_RESULT, .estimate = estimate, .library_threads = library_threads

#ifndef PP_HAVE_JPEG

const struct pp_task pp_task_img = {DESCRIPTION, .unavailable = "built without libjpeg-turbo"};

#else

/* What rounding may do: the fast code's values before they become bytes are within 0.6 of the reference's in the worst
 * case, dark channels of saturated colours, and within 0.01 commonly. */
enum { TOLERATED_MAX = 1 };
#define TOLERATED_MEAN 0.1

struct image {
    const char *name; /* as the config has it */
    char *path;       /* where it was found */
    struct pp_picture picture;
    const uint8_t *reference;
    size_t side;
    size_t offset;       /* of its answer among all answers */
    size_t input_offset; /* of its pixels among those of all pictures, where they are moved */
    bool repeated;       /* an earlier image has the same name, and owns the path and the reference */
};

struct shared {
    struct pp_jpeg jpeg;
    struct pp_lab lab;
    size_t count;
    size_t answer_bytes, input_bytes; /* of all images */
    struct image *images;
};

struct state {
    const struct shared *shared;
    struct pp_enhance enhance;
    struct pp_buffer answers;
    uint8_t *answer; /* of the last task: in the buffer, or in its result */
};

static size_t answer_bytes(const struct image *image) { return 3 * image->side * image->side; }

static size_t input_bytes(const struct image *image) {
    return pp_picture_bytes(image->picture.width, image->picture.height);
}

static const struct image *find_earlier(const struct shared *shared, const char *name) {
    for (size_t i = 0; i < shared->count; i++)
        if (!shared->images[i].repeated && strcmp(shared->images[i].name, name) == 0)
            return &shared->images[i];
    return NULL;
}

static int copy_earlier(const struct image *earlier, struct image *image, struct pp_error *error) {
    image->repeated = true;
    image->path = earlier->path;
    image->reference = earlier->reference;
    image->side = earlier->side;
    if (pp_picture_copy(&earlier->picture, &image->picture) == 0)
        return 0;
    return pp_error_set(error, -ENOMEM, "%s: no memory for one more copy; list fewer images", image->path);
}

static int decode(const struct pp_jpeg *jpeg, const struct pp_input *file, struct image *image,
                  struct pp_error *error) {
    int status = pp_jpeg_decode(jpeg, file->path, file->bytes, file->count, &image->picture, error);
    if (status != 0)
        return status;
    image->side = pp_picture_side(image->picture.width, image->picture.height);
    uint8_t *reference = pp_shared_alloc(answer_bytes(image));
    image->reference = reference;
    if (reference == NULL || pp_enhance_reference(&image->picture, reference) != 0)
        return pp_error_set(error, -ENOMEM, "%s: no memory for its reference answer; list fewer images", file->path);
    return 0;
}

static int load_first(const struct pp_jpeg *jpeg, const struct pp_env *env, struct image *image,
                      struct pp_error *error) {
    struct pp_input file;
    int status = pp_input_read(env, image->name, "JPEG", &file, error);
    if (status != 0)
        return status;
    status = decode(jpeg, &file, image, error);
    image->path = file.path;
    file.path = NULL;
    pp_input_release(&file);
    return status;
}

static int load(struct shared *shared, const char *name, const struct pp_env *env, struct pp_error *error) {
    const struct image *earlier = find_earlier(shared, name);
    /* Counted even when it fails, so that cleanup gives back what it holds by then. */
    struct image *image = &shared->images[shared->count++];
    image->name = name;
    image->offset = shared->answer_bytes;
    int status = earlier != NULL ? copy_earlier(earlier, image, error) : load_first(&shared->jpeg, env, image, error);
    shared->answer_bytes += answer_bytes(image);
    image->input_offset = shared->input_bytes;
    shared->input_bytes += input_bytes(image);
    return status;
}

static void cleanup(void *shared_memory) {
    struct shared *shared = shared_memory;
    for (size_t i = 0; i < shared->count; i++) {
        struct image *image = &shared->images[i];
        if (image->reference != NULL && !image->repeated)
            pp_shared_free((void *)(uintptr_t)image->reference, answer_bytes(image));
        pp_picture_release(&image->picture);
        if (!image->repeated)
            free(image->path);
    }
    free(shared->images);
}

static void name_place(struct pp_error *error, size_t index) {
    if (error != NULL)
        snprintf(error->where, sizeof error->where, "/0/%zu", index);
}

static int prepare(void *shared_memory, const void *arguments, const struct pp_env *env, struct pp_error *error) {
    struct shared *shared = shared_memory;
    const struct args *args = arguments;
    *shared = (struct shared){0};
    int status = pp_jpeg_load(&shared->jpeg, error);
    if (status != 0)
        return status;
    shared->images = calloc(args->images.count, sizeof *shared->images);
    if (shared->images == NULL)
        return pp_error_set(error, -ENOMEM, "no memory for a list of %zu images", args->images.count);
    pp_lab_init(&shared->lab);
    for (size_t i = 0; i < args->images.count; i++) {
        status = load(shared, args->images.items[i], env, error);
        if (status != 0) {
            name_place(error, i);
            cleanup(shared);
            return status;
        }
    }
    return 0;
}

static int worker_init(void *state_memory, const void *shared_memory, const void *arguments, const struct pp_env *env,
                       struct pp_error *error) {
    struct state *state = state_memory;
    const struct shared *shared = shared_memory;
    (void)arguments;
    state->shared = shared;
    if (pp_buffer_reserve(&state->answers, shared->answer_bytes) != 0)
        return pp_error_set(error, -ENOMEM, "no memory for %zu bytes of answers; use fewer workers or images",
                            shared->answer_bytes);
    /* No page is touched yet: clearing the planes and a long list's answers would take longer than all of the start. */
    int status = pp_enhance_init(&state->enhance, &shared->lab, env->library_threads, error);
    if (status != 0)
        pp_buffer_release(&state->answers);
    return status;
}

/* The pictures as `prepare` decoded them, one after the other. */
static size_t all_input_bytes(const void *shared, const void *arguments) {
    (void)arguments;
    return ((const struct shared *)shared)->input_bytes;
}

static size_t all_answer_bytes(const void *shared, const void *arguments) {
    (void)arguments;
    return ((const struct shared *)shared)->answer_bytes;
}

static void write_input(const void *shared_memory, const void *arguments, const struct pp_item *item, void *bytes) {
    const struct shared *shared = shared_memory;
    (void)arguments;
    (void)item;
    for (size_t i = 0; i < shared->count; i++)
        memcpy((uint8_t *)bytes + shared->images[i].input_offset, shared->images[i].picture.rgb,
               input_bytes(&shared->images[i]));
}

static struct pp_picture picture_of(const struct image *image, const void *input) {
    struct pp_picture picture = image->picture;
    if (input)
        picture.rgb = (uint8_t *)(uintptr_t)input + image->input_offset;
    return picture;
}

/* In a mix as alone, the images are those that `prepare` loaded. */
static int run(void *state_memory, const void *arguments, const struct pp_item *item, struct pp_output *output,
               struct pp_error *error) {
    struct state *state = state_memory;
    (void)arguments;
    (void)error;
    uint64_t digest = item->seed;
    state->answer = output->result ? output->result : state->answers.data;
    for (size_t i = 0; i < state->shared->count; i++) {
        const struct image *image = &state->shared->images[i];
        uint8_t *answer = state->answer + image->offset;
        struct pp_picture picture = picture_of(image, item->input);
        pp_enhance_run(&state->enhance, &picture, answer);
        digest = pp_mix2(digest, pp_hash_bytes(answer, answer_bytes(image)));
    }
    output->digest = digest;
    output->value = (double)state->shared->count;
    return 0;
}

static int verify_image(const struct image *image, const uint8_t *answer, struct pp_error *error) {
    static const char *const channels[3] = {"red", "green", "blue"};
    size_t bytes = answer_bytes(image);
    struct pp_pixels_difference difference = pp_pixels_compare(answer, image->reference, bytes);
    double mean = (double)difference.sum / (double)bytes;
    if (difference.max <= TOLERATED_MAX && mean <= TOLERATED_MEAN)
        return 0;
    size_t at = difference.first, pixel = at / 3;
    return pp_error_set(error, -EBADMSG,
                        "%s: at column %zu, row %zu %s is %u, but the reference says %u; all values differ by %.3f on "
                        "average, at most %d and %.1f are tolerated",
                        image->path, pixel % image->side, pixel / image->side, channels[at % 3], answer[at],
                        image->reference[at], mean, TOLERATED_MAX, TOLERATED_MEAN);
}

static int verify(void *state_memory, const void *arguments, const struct pp_item *item, const struct pp_output *output,
                  struct pp_error *error) {
    const struct state *state = state_memory;
    (void)arguments;
    (void)item;
    (void)output;
    for (size_t i = 0; i < state->shared->count; i++) {
        const struct image *image = &state->shared->images[i];
        int status = verify_image(image, state->answer + image->offset, error);
        if (status != 0) {
            name_place(error, i);
            return status;
        }
    }
    return 0;
}

static void worker_fini(void *state_memory) {
    struct state *state = state_memory;
    pp_enhance_release(&state->enhance);
    pp_buffer_release(&state->answers);
}

const struct pp_task pp_task_img = {
    DESCRIPTION,
    .shared_size = sizeof(struct shared),
    .state_size = sizeof(struct state),
    .prepare = prepare,
    .worker_init = worker_init,
    .run = run,
    .verify = verify,
    .worker_fini = worker_fini,
    .input_bytes = all_input_bytes,
    .result_bytes = all_answer_bytes,
    .input = write_input,
    .cleanup = cleanup,
    .library_version = pp_jpeg_version,
};

#endif
