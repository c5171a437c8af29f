/* What the process of the built-in HTTP server does (lib/http_server.h): libmicrohttpd's loop, and answers that wait
 * for their moment. One thread. */
#ifndef PPTEST_LIB_HTTP_DAEMON_H
#define PPTEST_LIB_HTTP_DAEMON_H

#ifdef PP_HAVE_MICROHTTPD

#include <microhttpd.h>

#include "pptest/error.h"

struct pp_http_daemon;

/* What is called of libmicrohttpd. */
struct pp_microhttpd {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_get_timeout) *get_timeout;
    __typeof__(MHD_run) *run;
    __typeof__(MHD_suspend_connection) *suspend_connection;
    __typeof__(MHD_resume_connection) *resume_connection;
    __typeof__(MHD_lookup_connection_value) *lookup_connection_value;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_create_response_from_callback) *create_response_from_callback;
    __typeof__(MHD_destroy_response) *destroy_response;
    __typeof__(MHD_get_version) *get_version;
};

int pp_microhttpd_load(struct pp_microhttpd *microhttpd, struct pp_error *error);

/* Takes a listening socket, which is not blocking, and as many connections as there may be descriptors. Returns 0 or
 * -errno with words. There is no closing it: its process ends. */
int pp_http_daemon_open(struct pp_http_daemon **daemon, int listen_fd, struct pp_error *error);

/* Serves, and returns only when it cannot go on. */
void pp_http_daemon_serve(struct pp_http_daemon *daemon);

#endif
#endif
