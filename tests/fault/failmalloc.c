/* A preloaded library in which allocations of the program fail: the Nth after main has begun, and with
 * FAILMALLOC_ON=1 all that come after it too. FAILMALLOC_NTH is N; FAILMALLOC_MARK names a file that is made when one
 * has failed. Children go on counting where their parent was; executed ones start again. Only programs named pptest are
 * meant. Only for glibc, whose own functions are there under other names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int (*program)(int, char **, char **);
static long nth;
static bool on;
static const char *mark;
static atomic_bool armed;
static atomic_long count;

static bool fails(void) {
    if (!atomic_load(&armed))
        return false;
    long now = atomic_fetch_add(&count, 1) + 1;
    if (now != nth && !(on && now > nth))
        return false;
    int fd = mark ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd >= 0)
        close(fd);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t items, size_t size) { return fails() ? NULL : __libc_calloc(items, size); }
void *realloc(void *old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { return fails() ? NULL : __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return fails() ? NULL : __libc_memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *got = fails() ? NULL : __libc_memalign(alignment, size);
    if (!got)
        return ENOMEM;
    *memory = got;
    return 0;
}

static int armed_main(int argc, char **argv, char **environment) {
    const char *text = getenv("FAILMALLOC_NTH"), *slash = strrchr(argv[0], '/');
    nth = text ? atol(text) : 0;
    on = getenv("FAILMALLOC_ON") != NULL;
    mark = getenv("FAILMALLOC_MARK");
    atomic_store(&armed, nth > 0 && strcmp(slash ? slash + 1 : argv[0], "pptest") == 0);
    return program(argc, argv, environment);
}

int __libc_start_main(int (*main_function)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
    program = main_function;
    return start(armed_main, argc, argv, init, fini, loader_fini, stack_end);
}
