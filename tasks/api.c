#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/http_client.h"
#include "lib/http_content.h"
#include "lib/http_server.h"
#include "lib/record.h"
#include "pptest/rng.h"
#include "pptest/task.h"

struct args {
    double delay_ms;
    int64_t record_bytes;
    double jitter_ms;
    bool session;
};

enum { MS_MAX = 3600000 }; /* an hour */

static const struct pp_field fields[] = {{.name = "delay_ms",
                                          .unit = "ms",
                                          .help = "how long the server waits before it answers",
                                          .type = PP_REAL,
                                          .offset = offsetof(struct args, delay_ms),
                                          .min = 0,
                                          .max = MS_MAX,
                                          .def.r = 200},
                                         {.name = "record_bytes",
                                          .unit = "bytes",
                                          .help = "size of a record, as JSON",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, record_bytes),
                                          .min = PP_HTTP_RECORD_BYTES_MIN,
                                          .max = PP_HTTP_RECORD_BYTES_MAX,
                                          .def.i = 1000},
                                         {.name = "jitter_ms",
                                          .unit = "ms",
                                          .help = "up to this much is added to the delay, to each record its own share",
                                          .type = PP_REAL,
                                          .offset = offsetof(struct args, jitter_ms),
                                          .min = 0,
                                          .max = MS_MAX,
                                          .def.r = 0},
                                         {.name = "session",
                                          .help = "keep connections (true), or make a new one for each record (false)",
                                          .type = PP_BOOL,
                                          .offset = offsetof(struct args, session),
                                          .def.i = true},
                                         {0}};

#if defined(PP_HAVE_CURL) && defined(PP_HAVE_MICROHTTPD)

struct shared {
    struct pp_http_server server;
    struct pp_curl *curl;
};

struct state {
    struct pp_http *http;
    int port;
    struct pp_http_answer answer; /* of the last task that was run in one piece */
    struct pp_record_read record; /* of the last task */
};

/* ---- a record ---- */

/* Of the seed, so that whoever fetches the record waits as long. */
static uint64_t delay_us(const struct args *a, uint64_t seed) {
    struct pp_rng rng = {pp_mix2(seed, 1)}; /* apart from what the record is drawn from */
    return (uint64_t)llround((a->delay_ms + a->jitter_ms * pp_rng_real(&rng)) * 1e3);
}

enum { URL_BYTES = 192 };

static const char *address(const struct state *s, const struct args *a, const struct pp_item *item,
                           char url[URL_BYTES]) {
    snprintf(url, URL_BYTES,
             "http://127.0.0.1:%d/record/%" PRIu64 "?bytes=%" PRId64 "&seed=%" PRIu64 "&delay_us=%" PRIu64, s->port,
             item->index, a->record_bytes, item->seed, delay_us(a, item->seed));
    return url;
}

/* The answer has come: reads it, which is part of the work. */
static int take(struct state *s, const struct pp_http_answer *answer, struct pp_output *output,
                struct pp_error *error) {
    if (answer->status != 200)
        return pp_error_set(error, -EPROTO, "the server answered with status %ld instead of 200: %.*s", answer->status,
                            (int)(answer->bytes < 200 ? answer->bytes : 200), (const char *)answer->body.data);
    int status = pp_record_read(&s->record, answer->body.data, answer->bytes, error);
    if (status == 0)
        output->digest = pp_record_digest(&s->record);
    return status;
}

/* ---- the task ---- */

static int api_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                   struct pp_error *error) {
    struct state *s = state;
    char url[URL_BYTES];
    int status = pp_http_get(s->http, address(s, args, item, url), &s->answer, error);
    return status ? status : take(s, &s->answer, output, error);
}

static int api_step(void *state, void *flight, const void *args, const struct pp_item *item, const struct pp_step *step,
                    struct pp_error *error) {
    struct state *s = state;
    struct pp_http_flight *own = flight;
    struct pp_http_answer answer;
    char url[URL_BYTES];
    int status = pp_http_flight_step(s->http, own, own->transfer ? NULL : address(s, args, item, url), step->wait,
                                     &answer, error);
    if (status > 0)
        return 1;
    if (status == 0)
        status = take(s, &answer, step->output, error);
    pp_http_abandon(own->transfer);
    return status;
}

static int api_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                      struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    struct pp_http_record expected;
    pp_http_record_of(item->index, item->seed, &expected);
    int status = pp_record_compare(&s->record, &expected, (size_t)a->record_bytes, error);
    if (status == 0 && output->digest != pp_record_digest(&s->record))
        status = pp_error_set(error, -EBADMSG, "the digest is not that of the record");
    return status;
}

/* ---- before and after ---- */

static int api_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)args;
    struct shared *all = shared;
    int status = pp_http_load(&all->curl, false, error);
    if (status != 0)
        return status;
    status = pp_http_server_open(&all->server, env, error);
    if (status != 0)
        pp_http_unload(all->curl);
    return status;
}

static void api_cleanup(void *shared) {
    struct shared *all = shared;
    pp_http_server_close(&all->server);
    pp_http_unload(all->curl);
}

/* A server that does not answer is broken when it is so late; a busy one takes its time. */
enum { PATIENCE_MS = 60000 };

static int api_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                    struct pp_error *error) {
    (void)env;
    struct state *s = state;
    const struct args *a = args;
    const struct shared *all = shared;
    const struct pp_http_options options = {
        .curl = all->curl, .session = a->session, .timeout_ms = (long)(a->delay_ms + a->jitter_ms) + PATIENCE_MS};
    s->port = all->server.port;
    return pp_http_open(&s->http, &options, error);
}

static void api_fini(void *state) {
    struct state *s = state;
    pp_record_release(&s->record);
    pp_buffer_release(&s->answer.body);
    pp_http_close(s->http);
}

#endif

static double api_estimate(const void *args) {
    const struct args *a = args;
    double own_s = (a->session ? 150e-6 : 300e-6) + (double)a->record_bytes * 2e-9;
    return (a->delay_ms + a->jitter_ms / 2) * 1e-3 + own_s;
}

const struct pp_task pp_task_api = {.name = "api",
                                    .summary = "fetches and reads a record from a slow built-in HTTP server",
                                    .library = "libcurl",
                                    .args = fields,
                                    .args_size = sizeof(struct args),
                                    .caps = PP_TASK_WAITS | PP_TASK_STEPS,
#if defined(PP_HAVE_CURL) && defined(PP_HAVE_MICROHTTPD)
                                    .shared_size = sizeof(struct shared),
                                    .state_size = sizeof(struct state),
                                    .flight_size = sizeof(struct pp_http_flight),
                                    .prepare = api_prepare,
                                    .cleanup = api_cleanup,
                                    .worker_init = api_init,
                                    .run = api_run,
                                    .step = api_step,
                                    .abandon = pp_http_flight_abandon,
                                    .verify = api_verify,
                                    .worker_fini = api_fini,
                                    .library_version = pp_http_version,
#elif defined(PP_HAVE_CURL)
                                    .unavailable = PP_HTTP_SERVER_UNAVAILABLE,
#else
                                    .unavailable = PP_HTTP_CLIENT_UNAVAILABLE,
#endif
                                    .estimate = api_estimate};
