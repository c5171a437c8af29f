#include "exec/uv_loop.h"

#include "pptest/error.h"

#include <errno.h>

#ifdef PP_HAVE_UV

#include "base/clock.h"
#include "pptest/library.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

/* What is called of libuv. */
struct uv {
    __typeof__(uv_loop_init) *loop_init;
    __typeof__(uv_loop_close) *loop_close;
    __typeof__(uv_run) *run;
    __typeof__(uv_walk) *walk;
    __typeof__(uv_close) *close;
    __typeof__(uv_is_closing) *is_closing;
    __typeof__(uv_poll_init) *poll_init;
    __typeof__(uv_poll_start) *poll_start;
    __typeof__(uv_poll_stop) *poll_stop;
};

static const char *const names[] = {"libuv.so.1", "libuv.so", NULL};

static const struct pp_library_symbol symbols[] = {{"uv_loop_init", offsetof(struct uv, loop_init)},
                                                   {"uv_loop_close", offsetof(struct uv, loop_close)},
                                                   {"uv_run", offsetof(struct uv, run)},
                                                   {"uv_walk", offsetof(struct uv, walk)},
                                                   {"uv_close", offsetof(struct uv, close)},
                                                   {"uv_is_closing", offsetof(struct uv, is_closing)},
                                                   {"uv_poll_init", offsetof(struct uv, poll_init)},
                                                   {"uv_poll_start", offsetof(struct uv, poll_start)},
                                                   {"uv_poll_stop", offsetof(struct uv, poll_stop)},
                                                   {0}};

static const struct pp_library library = {
    .title = "libuv",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it older than 1.0?",
    .install =
        "install the package libuv1 (Debian, Ubuntu) or libuv (Fedora, Arch, Alpine), or choose another executor"};

/* A handle serves all that ever have the same number. Closing one takes a turn of the loop, which would be too long:
 * tasks close and open descriptors all the time. libuv forgets a number when a handle is stopped, so that another file
 * may have it afterwards. */
struct watch {
    uv_poll_t handle;
    struct pp_uv_loop *loop;
    void *waiter; /* NULL: it is not watched */
};

struct pp_uv_loop {
    struct uv uv;
    uv_loop_t loop;
    void (*ready)(void *waiter);
    struct watch **watches; /* by number; NULL: nobody has waited for it yet */
    size_t watch_room;
    /* Timers of libuv count in milliseconds, so that they fire up to two too early or too late: no way to wait for ten.
     * One of the kernel's, in nanoseconds, is watched instead; there are none of libuv's. */
    int timer_fd, wake_fd;
    uint64_t timer_at_ns; /* that it is set to, 0: it is not */
    uv_poll_t timer, waker;
};

int pp_uv_load(struct pp_error *error) {
    struct uv uv;
    return pp_library_load(&library, &uv, error);
}

/* ---- descriptors of tasks ---- */

static void on_ready(uv_poll_t *handle, int status, int events) {
    struct watch *watch = handle->data;
    void *waiter = watch->waiter;
    (void)status; /* an error is ready, too: who waited will meet it */
    (void)events;
    watch->loop->uv.poll_stop(handle);
    watch->waiter = NULL;
    watch->loop->ready(waiter);
}

static int make_room(struct pp_uv_loop *loop, size_t number) {
    if (number < loop->watch_room)
        return 0;
    size_t room = number + 1 < 2 * loop->watch_room ? 2 * loop->watch_room : number + 1;
    struct watch **watches = realloc(loop->watches, room * sizeof(struct watch *));
    if (!watches)
        return -ENOMEM;
    memset(watches + loop->watch_room, 0, (room - loop->watch_room) * sizeof(struct watch *));
    loop->watches = watches;
    loop->watch_room = room;
    return 0;
}

static int make_watch(struct pp_uv_loop *loop, int fd) {
    struct watch *watch = malloc(sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->loop = loop;
    watch->waiter = NULL;
    int status = loop->uv.poll_init(&loop->loop, &watch->handle, fd);
    if (status != 0) {
        free(watch);
        return status;
    }
    watch->handle.data = watch;
    loop->watches[fd] = watch;
    return 0;
}

int pp_uv_loop_watch(struct pp_uv_loop *loop, int fd, short events, void *waiter) {
    if (fd < 0)
        return -EBADF;
    int status = make_room(loop, (size_t)fd);
    if (status == 0 && !loop->watches[fd])
        status = make_watch(loop, fd);
    if (status != 0)
        return status;
    struct watch *watch = loop->watches[fd];
    if (watch->waiter)
        return -EBUSY;
    int wanted = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);
    status = wanted ? loop->uv.poll_start(&watch->handle, wanted, on_ready) : -EINVAL;
    if (status == 0)
        watch->waiter = waiter;
    return status;
}

void pp_uv_loop_unwatch(struct pp_uv_loop *loop, int fd) {
    struct watch *watch = (size_t)fd < loop->watch_room ? loop->watches[fd] : NULL;
    if (!watch || !watch->waiter)
        return;
    loop->uv.poll_stop(&watch->handle);
    watch->waiter = NULL;
}

/* ---- turning ---- */

/* Setting the timer anew makes it silent again. */
static void on_timer(uv_poll_t *handle, int status, int events) {
    struct pp_uv_loop *loop = handle->data;
    (void)status;
    (void)events;
    loop->timer_at_ns = 0;
}

static void on_wake(uv_poll_t *handle, int status, int events) {
    const struct pp_uv_loop *loop = handle->data;
    uint64_t times;
    (void)status;
    (void)events;
    if (read(loop->wake_fd, &times, sizeof times) < 0)
        return; /* nothing was there: who turns the loop looks for himself */
}

static int set_timer(struct pp_uv_loop *loop, uint64_t until_ns) {
    if (until_ns == loop->timer_at_ns)
        return 0;
    struct itimerspec at = {0};
    if (until_ns != UINT64_MAX)
        at.it_value =
            (struct timespec){.tv_sec = (time_t)(until_ns / PP_NS_PER_S), .tv_nsec = (long)(until_ns % PP_NS_PER_S)};
    if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) != 0)
        return -errno;
    loop->timer_at_ns = until_ns;
    return 0;
}

int pp_uv_loop_turn(struct pp_uv_loop *loop, uint64_t until_ns) {
    int status = until_ns > 0 ? set_timer(loop, until_ns) : 0;
    if (status == 0)
        loop->uv.run(&loop->loop, until_ns > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    return status;
}

/* ---- opening and closing ---- */

static int start_own(struct pp_uv_loop *loop, uv_poll_t *handle, int fd, uv_poll_cb on_event) {
    int status = loop->uv.poll_init(&loop->loop, handle, fd);
    handle->data = loop;
    return status ? status : loop->uv.poll_start(handle, UV_READABLE, on_event);
}

static void close_handle(uv_handle_t *handle, void *owner) {
    const struct pp_uv_loop *loop = owner;
    if (!loop->uv.is_closing(handle))
        loop->uv.close(handle, NULL);
}

static void close_loop(struct pp_uv_loop *loop) {
    loop->uv.walk(&loop->loop, close_handle, loop);
    loop->uv.run(&loop->loop, UV_RUN_DEFAULT);
    loop->uv.loop_close(&loop->loop);
    close(loop->timer_fd);
}

static int open_loop(struct pp_uv_loop *loop, struct pp_error *error) {
    int status = pp_library_load(&library, &loop->uv, error);
    if (status != 0)
        return status;
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (loop->timer_fd < 0)
        return pp_error_set(error, -errno, "cannot have a timer: %s", strerror(errno));
    status = loop->uv.loop_init(&loop->loop);
    if (status != 0) {
        close(loop->timer_fd);
        return pp_error_set(error, status, "libuv cannot make an event loop: %s", strerror(-status));
    }
    status = start_own(loop, &loop->timer, loop->timer_fd, on_timer);
    if (status == 0)
        status = start_own(loop, &loop->waker, loop->wake_fd, on_wake);
    if (status == 0)
        return 0;
    close_loop(loop);
    return pp_error_set(error, status, "libuv cannot watch a timer: %s", strerror(-status));
}

int pp_uv_loop_open(struct pp_uv_loop **loop, int wake_fd, void (*ready)(void *waiter), struct pp_error *error) {
    struct pp_uv_loop *made = calloc(1, sizeof *made);
    if (!made)
        return pp_error_set(error, -ENOMEM, "no memory for an event loop");
    made->ready = ready;
    made->wake_fd = wake_fd;
    int status = open_loop(made, error);
    if (status == 0)
        *loop = made;
    else
        free(made);
    return status;
}

void pp_uv_loop_close(struct pp_uv_loop *loop) {
    close_loop(loop);
    for (size_t i = 0; i < loop->watch_room; i++)
        free(loop->watches[i]);
    free(loop->watches);
    free(loop);
}

#else

/* Nobody gets further than here: a config that names an executor with such a loop is refused. */
int pp_uv_load(struct pp_error *error) { return pp_error_set(error, -ENOTSUP, "%s", PP_UV_UNAVAILABLE); }

int pp_uv_loop_open(struct pp_uv_loop **loop, int wake_fd, void (*ready)(void *waiter), struct pp_error *error) {
    (void)loop;
    (void)wake_fd;
    (void)ready;
    return pp_uv_load(error);
}

void pp_uv_loop_close(struct pp_uv_loop *loop) { (void)loop; }

int pp_uv_loop_watch(struct pp_uv_loop *loop, int fd, short events, void *waiter) {
    (void)loop;
    (void)fd;
    (void)events;
    (void)waiter;
    return -ENOTSUP;
}

void pp_uv_loop_unwatch(struct pp_uv_loop *loop, int fd) {
    (void)loop;
    (void)fd;
}

int pp_uv_loop_turn(struct pp_uv_loop *loop, uint64_t until_ns) {
    (void)loop;
    (void)until_ns;
    return -ENOTSUP;
}

#endif
