/* api: right records pass, whether fetched in one piece or in steps; wrong ones are found, and failures worded. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "http_fixture.h"
#include "lib/http_content.h"
#include "lib/http_server.h"
#include "task_fixture.h"

extern const struct pp_task pp_task_api;

#if defined(PP_HAVE_CURL) && defined(PP_HAVE_MICROHTTPD)

enum { BYTES = 400 };

static struct fixture small(double delay_ms) {
    struct fixture f = fixture_new(&pp_task_api, folder, 0);
    *(double *)fixture_argument(&f, "delay_ms") = delay_ms;
    *(int64_t *)fixture_argument(&f, "record_bytes") = BYTES;
    return f;
}

static struct fixture started(double delay_ms) {
    struct fixture f = small(delay_ms);
    if (fixture_start(&f) != 0)
        fail_msg("%s", f.error.text);
    return f;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- right answers ---- */

static void records_are_fetched_and_right(void **state) {
    (void)state;
    struct fixture f = started(1);
    assert_int_equal(fixture_do(&f, 1), 0);
    uint64_t digest = f.output.digest;
    assert_int_equal(fixture_do(&f, 2), 0);
    assert_int_not_equal(f.output.digest, digest);
    *(bool *)fixture_argument(&f, "session") = false;
    *(double *)fixture_argument(&f, "jitter_ms") = 2;
    assert_int_equal(fixture_do(&f, 1), 0);
    assert_int_equal(f.output.digest, digest);
    *(int64_t *)fixture_argument(&f, "record_bytes") = 1000000;
    assert_int_equal(fixture_do(&f, 1), 0);
    assert_int_not_equal(f.output.digest, digest);
    fixture_free(&f, true);
}

static void connections_are_new_without_a_session(void **state) {
    (void)state;
    struct fixture f = small(0);
    *(bool *)fixture_argument(&f, "session") = false;
    assert_int_equal(fixture_start(&f), 0);
    for (uint64_t seed = 0; seed < 20; seed++)
        assert_int_equal(fixture_do(&f, seed), 0);
    fixture_free(&f, true);
}

static void the_delay_passes_and_jitter_comes_on_top(void **state) {
    (void)state;
    struct fixture f = started(20);
    double start = seconds();
    assert_int_equal(fixture_do(&f, 1), 0);
    assert_true(seconds() - start >= 0.02);
    *(double *)fixture_argument(&f, "delay_ms") = 0;
    *(double *)fixture_argument(&f, "jitter_ms") = 50;
    start = seconds();
    for (uint64_t seed = 1; seed <= 8; seed++) /* half of it on average */
        assert_int_equal(fixture_do(&f, seed), 0);
    assert_true(seconds() - start >= 0.1);
    fixture_free(&f, true);
}

static void estimates_follow_the_delay(void **state) {
    (void)state;
    struct fixture f = small(200);
    double some = f.task->estimate(f.args);
    assert_true(some > 0.2 && some < 0.21);
    *(double *)fixture_argument(&f, "jitter_ms") = 100;
    assert_true(f.task->estimate(f.args) >= some + 0.05);
    fixture_free(&f, false);
}

/* ---- in steps ---- */

enum { FLIGHTS = 50 };

struct flights {
    struct fixture *f;
    void *own[FLIGHTS];
    struct pp_wait waits[FLIGHTS];
    struct pp_output outputs[FLIGHTS];
    int status[FLIGHTS]; /* of the last step; 1: under way */
};

static void take_step(struct flights *all, int i) {
    struct pp_item item = {.index = (uint64_t)i, .seed = (uint64_t)i + 1};
    all->waits[i] = (struct pp_wait){.until_ns = UINT64_MAX, .fd = -1};
    struct pp_step step = {.wait = &all->waits[i], .output = &all->outputs[i]};
    struct fixture *f = all->f;
    all->status[i] = f->task->step(f->state, all->own[i], f->args, &item, &step, &f->error);
    if (all->status[i] == 0)
        assert_int_equal(f->task->verify(f->state, f->args, &item, &all->outputs[i], &f->error), 0);
}

static bool is_due(const struct pp_wait *wait) {
    struct pollfd ready = {.fd = wait->fd, .events = wait->events};
    return (double)wait->until_ns * 1e-9 <= seconds() || (wait->fd >= 0 && poll(&ready, 1, 0) == 1);
}

static struct flights all_of(struct fixture *f) {
    struct flights all = {.f = f};
    for (int i = 0; i < FLIGHTS; i++) {
        all.own[i] = fixture_zeroed(f->task->flight_size);
        take_step(&all, i);
    }
    return all;
}

static void land(struct flights *all) {
    int under_way = 1;
    while (under_way > 0) {
        under_way = 0;
        for (int i = 0; i < FLIGHTS; i++) {
            if (all->status[i] > 0 && is_due(&all->waits[i]))
                take_step(all, i);
            under_way += all->status[i] > 0;
        }
        usleep(200);
    }
}

static void release(struct flights *all) {
    for (int i = 0; i < FLIGHTS; i++)
        free(all->own[i]);
}

static void many_in_flight_are_the_same_as_one_after_the_other(void **state) {
    (void)state;
    struct fixture f = started(100);
    double start = seconds();
    struct flights all = all_of(&f);
    land(&all);
    assert_true(seconds() - start < 0.1 * FLIGHTS);
    *(double *)fixture_argument(&f, "delay_ms") = 0;
    for (int i = 0; i < FLIGHTS; i++) {
        struct pp_item item = {.index = (uint64_t)i, .seed = (uint64_t)i + 1};
        struct pp_output output = {0};
        assert_int_equal(all.status[i], 0);
        assert_int_equal(f.task->run(f.state, f.args, &item, &output, &f.error), 0);
        assert_int_equal(output.digest, all.outputs[i].digest);
    }
    release(&all);
    fixture_free(&f, true);
}

static void flights_that_are_given_up_leave_the_worker_usable(void **state) {
    (void)state;
    struct fixture f = started(60000);
    struct flights all = all_of(&f);
    for (int i = 0; i < FLIGHTS; i++) {
        assert_int_equal(all.status[i], 1);
        f.task->abandon(f.state, all.own[i]);
    }
    release(&all);
    *(double *)fixture_argument(&f, "delay_ms") = 1;
    all = all_of(&f);
    land(&all);
    release(&all);
    assert_int_equal(fixture_do(&f, 3), 0);
    fixture_free(&f, true);
}

static void flights_without_a_session_land_too(void **state) {
    (void)state;
    struct fixture f = small(5);
    *(bool *)fixture_argument(&f, "session") = false;
    assert_int_equal(fixture_start(&f), 0);
    struct flights all = all_of(&f);
    land(&all);
    for (int i = 0; i < FLIGHTS; i++)
        assert_int_equal(all.status[i], 0);
    release(&all);
    fixture_free(&f, true);
}

/* ---- wrong answers: from a server of our own, in the place where the run's is looked for ---- */

struct liar {
    struct canned_server server;
    char link[128];
};

static struct liar liar_open(void) {
    struct liar liar = {.server = canned_open()};
    struct stat space = {0};
    char target[64];
    stat("/proc/self/ns/net", &space);
    snprintf(liar.link, sizeof liar.link, "%s/http-server-%llu", folder, (unsigned long long)space.st_ino);
    snprintf(target, sizeof target, "127.0.0.1:%d", liar.server.port);
    assert_int_equal(symlink(target, liar.link), 0);
    return liar;
}

static void liar_close(struct liar *liar) {
    canned_close(&liar->server);
    unlink(liar->link);
}

/* What the server ought to say for item 0 of this seed, but for `from`, which is `to` instead. */
static void can(struct liar *liar, uint64_t seed, const char *from, const char *to) {
    struct pp_http_record record;
    char text[BYTES + 1], said[2 * BYTES], *place;
    pp_http_record_of(0, seed, &record);
    pp_http_record_write(&record, BYTES, text);
    text[BYTES] = '\0';
    place = strstr(text, from);
    assert_non_null(place);
    snprintf(said, sizeof said, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%.*s%s%s",
             BYTES - strlen(from) + strlen(to), (int)(place - text), text, to, place + strlen(from));
    canned_say(&liar->server, said);
}

/* Run and verify, or one step after the other and verify: with the same end. */
static int fetch(struct fixture *f, uint64_t seed) {
    f->error = (struct pp_error){0};
    int status = fixture_do(f, seed);
    struct pp_error first = f->error;
    assert_int_equal(fixture_step(f, &(struct pp_item){.seed = seed}), status);
    f->error = first;
    return status;
}

static void wrong_records_are_found(void **state) {
    (void)state;
    struct pp_http_record right;
    pp_http_record_of(0, 7, &right);
    char price[32], dear[32], sku[32], payload[8], changed[8];
    snprintf(price, sizeof price, "\"price\":%d.%02d", right.cents / 100, right.cents % 100);
    snprintf(dear, sizeof dear, "\"price\":%c%s", price[8] == '9' ? '8' : '9', price + 9);
    snprintf(sku, sizeof sku, "\"sku\":\"%.8s", right.sku);
    struct pp_http_record other;
    char text[BYTES + 1];
    pp_http_record_of(0, 7, &other);
    size_t start = pp_http_record_write(&other, BYTES, text);
    snprintf(payload, sizeof payload, "%.5s", text + start + 100);
    snprintf(changed, sizeof changed, "%.4s%c", payload, payload[4] == 'z' ? 'a' : 'z');
    const struct {
        const char *from, *to, *words;
    } lies[] = {
        {"{", "{", NULL},
        {"\"id\":0", "\"id\":1", "\"id\" is 1, expected 0"},
        {"\"id\":0", "\"id\":\"0\"", "\"id\" is of another type, expected an integer"},
        {"\"quantity\"", "\"quantitY\"", "\"quantity\" is missing"},
        {sku, "\"sku\":\"00000000", "\"sku\" is 00000000"},
        {price, dear, "\"price\" is "},
        {"\"in_stock\":true", "\"in_stock\":null", "\"in_stock\" is of another type, expected true or false"},
        {"\"ratings\":[", "\"ratings\":[9,", "\"ratings\" are 5, expected 4"},
        {payload, changed, "\"payload\" differs from character 104"},
        {payload, "", "has 395 bytes, expected 400"},
        {"\"}", "\"", "is no JSON"},
        {"{", "[{", "is no JSON"},
    };
    struct liar liar = liar_open();
    struct fixture f = started(0);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        can(&liar, 7, lies[i].from, lies[i].to);
        int status = fetch(&f, 7);
        if (status != (lies[i].words ? -EBADMSG : 0) || (lies[i].words && !strstr(f.error.text, lies[i].words)))
            fail_msg("%s -> %s: %d: %s", lies[i].from, lies[i].to, status, f.error.text);
    }
    fixture_free(&f, true);
    liar_close(&liar);
}

static void answers_that_are_none_are_worded(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } answers[] = {
        {"HTTP/1.1 503 Busy\r\nContent-Length: 6\r\nConnection: close\r\n\r\nlater\n",
         "status 503 instead of 200: later"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort", "127.0.0.1"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "is no JSON"},
        {"nonsense\r\n\r\n", "127.0.0.1"},
        {"", "127.0.0.1"},
    };
    struct liar liar = liar_open();
    struct fixture f = started(0);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        canned_say(&liar.server, answers[i].text);
        int status = fetch(&f, 1);
        if (status == 0 || !strstr(f.error.text, answers[i].words))
            fail_msg("%s: %d: %s", answers[i].text, status, f.error.text);
    }
    fixture_free(&f, true);
    liar_close(&liar);
}

static void a_changed_digest_is_found(void **state) {
    (void)state;
    struct fixture f = started(0);
    assert_int_equal(fixture_run(&f, 1), 0);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    assert_int_equal(fixture_run(&f, 1), 0);
    assert_int_equal(fixture_verify(&f, 2), -EBADMSG); /* the record of another item */
    fixture_free(&f, true);
}

static void a_server_that_is_gone_is_an_error(void **state) {
    (void)state;
    struct fixture f = started(0);
    assert_int_equal(fetch(&f, 1), 0);
    struct pp_http_server other;
    char target[128] = "";
    assert_int_equal(pp_http_server_open(&other, &f.env, NULL), 0);
    assert_true(readlink(other.link, target, sizeof target - 1) > 0);
    const char *pid = strstr(target, "pid=");
    assert_non_null(pid);
    kill((pid_t)atoi(pid + 4), SIGKILL);
    assert_true(fetch(&f, 1) != 0); /* whether on the kept connection or on a new one */
    assert_int_equal(fetch(&f, 1), -ECONNREFUSED);
    assert_non_null(strstr(f.error.text, "127.0.0.1"));
    assert_non_null(strstr(f.error.text, "Connection refused"));
    fixture_free(&f, true);
}

/* The last descriptors are taken, by whatever. */
static void no_descriptor_for_a_connection_is_worded(void **state) {
    (void)state;
    struct fixture f = started(0);
    struct rlimit limit, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    few = limit;
    few.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int status = fixture_run(&f, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, -EMFILE);
    assert_non_null(strstr(f.error.text, "Too many open files"));
    assert_non_null(strstr(f.error.text, "ulimit -n"));
    assert_int_equal(fetch(&f, 1), 0);
    fixture_free(&f, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_fetched_and_right),
        cmocka_unit_test(connections_are_new_without_a_session),
        cmocka_unit_test(the_delay_passes_and_jitter_comes_on_top),
        cmocka_unit_test(estimates_follow_the_delay),
        cmocka_unit_test(many_in_flight_are_the_same_as_one_after_the_other),
        cmocka_unit_test(flights_that_are_given_up_leave_the_worker_usable),
        cmocka_unit_test(flights_without_a_session_land_too),
        cmocka_unit_test(wrong_records_are_found),
        cmocka_unit_test(answers_that_are_none_are_worded),
        cmocka_unit_test(a_changed_digest_is_found),
        cmocka_unit_test(a_server_that_is_gone_is_an_error),
        cmocka_unit_test(no_descriptor_for_a_connection_is_worded),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

#else
int main(void) { return 0; }
#endif
