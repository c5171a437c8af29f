#include "lib/http_client.h"

#ifdef PP_HAVE_CURL

#include <string.h>
#include <strings.h>

#include "lib/http_transfer.h"

static const char no_host[] = "expected the name of a host after the slashes";

/* libcurl itself guesses a scheme, or a slash too few or too many. */
static const char *fault_at_a_glance(const char *url) {
    size_t scheme = strncasecmp(url, "http://", 7) == 0 ? 7 : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
    if (scheme == 0)
        return "expected an address that begins with http:// or https://";
    if (strcspn(url + scheme, "/?#") == 0)
        return no_host;
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ')
            return "expected an address without blanks; write %20 for one";
    return NULL;
}

static const char *words_for(CURLUcode code) {
    switch (code) {
    case CURLUE_OK:
    case CURLUE_OUT_OF_MEMORY:
        return NULL;
    case CURLUE_BAD_PORT_NUMBER:
        return "expected a number up to 65535 as the port, or no port";
    case CURLUE_UNSUPPORTED_SCHEME:
        return "expected an address that begins with http://, for the libcurl found has no TLS";
    case CURLUE_NO_HOST:
        return no_host;
    default:
        return "expected an address such as http://host:8080/path; one of IPv6 has brackets, http://[::1]:8080/path";
    }
}

const char *pp_http_url_fault(const char *url) {
    struct pp_curl curl;
    const char *fault = fault_at_a_glance(url);
    if (fault || pp_curl_load(&curl, NULL) != 0)
        return fault;
    CURLU *parsed = curl.url();
    CURLUcode code = parsed ? curl.url_set(parsed, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    curl.url_cleanup(parsed);
    return words_for(code);
}

#else
typedef int pp_http_url_is_missing; /* ISO C wants something in every file */
#endif
