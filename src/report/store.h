/* The files of a run: reserved before it, replaced whole after each pass, given their names at the end; or, instead of
 * files, one document that is printed at the end.
 *
 * While a run goes on, and for good when it does not end, its files are BASE.partial.ENDING; a complete run's are
 * BASE.ENDING. No file that exists is ever overwritten. */
#ifndef PP_REPORT_STORE_H
#define PP_REPORT_STORE_H

#include "report/report.h"

#include "pptest/error.h"

#include <limits.h>
#include <stdbool.h>

enum { PP_STORE_FORMATS_MAX = 8 };

struct pp_store {
    char base[PATH_MAX]; /* DIR/TASK__YYYY_MM_DD__HH_MM_SS[_N] */
    const struct pp_reporter *reporters[PP_STORE_FORMATS_MAX];
    size_t count;
    bool saved;                     /* a result was saved, in one format at least */
    bool has[PP_STORE_FORMATS_MAX]; /* in which */
    FILE *stream;                   /* instead of files; NULL: files */
    bool rows_only;                 /* what follows in the stream needs no first line */
    char *text;                     /* owned: what was saved last, `length` bytes */
    size_t length;
};

/* Makes the folder (and those above it) where it is missing and reserves the files' names in it. Returns 0, or -errno
 * with nothing left behind; error->where is "/output_dir". End it with pp_store_finish. */
int pp_store_open(struct pp_store *store, const char *dir, const char *task, const struct pp_reporter *const *reporters,
                  size_t count, struct pp_error *error);

/* Without files: what is saved is kept in memory, and pp_store_finish prints it on the stream, complete or not; whether
 * the stream took it is for its owner to ask. `is_first`: no other result is before it in the stream. */
void pp_store_open_stream(struct pp_store *store, FILE *stream, const struct pp_reporter *reporter, bool is_first);

/* Replaces the partial files by the result as it is now: each is written whole or, when that fails, left as it was. */
int pp_store_save(struct pp_store *store, const struct pp_result *result, struct pp_error *error);

/* A complete run's files get their final names; of an incomplete one what was saved stays under its partial name, and
 * nothing where nothing was saved. Returns 0 or -errno (files then stay partial). */
int pp_store_finish(struct pp_store *store, bool complete, struct pp_error *error);

/* The path of a file of the store as it is now, partial or final; a store without files has none. */
void pp_store_path(const struct pp_store *store, size_t format, bool complete, char *path, size_t size);

#endif
