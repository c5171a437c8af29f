#include "stats/choice.h"

#include <errno.h>
#include <math.h>

#include "pptest/rng.h"

struct pass {
    double total_s;
    uint32_t round;
};

/* One case, with its passes in ascending order of their totals: resampling changes how often each counts, but not their
 * order, so that a median is found by counting. */
struct candidate {
    struct pass *passes;
    size_t count;
    double measured_s, resampled_s; /* medians; NaN without a pass */
    size_t chosen, possible;        /* by how many resamples */
};

struct work {
    const struct pp_choice_input *input;
    struct candidate *candidates;
    struct pass *passes;
    uint32_t *drawn; /* how often each round was */
};

size_t pp_choice_scratch(size_t cases, size_t rounds) {
    return cases * sizeof(struct candidate) + cases * rounds * sizeof(struct pass) + rounds * sizeof(uint32_t);
}

static struct work lay_out(const struct pp_choice_input *input, void *scratch) {
    struct candidate *candidates = scratch;
    struct pass *passes = (struct pass *)(candidates + input->cases);
    return (struct work){input, candidates, passes, (uint32_t *)(passes + input->cases * input->rounds)};
}

/* By insertion: for as many rounds as there are resamples that still takes less time than the resampling. */
static void insert(struct candidate *candidate, struct pass pass) {
    size_t place = candidate->count++;
    for (; place > 0 && candidate->passes[place - 1].total_s > pass.total_s; place--)
        candidate->passes[place] = candidate->passes[place - 1];
    candidate->passes[place] = pass;
}

/* The median of the passes, each taken as often as its round was drawn; NaN if none was. */
static double median(const struct candidate *candidate, const uint32_t *drawn) {
    const struct pass *passes = candidate->passes;
    uint32_t total = 0, passed = 0;
    for (size_t i = 0; i < candidate->count; i++)
        total += drawn[passes[i].round];
    if (total == 0)
        return NAN;
    size_t low = 0;
    for (; (passed += drawn[passes[low].round]) < total - total / 2; low++)
        ;
    if (total % 2 == 1 || passed > total / 2)
        return passes[low].total_s;
    size_t high = low + 1;
    while (drawn[passes[high].round] == 0)
        high++;
    return passes[low].total_s + (passes[high].total_s - passes[low].total_s) / 2;
}

/* Sorts the passes of all cases, takes their medians, and returns the least number of passes of a case that has any, 0
 * if none has. */
static size_t take_in(struct work *work) {
    const struct pp_choice_input *input = work->input;
    size_t least = 0;
    for (size_t round = 0; round < input->rounds; round++)
        work->drawn[round] = 1;
    for (size_t c = 0; c < input->cases; c++) {
        struct candidate *candidate = &work->candidates[c];
        *candidate = (struct candidate){.passes = work->passes + c * input->rounds};
        for (size_t round = 0; round < input->rounds; round++) {
            double total_s = input->totals_s[c * input->rounds + round];
            if (total_s > 0 && isfinite(total_s))
                insert(candidate, (struct pass){total_s, (uint32_t)round});
        }
        candidate->measured_s = candidate->resampled_s = median(candidate, work->drawn);
        if (candidate->count > 0 && (least == 0 || candidate->count < least))
            least = candidate->count;
    }
    return least;
}

static size_t best_of(const struct work *work) {
    const struct candidate *candidates = work->candidates;
    size_t best = 0;
    for (size_t c = 1; c < work->input->cases; c++)
        if (candidates[c].resampled_s < candidates[best].resampled_s || isnan(candidates[best].resampled_s))
            best = c;
    return best;
}

static size_t choose(const struct work *work, size_t best) {
    double limit_s = work->candidates[best].resampled_s / (1 - work->input->within);
    size_t c = 0;
    while (c < best && !(work->candidates[c].resampled_s <= limit_s))
        c++;
    return c;
}

/* Counts the cases whose distance to the best is no more than chance would show if they were just good enough. `best_s`
 * is the measured median of the best. */
static void count_possible(const struct work *work, double best_s) {
    size_t cases = work->input->cases;
    double luckiest = 0; /* by what factor the luckiest case seems faster than it is */
    for (size_t c = 0; c < cases; c++)
        luckiest = fmax(luckiest, work->candidates[c].measured_s / work->candidates[c].resampled_s);
    double limit_s = best_s / (1 - work->input->within) * luckiest;
    for (size_t c = 0; c < cases; c++) {
        struct candidate *candidate = &work->candidates[c];
        double unlucky = candidate->resampled_s / candidate->measured_s;
        candidate->possible += candidate->measured_s <= limit_s * unlucky;
    }
}

static void draw_rounds(const struct work *work, struct pp_rng *rng) {
    size_t rounds = work->input->rounds;
    for (size_t round = 0; round < rounds; round++)
        work->drawn[round] = 0;
    for (size_t i = 0; i < rounds; i++)
        work->drawn[pp_rng_range(rng, 0, (int64_t)rounds - 1)]++;
}

static void resample(const struct work *work, double best_s) {
    struct pp_rng rng = {work->input->seed};
    for (size_t r = 0; r < work->input->resamples; r++) {
        draw_rounds(work, &rng);
        for (size_t c = 0; c < work->input->cases; c++) {
            struct candidate *candidate = &work->candidates[c];
            double drawn_s = median(candidate, work->drawn);
            candidate->resampled_s = isnan(drawn_s) ? candidate->measured_s : drawn_s; /* rare, with 6 passes or more */
        }
        work->candidates[choose(work, best_of(work))].chosen++;
        count_possible(work, best_s);
    }
}

static bool is_peer(const struct work *work, size_t c) { return !work->input->peers || work->input->peers[c]; }

/* Resamples that chose a peer. */
static size_t count_peers(const struct work *work) {
    size_t count = 0;
    for (size_t c = 0; c < work->input->cases; c++)
        count += is_peer(work, c) ? work->candidates[c].chosen : 0;
    return count;
}

static void conclude(const struct work *work, struct pp_choice *choice) {
    const double resamples = (double)work->input->resamples, share = 0.025;
    double peers = (double)count_peers(work);
    choice->share = (double)work->candidates[choice->chosen].chosen / resamples;
    choice->low = choice->high = choice->chosen;
    size_t upto = 0; /* resamples whose choice was up to here, and a peer */
    for (size_t c = 0; c < work->input->cases; c++) {
        const struct candidate *candidate = &work->candidates[c];
        if (!is_peer(work, c))
            continue;
        if (c > choice->high && (double)upto < peers - share * peers)
            choice->high = c;
        upto += candidate->chosen;
        if (c < choice->low && ((double)candidate->possible > share * resamples || (double)upto > share * peers))
            choice->low = c;
    }
}

int pp_choose(const struct pp_choice_input *input, void *scratch, struct pp_choice *choice) {
    struct work work = lay_out(input, scratch);
    size_t least = take_in(&work);
    if (least == 0)
        return -ENODATA;
    size_t best = best_of(&work);
    *choice = (struct pp_choice){
        .best = best, .chosen = choose(&work, best), .known = least >= PP_CHOICE_LEAST && input->resamples > 0};
    if (choice->known) {
        resample(&work, work.candidates[best].measured_s);
        conclude(&work, choice);
    }
    return 0;
}
