/* Result files made of any bytes: read, and analysed as compare does when they can be. */
#include "analysis/analysis.h"
#include "base/arena.h"
#include "pptest/file.h"
#include "result/load.h"
#include "result/result.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int fd = memfd_create("result", MFD_CLOEXEC);
    if (fd < 0 || pp_write_all(fd, data, size) != 0)
        abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct pp_arena arena = {0};
    struct pp_problems problems = {0};
    struct pp_result result;
    int status = pp_result_load(path, &arena, &problems, &result);
    if ((status == 0) != (problems.count == 0))
        abort();
    if (status == 0 && pp_analysis_run(&result, 1, &arena) != 0)
        abort();
    pp_problems_release(&problems);
    pp_arena_release(&arena);
    close(fd);
    return 0;
}
