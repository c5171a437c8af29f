/* rotate: the fast way of turning gives what the plain one gives, to the bit, and that is what arithmetic says. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/jpeg.h"
#include "lib/pixels.h"
#include "lib/rotate.h"
#include "pptest/memory.h"
#include "pptest/rng.h"
#include "task_fixture.h"

extern const struct pp_task pp_task_rotate;

static struct pp_picture noise(size_t width, size_t height) {
    struct pp_picture picture = {width, height, malloc(pp_picture_bytes(width, height))};
    assert_non_null(picture.rgb);
    pp_rng_fill_bytes(width * 1000 + height, picture.rgb, pp_picture_bytes(width, height));
    return picture;
}

static void check_turn(size_t width, size_t height, double degrees) {
    struct pp_picture picture = noise(width, height);
    const struct pp_rotation rotation = pp_rotation_of(degrees, width, height);
    uint8_t *turned = malloc(pp_picture_bytes(width, height)), pixel[3];
    assert_non_null(turned);
    memset(turned, 0xaa, pp_picture_bytes(width, height));
    pp_rotate(&rotation, &picture, turned);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            pp_rotate_pixel(&rotation, &picture, x, y, pixel);
            if (memcmp(turned + 3 * (y * width + x), pixel, 3) != 0)
                fail_msg("%zu x %zu, %g degrees: column %zu, row %zu differs", width, height, degrees, x, y);
        }
    free(turned);
    free(picture.rgb);
}

static void fast_and_plain_give_the_same_bytes(void **state) {
    (void)state;
    static const double angles[] = {0,   1e-7, 0.3,   30,  45,    60,  89.999, 90,  90.001, 135,
                                    180, 200,  269.5, 270, 359.9, 360, -45,    -90, 1234.5};
    static const size_t sizes[][2] = {{1, 1}, {1, 9}, {7, 1}, {2, 2}, {33, 20}, {64, 32}, {131, 70}, {70, 131}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof angles / sizeof *angles; k++)
            check_turn(sizes[i][0], sizes[i][1], angles[k]);
}

static double value(const struct pp_picture *picture, double x, double y, size_t channel) {
    bool inside = x >= 0 && y >= 0 && x < (double)picture->width && y < (double)picture->height;
    return inside ? picture->rgb[3 * ((size_t)y * picture->width + (size_t)x) + channel] : 0;
}

/* Bilinear interpolation in doubles, from the definition of a rotation. */
static double exact(const struct pp_picture *picture, double degrees, size_t column, size_t row, size_t channel) {
    double angle = degrees * acos(-1) / 180, mx = ((double)picture->width - 1) / 2,
           my = ((double)picture->height - 1) / 2;
    double dx = (double)column - mx, dy = (double)row - my;
    double x = mx + dx * cos(angle) - dy * sin(angle), y = my + dx * sin(angle) + dy * cos(angle);
    double left = floor(x), top = floor(y), h = x - left, v = y - top;
    return (value(picture, left, top, channel) * (1 - h) + value(picture, left + 1, top, channel) * h) * (1 - v) +
           (value(picture, left, top + 1, channel) * (1 - h) + value(picture, left + 1, top + 1, channel) * h) * v;
}

/* Weights in 256ths are half a unit off at most, each way: less than one level of 255 in noise, and half for rounding.
 */
static void pixels_are_what_arithmetic_says(void **state) {
    (void)state;
    struct pp_picture picture = noise(90, 61);
    uint8_t pixel[3];
    double sum = 0;
    for (double degrees = -200; degrees < 200; degrees += 17.3) {
        const struct pp_rotation rotation = pp_rotation_of(degrees, picture.width, picture.height);
        for (size_t y = 0; y < picture.height; y += 3)
            for (size_t x = 0; x < picture.width; x += 2) {
                pp_rotate_pixel(&rotation, &picture, x, y, pixel);
                for (size_t i = 0; i < 3; i++) {
                    double off = fabs(pixel[i] - exact(&picture, degrees, x, y, i));
                    assert_true(off <= 1.5);
                    sum += off / (24.0 * 21 * 45 * 3);
                }
            }
    }
    assert_true(sum < 0.3); /* 0.25 is what rounding to whole levels alone gives */
    free(picture.rgb);
}

static void right_angles_move_pixels_and_nothing_else(void **state) {
    (void)state;
    struct pp_picture picture = noise(40, 40);
    uint8_t *turned = malloc(pp_picture_bytes(40, 40));
    assert_non_null(turned);
    const struct pp_rotation none = pp_rotation_of(0, 40, 40), left = pp_rotation_of(90, 40, 40);
    pp_rotate(&none, &picture, turned);
    assert_memory_equal(turned, picture.rgb, 3 * 40 * 40);
    pp_rotate(&left, &picture, turned); /* to the left: the right edge comes to the top */
    for (size_t i = 0; i < 40; i++)
        assert_memory_equal(turned + 3 * i, picture.rgb + 3 * (i * 40 + 39), 3);
    free(turned);
    free(picture.rgb);
}

#ifdef PP_HAVE_JPEG

/* Noise of the best quality takes more room than there is at first; the second time there is enough. */
static void what_is_encoded_may_be_larger_than_expected(void **state) {
    (void)state;
    struct pp_jpeg jpeg;
    struct pp_picture picture = noise(100, 70), again = {0};
    struct pp_buffer room = {0}, first = {0};
    size_t bytes, first_bytes;
    for (size_t i = 0; i < 3 * 100 * 70; i++) /* grey, so that coarser hues lose nothing */
        picture.rgb[i] = picture.rgb[i / 3 * 3];
    assert_int_equal(pp_jpeg_load(&jpeg, NULL), 0);
    assert_int_equal(pp_jpeg_encode(&jpeg, &picture, 100, &first, &first_bytes, NULL), 0);
    assert_true(first_bytes > pp_jpeg_room(pp_picture_bytes(100, 70), 0) && first_bytes < first.bytes);
    assert_int_equal(pp_buffer_reserve(&room, pp_jpeg_room(pp_picture_bytes(100, 70), first_bytes)), 0);
    const void *place = room.data;
    assert_int_equal(pp_jpeg_encode(&jpeg, &picture, 100, &room, &bytes, NULL), 0);
    assert_ptr_equal(room.data, place);
    assert_int_equal(bytes, first_bytes);
    assert_memory_equal(room.data, first.data, bytes);
    assert_int_equal(pp_jpeg_decode(&jpeg, "noise", room.data, bytes, &again, NULL), 0);
    assert_int_equal(again.width, 100);
    assert_int_equal(again.height, 70);
    assert_in_range(pp_pixels_compare(again.rgb, picture.rgb, 3 * 100 * 70).max, 0, 4);
    pp_picture_release(&again);
    pp_buffer_release(&first);
    pp_buffer_release(&room);
    free(picture.rgb);
}

/* A worker's memory is there before its first task. */
static void tasks_find_their_memory_ready(void **state) {
    (void)state;
    struct fixture f = fixture_new(&pp_task_rotate, "/tmp", 0);
    assert_int_equal(fixture_start(&f), 0);
    struct pp_buffer buffers[3], after[3]; /* which follow the state's first member */
    memcpy(buffers, (char *)f.state + sizeof(void *), sizeof buffers);
    for (int i = 0; i < 3; i++)
        assert_true(buffers[i].bytes >= 1024 * 660);
    assert_int_equal(fixture_do(&f, 1), 0);
    memcpy(after, (char *)f.state + sizeof(void *), sizeof after);
    assert_memory_equal(buffers, after, sizeof after);
    fixture_free(&f, true);
}

static void *argument(struct fixture *f, const char *name) {
    const struct pp_field *field = f->task->args;
    while (strcmp(field->name, name) != 0)
        field++;
    return (char *)f->args + field->offset;
}

static void pictures_are_turned_and_right(void **state) {
    (void)state;
    struct fixture f = fixture_new(&pp_task_rotate, "/tmp", 0);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    uint64_t digest = f.output.digest;
    double bytes = f.output.value;
    assert_true(bytes > 1000);
    assert_int_equal(fixture_do(&f, 1), 0);
    assert_int_equal(f.output.digest, digest);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    *(double *)argument(&f, "angle") = 44; /* another work than was prepared for */
    assert_int_equal(fixture_do(&f, 1), -EBADMSG);
    assert_non_null(strstr(f.error.text, "plain way"));
    *(double *)argument(&f, "angle") = 45;
    *(int64_t *)argument(&f, "quality") = 30;
    assert_int_equal(fixture_do(&f, 1), -EBADMSG);
    assert_non_null(strstr(f.error.text, "encoded to something else"));
    assert_true(f.output.value < bytes / 2);
    fixture_free(&f, true);
}

static void details_name_images_angle_and_quality(void **state) {
    (void)state;
    static const char *const names[] = {"a.jpg", "b c.jpg"};
    struct fixture f = fixture_new(&pp_task_rotate, "/tmp", 0);
    char text[64], cut[8];
    *(struct pp_strings *)argument(&f, "images") = (struct pp_strings){.count = 2, .items = names};
    *(double *)argument(&f, "angle") = -0.5;
    assert_int_equal(f.task->details(f.args, text, sizeof text), 23);
    assert_string_equal(text, "a.jpg;b c.jpg; -0.5; 90");
    assert_int_equal(f.task->details(f.args, cut, sizeof cut), 23);
    assert_string_equal(cut, "a.jpg;b");
    assert_int_equal(f.task->details(f.args, NULL, 0), 23);
    fixture_free(&f, false);
}

static void files_that_are_none_are_refused_with_their_place(void **state) {
    (void)state;
    static const char *const names[] = {"images/sample.jpg", "sum.json"};
    struct fixture f = fixture_new(&pp_task_rotate, "/tmp", 0);
    *(struct pp_strings *)argument(&f, "images") = (struct pp_strings){.count = 2, .items = names};
    assert_int_equal(fixture_start(&f), -EINVAL);
    assert_string_equal(f.error.where, "/0/1");
    assert_non_null(strstr(f.error.text, "sum.json"));
    fixture_free(&f, false);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_plain_give_the_same_bytes),
        cmocka_unit_test(pixels_are_what_arithmetic_says),
        cmocka_unit_test(right_angles_move_pixels_and_nothing_else),
#ifdef PP_HAVE_JPEG
        cmocka_unit_test(what_is_encoded_may_be_larger_than_expected),
        cmocka_unit_test(tasks_find_their_memory_ready),
        cmocka_unit_test(pictures_are_turned_and_right),
        cmocka_unit_test(details_name_images_angle_and_quality),
        cmocka_unit_test(files_that_are_none_are_refused_with_their_place),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
