#include "app/app.h"
#include "app/say.h"

#include "base/nearest.h"
#include "base/plugin.h"
#include "exec/exec.h"
#include "manual/pages.h"
#include "schema/describe.h"

#include <string.h>

static void print_list(void) {
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        printf("%-10s %s", (*task)->name, (*task)->summary);
        if ((*task)->library)
            printf(" (%s)", (*task)->library);
        if ((*task)->unavailable)
            printf(" - not in this build: %s", (*task)->unavailable);
        putchar('\n');
    }
}

/* Those that this program has and that can do it when nothing else is asked for. */
static void print_executors(const struct pp_task *task) {
    const struct pp_case plain = {.workers = 1};
    const char *before = "executors: ";
    for (const struct pp_executor *const *each = pp_executors; *each; each++) {
        struct pp_error ignored = {0};
        if ((*each)->unavailable || (*each)->supports(task, &plain, &ignored) != 0)
            continue;
        printf("%s%s", before, (*each)->name);
        before = ", ";
    }
    putchar('\n');
}

static void print_task(const struct pp_task *task) {
    printf("%s: %s\n", task->name, task->summary);
    if (task->library)
        printf("library: %s\n", task->library);
    if (task->unavailable)
        printf("not in this build: %s\n", task->unavailable);
    print_executors(task);
    if (!task->args || !task->args[0].name) {
        puts("no arguments");
        return;
    }
    puts("arguments, in order:");
    for (const struct pp_field *field = task->args; field->name; field++) {
        char text[512];
        pp_field_describe(field, text, sizeof text);
        printf("  %-16s %s\n  %-16s   %s\n", field->name, field->help, "", text);
    }
}

static int refuse(const char *name) {
    const char *ending = strrchr(name, '.');
    if (ending && strcmp(ending, ".so") == 0) {
        pp_say(stderr, "error: pptest: unknown task \"%s\"; of a plugin it needs the path: write `pptest tasks ./%s`",
               name, name);
        return PP_EXIT_WRONG;
    }
    struct pp_nearest near = {.word = name};
    for (const struct pp_task *const *task = pp_tasks(); *task; task++)
        pp_nearest_offer(&near, (*task)->name);
    pp_say(stderr, "error: pptest: unknown task \"%s\"%s%s%s; `pptest tasks` lists them", name,
           near.best ? ": did you mean \"" : "", near.best ? near.best : "", near.best ? "\"?" : "");
    return PP_EXIT_WRONG;
}

/* Prints all about one in the format that is asked for. */
static void show(const struct pp_options *options, const struct pp_task *task) {
    if (options->format_count > 0)
        pp_manual_task(task, stdout);
    else
        print_task(task);
}

static int describe_plugin(const struct pp_options *options, const char *name) {
    char path[PATH_MAX];
    const struct pp_task *task;
    struct pp_error error = {0};
    if (pp_plugin_load(name, ".", path, &task, &error) != 0) {
        pp_print_error("pptest", &error);
        return PP_EXIT_WRONG;
    }
    show(options, task);
    return PP_EXIT_DONE;
}

const char *pp_tasks_format_name(size_t index) { return index == 0 ? "markdown" : NULL; }

static int check_format(const struct pp_options *options) {
    for (size_t i = 0; i < options->format_count; i++)
        if (options->format_count > 1 || strcmp(options->formats[i], pp_tasks_format_name(0)) != 0) {
            pp_say(stderr, "error: pptest: unknown format \"%s\" after --format; tasks knows markdown alone",
                   options->formats[i]);
            return PP_EXIT_WRONG;
        }
    return PP_EXIT_DONE;
}

int pp_command_tasks(const struct pp_options *options) {
    if (check_format(options) != PP_EXIT_DONE)
        return PP_EXIT_WRONG;
    if (options->word_count == 0) {
        if (options->format_count > 0)
            pp_manual_tasks(pp_tasks(), stdout);
        else
            print_list();
        return PP_EXIT_DONE;
    }
    const char *name = options->words[0];
    if (pp_plugin_is_path(name))
        return describe_plugin(options, name);
    const struct pp_task *task = pp_task_find(name);
    if (!task)
        return refuse(name);
    show(options, task);
    return PP_EXIT_DONE;
}
