#include "exec/sample.h"

#include "exec/batch.h"

/* 0: none. */
static void take_extremes(struct pp_sample *sample, uint64_t shortest_ns, uint64_t longest_ns) {
    if (shortest_ns > 0 && (sample->shortest_ns == 0 || shortest_ns < sample->shortest_ns))
        sample->shortest_ns = shortest_ns;
    if (longest_ns > sample->longest_ns)
        sample->longest_ns = longest_ns;
}

void pp_sample_add(struct pp_sample *sample, const struct pp_tally *tally) {
    sample->done += tally->done;
    sample->failed += tally->failed;
    sample->wrong += tally->wrong;
    sample->task_ns += tally->task_ns;
    sample->busy_ns += tally->wall_ns;
    sample->check += tally->check;
    sample->cpu_ns += tally->cpu_ns;
    sample->cpu_wall_ns += tally->cpu_wall_ns;
    pp_child_use_add(&sample->child, &tally->child);
    sample->too_short |= tally->too_short;
    take_extremes(sample, tally->shortest_ns, tally->longest_ns);
    if (tally->failed > 0 && sample->why.code == 0)
        sample->why = tally->why;
    pp_reasons_merge(&sample->reasons, &tally->reasons);
}

void pp_sample_merge(struct pp_sample *sample, const struct pp_sample *other) {
    sample->done += other->done;
    sample->failed += other->failed;
    sample->wrong += other->wrong;
    sample->task_ns += other->task_ns;
    sample->busy_ns += other->busy_ns;
    sample->check += other->check;
    sample->cpu_ns += other->cpu_ns;
    sample->cpu_wall_ns += other->cpu_wall_ns;
    sample->too_short |= other->too_short;
    take_extremes(sample, other->shortest_ns, other->longest_ns);
    if (other->failed > 0 && sample->why.code == 0)
        sample->why = other->why;
    pp_reasons_merge(&sample->reasons, &other->reasons);
}

void pp_sample_use_children(struct pp_sample *sample) {
    sample->usage.user_ns += sample->child.user_ns;
    sample->usage.system_ns += sample->child.system_ns;
}
