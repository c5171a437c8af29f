/* A built-in HTTP server, so that tasks of the network need none: a process of its own on 127.0.0.1, one for a run.
 *
 * It keeps no state; a request says everything about its answer:
 *   /record/INDEX?bytes=N&seed=N   a JSON record of exactly N bytes (lib/http_content.h)
 *   /page/INDEX?bytes=N            an HTML page of exactly N bytes (the same)
 *   /status/CODE                   an answer with this status, 200 to 599
 *   /truncated?bytes=N             says that N bytes follow, sends half of them and closes the connection
 *   /stall                         is never answered
 * With delay_us=N each but the last is answered so many microseconds after the request has been read. What it does not
 * understand is answered with 400, 404 or 405 and the reason in words. Connections are kept where the client wants. */
#ifndef PPTEST_LIB_HTTP_SERVER_H
#define PPTEST_LIB_HTTP_SERVER_H

#include <sys/types.h>

#include "lib/tmpfile.h"

/* A build without libmicrohttpd has no server: then opening one fails with these words. */
#define PP_HTTP_SERVER_UNAVAILABLE                                                                                     \
    "built without libmicrohttpd: install libmicrohttpd-dev (Debian, Ubuntu, Alpine), libmicrohttpd-devel (Fedora) "   \
    "or libmicrohttpd (Arch), and build again"

struct pp_http_server {
    int port;                         /* on 127.0.0.1 */
    pid_t pid;                        /* of the process that serves; 0: another process of this run owns it */
    pid_t owner;                      /* who opened it; 0: none */
    char link[PP_TMPFILE_PATH_BYTES]; /* where the others of this run find the port */
};

/* For a task's `prepare`: finds the run's server, or starts it and lets others find it, in env->tmp_dir. It ends with
 * the process that started it, however that ends; stop signals do not touch it. libmicrohttpd is loaded there alone.
 * Returns 0 or -errno, then there is nothing to close. */
int pp_http_server_open(struct pp_http_server *server, const struct pp_env *env, struct pp_error *error);

/* For `cleanup`: ends the server where it was started by this process. */
void pp_http_server_close(struct pp_http_server *server);

#endif
