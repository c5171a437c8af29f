#include "result/dimension.h"

#include "base/textbuf.h"
#include "schema/config.h"

#include <string.h>

static bool has_workers(const struct pp_case_result *each) { return each->workers > 0; }
static bool has_processes(const struct pp_case_result *each) {
    return each->workers > 0 && strcmp(each->executor, "process") == 0;
}
static bool is_any(const struct pp_case_result *each) {
    (void)each;
    return true;
}

/* ---- values ---- */

#define DIFFERS(member)                                                                                                \
    static bool member##_differs(const struct pp_case_result *one, const struct pp_case_result *other) {               \
        return one->member != other->member;                                                                           \
    }
DIFFERS(chunk_size)
DIFFERS(library_threads)
DIFFERS(start_method)
DIFFERS(pin)

static bool executor_differs(const struct pp_case_result *one, const struct pp_case_result *other) {
    return strcmp(one->executor, other->executor) != 0;
}
static bool input_differs(const struct pp_case_result *one, const struct pp_case_result *other) {
    return one->transfer.input != other->transfer.input;
}
static bool result_differs(const struct pp_case_result *one, const struct pp_case_result *other) {
    return one->transfer.result != other->transfer.result;
}

static void say_number(struct pp_textbuf *text, uint64_t value, const char *zero) {
    if (value == 0)
        pp_textbuf_add(text, "%s", zero);
    else
        pp_textbuf_add(text, "%llu", (unsigned long long)value);
}

/* A file may hold none of the words. */
static void say_word(struct pp_textbuf *text, const char *const *words, int value) {
    if (value >= 0)
        pp_textbuf_add(text, "%s", words[value]);
}

static void say_executor(const struct pp_case_result *each, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", each->executor);
}
static void say_chunk_size(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_number(text, each->chunk_size, "auto");
}
static void say_library_threads(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_number(text, each->library_threads, "default");
}
static void say_start_method(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_word(text, pp_start_method_names, each->start_method);
}
static void say_input(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_word(text, pp_input_names, each->transfer.input);
}
static void say_result(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_word(text, pp_result_names, each->transfer.result);
}
static void say_pin(const struct pp_case_result *each, struct pp_textbuf *text) {
    say_word(text, pp_pin_names, each->pin);
}

static void phrase_library_threads(const struct pp_case_result *each, struct pp_textbuf *text) {
    unsigned threads = each->library_threads ? each->library_threads : each->inner_threads;
    if (threads == 0)
        pp_textbuf_add(text, "library threads by default");
    else
        pp_textbuf_add(text, "%u library thread%s%s%s", threads, threads == 1 ? "" : "s", each->workers ? " each" : "",
                       each->library_threads ? "" : " by default");
}

const struct pp_dimension pp_dimensions[PP_DIMENSIONS] = {
    [PP_DIMENSION_EXECUTOR] = {"executor", "Executor", has_workers, executor_differs, say_executor, NULL},
    [PP_DIMENSION_CHUNK_SIZE] = {"chunk size", "Chunk size", has_workers, chunk_size_differs, say_chunk_size, NULL},
    [PP_DIMENSION_LIBRARY_THREADS] = {"library threads", "Library threads", is_any, library_threads_differs,
                                      say_library_threads, phrase_library_threads},
    {"start method", "Start method", has_processes, start_method_differs, say_start_method, NULL},
    {"input", "Input", has_workers, input_differs, say_input, NULL},
    {"result", "Result", has_workers, result_differs, say_result, NULL},
    {"pin", "Pin", has_workers, pin_differs, say_pin, NULL},
};

/* ---- of cases ---- */

bool pp_is_same_kind(const struct pp_case_result *one, const struct pp_case_result *other) {
    for (size_t i = 0; i < PP_DIMENSIONS; i++) {
        const struct pp_dimension *each = &pp_dimensions[i];
        if (each->counts(one) && each->counts(other) && each->differs(one, other))
            return false;
    }
    return true;
}

static bool varies(const struct pp_dimension *dimension, const struct pp_result *result) {
    const struct pp_case_result *first = NULL;
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (!dimension->counts(each))
            continue;
        if (first && dimension->differs(first, each))
            return true;
        first = first ? first : each;
    }
    return false;
}

unsigned pp_dimensions_varying(const struct pp_result *result) {
    unsigned set = 0;
    for (size_t i = 0; i < PP_DIMENSIONS; i++)
        if (varies(&pp_dimensions[i], result))
            set |= 1u << i;
    return set;
}

void pp_dimensions_say(unsigned set, const struct pp_case_result *each, struct pp_textbuf *text) {
    const char *between = "";
    for (size_t i = 0; i < PP_DIMENSIONS; i++) {
        const struct pp_dimension *dimension = &pp_dimensions[i];
        if (!(set & (1u << i)) || !dimension->counts(each))
            continue;
        pp_textbuf_add(text, "%s", between);
        between = ", ";
        if (dimension->phrase) {
            dimension->phrase(each, text);
            continue;
        }
        pp_textbuf_add(text, "%s ", dimension->name);
        dimension->say(each, text);
    }
}
