/* The HTTP client's transfers in steps: one multi handle of libcurl, whose sockets and timer its caller waits for. */
#include "lib/http_client.h"

#ifdef PP_HAVE_CURL

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/http_transfer.h"
#include "lib/now.h"

static struct pp_http_transfer *transfer_of(const struct pp_http *http, CURL *easy) {
    char *transfer = NULL;
    http->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return (struct pp_http_transfer *)(void *)transfer;
}

static struct pollfd *socket_of(struct pp_http_transfer *transfer, curl_socket_t fd) {
    for (unsigned i = 0; i < transfer->socket_count; i++)
        if (transfer->sockets[i].fd == fd)
            return &transfer->sockets[i];
    return NULL;
}

/* A socket is to be waited for, in another way, or no longer. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *known) {
    (void)known;
    struct pp_http_transfer *transfer = transfer_of(owner, easy);
    struct pollfd *found = transfer ? socket_of(transfer, fd) : NULL;
    if (!transfer)
        return 0;
    if (what == CURL_POLL_REMOVE) {
        if (found)
            *found = transfer->sockets[--transfer->socket_count];
        return 0;
    }
    if (!found && transfer->socket_count < PP_HTTP_SOCKETS)
        found = &transfer->sockets[transfer->socket_count++];
    if (found)
        *found = (struct pollfd){
            .fd = fd, .events = (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0))};
    return 0;
}

/* libcurl's milliseconds are cut, and what it does too early it does not do again: a second address of a host would
 * never be tried. */
static int on_timer(CURLM *multi, long timeout_ms, void *owner) {
    (void)multi;
    struct pp_http *http = owner;
    http->timer_ns = timeout_ms < 0    ? UINT64_MAX
                     : timeout_ms == 0 ? 0
                                       : pp_now_ns() + ((uint64_t)timeout_ms + 1) * 1000000;
    return 0;
}

static int multi_open(struct pp_http *http) {
    /* As many connections as there are transfers stay, also while few of them are under way. */
    const long connections = 1 << 20;
    http->multi = http->curl->multi_init();
    if (!http->multi)
        return -ENOMEM;
    http->curl->multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    http->curl->multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    http->curl->multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    http->curl->multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    http->curl->multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, connections);
    return 0;
}

int pp_http_begin(struct pp_http *http, const char *url, struct pp_http_transfer **transfer, struct pp_error *error) {
    struct pp_http_transfer *taken = http->idle;
    if (!http->multi && multi_open(http) != 0)
        return pp_http_no_memory(error);
    if (taken)
        http->idle = taken->next_idle;
    else
        taken = pp_http_transfer_new(http, true);
    if (!taken)
        return pp_http_no_memory(error);
    int status = pp_http_transfer_aim(taken, url, &taken->own, error);
    if (status != 0) {
        pp_http_abandon(taken);
        return status;
    }
    taken->fresh = true;
    taken->ended = false;
    taken->socket_count = 0;
    *transfer = taken;
    return 0;
}

static void note_ends(struct pp_http *http) {
    CURLMsg *message;
    int left;
    while ((message = http->curl->multi_info_read(http->multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            struct pp_http_transfer *transfer = transfer_of(http, message->easy_handle);
            transfer->code = message->data.result;
            transfer->ended = true;
        }
}

/* What has happened at its sockets. A wait that ended in time is one socket's doing. Otherwise they are asked first:
 * older versions of libcurl forget what a transfer wants done within the next millisecond when it is called for the
 * transfer's socket, and that may be to try another address of a host. */
static CURLMcode look(struct pp_http_transfer *transfer) {
    const struct pp_http *http = transfer->http;
    struct pollfd sockets[PP_HTTP_SOCKETS]; /* as they are now: libcurl changes them meanwhile */
    unsigned count = transfer->socket_count;
    CURLMcode code = CURLM_OK;
    memcpy(sockets, transfer->sockets, sizeof sockets);
    if (count == 1 && pp_now_ns() < transfer->until_ns)
        sockets[0].revents = sockets[0].events;
    else if (poll(sockets, count, 0) < 0)
        return CURLM_OK; /* interrupted: it looks again */
    for (unsigned i = 0; i < count && code == CURLM_OK; i++) {
        int running, bits = (sockets[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
                            (sockets[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                            (sockets[i].revents & (POLLERR | POLLHUP | POLLNVAL) ? CURL_CSELECT_ERR : 0);
        if (bits != 0)
            code = http->curl->multi_socket_action(http->multi, sockets[i].fd, bits, &running);
    }
    return code;
}

/* Lets libcurl do what it can; what it wants done at once is done at once, so that one transfer's step never does
 * another's work. */
static CURLMcode act(struct pp_http_transfer *transfer) {
    struct pp_http *http = transfer->http;
    int running;
    CURLMcode code = CURLM_OK;
    if (transfer->fresh) {
        uint64_t timeout_ns = (uint64_t)http->options.timeout_ms * 1000000;
        transfer->deadline_ns = timeout_ns > 0 ? pp_now_ns() + timeout_ns : UINT64_MAX;
        transfer->fresh = false;
        code = http->curl->multi_add_handle(http->multi, transfer->easy);
        transfer->under_way = code == CURLM_OK;
    } else {
        code = look(transfer);
    }
    while (code == CURLM_OK && !transfer->ended && http->timer_ns <= pp_now_ns()) {
        http->timer_ns = UINT64_MAX;
        code = http->curl->multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        note_ends(http);
    }
    note_ends(http);
    return code;
}

/* With several sockets (addresses that are tried side by side) or none (a name being looked up) it looks again soon. */
static const uint64_t look_again_ns = 5000000;

static void fill_wait(struct pp_http_transfer *transfer, struct pp_wait *wait) {
    const struct pp_http *http = transfer->http;
    uint64_t until_ns = http->timer_ns < transfer->deadline_ns ? http->timer_ns : transfer->deadline_ns;
    *wait = (struct pp_wait){.until_ns = until_ns, .fd = -1};
    if (transfer->socket_count == 1) {
        wait->fd = transfer->sockets[0].fd;
        wait->events = transfer->sockets[0].events;
    } else if (pp_now_ns() + look_again_ns < until_ns) {
        wait->until_ns = pp_now_ns() + look_again_ns;
    }
    transfer->until_ns = wait->until_ns;
}

static void leave(struct pp_http_transfer *transfer) {
    pp_http_transfer_back(transfer);
    if (transfer->under_way)
        transfer->http->curl->multi_remove_handle(transfer->http->multi, transfer->easy);
    transfer->under_way = false;
}

int pp_http_step(struct pp_http_transfer *transfer, struct pp_wait *wait, struct pp_http_answer *answer,
                 struct pp_error *error) {
    pp_http_transfer_back(transfer);
    CURLMcode code = act(transfer);
    if (code != CURLM_OK)
        return pp_error_set(error, code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO, "libcurl cannot go on: %s",
                            transfer->http->curl->multi_strerror(code));
    if (!transfer->ended && pp_now_ns() < transfer->deadline_ns) {
        fill_wait(transfer, wait);
        transfer->waited_fd = wait->fd;
        return 1;
    }
    if (!transfer->ended) {
        transfer->code = CURLE_OPERATION_TIMEDOUT;
        snprintf(transfer->why, sizeof transfer->why,
                 "Operation timed out after %ld milliseconds with %zu bytes received",
                 transfer->http->options.timeout_ms, transfer->own.bytes);
    }
    int status = pp_http_transfer_conclude(transfer, error);
    leave(transfer); /* after the transfer was asked how it went */
    if (status == 0)
        *answer = transfer->own;
    return status;
}

void pp_http_abandon(struct pp_http_transfer *transfer) {
    if (!transfer)
        return;
    leave(transfer);
    transfer->next_idle = transfer->http->idle;
    transfer->http->idle = transfer;
}

int pp_http_flight_step(struct pp_http *http, struct pp_http_flight *flight, const char *url, struct pp_wait *wait,
                        struct pp_http_answer *answer, struct pp_error *error) {
    int begun = flight->transfer ? 0 : pp_http_begin(http, url, &flight->transfer, error);
    return flight->transfer ? pp_http_step(flight->transfer, wait, answer, error) : begun;
}

void pp_http_flight_abandon(void *state, void *flight) {
    (void)state;
    pp_http_abandon(((struct pp_http_flight *)flight)->transfer);
}

#else
typedef int pp_http_steps_are_missing; /* ISO C wants something in every file */
#endif
