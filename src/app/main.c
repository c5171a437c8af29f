#include "app/app.h"
#include "app/say.h"
#include "exec/mpi.h"
#include "exec/openmp.h"
#include "exec/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *task_name(size_t index) { return pp_tasks()[index] ? pp_tasks()[index]->name : NULL; }
static const char *task_summary(size_t index) { return pp_tasks()[index]->summary; }

static const struct pp_words task_names = {.nth = task_name, .about = task_summary, .file_ending = "so"};
static const struct pp_words results = {.file_ending = "json"};
static const struct pp_words schema_names = {.nth = pp_schema_name};
static const struct pp_words manual_names = {.nth = pp_manual_name};
static const struct pp_words shells = {.nth = pp_shell_name};
static const struct pp_words task_formats = {.nth = pp_tasks_format_name};
static const struct pp_words compare_formats = {.nth = pp_compare_format_name};
static const struct pp_words pages = {.file_ending = "html", .folders = true};
static const struct pp_option_words of_tasks[] = {{"format", &task_formats}, {NULL, NULL}};
static const struct pp_option_words of_compare[] = {{"format", &compare_formats}, {NULL, NULL}};
static const struct pp_option_words of_report[] = {{"output", &pages}, {NULL, NULL}};

const struct pp_command pp_commands[] = {
    {.usage = "--config FILE [--config FILE …] [--set KEY=JSON …] [--output DIR] "
              "[--format LIST] [--quiet]",
     .summary = "run the configs",
     .needs_config = true,
     .run = pp_command_run},
    {.name = "check",
     .usage = "--config FILE [--config FILE …] [--set KEY=JSON …] [--output DIR]",
     .summary = "find every mistake in the configs, show the plan; run nothing",
     .needs_config = true,
     .run = pp_command_check},
    {.name = "tasks",
     .usage = "[NAME] [--format markdown]",
     .summary = "list the kinds of task, or all about one",
     .words_max = 1,
     .words = &task_names,
     .own = of_tasks,
     .run = pp_command_tasks},
    {.name = "executors",
     .usage = "",
     .summary = "list who can do the tasks, and what stands in the way",
     .run = pp_command_executors},
    {.name = "machine",
     .usage = "",
     .summary = "show what this machine is, and what limits a process on it",
     .run = pp_command_machine},
    {.name = "compare",
     .usage = "BASE.json NEW.json [--min-effect SHARE] [--format table|json]",
     .summary = "did it change? two results of the same work",
     .words_min = 2,
     .words_max = 2,
     .words = &results,
     .own = of_compare,
     .run = pp_command_compare},
    {.name = "report",
     .usage = "RESULT.json [RESULT.json …] --output FILE.html",
     .summary = "one page with charts of one or more results, for a browser",
     .words_min = 1,
     .words_max = SIZE_MAX,
     .words = &results,
     .own = of_report,
     .run = pp_command_report},
    {.name = "schema",
     .usage = "[config|result]",
     .summary = "print the JSON Schema of a config, for editors, or of a result",
     .words_max = 1,
     .words = &schema_names,
     .run = pp_command_schema},
    {.name = "manual",
     .usage = "[1|5]",
     .summary = "print a manual page: 1 of the commands, 5 of the config; read it with `man -l`",
     .words_max = 1,
     .words = &manual_names,
     .run = pp_command_manual},
    {.name = "completion",
     .usage = "bash|zsh|fish",
     .summary = "print what lets a shell complete commands, options, tasks and keys",
     .words_min = 1,
     .words_max = 1,
     .words = &shells,
     .run = pp_command_completion},
    {.run = NULL},
};

static int run(const struct pp_command *command, const struct pp_options *options) {
    if (options->help) {
        pp_options_help(stdout);
        return PP_EXIT_DONE;
    }
    if (options->version) {
        puts("pptest " PP_VERSION);
        return PP_EXIT_DONE;
    }
    return command->run(options);
}

/* A file that is opened must not get the number of a standard stream that was closed, or messages would land in it. The
 * stand-ins cannot be written, so that lost output is still an error. */
static void occupy_standard_streams(void) {
    while (true) {
        int fd = open("/dev/null", O_RDONLY);
        if (fd < 0 || fd > STDERR_FILENO) {
            if (fd >= 0)
                close(fd);
            return;
        }
    }
}

enum { STACK_BYTES = 512 * 1024 }; /* more than any command needs */

static void __attribute__((noinline)) touch_stack(void) {
    volatile unsigned char lowest[STACK_BYTES];
    lowest[0] = 0;
    (void)lowest[0];
}

/* Where address space is limited, a stack that cannot grow any more ends the program without a word. So it grows now,
 * if there is room, before memory that can be refused with words takes what it needs. */
static bool grow_stack(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur < 2 * (rlim_t)STACK_BYTES)
        return true;
    void *room = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, STACK_BYTES);
    touch_stack();
    return true;
}

static int run_command_line(int argc, char **argv) {
    const struct pp_command *command;
    struct pp_options options;
    struct pp_problems problems = {0};
    int status = PP_EXIT_WRONG;
    int parsed = pp_options_parse(argc, argv, &command, &options, &problems);
    if (parsed == 0)
        status = pp_finish_output(run(command, &options));
    pp_print_problems(&problems);
    if (parsed == -ENOMEM)
        pp_say(stderr, "error: there is not enough memory to read the command line");
    pp_problems_release(&problems);
    pp_options_release(&options);
    return status;
}

int main(int argc, char **argv) {
    pp_openmp_restore_environment();
    if (argc > 1 && strcmp(argv[1], PP_WORKER_COMMAND) == 0)
        return pp_command_worker(argc, argv);
    occupy_standard_streams();
    if (!grow_stack()) {
        fputs("error: there is not enough memory to begin; raise the limit on address space (`ulimit -v`)\n", stderr);
        return PP_EXIT_FAILED;
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that has had enough is no reason to die */
    struct pp_error error = {0};
    int rank = pp_mpi_join(&error);
    if (rank < 0) {
        pp_print_error("pptest", &error);
        return PP_EXIT_FAILED;
    }
    int status = rank == 0 ? run_command_line(argc, argv) : pp_command_rank();
    pp_mpi_leave(status);
    return status;
}
