/* The requests that the built-in HTTP server understands (lib/http_server.h), and their answers. */
#ifndef PPTEST_LIB_HTTP_ROUTES_H
#define PPTEST_LIB_HTTP_ROUTES_H

#ifdef PP_HAVE_MICROHTTPD

#include "lib/http_daemon.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_http_reply {
    struct MHD_Response *response; /* owned; NULL: there is no memory for one */
    unsigned status;
    uint64_t delay_us;
    bool never; /* there is no answer, and no response */
};

/* tile: see pp_http_tile_fill; it stays as long as any response. */
struct pp_http_reply pp_http_route(const struct pp_microhttpd *microhttpd, const char *tile,
                                   struct MHD_Connection *connection, const char *method, const char *path);

#endif
#endif
