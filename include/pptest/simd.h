/* PP_SIMD before a static function: compiled for any x86-64 and again for wider vectors, the right one chosen when the
 * program is loaded; compiled once where that is not possible. The source stays plain C. The function's name must be
 * unique in the program, and before clang 17 a function that is not static could not be called from another file. */
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
