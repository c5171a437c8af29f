/* PP_SIMD before a function: compiled once for any x86-64 and once more for wider vectors, the right one chosen when
 * the program is loaded. The source stays plain C. Only for static functions
 * whose names are unique in the program: before clang 17 the chosen one cannot be called from another file. Where that
 * is not possible it is compiled once. */
#ifndef PPTEST_SIMD_H
#define PPTEST_SIMD_H

/* PP_NO_SIMD: sanitizers instrument the resolvers, which run before a sanitizer's runtime is ready. */
#include <features.h>

#if !defined(__x86_64__) || !defined(__GLIBC__) || defined(PP_NO_SIMD)
#define PP_SIMD
#elif defined(__clang__) /* clang 14 does not find out at run time which of the levels below there is */
#define PP_SIMD __attribute__((target_clones("avx512vl", "avx2", "default")))
#elif __GNUC__ >= 12
#define PP_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PP_SIMD
#endif

#endif
