#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/gzip.h"
#include "lib/payload.h"
#include "lib/tmpfile.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    int64_t filesize_mb, level;
    int data; /* enum pp_payload */
    bool fsync;
};

static const struct pp_field fields[] = {{.name = "filesize_mb",
                                          .unit = "MiB",
                                          .help = "size of the file, in units of 1,048,576 bytes",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, filesize_mb),
                                          .min = 1,
                                          .max = 1048576,
                                          .def.i = 50,
                                          .mix_min = 1,
                                          .mix_max = 100},
                                         {.name = "level",
                                          .help = "0 stores, 1 is the fastest, 9 the smallest",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, level),
                                          .min = 0,
                                          .max = 9,
                                          .def.i = 9},
                                         {.name = "data",
                                          .help = "what is compressed",
                                          .type = PP_CHOICE,
                                          .offset = offsetof(struct args, data),
                                          .choices = pp_payload_names,
                                          .def.i = PP_PAYLOAD_RANDOM},
                                         {.name = "fsync",
                                          .help = "wait until each file is on the storage device",
                                          .type = PP_BOOL,
                                          .offset = offsetof(struct args, fsync),
                                          .def.i = false},
                                         {0}};

static double zip_estimate(const void *args) {
    const struct args *a = args;
    double compress = a->level == 0 ? 2e-3 : a->data == PP_PAYLOAD_TEXT ? 12e-3 * (double)a->level : 28e-3;
    return (double)a->filesize_mb * (compress + (a->fsync ? 8e-3 : 2e-3));
}

#ifdef PP_HAVE_ZLIB

enum {
    BLOCK_BYTES = 256 * 1024, /* few system calls, and both blocks fit into the second-level cache */
    BLOCKS_PER_MB = 4
};

struct state {
    const struct pp_zlib *zlib;
    struct pp_buffer memory; /* two blocks */
    struct pp_gzip_blocks blocks;
    struct pp_tmpfile original, packed, restored;
    struct pp_checksum written;
    int64_t differs_at; /* first byte where restored and original differ, -1: nowhere */
};

static int zip_sync(struct pp_tmpfile *file, const struct args *a, int status, struct pp_error *error) {
    return !status && a->fsync ? pp_tmpfile_sync(file, error) : status;
}

static int zip_write_original(struct state *s, const struct args *a, uint64_t seed, struct pp_error *error) {
    s->written = (struct pp_checksum){0};
    int status = pp_tmpfile_create(&s->original, error);
    for (int64_t i = 0; !status && i < a->filesize_mb * BLOCKS_PER_MB; i++) {
        pp_payload_fill((enum pp_payload)a->data, pp_mix2(seed, (uint64_t)i), s->blocks.in, BLOCK_BYTES);
        pp_checksum_add(&s->written, s->blocks.in, BLOCK_BYTES);
        status = pp_tmpfile_write(&s->original, s->blocks.in, BLOCK_BYTES, error);
    }
    return zip_sync(&s->original, a, status, error);
}

static int zip_pack(struct state *s, const struct args *a, struct pp_error *error) {
    int status = pp_tmpfile_rewind(&s->original, error);
    if (!status)
        status = pp_tmpfile_create(&s->packed, error);
    if (!status)
        status = pp_gzip_compress(s->zlib, &s->original, &s->packed, (int)a->level, &s->blocks, error);
    return zip_sync(&s->packed, a, status, error);
}

static int zip_restore(struct state *s, const struct args *a, struct pp_error *error) {
    int status = pp_tmpfile_rewind(&s->packed, error);
    if (!status)
        status = pp_tmpfile_create(&s->restored, error);
    if (!status)
        status = pp_gzip_decompress(s->zlib, &s->packed, &s->restored, &s->blocks, error);
    return zip_sync(&s->restored, a, status, error);
}

static int64_t first_difference(const unsigned char *a, const unsigned char *b, size_t count) {
    if (memcmp(a, b, count) == 0)
        return -1;
    size_t i = 0;
    while (a[i] == b[i])
        i++;
    return (int64_t)i;
}

/* Block by block from the start of both files, which have the same size. */
static int zip_compare_blocks(struct state *s, struct pp_error *error) {
    int64_t place = 0, bytes = (int64_t)s->written.bytes;
    while (place < bytes && s->differs_at < 0) {
        long original = pp_tmpfile_read(&s->original, s->blocks.in, BLOCK_BYTES, error);
        if (original < 0)
            return (int)original;
        long restored = pp_tmpfile_read(&s->restored, s->blocks.out, BLOCK_BYTES, error);
        if (restored < 0)
            return (int)restored;
        long both = original < restored ? original : restored;
        int64_t first = first_difference(s->blocks.in, s->blocks.out, (size_t)both);
        if (first >= 0 || original != restored || both == 0)
            s->differs_at = place + (first >= 0 ? first : both);
        place += both;
    }
    return 0;
}

static int zip_compare(struct state *s, struct pp_error *error) {
    s->differs_at = -1;
    int status = pp_tmpfile_expect(&s->original, (int64_t)s->written.bytes, error);
    if (!status)
        status = pp_tmpfile_expect(&s->restored, (int64_t)s->written.bytes, error);
    if (!status)
        status = pp_tmpfile_rewind(&s->original, error);
    if (!status)
        status = pp_tmpfile_rewind(&s->restored, error);
    return status ? status : zip_compare_blocks(s, error);
}

/* Deletes all files whatever happened; the first failure is the one that counts. */
static int zip_remove(struct state *s, int status, struct pp_error *error) {
    struct pp_tmpfile *const files[] = {&s->original, &s->packed, &s->restored};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int removed = pp_tmpfile_remove(files[i], status ? NULL : error);
        status = status ? status : removed;
    }
    return status;
}

static int zip_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                   struct pp_error *error) {
    struct state *s = state;
    int status = zip_write_original(s, args, item->seed, error);
    if (!status)
        status = zip_pack(s, args, error);
    if (!status)
        status = zip_restore(s, args, error);
    if (!status)
        status = zip_compare(s, error);
    output->digest = pp_mix2(item->seed, pp_checksum_value(&s->written));
    return zip_remove(s, status, error);
}

/* The task itself compares; this only says what it found. */
static int zip_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                      struct pp_error *error) {
    (void)args, (void)item, (void)output;
    const struct state *s = state;
    if (s->differs_at < 0)
        return 0;
    return pp_error_set(error, -EBADMSG, "%s differs from %s at byte %" PRId64, s->restored.path, s->original.path,
                        s->differs_at);
}

static int zip_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)args, (void)env;
    return pp_zlib_load(shared, error);
}

static int zip_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                    struct pp_error *error) {
    (void)args;
    struct state *s = state;
    s->zlib = shared;
    int status = pp_tmpfile_name(&s->original, env, "original", error);
    if (!status)
        status = pp_tmpfile_name(&s->packed, env, "packed.gz", error);
    if (!status)
        status = pp_tmpfile_name(&s->restored, env, "restored", error);
    if (!status && pp_buffer_reserve(&s->memory, 2 * BLOCK_BYTES))
        status = pp_error_set(error, -ENOMEM, "no memory for two blocks of %d bytes; use fewer workers", BLOCK_BYTES);
    unsigned char *memory = s->memory.data;
    if (!status)
        s->blocks = (struct pp_gzip_blocks){.in = memory, .out = memory + BLOCK_BYTES, .bytes = BLOCK_BYTES};
    return status;
}

static void zip_fini(void *state) {
    struct state *s = state;
    zip_remove(s, 0, NULL);
    pp_buffer_release(&s->memory);
}

#endif

const struct pp_task pp_task_zip = {.name = "zip",
                                    .summary = "compresses a file to a gzip file, decompresses that, and compares",
                                    .library = "zlib",
#ifdef PP_HAVE_ZLIB
                                    .shared_size = sizeof(struct pp_zlib),
                                    .state_size = sizeof(struct state),
                                    .prepare = zip_prepare,
                                    .worker_init = zip_init,
                                    .run = zip_run,
                                    .verify = zip_verify,
                                    .worker_fini = zip_fini,
                                    .library_version = pp_zlib_version,
#else
                                    .unavailable = "built without zlib: install its development package "
                                                   "(zlib1g-dev, zlib-devel) and build again",
#endif
                                    .args = fields,
                                    .args_size = sizeof(struct args),
                                    .estimate = zip_estimate};
