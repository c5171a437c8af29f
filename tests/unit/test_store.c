/* Result files: reserved, replaced whole, never overwriting, and nothing left behind when something fails. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/store.h"
#include "runner/scratch.h"

/* ---- two formats and a folder ---- */

static int write_first(const struct pp_result *result, FILE *out) {
    fprintf(out, "%llu tasks\n", (unsigned long long)result->task_count);
    return 0;
}

static int write_large(const struct pp_result *result, FILE *out) {
    for (int i = 0; i < 10000; i++)
        fprintf(out, "%llu tasks, line %d\n", (unsigned long long)result->task_count, i);
    return 0;
}

static int write_half(const struct pp_result *result, FILE *out) {
    write_first(result, out);
    return -ENOMEM;
}

static const struct pp_reporter first = {.name = "one", .summary = "s", .write = write_first};
static const struct pp_reporter large = {.name = "two", .summary = "s", .write = write_large};
static const struct pp_reporter *const formats[] = {&first, &large};

struct folder {
    char root[128], dir[160]; /* the store makes dir in root */
    struct pp_store store;
    struct pp_error error;
};

static int set_up(void **state) {
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder || pp_scratch_make("", folder->root, sizeof folder->root, NULL) != 0)
        return -1;
    snprintf(folder->dir, sizeof folder->dir, "%s/a/results", folder->root);
    *state = folder;
    return 0;
}

static int tear_down(void **state) {
    struct folder *folder = *state;
    chmod(folder->dir, 0700);
    pp_scratch_remove(folder->root);
    free(folder);
    return 0;
}

static int files_in(const char *dir) {
    DIR *opened = opendir(dir);
    int count = 0;
    if (!opened)
        return -1;
    for (const struct dirent *entry; (entry = readdir(opened));)
        count += entry->d_name[0] != '.';
    closedir(opened);
    return count;
}

static void assert_starts(const char *path, const char *text) {
    char line[64] = "";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    assert_string_equal(line, text);
}

static struct pp_result result_of(uint64_t tasks) { return (struct pp_result){.task = "sum", .task_count = tasks}; }

static int open_in(struct folder *folder, size_t count) {
    return pp_store_open(&folder->store, folder->dir, "sum", formats, count, &folder->error);
}

static int save(struct folder *folder, uint64_t tasks) {
    struct pp_result result = result_of(tasks);
    return pp_store_save(&folder->store, &result, &folder->error);
}

static int finish(struct folder *folder, bool complete) {
    return pp_store_finish(&folder->store, complete, &folder->error);
}

static const char *path_of(const struct folder *folder, size_t format, bool complete, char *path) {
    pp_store_path(&folder->store, format, complete, path, PATH_MAX);
    return path;
}

/* ---- a run that goes well ---- */

static void a_run_from_reserving_to_its_name(void **state) {
    struct folder *folder = *state;
    char partial[PATH_MAX], final[PATH_MAX];
    assert_int_equal(open_in(folder, 2), 0);
    assert_int_equal(files_in(folder->dir), 2);
    path_of(folder, 0, false, partial);
    path_of(folder, 0, true, final);
    assert_non_null(strstr(partial, ".partial.one"));
    assert_starts(partial, "");
    assert_int_equal(save(folder, 1), 0);
    assert_starts(partial, "1 tasks\n");
    assert_int_equal(save(folder, 2), 0);
    assert_starts(partial, "2 tasks\n");
    assert_int_equal(files_in(folder->dir), 2);
    assert_int_equal(access(final, F_OK), -1);
    assert_int_equal(finish(folder, true), 0);
    assert_int_equal(files_in(folder->dir), 2);
    assert_starts(final, "2 tasks\n");
    assert_int_equal(access(partial, F_OK), -1);
    assert_starts(path_of(folder, 1, true, final), "2 tasks, line 0\n");
}

static void names_say_task_and_time(void **state) {
    struct folder *folder = *state;
    assert_int_equal(open_in(folder, 1), 0);
    const char *name = strrchr(folder->store.base, '/') + 1;
    int year, month, day, hour, minute, second, end = 0;
    assert_int_equal(
        sscanf(name, "sum__%4d_%2d_%2d__%2d_%2d_%2d%n", &year, &month, &day, &hour, &minute, &second, &end), 6);
    assert_int_equal(end, (int)strlen(name));
    assert_true(year >= 2024 && month >= 1 && month <= 12 && day >= 1 && day <= 31);
    assert_int_equal(finish(folder, false), 0);
}

static void what_was_saved_of_a_stopped_run_stays_partial(void **state) {
    struct folder *folder = *state;
    char path[PATH_MAX];
    assert_int_equal(open_in(folder, 1), 0);
    assert_int_equal(save(folder, 5), 0);
    assert_int_equal(finish(folder, false), 0);
    assert_int_equal(files_in(folder->dir), 1);
    assert_starts(path_of(folder, 0, false, path), "5 tasks\n");
}

static void nothing_saved_nothing_left(void **state) {
    struct folder *folder = *state;
    for (int complete = 0; complete < 2; complete++) {
        assert_int_equal(open_in(folder, 2), 0);
        assert_int_equal(finish(folder, complete), 0);
        assert_int_equal(files_in(folder->dir), 0);
    }
}

/* ---- never overwriting ---- */

static void two_at_once_get_different_names(void **state) {
    struct folder *folder = *state;
    enum { MANY = 12 };
    static struct folder others[MANY];
    for (int i = 0; i < MANY; i++) {
        memcpy(others[i].dir, folder->dir, sizeof folder->dir);
        assert_int_equal(open_in(&others[i], 2), 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(others[i].store.base, others[k].store.base);
        assert_int_equal(save(&others[i], (uint64_t)i), 0);
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(finish(&others[i], true), 0);
    assert_int_equal(files_in(folder->dir), 2 * MANY);
    for (int i = 0; i < MANY; i++) {
        char path[PATH_MAX], text[32];
        snprintf(text, sizeof text, "%d tasks\n", i);
        assert_starts(path_of(&others[i], 0, true, path), text);
    }
}

/* One format's name is free, the other's is not: both move on, and nothing stays of the first attempt. */
static void all_formats_share_one_name(void **state) {
    struct folder *folder = *state;
    char path[PATH_MAX];
    assert_int_equal(open_in(folder, 2), 0);
    char base[PATH_MAX];
    snprintf(base, sizeof base, "%s", folder->store.base);
    assert_int_equal(finish(folder, false), 0);
    for (int format = 0; format < 2; format++)
        for (int second = 0; second < 3; second++) { /* the clock may go on meanwhile */
            assert_int_equal(open_in(folder, 2), 0);
            FILE *file = fopen(path_of(folder, (size_t)format, true, path), "we");
            assert_non_null(file);
            fclose(file);
            char taken[PATH_MAX];
            snprintf(taken, sizeof taken, "%s", folder->store.base);
            assert_int_equal(finish(folder, false), 0);
            int before = files_in(folder->dir);
            assert_int_equal(open_in(folder, 2), 0);
            assert_string_not_equal(folder->store.base, taken);
            assert_int_equal(files_in(folder->dir), before + 2);
            assert_int_equal(finish(folder, false), 0);
        }
}

static void a_file_that_came_meanwhile_is_kept(void **state) {
    struct folder *folder = *state;
    char final[PATH_MAX], partial[PATH_MAX];
    assert_int_equal(open_in(folder, 1), 0);
    assert_int_equal(save(folder, 3), 0);
    FILE *file = fopen(path_of(folder, 0, true, final), "we");
    assert_non_null(file);
    fputs("somebody else's\n", file);
    fclose(file);
    assert_int_equal(finish(folder, true), -EEXIST);
    assert_non_null(strstr(folder->error.text, "give its final name"));
    assert_starts(final, "somebody else's\n");
    assert_starts(path_of(folder, 0, false, partial), "3 tasks\n");
}

static void a_file_left_by_a_crash_is_replaced(void **state) {
    struct folder *folder = *state;
    char partial[PATH_MAX], stale[PATH_MAX + 8];
    assert_int_equal(open_in(folder, 1), 0);
    snprintf(stale, sizeof stale, "%s.new", path_of(folder, 0, false, partial));
    FILE *file = fopen(stale, "we");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(save(folder, 4), 0);
    assert_starts(partial, "4 tasks\n");
    assert_int_equal(files_in(folder->dir), 1);
    assert_int_equal(finish(folder, false), 0);
}

/* ---- folders that are none ---- */

static void assert_refused(struct folder *folder, const char *dir, int status) {
    struct pp_error error = {0};
    struct pp_store store;
    assert_int_equal(pp_store_open(&store, dir, "sum", formats, 2, &error), status);
    assert_string_equal(error.where, "/output_dir");
    assert_true(strlen(error.text) > 0);
    (void)folder;
}

static void a_folder_that_is_a_file_is_an_error(void **state) {
    struct folder *folder = *state;
    char path[512], below[600];
    snprintf(path, sizeof path, "%s/file", folder->root);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fclose(file);
    snprintf(below, sizeof below, "%s/sub", path);
    assert_refused(folder, path, -ENOTDIR);
    assert_refused(folder, below, -ENOTDIR);
    assert_int_equal(files_in(folder->root), 1);
}

static void a_path_that_is_too_long_is_an_error(void **state) {
    struct folder *folder = *state;
    char dir[2 * PATH_MAX];
    memset(dir, 'x', sizeof dir);
    for (size_t i = 0; i < sizeof dir; i += 100)
        dir[i] = '/';
    memcpy(dir, folder->root, strlen(folder->root));
    dir[strlen(folder->root)] = '/';
    for (size_t length = PATH_MAX - 40; length < PATH_MAX + 10; length++) {
        dir[length] = '\0';
        struct pp_error error = {0};
        struct pp_store store;
        assert_int_equal(pp_store_open(&store, dir, "sum", formats, 2, &error), -ENAMETOOLONG);
        dir[length] = 'x';
    }
}

/* Root may write anywhere, so that these run as somebody else. They end as themselves, without limits, and by exit:
 * where coverage is measured it is written then. */
static int as_nobody(int (*act)(struct folder *folder), struct folder *folder) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        uid_t self = geteuid();
        const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
        bool moved = self != 0 || (chmod(folder->root, 0777) == 0 && seteuid(65534) == 0);
        int status = moved ? act(folder) : 1;
        bool back = seteuid(self) == 0 && (setrlimit(RLIMIT_FSIZE, &none) == 0 || self != 0);
        exit(back ? status : 2);
    }
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static int open_unwritable(struct folder *folder) {
    char above[200];
    snprintf(above, sizeof above, "%s/closed", folder->root);
    if (mkdir(above, 0555) != 0)
        return 2;
    snprintf(folder->dir, sizeof folder->dir, "%s/closed/results", folder->root);
    if (open_in(folder, 2) != -EACCES || !strstr(folder->error.text, "cannot make the folder"))
        return 3;
    snprintf(folder->dir, sizeof folder->dir, "%s/closed", folder->root);
    if (open_in(folder, 2) != -EACCES || !strstr(folder->error.text, "cannot write"))
        return 4;
    return files_in(folder->dir) == 0 ? 42 : 5;
}

static void an_unwritable_folder_is_an_error(void **state) { assert_int_equal(as_nobody(open_unwritable, *state), 42); }

static int lose_permission(struct folder *folder) {
    char path[PATH_MAX];
    if (open_in(folder, 1) != 0 || save(folder, 1) != 0 || chmod(folder->dir, 0555) != 0)
        return 2;
    if (save(folder, 2) != -EACCES || finish(folder, true) != -EACCES)
        return 3;
    if (chmod(folder->dir, 0755) != 0 || files_in(folder->dir) != 1)
        return 4;
    assert_starts(path_of(folder, 0, false, path), "1 tasks\n");
    return 42;
}

static void a_folder_closed_meanwhile_keeps_what_it_has(void **state) {
    assert_int_equal(as_nobody(lose_permission, *state), 42);
}

static void a_vanished_folder_is_an_error(void **state) {
    struct folder *folder = *state;
    assert_int_equal(open_in(folder, 2), 0);
    assert_int_equal(save(folder, 1), 0);
    pp_scratch_remove(folder->dir);
    assert_int_equal(save(folder, 2), -ENOENT);
    assert_non_null(strstr(folder->error.text, "cannot write"));
    assert_string_equal(folder->error.where, "/output_dir");
    assert_int_equal(finish(folder, true), -ENOENT);
    assert_int_equal(files_in(folder->dir), -1);
}

static void a_vanished_folder_before_anything_was_saved(void **state) {
    struct folder *folder = *state;
    assert_int_equal(open_in(folder, 2), 0);
    pp_scratch_remove(folder->dir);
    assert_int_equal(save(folder, 2), -ENOENT);
    assert_int_equal(finish(folder, false), 0);
}

/* ---- a full disk ---- */

/* What a full disk does, a limit on the size of files does too: write() comes back short, then fails. */
static int fill_disk(struct folder *folder) {
    char partial[PATH_MAX];
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    if (open_in(folder, 2) != 0 || save(folder, 1) != 0 || setrlimit(RLIMIT_FSIZE, &small) != 0)
        return 2;
    if (save(folder, 2) != -EFBIG || !strstr(folder->error.text, "cannot write"))
        return 3;
    assert_starts(path_of(folder, 0, false, partial), "2 tasks\n"); /* small enough */
    assert_starts(path_of(folder, 1, false, partial), "1 tasks, line 0\n");
    struct stat status;
    if (stat(partial, &status) != 0 || status.st_size < 100000 || files_in(folder->dir) != 2)
        return 4;
    return finish(folder, false) == 0 && files_in(folder->dir) == 2 ? 42 : 5;
}

static void a_document_that_cannot_be_made_leaves_the_last_one(void **state) {
    struct folder *folder = *state;
    struct pp_reporter fickle = {.name = "one", .summary = "s", .write = write_first};
    const struct pp_reporter *const only[] = {&fickle};
    struct pp_store store;
    struct pp_error error = {0};
    struct pp_result result = {.task_count = 1};
    char path[PATH_MAX];
    assert_int_equal(pp_store_open(&store, folder->dir, "t", only, 1, &error), 0);
    assert_int_equal(pp_store_save(&store, &result, &error), 0);
    fickle.write = write_half;
    result.task_count = 2;
    assert_int_equal(pp_store_save(&store, &result, &error), -ENOMEM);
    pp_store_path(&store, 0, false, path, sizeof path);
    FILE *file = fopen(path, "re");
    char line[32] = "";
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, "1 tasks\n");
    assert_int_equal(pp_store_finish(&store, false, &error), 0);
}

static void a_full_disk_leaves_the_last_result_whole(void **state) {
    assert_int_equal(as_nobody(fill_disk, *state), 42);
}

static int fill_disk_at_once(struct folder *folder) {
    const struct pp_reporter *const only[] = {&large};
    const struct rlimit small = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    struct pp_result result = result_of(1);
    signal(SIGXFSZ, SIG_IGN);
    if (pp_store_open(&folder->store, folder->dir, "sum", only, 1, &folder->error) != 0)
        return 2;
    if (setrlimit(RLIMIT_FSIZE, &small) != 0 || pp_store_save(&folder->store, &result, &folder->error) != -EFBIG)
        return 3;
    return finish(folder, false) == 0 && files_in(folder->dir) == 0 ? 42 : 4;
}

static void a_disk_that_is_full_from_the_start_leaves_nothing(void **state) {
    assert_int_equal(as_nobody(fill_disk_at_once, *state), 42);
}

static void more_formats_than_there_is_room_for(void **state) {
    struct folder *folder = *state;
    const struct pp_reporter *many[PP_STORE_FORMATS_MAX + 1];
    static const struct pp_reporter named[PP_STORE_FORMATS_MAX + 1] = {
        {.name = "a", .write = write_first}, {.name = "b", .write = write_first}, {.name = "c", .write = write_first},
        {.name = "d", .write = write_first}, {.name = "e", .write = write_first}, {.name = "f", .write = write_first},
        {.name = "g", .write = write_first}, {.name = "h", .write = write_first}, {.name = "i", .write = write_first}};
    for (size_t i = 0; i <= PP_STORE_FORMATS_MAX; i++)
        many[i] = &named[i];
    assert_int_equal(pp_store_open(&folder->store, folder->dir, "sum", many, PP_STORE_FORMATS_MAX + 1, &folder->error),
                     0);
    assert_int_equal(folder->store.count, PP_STORE_FORMATS_MAX);
    assert_int_equal(finish(folder, false), 0);
}

static void a_path_without_room_is_empty(void **state) {
    struct folder *folder = *state;
    char path[8] = "full";
    assert_int_equal(open_in(folder, 1), 0);
    pp_store_path(&folder->store, 0, true, path, sizeof path);
    assert_string_equal(path, "");
    assert_int_equal(finish(folder, false), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_run_from_reserving_to_its_name),
        IN_FOLDER(names_say_task_and_time),
        IN_FOLDER(what_was_saved_of_a_stopped_run_stays_partial),
        IN_FOLDER(nothing_saved_nothing_left),
        IN_FOLDER(two_at_once_get_different_names),
        IN_FOLDER(all_formats_share_one_name),
        IN_FOLDER(a_file_that_came_meanwhile_is_kept),
        IN_FOLDER(a_file_left_by_a_crash_is_replaced),
        IN_FOLDER(a_folder_that_is_a_file_is_an_error),
        IN_FOLDER(a_path_that_is_too_long_is_an_error),
        IN_FOLDER(an_unwritable_folder_is_an_error),
        IN_FOLDER(a_folder_closed_meanwhile_keeps_what_it_has),
        IN_FOLDER(a_vanished_folder_is_an_error),
        IN_FOLDER(a_vanished_folder_before_anything_was_saved),
        IN_FOLDER(a_document_that_cannot_be_made_leaves_the_last_one),
        IN_FOLDER(a_full_disk_leaves_the_last_result_whole),
        IN_FOLDER(a_disk_that_is_full_from_the_start_leaves_nothing),
        IN_FOLDER(more_formats_than_there_is_room_for),
        IN_FOLDER(a_path_without_room_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
