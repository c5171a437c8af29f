/* download: pages of the own server and of others pass when they are whole, and fail with a reason when they are not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "http_fixture.h"
#include "lib/http_server.h"
#include "task_fixture.h"

extern const struct pp_task pp_task_download;

#if defined(PP_HAVE_CURL) && defined(PP_HAVE_MICROHTTPD)

static struct fixture started(void) {
    struct fixture f = fixture_new(&pp_task_download, folder, 0);
    if (fixture_start(&f) != 0)
        fail_msg("%s", f.error.text);
    return f;
}

static int do_item(struct fixture *f, uint64_t index) {
    struct pp_item item = {.index = index, .seed = index + 1};
    f->output = (struct pp_output){0};
    int status = f->task->run(f->state, f->args, &item, &f->output, &f->error);
    return status ? status : f->task->verify(f->state, f->args, &item, &f->output, &f->error);
}

/* ---- the own server ---- */

static void pages_are_fetched_and_right(void **state) {
    (void)state;
    struct fixture f = started();
    assert_int_equal(do_item(&f, 0), 0);
    uint64_t digest = f.output.digest;
    assert_true(f.output.value == 10000);
    assert_int_equal(do_item(&f, 1), 0);
    assert_int_not_equal(f.output.digest, digest);
    assert_int_equal(do_item(&f, 0), 0);
    assert_int_equal(f.output.digest, digest);
    fixture_free(&f, true);
}

static void what_was_not_fetched_does_not_verify(void **state) {
    (void)state;
    struct fixture f = started();
    struct pp_item item = {.index = 3, .seed = 4}, other = {.index = 4, .seed = 5};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_equal(f.task->verify(f.state, f.args, &other, &f.output, &f.error), -EBADMSG);
    assert_string_equal(f.error.text, "the page is not page 4");
    struct pp_output output = f.output;
    output.digest ^= 1;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &output, &f.error), -EBADMSG);
    output = f.output;
    output.value += 1;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &output, &f.error), -EBADMSG);
    *(int64_t *)fixture_argument(&f, "page_bytes") = 10001;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
    assert_string_equal(f.error.text, "the page has 10000 bytes instead of 10001");
    fixture_free(&f, true);
}

static int step_item(struct fixture *f, uint64_t index) {
    return fixture_step(f, &(struct pp_item){.index = index, .seed = index + 1});
}

static void steps_fetch_the_same(void **state) {
    (void)state;
    struct fixture f = started();
    for (uint64_t i = 0; i < 5; i++) {
        assert_int_equal(do_item(&f, i), 0);
        uint64_t digest = f.output.digest;
        assert_int_equal(step_item(&f, i), 0);
        assert_int_equal(f.output.digest, digest);
    }
    fixture_free(&f, true);
}

static void reports_are_written(void **state) {
    (void)state;
    for (int report = 1; report <= 2; report++) {
        struct fixture f = fixture_new(&pp_task_download, folder, 0);
        *(int *)fixture_argument(&f, "report") = report;
        assert_int_equal(fixture_start(&f), 0);
        for (uint64_t i = 0; i < 3; i++)
            assert_int_equal(do_item(&f, i), 0);
        char path[128], line[256] = "";
        snprintf(path, sizeof path, "%s/w0-download.log", folder);
        FILE *log = fopen(path, "r");
        assert_int_equal(log != NULL, report == 2);
        if (log) {
            assert_non_null(fgets(line, sizeof line, log));
            assert_int_equal(strncmp(line, "10000 bytes from http://127.0.0.1:", 34), 0);
            fclose(log);
        }
        fixture_free(&f, true);
    }
}

/* ---- addresses of the user's ---- */

static struct pp_strings one_url;
static const char *url_items[1];
static char url[256];

/* A worker that is to fetch `path` of a server that is somebody else's. */
static struct fixture foreign(int port, const char *path) {
    struct fixture f = fixture_new(&pp_task_download, folder, 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    url_items[0] = url;
    one_url = (struct pp_strings){.count = 1, .items = url_items};
    *(struct pp_strings *)fixture_argument(&f, "urls") = one_url;
    if (fixture_start(&f) != 0)
        fail_msg("%s", f.error.text);
    return f;
}

static void pages_of_others_are_whole_or_fail_with_the_reason(void **state) {
    (void)state;
    static const struct {
        const char *path, *words;
    } bad[] = {{"/status/500", "status 500"},
               {"/status/404", "status 404"},
               {"/truncated?bytes=5000", "remaining"},
               {"/nothing", "status 404"}};
    const struct pp_env env = {.tmp_dir = folder};
    struct pp_http_server server;
    unsetenv("http_proxy");
    assert_int_equal(pp_http_server_open(&server, &env, NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f = foreign(server.port, bad[i].path);
        assert_true(do_item(&f, 0) < 0);
        if (!strstr(f.error.text, bad[i].words))
            fail_msg("%s", f.error.text);
        assert_true(step_item(&f, 0) < 0);
        fixture_free(&f, true);
    }
    struct fixture f = foreign(server.port, "/page/7?bytes=777");
    assert_int_equal(do_item(&f, 0), 0);
    assert_true(f.output.value == 777);
    pp_http_server_close(&server);
    assert_true(do_item(&f, 0) < 0);
    assert_int_equal(do_item(&f, 0), -ECONNREFUSED);
    fixture_free(&f, true);
}

static long peak_kib(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

static void pages_of_others_are_counted_not_kept(void **state) {
    (void)state;
    const struct pp_env env = {.tmp_dir = folder};
    struct pp_http_server server;
    assert_int_equal(pp_http_server_open(&server, &env, NULL), 0);
    struct fixture f = foreign(server.port, "/page/7?bytes=200000000");
    long before = peak_kib();
    assert_int_equal(do_item(&f, 0), 0);
    assert_int_equal(step_item(&f, 0), 0);
    assert_true(f.output.value == 200e6);
    assert_true(peak_kib() - before < 20000);
    fixture_free(&f, true);
    pp_http_server_close(&server);
}

static void what_others_announce_takes_no_memory(void **state) {
    (void)state;
    struct canned_server server = canned_open();
    canned_say(&server,
               "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4611686018427387904\r\n\r\nthat is all");
    struct fixture f = foreign(server.port, "/");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(i == 0 ? do_item(&f, 0) : step_item(&f, 0), -EPROTO);
        if (!strstr(f.error.text, "remaining") || strstr(f.error.text, "fewer workers"))
            fail_msg("%s", f.error.text);
    }
    fixture_free(&f, true);
    canned_close(&server);
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *url, *words;
    } bad[] = {{"ftp://a/b", "http://"},
               {"http://", "host"},
               {"http://:80/", "host"},
               {"http://me@/", "host"},
               {"http://[::1", "brackets"},
               {"http://[::1/x", "brackets"},
               {"http://a]/", "http://host:8080/path"},
               {"http://a:80000/", "65535"},
               {"HTTPS://a:x/", "65535"},
               {"https:///x", "host"},
               {"http://a/b c", "%20"},
               {"", "http://"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f = fixture_new(&pp_task_download, folder, 0);
        const char *items[] = {"https://example.org/", bad[i].url};
        *(struct pp_strings *)fixture_argument(&f, "urls") = (struct pp_strings){.count = 2, .items = items};
        assert_int_equal(f.task->check(f.args, &f.error), -EINVAL);
        assert_string_equal(f.error.where, "/0/1");
        assert_non_null(strstr(f.error.text, bad[i].words));
        fixture_free(&f, false);
    }
}

static void addresses_of_all_sorts_are_accepted(void **state) {
    (void)state;
    const char *items[] = {"HTTP://Example.org",    "httpS://example.org/", "http://[::1]:65535/x?y#z",
                           "http://me:it@host:80/", "http://a?b",           "http://10.0.0.1/%20"};
    struct fixture f = fixture_new(&pp_task_download, folder, 0);
    *(struct pp_strings *)fixture_argument(&f, "urls") =
        (struct pp_strings){.count = sizeof items / sizeof *items, .items = items};
    if (f.task->check(f.args, &f.error) != 0)
        fail_msg("%s", f.error.text);
    fixture_free(&f, false);
}

static void redirections_lead_to_http_alone(void **state) {
    (void)state;
    struct canned_server server = canned_open(), other = canned_open();
    char answer[256];
    canned_say(&other, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes");
    struct fixture f = foreign(server.port, "/");
    snprintf(answer, sizeof answer, "HTTP/1.1 302 There\r\nConnection: close\r\nLocation: HTTP://127.0.0.1:%d/\r\n\r\n",
             other.port);
    canned_say(&server, answer);
    assert_int_equal(do_item(&f, 0), 0);
    assert_true(f.output.value == 3);
    snprintf(answer, sizeof answer, "HTTP/1.1 302 There\r\nConnection: close\r\nLocation: ftp://127.0.0.1:%d/x\r\n\r\n",
             other.port);
    canned_say(&server, answer);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(i == 0 ? do_item(&f, 0) : step_item(&f, 0), -EPROTO);
        if (!strstr(f.error.text, "Protocol \"ftp\""))
            fail_msg("%s", f.error.text);
    }
    fixture_free(&f, true);
    canned_close(&other);
    canned_close(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_fetched_and_right),
        cmocka_unit_test(what_was_not_fetched_does_not_verify),
        cmocka_unit_test(steps_fetch_the_same),
        cmocka_unit_test(reports_are_written),
        cmocka_unit_test(pages_of_others_are_whole_or_fail_with_the_reason),
        cmocka_unit_test(pages_of_others_are_counted_not_kept),
        cmocka_unit_test(what_others_announce_takes_no_memory),
        cmocka_unit_test(redirections_lead_to_http_alone),
        cmocka_unit_test(addresses_of_all_sorts_are_accepted),
        cmocka_unit_test(what_is_no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

#elif defined(PP_HAVE_CURL)

static void without_a_server_of_its_own_there_are_others(void **state) {
    (void)state;
    struct fixture f = fixture_new(&pp_task_download, "/tmp", 0);
    struct pp_item item = {0};
    assert_int_equal(f.task->check(f.args, &f.error), -ENOTSUP);
    assert_non_null(strstr(f.error.text, "libmicrohttpd-dev"));
    struct canned_server server = canned_open();
    char url[64];
    const char *items[] = {url};
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    *(struct pp_strings *)fixture_argument(&f, "urls") = (struct pp_strings){.count = 1, .items = items};
    canned_say(&server, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes");
    assert_int_equal(f.task->check(f.args, &f.error), 0);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_true(f.output.value == 3);
    fixture_free(&f, true);
    canned_close(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_a_server_of_its_own_there_are_others)};
    unsetenv("http_proxy");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
int main(void) { return 0; }
#endif
