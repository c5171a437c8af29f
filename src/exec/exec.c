#include "exec/exec.h"

const struct pp_executor *pp_executor_for(unsigned workers) {
    return workers == 0 ? &pp_executor_sequential : &pp_executor_process;
}
