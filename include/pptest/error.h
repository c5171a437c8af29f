/* Errors: a code that callers branch on, and the words a person reads.
 *
 * Functions that can fail return 0 or a negative errno value. Whoever first knows what went wrong words it into the
 * caller's struct pp_error; nobody above rewords it, and only main prints it. */
#ifndef PPTEST_ERROR_H
#define PPTEST_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PP_PRINTF(format_index, first_arg) __attribute__((format(printf, format_index, first_arg)))
#else
#define PP_PRINTF(format_index, first_arg)
#endif

/* Caller-owned; {0} means no error. It holds no pointers, so it can be copied and sent through a pipe. */
struct pp_error {
    int code;       /* negative errno, 0: no error */
    char where[64]; /* place in the config as a JSON pointer relative to what was being read, "" for none */
    char text[448]; /* what was found, what was expected, and the way out; no trailing newline */
};

/* Fills `error` (which may be NULL) and returns `code`, so that a failing function ends with
 * `return pp_error_set(error, -EINVAL, "…")`. Text that does not fit is cut. */
int pp_error_set(struct pp_error *error, int code, const char *format, ...) PP_PRINTF(3, 4);

/* The same, naming a place: `where` is a JSON pointer such as "/0/2" relative to the value being read. */
int pp_error_at(struct pp_error *error, int code, const char *where, const char *format, ...) PP_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif

#endif
