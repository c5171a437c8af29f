/* Small files of /proc, /sys and /etc, below a file system root that may be a captured tree. */
#ifndef PP_MACHINE_SYSFILE_H
#define PP_MACHINE_SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for one line of such a file: the flags of a CPU, or a list of thousands of them. */
enum { PP_SYSFILE_LINE_BYTES = 8192 };

/* In all of these `root` is "" for the running system, and `name` begins with "/". They return whether what was asked
 * for is there; otherwise the output is unchanged. Text that does not fit is cut. */

bool pp_sysfile_exists(const char *root, const char *name);

/* The first line without the blanks at its end. */
bool pp_sysfile_line(const char *root, const char *name, char *text, size_t size);

/* A first line that is a whole number. */
bool pp_sysfile_number(const char *root, const char *name, uint64_t *number);

/* The value of the first line that begins with `key` and a ":" or "=", without blanks and quotes around it. Only the
 * first 64 KiB are looked at: /proc/cpuinfo repeats itself for each CPU. */
bool pp_sysfile_value(const char *root, const char *name, const char *key, char *text, size_t size);

#endif
