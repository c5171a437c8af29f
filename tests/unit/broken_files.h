/* Tasks that write and read files, in a folder that must be empty in the end, with system calls that fail on demand.
 * The functions defined here stand in for those of the C library. Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_BROKEN_FILES_H
#define PPTEST_TESTS_BROKEN_FILES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "task_fixture.h"
#include "temp_folder.h"

enum call { CALL_NONE, CALL_READ, CALL_WRITE, CALL_FSYNC, CALL_UNLINK, CALL_LSEEK };
enum fault { FAULT_ERROR, FAULT_FLIP, FAULT_END };

static struct {
    enum call call;
    int countdown; /* the how-manieth call it hits */
    enum fault fault;
    int code; /* errno of FAULT_ERROR */
} broken;

static inline bool breaks(enum call call) { return broken.call == call && --broken.countdown == 0; }

static inline long refuse(void) {
    errno = broken.code;
    return -1;
}

ssize_t read(int fd, void *bytes, size_t count) {
    if (!breaks(CALL_READ))
        return syscall(SYS_read, fd, bytes, count);
    if (broken.fault != FAULT_FLIP)
        return broken.fault == FAULT_END ? 0 : refuse();
    ssize_t got = syscall(SYS_read, fd, bytes, count);
    if (got > 0)
        ((unsigned char *)bytes)[got / 2] ^= 0x10;
    return got;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return breaks(CALL_WRITE) ? refuse() : syscall(SYS_write, fd, bytes, count);
}

int fsync(int fd) { return breaks(CALL_FSYNC) ? (int)refuse() : (int)syscall(SYS_fsync, fd); }

/* Deletes all the same, so that nothing is left when the test ends. */
int unlink(const char *path) {
    int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    return breaks(CALL_UNLINK) ? (int)refuse() : status;
}

off_t lseek(int fd, off_t offset, int whence) {
    return breaks(CALL_LSEEK) ? refuse() : syscall(SYS_lseek, fd, offset, whence);
}

static inline void break_call(enum call call, int number, enum fault fault, int code) {
    broken.call = call;
    broken.countdown = number;
    broken.fault = fault;
    broken.code = code;
}

static inline void mend(void) { broken.call = CALL_NONE; }

static inline bool folder_is_empty(const char *path) {
    DIR *dir = opendir(path);
    bool empty = dir != NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        empty = empty && entry->d_name[0] == '.';
    if (dir)
        closedir(dir);
    return empty;
}

static inline const struct pp_task *task(const char *name) {
    const struct pp_task *found = pp_task_find(name);
    assert_non_null(found);
    return found;
}

static inline void set_int(struct fixture *f, const char *name, int64_t value) {
    const struct pp_field *field = f->task->args;
    while (strcmp(field->name, name) != 0)
        field++;
    char *place = (char *)f->args + field->offset;
    if (field->type == PP_INT)
        memcpy(place, &value, sizeof value);
    else if (field->type == PP_CHOICE)
        memcpy(place, &(int){(int)value}, sizeof(int));
    else
        memcpy(place, &(bool){value != 0}, sizeof(bool));
}

static inline struct fixture small(const char *name) {
    struct fixture f = fixture_new(task(name), folder, 0);
    set_int(&f, "filesize_mb", 1);
    return f;
}

static inline struct fixture started(const char *name) {
    struct fixture f = small(name);
    assert_int_equal(fixture_start(&f), 0);
    return f;
}

#endif
