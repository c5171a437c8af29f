#include "exec/sample.h"

#include "exec/batch.h"

void pp_sample_add(struct pp_sample *sample, const struct pp_tally *tally) {
    sample->done += tally->done;
    sample->failed += tally->failed;
    sample->wrong += tally->wrong;
    sample->task_ns += tally->task_ns;
    sample->busy_ns += tally->wall_ns;
    sample->check += tally->check;
    sample->cpu_ns += tally->cpu_ns;
    sample->cpu_wall_ns += tally->cpu_wall_ns;
    sample->too_short |= tally->too_short;
    if (tally->shortest_ns > 0 && (sample->shortest_ns == 0 || tally->shortest_ns < sample->shortest_ns))
        sample->shortest_ns = tally->shortest_ns;
    if (tally->longest_ns > sample->longest_ns)
        sample->longest_ns = tally->longest_ns;
    if (tally->failed > 0 && sample->why.code == 0)
        sample->why = tally->why;
}
