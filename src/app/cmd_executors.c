#include "app/app.h"

#include "exec/exec.h"

/* The longest name is that of "async-blocking". */
int pp_command_executors(const struct pp_options *options) {
    (void)options;
    for (const struct pp_executor *const *executor = pp_executors; *executor; executor++) {
        printf("%-15s %s", (*executor)->name, (*executor)->summary);
        if ((*executor)->unavailable)
            printf(" - not in this program: %s", (*executor)->unavailable);
        putchar('\n');
    }
    return PP_EXIT_DONE;
}
