#include "runner/pin.h"

#include "machine/topology.h"
#include "plan/plan.h"
#include "pptest/error.h"

#include <errno.h>

int pp_pin_admit(const struct pp_topology *topology, const struct pp_case *plan, struct pp_error *error) {
    if (plan->pin == PP_PIN_NONE || topology->order_count > 0)
        return 0;
    return pp_error_at(error, -ENOTSUP, "pin", "\"%s\" needs hwloc to tell how the CPUs lie (or leave \"pin\" out): %s",
                       pp_pin_names[plan->pin],
                       topology->missing[0] ? topology->missing : "it tells nothing of this machine");
}

struct pp_placement pp_pin_placement(const struct pp_topology *topology, const struct pp_case *plan,
                                     unsigned inner_threads) {
    if (plan->pin == PP_PIN_NONE || plan->workers == 0)
        return (struct pp_placement){.count = 0};
    return (struct pp_placement){.cpus = plan->pin == PP_PIN_COMPACT ? topology->compact : topology->scatter,
                                 .count = topology->order_count,
                                 .width = inner_threads ? inner_threads : 1};
}

size_t pp_pin_used(const struct pp_placement *placement, unsigned workers) {
    uint64_t wanted = (uint64_t)workers * placement->width;
    return wanted < placement->count ? (size_t)wanted : placement->count;
}
