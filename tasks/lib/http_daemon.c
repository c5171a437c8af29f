#include "lib/http_daemon.h"

#ifdef PP_HAVE_MICROHTTPD

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/http_content.h"
#include "lib/http_routes.h"
#include "lib/now.h"
#include "pptest/library.h"

static const char *const names[] = {"libmicrohttpd.so.12", "libmicrohttpd.so", NULL};

static const struct pp_library_symbol symbols[] = {
    {"MHD_start_daemon", offsetof(struct pp_microhttpd, start_daemon)},
    {"MHD_get_daemon_info", offsetof(struct pp_microhttpd, get_daemon_info)},
    {"MHD_get_timeout", offsetof(struct pp_microhttpd, get_timeout)},
    {"MHD_run", offsetof(struct pp_microhttpd, run)},
    {"MHD_suspend_connection", offsetof(struct pp_microhttpd, suspend_connection)},
    {"MHD_resume_connection", offsetof(struct pp_microhttpd, resume_connection)},
    {"MHD_lookup_connection_value", offsetof(struct pp_microhttpd, lookup_connection_value)},
    {"MHD_queue_response", offsetof(struct pp_microhttpd, queue_response)},
    {"MHD_add_response_header", offsetof(struct pp_microhttpd, add_response_header)},
    {"MHD_create_response_from_buffer", offsetof(struct pp_microhttpd, create_response_from_buffer)},
    {"MHD_create_response_from_callback", offsetof(struct pp_microhttpd, create_response_from_callback)},
    {"MHD_destroy_response", offsetof(struct pp_microhttpd, destroy_response)},
    {"MHD_get_version", offsetof(struct pp_microhttpd, get_version)},
    {0}};

static const struct pp_library library = {
    .title = "libmicrohttpd",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it older than 0.9.71?",
    .install = "install the package libmicrohttpd12 (Debian), libmicrohttpd12t64 (Ubuntu) or libmicrohttpd (Fedora, "
               "Arch, Alpine), or choose another task"};

int pp_microhttpd_load(struct pp_microhttpd *microhttpd, struct pp_error *error) {
    return pp_library_load(&library, microhttpd, error);
}

/* ---- what waits for its moment ---- */

/* A request that is being answered: libmicrohttpd's pointer for it. */
struct answer {
    struct MHD_Connection *connection;
    struct pp_http_reply reply;
    uint64_t due_ns; /* on CLOCK_MONOTONIC */
};

/* A binary heap, the first due at its top. */
struct waiting {
    struct answer **answers;
    size_t count, room;
};

struct pp_http_daemon {
    struct pp_microhttpd microhttpd;
    struct MHD_Daemon *mhd;
    int epoll_fd;
    struct waiting waiting;
    char tile[PP_HTTP_TILE_BYTES];
};

static bool waiting_reserve(struct waiting *waiting) {
    if (waiting->count < waiting->room)
        return true;
    size_t room = waiting->room ? 2 * waiting->room : 64;
    struct answer **larger = realloc(waiting->answers, room * sizeof(struct answer *));
    if (!larger)
        return false;
    waiting->answers = larger;
    waiting->room = room;
    return true;
}

/* There is room. */
static void waiting_add(struct waiting *waiting, struct answer *answer) {
    size_t place = waiting->count++;
    for (size_t parent; place > 0; place = parent) {
        parent = (place - 1) / 2;
        if (waiting->answers[parent]->due_ns <= answer->due_ns)
            break;
        waiting->answers[place] = waiting->answers[parent];
    }
    waiting->answers[place] = answer;
}

static size_t earlier_child(const struct waiting *waiting, size_t place) {
    size_t child = 2 * place + 1;
    bool right = child + 1 < waiting->count && waiting->answers[child + 1]->due_ns < waiting->answers[child]->due_ns;
    return child + right;
}

/* There is one. */
static struct answer *waiting_take(struct waiting *waiting) {
    struct answer *first = waiting->answers[0], *last = waiting->answers[--waiting->count];
    size_t place = 0;
    for (size_t child; (child = earlier_child(waiting, place)) < waiting->count; place = child) {
        if (last->due_ns <= waiting->answers[child]->due_ns)
            break;
        waiting->answers[place] = waiting->answers[child];
    }
    waiting->answers[place] = last;
    return first;
}

/* ---- requests ---- */

static enum MHD_Result send_answer(struct pp_http_daemon *daemon, struct answer *answer) {
    struct MHD_Response *response = answer->reply.response;
    answer->reply.response = NULL;
    enum MHD_Result queued = daemon->microhttpd.queue_response(answer->connection, answer->reply.status, response);
    daemon->microhttpd.destroy_response(response); /* the connection has its own hold on it */
    return queued;
}

/* MHD_NO closes the connection: all that can be done where there is no memory for an answer. */
static enum MHD_Result begin_answer(struct pp_http_daemon *daemon, struct answer *answer) {
    const struct pp_http_reply *reply = &answer->reply;
    if (!reply->response && !reply->never)
        return MHD_NO;
    if (!reply->never && reply->delay_us == 0)
        return send_answer(daemon, answer);
    if (!waiting_reserve(&daemon->waiting))
        return MHD_NO;
    if (!reply->never) {
        answer->due_ns += reply->delay_us * 1000;
        waiting_add(&daemon->waiting, answer);
    }
    daemon->microhttpd.suspend_connection(answer->connection);
    return MHD_YES;
}

static enum MHD_Result make_answer(struct MHD_Connection *connection, void **own) {
    struct answer *answer = calloc(1, sizeof *answer);
    *own = answer;
    if (!answer)
        return MHD_NO;
    answer->connection = connection;
    return MHD_YES;
}

/* Called when a request's headers are there (an answer given then would close the connection), when all of it is, and
 * again when its time has come. */
/* NOLINTNEXTLINE(readability-function-size): so many parameters has libmicrohttpd's type of it */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_bytes, void **own) {
    (void)version, (void)upload;
    struct pp_http_daemon *daemon = cls;
    struct answer *answer = *own;
    if (!answer)
        return make_answer(connection, own);
    if (*upload_bytes > 0) { /* nobody wants it */
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (answer->due_ns > 0)
        return answer->reply.response ? send_answer(daemon, answer) : MHD_NO;
    answer->due_ns = pp_now_ns();
    answer->reply = pp_http_route(&daemon->microhttpd, daemon->tile, connection, method, url);
    return begin_answer(daemon, answer);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode why) {
    (void)connection, (void)why;
    struct pp_http_daemon *daemon = cls;
    struct answer *answer = *own;
    if (answer && answer->reply.response)
        daemon->microhttpd.destroy_response(answer->reply.response);
    free(answer);
    *own = NULL;
}

/* ---- opening ---- */

/* Beside connections: the standard three, the listening socket, and the library's own. */
enum { OTHER_FILES = 16 };

static int start(struct pp_http_daemon *daemon, int listen_fd, struct pp_error *error) {
    /* Of a connection: its request's and its answer's headers; bodies are sent from where they are. */
    const size_t connection_bytes = 4096;
    unsigned files = pp_files_raise(), connections = files > 2 * OTHER_FILES ? files - OTHER_FILES : OTHER_FILES;
    daemon->mhd = daemon->microhttpd.start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL, on_request, daemon,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, daemon, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon->mhd ? daemon->microhttpd.get_daemon_info(daemon->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info)
        return pp_error_set(error, -ENOTSUP, "libmicrohttpd %s cannot serve with epoll",
                            daemon->microhttpd.get_version());
    daemon->epoll_fd = info->epoll_fd;
    return 0;
}

int pp_http_daemon_open(struct pp_http_daemon **daemon, int listen_fd, struct pp_error *error) {
    struct pp_http_daemon *opened = calloc(1, sizeof *opened);
    if (!opened)
        return pp_error_set(error, -ENOMEM, "no memory for the HTTP server");
    int status = pp_microhttpd_load(&opened->microhttpd, error);
    if (status == 0)
        status = start(opened, listen_fd, error);
    if (status != 0) {
        free(opened);
        return status;
    }
    pp_http_tile_fill(opened->tile);
    *daemon = opened;
    return 0;
}

/* ---- serving ---- */

static void resume_due(struct pp_http_daemon *daemon) {
    struct waiting *waiting = &daemon->waiting;
    uint64_t now = waiting->count > 0 ? pp_now_ns() : 0;
    while (waiting->count > 0 && waiting->answers[0]->due_ns <= now)
        daemon->microhttpd.resume_connection(waiting_take(waiting)->connection);
}

/* To the nanosecond, which epoll_wait cannot; NULL: however long it takes. */
static const struct timespec *until_due(const struct pp_http_daemon *daemon, struct timespec *wait) {
    MHD_UNSIGNED_LONG_LONG library_ms;
    uint64_t wait_ns = UINT64_MAX, now = pp_now_ns();
    if (daemon->waiting.count > 0) {
        uint64_t due = daemon->waiting.answers[0]->due_ns;
        wait_ns = due > now ? due - now : 0;
    }
    if (daemon->microhttpd.get_timeout(daemon->mhd, &library_ms) == MHD_YES && library_ms < wait_ns / 1000000)
        wait_ns = library_ms * 1000000;
    if (wait_ns == UINT64_MAX)
        return NULL;
    *wait = (struct timespec){.tv_sec = (time_t)(wait_ns / 1000000000u), .tv_nsec = (long)(wait_ns % 1000000000u)};
    return wait;
}

void pp_http_daemon_serve(struct pp_http_daemon *daemon) {
    struct pollfd events = {.fd = daemon->epoll_fd, .events = POLLIN};
    for (;;) {
        struct timespec wait;
        if (ppoll(&events, 1, until_due(daemon, &wait), NULL) < 0 && errno != EINTR)
            return;
        resume_due(daemon);
        if (daemon->microhttpd.run(daemon->mhd) != MHD_YES)
            return;
    }
}

#else
typedef int pp_http_daemon_is_missing; /* ISO C wants something in every file */
#endif
