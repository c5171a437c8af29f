#include "manual/pages.h"

#include "base/fields.h"
#include "exec/exec.h"
#include "manual/able.h"
#include "manual/roff.h"
#include "schema/config.h"
#include "schema/describe.h"

static const char example[] = "{\n"
                              "    \"task\": \"sort\",\n"
                              "    \"task_args\": [200000],\n"
                              "    \"task_count\": 100,\n"
                              "    \"iterations\": 7,\n"
                              "    \"executor\": [\"process\", \"thread\"],\n"
                              "    \"workers\": [0, 1, 2, 4]\n"
                              "}\n";

static void write_description(FILE *out) {
    pp_roff_section(out, "DESCRIPTION");
    pp_roff_text(out,
                 "A config says what pptest(1) measures: a kind of work, and who is to do it. It is one JSON object "
                 "(RFC 8259) in a file of any name. It is checked completely before anything runs; a key that is not "
                 "listed here is an error. `--set KEY=JSON` on the command line replaces one of its keys.");
    pp_roff_paragraph(out, "The key `$schema`, a string, is for editors and otherwise ignored: the JSON Schema that "
                           "`pptest schema` prints completes and checks a config while one types.");
    pp_roff_paragraph(out,
                      "Relative paths in a config are looked for in the current folder, in the config's own, and among "
                      "the examples.");
}

/* What it is, what it may be, and what it is when nothing is said. `outer`: the key of the object that it is in. */
static void write_field(const char *outer, const struct pp_field *field, FILE *out) {
    char words[512], name[128];
    snprintf(name, sizeof name, "%s%s%s", outer ? outer : "", outer ? "." : "", field->name);
    pp_roff_tag(out, name);
    pp_roff_text(out, field->help);
    pp_field_describe(field, words, sizeof words);
    fputs(".br\n", out);
    pp_roff_text(out, words);
    if (field->type == PP_OBJECT)
        for (const struct pp_field *key = field->of; key->name; key++)
            write_field(field->name, key, out);
}

static void write_keys(FILE *out) {
    pp_roff_section(out, "KEYS");
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        write_field(NULL, field, out);
}

static void write_runners(FILE *out) {
    pp_roff_section(out, "RUNNERS");
    pp_roff_text(out,
                 "Where no product of lists says who is to do the work, `runners` is a list of objects, each with any "
                 "of these keys; what one of them leaves out it takes from the top of the config:");
    fputs(".PP\n", out);
    const char *before = "";
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        if (pp_config_is_swept(field)) {
            fputs(before, out);
            fprintf(out, "\\fB%s\\fR", field->name);
            before = ",\n";
        }
    fputs(".\n", out);
}

static void write_executors(FILE *out) {
    pp_roff_section(out, "EXECUTORS");
    pp_roff_text(out, "Who does the tasks. `pptest executors` tells which of them this program has.");
    for (size_t i = 0; pp_executors[i]; i++) {
        pp_roff_tag(out, pp_executors[i]->name);
        pp_roff_text(out, pp_executors[i]->summary);
    }
}

static void write_task(const struct pp_task *task, FILE *out) {
    char words[512];
    pp_roff_subsection(out, task->name);
    pp_roff_text(out, task->summary);
    if (task->library) {
        fputs(".br\n", out);
        snprintf(words, sizeof words, "Library: %s.", task->library);
        pp_roff_text(out, words);
    }
    fputs(".br\nExecutors:\n", out);
    pp_able_executors(task, words, sizeof words);
    pp_roff_text(out, words);
    if (pp_field_count(task->args) == 0)
        pp_roff_paragraph(out, "It has no arguments.");
    for (const struct pp_field *field = task->args; field && field->name; field++)
        write_field(NULL, field, out);
}

static void write_tasks(const struct pp_task *const *tasks, FILE *out) {
    pp_roff_section(out, "TASKS");
    pp_roff_text(out,
                 "The kinds of work, and their arguments in the order in which a list in `task_args` gives them; an "
                 "object gives them by name. Instead of a name, `task` may be the path of a plugin, a shared object "
                 "with a task of your own.");
    for (; *tasks; tasks++)
        write_task(*tasks, out);
}

void pp_manual_config(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out) {
    char source[64];
    snprintf(source, sizeof source, "pptest %s", line->version);
    pp_roff_title(out, "5", line->date, source, "File Formats");
    pp_roff_section(out, "NAME");
    fputs("pptest \\- config of pptest(1): what to measure\n", out);
    write_description(out);
    write_keys(out);
    write_runners(out);
    write_executors(out);
    write_tasks(tasks, out);
    pp_roff_section(out, "EXAMPLES");
    pp_roff_text(out, "Arrays of 200,000 numbers are sorted by processes and by threads, with up to four of each:");
    pp_roff_example(out, example);
    pp_roff_section(out, "SEE ALSO");
    fputs(".BR pptest (1)\n", out);
}
