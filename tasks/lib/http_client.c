#include "lib/http_client.h"

#ifdef PP_HAVE_CURL

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/http_transfer.h"
#include "pptest/library.h"

/* ---- the library ---- */

static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so", NULL};

static const struct pp_library_symbol symbols[] = {
    {"curl_global_init", offsetof(struct pp_curl, global_init)},
    {"curl_version_info", offsetof(struct pp_curl, version_info)},
    {"curl_easy_init", offsetof(struct pp_curl, easy_init)},
    {"curl_easy_cleanup", offsetof(struct pp_curl, easy_cleanup)},
    {"curl_easy_setopt", offsetof(struct pp_curl, easy_setopt)},
    {"curl_easy_getinfo", offsetof(struct pp_curl, easy_getinfo)},
    {"curl_easy_perform", offsetof(struct pp_curl, easy_perform)},
    {"curl_easy_strerror", offsetof(struct pp_curl, easy_strerror)},
    {"curl_share_init", offsetof(struct pp_curl, share_init)},
    {"curl_share_setopt", offsetof(struct pp_curl, share_setopt)},
    {"curl_share_cleanup", offsetof(struct pp_curl, share_cleanup)},
    {"curl_multi_init", offsetof(struct pp_curl, multi_init)},
    {"curl_multi_cleanup", offsetof(struct pp_curl, multi_cleanup)},
    {"curl_multi_setopt", offsetof(struct pp_curl, multi_setopt)},
    {"curl_multi_add_handle", offsetof(struct pp_curl, multi_add_handle)},
    {"curl_multi_remove_handle", offsetof(struct pp_curl, multi_remove_handle)},
    {"curl_multi_socket_action", offsetof(struct pp_curl, multi_socket_action)},
    {"curl_multi_info_read", offsetof(struct pp_curl, multi_info_read)},
    {"curl_multi_strerror", offsetof(struct pp_curl, multi_strerror)},
    {"curl_url", offsetof(struct pp_curl, url)},
    {"curl_url_cleanup", offsetof(struct pp_curl, url_cleanup)},
    {"curl_url_set", offsetof(struct pp_curl, url_set)},
    {0}};

static const struct pp_library library = {
    .title = "libcurl",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it too old?",
    .install = "install the package libcurl4 (Debian), libcurl4t64 (Ubuntu), libcurl (Fedora, Alpine) or curl (Arch), "
               "or choose another task"};

int pp_http_no_memory(struct pp_error *error) {
    return pp_error_set(error, -ENOMEM, "no memory for an HTTP transfer; use fewer workers");
}

int pp_curl_load(struct pp_curl *curl, struct pp_error *error) { return pp_library_load(&library, curl, error); }

int pp_http_load(struct pp_curl **curl, bool with_tls, struct pp_error *error) {
    struct pp_curl *loaded = malloc(sizeof *loaded);
    if (!loaded)
        return pp_http_no_memory(error);
    int status = pp_curl_load(loaded, error);
    CURLcode code = CURLE_OK;
    if (status == 0)
        code = loaded->global_init(with_tls ? CURL_GLOBAL_SSL : CURL_GLOBAL_NOTHING);
    if (code != CURLE_OK)
        status = pp_error_set(error, -EIO, "libcurl cannot be used: %s", loaded->easy_strerror(code));
    if (status != 0) {
        free(loaded);
        return status;
    }
    pp_files_raise();
    *curl = loaded;
    return 0;
}

void pp_http_unload(struct pp_curl *curl) { free(curl); }

int pp_http_version(char *text, size_t size) {
    struct pp_curl curl;
    int status = pp_curl_load(&curl, NULL);
    return status ? status : snprintf(text, size, "%s", curl.version_info(CURLVERSION_NOW)->version);
}

/* ---- a transfer ---- */

/* A buffer's contents do not survive growing by itself. */
static bool grow(struct pp_http_answer *answer, size_t bytes) {
    struct pp_buffer larger = {0};
    if (pp_buffer_reserve(&larger, bytes) != 0)
        return false;
    if (answer->bytes > 0)
        memcpy(larger.data, answer->body.data, answer->bytes);
    pp_buffer_release(&answer->body);
    answer->body = larger;
    return true;
}

/* As much as is announced, so that it grows once. */
static size_t wanted(const struct pp_http_transfer *transfer, size_t count) {
    curl_off_t announced = -1;
    size_t least = transfer->into->bytes + count, doubled = 2 * transfer->into->body.bytes;
    transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (announced > 0 && (uint64_t)announced >= least)
        return (size_t)announced;
    return doubled > least ? doubled : least;
}

/* Less than `count` makes libcurl fail the transfer. */
static size_t on_body(char *bytes, size_t size, size_t count, void *owner) {
    struct pp_http_transfer *transfer = owner;
    struct pp_http_answer *into = transfer->into;
    count *= size;
    if (into->body.bytes - into->bytes < count && !grow(into, wanted(transfer, count)))
        return 0;
    memcpy((char *)into->body.data + into->bytes, bytes, count);
    into->bytes += count;
    return count;
}

/* What somebody else's server announces or sends takes no memory, however much it is. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type of it */
static size_t on_foreign_body(char *bytes, size_t size, size_t count, void *owner) {
    (void)bytes;
    struct pp_http_transfer *transfer = owner;
    transfer->into->bytes += size * count;
    return size * count;
}

/* Opens a socket itself, to know why it cannot be opened, which libcurl does not say. */
static curl_socket_t on_open(void *owner, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    struct pp_http_transfer *transfer = owner;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        transfer->socket_errno = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* The timer of one transfer may end the connection of another, whose caller is waiting for its socket: a number that
 * must not become somebody else's meanwhile. Shut down it is ready, which brings the caller back. */
static int on_close(void *owner, curl_socket_t fd) {
    struct pp_http_transfer *transfer = owner;
    if (transfer->waited_fd != fd)
        return close(fd);
    shutdown(fd, SHUT_RDWR);
    transfer->closing_fd = fd;
    return 0;
}

void pp_http_transfer_back(struct pp_http_transfer *transfer) {
    if (transfer->closing_fd >= 0)
        close(transfer->closing_fd);
    transfer->waited_fd = transfer->closing_fd = -1;
}

enum { REDIRECTIONS_MAX = 10 };

/* Wherever a server sends it. The library loaded may be older than the headers. */
static CURLcode set_protocols(const struct pp_http_transfer *transfer) {
    __typeof__(curl_easy_setopt) *set = transfer->http->curl->easy_setopt;
    CURL *easy = transfer->easy;
#if LIBCURL_VERSION_NUM >= 0x075500
    static const char words[] = "http,https";
    if (set(easy, CURLOPT_PROTOCOLS_STR, words) == CURLE_OK &&
        set(easy, CURLOPT_REDIR_PROTOCOLS_STR, words) == CURLE_OK)
        return CURLE_OK;
#endif
    const long bits = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    CURLcode code = set(easy, CURLOPT_PROTOCOLS, bits);
    return code == CURLE_OK ? set(easy, CURLOPT_REDIR_PROTOCOLS, bits) : code;
}

static CURLcode set_options(const struct pp_http_transfer *transfer) {
    const struct pp_http_options *options = &transfer->http->options;
    __typeof__(curl_easy_setopt) *set = transfer->http->curl->easy_setopt;
    CURL *easy = transfer->easy;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_NOSIGNAL, 1}, /* a process has several threads, and signals of its own */
                   {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
                   {CURLOPT_FRESH_CONNECT, !options->session},
                   {CURLOPT_FORBID_REUSE, !options->session},
                   {CURLOPT_FOLLOWLOCATION, options->is_foreign},
                   {CURLOPT_MAXREDIRS, REDIRECTIONS_MAX},
                   {CURLOPT_LOW_SPEED_LIMIT, 1},
                   {CURLOPT_LOW_SPEED_TIME, options->stall_s},
                   {CURLOPT_BUFFERSIZE, (long)options->receive_bytes}};
    CURLcode code = CURLE_OK;
    size_t count = sizeof numbers / sizeof *numbers - (options->receive_bytes == 0);
    for (size_t i = 0; i < count && code == CURLE_OK; i++)
        code = set(easy, numbers[i].option, numbers[i].value);
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {{CURLOPT_NOPROXY, options->is_foreign ? NULL : "*"}, /* then whatever the environment says */
                    {CURLOPT_USERAGENT, options->is_foreign ? "pptest" : NULL},
                    {CURLOPT_ERRORBUFFER, transfer->why},
                    {CURLOPT_PRIVATE, transfer},
                    {CURLOPT_OPENSOCKETDATA, transfer},
                    {CURLOPT_CLOSESOCKETDATA, transfer},
                    {CURLOPT_WRITEDATA, transfer}};
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers && code == CURLE_OK; i++)
        code = set(easy, pointers[i].option, pointers[i].value);
    if (code == CURLE_OK)
        code = set(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    if (code == CURLE_OK)
        code = set(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    if (code == CURLE_OK)
        code = set(easy, CURLOPT_WRITEFUNCTION, options->is_foreign ? on_foreign_body : on_body);
    return code == CURLE_OK ? set_protocols(transfer) : code;
}

static void transfer_free(struct pp_http_transfer *transfer) {
    const struct pp_curl *curl = transfer->http->curl;
    if (transfer->easy)
        curl->easy_cleanup(transfer->easy);
    if (transfer->share)
        curl->share_cleanup(transfer->share);
    pp_buffer_release(&transfer->own.body);
    free(transfer);
}

/* A store of connections for each: one for all would be searched from its beginning for each request, with N in flight
 * past N connections that are in use. */
static bool set_up(struct pp_http_transfer *transfer, bool is_stepped) {
    const struct pp_http *http = transfer->http;
    transfer->easy = http->curl->easy_init();
    if (!transfer->easy || set_options(transfer) != CURLE_OK)
        return false;
    if (!is_stepped || !http->options.session)
        return true;
    transfer->share = http->curl->share_init();
    return transfer->share &&
           http->curl->share_setopt(transfer->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK &&
           http->curl->easy_setopt(transfer->easy, CURLOPT_SHARE, transfer->share) == CURLE_OK;
}

struct pp_http_transfer *pp_http_transfer_new(struct pp_http *http, bool is_stepped) {
    struct pp_http_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->http = http;
    transfer->waited_fd = transfer->closing_fd = -1;
    if (!set_up(transfer, is_stepped)) {
        transfer_free(transfer);
        return NULL;
    }
    transfer->next_of_all = http->all;
    http->all = transfer;
    return transfer;
}

int pp_http_transfer_aim(struct pp_http_transfer *transfer, const char *url, struct pp_http_answer *into,
                         struct pp_error *error) {
    transfer->into = into;
    into->bytes = 0;
    into->status = 0;
    transfer->why[0] = '\0';
    transfer->socket_errno = 0;
    return transfer->http->curl->easy_setopt(transfer->easy, CURLOPT_URL, url) == CURLE_OK ? 0
                                                                                           : pp_http_no_memory(error);
}

/* ---- how it ended ---- */

static int errno_of(CURLcode code, int behind) {
    if (code == CURLE_OPERATION_TIMEDOUT)
        return -ETIMEDOUT;
    if (code == CURLE_OUT_OF_MEMORY || code == CURLE_WRITE_ERROR)
        return -ENOMEM;
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR)
        return behind > 0 ? -behind : -EIO;
    return -EPROTO;
}

static int errno_behind(const struct pp_http_transfer *transfer) {
    long os_errno = 0;
    transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    return transfer->socket_errno > 0 ? transfer->socket_errno : (int)os_errno;
}

int pp_http_transfer_conclude(struct pp_http_transfer *transfer, struct pp_error *error) {
    const struct pp_curl *curl = transfer->http->curl;
    CURLcode code = transfer->code;
    char *url = NULL;
    if (code == CURLE_OK) {
        curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->into->status);
        return 0;
    }
    int behind = errno_behind(transfer);
    curl->easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
    const char *why = code == CURLE_WRITE_ERROR ? "no memory for the answer; use fewer workers"
                      : transfer->why[0]        ? transfer->why
                                                : curl->easy_strerror(code);
    return pp_error_set(error, errno_of(code, behind), "cannot get %s: %s%s%s%s%s", url ? url : "it", why,
                        behind > 0 ? " (" : "", behind > 0 ? strerror(behind) : "", behind > 0 ? ")" : "",
                        behind == EMFILE ? "; use fewer workers, or raise the limit (ulimit -n)" : "");
}

/* ---- in one piece ---- */

int pp_http_get(struct pp_http *http, const char *url, struct pp_http_answer *answer, struct pp_error *error) {
    struct pp_http_transfer *transfer = http->blocking;
    int status = pp_http_transfer_aim(transfer, url, answer, error);
    if (status != 0)
        return status;
    transfer->code = http->curl->easy_perform(transfer->easy);
    return pp_http_transfer_conclude(transfer, error);
}

int pp_http_open(struct pp_http **http, const struct pp_http_options *options, struct pp_error *error) {
    struct pp_http *opened = calloc(1, sizeof *opened);
    if (!opened)
        return pp_http_no_memory(error);
    opened->curl = options->curl;
    opened->options = *options;
    opened->timer_ns = UINT64_MAX;
    opened->blocking = pp_http_transfer_new(opened, false);
    if (!opened->blocking ||
        opened->curl->easy_setopt(opened->blocking->easy, CURLOPT_TIMEOUT_MS, options->timeout_ms) != CURLE_OK) {
        pp_http_close(opened);
        return pp_http_no_memory(error);
    }
    *http = opened;
    return 0;
}

void pp_http_close(struct pp_http *http) {
    if (!http)
        return;
    for (struct pp_http_transfer *transfer = http->all, *next; transfer; transfer = next) {
        next = transfer->next_of_all;
        if (transfer->under_way)
            http->curl->multi_remove_handle(http->multi, transfer->easy);
        transfer_free(transfer);
    }
    if (http->multi)
        http->curl->multi_cleanup(http->multi);
    free(http);
}

#else
typedef int pp_http_client_is_missing; /* ISO C wants something in every file */
#endif
