/* Result files: what is written comes back, and what is no result is refused with its place. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/disturbance.h"
#include "report/report.h"
#include "result/load.h"
#include "synthetic.h"

enum { CASES = 5 };
static struct synthetic made;
static char folder[] = "/tmp/pptest-result-XXXXXX";
static char path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/r.json", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    unlink(path);
    return rmdir(folder);
}

/* ---- a result with something in every member ---- */

static void describe_machine(struct pp_machine *machine) {
    *machine = (struct pp_machine){
        .cpus = {.logical = 8, .affinity = 6, .quota = 2.5, .usable = 2.5},
        .topology = {.cores = 4,
                     .usable_cores = 3,
                     .packages = 1,
                     .numa_nodes = 2,
                     .smt = 2,
                     .kind_count = 2,
                     .cache_count = 1,
                     .kinds = {{.name = "performance", .logical = 4, .cores = 2, .max_hz = 5000000000},
                               {.name = "efficiency", .logical = 4, .cores = 2, .max_hz = 3000000000}},
                     .caches = {{.level = 3, .type = "unified", .count = 1, .shared = 8, .bytes = 12582912}},
                     .missing = "nothing"},
        .memory = {.total = 16000000000, .available = 8000000000, .limit = 4000000000, .usable = 4000000000, .swap = 1},
        .system = {.os = "Debian",
                   .kernel = "6.1",
                   .cpu_model = "A \"model\"",
                   .hypervisor = "kvm",
                   .container = "none",
                   .governor = "powersave",
                   .frequency_hz = 1000000000,
                   .frequency_max_hz = 5000000000},
        .libraries = {.count = 2, .items = {{.name = "zlib", .version = "1.3"}, {.name = "hwloc", .version = ""}}}};
}

static void change_passes(void) {
    for (size_t i = 0; i < CASES; i++)
        for (size_t k = 0; k < 7; k++) {
            struct pp_pass *pass = &made.passes[i][k];
            pass->position = i;
            pass->init_s = 0.001 * (double)(k + 1);
            pass->breakdown = (struct pp_breakdown){0.5, 0.25, 0.125, 1, 2, 3, 4, -0.5};
            pass->peak_pss = 1e6 * (double)(i + 1);
            pass->energy_j = 2.5;
            pass->cycles = 1e9;
            pass->switches_voluntary = 11;
            pass->faults_major = 3;
        }
    made.passes[1][3].repeated = true;
    made.passes[1][3].disturbed = PP_DISTURBED_STEAL | PP_DISTURBED_PRESSURE;
    made.passes[1][4].round = 3;
    made.passes[1][5].round = 4;
    made.passes[1][6].round = 5;
    made.passes[4][6].failed = made.cases[4].failed = 2;
    made.cases[4].reasons = (struct pp_reasons){.used = 1, .others = 1, .items = {{1, 17, "\"no\"\n\xffluck"}}};
}

static void make(void) {
    static const char *warnings[] = {"not \xff quiet"};
    synthetic_set(&made, (const int[]){0, 2, 4, 8, 16, -1});
    synthetic_fill(&made, (const double[]){4, 2.5, 1.5, 1, 0.9}, 7, 0.0, NULL);
    change_passes();
    struct pp_histogram *times = pp_arena_alloc(&made.arena, sizeof *times);
    assert_non_null(times);
    pp_histogram_clear(times);
    pp_histogram_add(times, 100, 3);
    pp_histogram_add(times, 200, 5);
    made.cases[0].histogram = times;
    describe_machine(&made.result.machine);
    made.result.label = "a label";
    made.result.rounds = 7;
    made.cases[1].inner_threads = 4;
    made.result.waits = made.result.varies = true;
    made.result.warnings = warnings;
    made.result.warning_count = 1;
    synthetic_analyse(&made);
    made.result.config = json_pack("{s: s}", "task", "made");
}

static char *text_of(const struct pp_result *result) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(pp_reporter_json.write(result, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* The text of that result; free it. */
static char *made_text(void) {
    make();
    char *text = text_of(&made.result);
    json_decref(made.result.config);
    made.result.config = NULL;
    return text;
}

static void put(const char *text, size_t length) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

/* ---- there and back ---- */

static void what_was_written_is_loaded(void **state) {
    (void)state;
    struct pp_arena arena = {0};
    struct pp_problems problems = {0};
    struct pp_result loaded;
    char *text = made_text();
    put(text, strlen(text));
    assert_int_equal(pp_result_load(path, &arena, &problems, &loaded), 0);
    assert_int_equal(problems.count, 0);
    assert_null(loaded.config);
    assert_string_equal(loaded.task, "made");
    assert_string_equal(loaded.label, "a label");
    assert_string_equal(loaded.warnings[0], "not \\xff quiet");
    assert_memory_equal(&loaded.machine.cpus, &made.result.machine.cpus, sizeof loaded.machine.cpus);
    assert_string_equal(loaded.machine.topology.kinds[1].name, "efficiency");
    assert_int_equal(loaded.case_count, CASES);
    assert_true(loaded.model_count > 0 && loaded.verdict.alternative_count > 0 && loaded.model_remark[0]);
    assert_string_equal(loaded.cases[1].name, "parallel_2");
    assert_int_equal(loaded.cases[1].pass_count, 7);
    assert_true(loaded.cases[1].passes[3].repeated);
    assert_int_equal(loaded.cases[1].passes[3].disturbed, PP_DISTURBED_STEAL | PP_DISTURBED_PRESSURE);
    assert_true(isnan(loaded.cases[0].passes[0].instructions) && loaded.cases[0].passes[0].cycles == 1e9);
    assert_true(loaded.cases[0].bucket_count == 2 && loaded.cases[0].buckets[1].count == 5);
    assert_int_equal(loaded.verdict.workers, made.result.verdict.workers);
    assert_int_equal(loaded.cases[4].reasons.used, 1);
    assert_string_equal(loaded.cases[4].reasons.items[0].words, "\"no\"\\x0a\\xffluck");
    assert_int_equal(loaded.cases[4].reasons.others, 1);
    /* Everything else: what is written of it again is the same, but for the config. */
    char *again = text_of(&loaded), *config = strstr(text, "{\"task\": \"made\"}");
    assert_non_null(config);
    memmove(config + 2, config + strlen("{\"task\": \"made\"}"), strlen(config + strlen("{\"task\": \"made\"}")) + 1);
    config[1] = '}';
    assert_string_equal(again, text);
    free(again);
    free(text);
    pp_arena_release(&arena);
    pp_problems_release(&problems);
}

static void results_from_before_there_were_reasons_are_loaded(void **state) {
    (void)state;
    struct pp_arena arena = {0};
    struct pp_problems problems = {0};
    struct pp_result loaded;
    char *text = made_text();
    json_t *document = json_loads(text, 0, NULL), *each;
    size_t index;
    json_array_foreach(json_object_get(document, "cases"), index, each) {
        assert_int_equal(json_object_del(each, "failures"), 0);
        assert_int_equal(json_object_del(each, "failures_unlisted"), 0);
    }
    free(text);
    text = json_dumps(document, 0);
    put(text, strlen(text));
    assert_int_equal(pp_result_load(path, &arena, &problems, &loaded), 0);
    assert_int_equal(loaded.cases[4].failed, 2);
    assert_int_equal(loaded.cases[4].reasons.used, 0);
    free(text);
    json_decref(document);
    pp_arena_release(&arena);
    pp_problems_release(&problems);
}

static void what_was_loaded_is_analysed_alike(void **state) {
    (void)state;
    struct pp_arena arena = {0};
    struct pp_problems problems = {0};
    struct pp_result loaded;
    char *text = made_text();
    put(text, strlen(text));
    assert_int_equal(pp_result_load(path, &arena, &problems, &loaded), 0);
    assert_int_equal(pp_analysis_run(&loaded, 1, &arena), 0);
    assert_string_equal(loaded.verdict.text, made.result.verdict.text);
    assert_true(loaded.cases[0].bucket_count == 2 && loaded.cases[0].task.p50_s == made.cases[0].task.p50_s);
    for (size_t i = 0; i < CASES; i++) {
        assert_memory_equal(&loaded.cases[i].total, &made.cases[i].total, sizeof(struct pp_stats));
        assert_int_equal(loaded.cases[i].limiter, made.cases[i].limiter);
        assert_int_equal(loaded.cases[i].counted, i == 1 ? 6 : 7);
    }
    free(text);
    pp_arena_release(&arena);
    pp_problems_release(&problems);
}

static void the_schema_names_every_member(void **state) {
    (void)state;
    char *text = made_text();
    json_t *schema = pp_result_json_schema(), *document = json_loads(text, 0, NULL);
    const char *key;
    json_t *value;
    assert_int_equal(json_object_size(document), json_object_size(json_object_get(schema, "properties")));
    json_object_foreach(document, key, value)
        assert_non_null(json_object_get(json_object_get(schema, "properties"), key));
    assert_string_equal(json_string_value(json_object_get(schema, "title")), "pptest-result/1");
    json_decref(document);
    json_decref(schema);
    free(text);
}

static void a_stream_that_takes_no_more_remembers_it(void **state) {
    (void)state;
    make();
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(pp_reporter_json.write(&made.result, full), 0);
    assert_true(ferror(full) || fflush(full) != 0);
    fclose(full);
    json_decref(made.result.config);
    made.result.config = NULL;
}

/* ---- what is wrong ---- */

struct refusal {
    struct pp_arena arena;
    struct pp_problems problems;
    struct pp_result result;
};

static void release(struct refusal *refusal) {
    pp_arena_release(&refusal->arena);
    pp_problems_release(&refusal->problems);
}

static void load_refused(const char *from, struct refusal *refusal) {
    *refusal = (struct refusal){0};
    assert_int_equal(pp_result_load(from, &refusal->arena, &refusal->problems, &refusal->result), -EINVAL);
    assert_true(refusal->problems.count > 0);
    assert_string_equal(refusal->problems.items[0].file, from);
    assert_null(refusal->result.config);
}

static void assert_refused(const char *text, const char *place, const char *words) {
    struct refusal refusal;
    put(text, strlen(text));
    load_refused(path, &refusal);
    assert_string_equal(refusal.problems.items[0].place, place);
    if (!strstr(refusal.problems.items[0].text, words))
        fail_msg("\"%s\" lacks \"%s\"", refusal.problems.items[0].text, words);
    release(&refusal);
}

static void files_that_are_no_results(void **state) {
    (void)state;
    assert_refused("", "1:1", "cut short");
    assert_refused("{}", "",
                   "this is no result of pptest: found no \"schema\", expected \"schema\": \"pptest-result/1\"");
    assert_refused("[1, 2]", "", "this is no result of pptest");
    assert_refused("{\"schema\": 5}", "/schema", "this is no result of pptest: found 5");
    assert_refused("{\"schema\": \"other/1\"}", "/schema", "this is no result of pptest: found \"other/1\"");
    assert_refused("{\"schema\": \"pptest-result/2\"}", "/schema",
                   "found \"pptest-result/2\", expected \"pptest-result/1\": another version of pptest wrote it; use "
                   "that one, or measure again");
    assert_refused("{\"schema\": \"pptest-result/1\"}", "", "\"version\" is missing: of the program");
    assert_refused("Name,Workers\r\nsequential,0\r\n", "1:4", "expected a result that pptest wrote as JSON");
    assert_refused("{\"a\": 1,\n \"a\": 2}", "2:4", "duplicate object key");
    assert_refused("{\"a\": 1} {", "1:10", "end of file expected");
    assert_refused("\x1f\x8b\x08", "1:1", "expected a result that pptest wrote as JSON");
}

static void files_that_cannot_be_read(void **state) {
    (void)state;
    struct refusal refusal;
    load_refused("/nowhere/r.json", &refusal);
    assert_non_null(strstr(refusal.problems.items[0].text, "there is no such file"));
    assert_string_equal(refusal.problems.items[0].place, "");
    release(&refusal);
    load_refused(folder, &refusal);
    assert_non_null(strstr(refusal.problems.items[0].text, "folder"));
    release(&refusal);
}

static void files_that_are_cut_short_anywhere(void **state) {
    (void)state;
    struct refusal refusal;
    char *text = made_text();
    size_t length = strlen(text);
    assert_true(length > 9700);
    for (size_t cut = 0; cut + 2 < length; cut += 97) {
        put(text, cut);
        load_refused(path, &refusal);
        assert_int_equal(refusal.problems.count, 1);
        assert_true(refusal.problems.items[0].place[0] >= '1' && refusal.problems.items[0].place[0] <= '9');
        release(&refusal);
    }
    put(text, length - 2);
    load_refused(path, &refusal);
    assert_non_null(strstr(refusal.problems.items[0].text, "cut short"));
    release(&refusal);
    free(text);
}

/* Replaces one piece of the text, the first of its kind, and expects the rest to be refused. */
static void assert_change_refused(const char *piece, const char *other, const char *place, const char *words) {
    char *text = made_text(), *found = strstr(text, piece);
    assert_non_null(found);
    char *changed = malloc(strlen(text) + strlen(other) + 1);
    assert_non_null(changed);
    sprintf(changed, "%.*s%s%s", (int)(found - text), text, other, found + strlen(piece));
    assert_refused(changed, place, words);
    free(changed);
    free(text);
}

static void members_that_are_wrong(void **state) {
    (void)state;
    assert_change_refused("\"task\": \"made\",", "\"task\": null,", "/task", "found null, expected a string");
    assert_change_refused("\"label\": \"a label\"", "\"label\": null", "/label", "found null, expected a string");
    assert_change_refused("\"name\": \"parallel_2\"", "\"name\": null", "/cases/1/name",
                          "found null, expected a string");
    assert_change_refused("\"executor\": \"sequential\"", "\"executor\": null", "/cases/0/executor",
                          "found null, expected a string");
    assert_change_refused("\"disturbed\": [\"", "\"disturbed\": [\"x", "/cases/1/passes/3/disturbed",
                          "a list of words that this version knows");
    assert_change_refused("\"limiter\": \"", "\"limiter\": \"x", "/cases/0/limiter",
                          "one of the words that this version knows");
    assert_change_refused("\"task_count\": 100", "\"task_count\": \"100\"", "/task_count",
                          "found \"100\", expected an integer");
    assert_change_refused("\"type\": \"unified\"", "\"type\": \"unified and more\"", "/machine/cpus/caches/0/type",
                          "expected a shorter string");
    assert_change_refused("\"cases\": [", "\"cases\": [[],", "/cases/0", "found [], expected an object");
    assert_change_refused("\"passes\": [", "\"passage\": [", "/cases/0", "\"passes\" is missing");
    assert_change_refused("\"alternatives\": [", "\"alternatives\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,",
                          "/verdict/alternatives", "expected a shorter list");
}

/* Memory is made ready for as many rounds as there are: a file must not say how many on its own. */
static void rounds_that_cannot_be(void **state) {
    (void)state;
    assert_change_refused("\"round\": 6", "\"round\": 7", "/cases/0/passes/6/round",
                          "found 7, expected an integer from 5 to 6");
    assert_change_refused("\"round\": 6", "\"round\": 9223372036854775807", "/cases/0/passes/6/round",
                          "found 9223372036854775807, expected an integer from 5 to 6");
    assert_change_refused("\"round\": 3", "\"round\": 1", "/cases/0/passes/3/round",
                          "found 1, expected an integer from 2 to 6");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_loaded),
        cmocka_unit_test(results_from_before_there_were_reasons_are_loaded),
        cmocka_unit_test(what_was_loaded_is_analysed_alike),
        cmocka_unit_test(the_schema_names_every_member),
        cmocka_unit_test(a_stream_that_takes_no_more_remembers_it),
        cmocka_unit_test(files_that_are_no_results),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(files_that_are_cut_short_anywhere),
        cmocka_unit_test(members_that_are_wrong),
        cmocka_unit_test(rounds_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
