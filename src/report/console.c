#include "report/report.h"

#include <string.h>

/* Bounds lie where rounding would need another digit: 999.6 ms is written 1.00 s. */
void pp_console_duration(double seconds, char *text, size_t size) {
    static const struct {
        double least;
        double per_unit;
        const char *unit;
    } units[] = {{0.9995, 1.0, "s"}, {0.9995e-3, 1e3, "ms"}, {0.9995e-6, 1e6, "us"}, {0.0, 1e9, "ns"}};
    size_t i = 0;
    while (seconds < units[i].least)
        i++;
    double value = seconds * units[i].per_unit;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, size, "%.*f %s", decimals, value, units[i].unit);
}

static void write_row(FILE *out, const struct pp_case_result *row) {
    const double times[] = {row->summary.init_s, row->summary.work_s, row->summary.task_avg_s, row->summary.total_s};
    fprintf(out, "%-14s", row->plan->name);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[24];
        pp_console_duration(times[i], text, sizeof text);
        fprintf(out, " %9s", text);
    }
    fprintf(out, " %10.5g", row->summary.tasks_per_second);
    if (row->summary.speedup > 0.0)
        fprintf(out, " %7.2fx", row->summary.speedup);
    fputc('\n', out);
}

static void write_trouble(FILE *out, const struct pp_case_result *row) {
    if (row->failed == 0 && row->workers_lost == 0)
        return;
    fprintf(out,
            "%s: %llu tasks failed (%llu of them with a wrong answer), %llu workers were lost, %llu tasks with them\n",
            row->plan->name, (unsigned long long)row->failed, (unsigned long long)row->wrong,
            (unsigned long long)row->workers_lost, (unsigned long long)row->lost);
}

void pp_console_write(const struct pp_result *result, FILE *out) {
    fprintf(out, "%s%s%s, %llu tasks", result->task, result->details[0] ? " " : "", result->details,
            (unsigned long long)result->task_count);
    if (result->iterations > 1)
        fprintf(out, ", means of %llu passes", (unsigned long long)result->iterations);
    if (result->label[0])
        fprintf(out, ": %s", result->label);
    fprintf(out, "%s\n\n%-14s %9s %9s %9s %9s %10s %8s\n", result->complete ? "" : " (PARTIAL: the run did not end)",
            "", "init", "work", "task avg", "total", "tasks/s", "speedup");
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].pass_count > 0)
            write_row(out, &result->cases[i]);
    uint64_t failed = 0;
    for (size_t i = 0; i < result->case_count; i++)
        failed += result->cases[i].failed;
    if (result->check != 0 && failed == 0)
        fprintf(out, "every answer verified; check value of the work %016llx\n", (unsigned long long)result->check);
    for (size_t i = 0; i < result->case_count; i++)
        write_trouble(out, &result->cases[i]);
}
