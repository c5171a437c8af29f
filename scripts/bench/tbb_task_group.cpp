/* Tasks that do nothing, handed out by a task_group of oneTBB in chunks of 10,000: a task for each would be dearer.
 * Usage: tbb_task_group COUNT THREADS    prints the seconds from before the first thread is there to the last task
 * Build: c++ -std=c++17 -O3 -Iinclude -o tbb_task_group scripts/bench/tbb_task_group.cpp -ltbb */
#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "noop_item.h"

static const uint64_t chunk = 10000;

int main(int argc, char **argv) {
    long long count = argc == 3 ? std::atoll(argv[1]) : 0, threads = argc == 3 ? std::atoll(argv[2]) : 0;
    if (count < 1 || threads < 1) {
        std::fprintf(stderr, "usage: tbb_task_group COUNT THREADS\n");
        return 2;
    }
    std::atomic<uint64_t> check{0};
    double start = seconds_now();
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
        tbb::task_group group;
        uint64_t all = static_cast<uint64_t>(count);
        for (uint64_t first = 0; first < all; first += chunk)
            group.run([&check, first, all] {
                uint64_t sum = 0;
                for (uint64_t i = first; i < std::min(first + chunk, all); i++)
                    sum += noop_do(i);
                check.fetch_add(sum, std::memory_order_relaxed);
            });
        group.wait();
    });
    return noop_report(start, check, static_cast<uint64_t>(count));
}
