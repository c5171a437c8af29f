#include "manual/pages.h"

#include "base/textbuf.h"
#include "manual/roff.h"
#include "report/report.h"

/* In the folder of shared files; the tests run them. */
static const struct {
    const char *does, *command;
} examples[] = {
    {"Measure: a table, a verdict, and two files in ./results:", "pptest --config %s/example_configs/sum.json"},
    {"The same with fewer tasks and other worker counts:",
     "pptest --config %s/example_configs/sum.json \\\n    --set task_count=100 --set 'workers=[0, 1, 2]'"},
    {"See what would be run, and about how long it takes:", "pptest check --config %s/example_configs/sort.json"},
    {"Two results of the same work: did it change?",
     "config=%s/example_configs/sum.json\n"
     "pptest --quiet --config $config --set iterations=6 --output before\n"
     "pptest --quiet --config $config --set iterations=6 --output after\n"
     "pptest compare before/*.json after/*.json --min-effect 0.5"},
    {"All about one kind of task:", "pptest tasks zip"},
    {"Completions for this shell alone:", "source <(pptest completion bash)"},
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

static const struct {
    const char *name, *meaning;
} files[] = {
    {"results/TASK__YYYY_MM_DD__HH_MM_SS.csv, .json",
     "What was measured, one file for each format, in the config's `output_dir` or the folder of `--output`. Until a "
     "run "
     "has ended their names have `.partial` in them; each is replaced whole, after every pass."},
    {"%s/example_configs/*.json", "Configs, each of which teaches something."},
    {"%s/schemas/pptest-config.schema.json",
     "The JSON Schema of a config, for editors: name it in the config under `$schema`."},
    {"%s/schemas/pptest-result-1.schema.json", "The JSON Schema of a JSON result."},
};
enum { FILES = sizeof files / sizeof *files };

static void write_synopsis(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "SYNOPSIS");
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        fputs(".SY pptest\n", out);
        if (command->name)
            fprintf(out, "\\fB%s\\fR\n", command->name);
        if (command->usage[0])
            pp_roff_usage(out, command->usage);
        fputs(".YS\n", out);
    }
}

static void write_description(FILE *out) {
    pp_roff_section(out, "DESCRIPTION");
    pp_roff_text(out,
                 "How many workers should I run for this kind of work on this machine, how sure is that, and why does "
                 "it stop there? pptest answers by measurement.");
    pp_roff_paragraph(out,
                      "A config (pptest(5)) names a kind of work, or a program of yours, and a list of worker counts. "
                      "pptest runs the same, verified work with each of them, several times and in a balanced order. "
                      "It then says which count to use, how far chance could have moved that answer, and what keeps "
                      "more workers from bringing more.");
    pp_roff_paragraph(out,
                      "Results go to standard output and to files, progress and remarks to standard error. Everything "
                      "that is wrong with a command line or a config is told at once, with its place and the way out, "
                      "before anything runs.");
}

static void write_commands(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "COMMANDS");
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        fputs(".TP\n\\fBpptest\\fR ", out);
        if (command->name)
            fprintf(out, "\\fB%s\\fR ", command->name);
        pp_roff_usage(out, command->usage);
        pp_roff_text(out, command->summary);
    }
}

static void write_options(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "OPTIONS");
    for (const struct pp_option_row *option = line->options; option->name; option++) {
        char usage[128];
        struct pp_textbuf text = pp_textbuf_in(usage, sizeof usage);
        pp_textbuf_add(&text, "-%c, --%s", option->letter, option->name);
        if (option->argument)
            pp_textbuf_add(&text, " %s", option->argument);
        fputs(".TP\n", out);
        pp_roff_usage(out, usage);
        pp_roff_text(out, option->help);
    }
    pp_roff_paragraph(out, "The kinds of result files that `--format` knows:");
    for (size_t i = 0; pp_reporters[i]; i++) {
        pp_roff_tag(out, pp_reporters[i]->name);
        pp_roff_text(out, pp_reporters[i]->summary);
    }
}

static void write_exits(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "EXIT STATUS");
    for (const struct pp_exit_row *row = line->exits; row->status; row++) {
        char tag[64];
        struct pp_textbuf text = pp_textbuf_in(tag, sizeof tag);
        pp_textbuf_add(&text, "%s", row->status);
        if (row->command)
            pp_textbuf_add(&text, " (%s)", row->command);
        pp_roff_tag(out, tag);
        pp_roff_text(out, row->meaning);
    }
}

/* The folder of shared files in place of each %s. */
static void put_data_dir(const char *format, const char *dir, char *text, size_t size) {
    struct pp_textbuf buffer = pp_textbuf_in(text, size);
    for (; *format; format++)
        if (format[0] == '%' && format[1] == 's') {
            pp_textbuf_add(&buffer, "%s", dir);
            format++;
        } else
            pp_textbuf_append(&buffer, format, 1);
}

static void write_files(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "FILES");
    for (size_t i = 0; i < FILES; i++) {
        char name[4096 + 64];
        put_data_dir(files[i].name, line->data_dir, name, sizeof name);
        pp_roff_tag(out, name);
        pp_roff_text(out, files[i].meaning);
    }
}

static void write_environment(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "ENVIRONMENT");
    for (const struct pp_environment_row *row = line->environment; row->name; row++) {
        pp_roff_tag(out, row->name);
        pp_roff_text(out, row->meaning);
    }
}

static void write_examples(const struct pp_command_line *line, FILE *out) {
    pp_roff_section(out, "EXAMPLES");
    for (size_t i = 0; i < EXAMPLES; i++) {
        char command[3 * 4096];
        put_data_dir(examples[i].command, line->data_dir, command, sizeof command);
        if (i > 0)
            fputs(".PP\n", out);
        pp_roff_text(out, examples[i].does);
        pp_roff_example(out, command);
    }
}

void pp_manual_commands(const struct pp_command_line *line, FILE *out) {
    char source[64];
    snprintf(source, sizeof source, "pptest %s", line->version);
    pp_roff_title(out, "1", line->date, source, "User Commands");
    pp_roff_section(out, "NAME");
    fputs("pptest \\- measure how many workers to run for a kind of work\n", out);
    write_synopsis(line, out);
    write_description(out);
    write_commands(line, out);
    write_options(line, out);
    write_exits(line, out);
    write_files(line, out);
    write_environment(line, out);
    write_examples(line, out);
    pp_roff_section(out, "SEE ALSO");
    fputs(".BR pptest (5),\n.BR pptest\\-plot (1),\n.BR pptest\\-sweep (1),\n.BR pptest\\-to\\-ods (1)\n", out);
}
