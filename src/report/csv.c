/* CSV after RFC 4180, with a full stop as the decimal point: the program never leaves the "C" locale. */
#include "report/report.h"

#include "base/number.h"
#include "base/textbuf.h"
#include "result/dimension.h"

#include <math.h>
#include <string.h>

/* Nothing for what is not known. */
static void write_number(FILE *out, double value) {
    char text[PP_NUMBER_BYTES] = "";
    if (!isnan(value))
        pp_number_text(value, text, sizeof text);
    fprintf(out, ",%s", text);
}

/* A field with a comma, a quote or a line's end is quoted, its quotes doubled (RFC 4180, section 2). So is what begins
 * as a formula does: then spreadsheets can be told to take it as text. */
static void write_text(FILE *out, const char *text) {
    bool formula = text[0] && strchr("=+-@\t", text[0]);
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* Nothing where it makes no difference. */
static void write_dimension(FILE *out, const struct pp_dimension *dimension, const struct pp_case_result *row) {
    char value[64] = "";
    struct pp_textbuf text = pp_textbuf_in(value, sizeof value);
    if (dimension->counts(row) || dimension == &pp_dimensions[PP_DIMENSION_EXECUTOR])
        dimension->say(row, &text);
    fputc(',', out);
    write_text(out, value);
}

/* The columns are about the sequential case by the name of the first: against another there is none. */
static struct pp_speedup speedup_of(const struct pp_result *result, const struct pp_case_result *row) {
    for (size_t i = 0; row->speedup.base && i < result->case_count; i++)
        if (result->cases[i].workers > 0 && strcmp(result->cases[i].name, row->speedup.base) == 0)
            return (struct pp_speedup){NAN, PP_INTERVAL_UNKNOWN, NULL};
    return row->speedup;
}

static void write_row(FILE *out, const struct pp_result *result, const struct pp_case_result *row) {
    write_text(out, row->name);
    fprintf(out, ",%u,", row->workers);
    write_text(out, result->details);
    fprintf(out, ",%llu", (unsigned long long)result->task_count);
    struct pp_speedup speedup = speedup_of(result, row);
    const double numbers[] = {row->init.mean,        row->work.mean,   row->task_avg.mean,  row->total.mean,
                              row->tasks_per_second, speedup.value,    row->efficiency,     row->total.ci95.low,
                              row->total.ci95.high,  speedup.ci95.low, speedup.ci95.high,   row->task.p50_s,
                              row->task.p99_s,       row->cost.cpu_s,  row->memory.peak_pss};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        write_number(out, numbers[i]);
    fprintf(out, ",%zu,%llu,%zu,", row->counted, (unsigned long long)row->failed, row->disturbed);
    write_text(out, result->label);
    for (size_t i = 0; i < PP_DIMENSIONS; i++)
        write_dimension(out, &pp_dimensions[i], row);
    fputs("\r\n", out);
}

static int write_csv(const struct pp_result *result, FILE *out) {
    fputs("Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total,Tasks per second,"
          "Speedup (vs sequential),Efficiency,Total: low (95 %),Total: high (95 %),Speedup: low (95 %),Speedup: high "
          "(95 %),Task: p50,Task: p99,CPU seconds,"
          "Peak memory,Passes,Failed,Disturbed,Label",
          out);
    for (size_t i = 0; i < PP_DIMENSIONS; i++)
        fprintf(out, ",%s", pp_dimensions[i].column);
    fputs("\r\n", out);
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0)
            write_row(out, result, &result->cases[i]);
    return 0;
}

const struct pp_reporter pp_reporter_csv = {
    .name = "csv", .summary = "one row per case, for spreadsheets", .several = PP_SEVERAL_ROWS, .write = write_csv};
