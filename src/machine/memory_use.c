#include "machine/memory_use.h"

#include "pptest/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/reading.h"

/* Of one process. */
struct memory {
    double rss, peak_rss, pss, swap_pss; /* bytes; NaN: unknown */
};

static double kilobytes_after(const char *text, const char *key) { return pp_reading_after(text, key) * 1024.0; }

/* Their PSS together; 0 without any. Names of files may be longer than a line has room, and look like anything. */
static double pss_of_mappings(const char *root, pid_t pid, const char *mapping) {
    char line[512];
    snprintf(line, sizeof line, "%s/proc/%ld/smaps", root, (long)pid);
    FILE *file = fopen(line, "re");
    if (!file)
        return NAN;
    double sum = 0.0;
    bool meant = false, begins = true;
    while (fgets(line, sizeof line, file)) {
        if (begins && strspn(line, "0123456789abcdef") > 0) /* the addresses; keys begin with capitals */
            meant = strstr(line, mapping);
        else if (begins && meant && strncmp(line, "Pss:", 4) == 0)
            sum += strtod(line + 4, NULL) * 1024.0;
        begins = strchr(line, '\n');
    }
    fclose(file);
    return sum;
}

/* Kernels before 4.14 have no smaps_rollup. A process that ends has a status without sizes. */
static struct memory read_process(const char *root, pid_t pid, const char *mapping) {
    char name[64], text[PP_READING_BYTES];
    snprintf(name, sizeof name, "/proc/%ld/status", (long)pid);
    pp_reading_text(root, name, text, sizeof text);
    struct memory memory = {.rss = kilobytes_after(text, "VmRSS:"), .peak_rss = kilobytes_after(text, "VmHWM:")};
    snprintf(name, sizeof name, "/proc/%ld/smaps_rollup", (long)pid);
    pp_reading_text(root, name, text, sizeof text);
    memory.pss = kilobytes_after(text, "Pss:") - (mapping ? pss_of_mappings(root, pid, mapping) : 0.0);
    memory.swap_pss = kilobytes_after(text, "SwapPss:");
    return memory;
}

/* The kernel counts RSS in parts for each CPU, so that its peak can be a little below it. */
static void add_process(const struct memory *memory, double scale, struct pp_memory_use *sum) {
    double peak_rss = memory->peak_rss > memory->rss ? memory->peak_rss : memory->rss;
    double pss = isnan(memory->pss) ? memory->rss : memory->pss;
    sum->rss_bytes += (uint64_t)(memory->rss * scale);
    sum->peak_rss_bytes += (uint64_t)(peak_rss * scale);
    sum->pss_bytes += (uint64_t)(pss * scale);
    sum->peak_pss_bytes += (uint64_t)((pss + peak_rss - memory->rss) * scale);
    sum->swap_pss_bytes += isnan(memory->swap_pss) ? 0 : (uint64_t)(memory->swap_pss * scale);
    sum->rss_only = sum->rss_only || isnan(memory->pss);
    sum->processes++;
}

int pp_memory_use_of(const char *root, const pid_t *pids, size_t count, const char *without,
                     struct pp_memory_use *use) {
    size_t samples = count < PP_MEMORY_USE_SAMPLES ? count : PP_MEMORY_USE_SAMPLES;
    *use = (struct pp_memory_use){.scaled = samples < count};
    for (size_t i = 0; i < samples; i++) {
        struct memory memory = read_process(root, pids[i * count / samples], without);
        if (!isnan(memory.rss))
            add_process(&memory, (double)count / (double)samples, use);
    }
    if (use->processes > 0)
        return 0;
    use->scaled = false;
    return -ESRCH;
}

int pp_memory_use_reset_peak(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int status = pp_write_all(file, "5", 1);
    close(file);
    return status;
}
