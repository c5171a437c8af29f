#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/prefixes.h"
#include "pptest/memory.h"
#include "pptest/simd.h"
#include "pptest/task.h"

struct args {
    int64_t words, delta, word_bytes, prefix;
};

struct state {
    struct pp_buffer text;  /* of a document that is not moved here */
    struct pp_words latest; /* the document of the last task */
    struct pp_prefixes prefixes;
};

static const struct pp_field fields[] = {
    {.name = "words",
     .help = "words of a document on average",
     .type = PP_INT,
     .offset = offsetof(struct args, words),
     .min = 1,
     .max = 100000000,
     .def.i = 10000},
    {.name = "delta",
     .help = "so many words more have the documents with even numbers, and less those with odd ones; less than words",
     .type = PP_INT,
     .offset = offsetof(struct args, delta),
     .min = 0,
     .max = 99999999,
     .def.i = 5000},
    {.name = "word_bytes",
     .unit = "B",
     .help = "length of each word: random letters a to z",
     .type = PP_INT,
     .offset = offsetof(struct args, word_bytes),
     .min = 1,
     .max = 1000,
     .def.i = 20},
    {.name = "prefix",
     .help =
         "letters of the longest prefixes that are counted, at most word_bytes; above 3 they are looked up by hash, "
         "and a worker's memory grows with those that it has met",
     .type = PP_INT,
     .offset = offsetof(struct args, prefix),
     .min = 1,
     .max = PP_PREFIX_LONGEST,
     .def.i = 3},
    {0}};

static int prefix_check(const void *args, struct pp_error *error) {
    const struct args *a = args;
    if (a->delta >= a->words)
        return pp_error_at(error, -EINVAL, "/1",
                           "found delta %" PRId64 " with %" PRId64 " words, expected less: a document of %" PRId64
                           " words would have none",
                           a->delta, a->words, a->words - a->delta);
    if (a->prefix > a->word_bytes)
        return pp_error_at(error, -EINVAL, "/3",
                           "found prefix %" PRId64 " with word_bytes %" PRId64
                           ", expected at most as many: the longest "
                           "prefix of a word is the word",
                           a->prefix, a->word_bytes);
    return 0;
}

/* ---- documents ---- */

/* Even and odd ones differ, so that equal numbers of tasks are not equal shares of the work. */
static size_t words_of(const struct args *args, uint64_t index) {
    return (size_t)(index % 2 == 0 ? args->words + args->delta : args->words - args->delta);
}

static size_t text_bytes(const void *shared, const void *args) {
    (void)shared;
    const struct args *a = args;
    return (size_t)(a->words + a->delta) * (size_t)a->word_bytes;
}

/* Each letter stands for nine or ten of the 256 bytes. */
PP_SIMD static void bytes_to_letters(unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)('a' + (bytes[i] * 26 >> 8));
}

static void prefix_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    const struct args *a = args;
    size_t count = words_of(a, item->index) * (size_t)a->word_bytes;
    pp_rng_fill_bytes(item->seed, bytes, count);
    bytes_to_letters(bytes, count);
}

/* ---- workers ---- */

static void prefix_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->text);
    pp_prefixes_close(&s->prefixes);
}

static int prefix_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)shared, (void)env;
    struct state *s = state;
    const struct args *a = args;
    size_t bytes = text_bytes(NULL, args);
    int status = pp_prefixes_open(&s->prefixes, (unsigned)a->prefix);
    if (status == 0)
        status = pp_buffer_reserve(&s->text, bytes);
    if (status != 0) {
        prefix_fini(s);
        return pp_error_set(error, status,
                            "no memory for a document of %zu bytes and its prefixes; choose fewer words or workers",
                            bytes);
    }
    /* The system hands pages out when they are first written to: here rather than in the first task. */
    memset(s->text.data, 0, s->text.bytes);
    return 0;
}

static int prefix_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    size_t count = words_of(a, item->index);
    /* All that could fail comes before the first word is counted. */
    int status = pp_prefixes_reserve(&s->prefixes, count);
    if (status != 0)
        return pp_error_set(error, status, "no memory for the prefixes of %zu more words; choose a shorter prefix",
                            count);
    if (!item->input)
        prefix_input(NULL, a, item, s->text.data);
    s->latest = (struct pp_words){
        .text = item->input ? item->input : s->text.data, .count = count, .word_bytes = (size_t)a->word_bytes};
    output->digest = pp_mix2(count, pp_prefixes_count(&s->prefixes, &s->latest));
    return 0;
}

/* The sum of the keys of all words' longest prefixes in another way: place by place. */
static uint64_t sum_of_keys(const struct pp_words *words, unsigned prefix) {
    uint64_t sum = words->count;
    for (unsigned place = 0; place < prefix; place++) {
        sum *= 26;
        for (size_t i = 0; i < words->count; i++)
            sum += (uint64_t)(words->text[i * words->word_bytes + place] - 'a');
    }
    return sum;
}

/* Is the document right, were all of its words read, and none but whole documents counted? All counts are looked at
 * when they are merged. */
static int prefix_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    uint64_t words = 0, count = words_of(a, item->index);
    for (const char *letter = "abcdefghijklmnopqrstuvwxyz"; *letter; letter++)
        words += pp_prefixes_of(&s->prefixes, pp_prefix_key(letter, 1));
    if (s->latest.count != count)
        return pp_error_set(error, -EBADMSG, "the document has %zu words instead of %" PRIu64, s->latest.count, count);
    if (output->digest != pp_mix2(count, sum_of_keys(&s->latest, (unsigned)a->prefix)))
        return pp_error_set(error, -EBADMSG, "the digest is not that of the document's prefixes");
    if (words != pp_prefixes_words(&s->prefixes))
        return pp_error_set(error, -EBADMSG, "%" PRIu64 " prefixes of one letter were counted, but %" PRIu64 " words",
                            words, pp_prefixes_words(&s->prefixes));
    return 0;
}

/* ---- the whole ---- */

/* A prefix is in the answer if it was met more often. */
static const uint64_t often = 3;

static int prefix_gather(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    (void)args, (void)error;
    struct state *s = state;
    *part = pp_prefixes_part(&s->prefixes);
    return 0;
}

static int prefix_merge(void *whole, const void *args, const struct pp_part *part, struct pp_error *error) {
    struct pp_prefixes *prefixes = whole;
    const struct args *a = args;
    if (!prefixes->head && pp_prefixes_open(prefixes, (unsigned)a->prefix) != 0)
        return pp_error_set(error, -ENOMEM, "no memory for all prefixes");
    return pp_prefixes_merge(prefixes, part, error);
}

static int prefix_conclude(void *whole, const void *args, uint64_t count, uint64_t *digest, struct pp_error *error) {
    const struct pp_prefixes *prefixes = whole;
    const struct args *a = args;
    uint64_t words = (count - count / 2) * words_of(a, 0) + count / 2 * words_of(a, 1);
    if (pp_prefixes_words(prefixes) != words)
        return pp_error_set(error, -EBADMSG, "%" PRIu64 " words were counted, but %" PRIu64 " documents have %" PRIu64,
                            pp_prefixes_words(prefixes), count, words);
    int status = pp_prefixes_check(prefixes, error);
    *digest = status == 0 ? pp_prefixes_digest(prefixes, often) : 0;
    return status;
}

static void prefix_whole_fini(void *whole) { pp_prefixes_close(whole); }

static double prefix_estimate(const void *args) {
    const struct args *a = args;
    double hashed = a->prefix > 3 ? (double)(a->prefix - 3) : 0.0;
    return (double)a->words * (3e-9 + (double)a->word_bytes * 0.15e-9 + hashed * 40e-9);
}

const struct pp_task pp_task_prefix = {
    .name = "prefix",
    .summary = "counts the prefixes of a document's words; all workers' counts are merged (stateful)",
    .args = fields,
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .check = prefix_check,
    .worker_init = prefix_init,
    .run = prefix_run,
    .verify = prefix_verify,
    .worker_fini = prefix_fini,
    .input_bytes = text_bytes,
    .input = prefix_input,
    .whole_size = sizeof(struct pp_prefixes),
    .gather = prefix_gather,
    .merge = prefix_merge,
    .conclude = prefix_conclude,
    .whole_fini = prefix_whole_fini,
    .estimate = prefix_estimate};
