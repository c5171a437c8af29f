/* What a worker and its parent share in memory: one for each worker, on cache lines of its own. */
#ifndef PP_EXEC_BOARD_H
#define PP_EXEC_BOARD_H

#include "exec/batch.h"
#include "exec/ledger.h"

struct pp_board {
    struct pp_progress progress;
    struct pp_ledger ledger;
    int group; /* process group that works for its task, 0: none; read and written atomically */
};

#endif
