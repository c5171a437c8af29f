#include "exec/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each worker's range: more than any machine has memory, and few enough bits of an off_t for 100,000 workers. */
static const off_t range_bytes = (off_t)1 << 40;

static off_t range_of(unsigned worker) { return range_bytes * ((off_t)worker + 1); }

static int failed(struct pp_error *error, const char *what, size_t count) {
    int code = errno;
    const char *hint = code == EFBIG ? "; raise the limit on the size of files (`ulimit -f`)" : "";
    return pp_error_set(error, -code, "%s of %zu bytes: %s%s", what, count, strerror(code), hint);
}

int pp_parts_put(int fd, unsigned worker, const struct pp_part *part, struct pp_error *error) {
    signal(SIGXFSZ, SIG_IGN); /* where files may not be so large, this is told as any other error */
    size_t written = 0;
    if (part->count > (size_t)range_bytes) {
        errno = EFBIG;
        return failed(error, "cannot write its part", part->count);
    }
    while (written < part->count) {
        ssize_t got =
            pwrite(fd, (const char *)part->bytes + written, part->count - written, range_of(worker) + (off_t)written);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO; /* nothing written and no reason given would loop for ever */
        if (got <= 0)
            return failed(error, "cannot write its part", part->count);
        written += (size_t)got;
    }
    return 0;
}

int pp_parts_get(int fd, unsigned worker, size_t count, struct pp_part *part, struct pp_error *error) {
    struct stat file;
    *part = (struct pp_part){0};
    if (count == 0)
        return 0;
    if (fstat(fd, &file) != 0)
        return failed(error, "cannot read its part", count);
    if (count > (size_t)range_bytes || file.st_size < range_of(worker) + (off_t)count)
        return pp_error_set(error, -EBADMSG, "its part of %zu bytes is not there", count);
    void *memory = mmap(NULL, count, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, range_of(worker));
    if (memory == MAP_FAILED)
        return failed(error, "cannot map its part", count);
    *part = (struct pp_part){.bytes = memory, .count = count};
    return 0;
}

void pp_parts_drop(int fd, unsigned worker, const struct pp_part *part) {
    if (part->count == 0)
        return;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (part->count + page - 1) / page;
    munmap((void *)part->bytes, part->count);
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, range_of(worker), (off_t)(pages * page));
}
