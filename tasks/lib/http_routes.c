#include "lib/http_routes.h"

#ifdef PP_HAVE_MICROHTTPD

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http_content.h"

struct request {
    const struct pp_microhttpd *microhttpd;
    const char *tile;
    struct MHD_Connection *connection;
    const char *rest; /* of the path, after the route's name */
    struct pp_http_reply *reply;
};

/* ---- answers ---- */

static void answer(const struct request *request, unsigned status, const char *type, struct MHD_Response *response) {
    if (response)
        request->microhttpd->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    request->reply->response = response;
    request->reply->status = status;
}

static void answer_words(const struct request *request, unsigned status, const char *words) {
    struct MHD_Response *response = request->microhttpd->create_response_from_buffer(
        strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY);
    answer(request, status, "text/plain", response);
}

/* ---- numbers ---- */

static bool read_number(const char *text, uint64_t *number) {
    char *end;
    if (!text || !isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0' || errno != 0)
        return false;
    *number = value;
    return true;
}

/* A number of the query, within bounds. Answers the request and returns false when it is not. */
static bool take(const struct request *request, const char *name, uint64_t min, uint64_t max, uint64_t *number) {
    const char *text = request->microhttpd->lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    if (read_number(text, number) && *number >= min && *number <= max)
        return true;
    char words[256];
    snprintf(words, sizeof words, "%s: found %.64s, expected an integer from %llu to %llu\n", name,
             text ? text : "nothing", (unsigned long long)min, (unsigned long long)max);
    answer_words(request, MHD_HTTP_BAD_REQUEST, words);
    return false;
}

/* The number at the end of the path. */
static bool take_index(const struct request *request, uint64_t min, uint64_t max, uint64_t *number) {
    if (read_number(request->rest, number) && *number >= min && *number <= max)
        return true;
    answer_words(request, MHD_HTTP_BAD_REQUEST, "the path does not end in a number of the right size\n");
    return false;
}

/* ---- routes ---- */

static const uint64_t json_integer_max = (UINT64_C(1) << 53) - 1;

static void route_record(const struct request *request) {
    uint64_t index, bytes, seed;
    if (!take_index(request, 0, json_integer_max, &index) ||
        !take(request, "bytes", PP_HTTP_RECORD_BYTES_MIN, PP_HTTP_RECORD_BYTES_MAX, &bytes) ||
        !take(request, "seed", 0, UINT64_MAX, &seed))
        return;
    char *text = malloc(bytes);
    if (!text)
        return;
    struct pp_http_record record;
    pp_http_record_of(index, seed, &record);
    pp_http_record_write(&record, bytes, text);
    struct MHD_Response *response =
        request->microhttpd->create_response_from_buffer(bytes, text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(text);
    answer(request, MHD_HTTP_OK, "application/json", response);
}

/* A page on its way: it lives as long as its response. */
struct sending {
    const char *tile;
    struct pp_http_page page;
};

static ssize_t send_page(void *cls, uint64_t position, char *bytes, size_t room) {
    const struct sending *sending = cls;
    const char *part;
    size_t filled = 0, length;
    while (filled < room && (length = pp_http_page_part(&sending->page, sending->tile, position, &part)) > 0) {
        if (length > room - filled)
            length = room - filled;
        memcpy(bytes + filled, part, length);
        filled += length;
        position += length;
    }
    return filled > 0 ? (ssize_t)filled : MHD_CONTENT_READER_END_OF_STREAM;
}

static void route_page(const struct request *request) {
    enum { BLOCK_BYTES = 1 << 16 }; /* few system calls, and still in the second-level cache when it is sent */
    uint64_t index, bytes;
    if (!take_index(request, 0, UINT64_MAX, &index) ||
        !take(request, "bytes", PP_HTTP_PAGE_BYTES_MIN, PP_HTTP_PAGE_BYTES_MAX, &bytes))
        return;
    struct sending *sending = malloc(sizeof *sending);
    if (!sending)
        return;
    sending->tile = request->tile;
    pp_http_page_of(index, bytes, &sending->page);
    struct MHD_Response *response = request->microhttpd->create_response_from_callback(
        bytes, bytes < BLOCK_BYTES ? (size_t)bytes : BLOCK_BYTES, send_page, sending, free);
    if (!response)
        free(sending);
    answer(request, MHD_HTTP_OK, "text/html", response);
}

static void route_status(const struct request *request) {
    uint64_t code;
    if (!take_index(request, 200, 599, &code))
        return;
    bool has_body = code != MHD_HTTP_NO_CONTENT && code != MHD_HTTP_NOT_MODIFIED;
    answer_words(request, (unsigned)code, has_body ? "as asked for\n" : "");
}

/* `cls` is the size that was announced. */
static ssize_t send_half(void *cls, uint64_t position, char *bytes, size_t room) {
    uint64_t half = *(const uint64_t *)cls / 2, left = position < half ? half - position : 0;
    if (left == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t count = left < room ? (size_t)left : room;
    memset(bytes, 'x', count);
    return (ssize_t)count;
}

static void route_truncated(const struct request *request) {
    enum { BLOCK_BYTES = 4096 };
    uint64_t bytes;
    if (request->rest[0] != '\0') {
        answer_words(request, MHD_HTTP_NOT_FOUND, "the path goes on after /truncated\n");
        return;
    }
    if (!take(request, "bytes", 2, PP_HTTP_PAGE_BYTES_MAX, &bytes))
        return;
    uint64_t *announced = malloc(sizeof *announced);
    if (!announced)
        return;
    *announced = bytes;
    struct MHD_Response *response =
        request->microhttpd->create_response_from_callback(bytes, BLOCK_BYTES, send_half, announced, free);
    if (!response)
        free(announced);
    answer(request, MHD_HTTP_OK, "text/plain", response);
}

static void route_stall(const struct request *request) { request->reply->never = true; }

/* ---- all ---- */

static const struct {
    const char *name;
    void (*route)(const struct request *request);
} routes[] = {{"/record/", route_record},
              {"/page/", route_page},
              {"/status/", route_status},
              {"/truncated", route_truncated},
              {"/stall", route_stall}};

/* A day is longer than anybody waits, and far from what overflows. */
static const uint64_t delay_us_max = UINT64_C(86400) * 1000000;

static void route(struct request *request, const char *path) {
    const char *delay =
        request->microhttpd->lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "delay_us");
    if (delay && !take(request, "delay_us", 0, delay_us_max, &request->reply->delay_us))
        return;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t length = strlen(routes[i].name);
        if (strncmp(path, routes[i].name, length) == 0) {
            request->rest = path + length;
            routes[i].route(request);
            return;
        }
    }
    answer_words(request, MHD_HTTP_NOT_FOUND, "there is no such path\n");
}

struct pp_http_reply pp_http_route(const struct pp_microhttpd *microhttpd, const char *tile,
                                   struct MHD_Connection *connection, const char *method, const char *path) {
    struct pp_http_reply reply = {0};
    struct request request = {.microhttpd = microhttpd, .tile = tile, .connection = connection, .reply = &reply};
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        route(&request, path);
    else
        answer_words(&request, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n");
    return reply;
}

#else
typedef int pp_http_routes_are_missing; /* ISO C wants something in every file */
#endif
