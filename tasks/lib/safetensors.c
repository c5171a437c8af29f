#include "lib/safetensors.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/simd.h"

enum {
    LENGTH_BYTES = 8,
    SHOWN_BYTES = 48, /* of a name in a message */
    NO_FLOAT = -1,    /* a type whose numbers do not become float here */
};

static const struct type {
    const char *name;
    unsigned bytes;
    int type; /* enum pp_tensor_type */
} types[] = {{"F32", 4, PP_TENSOR_F32}, {"F16", 2, PP_TENSOR_F16}, {"BF16", 2, PP_TENSOR_BF16}, {"F64", 8, NO_FLOAT},
             {"I64", 8, NO_FLOAT},      {"I32", 4, NO_FLOAT},      {"I16", 2, NO_FLOAT},        {"I8", 1, NO_FLOAT},
             {"U64", 8, NO_FLOAT},      {"U32", 4, NO_FLOAT},      {"U16", 2, NO_FLOAT},        {"U8", 1, NO_FLOAT},
             {"BOOL", 1, NO_FLOAT},     {"F8_E4M3", 1, NO_FLOAT},  {"F8_E5M2", 1, NO_FLOAT}};

struct entry {
    const char *name; /* the header's */
    const struct type *type;
    size_t begin, end; /* among the data */
    struct pp_tensor tensor;
};

struct pp_safetensors {
    const struct pp_input *input;
    json_t *header;
    const unsigned char *data;
    size_t data_bytes, count;
    struct entry entries[]; /* in the order of their data */
};

/* A name from a file, made fit for a message: short, and on one line. */
struct shown {
    char text[SHOWN_BYTES + 4];
};

static struct shown show(const char *name) {
    struct shown shown;
    size_t length = strnlen(name, SHOWN_BYTES + 1), kept = length <= SHOWN_BYTES ? length : SHOWN_BYTES;
    while (kept < length && kept > 0 && ((unsigned char)name[kept] & 0xc0) == 0x80) /* never a part of a character */
        kept--;
    snprintf(shown.text, sizeof shown.text, "%.*s%s", (int)kept, name, kept < length ? "..." : "");
    for (size_t i = 0; shown.text[i] != '\0'; i++)
        if ((unsigned char)shown.text[i] < ' ' || shown.text[i] == 0x7f)
            shown.text[i] = '?';
    return shown;
}

#define REFUSE(file, entry, format, ...)                                                                               \
    pp_error_set(error, -EINVAL, "%s: tensor \"%s\": " format, (file)->input->path, show((entry)->name).text,          \
                 __VA_ARGS__)

static const struct type *find_type(const json_t *described) {
    const char *name = json_string_value(json_object_get(described, "dtype"));
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static int no_type(const struct pp_safetensors *file, const json_t *described, const struct entry *entry,
                   struct pp_error *error) {
    const char *name = json_string_value(json_object_get(described, "dtype"));
    if (!name)
        return REFUSE(file, entry, "found no \"dtype\", expected a %s", "string such as \"F32\"");
    return REFUSE(file, entry, "found the type \"%s\", expected one of the format such as \"F32\"", show(name).text);
}

/* Sets the number of bytes that the shape needs. */
static int read_shape(const struct pp_safetensors *file, const json_t *described, struct entry *entry, size_t *bytes,
                      struct pp_error *error) {
    const json_t *shape = json_object_get(described, "shape");
    struct pp_tensor *tensor = &entry->tensor;
    tensor->dimensions = json_array_size(shape);
    if (!json_is_array(shape) || tensor->dimensions > PP_TENSOR_DIMENSIONS)
        return REFUSE(file, entry, "found %s as \"shape\", expected a list of at most %d sizes",
                      json_is_array(shape) ? "a longer list" : "none", PP_TENSOR_DIMENSIONS);
    tensor->count = 1;
    for (size_t i = 0; i < tensor->dimensions; i++) {
        const json_t *item = json_array_get(shape, i);
        json_int_t size = json_integer_value(item);
        if (!json_is_integer(item) || size < 0)
            return REFUSE(file, entry, "size %zu of its \"shape\" is no integer from 0 on", i);
        tensor->shape[i] = (size_t)size;
        if (__builtin_mul_overflow(tensor->count, (size_t)size, &tensor->count))
            return REFUSE(file, entry, "its shape is of more numbers than a file of %zu bytes can hold",
                          file->input->count);
    }
    if (__builtin_mul_overflow(tensor->count, entry->type->bytes, bytes))
        return REFUSE(file, entry, "its shape is of more numbers than a file of %zu bytes can hold",
                      file->input->count);
    return 0;
}

static int read_offsets(const struct pp_safetensors *file, const json_t *described, struct entry *entry, size_t bytes,
                        struct pp_error *error) {
    const json_t *offsets = json_object_get(described, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    json_int_t first = json_integer_value(begin), last = json_integer_value(end);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) || first < 0 || last < first)
        return REFUSE(file, entry, "found no good \"data_offsets\", expected %s",
                      "where it begins and where it ends, counted from the header's end");
    if ((uint64_t)last > file->data_bytes)
        return REFUSE(file, entry, "ends at byte %" JSON_INTEGER_FORMAT " of %zu bytes of data: is the file cut off?",
                      last, file->data_bytes);
    if ((uint64_t)(last - first) != bytes)
        return REFUSE(file, entry, "has %" JSON_INTEGER_FORMAT " bytes of data, expected %zu for its shape and type %s",
                      last - first, bytes, entry->type->name);
    entry->begin = (size_t)first;
    entry->end = (size_t)last;
    entry->tensor.bytes = file->data + first;
    return 0;
}

static int read_entry(const struct pp_safetensors *file, const json_t *described, struct entry *entry,
                      struct pp_error *error) {
    size_t bytes = 0;
    if (!json_is_object(described))
        return REFUSE(file, entry, "found no JSON object, expected %s", "\"dtype\", \"shape\" and \"data_offsets\"");
    entry->type = find_type(described);
    if (!entry->type)
        return no_type(file, described, entry, error);
    int status = read_shape(file, described, entry, &bytes, error);
    if (!status)
        status = read_offsets(file, described, entry, bytes, error);
    if (!status && entry->type->type != NO_FLOAT)
        entry->tensor.type = (enum pp_tensor_type)entry->type->type;
    return status;
}

static int by_place(const void *one, const void *other) {
    const struct entry *a = one, *b = other;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

/* The format wants no byte to belong to two tensors, and none to no tensor. */
static int check_places(struct pp_safetensors *file, struct pp_error *error) {
    size_t place = 0;
    qsort(file->entries, file->count, sizeof *file->entries, by_place);
    for (size_t i = 0; i < file->count; i++) {
        const struct entry *entry = &file->entries[i];
        if (entry->begin < place)
            return REFUSE(file, entry, "begins at byte %zu of the data, inside tensor \"%s\", which ends at byte %zu",
                          entry->begin, show(entry[-1].name).text, place);
        if (entry->begin > place)
            return REFUSE(file, entry,
                          "begins at byte %zu of the data, expected %zu: the bytes between are no tensor's",
                          entry->begin, place);
        place = entry->end;
    }
    if (place == file->data_bytes)
        return 0;
    return pp_error_set(error, -EINVAL, "%s: found %zu bytes of data, expected %zu: that is where the last tensor ends",
                        file->input->path, file->data_bytes, place);
}

static bool is_metadata(const char *name) { return strcmp(name, "__metadata__") == 0; }

static int read_entries(struct pp_safetensors *file, struct pp_error *error) {
    const char *name;
    json_t *described;
    json_object_foreach(file->header, name, described) {
        if (is_metadata(name))
            continue;
        struct entry *entry = &file->entries[file->count++];
        *entry = (struct entry){.name = name};
        int status = read_entry(file, described, entry, error);
        if (status)
            return status;
    }
    return check_places(file, error);
}

static int load_header(const struct pp_input *input, size_t bytes, json_t **header, struct pp_error *error) {
    const char *text = (const char *)input->bytes + LENGTH_BYTES;
    json_error_t why;
    if (text[0] != '{')
        return pp_error_set(error, -EINVAL, "%s: found no \"{\" at byte %d, expected the header of a safetensors file",
                            input->path, LENGTH_BYTES);
    *header = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    if (*header)
        return 0;
    if (json_error_code(&why) == json_error_out_of_memory)
        return pp_error_set(error, -ENOMEM, "%s: no memory for its header of %zu bytes", input->path, bytes);
    return pp_error_set(error, -EINVAL, "%s: its header is not JSON: %s at byte %zu of the file", input->path,
                        show(why.text).text, (size_t)why.position + LENGTH_BYTES);
}

static uint64_t header_length(const struct pp_input *input) {
    const unsigned char *bytes = input->bytes;
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length;
}

static int check_length(const struct pp_input *input, struct pp_error *error) {
    if (input->count < LENGTH_BYTES + sizeof "{}" - 1)
        return pp_error_set(error, -EINVAL, "%s: found a file of %zu bytes, too short for a safetensors file",
                            input->path, input->count);
    uint64_t length = header_length(input);
    if (length < sizeof "{}" - 1 || length > PP_SAFETENSORS_HEADER_BYTES)
        return pp_error_set(error, -EINVAL,
                            "%s: found a header of %" PRIu64 " bytes, expected 2 to %d: is it a safetensors file?",
                            input->path, length, PP_SAFETENSORS_HEADER_BYTES);
    if (length > input->count - LENGTH_BYTES)
        return pp_error_set(error, -EINVAL,
                            "%s: its header of %" PRIu64 " bytes does not fit into a file of %zu: is it cut off?",
                            input->path, length, input->count);
    return 0;
}

int pp_safetensors_new(struct pp_safetensors **file, const struct pp_input *input, struct pp_error *error) {
    json_t *header = NULL;
    int status = check_length(input, error);
    if (status)
        return status;
    size_t header_bytes = (size_t)header_length(input), before = LENGTH_BYTES + header_bytes;
    status = load_header(input, header_bytes, &header, error);
    if (status)
        return status;
    size_t most = json_object_size(header);
    struct pp_safetensors *made = malloc(sizeof *made + most * sizeof *made->entries);
    if (!made) {
        json_decref(header);
        return pp_error_set(error, -ENOMEM, "%s: no memory for a list of its %zu tensors", input->path, most);
    }
    *made = (struct pp_safetensors){.input = input,
                                    .header = header,
                                    .data = (const unsigned char *)input->bytes + before,
                                    .data_bytes = input->count - before};
    status = read_entries(made, error);
    if (status)
        pp_safetensors_free(made);
    else
        *file = made;
    return status;
}

void pp_safetensors_free(struct pp_safetensors *file) {
    if (!file)
        return;
    json_decref(file->header);
    free(file);
}

size_t pp_safetensors_count(const struct pp_safetensors *file) { return file->count; }

static int no_tensor(const struct pp_safetensors *file, const char *name, struct pp_error *error) {
    char found[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < file->count && used < sizeof found; i++)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s\"%s\"", i ? ", " : "",
                                 show(file->entries[i].name).text);
    return pp_error_set(error, -EINVAL, "%s: found %s%s%s, expected a tensor \"%s\"", file->input->path,
                        file->count ? "the tensors " : "no tensor", found, used < sizeof found ? "" : "...", name);
}

int pp_safetensors_get(const struct pp_safetensors *file, const char *name, struct pp_tensor *tensor,
                       struct pp_error *error) {
    for (size_t i = 0; i < file->count; i++) {
        const struct entry *entry = &file->entries[i];
        if (strcmp(entry->name, name) != 0)
            continue;
        if (entry->type->type == NO_FLOAT)
            return REFUSE(file, entry, "found numbers of type %s, expected F32, F16 or BF16", entry->type->name);
        *tensor = entry->tensor;
        return 0;
    }
    return no_tensor(file, name, error);
}

static inline uint32_t little16(const unsigned char *bytes) { return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8; }

static inline float float_of(uint32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void from_f32(const unsigned char *bytes, size_t count, float *floats) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(floats, bytes, count * sizeof *floats);
#else
    for (size_t i = 0; i < count; i++)
        floats[i] = float_of(little16(bytes + 4 * i) | little16(bytes + 4 * i + 2) << 16);
#endif
}

/* The exponent moves from a bias of 15 to one of 127; a product does so for numbers with a leading zero too, and what
 * was infinite or none stays it. */
PP_SIMD static void from_f16(const unsigned char *restrict bytes, size_t count, float *restrict floats) {
    for (size_t i = 0; i < count; i++) {
        uint32_t half = little16(bytes + 2 * i), sign = (half & 0x8000) << 16, rest = (half & 0x7fff) << 13;
        float number = float_of(rest) * 0x1p112f;
        uint32_t bits;
        memcpy(&bits, &number, sizeof bits);
        bits = rest >= 0x7c00U << 13 ? rest | 0x7f800000 : bits;
        floats[i] = float_of(bits | sign);
    }
}

PP_SIMD static void from_bf16(const unsigned char *restrict bytes, size_t count, float *restrict floats) {
    for (size_t i = 0; i < count; i++)
        floats[i] = float_of(little16(bytes + 2 * i) << 16);
}

void pp_tensor_floats(const struct pp_tensor *tensor, float *floats) {
    switch (tensor->type) {
    case PP_TENSOR_F32:
        from_f32(tensor->bytes, tensor->count, floats);
        break;
    case PP_TENSOR_F16:
        from_f16(tensor->bytes, tensor->count, floats);
        break;
    case PP_TENSOR_BF16:
        from_bf16(tensor->bytes, tensor->count, floats);
        break;
    }
}
