/* An event loop of libuv: waits for a moment and for file descriptors, whichever comes first. One thread uses it. */
#ifndef PP_EXEC_UV_LOOP_H
#define PP_EXEC_UV_LOOP_H

#include <stdint.h>

struct pp_error;
struct pp_uv_loop;

/* Why this program has no such loop, as a constant expression; NULL: it has. */
#ifdef PP_HAVE_UV
#define PP_UV_UNAVAILABLE NULL
#else
#define PP_UV_UNAVAILABLE                                                                                              \
    "built without libuv: install libuv1-dev (Debian, Ubuntu), libuv-devel (Fedora), libuv (Arch) or libuv-dev "       \
    "(Alpine), and build again"
#endif

/* Loads libuv. Returns 0, or -errno with what to install. */
int pp_uv_load(struct pp_error *error);

/* `ready` is called from within pp_uv_loop_turn with the waiter of a descriptor that is ready; the descriptor is no
 * longer watched then. `wake_fd`: whatever is written there ends a turn. Returns 0 or -errno. */
int pp_uv_loop_open(struct pp_uv_loop **loop, int wake_fd, void (*ready)(void *waiter), struct pp_error *error);
void pp_uv_loop_close(struct pp_uv_loop *loop);

/* Watches a descriptor, which must stay open, for POLLIN or POLLOUT or both. Returns 0, -EBUSY when it is watched for
 * another waiter already, -EPERM when it cannot be waited for (a file on a disk), or another -errno. */
int pp_uv_loop_watch(struct pp_uv_loop *loop, int fd, short events, void *waiter);

/* No longer: the descriptor may be closed. */
void pp_uv_loop_unwatch(struct pp_uv_loop *loop, int fd);

/* Lets what has happened be told. Waits until something has, or until `until_ns` on CLOCK_MONOTONIC (0: does not wait;
 * UINT64_MAX: as long as it takes); it may return without either. Returns 0 or -errno. */
int pp_uv_loop_turn(struct pp_uv_loop *loop, uint64_t until_ns);

#endif
