/* In which order a round visits the cases. Pure.
 *
 * A fixed order would favour some cases: those that always come first on a cool machine, or always after a heavy one.
 * The orders are the rows of a Williams design (E. J. Williams, "Experimental designs balanced for the estimation of
 * residual effects of treatments", Australian Journal of Scientific Research, 1949): a Latin square, so that within
 * `cases` rounds each case stands once in each position, in which each case also comes directly after each other one
 * equally often (for an odd number of cases within two squares, 2 x `cases` rounds). Which case is which in the design,
 * and the order of its rows, follow from the seed. */
#ifndef PP_PLAN_ORDER_H
#define PP_PLAN_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Writes the cases (0 … cases - 1) into `order` as the round with that number visits them. Each block of `cases`
 * rounds, beginning with round 0, is one square. `cases` >= 1. */
void pp_plan_order(uint64_t seed, uint64_t round, size_t cases, size_t *order);

#endif
