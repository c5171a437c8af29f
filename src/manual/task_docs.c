#include "manual/pages.h"

#include "base/fields.h"
#include "base/members.h"
#include "manual/able.h"
#include "schema/describe.h"

#include <ctype.h>
#include <string.h>

/* In a cell of a table, where a bar would end it; a "<" would begin a tag. */
static void put_cell(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '|' || *text == '<')
            putc('\\', out);
        putc(*text, out);
    }
}

static void put_sentence(FILE *out, const char *text) {
    fprintf(out, "%c%s.", toupper((unsigned char)text[0]), text + 1);
}

/* What is drawn for it in a task `random`; nothing where it keeps its default. */
static void put_range(FILE *out, const struct pp_field *field) {
    if (field->mix_min != 0.0 || field->mix_max != 0.0)
        fprintf(out, "%.15g to %.15g", field->mix_min, field->mix_max);
}

static bool is_drawn(const struct pp_field *fields) {
    for (; fields && fields->name; fields++)
        if (fields->mix_min != 0.0 || fields->mix_max != 0.0)
            return true;
    return false;
}

static void write_argument(const struct pp_field *field, bool drawn, FILE *out) {
    char kind[512], value[512];
    pp_field_kind(field, kind, sizeof kind);
    pp_field_default(field, value, sizeof value);
    fprintf(out, "| `%s` | ", field->name);
    put_cell(out, field->help);
    fputs(" | ", out);
    put_cell(out, kind);
    fprintf(out, " | %s | ", field->unit ? field->unit : "");
    if (field->flags & PP_FIELD_REQUIRED)
        fputs("required", out);
    else
        fprintf(out, "`%s`", value);
    if (drawn) {
        fputs(" | ", out);
        put_range(out, field);
    }
    fputs(" |\n", out);
}

static void write_arguments(const struct pp_task *task, FILE *out) {
    bool drawn = is_drawn(task->args);
    if (pp_field_count(task->args) == 0) {
        fputs("\nIt has no arguments.\n", out);
        return;
    }
    fprintf(out, "\n| argument | meaning | may be | unit | default |%s\n|---|---|---|---|---|%s\n",
            drawn ? " in a task `random` |" : "", drawn ? "---|" : "");
    for (const struct pp_field *field = task->args; field->name; field++)
        write_argument(field, drawn, out);
}

/* Every argument as it is when nothing is said, or, where one must be given, what may stand there. */
static void write_example(const struct pp_task *task, FILE *out) {
    static const struct {
        const char *task, *args;
    } given[] = {{"exec", "[\"gzip -9 -c /proc/cpuinfo\"]"}, {"mix", "[[\"sum\", [100000], 3], [\"sleep\", [5], 1]]"}};
    char value[512];
    fprintf(out, "\n```json\n{\n    \"task\": \"%s\",\n    \"task_args\": ", task->name);
    const char *args = NULL;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(given[i].task, task->name) == 0)
            args = given[i].args;
    if (args)
        fputs(args, out);
    else
        putc('{', out);
    for (const struct pp_field *field = args ? NULL : task->args; field && field->name; field++) {
        pp_field_default(field, value, sizeof value);
        fprintf(out, "%s\"%s\": %s", field == task->args ? "" : ", ", field->name, value);
    }
    fprintf(out, "%s,\n    \"task_count\": 100,\n    \"iterations\": 7,\n    \"workers\": \"auto\"\n}\n```\n",
            args ? "" : "}");
}

static void write_data(const struct pp_task *task, FILE *out) {
    bool input = pp_able_input(task), result = pp_able_result(task);
    if (!input && !result)
        return;
    fprintf(out, "- Data that `transfer` can move between processes: its %s%s%s.\n", input ? "input" : "",
            input && result ? " and its " : "", result ? "result" : "");
}

static void write_nature(const struct pp_task *task, FILE *out) {
    static const struct {
        unsigned cap;
        const char *words;
    } natures[] = {{PP_TASK_WAITS, "It waits and does not compute: more workers than CPUs help."},
                   {PP_TASK_CHILDREN, "It starts processes of its own, whose times and memory are counted."},
                   {PP_TASK_PER_ITERATION,
                    "Its work differs from iteration to iteration, and is the same for all worker "
                    "counts of one."}};
    for (size_t i = 0; i < sizeof natures / sizeof *natures; i++)
        if (task->caps & natures[i].cap)
            fprintf(out, "- %s\n", natures[i].words);
    if (task->gather)
        fputs("- It is stateful: what the workers have gathered is handed back at the end, and merged.\n", out);
    if (task->library_threads && task->library)
        fputs("- `library_threads` says how many threads its library uses inside one task.\n", out);
}

void pp_manual_task(const struct pp_task *task, FILE *out) {
    char executors[256];
    pp_able_executors(task, executors, sizeof executors);
    fprintf(out, "## %s\n\n", task->name);
    put_sentence(out, task->summary);
    fputs("\n\n", out);
    if (task->library)
        fprintf(out,
                "- Library: %s, loaded when the task first needs it; [requirements.md](../requirements.md) names its "
                "packages.\n",
                task->library);
    fprintf(out, "- Executors: %s.\n", executors);
    write_data(task, out);
    write_nature(task, out);
    write_arguments(task, out);
    write_example(task, out);
}

void pp_manual_tasks(const struct pp_task *const *tasks, FILE *out) {
    fputs("# Tasks\n\n"
          "Written by `make docs` from the tables of the tasks themselves; do not edit it. `./pptest tasks NAME` "
          "prints the\n"
          "same for one of them, and says whether this build has it. [example_configs](../example_configs) has a "
          "config for\n"
          "each. Arguments stand in `task_args`: by name, as in the examples here, or as a list in the order of the "
          "table.\n\n"
          "| task | one task | library |\n|---|---|---|\n",
          out);
    for (size_t i = 0; tasks[i]; i++) {
        fprintf(out, "| [%s](#%s) | ", tasks[i]->name, tasks[i]->name);
        put_cell(out, tasks[i]->summary);
        fprintf(out, " | %s |\n", tasks[i]->library ? tasks[i]->library : "");
    }
    for (; *tasks; tasks++) {
        putc('\n', out);
        pp_manual_task(*tasks, out);
    }
}
