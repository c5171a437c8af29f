/* What the two halves of the HTTP client share: libcurl's functions, and transfers. */
#ifndef PPTEST_LIB_HTTP_TRANSFER_H
#define PPTEST_LIB_HTTP_TRANSFER_H

#ifdef PP_HAVE_CURL

/* Its checks of argument types are macros around the functions, which are called through pointers here. */
#define CURL_DISABLE_TYPECHECK
/* What newer versions advise against is all that older ones have. */
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <poll.h>
#include <stdint.h>

#include "lib/http_client.h"

struct pp_curl {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_version_info) *version_info;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_share_init) *share_init;
    __typeof__(curl_share_setopt) *share_setopt;
    __typeof__(curl_share_cleanup) *share_cleanup;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_socket_action) *multi_socket_action;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_strerror) *multi_strerror;
    __typeof__(curl_url) *url;
    __typeof__(curl_url_cleanup) *url_cleanup;
    __typeof__(curl_url_set) *url_set;
};

int pp_curl_load(struct pp_curl *curl, struct pp_error *error);

/* That a transfer has at a time: a connection, or two that are tried side by side, or that of a name being looked up.
 */
enum { PP_HTTP_SOCKETS = 4 };

struct pp_http_transfer {
    struct pp_http *http;
    struct pp_http_transfer *next_of_all, *next_idle;
    CURL *easy;
    CURLSH *share;               /* holds its connection, once it has one; NULL: it is not in steps, or keeps none */
    struct pp_http_answer own;   /* of transfers in steps */
    struct pp_http_answer *into; /* where the answer goes */
    bool fresh;                  /* begun, but not yet the multi handle's */
    bool under_way;              /* the multi handle has it */
    bool ended;
    CURLcode code;    /* how it ended */
    int socket_errno; /* why a socket could not be opened; 0: it could */
    uint64_t deadline_ns;
    struct pollfd sockets[PP_HTTP_SOCKETS]; /* that are waited for */
    unsigned socket_count;
    uint64_t until_ns;        /* when its last wait was to end, whatever its sockets do */
    curl_socket_t waited_fd;  /* that the caller is waiting for, -1: none */
    curl_socket_t closing_fd; /* to be closed when the caller no longer waits for it, -1: none */
    char why[CURL_ERROR_SIZE];
};

struct pp_http {
    const struct pp_curl *curl;
    struct pp_http_options options;
    struct pp_http_transfer *all, *idle;
    struct pp_http_transfer *blocking; /* of all those that are not in steps, one after the other */
    CURLM *multi;                      /* NULL: there were no transfers in steps yet */
    uint64_t timer_ns;                 /* when the multi handle wants to be called at the latest */
};

/* Returns NULL when there is no memory. */
struct pp_http_transfer *pp_http_transfer_new(struct pp_http *http, bool is_stepped);

/* The caller does not wait for any of its sockets now. */
void pp_http_transfer_back(struct pp_http_transfer *transfer);

/* Gets ready for another URL, and for its answer. Returns 0 or -ENOMEM with words. */
int pp_http_transfer_aim(struct pp_http_transfer *transfer, const char *url, struct pp_http_answer *into,
                         struct pp_error *error);

/* Says what transfer->code means: 0 with the answer's status filled in, or -errno with words. */
int pp_http_transfer_conclude(struct pp_http_transfer *transfer, struct pp_error *error);

int pp_http_no_memory(struct pp_error *error);

#endif
#endif
