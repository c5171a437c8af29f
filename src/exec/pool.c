#include "exec/pool.h"

#include "base/clock.h"
#include "base/stop.h"
#include "base/unforked.h"
#include "exec/start.h"
#include "pptest/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room for what the results pipe holds by default, so that one read empties it. */
static const size_t buffer_bytes = 65536;

/* How long workers may take to end when asked to: giving memory back is quick, a hung library is not waited for. */
static const uint64_t patience_ns = 5 * PP_NS_PER_S;

/* How late a stop may be noticed meanwhile. */
static const long stop_slice_ns = 100 * 1000 * 1000;

static int open_failed(struct pp_error *error, const char *what) {
    int code = errno;
    const char *hint = code == EMFILE || code == ENFILE ? "; raise the limit on open files (`ulimit -n`)" : "";
    return pp_error_set(error, -code, "cannot set up the workers: %s: %s%s", what, strerror(code), hint);
}

static int open_boards(struct pp_pool *pool, struct pp_error *error) {
    size_t bytes = pool->job->workers * sizeof *pool->boards;
    pool->boards_fd = memfd_create("pptest-boards", MFD_CLOEXEC);
    if (pool->boards_fd < 0)
        return open_failed(error, "memfd_create");
    if (ftruncate(pool->boards_fd, (off_t)bytes) == 0) {
        void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pool->boards_fd, 0);
        if (memory != MAP_FAILED) {
            pool->boards = memory;
            return 0;
        }
    }
    int status = open_failed(error, "shared memory");
    close(pool->boards_fd);
    return status;
}

static int guard_groups(struct pp_pool *pool, struct pp_error *error) {
    const struct pp_groups where = {
        .first = &pool->boards->group, .stride = sizeof *pool->boards, .count = pool->job->workers};
    return pool->job->task->caps & PP_TASK_CHILDREN ? pp_groups_guard(&pool->groups, &where, error) : 0;
}

static int open_results(struct pp_pool *pool, struct pp_error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return open_failed(error, "pipe2");
    /* Only our end: the workers' may block, that is what holds them back. */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pool->results_read_fd = ends[0];
    pool->results_write_fd = ends[1];
    return 0;
}

/* The results, the stop signals, and both directions of each worker's data. */
static size_t polls_bytes(const struct pp_job *job) {
    return (2 + (pp_data_moves(&job->transfer) ? 2 * (size_t)job->workers : 0)) * sizeof(struct pollfd);
}

static void free_memory(struct pp_pool *pool) {
    pp_unforked_free(pool->polls, polls_bytes(pool->job));
    pp_unforked_free(pool->bytes, buffer_bytes);
    pp_unforked_free(pool->slots, pool->job->workers * sizeof *pool->slots);
}

int pp_pool_open(struct pp_pool *pool, const struct pp_job *job, struct pp_usage *usage, struct pp_error *error) {
    *pool = (struct pp_pool){.job = job, .usage = usage};
    pool->slots = pp_unforked_alloc(job->workers * sizeof *pool->slots);
    pool->bytes = pp_unforked_alloc(buffer_bytes);
    pool->polls = pp_unforked_alloc(polls_bytes(job));
    int status = -ENOMEM;
    if (!pool->slots || !pool->bytes || !pool->polls) {
        pp_error_set(error, status, "no memory for %u workers", job->workers);
        goto release_memory;
    }
    status = open_boards(pool, error);
    if (status != 0)
        goto release_memory;
    status = guard_groups(pool, error);
    if (status != 0)
        goto close_boards;
    status = pp_data_open(&pool->data, job, error);
    if (status != 0)
        goto close_groups;
    status = open_results(pool, error);
    if (status != 0)
        goto close_data;
    pool->stop_fd = pp_stop_open(1);
    if (pool->stop_fd >= 0)
        return 0;
    errno = -pool->stop_fd;
    status = open_failed(error, "signalfd");
    close(pool->results_read_fd);
    close(pool->results_write_fd);
close_data:
    pp_data_close(&pool->data);
close_groups:
    pp_groups_close(&pool->groups);
close_boards:
    munmap(pool->boards, job->workers * sizeof *pool->boards);
    close(pool->boards_fd);
release_memory:
    free_memory(pool);
    *pool = (struct pp_pool){0};
    return status;
}

int pp_pool_start(struct pp_pool *pool, unsigned worker, struct pp_error *error) {
    struct pp_slot *slot = &pool->slots[worker];
    const struct pp_job *job = pool->job;
    int orders[2];
    if (pipe2(orders, O_CLOEXEC) != 0)
        return open_failed(error, "pipe2");
    struct pp_data_fds data;
    int status = pp_data_connect(&pool->data, worker, &data, error);
    if (status != 0) {
        close(orders[0]);
        close(orders[1]);
        return status;
    }
    struct pp_worker_request request = {.worker = worker,
                                        .generation = slot->generation,
                                        .seed = job->seed,
                                        .timeout_ns = job->timeout_ns,
                                        .resolution_ns = job->resolution_ns,
                                        .cpu_cost_ns = job->cpu_cost_ns,
                                        .lean = job->lean,
                                        .recorder_bytes = job->recorder ? job->recorder->bytes : 0,
                                        .library_threads = job->env.library_threads,
                                        .main_pid = (int32_t)job->start->main_pid,
                                        .cpus = pp_placement_mask(job->placement, worker),
                                        .data = pool->data.terms};
    struct pp_start_channels channels = {.orders_read_fd = orders[0],
                                         .orders_write_fd = orders[1],
                                         .results_write_fd = pool->results_write_fd,
                                         .boards_fd = pool->boards_fd,
                                         .data = data,
                                         .recorder_fd = job->recorder ? job->recorder->fd : -1,
                                         .board = &pool->boards[worker],
                                         .lane = pp_recorder_lane(job->recorder, worker)};
    pp_lane_ask(&channels.lane);
    atomic_store(&channels.board->progress.item, 0);
    pid_t pid = 0; /* not in the slot, which a forked child has not got */
    status = pp_starter_start(job->start, job, &request, &channels, &pid, error);
    close(orders[0]);
    pp_data_hand_over(&pool->data, &data);
    if (status != 0) {
        close(orders[1]);
        pp_data_disconnect(&pool->data, worker);
        return status;
    }
    slot->pid = pid;
    slot->orders_fd = orders[1];
    slot->ready = false;
    slot->overdue = 0;
    slot->head = slot->held = 0;
    pool->alive++;
    return 0;
}

void pp_pool_prepare(struct pp_pool *pool, unsigned worker, uint64_t task) {
    const struct pp_item item = {.index = task, .seed = pp_mix2(pool->job->seed, task)};
    pp_data_prepare(&pool->data, worker, &item);
}

void pp_pool_send(struct pp_pool *pool, unsigned worker, const struct pp_order *orders, unsigned count) {
    if (pp_write_all(pool->slots[worker].orders_fd, orders, count * sizeof *orders) != 0)
        kill(pool->slots[worker].pid, SIGKILL); /* it would wait for ever; its loss is then dealt with as any other */
    else if (orders->count > 0)
        pp_data_send(&pool->data, worker);
}

static int tell(struct pp_pool *pool, struct pp_frame *frame, const struct pp_pool_events *events) {
    struct pp_slot *slot = frame->worker < pool->job->workers ? &pool->slots[frame->worker] : NULL;
    if (!slot || slot->pid == 0 || slot->generation != frame->generation)
        return -EBADMSG;
    if (frame->kind == PP_FRAME_RESULT) {
        struct pp_error why = {0};
        if (pp_data_take(&pool->data, frame->worker, frame->tally.done > 0, &why) != 0)
            pp_tally_fail(&frame->tally, frame->order.first, &why);
        return events->result(events->owner, frame);
    }
    if (frame->kind == PP_FRAME_PART)
        return events->part(events->owner, frame);
    slot->ready = frame->tally.why.code == 0;
    pool->ready += slot->ready;
    return events->ready(events->owner, frame->worker, &frame->tally.why);
}

/* Tells all whole frames that have been read. */
static int tell_all(struct pp_pool *pool, const struct pp_pool_events *events, struct pp_error *error) {
    size_t used = 0;
    struct pp_frame frame;
    long length;
    int status = 0;
    while (status == 0 && (length = pp_frame_decode(pool->bytes + used, pool->byte_count - used, &frame)) != 0) {
        status = length > 0 ? tell(pool, &frame, events) : -EBADMSG;
        used += length > 0 ? (size_t)length : 0;
    }
    if (status == -EBADMSG && error->code == 0)
        pp_error_set(error, status, "a worker sent what is no result: its memory must be corrupt");
    pool->byte_count -= used;
    memmove(pool->bytes, pool->bytes + used, pool->byte_count);
    return status;
}

/* Reads until the pipe is empty. */
static int read_results(struct pp_pool *pool, const struct pp_pool_events *events, struct pp_error *error) {
    for (;;) {
        ssize_t got = read(pool->results_read_fd, pool->bytes + pool->byte_count, buffer_bytes - pool->byte_count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return 0;
        if (got <= 0)
            return pp_error_set(error, got < 0 ? -errno : -EPIPE, "cannot read the workers' results: %s",
                                strerror(got < 0 ? errno : EPIPE));
        pool->byte_count += (size_t)got;
        int status = tell_all(pool, events, error);
        if (status != 0)
            return status;
        events->drained(events->owner);
        /* Less than was asked for: the pipe was empty, and what has come since will be told by poll. */
        if (pool->byte_count == 0 && (size_t)got < buffer_bytes)
            return 0;
    }
}

static unsigned slot_of(const struct pp_pool *pool, pid_t pid) {
    unsigned worker = 0;
    while (worker < pool->job->workers && pool->slots[worker].pid != pid)
        worker++;
    return worker;
}

static void forget(struct pp_pool *pool, unsigned worker) {
    struct pp_slot *slot = &pool->slots[worker];
    pp_group_end(&pool->boards[worker].group);
    pp_group_forget(&pool->boards[worker].group);
    close(slot->orders_fd);
    pp_data_disconnect(&pool->data, worker);
    slot->pid = 0;
    slot->generation++;
    pool->ready -= slot->ready;
    pool->alive--;
}

/* A stopped worker would never answer again; ours ignore Ctrl-Z, so nobody means to continue it. */
static bool ended(pid_t pid, int wait_status) {
    if (!WIFSTOPPED(wait_status))
        return true;
    kill(pid, SIGKILL);
    return false;
}

static int reap(struct pp_pool *pool, const struct pp_pool_events *events, struct pp_error *error) {
    int wait_status;
    pid_t pid;
    struct rusage used;
    while ((pid = wait4(-1, &wait_status, WNOHANG | WUNTRACED, &used)) > 0) {
        unsigned worker = slot_of(pool, pid);
        if (!ended(pid, wait_status) || worker == pool->job->workers)
            continue;
        pp_usage_add(pool->usage, &used);
        int status = read_results(pool, events, error);
        if (status != 0)
            return status;
        forget(pool, worker);
        status = events->lost(events->owner, worker, wait_status);
        if (status != 0)
            return status;
    }
    return 0;
}

static struct timespec until(uint64_t deadline_ns) {
    uint64_t now_ns = pp_clock_ns();
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    return (struct timespec){.tv_sec = (time_t)(left_ns / PP_NS_PER_S), .tv_nsec = (long)(left_ns % PP_NS_PER_S)};
}

int pp_pool_listen(struct pp_pool *pool, uint64_t deadline_ns, const struct pp_pool_events *events,
                   struct pp_error *error) {
    struct pollfd *fds = pool->polls;
    fds[0] = (struct pollfd){.fd = pool->results_read_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = pool->stop_fd, .events = POLLIN};
    size_t moving = pp_data_polls(&pool->data, fds + 2);
    struct timespec wait = until(deadline_ns);
    int happened = ppoll(fds, 2 + moving, deadline_ns == UINT64_MAX ? NULL : &wait, NULL);
    if (happened < 0 && errno != EINTR)
        return pp_error_set(error, -errno, "cannot wait for the workers: %s", strerror(errno));
    if (happened <= 0)
        return 0;
    pp_data_serve(&pool->data, fds + 2, moving);
    if (fds[0].revents) {
        int status = read_results(pool, events, error);
        if (status != 0)
            return status;
    }
    bool child = fds[1].revents && pp_stop_take(pool->stop_fd);
    if (pp_stop_signal)
        return -EINTR;
    return child ? reap(pool, events, error) : 0;
}

static void kill_all(struct pp_pool *pool) {
    for (unsigned i = 0; i < pool->job->workers; i++)
        if (pool->slots[i].pid > 0)
            kill(pool->slots[i].pid, SIGKILL);
}

/* Sleeps until every worker has let go of the results pipe, as ending does: being woken for each of many that end would
 * take the CPUs from them. Gives up at the deadline or when a stop is asked for. */
static void wait_for_ends(struct pp_pool *pool, uint64_t deadline_ns) {
    struct pollfd results = {.fd = pool->results_read_fd};
    close(pool->results_write_fd);
    pool->results_write_fd = -1;
    do {
        struct timespec slice = until(deadline_ns);
        if (slice.tv_sec > 0 || slice.tv_nsec > stop_slice_ns)
            slice = (struct timespec){.tv_nsec = stop_slice_ns};
        ppoll(&results, 1, &slice, NULL);
    } while (!(results.revents & (POLLHUP | POLLERR)) && pp_clock_ns() < deadline_ns && !pp_stop_poll());
}

size_t pp_pool_pids(const struct pp_pool *pool, pid_t *pids) {
    size_t count = 0;
    for (unsigned i = 0; i < pool->job->workers; i++)
        if (pool->slots[i].pid > 0)
            pids[count++] = pool->slots[i].pid;
    return count;
}

unsigned pp_pool_end(struct pp_pool *pool, bool at_once) {
    const struct pp_order stop = {0, 0};
    for (unsigned i = 0; i < pool->job->workers && !at_once; i++)
        if (pool->slots[i].pid > 0)
            pp_pool_send(pool, i, &stop, 1);
    uint64_t deadline_ns = pp_clock_ns() + patience_ns;
    if (!at_once)
        wait_for_ends(pool, deadline_ns);
    if (at_once || pp_stop_signal || pp_clock_ns() >= deadline_ns)
        kill_all(pool);
    unsigned disorderly = 0;
    for (unsigned worker = 0; worker < pool->job->workers; worker++) {
        int wait_status = 0;
        struct rusage used = {0};
        pid_t pid = pool->slots[worker].pid;
        while (pid > 0 && wait4(pid, &wait_status, 0, &used) < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            continue;
        pp_usage_add(pool->usage, &used);
        disorderly += !(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
        forget(pool, worker);
    }
    return at_once || pp_stop_signal ? 0 : disorderly;
}

void pp_pool_close(struct pp_pool *pool) {
    pp_pool_end(pool, true);
    close(pool->stop_fd);
    close(pool->results_read_fd);
    if (pool->results_write_fd >= 0)
        close(pool->results_write_fd);
    pp_data_close(&pool->data);
    pp_groups_close(&pool->groups);
    munmap(pool->boards, pool->job->workers * sizeof *pool->boards);
    close(pool->boards_fd);
    free_memory(pool);
}
