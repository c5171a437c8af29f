#include "app/app.h"
#include "app/say.h"
#include "app/tty.h"

#include "analysis/analysis.h"
#include "analysis/comparison.h"
#include "base/arena.h"
#include "base/problems.h"
#include "report/compare.h"
#include "result/load.h"
#include "result/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_REGRESSED = 3, EXIT_CANNOT_TELL = 4 };

static const double default_min_effect = 0.01;

static int read_min_effect(const struct pp_options *options, double *min_effect) {
    *min_effect = default_min_effect;
    if (!options->min_effect)
        return 0;
    char *end;
    *min_effect = strtod(options->min_effect, &end);
    if (end != options->min_effect && !*end && *min_effect >= 0.0 && *min_effect < 1.0)
        return 0;
    pp_say(stderr,
           "error: pptest: found \"%s\" after --min-effect, expected a share from 0 to 1, such as 0.02 for 2 %%",
           options->min_effect);
    return -EINVAL;
}

static int find_format(const struct pp_options *options, const struct pp_compare_format **format) {
    *format = pp_compare_formats;
    if (options->format_count == 0)
        return 0;
    for (; (*format)->name; (*format)++)
        if (options->format_count == 1 && strcmp((*format)->name, options->formats[0]) == 0)
            return 0;
    pp_say(stderr, "error: pptest: unknown format \"%s\" after --format; compare knows table and json, one at a time",
           options->formats[options->format_count - 1]);
    return -EINVAL;
}

/* Of both files everything that is wrong is told. */
static int load_both(const struct pp_options *options, struct pp_arena *arena, struct pp_result results[2]) {
    struct pp_problems problems = {0};
    int status = 0;
    for (size_t i = 0; i < 2 && status != -ENOMEM; i++) {
        int this_status = pp_result_load(options->words[i], arena, &problems, &results[i]);
        status = this_status != 0 ? this_status : status;
    }
    pp_print_problems(&problems);
    pp_problems_release(&problems);
    for (size_t i = 0; i < 2 && status == 0; i++)
        status = pp_analysis_run(&results[i], 1, arena);
    if (status == -ENOMEM)
        pp_say(stderr, "error: there is not enough memory to compare the results");
    return status;
}

static int compare(const struct pp_options *options, double min_effect, const struct pp_compare_format *format,
                   struct pp_arena *arena) {
    static const int exits[] = {[PP_CHANGE_NONE] = PP_EXIT_DONE,
                                [PP_CHANGE_REGRESSED] = EXIT_REGRESSED,
                                [PP_CHANGE_UNKNOWN] = EXIT_CANNOT_TELL};
    struct pp_result results[2];
    struct pp_comparison comparison;
    struct pp_error error = {0};
    if (load_both(options, arena, results) != 0)
        return PP_EXIT_WRONG;
    int status = pp_compare(&results[0], &results[1], min_effect, arena, &comparison, &error);
    const struct pp_terminal terminal = pp_tty_at(STDOUT_FILENO);
    if (status == 0)
        status = format->write(&comparison, &terminal, stdout);
    if (status == 0)
        return exits[comparison.answer];
    if (error.code == 0)
        pp_error_set(&error, status, "%s", strerror(-status));
    char both[2 * 128];
    snprintf(both, sizeof both, "%.120s, %.120s", options->words[0], options->words[1]);
    pp_print_error(both, &error);
    return PP_EXIT_WRONG;
}

int pp_command_compare(const struct pp_options *options) {
    double min_effect;
    const struct pp_compare_format *format;
    if (read_min_effect(options, &min_effect) != 0 || find_format(options, &format) != 0)
        return PP_EXIT_WRONG;
    struct pp_arena arena = {0};
    int exit_status = compare(options, min_effect, format, &arena);
    pp_arena_release(&arena);
    return exit_status;
}
