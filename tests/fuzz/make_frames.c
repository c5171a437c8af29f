/* Writes the seed corpus of fuzz_frame: make_frames FOLDER. Frames travel as they lie in memory, so the seeds are those
 * of the machine that made them (64 bits, little-endian). */
#include "exec/frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_seed(const char *folder, const char *name, const void *bytes, size_t count) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    if (!file || fwrite(bytes, 1, count, file) != count || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: make_frames FOLDER\n", stderr);
        return 2;
    }
    static struct pp_frame ready, refused, result, failed;
    static unsigned char bytes[4 * sizeof(struct pp_frame)];
    ready = (struct pp_frame){.kind = PP_FRAME_READY, .worker = 1};
    refused = (struct pp_frame){.kind = PP_FRAME_READY, .worker = 2, .generation = 1};
    pp_error_set(&refused.tally.why, -ENOMEM, "no memory for the matrix");
    result = (struct pp_frame){.kind = PP_FRAME_RESULT, .order = {.first = 40, .count = 8}};
    result.tally.done = 8;
    result.tally.check = 12345;
    result.tally.times =
        (struct pp_times){.used = 2, .runs = {{.bucket = 900, .count = 5}, {.bucket = 901, .count = 3}}};
    failed = result;
    failed.tally.done = 6;
    failed.tally.times.runs[1].count = 1;
    failed.tally.failed = 2;
    failed.tally.wrong = 1;
    pp_error_at(&failed.tally.why, -EBADMSG, "/0", "task 41: wrong answer");
    pp_reasons_add(&failed.tally.reasons, 41, "wrong answer");
    pp_reasons_add(&failed.tally.reasons, 43, "no memory");
    write_seed(argv[1], "ready", bytes, pp_frame_encode(&ready, bytes));
    write_seed(argv[1], "refused", bytes, pp_frame_encode(&refused, bytes));
    write_seed(argv[1], "result", bytes, pp_frame_encode(&result, bytes));
    write_seed(argv[1], "failed", bytes, pp_frame_encode(&failed, bytes));
    size_t end = pp_frame_encode(&ready, bytes);
    end += pp_frame_encode(&result, bytes + end);
    end += pp_frame_encode(&failed, bytes + end);
    write_seed(argv[1], "three", bytes, end);
    write_seed(argv[1], "cut", bytes, end - 100);
    bytes[0] ^= 1;
    write_seed(argv[1], "no_magic", bytes, end);
    return 0;
}
