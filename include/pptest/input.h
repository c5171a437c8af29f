/* Input files of tasks. A task's `prepare` reads them through its env, because where they lie is not its business:
 * ranks on other hosts get them from the one that has them. */
#ifndef PPTEST_INPUT_H
#define PPTEST_INPUT_H

#include <stddef.h>

#include "pptest/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pp_env;

/* A file, read whole. Both members are the caller's, to be given back with pp_input_release. */
struct pp_input {
    char *path;  /* where it was found, for messages */
    void *bytes; /* `count` (>= 1) of them, at most 1 GiB */
    size_t count;
};

/* Reads the file that a config names, found as pp_path_find says (pptest/file.h), in the way of the env. `kind` is for
 * messages: "JPEG". Returns 0, or -errno with words that name the file; `input` changes only on success. */
int pp_input_read(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                  struct pp_error *error);

/* {0} is accepted, and left behind. */
void pp_input_release(struct pp_input *input);

/* Where no env says otherwise: from a file of this host. */
int pp_input_read_file(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                       struct pp_error *error);

#ifdef __cplusplus
}
#endif

#endif
