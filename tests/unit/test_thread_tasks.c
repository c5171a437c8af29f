/* Every task of this program, run by several threads of one process at once: the same check value as plain calls and as
 * processes come to. What `make tsan` makes of it says whether the tasks are safe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "process_world.h"
#include "runner/scratch.h"
#include "schema/config.h"

/* ThreadSanitizer ends forked children that start threads. */
#ifdef __SANITIZE_THREAD__
static const bool with_processes = false;
#else
static const bool with_processes = true;
#endif

/* NULL: this build has no such tasks. */
static struct pp_config *small_config(const char *task) {
    char path[128];
    struct pp_problems problems = {0};
    struct pp_config *config = NULL;
    snprintf(path, sizeof path, "tests/fixtures/small/%s.json", task);
    if (pp_config_load(path, NULL, &config, &problems) == 0)
        return config;
    if (problems.count != 1 || !strstr(problems.items[0].text, "built without"))
        fail_msg("%s cannot be loaded: each task needs such a config", path);
    pp_problems_release(&problems);
    return NULL;
}

static uint64_t check_of(struct fake_job *fake, const struct pp_config *config, const char *tmp_dir,
                         const char *executor, unsigned workers, unsigned library_threads) {
    fake_job_set(fake, config->task, 2 * (uint64_t)config->task_count, workers);
    fake->job.args = config->args;
    fake->job.env = (struct pp_env){.config_dir = config->dir, .tmp_dir = tmp_dir, .library_threads = library_threads};
    fake->executor = executor;
    if (fake_job_run(fake, PP_START_FORK, NULL) != 0)
        fail_msg("%s, %s_%u: %s", config->task->name, executor, workers, fake->error.text);
    if (fake->sample.failed > 0 || !fake->sample.complete)
        fail_msg("%s, %s_%u: %s", config->task->name, executor, workers, fake->sample.why.text);
    return fake->sample.check;
}

static void assert_equal_work(struct fake_job *fake, const struct pp_config *config, const char *tmp_dir) {
    static const char *const executors[] = {"thread", "openmp"};
    for (unsigned threads = 1; threads <= (config->task->library_threads ? 2 : 1); threads++) {
        uint64_t check = check_of(fake, config, tmp_dir, "process", 0, threads);
        if (with_processes)
            assert_int_equal(check_of(fake, config, tmp_dir, "process", 2, threads), check);
        for (unsigned workers = 2; workers <= 3; workers++)
            for (size_t i = 0; i < sizeof executors / sizeof *executors; i++)
                if (is_there(executors[i]))
                    assert_int_equal(check_of(fake, config, tmp_dir, executors[i], workers, threads), check);
    }
}

static void every_task_does_the_same_work_in_threads(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    char tmp_dir[256];
    assert_int_equal(pp_scratch_make("", tmp_dir, sizeof tmp_dir, NULL), 0);
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        if ((*task)->caps & PP_TASK_ONE_THREAD)
            continue;
        struct pp_config *config = small_config((*task)->name);
        if (!config)
            continue;
        assert_equal_work(fake, config, tmp_dir);
        pp_config_free(config);
    }
    pp_scratch_remove(tmp_dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(every_task_does_the_same_work_in_threads),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
