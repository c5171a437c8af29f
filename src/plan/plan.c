#include "plan/plan.h"

#include "base/textbuf.h"

#include <string.h>

/* ---- lists, of which an empty one stands for its default ---- */

static const char *executor_at(const struct pp_sweep *sweep, size_t i) {
    return sweep->executors.count ? sweep->executors.items[i] : pp_executor_names[0];
}

static int64_t item_at(struct pp_ints list, size_t i) { return list.count ? list.items[i] : 0; }

static size_t count_of(size_t count) { return count ? count : 1; }

static size_t combinations(const struct pp_sweep *sweep) {
    return count_of(sweep->executors.count) * sweep->workers.count * count_of(sweep->chunk_sizes.count) *
           count_of(sweep->library_threads.count);
}

static size_t sweep_count(const struct pp_config *config) { return config->runner_count ? config->runner_count : 1; }

static const struct pp_sweep *sweep_at(const struct pp_config *config, size_t i) {
    return config->runner_count ? &config->runners[i] : &config->sweep;
}

size_t pp_plan_room(const struct pp_config *config) {
    size_t room = 0;
    for (size_t i = 0; i < sweep_count(config); i++)
        room += combinations(sweep_at(config, i));
    return room;
}

/* ---- combining them ---- */

/* For plain calls in this process nothing counts that is about workers, and handing out needs no chunks. */
static struct pp_case sequential_case(unsigned library_threads, long runner) {
    return (struct pp_case){.executor = "sequential", .library_threads = library_threads, .runner = runner};
}

static bool is_equal(const struct pp_case *one, const struct pp_case *other) {
    if (one->workers != other->workers || one->library_threads != other->library_threads)
        return false;
    return one->workers == 0 ||
           (strcmp(one->executor, other->executor) == 0 && one->chunk_size == other->chunk_size &&
            one->start_method == other->start_method && one->transfer.input == other->transfer.input &&
            one->transfer.result == other->transfer.result && one->pin == other->pin);
}

/* Within one sweep only sequential cases can be equal: its lists have no repeats. */
static bool is_there(const struct pp_case *cases, size_t count, const struct pp_case *wanted) {
    for (size_t i = 0; i < count; i++)
        if ((wanted->runner > 0 || wanted->workers == 0) && is_equal(&cases[i], wanted))
            return true;
    return false;
}

static size_t add(struct pp_case *cases, size_t count, const struct pp_case *one) {
    if (is_there(cases, count, one))
        return count;
    cases[count] = *one;
    return count + 1;
}

static size_t add_inner(const struct pp_sweep *sweep, struct pp_case *one, struct pp_case *cases, size_t count) {
    for (size_t c = 0; c < count_of(sweep->chunk_sizes.count); c++) {
        for (size_t t = 0; t < count_of(sweep->library_threads.count); t++) {
            one->chunk_size = (uint64_t)item_at(sweep->chunk_sizes, c);
            one->library_threads = (unsigned)item_at(sweep->library_threads, t);
            const struct pp_case sequential = sequential_case(one->library_threads, one->runner);
            count = add(cases, count, one->workers ? one : &sequential);
        }
    }
    return count;
}

static size_t add_sweep(const struct pp_sweep *sweep, long runner, struct pp_case *cases, size_t count) {
    for (size_t e = 0; e < count_of(sweep->executors.count); e++) {
        for (size_t w = 0; w < sweep->workers.count; w++) {
            struct pp_case one = {.executor = executor_at(sweep, e),
                                  .workers = (unsigned)sweep->workers.items[w],
                                  .start_method = sweep->start_method,
                                  .transfer = sweep->transfer,
                                  .pin = sweep->pin,
                                  .runner = runner};
            count = add_inner(sweep, &one, cases, count);
        }
    }
    return count;
}

/* ---- names ---- */

/* What not all cases have in common, and what therefore belongs into their names. */
struct differences {
    bool chunk_size, library_threads, start_method, input, result, pin;
};

static struct differences differences_between(const struct pp_case *cases, size_t count) {
    struct differences differ = {0};
    const struct pp_case *first = NULL; /* of those with workers */
    for (size_t i = 0; i < count; i++) {
        differ.library_threads |= cases[i].library_threads != cases[0].library_threads;
        if (cases[i].workers == 0)
            continue;
        first = first ? first : &cases[i];
        differ.chunk_size |= cases[i].chunk_size != first->chunk_size;
        differ.start_method |= cases[i].start_method != first->start_method;
        differ.input |= cases[i].transfer.input != first->transfer.input;
        differ.result |= cases[i].transfer.result != first->transfer.result;
        differ.pin |= cases[i].pin != first->pin;
    }
    return differ;
}

static void say_number(struct pp_textbuf *name, const char *key, uint64_t value, const char *zero) {
    if (value == 0)
        pp_textbuf_add(name, " %s=%s", key, zero);
    else
        pp_textbuf_add(name, " %s=%llu", key, (unsigned long long)value);
}

static void name_case(struct pp_case *one, const struct differences *differ) {
    struct pp_textbuf name = pp_textbuf_in(one->name, sizeof one->name);
    bool process = strcmp(one->executor, "process") == 0; /* which are "parallel" since before there were others */
    if (one->workers == 0)
        pp_textbuf_add(&name, "sequential");
    else
        pp_textbuf_add(&name, "%s_%u", process ? "parallel" : one->executor, one->workers);
    if (differ->chunk_size && one->workers)
        say_number(&name, "chunk_size", one->chunk_size, "auto");
    if (differ->library_threads)
        say_number(&name, "library_threads", one->library_threads, "default");
    if (differ->start_method && process)
        pp_textbuf_add(&name, " %s", pp_start_method_names[one->start_method]);
    if (differ->input && one->workers)
        pp_textbuf_add(&name, " input=%s", pp_input_names[one->transfer.input]);
    if (differ->result && one->workers)
        pp_textbuf_add(&name, " result=%s", pp_result_names[one->transfer.result]);
    if (differ->pin && one->workers)
        pp_textbuf_add(&name, " pin=%s", pp_pin_names[one->pin]);
}

size_t pp_plan_cases(const struct pp_config *config, struct pp_case *cases) {
    size_t count = 0;
    for (size_t i = 0; i < sweep_count(config); i++)
        count = add_sweep(sweep_at(config, i), config->runner_count ? (long)i : -1, cases, count);
    const struct differences differ = differences_between(cases, count);
    for (size_t i = 0; i < count; i++)
        name_case(&cases[i], &differ);
    return count;
}

unsigned pp_plan_start_methods(const struct pp_case *cases, size_t count) {
    unsigned methods = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(cases[i].executor, "process") == 0)
            methods |= 1u << cases[i].start_method;
    return methods;
}

/* Both executors of an event loop. */
static const char loop_name[] = "async", blocked_loop_name[] = "async-blocking";

bool pp_plan_uses_one_cpu(const char *executor) {
    return strcmp(executor, loop_name) == 0 || strcmp(executor, blocked_loop_name) == 0;
}

void pp_plan_place(const struct pp_case *plan, const char *key, char *text, size_t size) {
    struct pp_textbuf place = pp_textbuf_in(text, size);
    if (plan->runner >= 0)
        pp_textbuf_add(&place, "/runners/%ld", plan->runner);
    pp_textbuf_add(&place, "/%s", key);
}

/* ---- how much it is ---- */

size_t pp_plan_rounds(const struct pp_config *config) {
    return config->precision > 0.0 ? 0 : (size_t)config->iterations;
}

/* All that are certain, warm-ups included. */
static size_t least_rounds(const struct pp_config *config) {
    size_t counted = pp_plan_rounds(config);
    return (size_t)config->warmup + (counted ? counted : PP_PLAN_ROUNDS_MIN);
}

size_t pp_plan_passes(const struct pp_config *config, size_t cases) { return least_rounds(config) * cases; }

/* Work that waits overlaps as far as there are workers; work that computes only as far as there are CPUs. */
static double usable_workers(const struct pp_config *config, const struct pp_case *plan, double cpus) {
    double at_once = plan->workers > 0 ? (double)plan->workers : 1.0;
    if (strcmp(plan->executor, blocked_loop_name) == 0)
        return 1.0;
    if (pp_plan_uses_one_cpu(plan->executor))
        cpus = 1.0;
    if (at_once > cpus && !(config->task->caps & PP_TASK_WAITS))
        at_once = cpus;
    return at_once;
}

double pp_plan_estimate_s(const struct pp_config *config, const struct pp_case *cases, size_t count, double cpus) {
    double task_s = config->task->estimate ? config->task->estimate(config->args) : 0.0;
    double round_s = 0.0;
    for (size_t i = 0; i < count; i++) {
        round_s += task_s * (double)config->task_count / usable_workers(config, &cases[i], cpus);
        round_s += config->wait_after_runner_s;
    }
    round_s += config->wait_after_iteration_s;
    return round_s * (double)least_rounds(config);
}
