/* What parent and workers say to each other through pipes: orders down, frames up. Both ends are the same program on
 * the same machine, so numbers travel as they lie in memory; what arrives is checked all the same. */
#ifndef PP_EXEC_FRAME_H
#define PP_EXEC_FRAME_H

#include "exec/batch.h"
#include "exec/chunk.h"

#include <stddef.h>
#include <stdint.h>

/* Parent to worker, always this size. */
struct pp_order {
    uint64_t first; /* index of the first task */
    uint64_t count; /* tasks; 0: none, but what `first` says: an enum pp_order_kind */
};

enum pp_order_kind {
    PP_ORDER_STOP,
    PP_ORDER_HAND_BACK /* what the worker has gathered of a stateful task: it gets no more tasks */
};

/* Orders that a worker reads at once: all that may wait for it, and the one to stop. */
enum { PP_FRAME_ORDERS_MAX = PP_CHUNK_DEPTH_MAX + 1 };

enum pp_frame_kind { PP_FRAME_READY = 1, PP_FRAME_RESULT = 2, PP_FRAME_PART = 3 };

/* Worker to parent. All workers share one pipe: a frame is written in one piece of at most PIPE_BUF bytes, which the
 * kernel never mixes with another's (POSIX, write()), so that a worker killed while writing leaves no half of one. */
struct pp_frame {
    uint32_t magic;        /* PP_FRAME_MAGIC */
    uint32_t length;       /* of the whole frame in bytes */
    uint32_t kind;         /* enum pp_frame_kind */
    uint32_t worker;       /* its number */
    uint32_t generation;   /* how many workers had this number before */
    uint32_t runs;         /* tally.times.used */
    struct pp_order order; /* RESULT: what is done of the chunk that was ordered first, from its beginning. PART:
                              `count` bytes have been handed back */
    struct pp_tally tally; /* RESULT: what it came to. READY, PART: `why` is set when the worker could not be made
                              ready, or could hand nothing back */
};

#define PP_FRAME_MAGIC UINT32_C(0x70704631)

/* Bytes of a frame on the wire: an error and reasons travel only where there is an error, and of the times those that
 * are used. */
size_t pp_frame_length(const struct pp_frame *frame);

/* Writes the frame at `bytes` (room for sizeof *frame) and returns its length. */
size_t pp_frame_encode(const struct pp_frame *frame, void *bytes);

/* Reads a frame from the `count` bytes at `bytes`. Returns its length with `frame` filled, 0 when more bytes are
 * needed, or -EBADMSG when this cannot be a frame. */
long pp_frame_decode(const void *bytes, size_t count, struct pp_frame *frame);

#endif
