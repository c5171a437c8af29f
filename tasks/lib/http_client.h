/* An HTTP client on libcurl, for one worker: gets whole answers, in one piece or in steps. */
#ifndef PPTEST_LIB_HTTP_CLIENT_H
#define PPTEST_LIB_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "pptest/error.h"
#include "pptest/memory.h"
#include "pptest/task.h"

#define PP_HTTP_CLIENT_UNAVAILABLE                                                                                     \
    "built without libcurl: install libcurl4-openssl-dev (Debian, Ubuntu), libcurl-devel (Fedora), curl (Arch) or "    \
    "curl-dev (Alpine), and build again"

#ifdef PP_HAVE_CURL

struct pp_curl; /* libcurl, as loaded: for all workers */
struct pp_http; /* a worker's; used by one thread */

struct pp_http_options {
    const struct pp_curl *curl;
    bool session;         /* connections are kept for the next requests; false: each has a new one */
    long timeout_ms;      /* an answer that has not come whole after so long has failed; 0: it may take however long */
    long stall_s;         /* an answer of which nothing comes for so long has failed; 0: libcurl's default, never */
    bool is_foreign;      /* URLs lead to others' servers: proxies are what the environment says, redirections are
                             followed, and bodies are counted, not kept; false: to this host */
    size_t receive_bytes; /* taken out of a socket at once, up to 512 KiB; 0: what libcurl thinks right */
};

struct pp_http_answer {
    long status;           /* 200, 404, … */
    struct pp_buffer body; /* `bytes` of it are the answer's; of a foreign server's answer there is nothing */
    size_t bytes;          /* so many came */
};

/* For `prepare`: loads libcurl, and lets this process have as many connections as its hard limit allows. Setting up
 * TLS, whose certificates are then verified as libcurl does it, takes milliseconds. Returns 0, or -errno with words. */
int pp_http_load(struct pp_curl **curl, bool with_tls, struct pp_error *error);
void pp_http_unload(struct pp_curl *curl); /* when all workers are closed */

/* A task's `library_version`. */
int pp_http_version(char *text, size_t size);

/* What is wrong with a URL, as words that begin with "expected"; NULL: it is one of http or https that libcurl can
 * read. Where libcurl cannot be loaded less is found; pp_http_load says so. */
const char *pp_http_url_fault(const char *url);

int pp_http_open(struct pp_http **http, const struct pp_http_options *options, struct pp_error *error);
void pp_http_close(struct pp_http *http); /* NULL is accepted */

/* Gets what is at the URL and returns when all of it is there. The answer is the caller's, and may be given again for
 * the next one; its body is to be released in the end. Returns 0, whatever its status, or -errno with the reason. */
int pp_http_get(struct pp_http *http, const char *url, struct pp_http_answer *answer, struct pp_error *error);

/* ---- in steps, as a task's `step` (pptest/task.h) ---- */

struct pp_http_transfer;

/* Nothing is waited for here; the first step is to follow at once. */
int pp_http_begin(struct pp_http *http, const char *url, struct pp_http_transfer **transfer, struct pp_error *error);

/* Returns 1 with `wait` filled, 0 when all is there, or -errno. The answer's body is the transfer's. */
int pp_http_step(struct pp_http_transfer *transfer, struct pp_wait *wait, struct pp_http_answer *answer,
                 struct pp_error *error);

/* Gives the transfer back, after its end or before it; NULL is accepted. */
void pp_http_abandon(struct pp_http_transfer *transfer);

/* A task's flight, of which there is one for each item. */
struct pp_http_flight {
    struct pp_http_transfer *transfer; /* NULL: not begun */
};

/* The next step of a flight, whose first one begins the transfer: `url` is for that one alone, NULL afterwards. Returns
 * as pp_http_step does; after its end the transfer is to be given back. */
int pp_http_flight_step(struct pp_http *http, struct pp_http_flight *flight, const char *url, struct pp_wait *wait,
                        struct pp_http_answer *answer, struct pp_error *error);

/* A task's `abandon`. */
void pp_http_flight_abandon(void *state, void *flight);

#endif
#endif
