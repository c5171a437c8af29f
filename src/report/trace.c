/* Traces in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing. Each case is a "process": its first
 * "thread" has the passes, then there is one for each worker. There may be a million events: they are printed one by
 * one, without a document in memory. */
#include "report/report.h"

#include "base/textbuf.h"
#include "base/utf8.h"
#include "result/trace.h"

#include <inttypes.h>
#include <string.h>

/* Checking an answer, or looking on between phases, that takes less than this is not shown: it would be as many spans
 * again. */
static const uint64_t shown_beside_ns = 1000;

/* Viewers add up start and duration in floating point: of spans that touch, one would seem to reach into the other. */
static const uint64_t apart_ns = 2;

enum { BUFFER_BYTES = 16384, EVENT_BYTES = 512 };

struct printer {
    FILE *out;
    const struct pp_result *result;
    const struct pp_trace *trace;
    bool has_events;
    size_t used;
    char bytes[BUFFER_BYTES];
};

/* ---- printing ---- */

static void flush(struct printer *p) {
    fwrite(p->bytes, 1, p->used, p->out);
    p->used = 0;
}

static void put(struct printer *p, const char *text) {
    size_t length = strlen(text);
    memcpy(p->bytes + p->used, text, length);
    p->used += length;
}

static void put_whole(struct printer *p, uint64_t value) {
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    size_t length = (size_t)(digits + sizeof digits - at);
    memcpy(p->bytes + p->used, at, length);
    p->used += length;
}

/* Microseconds, which the format asks for, without losing a nanosecond. */
static void put_us(struct printer *p, uint64_t ns) {
    put_whole(p, ns / 1000);
    const char part[] = {'.', (char)('0' + ns / 100 % 10), (char)('0' + ns / 10 % 10), (char)('0' + ns % 10), '\0'};
    put(p, part);
}

/* Text from a config, of any length. */
static void put_text(struct printer *p, const char *text) {
    put(p, "\"");
    for (size_t left = strlen(text), length; left > 0; text += length, left -= length) {
        if (p->used + EVENT_BYTES > BUFFER_BYTES)
            flush(p);
        char code[8] = "\xEF\xBF\xBD"; /* the character for what is none */
        size_t found = pp_utf8_length(text, left);
        length = found ? found : 1;
        if (found == 1 && ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\'))
            snprintf(code, sizeof code, "\\u%04x", (unsigned char)*text);
        else if (found > 0)
            snprintf(code, sizeof code, "%.*s", (int)length, text);
        put(p, code);
    }
    put(p, "\"");
}

/* ---- events ---- */

/* Where it stands: each case has numbers of its own for its passes (the first) and its workers. */
struct place {
    uint64_t process, thread;
};

static void begin(struct printer *p, const char *phase, struct place place) {
    if (p->used + 2 * EVENT_BYTES > BUFFER_BYTES)
        flush(p);
    put(p, p->has_events ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
    p->has_events = true;
    put(p, phase);
    put(p, "\",\"pid\":");
    put_whole(p, place.process);
    put(p, ",\"tid\":");
    put_whole(p, place.thread);
}

static void put_ts(struct printer *p, uint64_t at_ns) {
    put(p, ",\"ts\":");
    put_us(p, at_ns > p->trace->start_ns ? at_ns - p->trace->start_ns : 0);
}

static void begin_span(struct printer *p, struct place place, uint64_t start_ns, uint64_t spent_ns) {
    begin(p, "X", place);
    put_ts(p, start_ns);
    put(p, ",\"dur\":");
    put_us(p, spent_ns);
}

static void put_name(struct printer *p, const char *name) {
    put(p, ",\"name\":");
    put_text(p, name);
}

static void put_number(struct printer *p, const char *key, uint64_t value) {
    put(p, key);
    put_whole(p, value);
}

static void plain_span(struct printer *p, struct place place, uint64_t start_ns, uint64_t spent_ns, const char *name) {
    begin_span(p, place, start_ns, spent_ns);
    put_name(p, name);
    put(p, "}");
}

static void meta(struct printer *p, struct place place, const char *what, const char *name) {
    begin(p, "M", place);
    put_name(p, what);
    put(p, ",\"args\":{\"name\":");
    put_text(p, name);
    put(p, "}}");
}

static void meta_order(struct printer *p, struct place place, const char *what, uint64_t order) {
    begin(p, "M", place);
    put_name(p, what);
    put_number(p, ",\"args\":{\"sort_index\":", order);
    put(p, "}}");
}

/* ---- what a worker did ---- */

static const char *fate_of(const struct pp_trace_span *span) {
    return span->fate & PP_SPAN_WRONG  ? " (wrong answer)"
           : span->fate & PP_SPAN_LATE ? " (past task_timeout)"
           : span->fate                ? " (failed)"
                                       : "";
}

static void print_task(struct printer *p, struct place place, const struct pp_trace_span *span,
                       const struct pp_trace_pass *pass) {
    char name[128];
    struct pp_textbuf words = pp_textbuf_in(name, sizeof name);
    pp_textbuf_add(&words, "%s", p->result->task);
    if (span->count > 1)
        pp_textbuf_add(&words, " x %" PRIu32, span->count);
    pp_textbuf_add(&words, "%s", fate_of(span));
    begin_span(p, place, span->start_ns, span->spent_ns);
    put_name(p, name);
    put_number(p, ",\"args\":{\"task\":", span->first);
    if (span->count > 1)
        put_number(p, ",\"tasks\":", span->count);
    put_number(p, pass->warmup ? ",\"warm-up\":" : ",\"pass\":", pass->number);
    put(p, span->fate ? ",\"failed\":true}}" : "}}");
    if (span->verify_ns >= shown_beside_ns)
        plain_span(p, place, span->start_ns + span->spent_ns + apart_ns, span->verify_ns - 2 * apart_ns, "verify");
}

static void print_loss(struct printer *p, struct place place, const struct pp_trace_span *span) {
    begin(p, "i", place);
    put_ts(p, span->start_ns);
    put(p, ",\"s\":\"t\"");
    put_name(p, span->fate & PP_SPAN_LATE ? "worker ended: past task_timeout" : "worker lost");
    put(p, ",\"args\":{");
    if (span->count > 0)
        put_number(p, "\"task\":", span->first);
    put(p, "}}");
}

static void print_lane(struct printer *p, struct place place, const struct pp_trace_lane *lane,
                       const struct pp_trace_pass *pass) {
    for (uint64_t i = lane->first; i < lane->first + lane->count; i++) {
        const struct pp_trace_span *span = &p->trace->spans[i];
        switch ((enum pp_span_kind)span->kind) {
        case PP_SPAN_TASK:
            print_task(p, place, span, pass);
            break;
        case PP_SPAN_INIT:
            plain_span(p, place, span->start_ns, span->spent_ns, "init");
            break;
        case PP_SPAN_CLEANUP:
            plain_span(p, place, span->start_ns, span->spent_ns, "cleanup");
            break;
        case PP_SPAN_LOSS:
            print_loss(p, place, span);
        }
    }
}

/* ---- a pass ---- */

/* Part of the pass, but of none of its times: they add up to less than its span. */
static void print_looking(struct printer *p, struct place place, uint64_t from_ns, uint64_t to_ns) {
    if (to_ns >= from_ns + shown_beside_ns)
        plain_span(p, place, from_ns + apart_ns, to_ns - from_ns - 2 * apart_ns, "observer (not counted)");
}

/* After the work, but still counted. */
static uint64_t concluding_ns(const struct pp_trace_pass *pass) {
    uint64_t phases_ns = pass->init_ns + pass->work_ns + pass->end_ns - pass->cleanup_start_ns;
    return pass->total_ns > phases_ns ? pass->total_ns - phases_ns : 0;
}

static void print_pass(struct printer *p, const struct pp_trace_pass *pass, uint64_t process) {
    struct place place = {process, process};
    char name[64];
    snprintf(name, sizeof name, "%s %" PRIu64 "%s%s", pass->warmup ? "warm-up" : "pass", pass->number,
             pass->repeated ? " (disturbed, run again)" : "", pass->complete ? "" : " (stopped)");
    plain_span(p, place, pass->start_ns, pass->end_ns - pass->start_ns + apart_ns, name);
    plain_span(p, place, pass->start_ns, pass->init_ns, "init");
    print_looking(p, place, pass->start_ns + pass->init_ns, pass->work_start_ns);
    plain_span(p, place, pass->work_start_ns, pass->work_ns, "work");
    print_looking(p, place, pass->work_start_ns + pass->work_ns + concluding_ns(pass), pass->cleanup_start_ns);
    plain_span(p, place, pass->cleanup_start_ns, pass->end_ns - pass->cleanup_start_ns, "cleanup");
    for (size_t i = 0; i < pass->lane_count; i++) {
        place.thread = process + 1 + i;
        print_lane(p, place, &p->trace->lanes[pass->lane_first + i], pass);
    }
}

/* A worker of a case without any is the main process; those of an event loop are tasks in flight. */
static void name_threads(struct printer *p, const struct pp_case_result *row, uint64_t process) {
    const char *worker = row->workers == 0                         ? "main process"
                         : strncmp(row->executor, "async", 5) == 0 ? "in flight"
                         : strcmp(row->executor, "process") == 0   ? "worker"
                                                                   : "thread";
    char name[64];
    meta(p, (struct place){process, process}, "thread_name", "passes");
    meta_order(p, (struct place){process, process}, "thread_sort_index", 0);
    for (unsigned i = 0; i < (row->workers ? row->workers : 1); i++) {
        struct place place = {process, process + 1 + i};
        snprintf(name, sizeof name, row->workers ? "%s %u" : "%s", worker, i);
        meta(p, place, "thread_name", name);
        meta_order(p, place, "thread_sort_index", 1 + i);
    }
}

static void print_case(struct printer *p, size_t index, uint64_t process) {
    const struct pp_case_result *row = &p->result->cases[index];
    meta(p, (struct place){process, process}, "process_name", row->name);
    meta_order(p, (struct place){process, process}, "process_sort_index", index);
    name_threads(p, row, process);
    for (size_t i = 0; i < p->trace->pass_count; i++)
        if (p->trace->passes[i].case_index == index)
            print_pass(p, &p->trace->passes[i], process);
}

/* ---- what is to be known of it ---- */

static void say_sampling(const struct pp_trace *trace, char *text, size_t size) {
    if (trace->every <= 1)
        snprintf(text, size, "none: each task has a span, alone or with those that it was timed together with");
    else
        snprintf(text, size, "only spans that hold a task whose index is a multiple of %" PRIu64 " are there",
                 trace->every);
}

static void say_missing(const struct pp_trace *trace, char *text, size_t size) {
    if (trace->left_out == 0 && trace->dropped == 0)
        snprintf(text, size, "nothing");
    else
        snprintf(text, size, "%zu passes and %" PRIu64 " spans are left out: there was no room for them",
                 trace->left_out, trace->dropped);
}

static void print_facts(struct printer *p) {
    const struct pp_result *result = p->result;
    const struct pp_trace *trace = p->trace;
    char sampling[128], missing[128];
    say_sampling(trace, sampling, sizeof sampling);
    say_missing(trace, missing, sizeof missing);
    const char *const facts[][2] = {{"program", "pptest"},
                                    {"version", result->version},
                                    {"task", result->task},
                                    {"details", result->details},
                                    {"label", result->label},
                                    {"started", result->started},
                                    {"run", result->complete ? "complete" : "partial"},
                                    {"clock", "CLOCK_MONOTONIC of one host, from the start of the run"},
                                    {"sampling", sampling},
                                    {"missing", missing}};
    put(p, "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{");
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        put(p, i ? "," : "");
        put_text(p, facts[i][0]);
        put(p, ":");
        put_text(p, facts[i][1] ? facts[i][1] : "");
    }
    put_number(p, ",\"task_spans\":", trace->tasks);
    put_number(p, ",\"sampled_every\":", trace->every);
    put_number(p, ",\"passes\":", trace->pass_count);
    put_number(p, ",\"passes_left_out\":", trace->left_out);
    put_number(p, ",\"spans_left_out\":", trace->dropped);
    put(p, "},\n\"traceEvents\":[");
}

/* Where people look who do not read facts: at the top of the picture. */
static void print_notices(struct printer *p) {
    char text[2][128];
    say_sampling(p->trace, text[0], sizeof text[0]);
    say_missing(p->trace, text[1], sizeof text[1]);
    const bool due[] = {p->trace->every > 1, p->trace->left_out > 0 || p->trace->dropped > 0};
    for (size_t i = 0; i < 2; i++)
        if (due[i]) {
            begin(p, "i", (struct place){1, 1});
            put_ts(p, p->trace->start_ns);
            put(p, ",\"s\":\"g\"");
            put_name(p, text[i]);
            put(p, "}");
        }
}

static int write_trace(const struct pp_result *result, FILE *out) {
    static const struct pp_trace nothing = {.every = 1};
    struct printer p = {.out = out, .result = result, .trace = result->trace ? result->trace : &nothing};
    uint64_t process = 1;
    print_facts(&p);
    print_notices(&p);
    for (size_t i = 0; i < result->case_count && result->trace; i++) {
        print_case(&p, i, process);
        process += 1 + (result->cases[i].workers ? result->cases[i].workers : 1);
    }
    put(&p, "\n]}\n");
    flush(&p);
    return 0;
}

const struct pp_reporter pp_reporter_trace = {.name = "trace",
                                              .summary = "what each worker did when, for ui.perfetto.dev and "
                                                         "chrome://tracing",
                                              .write = write_trace};
