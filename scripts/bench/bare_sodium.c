/* The peer of the task `password`: libsodium's SHA-256 of as many strings of 20 characters, made before the clock runs.
 * Usage: bare_sodium STORED TRIED COUNT    prints the median of COUNT tasks in seconds
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o bare_sodium scripts/bench/bare_sodium.c -lsodium */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LENGTH = 20 };

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double task_seconds(const unsigned char (*texts)[LENGTH], size_t count) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    double start = seconds_now();
    for (size_t i = 0; i < count; i++) {
        crypto_hash_sha256(hash, texts[i], LENGTH);
        __asm__ volatile("" : : "r"(hash) : "memory"); /* each hash is looked at */
    }
    return seconds_now() - start;
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    long long stored = argc == 4 ? atoll(argv[1]) : 0, tried = argc == 4 ? atoll(argv[2]) : 0;
    long long count = argc == 4 ? atoll(argv[3]) : 0;
    if (stored < 1 || tried < 1 || count < 1 || sodium_init() < 0) {
        fprintf(stderr, "usage: bare_sodium STORED TRIED COUNT\n");
        return 2;
    }
    size_t hashes = (size_t)(stored + tried);
    unsigned char(*texts)[LENGTH] = malloc(hashes * LENGTH);
    double *seconds = malloc((size_t)count * sizeof *seconds);
    if (texts && seconds) {
        randombytes_buf(texts, hashes * LENGTH);
        for (long long i = 0; i < count; i++)
            seconds[i] = task_seconds((const unsigned char(*)[LENGTH])texts, hashes);
        qsort(seconds, (size_t)count, sizeof *seconds, order);
        printf("%.9f\n", seconds[count / 2]);
    }
    int status = texts && seconds ? 0 : 1;
    free(seconds);
    free(texts);
    return status;
}
