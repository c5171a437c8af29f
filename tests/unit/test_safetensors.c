/* safetensors: what the format allows is read, what it forbids is refused by name, wherever a file is damaged. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/safetensors.h"

enum { FILE_BYTES = 4096 };

/* A file of this header and so many bytes of data (0, 1, 2, …). Exactly as much memory as the file has bytes, so that
 * sanitizers see what is read behind it. */
static struct pp_input file_of(const char *header, size_t data_bytes) {
    size_t length = strlen(header);
    struct pp_input file = {.path = (char *)"m.safetensors", .count = 8 + length + data_bytes};
    unsigned char *bytes = malloc(file.count);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < data_bytes; i++)
        bytes[8 + length + i] = (unsigned char)i;
    file.bytes = bytes;
    return file;
}

static int open_status(const struct pp_input *file, struct pp_error *error) {
    struct pp_safetensors *opened = NULL;
    int status = pp_safetensors_new(&opened, file, error);
    assert_true((opened == NULL) == (status != 0));
    pp_safetensors_free(opened);
    return status;
}

static void assert_refused(const char *header, size_t data_bytes, const char *word) {
    struct pp_input file = file_of(header, data_bytes);
    struct pp_error error = {0};
    assert_int_equal(open_status(&file, &error), -EINVAL);
    assert_int_equal(error.code, -EINVAL);
    assert_non_null(strstr(error.text, "m.safetensors: "));
    assert_null(strchr(error.text, '\n'));
    if (!strstr(error.text, word))
        fail_msg("\"%s\" is not in: %s", word, error.text);
    assert_int_equal(open_status(&file, NULL), -EINVAL);
    free(file.bytes);
}

static const char two[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                          "\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[24,28]},"
                          "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}   ";

static void tensors_are_found_by_name(void **state) {
    (void)state;
    struct pp_input file = file_of(two, 28);
    struct pp_safetensors *opened = NULL;
    struct pp_tensor tensor;
    assert_int_equal(pp_safetensors_new(&opened, &file, NULL), 0);
    assert_int_equal(pp_safetensors_count(opened), 2);
    assert_int_equal(pp_safetensors_get(opened, "a", &tensor, NULL), 0);
    assert_int_equal(tensor.type, PP_TENSOR_F32);
    assert_int_equal(tensor.dimensions, 2);
    assert_int_equal(tensor.shape[0], 2);
    assert_int_equal(tensor.shape[1], 3);
    assert_int_equal(tensor.count, 6);
    assert_int_equal(tensor.bytes[0], 0);
    assert_int_equal(pp_safetensors_get(opened, "b", &tensor, NULL), 0);
    assert_int_equal(tensor.type, PP_TENSOR_F16);
    assert_int_equal(tensor.bytes[0], 24);
    struct pp_error error = {0};
    assert_int_equal(pp_safetensors_get(opened, "c", &tensor, &error), -EINVAL);
    assert_string_equal(error.text, "m.safetensors: found the tensors \"a\", \"b\", expected a tensor \"c\"");
    pp_safetensors_free(opened);
    free(file.bytes);
}

static void scalars_empty_tensors_and_no_tensors_are_allowed(void **state) {
    (void)state;
    static const char one[] = "{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                              "\"empty\":{\"dtype\":\"I64\",\"shape\":[0,5],\"data_offsets\":[0,0]}}";
    struct pp_input file = file_of(one, 4), nothing = file_of("{}", 0);
    struct pp_safetensors *opened = NULL;
    struct pp_tensor tensor;
    struct pp_error error = {0};
    assert_int_equal(pp_safetensors_new(&opened, &file, &error), 0);
    assert_int_equal(pp_safetensors_get(opened, "x", &tensor, NULL), 0);
    assert_int_equal(tensor.count, 1);
    assert_int_equal(pp_safetensors_get(opened, "empty", &tensor, &error), -EINVAL);
    assert_non_null(strstr(error.text, "type I64, expected F32, F16 or BF16"));
    pp_safetensors_free(opened);
    assert_int_equal(pp_safetensors_new(&opened, &nothing, NULL), 0);
    assert_int_equal(pp_safetensors_get(opened, "x", &tensor, &error), -EINVAL);
    assert_non_null(strstr(error.text, "found no tensor, expected a tensor \"x\""));
    pp_safetensors_free(opened);
    free(file.bytes);
    free(nothing.bytes);
}

static void what_the_format_forbids_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t data_bytes;
        const char *word;
    } cases[] = {
        {" {}", 0, "found no \"{\" at byte 8"},
        {"[1]", 0, "found no \"{\""},
        {"{\"a\":", 0, "not JSON"},
        {"{} {}", 0, "not JSON"},
        {"{\"a\":1,\"a\":2}", 0, "not JSON"},
        {"{\"a\":1}", 0, "tensor \"a\": found no JSON object"},
        {"{\"a\\n\":1}", 0, "tensor \"a?\""},
        {"{\"a\":{}}", 0, "no \"dtype\""},
        {"{\"a\":{\"dtype\":32}}", 0, "no \"dtype\""},
        {"{\"a\":{\"dtype\":\"F31\"}}", 0, "the type \"F31\""},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "found none as \"shape\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":{}}}", 0, "found none as \"shape\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1]}}", 0, "a longer list"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,-1]}}", 0, "size 1 of its \"shape\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5]}}", 0, "size 0 of its \"shape\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,1]}}", 0, "more numbers than a file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904]}}", 0, "more numbers than a file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0.0,4.0]}}", 4, "no good \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "ends at byte 4 of 3 bytes of data"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "found 5 bytes of data, expected 4"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "4 bytes of data, expected 8"},
        {"{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "4 bytes of data, expected 2"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "the bytes between are no tensor's"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
         6, "tensor \"b\": begins at byte 2 of the data, inside tensor \"a\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
         4, "inside tensor \"a\", which ends at byte 4"},
        {"{}", 1, "found 1 bytes of data, expected 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].header, cases[i].data_bytes, cases[i].word);
}

static void long_names_are_cut_between_characters(void **state) {
    (void)state;
    char header[FILE_BYTES] = "{\"a";
    for (int i = 0; i < 100; i++)
        strcat(header, "\xc3\xa9");
    strcat(header, "\":1}");
    struct pp_input file = file_of(header, 0);
    struct pp_error error = {0};
    assert_int_equal(open_status(&file, &error), -EINVAL);
    assert_non_null(strstr(error.text, "\xc3\xa9...\": found no"));
    free(file.bytes);
}

static void files_cut_anywhere_are_refused(void **state) {
    (void)state;
    struct pp_input whole = file_of(two, 28);
    assert_int_equal(open_status(&whole, NULL), 0);
    for (size_t count = 1; count < whole.count; count++) {
        struct pp_input cut = {.path = whole.path, .bytes = malloc(count), .count = count};
        struct pp_error error = {0};
        assert_non_null(cut.bytes);
        memcpy(cut.bytes, whole.bytes, count);
        assert_int_equal(open_status(&cut, &error), -EINVAL);
        assert_non_null(strstr(error.text, "m.safetensors: "));
        free(cut.bytes);
    }
    free(whole.bytes);
}

/* Whatever stands in one place of the length or the header, nothing is read that is not there. */
static void any_changed_byte_is_survived(void **state) {
    (void)state;
    struct pp_input file = file_of(two, 28);
    unsigned char *bytes = file.bytes;
    for (size_t at = 0; at < file.count - 28; at++) {
        unsigned char kept = bytes[at];
        for (int value = 0; value < 256; value += 5) {
            bytes[at] = (unsigned char)value;
            struct pp_safetensors *opened = NULL;
            struct pp_tensor tensor;
            float floats[64];
            if (pp_safetensors_new(&opened, &file, NULL) == 0 && pp_safetensors_get(opened, "a", &tensor, NULL) == 0 &&
                tensor.count <= 64)
                pp_tensor_floats(&tensor, floats);
            pp_safetensors_free(opened);
        }
        bytes[at] = kept;
    }
    free(file.bytes);
}

static void header_length_is_limited(void **state) {
    (void)state;
    struct pp_input file = file_of(two, 28);
    unsigned char *bytes = file.bytes;
    struct pp_error error = {0};
    memset(bytes, 0xff, 8);
    assert_int_equal(open_status(&file, &error), -EINVAL);
    assert_non_null(strstr(error.text, "a header of 18446744073709551615 bytes, expected 2 to 100000000"));
    memset(bytes, 0, 8);
    assert_int_equal(open_status(&file, &error), -EINVAL);
    assert_non_null(strstr(error.text, "a header of 0 bytes"));
    bytes[2] = 1;
    assert_int_equal(open_status(&file, &error), -EINVAL);
    assert_non_null(strstr(error.text, "header of 65536 bytes does not fit"));
    free(file.bytes);
}

/* What the halves mean, from the definition of IEEE 754. */
static float half_value(unsigned half) {
    int exponent = (int)(half >> 10 & 31);
    float mantissa = (float)(half & 1023), sign = half & 0x8000 ? -1.0f : 1.0f;
    if (exponent == 31)
        return mantissa > 0 ? NAN : sign * INFINITY;
    return sign * (exponent == 0 ? ldexpf(mantissa, -24) : ldexpf(mantissa + 1024, exponent - 25));
}

static void all_halves_become_the_floats_that_they_mean(void **state) {
    (void)state;
    enum { COUNT = 65536 };
    unsigned char *bytes = malloc(2 * COUNT);
    float *floats = malloc(COUNT * sizeof *floats);
    assert_true(bytes && floats);
    for (unsigned i = 0; i < COUNT; i++) {
        bytes[2 * i] = (unsigned char)i;
        bytes[2 * i + 1] = (unsigned char)(i >> 8);
    }
    struct pp_tensor tensor = {.type = PP_TENSOR_F16, .count = COUNT, .bytes = bytes};
    pp_tensor_floats(&tensor, floats);
    for (unsigned i = 0; i < COUNT; i++) {
        float expected = half_value(i);
        assert_true(isnan(expected) ? isnan(floats[i]) : floats[i] == expected);
        assert_true(isnan(expected) || signbit(floats[i]) == signbit(expected));
    }
    tensor.type = PP_TENSOR_BF16;
    pp_tensor_floats(&tensor, floats);
    assert_true(floats[0x3f80] == 1 && floats[0xc000] == -2 && floats[0x4049] == 3.140625f && isnan(floats[0x7fff]));
    free(bytes);
    free(floats);
}

static void floats_are_read_from_any_address(void **state) {
    (void)state;
    const unsigned char bytes[] = {9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0};
    const struct pp_tensor tensor = {.type = PP_TENSOR_F32, .count = 2, .bytes = bytes + 1};
    float floats[2];
    pp_tensor_floats(&tensor, floats);
    assert_true(floats[0] == 1 && floats[1] == -2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_found_by_name),
        cmocka_unit_test(scalars_empty_tensors_and_no_tensors_are_allowed),
        cmocka_unit_test(what_the_format_forbids_is_refused),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(files_cut_anywhere_are_refused),
        cmocka_unit_test(any_changed_byte_is_survived),
        cmocka_unit_test(header_length_is_limited),
        cmocka_unit_test(all_halves_become_the_floats_that_they_mean),
        cmocka_unit_test(floats_are_read_from_any_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
