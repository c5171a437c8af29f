#include "exec/data.h"

#include "base/unforked.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As much as Linux lets any user have: a larger pipe wakes reader and writer less often. */
enum { PIPE_BYTES = 1 << 20 };

static bool through_pipe(const struct pp_data_slots *slots) { return slots->memory && slots->fd < 0; }

static int failed(struct pp_error *error, const char *what) {
    int code = errno;
    const char *hint = code == EMFILE || code == ENFILE ? "; raise the limit on open files (`ulimit -n`)"
                       : code == ENOMEM                 ? "; fewer workers, or smaller tasks"
                                                        : "";
    return pp_error_set(error, -code, "cannot move the tasks' data: %s: %s%s", what, strerror(code), hint);
}

/* The system hands pages out when they are first written to: here rather than during a transfer. */
static void touch(unsigned char *memory, size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t at = 0; at < bytes; at += page)
        ((volatile unsigned char *)memory)[at] = 0;
}

/* ---- room ---- */

static size_t whole_pages(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

static void *map_shared(int fd, size_t bytes, size_t offset) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *open_shared(struct pp_data_slots *slots, size_t all) {
    slots->fd = memfd_create("pptest-data", MFD_CLOEXEC);
    if (slots->fd < 0 || ftruncate(slots->fd, (off_t)all) != 0)
        return NULL;
    void *memory = map_shared(slots->fd, all, 0);
    if (memory)
        madvise(memory, all, MADV_DONTFORK); /* a worker maps its own slot, and touches it */
    return memory;
}

static void close_slots(struct pp_data_slots *slots, unsigned workers) {
    pp_unforked_free(slots->memory, slots->stride * workers);
    if (slots->fd >= 0)
        close(slots->fd);
    *slots = (struct pp_data_slots){.fd = -1};
}

static int open_slots(struct pp_data_slots *slots, size_t bytes, bool shared, unsigned workers,
                      struct pp_error *error) {
    *slots = (struct pp_data_slots){.fd = -1, .bytes = bytes, .stride = whole_pages(bytes)};
    size_t all = slots->stride * workers;
    slots->memory = shared ? open_shared(slots, all) : pp_unforked_alloc(all);
    if (!slots->memory) {
        int status = failed(error, "memory for all workers");
        close_slots(slots, workers);
        return status;
    }
    if (!shared)
        touch(slots->memory, all);
    return 0;
}

static struct pp_data_terms terms_of(const struct pp_job *job) {
    struct pp_data_terms terms = {.input = job->transfer.input, .result = job->transfer.result};
    if (terms.input != PP_INPUT_INHERIT)
        terms.input_bytes = job->task->input_bytes(job->shared, job->args);
    if (terms.result != PP_RESULT_DIGEST)
        terms.result_bytes = job->task->result_bytes(job->shared, job->args);
    return terms;
}

uint64_t pp_data_piped(const struct pp_job *job) {
    struct pp_data_terms terms = terms_of(job);
    return (terms.input == PP_INPUT_PIPE ? terms.input_bytes : 0) +
           (terms.result == PP_RESULT_PIPE ? terms.result_bytes : 0);
}

int pp_data_open(struct pp_data *data, const struct pp_job *job, struct pp_error *error) {
    *data = (struct pp_data){.inputs.fd = -1, .outputs.fd = -1};
    if (!pp_data_moves(&job->transfer))
        return 0;
    data->job = job;
    data->terms = terms_of(job);
    data->seats = pp_unforked_alloc(job->workers * sizeof *data->seats);
    if (!data->seats) {
        data->job = NULL;
        return pp_error_set(error, -ENOMEM, "no memory for %u workers", job->workers);
    }
    for (unsigned i = 0; i < job->workers; i++)
        data->seats[i].fds = (struct pp_data_fds){-1, -1};
    int status = 0;
    if (data->terms.input_bytes)
        status = open_slots(&data->inputs, data->terms.input_bytes, data->terms.input == PP_INPUT_SHARED, job->workers,
                            error);
    if (status == 0 && data->terms.result_bytes)
        status = open_slots(&data->outputs, data->terms.result_bytes, data->terms.result == PP_RESULT_SHARED,
                            job->workers, error);
    if (status != 0)
        pp_data_close(data);
    return status;
}

void pp_data_close(struct pp_data *data) {
    if (!data->job)
        return;
    unsigned workers = data->job->workers;
    for (unsigned i = 0; i < workers; i++)
        pp_data_disconnect(data, i);
    close_slots(&data->inputs, workers);
    close_slots(&data->outputs, workers);
    pp_unforked_free(data->seats, workers * sizeof *data->seats);
    *data = (struct pp_data){.inputs.fd = -1, .outputs.fd = -1};
}

/* ---- channels ---- */

/* Only the parent's end does not block: it has other workers to see to. */
static int open_pipe(int *ours, int *theirs, bool we_write) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* refused, it only costs time */
    *ours = ends[we_write];
    *theirs = ends[!we_write];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

void pp_data_hand_over(const struct pp_data *data, const struct pp_data_fds *theirs) {
    if (through_pipe(&data->inputs) && theirs->input >= 0)
        close(theirs->input);
    if (through_pipe(&data->outputs) && theirs->output >= 0)
        close(theirs->output);
}

int pp_data_connect(struct pp_data *data, unsigned worker, struct pp_data_fds *theirs, struct pp_error *error) {
    *theirs = (struct pp_data_fds){data->inputs.fd, data->outputs.fd};
    if (!data->job)
        return 0;
    struct pp_data_seat *seat = &data->seats[worker];
    if ((through_pipe(&data->inputs) && open_pipe(&seat->fds.input, &theirs->input, true) != 0) ||
        (through_pipe(&data->outputs) && open_pipe(&seat->fds.output, &theirs->output, false) != 0)) {
        int status = failed(error, "pipe2");
        pp_data_hand_over(data, theirs);
        pp_data_disconnect(data, worker);
        return status;
    }
    return 0;
}

void pp_data_disconnect(struct pp_data *data, unsigned worker) {
    if (!data->job)
        return;
    struct pp_data_seat *seat = &data->seats[worker];
    if (seat->fds.input >= 0)
        close(seat->fds.input);
    if (seat->fds.output >= 0)
        close(seat->fds.output);
    seat->fds = (struct pp_data_fds){-1, -1};
    seat->sending = seat->receiving = false;
}

/* ---- moving ---- */

static void *slot_of(const struct pp_data_slots *slots, unsigned worker) {
    return slots->memory + worker * slots->stride;
}

void pp_data_prepare(struct pp_data *data, unsigned worker, const struct pp_item *item) {
    if (data->inputs.memory)
        data->job->task->input(data->job->shared, data->job->args, item, slot_of(&data->inputs, worker));
}

/* A worker that cannot be sent to has ended, or will with its orders: its loss is told by others. */
static void go_on_sending(struct pp_data_seat *seat) {
    seat->sending = pp_stream_write(&seat->input, seat->fds.input) == -EAGAIN;
}

static int go_on_receiving(struct pp_data_seat *seat) {
    int status = pp_stream_read(&seat->output, seat->fds.output);
    seat->receiving = status > 0 || status == -EAGAIN;
    return status;
}

void pp_data_send(struct pp_data *data, unsigned worker) {
    if (!data->job)
        return;
    struct pp_data_seat *seat = &data->seats[worker];
    if (through_pipe(&data->outputs)) {
        pp_stream_begin(&seat->output, slot_of(&data->outputs, worker), data->outputs.bytes);
        seat->receiving = true;
    }
    if (through_pipe(&data->inputs)) {
        pp_stream_begin(&seat->input, slot_of(&data->inputs, worker), data->inputs.bytes);
        go_on_sending(seat);
    }
}

size_t pp_data_polls(const struct pp_data *data, struct pollfd *polls) {
    size_t count = 0;
    for (unsigned i = 0; data->job && i < data->job->workers; i++) {
        const struct pp_data_seat *seat = &data->seats[i];
        if (seat->sending)
            polls[count++] = (struct pollfd){.fd = seat->fds.input, .events = POLLOUT};
        if (seat->receiving)
            polls[count++] = (struct pollfd){.fd = seat->fds.output, .events = POLLIN};
    }
    return count;
}

/* In the order of pp_data_polls. Each is read from once, so that no worker has to wait for another's whole result. */
void pp_data_serve(struct pp_data *data, const struct pollfd *polls, size_t count) {
    size_t at = 0;
    for (unsigned i = 0; at < count; i++) {
        struct pp_data_seat *seat = &data->seats[i];
        bool send = seat->sending, receive = seat->receiving;
        if (send && polls[at++].revents)
            go_on_sending(seat);
        if (receive && polls[at++].revents)
            go_on_receiving(seat);
    }
}

/* What lies in the pipe of a worker that has nothing to send would be taken for the next result. */
static void empty(int fd) {
    char bytes[4096];
    while (read(fd, bytes, sizeof bytes) > 0)
        continue;
}

int pp_data_take(struct pp_data *data, unsigned worker, bool done, struct pp_error *error) {
    if (!data->job || !through_pipe(&data->outputs))
        return 0;
    struct pp_data_seat *seat = &data->seats[worker];
    struct pp_stream *stream = &seat->output;
    while (done && seat->receiving && go_on_receiving(seat) >= 0) /* all was written before the report */
        continue;
    seat->receiving = false;
    if (!done || pp_stream_sound(stream))
        return 0;
    empty(seat->fds.output);
    size_t arrived = stream->moved < stream->count ? stream->moved : stream->count;
    return pp_error_set(error, -EBADMSG, "its result arrived damaged: %zu of %zu bytes, with %s", arrived,
                        stream->count, arrived < stream->count ? "the rest missing" : "another hash than was sent");
}

/* ---- a worker ---- */

static void *own_room(size_t bytes, bool shared, int fd, unsigned worker) {
    size_t stride = whole_pages(bytes);
    unsigned char *memory = shared ? map_shared(fd, stride, worker * stride) : pp_unforked_alloc(stride);
    if (memory)
        touch(memory, stride);
    return memory;
}

int pp_data_adopt(struct pp_data_end *end, const struct pp_data_terms *terms, const struct pp_data_fds *fds,
                  unsigned worker, struct pp_error *error) {
    *end = (struct pp_data_end){.terms = *terms, .fds = *fds};
    if (terms->input_bytes)
        end->input = own_room(terms->input_bytes, terms->input == PP_INPUT_SHARED, fds->input, worker);
    if (terms->result_bytes)
        end->output = own_room(terms->result_bytes, terms->result == PP_RESULT_SHARED, fds->output, worker);
    bool all = !terms->input_bytes == !end->input && !terms->result_bytes == !end->output;
    return all ? 0 : failed(error, "a worker's memory");
}

int pp_data_receive(struct pp_data_end *end, struct pp_error *error) {
    if (end->terms.input != PP_INPUT_PIPE)
        return 0;
    struct pp_stream stream;
    pp_stream_begin(&stream, end->input, end->terms.input_bytes);
    int status;
    while ((status = pp_stream_read(&stream, end->fds.input)) > 0)
        continue;
    if (status != 0 || pp_stream_sound(&stream))
        return status;
    return pp_error_set(error, -EBADMSG, "its input of %zu bytes arrived damaged", stream.count);
}

int pp_data_deliver(struct pp_data_end *end) {
    if (end->terms.result != PP_RESULT_PIPE)
        return 0;
    struct pp_stream stream;
    pp_stream_begin(&stream, end->output, end->terms.result_bytes);
    return pp_stream_write(&stream, end->fds.output);
}
