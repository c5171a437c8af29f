#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/drain.h"
#include "lib/http_client.h"
#include "lib/http_content.h"
#include "lib/http_server.h"
#include "lib/tmpfile.h"
#include "pptest/file.h"
#include "pptest/hash.h"
#include "pptest/rng.h"
#include "pptest/task.h"

enum report { REPORT_NONE, REPORT_PRINT, REPORT_LOG };

struct args {
    struct pp_strings urls;
    bool session;
    int64_t page_bytes;
    double delay_ms;
    int report;
};

static const char *const report_words[] = {
    [REPORT_NONE] = "none", [REPORT_PRINT] = "print", [REPORT_LOG] = "log", NULL};

/* Its pages are held in memory, whole, until they have been compared. */
#define PAGE_BYTES_MAX (1 << 30)

static const struct pp_field fields[] = {
    {.name = "urls",
     .help = "http:// or https:// addresses, fetched one after the other, over and over; none: pages of a server on "
             "this host",
     .type = PP_STRINGS,
     .flags = PP_FIELD_ONE,
     .offset = offsetof(struct args, urls)},
    {.name = "session",
     .help = "keep connections (true), or make a new one for each page (false)",
     .type = PP_BOOL,
     .offset = offsetof(struct args, session),
     .def.i = true},
    {.name = "page_bytes",
     .unit = "bytes",
     .help = "size of the own server's pages",
     .type = PP_INT,
     .offset = offsetof(struct args, page_bytes),
     .min = PP_HTTP_PAGE_BYTES_MIN,
     .max = PAGE_BYTES_MAX,
     .def.i = 10000},
    {.name = "delay_ms",
     .unit = "ms",
     .help = "how long the own server waits before it answers",
     .type = PP_REAL,
     .offset = offsetof(struct args, delay_ms),
     .max = 3600000},
    {.name = "report",
     .help = "a line for each page: none, print (into a pipe that another process reads), log (into a file)",
     .type = PP_CHOICE,
     .offset = offsetof(struct args, report),
     .choices = report_words},
    {0}};

#ifdef PP_HAVE_CURL

#ifdef PP_HAVE_MICROHTTPD
static const bool has_server = true;
#else
static const bool has_server = false;
#endif

static bool has_urls(const struct args *a) { return a->urls.count > 0; }

static int download_check(const void *args, struct pp_error *error) {
    const struct args *a = args;
    if (!has_urls(a) && !has_server)
        return pp_error_at(error, -ENOTSUP, "/0",
                           "found no addresses, expected some, for pptest has no server of its own here: %s",
                           PP_HTTP_SERVER_UNAVAILABLE);
    for (size_t i = 0; i < a->urls.count; i++) {
        const char *fault = pp_http_url_fault(a->urls.items[i]);
        char where[32] = "/0";
        if (!a->urls.bare)
            snprintf(where, sizeof where, "/0/%zu", i);
        if (fault)
            return pp_error_at(error, -EINVAL, where, "found \"%.250s\", %s", a->urls.items[i], fault);
    }
    return 0;
}

struct shared {
    struct pp_http_server server; /* not open where there are addresses */
    struct pp_curl *curl;
    struct pp_drain drain;
    char *tile; /* of the server's pages, to compare with */
};

struct state {
    const struct shared *shared;
    struct pp_http *http;
    struct pp_http_answer own;     /* of tasks that are run in one piece */
    struct pp_http_answer last;    /* of the last task, its body somebody else's: for verify */
    struct pp_http_transfer *kept; /* whose body that is, NULL: nobody's in steps */
    struct pp_tmpfile log;         /* open where the report goes there */
    int report_fd;                 /* -1: nothing is reported */
};

/* ---- a page ---- */

enum { URL_BYTES = 160 };

/* The address of a task: one of those given, or written into `url`. */
static const char *address(const struct state *s, const struct args *a, const struct pp_item *item,
                           char url[URL_BYTES]) {
    if (has_urls(a))
        return a->urls.items[item->index % a->urls.count];
    int length = snprintf(url, URL_BYTES, "http://127.0.0.1:%d/page/%" PRIu64 "?bytes=%" PRId64, s->shared->server.port,
                          item->index, a->page_bytes);
    if (a->delay_ms > 0)
        snprintf(url + length, URL_BYTES - (size_t)length, "&delay_us=%" PRIu64, (uint64_t)llround(a->delay_ms * 1e3));
    return url;
}

static int report(const struct state *s, const char *url, size_t bytes, struct pp_error *error) {
    char line[512];
    int length = snprintf(line, sizeof line, "%zu bytes from %.440s\n", bytes, url);
    int status = pp_write_all(s->report_fd, line, (size_t)length);
    return status ? pp_error_set(error, status, "cannot report a page: %s", strerror(-status)) : 0;
}

/* A page of somebody else may be another one the next time: what counts is that it came, and that it came whole is what
 * the client sees to. Of the own server's the head, which names it, tells which one came; every byte is compared
 * afterwards, when no clock of the task runs. */
static uint64_t digest_of(const struct args *a, const struct pp_item *item, const struct pp_http_answer *answer) {
    size_t head_bytes = answer->bytes < PP_HTTP_PAGE_BYTES_MIN ? answer->bytes : PP_HTTP_PAGE_BYTES_MIN;
    return has_urls(a) ? item->seed : pp_mix2(answer->bytes, pp_hash_bytes(answer->body.data, head_bytes));
}

/* The answer has come. */
static int take(struct state *s, const struct args *a, const struct pp_item *item, const struct pp_http_answer *answer,
                struct pp_output *output, struct pp_error *error) {
    char url[URL_BYTES];
    if (answer->status < 200 || answer->status > 299)
        return pp_error_set(error, -EPROTO, "%.300s was answered with status %ld", address(s, a, item, url),
                            answer->status);
    s->last = *answer;
    output->value = (double)answer->bytes;
    output->digest = digest_of(a, item, answer);
    return s->report_fd < 0 ? 0 : report(s, address(s, a, item, url), answer->bytes, error);
}

static int download_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    struct state *s = state;
    char url[URL_BYTES];
    int status = pp_http_get(s->http, address(s, args, item, url), &s->own, error);
    return status ? status : take(s, args, item, &s->own, output, error);
}

/* The body of the last page stays until the next has come: verify is called in between. */
static void keep(struct state *s, struct pp_http_transfer *transfer) {
    pp_http_abandon(s->kept);
    s->kept = transfer;
}

static int download_step(void *state, void *flight, const void *args, const struct pp_item *item,
                         const struct pp_step *step, struct pp_error *error) {
    struct state *s = state;
    struct pp_http_flight *own = flight;
    struct pp_http_answer answer;
    char url[URL_BYTES];
    int status = pp_http_flight_step(s->http, own, own->transfer ? NULL : address(s, args, item, url), step->wait,
                                     &answer, error);
    if (status > 0)
        return 1;
    if (status == 0)
        status = take(s, args, item, &answer, step->output, error);
    keep(s, own->transfer);
    return status;
}

static int download_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                           struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    struct pp_http_page page;
    if (output->value != (double)s->last.bytes || output->digest != digest_of(a, item, &s->last))
        return pp_error_set(error, -EBADMSG, "the size or the digest is not that of the page");
    if (has_urls(a))
        return 0;
    if (s->last.bytes != (size_t)a->page_bytes)
        return pp_error_set(error, -EBADMSG, "the page has %zu bytes instead of %" PRId64, s->last.bytes,
                            a->page_bytes);
    pp_http_page_of(item->index, (uint64_t)a->page_bytes, &page);
    if (!pp_http_page_has(&page, s->shared->tile, 0, s->last.body.data, s->last.bytes))
        return pp_error_set(error, -EBADMSG, "the page is not page %" PRIu64, item->index);
    return 0;
}

/* ---- before and after ---- */

static void download_cleanup(void *shared) {
    struct shared *all = shared;
    pp_drain_close(&all->drain);
    pp_http_server_close(&all->server);
    free(all->tile);
    pp_http_unload(all->curl);
}

static int own_server(struct shared *all, const struct pp_env *env, struct pp_error *error) {
    all->tile = malloc(PP_HTTP_TILE_BYTES);
    if (!all->tile)
        return pp_error_set(error, -ENOMEM, "no memory for the pages' text");
    pp_http_tile_fill(all->tile);
    return pp_http_server_open(&all->server, env, error);
}

static int download_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *all = shared;
    const struct args *a = args;
    int status = pp_http_load(&all->curl, has_urls(a), error);
    if (status == 0 && !has_urls(a))
        status = own_server(all, env, error);
    if (status == 0 && a->report == REPORT_PRINT)
        status = pp_drain_open(&all->drain, error);
    if (status != 0)
        download_cleanup(all);
    return status;
}

/* A server of which nothing comes for so long is broken; a busy one takes its time. */
enum { PATIENCE_S = 60 };

static int open_report(struct state *s, int report, const struct pp_env *env, struct pp_error *error) {
    int status = 0;
    s->report_fd = report == REPORT_PRINT ? s->shared->drain.fd : -1;
    if (report != REPORT_LOG)
        return 0;
    status = pp_tmpfile_name(&s->log, env, "download.log", error);
    if (status == 0)
        status = pp_tmpfile_create(&s->log, error);
    s->report_fd = s->log.fd;
    return status;
}

static int download_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                         struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    s->shared = shared;
    s->log.fd = -1;
    const struct pp_http_options options = {.curl = s->shared->curl,
                                            .session = a->session,
                                            .stall_s = PATIENCE_S + (long)(a->delay_ms / 1e3),
                                            .is_foreign = has_urls(a)};
    int status = open_report(s, a->report, env, error);
    if (status == 0)
        status = pp_http_open(&s->http, &options, error);
    if (status != 0)
        pp_tmpfile_remove(&s->log, NULL);
    return status;
}

static void download_fini(void *state) {
    struct state *s = state;
    keep(s, NULL);
    pp_tmpfile_remove(&s->log, NULL);
    pp_buffer_release(&s->own.body);
    pp_http_close(s->http);
}

#endif

static double download_estimate(const void *args) {
    const struct args *a = args;
    double foreign_s = 0.1; /* a server somewhere on the internet */
    if (a->urls.count > 0)
        return foreign_s;
    return a->delay_ms * 1e-3 + (a->session ? 100e-6 : 250e-6) + (double)a->page_bytes * 1e-9;
}

const struct pp_task pp_task_download = {.name = "download",
                                         .summary = "fetches a page over HTTP, and tells its size",
                                         .library = "libcurl",
                                         .args = fields,
                                         .args_size = sizeof(struct args),
                                         .caps = PP_TASK_WAITS | PP_TASK_STEPS,
#ifdef PP_HAVE_CURL
                                         .check = download_check,
                                         .shared_size = sizeof(struct shared),
                                         .state_size = sizeof(struct state),
                                         .flight_size = sizeof(struct pp_http_flight),
                                         .prepare = download_prepare,
                                         .cleanup = download_cleanup,
                                         .worker_init = download_init,
                                         .run = download_run,
                                         .step = download_step,
                                         .abandon = pp_http_flight_abandon,
                                         .verify = download_verify,
                                         .worker_fini = download_fini,
                                         .library_version = pp_http_version,
#else
                                         .unavailable = PP_HTTP_CLIENT_UNAVAILABLE,
#endif
                                         .estimate = download_estimate};
