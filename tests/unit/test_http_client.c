/* The HTTP client: answers of all sizes, in one piece and in steps; what does not come, or comes short; connections. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/http_client.h"
#include "lib/http_content.h"
#include "lib/http_server.h"

#if defined(PP_HAVE_CURL) && defined(PP_HAVE_MICROHTTPD)

struct world {
    char folder[64];
    struct pp_http_server server;
    struct pp_curl *curl;
    struct pp_http *http;
};

static int world_open_with(void **state, bool session, long timeout_ms) {
    struct world *world = calloc(1, sizeof *world);
    *state = world;
    if (!world)
        return -1;
    strcpy(world->folder, "/tmp/pptest-client-XXXXXX");
    const struct pp_env env = {.tmp_dir = mkdtemp(world->folder)};
    if (!env.tmp_dir || pp_http_server_open(&world->server, &env, NULL) != 0 ||
        pp_http_load(&world->curl, false, NULL) != 0)
        return -1;
    const struct pp_http_options options = {.curl = world->curl, .session = session, .timeout_ms = timeout_ms};
    return pp_http_open(&world->http, &options, NULL);
}

static int world_open(void **state) { return world_open_with(state, true, 60000); }
static int world_open_impatient(void **state) { return world_open_with(state, true, 100); }
static int world_open_without_session(void **state) { return world_open_with(state, false, 0); }

static int world_close(void **state) {
    struct world *world = *state;
    pp_http_close(world->http);
    pp_http_unload(world->curl);
    pp_http_server_close(&world->server);
    int status = rmdir(world->folder);
    free(world);
    return status;
}

static const char *url_of(int port, const char *path, char url[128]) {
    snprintf(url, 128, "http://127.0.0.1:%d%s", port, path);
    return url;
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wait_for(const struct pp_wait *wait) {
    struct pollfd ready = {.fd = wait->fd, .events = wait->events};
    uint64_t now = now_ns(), left = wait->until_ns > now ? wait->until_ns - now : 0;
    struct timespec time = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
    assert_true(wait->fd >= 0 || wait->until_ns != UINT64_MAX);
    ppoll(&ready, wait->fd >= 0, wait->until_ns == UINT64_MAX ? NULL : &time, NULL);
}

/* In steps; what comes is copied into the answer, which is the caller's. */
static int get_in_steps(struct pp_http *http, const char *url, struct pp_http_answer *answer, struct pp_error *error) {
    struct pp_http_transfer *transfer;
    struct pp_http_answer lent = {0};
    struct pp_wait wait;
    int status = pp_http_begin(http, url, &transfer, error);
    if (status != 0)
        return status;
    while ((status = pp_http_step(transfer, &wait, &lent, error)) > 0)
        wait_for(&wait);
    if (status == 0) {
        assert_int_equal(pp_buffer_reserve(&answer->body, lent.bytes + 1), 0);
        if (lent.bytes > 0)
            memcpy(answer->body.data, lent.body.data, lent.bytes);
        answer->bytes = lent.bytes;
        answer->status = lent.status;
    }
    pp_http_abandon(transfer);
    return status;
}

typedef int getter(struct pp_http *http, const char *url, struct pp_http_answer *answer, struct pp_error *error);

static getter *const ways[] = {pp_http_get, get_in_steps};
enum { WAYS = 2 };

/* ---- answers ---- */

static void answers_of_all_sizes_come_whole(void **state) {
    const struct world *world = *state;
    static const size_t sizes[] = {30000000, 256, 1000000, 70000};
    char *tile = malloc(PP_HTTP_TILE_BYTES), path[64], url[128];
    assert_non_null(tile);
    pp_http_tile_fill(tile);
    for (int way = 0; way < WAYS; way++) {
        struct pp_http_answer answer = {0};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct pp_http_page page;
            pp_http_page_of(i, sizes[i], &page);
            snprintf(path, sizeof path, "/page/%zu?bytes=%zu&delay_us=100", i, sizes[i]);
            assert_int_equal(ways[way](world->http, url_of(world->server.port, path, url), &answer, NULL), 0);
            assert_int_equal(answer.status, 200);
            assert_int_equal(answer.bytes, sizes[i]);
            assert_true(pp_http_page_has(&page, tile, 0, answer.body.data, answer.bytes));
        }
        pp_buffer_release(&answer.body);
    }
    free(tile);
}

static void every_status_is_an_answer(void **state) {
    const struct world *world = *state;
    static const int codes[] = {204, 404, 503};
    char path[32], url[128];
    for (int way = 0; way < WAYS; way++) {
        struct pp_http_answer answer = {0};
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
            snprintf(path, sizeof path, "/status/%d", codes[i]);
            assert_int_equal(ways[way](world->http, url_of(world->server.port, path, url), &answer, NULL), 0);
            assert_int_equal(answer.status, codes[i]);
        }
        pp_buffer_release(&answer.body);
    }
}

static void fails(const struct world *world, const char *path, int code, const char *words) {
    char url[128];
    for (int way = 0; way < WAYS; way++) {
        struct pp_http_answer answer = {0};
        struct pp_error error = {0};
        int status = ways[way](world->http, url_of(world->server.port, path, url), &answer, &error);
        if (status != code || !strstr(error.text, words) || !strstr(error.text, url))
            fail_msg("%s: %d: %s", path, status, error.text);
        /* What follows is not touched by it. */
        assert_int_equal(ways[way](world->http, url_of(world->server.port, "/status/200", url), &answer, &error), 0);
        pp_buffer_release(&answer.body);
    }
}

static void an_answer_that_ends_too_early_is_an_error(void **state) {
    fails(*state, "/truncated?bytes=100000", -EPROTO, "50000");
}

static void an_answer_that_does_not_come_is_an_error(void **state) {
    fails(*state, "/stall", -ETIMEDOUT, "Operation timed out after ");
    fails(*state, "/status/200?delay_us=3000000", -ETIMEDOUT, "Operation timed out after ");
}

static void what_is_no_url_is_an_error(void **state) {
    const struct world *world = *state;
    for (int way = 0; way < WAYS; way++) {
        struct pp_http_answer answer = {0};
        struct pp_error error = {0};
        assert_true(ways[way](world->http, "http://", &answer, &error) < 0);
        assert_true(error.text[0] != '\0');
        pp_buffer_release(&answer.body);
    }
}

/* ---- connections: counted by a server that keeps them ---- */

struct counter {
    pid_t pid;
    int port;
    _Atomic int *connections;
};

/* Answers every request of a connection; no length is announced where it is to be found by the end of the connection.
 */
static void serve(int fd) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[1024];
    size_t length = 0;
    while (read(fd, request + length, 1) == 1) {
        length = length + 1 < sizeof request ? length + 1 : 0;
        if (length >= 4 && memcmp(request + length - 4, "\r\n\r\n", 4) == 0) {
            if (write(fd, answer, sizeof answer - 1) < 0)
                break;
            length = 0;
        }
    }
}

static struct counter counter_open(void) {
    struct counter counter = {.connections = pp_shared_alloc(sizeof *counter.connections)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_non_null(counter.connections);
    assert_int_equal(bind(listen_fd, (struct sockaddr *)&address, bytes) | listen(listen_fd, 100), 0);
    assert_int_equal(getsockname(listen_fd, (struct sockaddr *)&address, &bytes), 0);
    counter.port = ntohs(address.sin_port);
    counter.pid = fork();
    if (counter.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        for (;;) {
            int fd = accept(listen_fd, NULL, NULL);
            atomic_fetch_add(counter.connections, 1);
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(fd);
                _exit(0);
            }
            close(fd);
        }
    }
    close(listen_fd);
    return counter;
}

static void counter_close(struct counter *counter) {
    kill(counter->pid, SIGKILL);
    assert_int_equal(waitpid(counter->pid, NULL, 0), counter->pid);
    pp_shared_free((void *)counter->connections, sizeof *counter->connections);
}

static int connections_for(struct pp_http *http, getter *way, int requests) {
    struct counter counter = counter_open();
    struct pp_http_answer answer = {0};
    char url[128];
    for (int i = 0; i < requests; i++) {
        assert_int_equal(way(http, url_of(counter.port, "/", url), &answer, NULL), 0);
        assert_int_equal(answer.bytes, 2);
        assert_memory_equal(answer.body.data, "ok", 2);
    }
    pp_buffer_release(&answer.body);
    int connections = atomic_load(counter.connections);
    counter_close(&counter);
    return connections;
}

static void a_session_keeps_its_connection(void **state) {
    const struct world *world = *state;
    for (int way = 0; way < WAYS; way++)
        assert_int_equal(connections_for(world->http, ways[way], 10), 1);
}

static void without_a_session_each_request_has_a_new_connection(void **state) {
    const struct world *world = *state;
    for (int way = 0; way < WAYS; way++)
        assert_int_equal(connections_for(world->http, ways[way], 10), 10);
}

/* Rounds of so many at once have as many connections, and no more. */
static void transfers_are_used_again_with_their_connections(void **state) {
    enum { COUNT = 20, ROUNDS = 5 };
    const struct world *world = *state;
    struct counter counter = counter_open();
    struct pp_http_transfer *transfers[COUNT];
    struct pp_wait waits[COUNT];
    char url[128];
    url_of(counter.port, "/", url);
    for (int round = 0; round < ROUNDS; round++) {
        struct pp_http_answer answer;
        int status[COUNT];
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(pp_http_begin(world->http, url, &transfers[i], NULL), 0);
            status[i] = pp_http_step(transfers[i], &waits[i], &answer, NULL);
        }
        for (int i = 0; i < COUNT; i++) {
            while (status[i] > 0) {
                wait_for(&waits[i]);
                status[i] = pp_http_step(transfers[i], &waits[i], &answer, NULL);
            }
            assert_int_equal(status[i], 0);
            assert_int_equal(answer.bytes, 2);
        }
        for (int i = 0; i < COUNT; i++)
            pp_http_abandon(transfers[i]);
    }
    assert_int_equal(atomic_load(counter.connections), COUNT);
    counter_close(&counter);
}

#define WITH(open, test) cmocka_unit_test_setup_teardown(test, open, world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(world_open, answers_of_all_sizes_come_whole),
        WITH(world_open_without_session, answers_of_all_sizes_come_whole),
        WITH(world_open, every_status_is_an_answer),
        WITH(world_open, an_answer_that_ends_too_early_is_an_error),
        WITH(world_open_impatient, an_answer_that_does_not_come_is_an_error),
        WITH(world_open, what_is_no_url_is_an_error),
        WITH(world_open, a_session_keeps_its_connection),
        WITH(world_open_without_session, without_a_session_each_request_has_a_new_connection),
        WITH(world_open, transfers_are_used_again_with_their_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 0; }
#endif
