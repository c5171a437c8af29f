/* One turn of the sample, decoded before, by the kernel of the task `rotate`: without decoding and encoding, which are
 * libjpeg-turbo's.
 *
 *   rotate_picture FILE DEGREES COUNT
 *
 * Prints the median of the milliseconds per turn. */
#define PP_HAVE_JPEG /* the library of pptest has been built with it, or this is not linked */
#include "lib/jpeg.h"
#include "lib/rotate.h"
#include "pptest/task.h"

#include <stdlib.h>
#include <time.h>

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int by_value(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static int load(const char *path, struct pp_picture *picture, struct pp_error *error) {
    const struct pp_env env = {.config_dir = "."};
    struct pp_jpeg jpeg;
    struct pp_input file;
    int status = pp_jpeg_load(&jpeg, error);
    if (status == 0)
        status = pp_input_read_file(&env, path, "JPEG", &file, error);
    if (status == 0)
        status = pp_jpeg_decode(&jpeg, path, file.bytes, file.count, picture, error);
    return status;
}

int main(int argc, char **argv) {
    struct pp_picture picture;
    struct pp_error error = {0};
    if (argc != 4)
        return 2;
    if (load(argv[1], &picture, &error) != 0) {
        fprintf(stderr, "rotate_picture: %s\n", error.text);
        return 1;
    }
    size_t count = strtoul(argv[3], NULL, 10);
    double *times = calloc(count, sizeof *times);
    uint8_t *turned = malloc(pp_picture_bytes(picture.width, picture.height));
    if (!times || !turned || count == 0)
        return 1;
    for (size_t i = 0; i < count; i++) {
        const struct pp_rotation rotation = pp_rotation_of(atof(argv[2]), picture.width, picture.height);
        double start = now_ms();
        pp_rotate(&rotation, &picture, turned);
        times[i] = now_ms() - start;
    }
    qsort(times, count, sizeof *times, by_value);
    printf("%.9f\n", times[count / 2]);
    return 0;
}
