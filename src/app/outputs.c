#include "app/outputs.h"

#include "app/app.h"
#include "app/say.h"
#include "base/textbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool pp_output_is_stdout(const struct pp_options *options) {
    return options->output && strcmp(options->output, "-") == 0;
}

static int check_format(const char *name) {
    const struct pp_reporter *reporter = pp_reporter_find(name);
    if (reporter && !reporter->unavailable)
        return 0;
    if (reporter) {
        pp_say(stderr, "error: pptest: --format %s cannot be had: %s", name, reporter->unavailable);
        return -EINVAL;
    }
    char known[256];
    struct pp_textbuf text = pp_textbuf_in(known, sizeof known);
    for (size_t k = 0; pp_reporters[k]; k++)
        pp_textbuf_add(&text, " %s", pp_reporters[k]->name);
    pp_say(stderr, "error: pptest: unknown format \"%s\" after --format; known:%s", name, known);
    return -EINVAL;
}

/* Each format has one file. */
static int check_repeat(const struct pp_options *options, size_t index) {
    size_t first = 0;
    while (strcmp(options->formats[first], options->formats[index]) != 0)
        first++;
    if (first == index)
        return 0;
    pp_say(stderr, "error: pptest: the format \"%s\" is named twice after --format; expected each once",
           options->formats[index]);
    return -EINVAL;
}

int pp_outputs_check_formats(const struct pp_options *options) {
    int status = 0;
    for (size_t i = 0; i < options->format_count; i++)
        if (check_format(options->formats[i]) != 0 || check_repeat(options, i) != 0)
            status = -EINVAL;
    if (status == 0 && pp_output_is_stdout(options) && options->format_count > 1) {
        pp_say(stderr,
               "error: pptest: --output -: %zu formats after --format, and one standard output: name one of them, or a "
               "folder",
               options->format_count);
        status = -EINVAL;
    }
    return status;
}

static const struct pp_reporter *stdout_reporter(const struct pp_options *options) {
    return options->format_count > 0 ? pp_reporter_find(options->formats[0]) : &pp_reporter_csv;
}

/* Writing nothing fails on a full device, and on a standard output that was closed. */
static int check_stdout(const struct pp_options *options, long count) {
    const struct pp_reporter *reporter = stdout_reporter(options);
    if (count > 1 && reporter->several == PP_SEVERAL_NEVER) {
        pp_say(stderr,
               "error: pptest: --output -: the %s of %ld configs cannot stand one after the other on standard output: "
               "name a folder, or one config",
               reporter->name, count);
        return PP_EXIT_WRONG;
    }
    if (write(STDOUT_FILENO, "", 0) == 0 || errno == EAGAIN || errno == EINTR)
        return PP_EXIT_DONE;
    pp_say(stderr, "error: --output -: cannot write to standard output: %s",
           errno == EBADF ? "it is closed" : strerror(errno));
    return PP_EXIT_FAILED;
}

int pp_outputs_check(const struct pp_options *options, const struct pp_config *const *configs, long count) {
    if (pp_output_is_stdout(options))
        return check_stdout(options, count);
    int exit_status = PP_EXIT_DONE;
    for (long i = 0; i < count && exit_status == PP_EXIT_DONE; i++) {
        struct pp_store store;
        struct pp_error error = {0};
        int status = pp_outputs_open(options, configs[i], true, &store, &error);
        if (status == 0)
            status = pp_store_finish(&store, false, &error);
        if (status != 0) {
            pp_print_config_error(configs[i], &error);
            exit_status = PP_EXIT_WRONG;
        }
    }
    return exit_status;
}

int pp_outputs_open(const struct pp_options *options, const struct pp_config *config, bool is_first,
                    struct pp_store *store, struct pp_error *error) {
    if (pp_output_is_stdout(options)) {
        pp_store_open_stream(store, stdout, stdout_reporter(options), is_first);
        return 0;
    }
    const struct pp_reporter *reporters[PP_STORE_FORMATS_MAX] = {&pp_reporter_csv, &pp_reporter_json};
    size_t count = options->format_count;
    for (size_t i = 0; i < count && i < PP_STORE_FORMATS_MAX; i++)
        reporters[i] = pp_reporter_find(options->formats[i]);
    return pp_store_open(store, config->output_dir, config->task->name, reporters, count ? count : 2, error);
}

FILE *pp_outputs_tables(const struct pp_options *options) {
    if (!pp_output_is_stdout(options))
        return stdout;
    return options->quiet ? NULL : stderr;
}

bool pp_outputs_lost(const struct pp_options *options) { return pp_output_is_stdout(options) && ferror(stdout); }
