#include "app/app.h"
#include "app/say.h"

#include "config/load.h"
#include "exec/start.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* By position, because the file's offset is shared with all other workers. */
static char *read_config(size_t *length) {
    struct stat status;
    if (fstat(PP_WORKER_CONFIG_FD, &status) != 0)
        return NULL;
    char *text = malloc((size_t)status.st_size + 1);
    ssize_t got = text ? pread(PP_WORKER_CONFIG_FD, text, (size_t)status.st_size, 0) : -1;
    if (got != status.st_size) {
        free(text);
        return NULL;
    }
    *length = (size_t)got;
    return text;
}

int pp_command_worker(int argc, char **argv) {
    size_t length = 0;
    char *text = argc == 4 ? read_config(&length) : NULL;
    if (!text) {
        pp_say(stderr, "error: pptest " PP_WORKER_COMMAND " is for pptest's own use");
        return PP_EXIT_WRONG;
    }
    for (int fd = PP_WORKER_ORDERS_FD; fd < PP_WORKER_FDS_END; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    if (pp_config_load_text(text, length, argv[2], NULL, &config, &problems) != 0) {
        pp_print_problems(&problems);
        return PP_EXIT_WRONG;
    }
    const struct pp_job job = {
        .task = config->task, .args = config->args, .env = {.config_dir = config->dir, .tmp_dir = argv[3]}};
    pp_worker_adopt(&job, &(struct pp_worker_fds)PP_WORKER_FDS);
}
