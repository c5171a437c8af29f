/* Which CPUs the workers of a case are pinned to. Pure. */
#ifndef PP_RUNNER_PIN_H
#define PP_RUNNER_PIN_H

#include "exec/placement.h"

#include <stddef.h>

struct pp_case;
struct pp_error;
struct pp_topology;

/* Refuses a case that is to be pinned where nobody knows how CPUs lie: error->where is "pin". Returns 0 or -ENOTSUP. */
int pp_pin_admit(const struct pp_topology *topology, const struct pp_case *plan, struct pp_error *error);

/* The placement of the case's workers, whose tasks use `inner_threads` threads each (0 counts as 1), in CPUs of the
 * topology; its count is 0 where they may run anywhere. */
struct pp_placement pp_pin_placement(const struct pp_topology *topology, const struct pp_case *plan,
                                     unsigned inner_threads);

/* CPUs that so many workers use of it, from its first on. */
size_t pp_pin_used(const struct pp_placement *placement, unsigned workers);

#endif
