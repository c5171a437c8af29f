/* In what the cases of a result can differ beside their number of workers, described once: which cases make a series,
 * what is named in words, and the columns of tables follow from it. */
#ifndef PP_RESULT_DIMENSION_H
#define PP_RESULT_DIMENSION_H

#include "result/result.h"

struct pp_textbuf;

struct pp_dimension {
    const char *name;                                  /* "chunk size" */
    const char *column;                                /* its heading in a table */
    bool (*counts)(const struct pp_case_result *each); /* whether it makes any difference to such a case */
    bool (*differs)(const struct pp_case_result *one, const struct pp_case_result *other);
    void (*say)(const struct pp_case_result *each, struct pp_textbuf *text); /* its value, such as "auto" or "5" */
    /* Name and value as part of a sentence; NULL: "name value". */
    void (*phrase)(const struct pp_case_result *each, struct pp_textbuf *text);
};

enum { PP_DIMENSION_EXECUTOR, PP_DIMENSION_CHUNK_SIZE, PP_DIMENSION_LIBRARY_THREADS, PP_DIMENSIONS = 7 };

extern const struct pp_dimension pp_dimensions[PP_DIMENSIONS];

/* Equal in every dimension that counts for both: together they are of one series. A sequential case is of the same kind
 * as all cases with its library threads. */
bool pp_is_same_kind(const struct pp_case_result *one, const struct pp_case_result *other);

/* Those in which not all cases are equal, as a set of bits: 1u << PP_DIMENSION_EXECUTOR, … */
unsigned pp_dimensions_varying(const struct pp_result *result);

/* Adds those of `set` that count for the case as parts of a sentence, with ", " between them: "executor thread, chunk
 * size 5". */
void pp_dimensions_say(unsigned set, const struct pp_case_result *each, struct pp_textbuf *text);

#endif
