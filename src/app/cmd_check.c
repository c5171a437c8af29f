#include "app/app.h"
#include "app/remarks.h"

#include "base/number.h"
#include "base/stop.h"
#include "machine/machine.h"
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>

static void print_cases(const struct pp_config *config, const struct pp_case *cases, size_t count) {
    if (config->runner_count == 0 && config->sweep.executors.count < 2) {
        printf(", workers");
        for (size_t i = 0; i < config->sweep.workers.count; i++)
            printf("%s %lld", i ? "," : "", (long long)config->sweep.workers.items[i]);
        return;
    }
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i ? ", " : ": ", cases[i].name);
}

/* Where it is not the same for all, names say it. */
static void print_pin(const struct pp_case *cases, size_t count) {
    int pin = PP_PIN_NONE;
    for (size_t i = 0; i < count; i++)
        pin = cases[i].pin > pin ? cases[i].pin : pin;
    for (size_t i = 0; i < count; i++)
        if (cases[i].workers > 0 && cases[i].pin != pin)
            return;
    if (pin != PP_PIN_NONE)
        printf(", pin %s", pp_pin_names[pin]);
}

static void print_plan(const struct pp_config *config, const struct pp_case *cases, size_t count, double cpus) {
    char details[512];
    pp_plan_details(config, details, sizeof details);
    printf("%s: %s%s%s, %lld task%s a pass, ", config->path, config->task->name, details[0] ? " " : "", details,
           (long long)config->task_count, pp_plural((uint64_t)config->task_count, "s"));
    if (config->precision > 0.0)
        printf("passes until all are within %g %%, for %s s at most", 100.0 * config->precision,
               pp_figure_of(config->max_time_s, 6).text);
    else
        printf("%lld pass%s", (long long)config->iterations, pp_plural((uint64_t)config->iterations, "es"));
    if (config->warmup > 0)
        printf(" after %lld to warm up", (long long)config->warmup);
    print_cases(config, cases, count);
    print_pin(cases, count);
    double estimate_s = pp_plan_estimate_s(config, cases, count, cpus);
    size_t passes = pp_plan_passes(config, count);
    printf("\n  %zu pass%s%s; ", passes, pp_plural(passes, "es"), config->precision > 0.0 ? " at least" : " in all");
    if (!config->task->estimate)
        printf("nobody knows how long a task of this kind takes\n");
    else
        printf("about %s s on %g usable CPUs (a rough estimate)\n", pp_figure_of(estimate_s, 2).text, cpus);
}

static void print_checked(const struct pp_config *config) {
    struct pp_case *cases = calloc(pp_plan_room(config), sizeof *cases);
    if (!cases)
        return;
    size_t count = pp_plan_cases(config, cases);
    struct pp_machine machine;
    pp_read_machine_for(config, &machine);
    print_plan(config, cases, count, machine.cpus.usable);
    struct pp_remarks remarks;
    pp_plan_remarks(config, cases, count, &machine, &remarks);
    pp_remarks_print(&remarks, stdout);
    free(cases);
}

int pp_command_check(const struct pp_options *options) {
    struct pp_config **configs;
    long count = pp_load_configs(options, &configs);
    if (count < 0)
        return PP_EXIT_WRONG;
    pp_stop_install();
    int status = PP_EXIT_DONE;
    for (long i = 0; i < count && !pp_stop_poll(); i++) {
        if (pp_check_config(configs[i]) != 0)
            status = PP_EXIT_WRONG;
        else
            print_checked(configs[i]);
    }
    pp_free_configs(configs, count);
    return pp_stop_signal ? 128 + pp_stop_signal : status;
}
