#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/enhance.h"
#include "lib/enhance_reference.h"
#include "lib/pixels.h"
#include "pptest/hash.h"
#include "pptest/rng.h"

static struct pp_picture picture_new(size_t width, size_t height) {
    struct pp_picture picture = {width, height, calloc(1, pp_picture_bytes(width, height))};
    assert_non_null(picture.rgb);
    return picture;
}

/* Noise where CLAHE has least to hold on to, with strips of flat and of saturated colour where it has most. */
static struct pp_picture picture_noisy(size_t width, size_t height) {
    struct pp_picture picture = picture_new(width, height);
    struct pp_rng rng = {width * 1000 + height};
    for (size_t i = 0; i < width * height; i++) {
        uint64_t random = pp_rng_next(&rng);
        size_t strip = i % width * 4 / width;
        for (size_t c = 0; c < 3; c++) {
            uint8_t noise = (uint8_t)(random >> 8 * c), pure = (uint8_t)(random >> (30 + c) & 1 ? 255 : 0);
            picture.rgb[3 * i + c] = strip == 0 ? noise : strip == 1 ? pure : strip == 2 ? 40 : noise & 15;
        }
    }
    return picture;
}

static uint8_t *enhanced(const struct pp_picture *picture, unsigned threads) {
    static struct pp_lab lab;
    struct pp_enhance enhance;
    struct pp_error error = {0};
    size_t side = pp_picture_side(picture->width, picture->height);
    uint8_t *answer = malloc(3 * side * side);
    assert_non_null(answer);
    pp_lab_init(&lab);
    assert_int_equal(pp_enhance_init(&enhance, &lab, threads, &error), 0);
    pp_enhance_run(&enhance, picture, answer);
    pp_enhance_release(&enhance);
    return answer;
}

static const size_t sizes[][2] = {{1, 1}, {2, 3}, {7, 13}, {9, 9}, {130, 67}, {512, 512}, {513, 700}, {660, 1024}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void test_fast_is_close_to_reference(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct pp_picture picture = picture_noisy(sizes[i][0], sizes[i][1]);
        size_t side = pp_picture_side(picture.width, picture.height), bytes = 3 * side * side;
        uint8_t *fast = enhanced(&picture, 1), *slow = malloc(bytes);
        assert_non_null(slow);
        assert_int_equal(pp_enhance_reference(&picture, slow), 0);
        struct pp_pixels_difference difference = pp_pixels_compare(fast, slow, bytes);
        assert_in_range(difference.max, 0, 1);
        assert_in_range(difference.sum, 0, bytes / 20);
        free(slow);
        free(fast);
        free(picture.rgb);
    }
}

static void test_threads_do_not_matter(void **state) {
    (void)state;
    static const unsigned threads[] = {0, 2, 3, 8};
    for (size_t i = 0; i < SIZES; i++) {
        struct pp_picture picture = picture_noisy(sizes[i][0], sizes[i][1]);
        size_t side = pp_picture_side(picture.width, picture.height);
        uint8_t *single = enhanced(&picture, 1);
        for (size_t j = 0; j < sizeof threads / sizeof *threads; j++) {
            uint8_t *many = enhanced(&picture, threads[j]);
            assert_memory_equal(many, single, 3 * side * side);
            free(many);
        }
        free(single);
        free(picture.rgb);
    }
}

static void test_resize_known_values(void **state) {
    (void)state;
    static struct pp_resize resize;
    static struct pp_resize_rows rows = {.held = {PP_RESIZE_NONE, PP_RESIZE_NONE}};
    static int32_t planes[3 * PP_PICTURE_SIDE];
    /* Halving a picture: each answer is the mean of four pixels, rounded half up, here of columns 0 1, 2 3, ... */
    struct pp_picture picture = picture_new(1030, 1024);
    for (size_t i = 0; i < 1024 * 1030; i++)
        picture.rgb[3 * i] = (uint8_t)(i % 1030);
    pp_resize_init(&resize, &picture);
    assert_int_equal(resize.side, 512);
    pp_resize_row(&resize, &rows, 511, planes);
    for (size_t x = 0; x < 100; x++)
        assert_int_equal(planes[x], 2 * x + 3 + 1); /* the square begins at column 3 */
    assert_int_equal(planes[PP_PICTURE_SIDE], 0);
    free(picture.rgb);
}

static void test_small_pictures_keep_their_size(void **state) {
    (void)state;
    static struct pp_resize resize;
    static struct pp_resize_rows rows = {.held = {PP_RESIZE_NONE, PP_RESIZE_NONE}};
    static int32_t planes[3 * PP_PICTURE_SIDE];
    struct pp_picture picture = picture_noisy(5, 8);
    pp_resize_init(&resize, &picture);
    assert_int_equal(resize.side, 5);
    for (size_t y = 0; y < 5; y++) {
        pp_resize_row(&resize, &rows, y, planes);
        for (size_t x = 0; x < 5; x++)
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(planes[c * PP_PICTURE_SIDE + x], picture.rgb[3 * ((y + 1) * 5 + x) + c]);
    }
    free(picture.rgb);
}

struct colour {
    int32_t rgb[3];
    double l, a, b;
};

/* CIE Lab of sRGB's corners under D65, from the formulas with the matrix of seven digits. */
static const struct colour colours[] = {
    {{0, 0, 0}, 0, 0, 0},
    {{255, 255, 255}, 100, 0, 0},
    {{255, 0, 0}, 53.2408, 80.0925, 67.2032},
    {{0, 255, 0}, 87.7347, -86.1827, 83.1793},
    {{0, 0, 255}, 32.2970, 79.1875, -107.8602},
    {{119, 119, 119}, 50.0344, 0, 0},
};

static void test_lab_known_values(void **state) {
    (void)state;
    static struct pp_lab lab;
    static int32_t planes[3 * PP_PICTURE_SIDE];
    float fx, fy, fz, still = 0;
    uint8_t lightness, back[3];
    struct pp_lab_row row = {&fx, &fy, &fz, &lightness};
    pp_lab_init(&lab);
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        for (size_t c = 0; c < 3; c++)
            planes[c * PP_PICTURE_SIDE] = colours[i].rgb[c];
        pp_lab_from_rgb(&lab, planes, 1, &row);
        assert_true(fabs(116.0 * (double)fy - 16 - colours[i].l) < 0.002);
        assert_true(fabs(500 * ((double)fx - (double)fy) - colours[i].a) < 0.02);
        assert_true(fabs(200 * ((double)fy - (double)fz) - colours[i].b) < 0.02);
        assert_int_equal(lightness, lrint(2.55 * colours[i].l));
        pp_lab_to_rgb(&row, &still, 1, back);
        for (size_t c = 0; c < 3; c++)
            assert_int_equal(back[c], colours[i].rgb[c]);
    }
}

static double light_of(int value) {
    double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static long lightness_of(double luminance) {
    double f = luminance > 216.0 / 24389 ? cbrt(luminance) : (24389.0 / 27 * luminance + 16) / 116;
    return lrint(2.55 * (116 * f - 16));
}

/* Exactly rounded whatever the colour: here every fifth and seventh of red and green with all of blue. */
static void test_lightness_is_exact(void **state) {
    (void)state;
    static struct pp_lab lab;
    static int32_t planes[3 * PP_PICTURE_SIDE];
    static float f[3][256];
    uint8_t lightness[256];
    double light[256];
    struct pp_lab_row row = {f[0], f[1], f[2], lightness};
    pp_lab_init(&lab);
    for (int i = 0; i < 256; i++)
        light[i] = light_of(i);
    for (int r = 0; r < 256; r += 5)
        for (int g = r % 7; g < 256; g += 7) {
            for (int b = 0; b < 256; b++) {
                planes[b] = r;
                planes[PP_PICTURE_SIDE + b] = g;
                planes[2 * PP_PICTURE_SIDE + b] = b;
            }
            pp_lab_from_rgb(&lab, planes, 256, &row);
            for (int b = 0; b < 256; b++)
                assert_int_equal(lightness[b],
                                 lightness_of(0.2126729 * light[r] + 0.7151522 * light[g] + 0.0721750 * light[b]));
        }
}

static struct pp_clahe clahe;
static uint8_t plane[PP_PICTURE_SIDE * PP_PICTURE_SIDE];

static void test_clahe_flat_plane(void **state) {
    (void)state;
    pp_clahe_init(&clahe, 64);
    assert_int_equal(clahe.tile, 8);
    memset(plane, 100, sizeof plane);
    pp_clahe_map(&clahe, plane, 27);
    /* 64 pixels in one bin: one stays, 63 are spread one by one over bins 0, 4, 8 ... 248. */
    assert_int_equal(clahe.map[27][0], 4);     /* 1 of 64: 3.98 */
    assert_int_equal(clahe.map[27][3], 4);     /* still 1 */
    assert_int_equal(clahe.map[27][99], 100);  /* 25: 99.6 */
    assert_int_equal(clahe.map[27][100], 108); /* 26 and the one that stayed: 107.6 */
    assert_int_equal(clahe.map[27][255], 255);
}

static void test_clahe_even_plane_stays(void **state) {
    (void)state;
    float growth[PP_PICTURE_SIDE];
    pp_clahe_init(&clahe, 512);
    for (size_t i = 0; i < sizeof plane; i++)
        plane[i] = (uint8_t)(i % 64 * 4 + i / 512 % 4);
    for (size_t tile = 0; tile < 64; tile++)
        pp_clahe_map(&clahe, plane, tile);
    /* Every bin holds 16 of 4096 pixels, so that the maps are nearly the identity. */
    for (size_t y = 0; y < 512; y += 37) {
        pp_clahe_row(&clahe, plane + y * PP_PICTURE_SIDE, y, 1, growth);
        for (size_t x = 0; x < 512; x++)
            assert_true(growth[x] > -0.01F && growth[x] < 1.01F);
    }
}

static void test_clahe_maps_meet_between_centres(void **state) {
    (void)state;
    float growth[PP_PICTURE_SIDE];
    pp_clahe_init(&clahe, 512);
    for (size_t tile = 0; tile < 64; tile++)
        memset(clahe.map[tile], (int)(tile % 8 * 10 + tile / 8), 256);
    memset(plane, 0, sizeof plane);
    pp_clahe_row(&clahe, plane, 0, 1, growth);
    assert_true(growth[0] == 0 && growth[32] == 0 && growth[511] == 70);
    assert_true(growth[64] == 5 && growth[48] == 2.5F);
    pp_clahe_row(&clahe, plane, 96 + 16, 0.5F, growth); /* a quarter between the second and third row of tiles */
    assert_true(growth[0] == 0.625F);
}

static void test_hash_sees_every_byte(void **state) {
    (void)state;
    uint8_t bytes[300] = {0};
    uint64_t before = pp_hash_bytes(bytes, sizeof bytes);
    assert_true(pp_hash_bytes(bytes, sizeof bytes - 1) != before);
    for (size_t i = 0; i < sizeof bytes; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (uint8_t)(1 << bit);
            assert_true(pp_hash_bytes(bytes, sizeof bytes) != before);
            bytes[i] = 0;
        }
}

static void test_compare_finds_the_largest(void **state) {
    (void)state;
    static uint8_t a[10000], b[10000];
    struct pp_pixels_difference difference = pp_pixels_compare(a, b, sizeof a);
    assert_true(difference.max == 0 && difference.sum == 0 && difference.first == sizeof a);
    a[5000] = 3;
    b[9999] = 200;
    b[9000] = 200;
    difference = pp_pixels_compare(a, b, sizeof a);
    assert_true(difference.max == 200 && difference.sum == 403 && difference.first == 9000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_is_close_to_reference),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_resize_known_values),
        cmocka_unit_test(test_small_pictures_keep_their_size),
        cmocka_unit_test(test_lab_known_values),
        cmocka_unit_test(test_lightness_is_exact),
        cmocka_unit_test(test_clahe_flat_plane),
        cmocka_unit_test(test_clahe_even_plane_stays),
        cmocka_unit_test(test_clahe_maps_meet_between_centres),
        cmocka_unit_test(test_hash_sees_every_byte),
        cmocka_unit_test(test_compare_finds_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
