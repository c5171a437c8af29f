/* What the task `zip` costs without pptest: the same files, written the way a C program would with zlib's own gzip
 * file functions.
 *
 *   bare_zlib MB LEVEL COUNT
 *
 * Prints the median of the seconds per task. Files go to TMPDIR, or /tmp. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "pptest/rng.h"

enum { BLOCK_BYTES = 256 * 1024, BLOCKS_PER_MB = 4 };

static unsigned char block[BLOCK_BYTES], other[BLOCK_BYTES];

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void need(int right, const char *what) {
    if (right)
        return;
    perror(what);
    exit(1);
}

static int open_file(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    need(fd >= 0, path);
    return fd;
}

static void write_original(const char *path, int blocks, uint64_t seed) {
    int fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    for (int i = 0; i < blocks; i++) {
        pp_rng_fill_bytes(pp_mix2(seed, (uint64_t)i), block, BLOCK_BYTES);
        need(write(fd, block, BLOCK_BYTES) == BLOCK_BYTES, "write");
    }
    close(fd);
}

static void pack(const char *from, const char *to, int level) {
    char mode[] = {'w', 'b', (char)('0' + level), '\0'};
    int fd = open_file(from, O_RDONLY);
    gzFile packed = gzopen(to, mode);
    need(packed != NULL, to);
    gzbuffer(packed, BLOCK_BYTES);
    ssize_t got;
    while ((got = read(fd, block, BLOCK_BYTES)) > 0)
        need(gzwrite(packed, block, (unsigned)got) == (int)got, "gzwrite");
    need(gzclose(packed) == Z_OK, "gzclose");
    close(fd);
}

static void restore(const char *from, const char *to) {
    int fd = open_file(to, O_WRONLY | O_CREAT | O_TRUNC), got;
    gzFile packed = gzopen(from, "rb");
    need(packed != NULL, from);
    gzbuffer(packed, BLOCK_BYTES);
    while ((got = gzread(packed, block, BLOCK_BYTES)) > 0)
        need(write(fd, block, (size_t)got) == got, "write");
    need(got == 0 && gzclose(packed) == Z_OK, "gzread");
    close(fd);
}

static void compare(const char *a, const char *b) {
    int first = open_file(a, O_RDONLY), second = open_file(b, O_RDONLY);
    ssize_t got;
    do {
        got = read(first, block, BLOCK_BYTES);
        need(got >= 0 && read(second, other, BLOCK_BYTES) == got, "read");
        need(memcmp(block, other, (size_t)got) == 0, "compare");
    } while (got > 0);
    close(first);
    close(second);
}

static double one_task(const char *dir, int blocks, int level, uint64_t seed) {
    char original[512], packed[512], restored[512];
    snprintf(original, sizeof original, "%s/bare-%d-original", dir, (int)getpid());
    snprintf(packed, sizeof packed, "%s/bare-%d-packed.gz", dir, (int)getpid());
    snprintf(restored, sizeof restored, "%s/bare-%d-restored", dir, (int)getpid());
    double start = now_s();
    write_original(original, blocks, seed);
    pack(original, packed, level);
    restore(packed, restored);
    compare(original, restored);
    unlink(original);
    unlink(packed);
    unlink(restored);
    return now_s() - start;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int megabytes = argc == 4 ? atoi(argv[1]) : 0, level = argc == 4 ? atoi(argv[2]) : -1;
    int count = argc == 4 ? atoi(argv[3]) : 0;
    if (megabytes < 1 || level < 0 || level > 9 || count < 1) {
        fprintf(stderr, "usage: bare_zlib MB LEVEL COUNT\n");
        return 2;
    }
    const char *dir = getenv("TMPDIR");
    double *seconds = malloc((size_t)count * sizeof *seconds);
    need(seconds != NULL, "malloc");
    for (int i = 0; i < count; i++)
        seconds[i] = one_task(dir ? dir : "/tmp", megabytes * BLOCKS_PER_MB, level, (uint64_t)i);
    qsort(seconds, (size_t)count, sizeof *seconds, by_size);
    printf("%.9f\n", seconds[count / 2]);
    free(seconds);
}
