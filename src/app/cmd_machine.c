#include "app/app.h"

#include "base/number.h"
#include "base/textbuf.h"
#include "machine/limits.h"
#include "machine/machine.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* Where an answer that is longer than the line goes on. */
enum { NAME_WIDTH = 16, LINE_WIDTH = 80 };

/* CPUs of an order: enough to see its pattern. */
enum { ORDER_SHOWN = 64 };

/* "name:   text", on more than one line where it is long. What is empty is not known, and left out. */
static void print_text(const char *name, const char *text) {
    char plain[1024];
    struct pp_textbuf buffer = pp_textbuf_in(plain, sizeof plain);
    pp_textbuf_plain(&buffer, text);
    if (plain[0] == '\0')
        return;
    int column = printf("%s:", name);
    column += printf("%*s", column < NAME_WIDTH ? NAME_WIDTH - column : 1, "");
    char *rest = NULL;
    for (char *word = strtok_r(plain, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        int length = (int)strlen(word);
        bool first = column <= NAME_WIDTH;
        if (!first && column + 1 + length > LINE_WIDTH) {
            column = printf("\n%*s", NAME_WIDTH, "") - 1;
            first = true;
        }
        column += printf("%s%s", first ? "" : " ", word);
    }
    putchar('\n');
}

static void print_number(const char *name, unsigned number) {
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    if (number > 0)
        print_text(name, text);
}

/* In the largest unit of which there is one at least. */
static void add_bytes(struct pp_textbuf *text, uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024.0 && unit < sizeof units / sizeof *units - 1; unit++)
        value /= 1024.0;
    pp_textbuf_add(text, "%s %s", pp_figure_of(value, 4).text, units[unit]);
}

static void print_bytes(const char *name, uint64_t bytes) {
    char text[32];
    struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
    add_bytes(&buffer, bytes);
    if (bytes > 0)
        print_text(name, text);
}

/* ---- CPUs ---- */

static void print_kinds(const struct pp_topology *topology) {
    for (unsigned i = 0; i < topology->kind_count; i++) {
        const struct pp_cpu_kind *kind = &topology->kinds[i];
        char text[128];
        struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
        pp_textbuf_add(&buffer, "%s:", kind->name);
        if (kind->cores > 0)
            pp_textbuf_add(&buffer, " %u cores,", kind->cores);
        pp_textbuf_add(&buffer, " %u logical CPUs", kind->logical);
        if (kind->max_hz > 0)
            pp_textbuf_add(&buffer, ", up to %.3g GHz", (double)kind->max_hz / 1e9);
        print_text("kind of core", text);
    }
}

static void print_caches(const struct pp_topology *topology) {
    for (unsigned i = 0; i < topology->cache_count; i++) {
        const struct pp_cache *cache = &topology->caches[i];
        char text[128];
        struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
        pp_textbuf_add(&buffer, "level %u, %s: %u x ", cache->level, cache->type, cache->count);
        add_bytes(&buffer, cache->bytes);
        pp_textbuf_add(&buffer, ", each for %u logical %s", cache->shared, cache->shared == 1 ? "CPU" : "CPUs");
        print_text("cache", text);
    }
}

static void print_topology(const struct pp_topology *topology) {
    if (topology->missing[0]) {
        char text[sizeof topology->missing + 16];
        snprintf(text, sizeof text, "unknown (%s)", topology->missing);
        print_text("topology", text);
    } else if (topology->cores == 0)
        print_text("physical cores", "unknown (the system does not tell)");
    print_number("physical cores", topology->cores);
    print_number("threads a core", topology->smt);
    print_number("packages", topology->packages);
    print_number("memory nodes", topology->numa_nodes);
    print_kinds(topology);
    print_caches(topology);
}

/* What "pin" makes of the CPUs that may be used. */
static void print_order(const char *name, const uint16_t *cpus, unsigned count) {
    char text[512];
    struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
    for (unsigned i = 0; i < count && i < ORDER_SHOWN; i++)
        pp_textbuf_add(&buffer, "%s%u", i ? " " : "CPUs ", cpus[i]);
    if (count > ORDER_SHOWN)
        pp_textbuf_add(&buffer, " and %u more", count - ORDER_SHOWN);
    if (count > 1)
        print_text(name, text);
}

static void print_quota(const struct pp_cpus *cpus) {
    char text[32] = "none";
    if (cpus->quota > 0.0)
        snprintf(text, sizeof text, "%.4g CPUs", cpus->quota);
    print_text("CPU quota", text);
    snprintf(text, sizeof text, "%.4g", cpus->usable);
    print_text("usable CPUs", text);
}

static void print_frequency(const struct pp_system *system) {
    char text[128] = "";
    struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
    if (system->frequency_hz > 0)
        pp_textbuf_add(&buffer, "%.3g GHz now", (double)system->frequency_hz / 1e9);
    if (system->frequency_max_hz > 0)
        pp_textbuf_add(&buffer, "%s%.3g GHz at most", text[0] ? ", " : "", (double)system->frequency_max_hz / 1e9);
    if (system->governor[0])
        pp_textbuf_add(&buffer, "%sgovernor %s", text[0] ? ", " : "", system->governor);
    print_text("frequency", text[0] ? text : "unknown (the system does not tell)");
}

static void print_limits(const struct pp_machine *machine) {
    struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX];
    size_t count = pp_cpu_limits(machine, limits);
    char text[512];
    struct pp_textbuf buffer = pp_textbuf_in(text, sizeof text);
    for (size_t i = 0; i < count; i++)
        pp_textbuf_add(&buffer, "%s%s %s", i ? ", " : "", pp_figure_of(limits[i].count, 4).text, limits[i].name);
    print_text("limits", text);
}

/* ---- the rest ---- */

static void print_memory(const struct pp_memory *memory) {
    print_bytes("memory", memory->total);
    print_bytes("available", memory->available);
    if (memory->limit > 0)
        print_bytes("memory limit", memory->limit);
    else
        print_text("memory limit", "none");
    print_bytes("usable memory", memory->usable);
    if (memory->swap > 0)
        print_bytes("swap", memory->swap);
    else
        print_text("swap", "none");
}

static void print_libraries(const struct pp_libraries *libraries) {
    for (unsigned i = 0; i < libraries->count; i++) {
        const struct pp_library_version *library = &libraries->items[i];
        print_text(library->name, library->version[0] ? library->version : "unknown (not installed)");
    }
    for (const struct pp_task *const *task = pp_tasks(); *task; task++)
        if ((*task)->library && (*task)->unavailable) {
            char text[256];
            snprintf(text, sizeof text, "unknown (%s)", (*task)->unavailable);
            print_text((*task)->library, text);
        }
}

int pp_command_machine(const struct pp_options *options) {
    (void)options;
    struct pp_machine machine;
    pp_machine_read("", pp_tasks(), &machine);
    const struct pp_system *system = &machine.system;
    print_text("system", system->os);
    print_text("kernel", system->kernel);
    print_text("hypervisor", system->hypervisor);
    print_text("container", system->container);
    print_text("processor", system->cpu_model[0] ? system->cpu_model : "unknown (the system does not tell)");
    print_frequency(system);
    print_number("logical CPUs", machine.cpus.logical);
    print_topology(&machine.topology);
    print_number("affinity mask", machine.cpus.affinity);
    print_order("pin compact", machine.topology.compact, machine.topology.order_count);
    print_order("pin scatter", machine.topology.scatter, machine.topology.order_count);
    print_quota(&machine.cpus);
    print_limits(&machine);
    print_memory(&machine.memory);
    print_libraries(&machine.libraries);
    return PP_EXIT_DONE;
}
