/* Cases that differ in more than their workers, written as rows, and what is asked about them. Include <cmocka.h> and
 * what it needs before. */
#ifndef PPTEST_TESTS_SERIES_ROWS_H
#define PPTEST_TESTS_SERIES_ROWS_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/textbuf.h"
#include "synthetic.h"

static struct synthetic made;

static inline int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    return 0;
}

/* A case, and what a pass of it takes. */
struct row {
    const char *by;
    int workers;
    double total_s;
    unsigned library_threads, inner_threads;
    uint64_t chunk_size;
    int start_method;
};

enum { ROUNDS = 6 };

static inline void name_case(size_t index, const struct row *row) {
    struct pp_textbuf name = pp_textbuf_in(made.names[index], sizeof made.names[index]);
    pp_textbuf_add(&name, "%s_%d", row->by, row->workers);
    if (row->chunk_size)
        pp_textbuf_add(&name, " c=%d", (int)row->chunk_size);
    if (row->inner_threads)
        pp_textbuf_add(&name, " t=%d", (int)row->library_threads);
    if (row->start_method)
        pp_textbuf_add(&name, " s=%d", row->start_method);
}

/* Steady rounds of those cases, ended by one without an executor. */
static inline void set(const struct row *rows, size_t rounds) {
    int workers[SYNTHETIC_CASES + 1];
    double totals_s[SYNTHETIC_CASES];
    size_t count = 0;
    for (; rows[count].by; count++) {
        workers[count] = rows[count].workers;
        totals_s[count] = rows[count].total_s;
    }
    workers[count] = -1;
    synthetic_set(&made, workers);
    for (size_t i = 0; i < count; i++) {
        struct pp_case_result *each = &made.cases[i];
        name_case(i, &rows[i]);
        each->executor = rows[i].by;
        each->library_threads = rows[i].library_threads;
        each->inner_threads = rows[i].inner_threads;
        each->chunk_size = rows[i].chunk_size;
        each->start_method = rows[i].start_method;
    }
    synthetic_fill(&made, totals_s, rounds, 0.0, NULL);
}

static inline void assert_verdict(const char *text) {
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.text, text);
}

static inline const struct pp_case_result *find(const char *name) {
    for (size_t i = 0; i < made.result.case_count; i++)
        if (strcmp(made.cases[i].name, name) == 0)
            return &made.cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

static inline const struct pp_alternative *alternative(const char *kind, const char *value) {
    for (size_t i = 0; i < made.result.verdict.alternative_count; i++) {
        const struct pp_alternative *each = &made.result.verdict.alternatives[i];
        if (strcmp(each->kind, kind) == 0 && strcmp(each->value, value) == 0)
            return each;
    }
    return NULL;
}

static inline void assert_alternative(const char *kind, const char *value, const char *name, const char *reason) {
    const struct pp_alternative *each = alternative(kind, value);
    if (!each)
        fail_msg("no alternative \"%s\" \"%s\"", kind, value);
    assert_string_equal(each->name, name);
    assert_string_equal(each->reason, reason);
}

static inline void assert_near(double found, double expected) { assert_true(fabs(found - expected) < 1e-9); }

static const struct row two_executors[] = {{.by = "sequential", 0, 8}, {.by = "process", 1, 8.4},
                                           {.by = "process", 2, 4.4},  {.by = "process", 4, 2.4},
                                           {.by = "process", 8, 2.6},  {.by = "thread", 1, 8.1},
                                           {.by = "thread", 2, 4.1},   {.by = "thread", 4, 2.1},
                                           {.by = "thread", 8, 2.0},   {.by = NULL}};

#endif
