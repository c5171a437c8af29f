/* Pictures: decodes each, turns it by any angle and encodes it again; all of that is the task's time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jpeg.h"
#include "lib/names.h"
#include "lib/rotate.h"
#include "pptest/hash.h"
#include "pptest/rng.h"
#include "pptest/task.h"

struct args {
    struct pp_strings images;
    double angle;
    int64_t quality;
};

static const char *const sample[] = {"images/sample.jpg"};

static const struct pp_field fields[] = {
    {.name = "images",
     .help = "JPEG files, every one of them processed by each task",
     .type = PP_STRINGS,
     .flags = PP_FIELD_NONEMPTY,
     .offset = offsetof(struct args, images),
     .def.strings = {.count = 1, .items = sample}},
    {.name = "angle",
     .unit = "degrees",
     .help = "how far to turn it to the left; the size stays, what comes from beyond the edges is black",
     .type = PP_REAL,
     .offset = offsetof(struct args, angle),
     .min = -3600,
     .max = 3600,
     .def.r = 45},
    {.name = "quality",
     .help = "of the JPEG that is written",
     .type = PP_INT,
     .offset = offsetof(struct args, quality),
     .min = 1,
     .max = 100,
     .def.i = 90},
    {0},
};

static int rotate_details(const void *args, char *text, size_t size) {
    const struct args *a = args;
    size_t length = (size_t)pp_names_join(&a->images, ";", text, size), at = length < size ? length : size;
    return (int)length + snprintf(text + at, size - at, "; %.15g; %lld", a->angle, (long long)a->quality);
}

/* Of the sample, 0.7 million pixels. */
static double rotate_estimate(const void *args) {
    const struct args *a = args;
    return 0.009 * (double)a->images.count;
}

#define DESCRIPTION                                                                                                    \
    .name = "rotate", .summary = "decodes pictures, turns them by any angle, and encodes them again",                  \
    .library = "libjpeg-turbo", .args = fields, .args_size = sizeof(struct args), .details = rotate_details,           \
    .estimate = rotate_estimate

#ifndef PP_HAVE_JPEG

const struct pp_task pp_task_rotate = {DESCRIPTION, .unavailable = "built without libjpeg-turbo"};

#else

/* What quality 1 leaves of the worst picture, per value on average, stays below; of quality 90 about 1 is usual. */
#define TOLERATED_MEAN 40.0

struct image {
    struct pp_input file;
    uint64_t turned;  /* hash of the turned pixels, by the plain way */
    uint64_t encoded; /* and of what they are encoded to */
    size_t picture_bytes, encoded_bytes;
};

struct shared {
    struct pp_jpeg jpeg;
    size_t count;
    struct image *images;
};

/* What one picture goes through: files in, files out, and the memory in between. */
struct bench {
    struct pp_buffer decoded, turned, encoded;
    struct pp_picture picture; /* as turned */
    size_t encoded_bytes;
};

struct state {
    const struct shared *shared;
    struct bench bench;
    uint64_t *turned, *encoded; /* hashes of the last task, one for each image */
};

/* The system hands pages out when they are first written to: here rather than in the first task. */
static int reserve(struct pp_buffer *buffer, size_t bytes) {
    size_t before = buffer->bytes;
    if (pp_buffer_reserve(buffer, bytes) != 0)
        return -ENOMEM;
    if (buffer->bytes > before)
        memset(buffer->data, 0, buffer->bytes);
    return 0;
}

static int reserve_bench(struct bench *bench, const struct image *image) {
    int status = reserve(&bench->decoded, image->picture_bytes);
    if (status == 0)
        status = reserve(&bench->turned, image->picture_bytes);
    return status == 0 ? reserve(&bench->encoded, pp_jpeg_room(image->picture_bytes, image->encoded_bytes)) : status;
}

static void release_bench(struct bench *bench) {
    pp_buffer_release(&bench->decoded);
    pp_buffer_release(&bench->turned);
    pp_buffer_release(&bench->encoded);
}

/* ---- one picture ---- */

typedef void turn_fn(const struct pp_rotation *rotation, const struct pp_picture *picture, uint8_t *rgb);

static void turn_plainly(const struct pp_rotation *rotation, const struct pp_picture *picture, uint8_t *rgb) {
    for (size_t y = 0; y < picture->height; y++)
        for (size_t x = 0; x < picture->width; x++)
            pp_rotate_pixel(rotation, picture, x, y, rgb + 3 * (y * picture->width + x));
}

static int process(struct bench *bench, const struct pp_jpeg *jpeg, const struct image *image, const struct args *a,
                   turn_fn *turn, struct pp_error *error) {
    struct pp_picture before;
    int status = pp_jpeg_decode_into(jpeg, image->file.path, &image->file, &bench->decoded, &before, error);
    if (status != 0)
        return status;
    if (pp_buffer_reserve(&bench->turned, pp_picture_bytes(before.width, before.height)) != 0)
        return pp_error_set(error, -ENOMEM, "%s: no memory for the turned picture", image->file.path);
    const struct pp_rotation rotation = pp_rotation_of(a->angle, before.width, before.height);
    bench->picture = (struct pp_picture){before.width, before.height, bench->turned.data};
    turn(&rotation, &before, bench->picture.rgb);
    return pp_jpeg_encode(jpeg, &bench->picture, (int)a->quality, &bench->encoded, &bench->encoded_bytes, error);
}

static size_t value_count(const struct pp_picture *picture) { return 3 * picture->width * picture->height; }

static uint64_t hash_turned(const struct bench *bench) {
    return pp_hash_bytes(bench->picture.rgb, value_count(&bench->picture));
}

static uint64_t hash_encoded(const struct bench *bench) {
    return pp_hash_bytes(bench->encoded.data, bench->encoded_bytes);
}

/* ---- before and after ---- */

/* Is what was encoded the turned picture, as far as the quality allows? */
static int check_encoded(const struct pp_jpeg *jpeg, const struct image *image, struct bench *bench,
                         struct pp_error *error) {
    const struct pp_input file = {image->file.path, bench->encoded.data, bench->encoded_bytes};
    struct pp_picture again;
    int status = pp_jpeg_decode_into(jpeg, "the encoded picture", &file, &bench->decoded, &again, error);
    if (status != 0)
        return status;
    uint64_t sum = 0;
    size_t count = value_count(&again);
    if (count != value_count(&bench->picture) || again.width != bench->picture.width)
        return pp_error_set(error, -EBADMSG, "%s: encoded with another size", image->file.path);
    for (size_t i = 0; i < count; i++)
        sum += (uint64_t)abs((int)again.rgb[i] - (int)bench->picture.rgb[i]);
    if ((double)sum <= TOLERATED_MEAN * (double)count)
        return 0;
    return pp_error_set(error, -EBADMSG, "%s: what was encoded differs by %.1f on average", image->file.path,
                        (double)sum / (double)count);
}

/* What every task must find. */
static int find_answer(struct shared *shared, struct image *image, const struct args *a, struct pp_error *error) {
    struct bench bench = {0};
    int status = process(&bench, &shared->jpeg, image, a, turn_plainly, error);
    if (status == 0) {
        image->turned = hash_turned(&bench);
        image->encoded = hash_encoded(&bench);
        image->picture_bytes = pp_picture_bytes(bench.picture.width, bench.picture.height);
        image->encoded_bytes = bench.encoded_bytes;
        status = check_encoded(&shared->jpeg, image, &bench, error);
    }
    release_bench(&bench);
    return status;
}

static void rotate_cleanup(void *shared) {
    struct shared *s = shared;
    for (size_t i = 0; i < s->count; i++)
        pp_input_release(&s->images[i].file);
    free(s->images);
}

static int rotate_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    const struct args *a = args;
    int status = pp_jpeg_load(&s->jpeg, error);
    if (status != 0)
        return status;
    s->images = calloc(a->images.count, sizeof *s->images);
    if (!s->images)
        return pp_error_set(error, -ENOMEM, "no memory for a list of %zu images", a->images.count);
    while (status == 0 && s->count < a->images.count) {
        struct image *image = &s->images[s->count];
        status = pp_input_read(env, a->images.items[s->count], "JPEG", &image->file, error);
        if (status == 0) {
            s->count++;
            status = find_answer(s, image, a, error);
        }
        if (status != 0 && error)
            snprintf(error->where, sizeof error->where, "/0/%zu", (size_t)(image - s->images));
    }
    if (status != 0)
        rotate_cleanup(s);
    return status;
}

static void rotate_fini(void *state) {
    struct state *s = state;
    release_bench(&s->bench);
    free(s->turned);
}

static int rotate_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)args;
    (void)env;
    struct state *s = state;
    s->shared = shared;
    s->turned = calloc(2 * s->shared->count, sizeof *s->turned);
    s->encoded = s->turned ? s->turned + s->shared->count : NULL;
    int status = s->turned ? 0 : -ENOMEM;
    for (size_t i = 0; i < s->shared->count && status == 0; i++)
        status = reserve_bench(&s->bench, &s->shared->images[i]);
    if (status == 0)
        return 0;
    rotate_fini(s);
    return pp_error_set(error, status, "no memory for the largest of %zu images; use smaller ones or fewer workers",
                        s->shared->count);
}

/* ---- the task ---- */

/* In a mix as alone, the images are those that `prepare` loaded. */
static int rotate_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    struct state *s = state;
    output->digest = item->seed;
    output->value = 0;
    for (size_t i = 0; i < s->shared->count; i++) {
        int status = process(&s->bench, &s->shared->jpeg, &s->shared->images[i], args, pp_rotate, error);
        if (status != 0)
            return status;
        s->turned[i] = hash_turned(&s->bench);
        s->encoded[i] = hash_encoded(&s->bench);
        output->value += (double)s->bench.encoded_bytes;
        output->digest = pp_mix2(output->digest, pp_mix2(s->turned[i], s->encoded[i]));
    }
    return 0;
}

static int rotate_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)args;
    const struct state *s = state;
    uint64_t digest = item->seed;
    for (size_t i = 0; i < s->shared->count; i++) {
        const struct image *image = &s->shared->images[i];
        if (s->turned[i] != image->turned)
            return pp_error_set(error, -EBADMSG, "%s: the turned picture is not what the plain way of turning it gives",
                                image->file.path);
        if (s->encoded[i] != image->encoded)
            return pp_error_set(error, -EBADMSG, "%s: the same picture was encoded to something else than before",
                                image->file.path);
        digest = pp_mix2(digest, pp_mix2(image->turned, image->encoded));
    }
    if (output->digest != digest)
        return pp_error_set(error, -EBADMSG, "the digest is not that of the pictures");
    return 0;
}

const struct pp_task pp_task_rotate = {
    DESCRIPTION,
    .shared_size = sizeof(struct shared),
    .state_size = sizeof(struct state),
    .prepare = rotate_prepare,
    .worker_init = rotate_init,
    .run = rotate_run,
    .verify = rotate_verify,
    .worker_fini = rotate_fini,
    .cleanup = rotate_cleanup,
    .library_version = pp_jpeg_version,
};

#endif
