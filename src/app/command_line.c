#include "app/app.h"
#include "app/say.h"

#include "base/data_dir.h"
#include "report/compare.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* What this program and the libraries that it starts with read; what a task's own library reads is in its manual. */
static const struct pp_environment_row environment[] = {
    {"TMPDIR", "The folder for temporary files where the config's `tmp_dir` is empty; /tmp when it is not set."},
    {"PATH", "Where the task `exec` looks for programs."},
    {"PPTEST_RUN",
     "A mark by which programs that were started are found again. pptest sets it for the programs that it "
     "runs, behind one that is there already."},
    {"OMP_PROC_BIND",
     "This and OMP_PLACES, GOMP_CPU_AFFINITY, GOMP_SPINCOUNT and OMP_WAIT_POLICY are kept back from the "
     "OpenMP runtime of the executor `openmp`; the config's `pin` places workers. Programs that are run "
     "see them."},
    {"OPENBLAS_NUM_THREADS", "This, GOTO_NUM_THREADS or OMP_NUM_THREADS: threads inside one task of OpenBLAS where "
                             "`library_threads` is null."},
    {"NO_COLOR", "When it is set, and not empty, a terminal gets no colour."},
    {"TERM", "Of a terminal that is \"dumb\", or of which it says nothing, no line is written over, and it gets no "
             "colour."},
    {"COLUMNS", "The width of a terminal that does not know its own; 80 when it is not set."},
    {"LC_ALL",
     "This, LC_CTYPE or LANG: whether a terminal can show more than ASCII. Nothing else depends on the locale: "
     "a decimal point is a point in all of them."},
    {0}};

const char *pp_compare_format_name(size_t index) { return pp_compare_formats[index].name; }

static void fill(struct pp_command_row *row, const struct pp_command *command) {
    static const struct pp_words files = {.file_ending = ""};
    *row = (struct pp_command_row){.name = command->name,
                                   .usage = command->usage,
                                   .summary = command->summary,
                                   .words_max = command->words_max,
                                   .words = command->words ? command->words : &files,
                                   .own = command->own};
}

int pp_with_command_line(void (*use)(const struct pp_command_line *line)) {
    size_t count = 0;
    while (pp_commands[count].run)
        count++;
    struct pp_command_row *rows = calloc(count + 1, sizeof *rows);
    if (!rows) {
        pp_say(stderr, "error: there is not enough memory for the tables of the command line");
        return PP_EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        fill(&rows[i], &pp_commands[i]);
    char data_dir[PATH_MAX];
    pp_data_dir(data_dir, sizeof data_dir);
    use(&(const struct pp_command_line){.version = PP_VERSION,
                                        .date = PP_RELEASED,
                                        .data_dir = data_dir,
                                        .commands = rows,
                                        .options = pp_option_rows,
                                        .exits = pp_exit_rows,
                                        .environment = environment});
    free(rows);
    return PP_EXIT_DONE;
}
