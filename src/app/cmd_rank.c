#include "app/app.h"

#include "base/clock.h"
#include "base/stop.h"
#include "config/load.h"
#include "exec/mpi.h"
#include "runner/scratch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* In a rank's own words what is wrong with a config that rank 0 could use. */
static int load(const struct pp_rank_config *told, struct pp_config **config, struct pp_error *why) {
    struct pp_problems problems = {0};
    int status = pp_config_load_text(told->text, strlen(told->text), told->path, NULL, config, &problems);
    if (problems.count > 0)
        pp_error_at(why, status, problems.items[0].place, "%s", problems.items[0].text);
    pp_problems_release(&problems);
    return status;
}

static int serve(const struct pp_rank_config *told, const struct pp_config *config) {
    struct pp_error why = {0};
    char own_dir[PATH_MAX] = "";
    bool shares_folder = told->tmp_dir[0] != '\0';
    int status = shares_folder ? 0 : pp_scratch_make(config->tmp_dir, own_dir, sizeof own_dir, &why);
    int answered = pp_rank_answer(status, &why);
    if (status != 0 || answered != 0)
        return answered;
    struct pp_job job = {.task = config->task,
                         .args = config->args,
                         .env = {.config_dir = config->dir, .tmp_dir = shares_folder ? told->tmp_dir : own_dir},
                         .resolution_ns = pp_clock_resolution_ns(),
                         .cpu_cost_ns = pp_clock_thread_cpu_cost_ns()};
    status = pp_rank_serve(&job, shares_folder);
    if (!shares_folder)
        pp_scratch_remove(own_dir);
    return status;
}

static int take_config(const struct pp_rank_config *told) {
    struct pp_config *config = NULL;
    struct pp_error why = {0};
    int status = load(told, &config, &why);
    if (status != 0)
        return pp_rank_answer(status, &why);
    status = serve(told, config);
    pp_config_free(config);
    return status;
}

int pp_command_rank(void) {
    pp_stop_install();
    struct pp_rank_config told;
    int status;
    while ((status = pp_rank_await(&told)) > 0) {
        status = take_config(&told);
        pp_rank_config_release(&told);
        if (status != 0)
            break;
    }
    return status == 0 ? PP_EXIT_DONE : PP_EXIT_FAILED;
}
