/* libFuzzer target: whatever a file of the safetensors format holds. It is refused with a reason, or every tensor that
 * can become float does, without a look at anything outside of the file. Seeds: corpus_safetensors/. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static void read_tensor(const struct pp_safetensors *file, const char *name, size_t file_bytes) {
    struct pp_tensor tensor;
    if (pp_safetensors_get(file, name, &tensor, NULL) != 0)
        return;
    require(tensor.count <= file_bytes / 2 && tensor.dimensions <= PP_TENSOR_DIMENSIONS);
    float *floats = malloc((tensor.count + 1) * sizeof *floats);
    require(floats != NULL);
    pp_tensor_floats(&tensor, floats);
    free(floats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct pp_input input = {.path = (char *)(uintptr_t) "fuzz", .bytes = (void *)(uintptr_t)data, .count = size};
    struct pp_safetensors *file = NULL;
    struct pp_error error = {0};
    int status = pp_safetensors_new(&file, &input, &error);
    require(status == 0 || status == -EINVAL || status == -ENOMEM);
    require((status == 0) == (file != NULL) && (status == 0) == (error.text[0] == '\0'));
    require(strchr(error.text, '\n') == NULL);
    if (status)
        return 0;
    static const char *const names[] = {"fc1.weight", "fc1.bias", "a", "b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        read_tensor(file, names[i], size);
    pp_safetensors_free(file);
    return 0;
}
