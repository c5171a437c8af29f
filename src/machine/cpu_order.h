/* In which order CPUs are given to workers. Pure. */
#ifndef PP_MACHINE_CPU_ORDER_H
#define PP_MACHINE_CPU_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* What a CPU belongs to, from what matters most on. The numbers are names: equal means the same one, and neighbours
 * have neighbouring numbers. */
enum {
    PP_PLACE_THREAD,  /* place among the CPUs of its core, from 0; set by pp_cpu_orders */
    PP_PLACE_KIND,    /* of core: 0 is the fastest */
    PP_PLACE_PACKAGE, /* socket */
    PP_PLACE_NODE,    /* of memory */
    PP_PLACE_CACHE,   /* the last one that it shares with others */
    PP_PLACE_CORE,    /* no two cores of the machine have the same number */
    PP_PLACE_CPU,     /* the system's number of this CPU */
    PP_PLACE_LEVELS
};

struct pp_cpu_place {
    uint16_t at[PP_PLACE_LEVELS];
};

/* Writes the numbers of `count` CPUs into both orders: `compact` fills one package, in it one memory node, in that one
 * cache after the other; `scatter` goes round the packages, in each of them round its nodes, in those round their
 * caches. In either, every core gets its first worker before any gets a second one, and fast cores come before frugal
 * ones: two threads of a core share what it computes with. The places are used up: what they hold afterwards has no
 * meaning. */
void pp_cpu_orders(struct pp_cpu_place *places, size_t count, uint16_t *compact, uint16_t *scatter);

#endif
