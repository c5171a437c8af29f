/* The built-in HTTP server, asked through plain sockets: its answers, their moments, and its end. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/http_content.h"
#include "lib/http_server.h"
#include "pptest/memory.h"

#ifdef PP_HAVE_MICROHTTPD

/* ---- a server in a folder of its own ---- */

struct world {
    char folder[64];
    struct pp_env env;
    struct pp_http_server server;
};

static int world_open(void **state) {
    struct world *world = calloc(1, sizeof *world);
    *state = world;
    if (!world)
        return -1;
    strcpy(world->folder, "/tmp/pptest-http-XXXXXX");
    world->env = (struct pp_env){.tmp_dir = mkdtemp(world->folder)};
    return world->env.tmp_dir ? pp_http_server_open(&world->server, &world->env, NULL) : -1;
}

static int world_close(void **state) {
    struct world *world = *state;
    pp_http_server_close(&world->server);
    int status = rmdir(world->folder); /* nothing is left in it */
    free(world);
    return status;
}

/* ---- a client ---- */

static int reach(const struct world *world) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)world->server.port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

static void ask(int fd, const char *path, const char *more) {
    char text[512];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, more);
    assert_int_equal(write(fd, text, (size_t)length), length);
}

struct reply {
    int status;
    size_t bytes; /* as announced */
    size_t got;   /* of them */
    bool closed;  /* by the server, before all came */
    char *body;
    char head[1024];
};

static void read_head(int fd, struct reply *reply) {
    size_t length = 0;
    while (length < 4 || memcmp(reply->head + length - 4, "\r\n\r\n", 4) != 0) {
        assert_true(length + 1 < sizeof reply->head);
        assert_int_equal(read(fd, reply->head + length, 1), 1);
        length++;
    }
    reply->head[length] = '\0';
    assert_int_equal(sscanf(reply->head, "HTTP/1.1 %d", &reply->status), 1);
    const char *announced = strcasestr(reply->head, "Content-Length:");
    reply->bytes = announced ? strtoull(announced + 15, NULL, 10) : 0;
}

static struct reply hear(int fd) {
    struct reply reply = {0};
    read_head(fd, &reply);
    reply.body = malloc(reply.bytes + 1);
    assert_non_null(reply.body);
    while (reply.got < reply.bytes && !reply.closed) {
        ssize_t got = read(fd, reply.body + reply.got, reply.bytes - reply.got);
        reply.closed = got <= 0;
        reply.got += got > 0 ? (size_t)got : 0;
    }
    reply.body[reply.got] = '\0';
    return reply;
}

/* One request on a connection of its own. */
static struct reply get(const struct world *world, const char *path) {
    int fd = reach(world);
    assert_true(fd >= 0);
    ask(fd, path, "");
    struct reply reply = hear(fd);
    close(fd);
    return reply;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- answers ---- */

static void records_are_those_of_the_request(void **state) {
    const struct world *world = *state;
    struct pp_http_record record;
    char expected[1000];
    struct reply reply = get(world, "/record/17?bytes=1000&seed=18446744073709551615");
    pp_http_record_of(17, UINT64_MAX, &record);
    pp_http_record_write(&record, sizeof expected, expected);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.got, sizeof expected);
    assert_memory_equal(reply.body, expected, sizeof expected);
    assert_non_null(strstr(reply.head, "application/json"));
    free(reply.body);
}

static void pages_of_all_sizes_are_those_of_the_request(void **state) {
    const struct world *world = *state;
    static const size_t sizes[] = {PP_HTTP_PAGE_BYTES_MIN, 5000, PP_HTTP_TILE_BYTES, 1000000, 50000000};
    char *tile = malloc(PP_HTTP_TILE_BYTES);
    assert_non_null(tile);
    pp_http_tile_fill(tile);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char path[64];
        struct pp_http_page page;
        snprintf(path, sizeof path, "/page/%zu?bytes=%zu", i, sizes[i]);
        pp_http_page_of(i, sizes[i], &page);
        struct reply reply = get(world, path);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.got, sizes[i]);
        assert_true(pp_http_page_has(&page, tile, 0, reply.body, reply.got));
        free(reply.body);
    }
    free(tile);
}

static void what_is_not_understood_is_said(void **state) {
    const struct world *world = *state;
    static const struct {
        const char *path;
        int status;
        const char *words;
    } cases[] = {
        {"/record/1?bytes=255&seed=1", 400, "bytes: found 255, expected an integer from 256 to 16777216"},
        {"/record/1?bytes=1000", 400, "seed: found nothing"},
        {"/record/1?bytes=1e3&seed=1", 400, "bytes: found 1e3"},
        {"/record/1?bytes=-1000&seed=1", 400, "bytes: found -1000"},
        {"/record/1?bytes=99999999999999999999999&seed=1", 400, "bytes: found 999"},
        {"/record/x?bytes=1000&seed=1", 400, "does not end in a number"},
        {"/record/9007199254740992?bytes=1000&seed=1", 400, "does not end in a number"},
        {"/record/1?bytes=1000&seed=1&delay_us=x", 400, "delay_us: found x"},
        {"/page/1?bytes=10", 400, "bytes: found 10"},
        {"/status/99", 400, "does not end in a number"},
        {"/nothing", 404, "no such path"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = get(world, cases[i].path);
        assert_int_equal(reply.status, cases[i].status);
        if (!strstr(reply.body, cases[i].words))
            fail_msg("%s: %s", cases[i].path, reply.body);
        free(reply.body);
    }
}

static void a_status_is_answered_as_asked_for(void **state) {
    static const int codes[] = {200, 204, 304, 404, 500, 503};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char path[32];
        snprintf(path, sizeof path, "/status/%d", codes[i]);
        struct reply reply = get(*state, path);
        assert_int_equal(reply.status, codes[i]);
        free(reply.body);
    }
}

static void a_truncated_answer_ends_too_early(void **state) {
    struct reply reply = get(*state, "/truncated?bytes=100000");
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.bytes, 100000);
    assert_true(reply.closed);
    assert_int_equal(reply.got, 50000);
    free(reply.body);
}

static void what_stalls_is_not_answered_and_holds_nobody_up(void **state) {
    const struct world *world = *state;
    int stalled = reach(world);
    assert_true(stalled >= 0);
    ask(stalled, "/stall", "");
    struct reply reply = get(world, "/status/200");
    free(reply.body);
    struct pollfd silent = {.fd = stalled, .events = POLLIN};
    assert_int_equal(poll(&silent, 1, 100), 0);
    close(stalled);
}

/* ---- connections ---- */

static void a_connection_is_kept_unless_it_shall_be_closed(void **state) {
    int fd = reach(*state);
    assert_true(fd >= 0);
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "/record/%d?bytes=%d&seed=1&delay_us=%d", i, 300 + i, i % 2 * 2000);
        ask(fd, path, i < 4 ? "" : "Connection: close\r\n");
        struct reply reply = hear(fd);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.got, 300 + i);
        free(reply.body);
    }
    char byte;
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
}

/* Never too early; how late is the machine's business, so the earliest of some is looked at. */
static void answers_come_at_their_moment(void **state) {
    int fd = reach(*state);
    double least = 1;
    for (int i = 0; i < 40; i++) {
        double start = seconds();
        ask(fd, "/record/1?bytes=300&seed=1&delay_us=3300", "");
        struct reply reply = hear(fd);
        double took = seconds() - start;
        free(reply.body);
        assert_true(took >= 3.3e-3);
        least = took < least ? took : least;
    }
    assert_true(least < 3.3e-3 + 1e-3);
    close(fd);
}

static bool room_for_files(rlim_t count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

/* One after the other they would take ten minutes. Asked for in a mixed order, they are answered in the order in which
 * they are due. */
static void thousands_wait_at_the_same_time(void **state) {
    enum { COUNT = 2000 };
    static int fds[COUNT];
    if (!room_for_files(COUNT + 100))
        skip();
    double start = seconds();
    for (int i = 0; i < COUNT; i++) {
        char path[80];
        snprintf(path, sizeof path, "/record/%d?bytes=300&seed=1&delay_us=%d", i, 300000 + i * 7919 % COUNT * 10);
        fds[i] = reach(*state);
        assert_true(fds[i] >= 0);
        ask(fds[i], path, "");
    }
    for (int i = 0; i < COUNT; i++) {
        char member[32];
        snprintf(member, sizeof member, "{\"id\":%d,", i);
        struct reply reply = hear(fds[i]);
        assert_int_equal(reply.status, 200);
        assert_memory_equal(reply.body, member, strlen(member));
        free(reply.body);
        close(fds[i]);
    }
    assert_true(seconds() - start < 60);
}

static void clients_that_go_away_before_their_answer_do_no_harm(void **state) {
    for (int i = 0; i < 50; i++) {
        int fd = reach(*state);
        ask(fd, "/record/1?bytes=300&seed=1&delay_us=20000", "");
        close(fd);
    }
    struct reply reply = get(*state, "/record/1?bytes=300&seed=1&delay_us=40000");
    assert_int_equal(reply.status, 200);
    free(reply.body);
}

static void nobody_outside_of_this_host_is_answered(void **state) {
    const struct world *world = *state;
    char name[64], line[256];
    snprintf(name, sizeof name, "0100007F:%04X 00000000:0000 0A", (unsigned)world->server.port);
    FILE *sockets = fopen("/proc/net/tcp", "re");
    assert_non_null(sockets);
    bool found = false;
    while (fgets(line, sizeof line, sockets))
        found |= strstr(line, name) != NULL;
    fclose(sockets);
    assert_true(found);
}

/* ---- one for a run ---- */

static void others_of_the_run_find_it(void **state) {
    struct world *world = *state;
    struct pp_http_server other;
    assert_int_equal(pp_http_server_open(&other, &world->env, NULL), 0);
    assert_int_equal(other.port, world->server.port);
    assert_int_equal(other.pid, 0);
    assert_int_not_equal(world->server.pid, 0);
    pp_http_server_close(&other);
    struct reply reply = get(world, "/status/200");
    assert_int_equal(reply.status, 200);
    free(reply.body);
}

/* Of processes that open it at the same moment one has the server, and all know the same port. */
static void of_many_that_start_it_at_once_one_owns_it(void **state) {
    enum { COUNT = 12 };
    struct world *world = *state;
    pp_http_server_close(&world->server);
    struct pp_http_server *all = pp_shared_alloc(COUNT * sizeof *all);
    pid_t children[COUNT];
    int gate[2], hold[2], opened[2];
    char byte = 0;
    assert_true(all && pipe(gate) == 0 && pipe(hold) == 0 && pipe(opened) == 0);
    for (int i = 0; i < COUNT; i++)
        if ((children[i] = fork()) == 0) {
            close(gate[1]);
            close(hold[1]);
            if (read(gate[0], &byte, 1) == 0 && pp_http_server_open(&all[i], &world->env, NULL) == 0 &&
                write(opened[1], &byte, 1) == 1 && read(hold[0], &byte, 1) == 0)
                pp_http_server_close(&all[i]);
            _exit(0);
        }
    close(gate[0]);
    close(gate[1]); /* go */
    close(opened[1]);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(read(opened[0], &byte, 1), 1);
    close(opened[0]);
    int owners = 0;
    for (int i = 0; i < COUNT; i++) {
        owners += all[i].owner != 0;
        assert_int_equal(all[i].port, all[0].port);
    }
    assert_int_equal(owners, 1);
    close(hold[0]);
    close(hold[1]);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
    pp_shared_free(all, COUNT * sizeof *all);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state) {
    (void)state;
    struct pp_env env = {.tmp_dir = "/nowhere/at/all"};
    struct pp_http_server server;
    struct pp_error error = {0};
    assert_int_equal(pp_http_server_open(&server, &env, &error), -ENOENT);
    assert_non_null(strstr(error.text, "/nowhere/at/all/http-server-"));
    assert_non_null(strstr(error.text, "set \"tmp_dir\""));
    pp_http_server_close(&server);
    assert_int_equal(waitpid(-1, NULL, WNOHANG) < 0 ? errno : 0, 0); /* the other server is the only child */
}

/* ---- its end ---- */

static void closing_ends_it(void **state) {
    struct world *world = *state;
    pid_t pid = world->server.pid;
    pp_http_server_close(&world->server);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(reach(world), -ECONNREFUSED);
    pp_http_server_close(&world->server); /* once more does no harm */
    assert_int_equal(pp_http_server_open(&world->server, &world->env, NULL), 0);
    assert_true(world->server.pid > 0);
}

static void closing_one_that_was_killed_and_reaped_does_no_harm(void **state) {
    struct world *world = *state;
    kill(world->server.pid, SIGKILL);
    assert_int_equal(waitpid(world->server.pid, NULL, 0), world->server.pid);
    assert_int_equal(reach(world), -ECONNREFUSED);
}

static void stop_signals_do_not_touch_it(void **state) {
    struct world *world = *state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        assert_int_equal(kill(world->server.pid, signals[i]), 0);
    struct reply reply = get(world, "/status/200");
    assert_int_equal(reply.status, 200);
    free(reply.body);
}

/* The owner is killed; what it had open ends with it, because the server does not hold it. */
static void it_ends_with_its_owner_however_that_ends(void **state) {
    struct world *world = *state;
    struct pp_http_server *server = pp_shared_alloc(sizeof *server);
    int held[2];
    assert_true(server && pipe(held) == 0);
    pp_http_server_close(&world->server);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* to see the server's own end */
    pid_t owner = fork();
    if (owner == 0) {
        if (pp_http_server_open(server, &world->env, NULL) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    close(held[1]);
    int wait_status;
    assert_int_equal(waitpid(owner, &wait_status, 0), owner);
    assert_true(WIFSIGNALED(wait_status));
    char byte;
    assert_int_equal(read(held[0], &byte, 1), 0);
    close(held[0]);
    assert_int_equal(waitpid(server->pid, &wait_status, 0), server->pid);
    assert_true(WIFSIGNALED(wait_status));
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    unlink(server->link);
    pp_shared_free(server, sizeof *server);
}

static void it_holds_none_of_its_owners_descriptors(void **state) {
    struct world *world = *state;
    int held[2];
    pp_http_server_close(&world->server);
    assert_int_equal(pipe(held), 0);
    assert_int_equal(pp_http_server_open(&world->server, &world->env, NULL), 0);
    close(held[1]);
    char byte;
    assert_int_equal(read(held[0], &byte, 1), 0);
    close(held[0]);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SERVER(records_are_those_of_the_request),
        WITH_SERVER(pages_of_all_sizes_are_those_of_the_request),
        WITH_SERVER(what_is_not_understood_is_said),
        WITH_SERVER(a_status_is_answered_as_asked_for),
        WITH_SERVER(a_truncated_answer_ends_too_early),
        WITH_SERVER(what_stalls_is_not_answered_and_holds_nobody_up),
        WITH_SERVER(a_connection_is_kept_unless_it_shall_be_closed),
        WITH_SERVER(answers_come_at_their_moment),
        WITH_SERVER(thousands_wait_at_the_same_time),
        WITH_SERVER(clients_that_go_away_before_their_answer_do_no_harm),
        WITH_SERVER(nobody_outside_of_this_host_is_answered),
        WITH_SERVER(others_of_the_run_find_it),
        WITH_SERVER(of_many_that_start_it_at_once_one_owns_it),
        WITH_SERVER(a_folder_that_cannot_be_written_is_an_error),
        WITH_SERVER(closing_ends_it),
        WITH_SERVER(closing_one_that_was_killed_and_reaped_does_no_harm),
        WITH_SERVER(stop_signals_do_not_touch_it),
        WITH_SERVER(it_ends_with_its_owner_however_that_ends),
        WITH_SERVER(it_holds_none_of_its_owners_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 0; }
#endif
