/* The passes of one case, as many as there come to be. */
#ifndef PP_RUNNER_SERIES_H
#define PP_RUNNER_SERIES_H

#include "result/result.h"

struct pp_series {
    struct pp_pass *passes; /* owned */
    size_t count, room;
    struct pp_histogram *times;  /* owned: task times of all passes that count; NULL where none are kept */
    struct pp_histogram *before; /* owned: the same without the last one of them */
};

/* An empty series; with task times unless `lean`. Returns 0 or -ENOMEM; close it in both cases. */
int pp_series_open(struct pp_series *series, bool lean);
void pp_series_close(struct pp_series *series);

/* Appends a pass with its task times (ignored where none are kept). `again`: it repeats the last one, which was
 * disturbed and from now on counts no more. Returns 0 or -ENOMEM with the series unchanged. */
int pp_series_add(struct pp_series *series, const struct pp_pass *pass, const struct pp_histogram *times, bool again);

#endif
