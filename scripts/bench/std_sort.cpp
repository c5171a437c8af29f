// The peer of the task `sort`: fills an array with random doubles and sorts it with std::sort.
// Usage: std_sort SIZE COUNT    prints the median of COUNT tasks in seconds
// Build: c++ -std=c++17 -O3 -Iinclude -o std_sort scripts/bench/std_sort.cpp
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "pptest/rng.h"

static double task_seconds(std::vector<double> &reals, uint64_t seed) {
    auto start = std::chrono::steady_clock::now();
    struct pp_rng rng = {seed};
    for (double &real : reals)
        real = pp_rng_real(&rng);
    std::sort(reals.begin(), reals.end());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int main(int argc, char **argv) {
    long long size = argc == 3 ? std::atoll(argv[1]) : 0, count = argc == 3 ? std::atoll(argv[2]) : 0;
    if (size < 1 || count < 1) {
        std::fprintf(stderr, "usage: std_sort SIZE COUNT\n");
        return 2;
    }
    std::vector<double> reals(static_cast<size_t>(size)), seconds;
    task_seconds(reals, 0); // the first one also pays for the pages
    for (long long i = 1; i <= count; i++)
        seconds.push_back(task_seconds(reals, static_cast<uint64_t>(i)));
    std::sort(seconds.begin(), seconds.end());
    std::printf("%.9f\n", seconds[seconds.size() / 2]);
}
