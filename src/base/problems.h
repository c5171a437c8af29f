/* Problems: everything that is wrong with what a person wrote, collected so that it can be shown at once. */
#ifndef PP_BASE_PROBLEMS_H
#define PP_BASE_PROBLEMS_H

#include <stddef.h>

#include "base/arena.h"
#include "pptest/error.h"

/* More than this many are counted, not kept: nobody reads them, and a hostile file may hold millions. */
enum { PP_PROBLEMS_MAX = 50 };

struct pp_problem {
    const char *file;  /* as it was named */
    const char *place; /* "LINE:COLUMN" for syntax, a JSON pointer or "--set KEY" for meaning, "" for the whole file */
    const char *text;  /* what was found, what was expected, and the way out */
};

/* {0} is empty. The strings belong to it. */
struct pp_problems {
    size_t count;                             /* of items */
    size_t unlisted;                          /* problems found beyond PP_PROBLEMS_MAX */
    struct pp_problem items[PP_PROBLEMS_MAX]; /* in the order found */
    struct pp_arena arena;
};

/* Adds one. All strings are copied; text beyond 1,000 bytes is cut.
 * Returns -EINVAL, for the caller to pass on, or -ENOMEM when it could not be kept (the list is unchanged). */
int pp_problems_add(struct pp_problems *problems, const char *file, const char *place, const char *format, ...)
    PP_PRINTF(4, 5);

/* Writes one as `FILE:LINE:COLUMN: text`, `FILE: /task_args/0: text` or `FILE: text` into the `size` bytes at `text`,
 * on one line whatever the names hold: control characters appear as \xNN. Returns the length as snprintf does. */
size_t pp_problem_format(const struct pp_problem *problem, char *text, size_t size);

/* Frees everything; the list is empty again. */
void pp_problems_release(struct pp_problems *problems);

#endif
