#include "lib/files.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/select.h>

unsigned pp_files_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FD_SETSIZE;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < INT_MAX ? (unsigned)limit.rlim_cur : INT_MAX;
}
