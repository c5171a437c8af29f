#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/payload.h"
#include "lib/tmpfile.h"
#include "pptest/file.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    int64_t filesize_mb;
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
                                         {.name = "data",
                                          .help = "what is written",
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

enum {
    BLOCK_BYTES =
        256 * 1024, /* few system calls, and the block is still in the second-level cache when it is written */
    BLOCKS_PER_MB = 4
};

struct state {
    struct pp_buffer block;
    struct pp_tmpfile original, copy;
    struct pp_checksum written, read;
    int deleted_copy; /* descriptor of the copy, deleted but not yet verified; -1: none */
};

static int io_write_original(struct state *s, const struct args *a, uint64_t seed, struct pp_error *error) {
    s->written = (struct pp_checksum){0};
    int status = pp_tmpfile_create(&s->original, error);
    for (int64_t i = 0; !status && i < a->filesize_mb * BLOCKS_PER_MB; i++) {
        pp_payload_fill((enum pp_payload)a->data, pp_mix2(seed, (uint64_t)i), s->block.data, BLOCK_BYTES);
        pp_checksum_add(&s->written, s->block.data, BLOCK_BYTES);
        status = pp_tmpfile_write(&s->original, s->block.data, BLOCK_BYTES, error);
    }
    return !status && a->fsync ? pp_tmpfile_sync(&s->original, error) : status;
}

static int io_copy(struct state *s, const struct args *a, struct pp_error *error) {
    s->read = (struct pp_checksum){0};
    int status = pp_tmpfile_rewind(&s->original, error);
    if (!status)
        status = pp_tmpfile_create(&s->copy, error);
    long got = BLOCK_BYTES;
    while (!status && got == BLOCK_BYTES) {
        got = pp_tmpfile_read(&s->original, s->block.data, BLOCK_BYTES, error);
        if (got < 0)
            return (int)got;
        pp_checksum_add(&s->read, s->block.data, (size_t)got);
        status = pp_tmpfile_write(&s->copy, s->block.data, (size_t)got, error);
    }
    return !status && a->fsync ? pp_tmpfile_sync(&s->copy, error) : status;
}

static int io_expect_sizes(struct state *s, struct pp_error *error) {
    int status = pp_tmpfile_expect(&s->original, (int64_t)s->written.bytes, error);
    return status ? status : pp_tmpfile_expect(&s->copy, (int64_t)s->written.bytes, error);
}

/* Deletes both files whatever happened; the first failure is the one that counts. */
static int io_remove(struct state *s, int status, struct pp_error *error) {
    int original = pp_tmpfile_remove(&s->original, status ? NULL : error);
    status = status ? status : original;
    int copy = pp_tmpfile_remove(&s->copy, status ? NULL : error);
    return status ? status : copy;
}

static void io_forget_copy(struct state *s) {
    if (s->deleted_copy >= 0)
        close(s->deleted_copy);
    s->deleted_copy = -1;
}

/* The copy's bytes outlive its deletion until they have been verified. */
static int io_keep_copy(struct state *s, struct pp_error *error) {
    io_forget_copy(s);
    s->deleted_copy = fcntl(s->copy.fd, F_DUPFD_CLOEXEC, 0);
    return s->deleted_copy >= 0 ? 0
                                : pp_error_set(error, -errno, "cannot keep %s open: %s", s->copy.path, strerror(errno));
}

static int io_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                  struct pp_error *error) {
    struct state *s = state;
    int status = io_write_original(s, args, item->seed, error);
    if (!status)
        status = io_copy(s, args, error);
    if (!status)
        status = io_expect_sizes(s, error);
    if (!status)
        status = io_keep_copy(s, error);
    output->digest = pp_mix2(item->seed, pp_checksum_value(&s->written));
    return io_remove(s, status, error);
}

static int io_read_copy(struct state *s, struct pp_checksum *copied, struct pp_error *error) {
    long got = lseek(s->deleted_copy, 0, SEEK_SET) == 0 ? BLOCK_BYTES : -errno;
    while (got == BLOCK_BYTES) {
        got = pp_read_full(s->deleted_copy, s->block.data, BLOCK_BYTES);
        if (got > 0)
            pp_checksum_add(copied, s->block.data, (size_t)got);
    }
    return got >= 0 ? 0 : pp_error_set(error, (int)got, "cannot read %s again: %s", s->copy.path, strerror((int)-got));
}

static int io_compare(const struct state *s, const char *path, const struct pp_checksum *read, struct pp_error *error) {
    uint64_t expected = pp_checksum_value(&s->written), found = pp_checksum_value(read);
    if (found == expected)
        return 0;
    return pp_error_set(error, -EBADMSG,
                        "what was read from %s is not what was written: its checksum is %016" PRIx64
                        " instead of %016" PRIx64,
                        path, found, expected);
}

static int io_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                     struct pp_error *error) {
    (void)args, (void)item, (void)output;
    struct state *s = state;
    struct pp_checksum copied = {0};
    int status = io_read_copy(s, &copied, error);
    io_forget_copy(s);
    if (status)
        return status;
    status = io_compare(s, s->original.path, &s->read, error);
    return status ? status : io_compare(s, s->copy.path, &copied, error);
}

static int io_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                   struct pp_error *error) {
    (void)shared, (void)args;
    struct state *s = state;
    s->deleted_copy = -1;
    int status = pp_tmpfile_name(&s->original, env, "original", error);
    if (!status)
        status = pp_tmpfile_name(&s->copy, env, "copy", error);
    if (!status && pp_buffer_reserve(&s->block, BLOCK_BYTES))
        status = pp_error_set(error, -ENOMEM, "no memory for a block of %d bytes; use fewer workers", BLOCK_BYTES);
    return status;
}

static void io_fini(void *state) {
    struct state *s = state;
    io_remove(s, 0, NULL);
    io_forget_copy(s);
    pp_buffer_release(&s->block);
}

static double io_estimate(const void *args) {
    const struct args *a = args;
    return (double)a->filesize_mb * (a->fsync ? 4e-3 : 0.8e-3); /* the page cache, or an SSD of 500 MB/s */
}

const struct pp_task pp_task_io = {.name = "io",
                                   .summary = "writes a file, reads it back into a copy, deletes both",
                                   .args = fields,
                                   .args_size = sizeof(struct args),
                                   .state_size = sizeof(struct state),
                                   .worker_init = io_init,
                                   .run = io_run,
                                   .verify = io_verify,
                                   .worker_fini = io_fini,
                                   .estimate = io_estimate};
