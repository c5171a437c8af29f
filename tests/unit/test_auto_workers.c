/* What `"workers": "auto"` stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/textbuf.h"
#include "config/load.h"
#include "schema/config.h"

static struct pp_config *load(const char *json) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(pp_config_load_text(json, strlen(json), "auto.json", NULL, &config, &problems), 0);
    pp_problems_release(&problems);
    return config;
}

static void expands_to(const char *task, unsigned cpus, const char *expected) {
    char json[128], found[512] = "";
    snprintf(json, sizeof json, "{\"task\": \"%s\", \"task_count\": 1, \"workers\": \"auto\"}", task);
    struct pp_config *config = load(json);
    assert_int_equal(config->sweep.workers.count, 0);
    for (int again = 0; again < 2; again++) { /* what is expanded stays, whatever is asked then */
        assert_int_equal(pp_config_expand_workers(config, again ? 64 : cpus), 0);
        struct pp_textbuf list = pp_textbuf_in(found, sizeof found);
        for (size_t i = 0; i < config->sweep.workers.count; i++)
            pp_textbuf_add(&list, "%s%lld", i ? " " : "", (long long)config->sweep.workers.items[i]);
        assert_string_equal(found, expected);
    }
    pp_config_free(config);
}

static void auto_workers_expand(void **state) {
    (void)state;
    expands_to("noop", 0, "0 1 2");
    expands_to("noop", 1, "0 1 2");
    expands_to("noop", 2, "0 1 2 3 4");
    expands_to("noop", 3, "0 1 2 3 4 6");
    expands_to("noop", 4, "0 1 2 4 5 8");
    expands_to("noop", 6, "0 1 2 4 6 7 12");
    struct pp_config *config = load("{\"task\": \"noop\", \"task_count\": 1, \"workers\": \"auto\"}");
    assert_int_equal(pp_config_expand_workers(config, UINT32_MAX), 0);
    assert_int_equal(config->sweep.workers.count, 36);
    pp_config_free(config);
}

/* More of them than CPUs help, but nobody wants a hundred thousand. */
static void auto_workers_that_wait_go_further(void **state) {
    (void)state;
    expands_to("sleep", 0, "0 1 2 4 8 16");
    expands_to("sleep", 2, "0 1 2 4 8 16 32");
    expands_to("sleep", 3, "0 1 2 4 8 16 32 48");
    expands_to("sleep", 100, "0 1 2 4 8 16 32 64 128 256 512 1024");
    expands_to("sleep", 1536, "0 1 2 4 8 16 32 64 128 256 512 1024 1536");
}

static void listed_workers_stay(void **state) {
    (void)state;
    struct pp_config *config = load("{\"task\": \"sleep\", \"task_count\": 1, \"workers\": [7]}");
    assert_int_equal(pp_config_expand_workers(config, 2), 0);
    assert_int_equal(config->sweep.workers.count, 1);
    assert_int_equal(config->sweep.workers.items[0], 7);
    pp_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_workers_expand),
        cmocka_unit_test(auto_workers_that_wait_go_further),
        cmocka_unit_test(listed_workers_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
