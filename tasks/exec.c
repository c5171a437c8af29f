#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/child.h"
#include "lib/command_line.h"
#include "lib/names.h"
#include "lib/now.h"
#include "lib/program.h"
#include "pptest/file.h"
#include "pptest/task.h"

struct args {
    struct pp_strings command;
    bool shell;
    int64_t status;
    const char *stdin_name;
    int shown;
};

static const char *const shown_words[] = {
    [PP_CHILD_STDERR] = "stderr", [PP_CHILD_BOTH] = "both", [PP_CHILD_NONE] = "none", NULL};

static const struct pp_field fields[] = {
    {.name = "command",
     .help = "the program and its arguments: one string, split into words as a shell does it, or a list of words; "
             "{index}, {worker} and {seed} are filled in",
     .type = PP_STRINGS,
     .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY | PP_FIELD_ONE,
     .offset = offsetof(struct args, command)},
    {.name = "shell",
     .help = "give the string to /bin/sh -c instead of splitting it",
     .type = PP_BOOL,
     .offset = offsetof(struct args, shell)},
    {.name = "status",
     .help = "the exit status that means success",
     .type = PP_INT,
     .offset = offsetof(struct args, status),
     .max = 255},
    {.name = "stdin",
     .help = "a file to read from; empty: nothing",
     .type = PP_STRING,
     .offset = offsetof(struct args, stdin_name),
     .def.s = ""},
    {.name = "shown",
     .help = "what is shown, its last lines, when a command fails; all other output is dropped",
     .type = PP_CHOICE,
     .offset = offsetof(struct args, shown),
     .choices = shown_words,
     .def.i = PP_CHILD_STDERR},
    {0}};

struct shared {
    struct pp_command_line line;
    char program[PATH_MAX]; /* its path, "" where it depends on the task */
    char stdin_path[PATH_MAX];
};

struct state {
    const struct shared *shared;
    struct pp_child_way way;
    unsigned worker;
    int *groups;                       /* of struct pp_env */
    unsigned *free_places, free_count; /* numbers of commands that may run at once, which none has now */
    char *text;                        /* of the words of the command being started */
    char **words;
};

/* ---- the command ---- */

static int read_line(struct pp_command_line *line, const struct args *args, struct pp_error *error) {
    struct pp_error inner = {0};
    int status = pp_command_line_read(line, args->command, args->shell, &inner);
    if (status == 0)
        return 0;
    char where[sizeof inner.where + 2];
    snprintf(where, sizeof where, "/0%s", inner.where);
    return pp_error_at(error, status, where, "%s", inner.text);
}

static int exec_check(const void *args, struct pp_error *error) {
    struct pp_command_line line;
    int status = read_line(&line, args, error);
    if (status == 0)
        pp_command_line_release(&line);
    return status;
}

static int find_stdin(struct shared *shared, const char *name, const struct pp_env *env, struct pp_error *error) {
    if (!*name) {
        snprintf(shared->stdin_path, sizeof shared->stdin_path, "/dev/null");
        return 0;
    }
    if (pp_path_find(name, env->config_dir, shared->stdin_path, sizeof shared->stdin_path) != 0)
        return pp_error_at(error, -ENOENT, "/3",
                           "there is no file \"%s\", neither from the current folder nor from the config's%s", name,
                           strchr(name, '{') ? "; nothing is filled in here, but in the command: with a shell, < in it "
                                               "reads another file for each task"
                                             : "");
    struct stat status;
    int fd = open(shared->stdin_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody need write into a pipe yet */
    int code = fd < 0 || fstat(fd, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    if (fd >= 0)
        close(fd);
    return code == 0 ? 0
                     : pp_error_at(error, -code, "/3", "cannot read \"%s\": %s", shared->stdin_path, strerror(code));
}

static int exec_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    const struct args *a = args;
    int status = read_line(&s->line, a, error);
    if (status != 0)
        return status;
    const char *name = a->shell ? "/bin/sh" : pp_command_line_program(&s->line);
    status = name ? pp_program_find(name, env->config_dir, s->program, sizeof s->program, error) : 0;
    if (status == 0)
        status = find_stdin(s, a->stdin_name, env, error);
    if (status != 0)
        pp_command_line_release(&s->line);
    return status;
}

static void exec_cleanup(void *shared) {
    struct shared *s = shared;
    pp_command_line_release(&s->line);
}

/* ---- a worker ---- */

static void release(struct state *state) {
    free(state->text);
    free(state->words);
    free(state->free_places);
}

/* The lowest is taken first. */
static int make_places(struct state *state, unsigned count) {
    state->free_places = malloc(count * sizeof *state->free_places);
    for (unsigned i = count; state->free_places && i > 0; i--)
        state->free_places[state->free_count++] = i - 1;
    return state->free_places ? 0 : -ENOMEM;
}

static int exec_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                     struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    *s = (struct state){.shared = shared, .worker = env->worker, .groups = env->groups};
    const struct pp_command_line *line = &s->shared->line;
    s->way = (struct pp_child_way){.stdin_path = s->shared->stdin_path, .kept = (enum pp_child_kept)a->shown};
    s->text = malloc(line->filled_bytes);
    s->words = calloc(line->word_count + 3, sizeof *s->words); /* two for the shell, and the end */
    int status = s->text && s->words && make_places(s, env->groups ? env->group_count : 1) == 0
                     ? pp_child_way_open(&s->way, error)
                     : pp_error_set(error, -ENOMEM, "no memory for words");
    if (status != 0)
        release(s);
    return status;
}

static void exec_fini(void *state) {
    struct state *s = state;
    pp_child_way_close(&s->way);
    release(s);
}

/* `place`: its number among those that run at once in this worker. */
static int start(struct state *state, const struct args *args, const struct pp_item *item, unsigned place,
                 struct pp_child *child, struct pp_error *error) {
    static const char shell[] = "sh", option[] = "-c";
    const struct shared *shared = state->shared;
    const uint64_t values[PP_PLACEHOLDERS] = {item->index, state->worker + place, item->seed};
    size_t before = 0;
    if (args->shell) {
        state->words[before++] = (char *)shell;
        state->words[before++] = (char *)option;
    }
    pp_command_line_fill(&shared->line, values, state->text, state->words + before);
    char found[PATH_MAX];
    const char *path = shared->program;
    if (!path[0] && strchr(state->words[0], '/'))
        path = state->words[0];
    else if (!path[0] && pp_program_in_path(state->words[0], found, sizeof found))
        path = found;
    else if (!path[0])
        return pp_error_set(error, -ENOENT, "there is no program \"%s\" in PATH", state->words[0]);
    return pp_child_start(child, &state->way, path, state->words, state->groups ? &state->groups[place] : NULL, error);
}

/* What a command has come to. */
static int judge(const struct args *args, const struct pp_child_end *end, struct pp_error *error) {
    const char *words = end->last_words, *colon = words[0] ? ": " : "";
    int status = end->wait_status;
    if (end->wants_terminal)
        return pp_error_set(error, -ECHILD,
                            "the command was ended because it wants the terminal, which it cannot have%s%s", colon,
                            words);
    if (WIFSIGNALED(status))
        return pp_error_set(error, -ECHILD, "the command was ended by signal %d (%s)%s%s", WTERMSIG(status),
                            strsignal(WTERMSIG(status)), colon, words);
    if (WEXITSTATUS(status) != args->status)
        return pp_error_set(error, -ECHILD, "the command ended with status %d instead of %lld%s%s", WEXITSTATUS(status),
                            (long long)args->status, colon, words);
    return 0;
}

static int finish(const struct args *args, const struct pp_item *item, struct pp_child *child, struct pp_output *output,
                  struct pp_error *error) {
    struct pp_child_end end;
    int status = pp_child_wait(child, &end, output->child, error);
    if (status == 0)
        status = judge(args, &end, error);
    if (status != 0)
        return status;
    output->value = WEXITSTATUS(end.wait_status);
    output->digest = item->seed;
    return 0;
}

static int exec_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    struct pp_child child;
    int status = start(state, args, item, 0, &child, error);
    return status ? status : finish(args, item, &child, output, error);
}

static int exec_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    const struct args *a = args;
    if (output->value != (double)a->status || output->digest != item->seed)
        return pp_error_set(error, -EBADMSG, "exit status %g instead of %lld, or not this task's seed", output->value,
                            (long long)a->status);
    return 0;
}

/* ---- in steps ---- */

struct flight {
    struct pp_child child;
    unsigned place;
    int watch_fd; /* of pp_child_watch, -1: there is none */
};

/* It has come to its end. */
static void land(struct state *state, const struct flight *flight) {
    if (flight->watch_fd >= 0)
        close(flight->watch_fd);
    state->free_places[state->free_count++] = flight->place;
}

/* That a command is stopped, no descriptor tells: now and then it is looked for. */
static struct pp_wait wait_for(const struct flight *flight) {
    static const uint64_t look_again_ns = 1000000, look_for_stop_ns = 1000000000;
    bool told = flight->watch_fd >= 0;
    return (struct pp_wait){
        .until_ns = pp_now_ns() + (told ? look_for_stop_ns : look_again_ns), .fd = flight->watch_fd, .events = POLLIN};
}

static int begin(struct state *state, const void *args, const struct pp_item *item, struct flight *flight,
                 struct pp_error *error) {
    if (state->free_count == 0)
        return pp_error_set(error, -EAGAIN, "more commands are to run at once than there are places for");
    flight->place = state->free_places[--state->free_count];
    flight->watch_fd = -1;
    int status = start(state, args, item, flight->place, &flight->child, error);
    if (status != 0)
        land(state, flight);
    else
        flight->watch_fd = pp_child_watch(&flight->child);
    return status;
}

static int exec_step(void *state, void *flight, const void *args, const struct pp_item *item,
                     const struct pp_step *step, struct pp_error *error) {
    struct flight *own = flight;
    if (own->child.pid == 0) {
        int status = begin(state, args, item, own, error);
        if (status != 0)
            return status;
    }
    if (pp_child_ended(&own->child) == 0) {
        *step->wait = wait_for(own);
        return 1;
    }
    land(state, own);
    return finish(args, item, &own->child, step->output, error);
}

static void exec_abandon(void *state, void *flight) {
    struct flight *own = flight;
    if (own->child.pid == 0)
        return;
    land(state, own);
    pp_child_kill(&own->child);
}

/* ---- in words ---- */

static int exec_details(const void *args, char *text, size_t size) {
    const struct args *a = args;
    return pp_names_join(&a->command, " ", text, size);
}

const struct pp_task pp_task_exec = {.name = "exec",
                                     .summary = "runs a program of yours, and waits for it to end",
                                     .args = fields,
                                     .args_size = sizeof(struct args),
                                     .shared_size = sizeof(struct shared),
                                     .state_size = sizeof(struct state),
                                     .flight_size = sizeof(struct flight),
                                     .caps = PP_TASK_CHILDREN,
                                     .check = exec_check,
                                     .prepare = exec_prepare,
                                     .worker_init = exec_init,
                                     .run = exec_run,
                                     .step = exec_step,
                                     .abandon = exec_abandon,
                                     .verify = exec_verify,
                                     .worker_fini = exec_fini,
                                     .cleanup = exec_cleanup,
                                     .details = exec_details};
