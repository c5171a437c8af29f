/* Files of the safetensors format, in which models are kept: 8 bytes of length (little-endian), a header of that many
 * bytes in JSON, and behind it the numbers. The header says for each tensor its type, its shape and the bytes, counted
 * from the header's end, at which it begins and ends. Format: https://github.com/huggingface/safetensors */
#ifndef PPTEST_LIB_SAFETENSORS_H
#define PPTEST_LIB_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "pptest/error.h"
#include "pptest/input.h"

enum {
    PP_TENSOR_DIMENSIONS = 8,                /* at most */
    PP_SAFETENSORS_HEADER_BYTES = 100000000, /* at most, as in the format's own reader */
};

/* Types of numbers that can become float. */
enum pp_tensor_type { PP_TENSOR_F32, PP_TENSOR_F16, PP_TENSOR_BF16 };

/* One tensor, still in its file. The last dimension is contiguous. */
struct pp_tensor {
    enum pp_tensor_type type;
    size_t dimensions;
    size_t shape[PP_TENSOR_DIMENSIONS];
    size_t count;               /* of its numbers: the product of its shape, 1 without dimensions */
    const unsigned char *bytes; /* aligned to nothing */
};

struct pp_safetensors;

/* Reads and checks the header of a file: everything that the format demands, of all tensors, whatever their types.
 * `input` outlives what is made. Returns 0, -ENOMEM, or -EINVAL with words that name the file and the tensor;
 * `file` changes only on success. To be given back with pp_safetensors_free. */
int pp_safetensors_new(struct pp_safetensors **file, const struct pp_input *input, struct pp_error *error);

/* NULL is accepted. Tensors taken from it stay good for as long as the input. */
void pp_safetensors_free(struct pp_safetensors *file);

size_t pp_safetensors_count(const struct pp_safetensors *file);

/* The tensor of that name. Returns 0, or -EINVAL when there is none, or none of a type that can become float. */
int pp_safetensors_get(const struct pp_safetensors *file, const char *name, struct pp_tensor *tensor,
                       struct pp_error *error);

/* Writes all its numbers, tensor->count of them. Every F16 and BF16 is a float exactly. */
void pp_tensor_floats(const struct pp_tensor *tensor, float *floats);

#endif
