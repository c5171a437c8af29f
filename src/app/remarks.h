/* Remarks that belong to a plan: what will make its numbers hard to read. */
#ifndef PP_APP_REMARKS_H
#define PP_APP_REMARKS_H

#include <stddef.h>
#include <stdio.h>

struct pp_case;
struct pp_config;
struct pp_machine;

enum { PP_REMARKS_MAX = 8, PP_REMARK_BYTES = 256 };

struct pp_remarks {
    size_t count;
    char items[PP_REMARKS_MAX][PP_REMARK_BYTES];
};

/* Where the worker counts of the config's cases, and the threads of its task's library, go past what the machine has,
 * and where mpirun lets them use less than that. */
void pp_plan_remarks(const struct pp_config *config, const struct pp_case *cases, size_t count,
                     const struct pp_machine *machine, struct pp_remarks *remarks);

/* Prints "warning: …", a line for each; on a terminal, a paragraph. */
void pp_remarks_print(const struct pp_remarks *remarks, FILE *out);

#endif
