#include "app/app.h"
#include "app/config_paths.h"
#include "app/outputs.h"
#include "app/say.h"

#include "base/members.h"
#include "base/textbuf.h"
#include "config/load.h"
#include "config/read_args.h"
#include "exec/inputs.h"
#include "exec/worker.h"
#include "machine/machine.h"
#include "pptest/memory.h"
#include "runner/runner.h"
#include "runner/scratch.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void pp_print_problems(const struct pp_problems *problems) {
    for (size_t i = 0; i < problems->count; i++) {
        char text[2048];
        pp_problem_format(&problems->items[i], text, sizeof text);
        pp_say(stderr, "error: %s", text);
    }
    if (problems->unlisted > 0)
        pp_say(stderr, "error: and %zu more", problems->unlisted);
}

void pp_print_error(const char *file, const struct pp_error *error) {
    struct pp_problem problem = {.file = file, .place = error->where, .text = error->text};
    char text[2048];
    pp_problem_format(&problem, text, sizeof text);
    pp_say(stderr, "error: %s", text);
}

void pp_print_config_error(const struct pp_config *config, const struct pp_error *error) {
    struct pp_error told = *error;
    if (config->output_is_option && strcmp(told.where, "/output_dir") == 0)
        snprintf(told.where, sizeof told.where, "--output");
    pp_print_error(config->path, &told);
}

void pp_free_configs(struct pp_config **configs, long count) {
    for (long i = 0; i < count; i++)
        pp_config_free(configs[i]);
    free(configs);
}

static int load_one(const struct pp_options *options, const char *path, struct pp_config **config,
                    struct pp_problems *problems) {
    int status = pp_config_load(path, options->sets, config, problems);
    if (status != 0)
        return status;
    struct pp_cpus cpus = pp_cpus_read("");
    bool waits = (*config)->task->caps & PP_TASK_WAITS;
    status = pp_config_expand_workers(*config, waits ? cpus.affinity : (unsigned)ceil(cpus.usable));
    (*config)->output_is_stdout = pp_output_is_stdout(options);
    (*config)->output_is_option = options->output && !(*config)->output_is_stdout;
    if ((*config)->output_is_option)
        (*config)->output_dir = options->output;
    return status;
}

long pp_load_configs(const struct pp_options *options, struct pp_config ***configs) {
    long loaded = 0;
    struct pp_problems problems = {0};
    struct pp_config_paths paths;
    int status = pp_config_paths_find(options->configs, options->config_count, &paths, &problems);
    *configs = calloc(paths.count + 1, sizeof **configs);
    if (!*configs)
        status = -ENOMEM;
    for (size_t i = 0; i < paths.count && status != -ENOMEM; i++) {
        struct pp_config *config = NULL;
        int this_status = load_one(options, paths.items[i], &config, &problems);
        if (config)
            (*configs)[loaded++] = config;
        status = this_status != 0 ? this_status : status;
    }
    pp_config_paths_release(&paths);
    pp_print_problems(&problems);
    pp_problems_release(&problems);
    if (status == -ENOMEM)
        pp_say(stderr, "error: there is not enough memory to read the configs");
    if (status == 0)
        return loaded;
    pp_free_configs(*configs, loaded);
    return status;
}

/* An error of a task's inputs is placed relative to its arguments. */
static void place_in_args(const struct pp_config *config, struct pp_error *error) {
    char place[sizeof error->where];
    struct pp_textbuf out = pp_textbuf_in(place, sizeof place);
    pp_textbuf_add(&out, "/task_args");
    pp_args_place(config->task, config->args, config->args_named, error->where, &out);
    memcpy(error->where, place, sizeof place);
}

/* A folder that is there must be one that can be written; one that is not will be made. */
static int check_output_dir(const char *dir, struct pp_error *error) {
    struct stat status;
    if (stat(dir, &status) != 0)
        return 0;
    int code = !S_ISDIR(status.st_mode) ? ENOTDIR : access(dir, W_OK | X_OK) != 0 ? errno : 0;
    return code == 0 ? 0
                     : pp_error_at(error, -code, "/output_dir", "cannot write results to %s: %s", dir, strerror(code));
}

static void load_inputs(const struct pp_config *config, const char *tmp_dir, struct pp_error *error) {
    struct pp_env env = {.config_dir = config->dir, .tmp_dir = tmp_dir};
    void *shared;
    int status = pp_inputs_open(config->task, config->args, &env, &shared, error);
    if (status == 0)
        pp_inputs_close(config->task, shared);
    else if (error->code == 0)
        pp_error_set(error, status, "%s", strerror(-status));
}

/* In a child: what loading leaves in a process, such as a library and its threads, every fork of a run would copy. */
static int check_inputs(const struct pp_config *config, const char *tmp_dir, struct pp_error *error) {
    struct pp_error *told = pp_shared_alloc(sizeof *told);
    pid_t child = told ? fork() : -1;
    if (child == 0) {
        load_inputs(config, tmp_dir, told);
        pp_worker_exit(0);
    }
    int wait_status = 0;
    if (child < 0)
        pp_error_set(error, -errno, "cannot check the task's inputs: %s", strerror(errno));
    else if (waitpid(child, &wait_status, 0) != child || !WIFEXITED(wait_status))
        pp_error_set(error, -ECHILD, "checking the task's inputs ended by signal %d", WTERMSIG(wait_status));
    else
        *error = *told;
    pp_shared_free(told, sizeof *told);
    if (error->code != 0)
        place_in_args(config, error);
    return error->code;
}

static bool pins(const struct pp_config *config) {
    bool found = config->sweep.pin != PP_PIN_NONE;
    for (size_t i = 0; i < config->runner_count; i++)
        found |= config->runners[i].pin != PP_PIN_NONE;
    return found;
}

int pp_check_config(const struct pp_config *config) {
    struct pp_error error = {0};
    struct pp_runner runner;
    char tmp_dir[PATH_MAX];
    struct pp_machine machine = {.cpus = {0}};
    if (pins(config)) /* only then does it matter which machine it is */
        pp_machine_read("", (const struct pp_task *const[]){NULL}, &machine);
    int status = pp_runner_open(&runner, config, &machine, &error);
    if (status == 0) {
        pp_runner_close(&runner);
        status = config->output_is_stdout ? 0 : check_output_dir(config->output_dir, &error);
    }
    if (status == 0)
        status = pp_scratch_make(config->tmp_dir, tmp_dir, sizeof tmp_dir, &error);
    if (status == 0) {
        status = check_inputs(config, tmp_dir, &error);
        pp_scratch_remove(tmp_dir);
    }
    if (status != 0)
        pp_print_config_error(config, &error);
    return status;
}

/* A mix uses many libraries: those of the tasks that it is said to be made of, or any. */
void pp_read_machine_for(const struct pp_config *config, struct pp_machine *machine) {
    struct pp_members members = pp_members_of(config->task, config->args);
    const struct pp_task **own = calloc(members.count + 2, sizeof *own);
    const struct pp_task *const alone[] = {config->task, NULL};
    for (size_t i = 0; own && i < members.count; i++)
        own[i] = members.items[i].task;
    const struct pp_task *const *asked = own && members.count > 0                     ? own
                                         : config->task->caps & PP_TASK_PER_ITERATION ? pp_tasks()
                                                                                      : alone;
    pp_machine_read("", asked, machine);
    free(own);
}

int pp_finish_output(int status) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    int code = errno;
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR))
        return status;
    pp_say(stderr, "error: cannot write to standard output: %s",
           code ? strerror(code) : "it is closed, or there is no room");
    return status == PP_EXIT_DONE ? PP_EXIT_FAILED : status;
}
