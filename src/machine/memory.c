#include "machine/memory.h"

#include <stdlib.h>
#include <unistd.h>

#include "machine/cgroup.h"
#include "machine/sysfile.h"

/* In units of 1,024 bytes, called kB there; see proc(5). */
static uint64_t read_bytes(const char *root, const char *key) {
    char text[64];
    return pp_sysfile_value(root, "/proc/meminfo", key, text, sizeof text) ? strtoull(text, NULL, 10) * 1024 : 0;
}

static uint64_t ask_library(int name) {
    long pages = sysconf(name), page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : 0;
}

struct pp_memory pp_memory_read(const char *root) {
    struct pp_memory memory = {.total = read_bytes(root, "MemTotal"),
                               .available = read_bytes(root, "MemAvailable"),
                               .limit = pp_cgroup_memory_bytes(root),
                               .swap = read_bytes(root, "SwapTotal")};
    if (memory.total == 0 && root[0] == '\0') {
        memory.total = ask_library(_SC_PHYS_PAGES);
        memory.available = ask_library(_SC_AVPHYS_PAGES);
    }
    memory.usable =
        memory.limit > 0 && (memory.total == 0 || memory.limit < memory.total) ? memory.limit : memory.total;
    return memory;
}
