#include "base/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Generations of descendants that may fall to this process one after the other, each when the one before has ended. */
enum { GENERATIONS_MAX = 64 };

/* The parent of a process, 0: it has ended. The name in front of it may hold anything, even a parenthesis. */
static pid_t parent_of(pid_t pid) {
    char path[64], text[512];
    int parent;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[count > 0 ? count : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* Calls `each` with every child. Reading all processes takes a while where there are many, but works on every kernel,
 * and whichever thread a child belongs to. */
static void for_each_child(void (*each)(void *owner, pid_t pid), void *owner) {
    pid_t self = getpid();
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    while (all && (entry = readdir(all))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && parent_of(pid) == self)
            each(owner, pid);
    }
    if (all)
        closedir(all);
}

static void note(void *owner, pid_t pid) {
    struct pp_orphans *orphans = owner;
    if (orphans->known_count < PP_ORPHANS_KNOWN_MAX)
        orphans->known[orphans->known_count++] = pid;
}

void pp_orphans_take_in(struct pp_orphans *orphans) {
    *orphans = (struct pp_orphans){.taken_in = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0};
    for_each_child(note, orphans);
}

void pp_orphans_let(struct pp_orphans *orphans) {
    if (orphans->taken_in)
        prctl(PR_SET_CHILD_SUBREAPER, 0);
    orphans->taken_in = false;
}

struct hunt {
    const struct pp_orphans *orphans;
    bool (*spare)(const void *owner, pid_t pid);
    const void *owner;
    unsigned found;
};

static bool is_spared(const struct hunt *hunt, pid_t pid) {
    for (size_t i = 0; i < hunt->orphans->known_count; i++)
        if (hunt->orphans->known[i] == pid)
            return true;
    return hunt->spare(hunt->owner, pid);
}

static void end_child(void *owner, pid_t pid) {
    struct hunt *hunt = owner;
    if (is_spared(hunt, pid))
        return;
    hunt->found++;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL); /* it may not have come so far as to have a group */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void pp_orphans_end(const struct pp_orphans *orphans, bool (*spare)(const void *owner, pid_t pid), const void *owner) {
    struct hunt hunt = {.orphans = orphans, .spare = spare, .owner = owner, .found = 1};
    for (unsigned i = 0; i < GENERATIONS_MAX && hunt.found > 0; i++) {
        hunt.found = 0;
        for_each_child(end_child, &hunt);
    }
}
