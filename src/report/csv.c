/* CSV after RFC 4180, with a full stop as the decimal point: the program never leaves the "C" locale. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

/* The shortest digits that give the same double back. */
static void write_number(FILE *out, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fprintf(out, ",%s", text);
}

/* A field with a comma, a quote or a line's end is quoted, its quotes doubled (RFC 4180, section 2). */
static void write_text(FILE *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
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

static void write_row(FILE *out, const struct pp_result *result, const struct pp_case_result *row) {
    const struct pp_case_summary *summary = &row->summary;
    fprintf(out, "%s,%u,", row->plan->name, row->plan->workers);
    write_text(out, result->details);
    fprintf(out, ",%llu", (unsigned long long)result->task_count);
    write_number(out, summary->init_s);
    write_number(out, summary->work_s);
    write_number(out, summary->task_avg_s);
    write_number(out, summary->total_s);
    write_number(out, summary->tasks_per_second);
    if (summary->speedup > 0.0)
        write_number(out, summary->speedup);
    else
        fputc(',', out);
    fprintf(out, ",%zu,%llu,", row->pass_count, (unsigned long long)row->failed);
    write_text(out, result->label);
    fputs("\r\n", out);
}

static void write_csv(const struct pp_result *result, FILE *out) {
    fputs("Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total,Tasks per second,"
          "Speedup (vs sequential),Passes,Failed,Label\r\n",
          out);
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].pass_count > 0)
            write_row(out, result, &result->cases[i]);
}

const struct pp_reporter pp_reporter_csv = {
    .name = "csv", .summary = "one row per worker count, for spreadsheets", .write = write_csv};
