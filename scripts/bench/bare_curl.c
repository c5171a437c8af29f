/* What the task `download` costs without pptest: the same pages from the same server, fetched with one handle of
 * libcurl, one after the other, into a buffer that is there already.
 *
 *   bare_curl BYTES COUNT
 *
 * Prints the seconds that COUNT pages take. The server's port is looked up in a folder below TMPDIR, or /tmp. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/http_server.h"

static char *page;
static size_t room, used;

static size_t on_body(char *bytes, size_t size, size_t count, void *owner) {
    (void)owner;
    count *= size;
    if (count > room - used)
        return 0;
    memcpy(page + used, bytes, count);
    used += count;
    return count;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double fetch_all(CURL *easy, int port, unsigned long count) {
    double start_s = now_s();
    for (unsigned long i = 0; i < count; i++) {
        char url[128];
        snprintf(url, sizeof url, "http://127.0.0.1:%d/page/%lu?bytes=%zu", port, i, room);
        used = 0;
        curl_easy_setopt(easy, CURLOPT_URL, url);
        CURLcode code = curl_easy_perform(easy);
        if (code != CURLE_OK || used != room) {
            fprintf(stderr, "bare_curl: page %lu: %s, %zu bytes\n", i, curl_easy_strerror(code), used);
            exit(1);
        }
    }
    return now_s() - start_s;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    room = strtoul(argv[1], NULL, 10);
    page = calloc(1, room);
    const char *tmp = getenv("TMPDIR");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/bare-curl-XXXXXX", tmp ? tmp : "/tmp");
    struct pp_env env = {.tmp_dir = mkdtemp(folder)};
    struct pp_error error = {0};
    struct pp_http_server server;
    if (!page || !env.tmp_dir || pp_http_server_open(&server, &env, &error) != 0) {
        fprintf(stderr, "bare_curl: %s\n", error.text);
        return 1;
    }
    curl_global_init(CURL_GLOBAL_NOTHING);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    printf("%.9f\n", fetch_all(easy, server.port, strtoul(argv[2], NULL, 10)));
    curl_easy_cleanup(easy);
    pp_http_server_close(&server);
    rmdir(folder);
    free(page);
    return 0;
}
