#include "app/live.h"

#include "app/say.h"
#include "app/tty.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/textbuf.h"
#include "exec/sample.h"
#include "machine/disturbance.h"
#include "report/report.h"
#include "runner/runner.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* From the line's start to the end of the screen: in a window that was made narrower, a line may have become two. */
#define ERASE "\r\033[J"

/* A pass that takes so long is announced at once: its name is what stands there for that time. There are five of them a
 * second at most, and as many lines of others. */
#define LONG_PASS_S 0.2

/* From here on people see that a count of seconds stands still. One form for all of a run, or it would come and go. */
#define STANDS_S 3.0

/* ---- lines ---- */

static void say_pass(const struct pp_case *plan, const struct pp_pass *pass, size_t done, size_t all) {
    char total[24], words[128], of[32] = "";
    pp_duration_text(pass->total_s, total, sizeof total);
    pp_words_join(pass->disturbed, pp_disturbance_words, words, sizeof words);
    if (all > 0)
        snprintf(of, sizeof of, "/%zu", all);
    pp_say(stderr, "[%zu%s] %s: %s%s%s%s", done + pass->repeated, of, plan->name, total,
           words[0] ? ", disturbed: " : "", words, pass->repeated ? "; once more" : "");
}

static bool holds(const struct pp_reasons *reasons, const char *words) {
    for (unsigned i = 0; i < reasons->used; i++)
        if (strcmp(reasons->items[i].words, words) == 0)
            return true;
    return false;
}

/* What became of a lost worker is one reason, whatever the numbers of tasks and processes in its words. */
static void add_loss(struct pp_reasons *reasons, const struct pp_sample *sample) {
    char words[sizeof sample->why.text];
    size_t length = 0;
    for (const char *from = sample->why.text; *from; from++)
        if (*from < '0' || *from > '9')
            words[length++] = *from;
    words[length] = '\0';
    if (sample->workers_lost > 0)
        pp_reasons_add(reasons, 0, words);
}

/* The same pass after pass would bury all else: of each case a reason is said once, and only so many that they can be
 * told apart. */
static void say_failures(struct pp_reasons *said, const struct pp_case *plan, const struct pp_sample *sample) {
    struct pp_reasons now = sample->reasons;
    unsigned fresh = 0;
    bool first = !said || said->used == 0;
    add_loss(&now, sample);
    while (!first && fresh < now.used && holds(said, now.items[fresh].words))
        fresh++;
    if (fresh == now.used || (said && said->used == PP_REASONS_MAX))
        return;
    bool is_task = !first && holds(&sample->reasons, now.items[fresh].words);
    char task[32] = "";
    if (is_task)
        snprintf(task, sizeof task, "task %llu: ", (unsigned long long)now.items[fresh].task);
    pp_say(stderr, "warning: %s: %llu task%s failed, %llu worker%s lost; %s: %s%s%s", plan->name,
           (unsigned long long)sample->failed, pp_plural(sample->failed, "s"), (unsigned long long)sample->workers_lost,
           pp_plural(sample->workers_lost, "s"), first ? "the first" : "for another reason", task,
           is_task ? now.items[fresh].words : sample->why.text,
           first && said ? " (further ones like it are counted at the end)" : "");
    if (said)
        pp_reasons_merge(said, &now);
}

/* ---- the line ---- */

void pp_live_open(struct pp_live *live, const struct pp_runner *runner, bool quiet, size_t config, size_t configs) {
    const struct pp_result *result = &runner->result;
    *live = (struct pp_live){.quiet = quiet, .runner = runner, .terminal = pp_tty_at(STDERR_FILENO)};
    live->said = calloc(result->case_count, sizeof *live->said);
    live->redraws = !quiet && pp_tty_redraws(STDERR_FILENO) &&
                    pp_forecast_open(&live->forecast, runner->config, runner->cases, result) == 0;
    snprintf(live->work, sizeof live->work, "%s%s%s", result->task, result->details[0] ? " " : "", result->details);
    live->state = (struct pp_live_state){
        .work = live->work,
        .config = config,
        .configs = configs,
        .cases = result->case_count,
        .passes = pp_plan_rounds(runner->config) ? pp_plan_passes(runner->config, result->case_count) : 0,
        .over = live->over};
}

void pp_live_close(struct pp_live *live) {
    pp_live_erase(live);
    pp_forecast_close(&live->forecast);
    free(live->said);
    live->said = NULL;
    live->redraws = false;
}

/* Not while the terminal takes nothing (Ctrl-S), which would hold up the run, nor while it is a shell's or an editor's,
 * which have put this run into the background. */
static bool may_draw(void) {
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    pid_t owner = tcgetpgrp(STDERR_FILENO);
    return (owner < 0 || owner == getpgrp()) && poll(&out, 1, 0) == 1 && (out.revents & POLLOUT);
}

/* Never more than PP_LIVE_PER_SECOND a second. */
static bool is_due(const struct pp_live *live, bool is_long, uint64_t now_ns) {
    uint64_t newest = live->drawn_ns[(live->next + PP_LIVE_PER_SECOND - 1) % PP_LIVE_PER_SECOND];
    uint64_t oldest = live->drawn_ns[live->next];
    return now_ns - oldest >= PP_NS_PER_S && (is_long || pp_seconds(now_ns - newest) >= LONG_PASS_S);
}

void pp_live_erase(struct pp_live *live) {
    if (live->shown)
        fputs(ERASE, stderr);
    live->shown = false;
}

/* ---- what it says ---- */

/* As exact as it needs to be. */
static void set_over(struct pp_live *live, double seconds) {
    live->over[0] = '\0';
    if (!(seconds < 300.0 * 86400.0))
        return;
    struct tm local;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_t over = now.tv_sec + (time_t)llround(1e-9 * (double)now.tv_nsec + seconds);
    localtime_r(&over, &local);
    if (seconds < 600.0)
        strftime(live->over, sizeof live->over, "%H:%M:%S", &local);
    else if (seconds < 43200.0)
        strftime(live->over, sizeof live->over, "%H:%M", &local);
    else if (seconds < 6 * 86400.0)
        strftime(live->over, sizeof live->over, "%a %H:%M", &local);
    else
        strftime(live->over, sizeof live->over, "%Y-%m-%d", &local);
}

static double longest_wait_s(const struct pp_config *config) {
    return fmax(config->wait_after_runner_s, config->wait_after_iteration_s);
}

static void set_left(struct pp_live *live) {
    struct pp_live_state *state = &live->state;
    double elapsed_s = pp_seconds(pp_clock_ns() - live->started_ns);
    struct pp_forecast_left left = pp_forecast_left(&live->forecast, elapsed_s);
    state->left_s = left.seconds;
    state->rough = left.rough;
    state->at_most = left.at_most;
    state->stands = fmax(pp_forecast_longest_s(&live->forecast), longest_wait_s(live->runner->config)) >= STANDS_S;
    state->share = left.at_most ? NAN : elapsed_s / (elapsed_s + left.seconds);
    set_over(live, left.seconds);
}

/* Its own figures or, before it has any, those of the last pass. */
static void set_figures(struct pp_live *live, size_t index) {
    struct pp_live_state *state = &live->state;
    state->last = live->forecast.cases[index].done == 0;
    size_t of = state->last ? live->last : index;
    state->tasks_per_second = pp_forecast_rate(&live->forecast, of);
    state->speedup = pp_forecast_speedup(&live->forecast, of);
}

/* In one piece, and with the cursor at its start, where "^C" and other keys do no harm: a longer line would wrap. */
static void draw(struct pp_live *live, size_t index, bool is_long) {
    uint64_t now_ns = pp_clock_ns();
    if (!is_due(live, is_long, now_ns) || !may_draw())
        return;
    set_figures(live, index);
    set_left(live);
    char text[4096];
    struct pp_textbuf line = pp_textbuf_in(text, sizeof text);
    live->terminal.columns = pp_tty_columns(STDERR_FILENO);
    pp_textbuf_add(&line, "\r");
    pp_live_line(&live->state, &live->terminal, &line);
    pp_textbuf_add(&line, "\033[J\r");
    fputs(text, stderr);
    live->shown = true;
    live->drawn_ns[live->next] = now_ns;
    live->next = (live->next + 1) % PP_LIVE_PER_SECOND;
}

static bool is_long(const struct pp_forecast_case *each) {
    return each->done == 0 || each->spent_s / (double)each->done >= LONG_PASS_S;
}

void pp_live_begin(struct pp_live *live, const struct pp_case *plan, size_t position) {
    if (!live->redraws)
        return;
    size_t index = (size_t)(plan - live->runner->cases);
    live->begun_ns = pp_clock_ns();
    if (live->started_ns == 0)
        live->started_ns = live->begun_ns;
    live->state.name = plan->name;
    live->state.number = position + 1;
    live->state.pass = pp_forecast_done(&live->forecast) + 1;
    draw(live, index, is_long(&live->forecast.cases[index]));
}

static void follow(struct pp_live *live, const struct pp_case *plan, const struct pp_pass *pass) {
    size_t index = (size_t)(plan - live->runner->cases);
    live->last = pass->repeated ? live->last : index;
    pp_forecast_add(&live->forecast, index, pass, pp_seconds(pp_clock_ns() - live->begun_ns));
    bool over = live->state.passes > 0 && pp_forecast_done(&live->forecast) >= live->state.passes;
    if (longest_wait_s(live->runner->config) >= LONG_PASS_S && !over)
        draw(live, index, true); /* what stands there meanwhile */
}

void pp_live_pass(struct pp_live *live, const struct pp_case *plan, const struct pp_pass *pass,
                  const struct pp_sample *sample, size_t done, size_t all) {
    bool failed = sample->failed > 0 || sample->workers_lost > 0;
    bool too_short = sample->too_short && !live->too_short_said && !live->quiet;
    if (!live->quiet && !live->redraws)
        say_pass(plan, pass, done, all);
    if (failed || too_short)
        pp_live_erase(live);
    if (failed) /* neither progress nor a remark: the run fails by it */
        say_failures(live->said ? &live->said[plan - live->runner->cases] : NULL, plan, sample);
    if (too_short)
        pp_say(stderr, "warning: tasks are too short for the clock to time one by one: they are timed many together");
    live->too_short_said |= sample->too_short;
    if (live->redraws)
        follow(live, plan, pass);
}
