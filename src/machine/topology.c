#include "machine/topology.h"

#include <stdio.h>

#ifdef PP_HAVE_HWLOC

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cpu_order.h"
#include "pptest/library.h"

/* What is called of hwloc. */
struct hwloc {
    __typeof__(hwloc_get_api_version) *api_version;
    __typeof__(hwloc_topology_init) *init;
    __typeof__(hwloc_topology_set_flags) *set_flags;
    __typeof__(hwloc_topology_load) *load;
    __typeof__(hwloc_topology_destroy) *destroy;
    __typeof__(hwloc_get_type_depth) *type_depth;
    __typeof__(hwloc_get_nbobjs_by_depth) *count;
    __typeof__(hwloc_get_obj_by_depth) *object;
    __typeof__(hwloc_bitmap_alloc) *bitmap_alloc;
    __typeof__(hwloc_bitmap_free) *bitmap_free;
    __typeof__(hwloc_bitmap_next) *bitmap_next;
    __typeof__(hwloc_cpukinds_get_nr) *kind_count;
    __typeof__(hwloc_cpukinds_get_info) *kind_info;
};

static const char *const names[] = {"libhwloc.so.15", "libhwloc.so", NULL};

static const struct pp_library_symbol symbols[] = {{"hwloc_get_api_version", offsetof(struct hwloc, api_version)},
                                                   {"hwloc_topology_init", offsetof(struct hwloc, init)},
                                                   {"hwloc_topology_set_flags", offsetof(struct hwloc, set_flags)},
                                                   {"hwloc_topology_load", offsetof(struct hwloc, load)},
                                                   {"hwloc_topology_destroy", offsetof(struct hwloc, destroy)},
                                                   {"hwloc_get_type_depth", offsetof(struct hwloc, type_depth)},
                                                   {"hwloc_get_nbobjs_by_depth", offsetof(struct hwloc, count)},
                                                   {"hwloc_get_obj_by_depth", offsetof(struct hwloc, object)},
                                                   {"hwloc_bitmap_alloc", offsetof(struct hwloc, bitmap_alloc)},
                                                   {"hwloc_bitmap_free", offsetof(struct hwloc, bitmap_free)},
                                                   {"hwloc_bitmap_next", offsetof(struct hwloc, bitmap_next)},
                                                   {"hwloc_cpukinds_get_nr", offsetof(struct hwloc, kind_count)},
                                                   {"hwloc_cpukinds_get_info", offsetof(struct hwloc, kind_info)},
                                                   {0}};

static const struct pp_library library = {
    .title = "hwloc",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it older than 2.4?",
    .install = "install the package libhwloc15 (Debian, Ubuntu), hwloc-libs (Fedora) or hwloc (Arch, Alpine)"};

/* A topology that is being read. */
struct reading {
    struct hwloc hwloc;
    hwloc_topology_t from;
    const struct pp_cpuset *usable;
    struct pp_topology *to;
};

/* What is in the environment for other programs must not lead this one to another machine's description; plug-ins look
 * for devices such as GPUs, which takes long and answers nothing that is asked here. */
static void set_environment(const char *root) {
    unsetenv("HWLOC_THISSYSTEM");
    unsetenv("HWLOC_FSROOT");
    setenv("HWLOC_COMPONENTS", "linux,stop", 1);
    setenv("HWLOC_PLUGINS_PATH", "/nonexistent", 1);
    setenv("HWLOC_HIDE_ERRORS", "2", 1);
    if (root[0] != '\0')
        setenv("HWLOC_FSROOT", root, 1);
}

static struct pp_cpuset set_of(const struct hwloc *hwloc, hwloc_const_bitmap_t bitmap) {
    struct pp_cpuset set = {0};
    for (int cpu = hwloc->bitmap_next(bitmap, -1); cpu >= 0 && cpu < PP_CPUSET_CPUS;
         cpu = hwloc->bitmap_next(bitmap, cpu))
        pp_cpuset_add(&set, (unsigned)cpu);
    return set;
}

static bool meet(const struct pp_cpuset *a, const struct pp_cpuset *b) {
    struct pp_cpuset both = *a;
    pp_cpuset_keep(&both, b);
    return pp_cpuset_count(&both) > 0;
}

/* ---- cores, packages, nodes ---- */

/* How many objects there are of a type, and the depth where hwloc keeps them. */
static unsigned count_of(const struct reading *reading, hwloc_obj_type_t type, int *depth) {
    *depth = reading->hwloc.type_depth(reading->from, type);
    return *depth == HWLOC_TYPE_DEPTH_UNKNOWN || *depth == HWLOC_TYPE_DEPTH_MULTIPLE
               ? 0
               : reading->hwloc.count(reading->from, *depth);
}

static void add_core(const struct reading *reading, const struct pp_cpuset *core) {
    struct pp_topology *to = reading->to;
    unsigned threads = pp_cpuset_count(core);
    bool usable = meet(core, reading->usable);
    to->smt = threads > to->smt ? threads : to->smt;
    to->usable_cores += usable;
    for (unsigned i = 0; i < to->kind_count; i++) {
        if (!meet(core, &to->kinds[i].cpus))
            continue;
        to->kinds[i].cores++;
        to->kinds[i].usable_cores += usable;
    }
}

static void read_cores(const struct reading *reading) {
    int depth;
    reading->to->packages = count_of(reading, HWLOC_OBJ_PACKAGE, &depth);
    reading->to->numa_nodes = count_of(reading, HWLOC_OBJ_NUMANODE, &depth);
    reading->to->cores = count_of(reading, HWLOC_OBJ_CORE, &depth);
    for (unsigned i = 0; i < reading->to->cores; i++) {
        struct pp_cpuset core = set_of(&reading->hwloc, reading->hwloc.object(reading->from, depth, i)->cpuset);
        add_core(reading, &core);
    }
}

/* ---- caches ---- */

static void add_cache(struct pp_topology *to, const struct pp_cache *cache) {
    for (unsigned i = 0; i < to->cache_count; i++) {
        struct pp_cache *like = &to->caches[i];
        if (like->level == cache->level && like->bytes == cache->bytes && like->shared == cache->shared &&
            strcmp(like->type, cache->type) == 0) {
            like->count++;
            return;
        }
    }
    if (to->cache_count < PP_CACHES_MAX)
        to->caches[to->cache_count++] = *cache;
}

/* From the closest on. */
static const hwloc_obj_type_t cache_types[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE,
                                               HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE};
enum { CACHE_TYPES = sizeof cache_types / sizeof *cache_types };

static void read_caches(const struct reading *reading) {
    for (size_t type = 0; type < CACHE_TYPES; type++) {
        int depth;
        unsigned count = count_of(reading, cache_types[type], &depth);
        for (unsigned i = 0; i < count; i++) {
            hwloc_obj_t object = reading->hwloc.object(reading->from, depth, i);
            struct pp_cpuset sharers = set_of(&reading->hwloc, object->cpuset);
            struct pp_cache cache = {.level = object->attr->cache.depth,
                                     .count = 1,
                                     .shared = pp_cpuset_count(&sharers),
                                     .bytes = object->attr->cache.size};
            snprintf(cache.type, sizeof cache.type, "%s",
                     object->attr->cache.type == HWLOC_OBJ_CACHE_UNIFIED ? "unified" : "data");
            add_cache(reading->to, &cache);
        }
    }
}

/* ---- kinds ---- */

static uint64_t max_hz_of(const struct hwloc_info_s *infos, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (strcmp(infos[i].name, "FrequencyMaxMHz") == 0)
            return strtoull(infos[i].value, NULL, 10) * 1000000;
    return 0;
}

/* hwloc ranks them from the most frugal to the fastest, or not at all (-1). */
static void name_kind(struct pp_cpu_kind *kind, unsigned place, unsigned count, int efficiency) {
    if (efficiency >= 0 && place == 0)
        snprintf(kind->name, sizeof kind->name, "performance");
    else if (efficiency >= 0 && place == count - 1)
        snprintf(kind->name, sizeof kind->name, "efficiency");
    else
        snprintf(kind->name, sizeof kind->name, "kind %u", place + 1);
}

/* Where the kernel did not name them: by capacity (ARM) and clock frequency. */
static void read_kinds(const struct reading *reading, hwloc_bitmap_t cpus) {
    const struct hwloc *hwloc = &reading->hwloc;
    int count = hwloc->kind_count(reading->from, 0);
    if (reading->to->kind_count > 0 || count < 2 || count > PP_CPU_KINDS_MAX)
        return;
    for (unsigned place = 0; place < (unsigned)count; place++) {
        struct pp_cpu_kind *kind = &reading->to->kinds[place];
        struct hwloc_info_s *infos;
        unsigned info_count;
        int efficiency;
        if (hwloc->kind_info(reading->from, (unsigned)count - 1 - place, cpus, &efficiency, &info_count, &infos, 0) !=
            0)
            return;
        *kind = (struct pp_cpu_kind){.cpus = set_of(hwloc, cpus), .max_hz = max_hz_of(infos, info_count)};
        kind->logical = pp_cpuset_count(&kind->cpus);
        name_kind(kind, place, (unsigned)count, efficiency);
    }
    reading->to->kind_count = (unsigned)count;
}

/* ---- orders ---- */

/* Numbers the objects of a type from `first` on, in the places of the CPUs below them. Where two share a CPU, as fast
 * and slow memory do, the first counts. Returns the number after the last. */
static unsigned place_in(const struct reading *reading, hwloc_obj_type_t type, unsigned first, size_t level,
                         struct pp_cpu_place *places) {
    int depth;
    unsigned count = count_of(reading, type, &depth);
    for (unsigned i = count; i-- > 0;) {
        hwloc_const_bitmap_t cpus = reading->hwloc.object(reading->from, depth, i)->cpuset;
        for (int cpu = reading->hwloc.bitmap_next(cpus, -1); cpu >= 0 && cpu < PP_CPUSET_CPUS;
             cpu = reading->hwloc.bitmap_next(cpus, cpu))
            places[cpu].at[level] = (uint16_t)(first + i);
    }
    return first + count;
}

/* CPUs of which no core is known have one each. */
static void place_all(const struct reading *reading, struct pp_cpu_place *places) {
    const struct pp_topology *to = reading->to;
    for (unsigned cpu = 0; cpu < PP_CPUSET_CPUS; cpu++) {
        unsigned kind = 0;
        while (kind < to->kind_count && !pp_cpuset_has(&to->kinds[kind].cpus, cpu))
            kind++;
        places[cpu].at[PP_PLACE_KIND] = (uint16_t)kind;
        places[cpu].at[PP_PLACE_CORE] = (uint16_t)(PP_CPUSET_CPUS + cpu);
        places[cpu].at[PP_PLACE_CPU] = (uint16_t)cpu;
    }
    place_in(reading, HWLOC_OBJ_PACKAGE, 0, PP_PLACE_PACKAGE, places);
    place_in(reading, HWLOC_OBJ_NUMANODE, 0, PP_PLACE_NODE, places);
    place_in(reading, HWLOC_OBJ_CORE, 0, PP_PLACE_CORE, places);
    unsigned next_cache = 1;
    for (size_t type = 0; type < CACHE_TYPES; type++) /* a cache that is further away takes the place of a closer one */
        next_cache = place_in(reading, cache_types[type], next_cache, PP_PLACE_CACHE, places);
}

static void read_orders(const struct reading *reading) {
    struct pp_topology *to = reading->to;
    struct pp_cpu_place *places = calloc(PP_CPUSET_CPUS, sizeof *places);
    if (!places)
        return;
    place_all(reading, places);
    unsigned count = 0;
    for (unsigned cpu = 0; cpu < PP_CPUSET_CPUS; cpu++)
        if (pp_cpuset_has(reading->usable, cpu))
            places[count++] = places[cpu];
    pp_cpu_orders(places, count, to->compact, to->scatter);
    to->order_count = count;
    free(places);
}

/* ---- all of it ---- */

static void read_version(const struct reading *reading) {
    const struct hwloc_obj *machine = reading->hwloc.object(reading->from, 0, 0);
    for (unsigned i = 0; i < machine->infos_count; i++)
        if (strcmp(machine->infos[i].name, "hwlocVersion") == 0)
            snprintf(reading->to->hwloc_version, sizeof reading->to->hwloc_version, "%s", machine->infos[i].value);
}

static void read_all(const struct reading *reading) {
    hwloc_bitmap_t cpus = reading->hwloc.bitmap_alloc();
    if (cpus)
        read_kinds(reading, cpus);
    reading->hwloc.bitmap_free(cpus);
    read_cores(reading);
    read_caches(reading);
    read_orders(reading);
    read_version(reading);
}

void pp_topology_ask_hwloc(const char *root, const struct pp_cpuset *usable, struct pp_topology *topology) {
    struct reading reading = {.usable = usable, .to = topology};
    struct pp_error error = {0};
    set_environment(root);
    if (pp_library_load(&library, &reading.hwloc, &error) != 0) {
        snprintf(topology->missing, sizeof topology->missing, "%s", error.text);
        return;
    }
    /* Its structs differ between the first numbers of its interface, and are only added to within one. */
    if (reading.hwloc.api_version() >> 16 != HWLOC_API_VERSION >> 16) {
        snprintf(topology->missing, sizeof topology->missing, "the hwloc found is not the one it was built for");
        return;
    }
    const char *failed = "hwloc found no memory";
    if (reading.hwloc.init(&reading.from) == 0) {
        failed = "hwloc cannot read the topology";
        /* The whole machine, also where the control group allows a part of it. */
        if (reading.hwloc.set_flags(reading.from, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) == 0 &&
            reading.hwloc.load(reading.from) == 0) {
            read_all(&reading);
            failed = "";
        }
        reading.hwloc.destroy(reading.from);
    }
    snprintf(topology->missing, sizeof topology->missing, "%s", failed);
}

#else

void pp_topology_ask_hwloc(const char *root, const struct pp_cpuset *usable, struct pp_topology *topology) {
    (void)root, (void)usable;
    snprintf(topology->missing, sizeof topology->missing, "built without hwloc");
}

#endif
