/* Numbers out of the small text files of /proc and /sys. What cannot be read or is not there is unknown: NaN. */
#ifndef PP_MACHINE_READING_H
#define PP_MACHINE_READING_H

#include <stddef.h>

/* Room for the longest of these files but /proc/stat: /proc/PID/status of a machine with thousands of CPUs. */
enum { PP_READING_BYTES = 16384 };

/* Reads the file `name` below `root` ("" for the running system) into `text`, ended by NUL. Returns its length; 0 when
 * it is empty or cannot be read. What does not fit is cut. */
size_t pp_reading_text(const char *root, const char *name, char *text, size_t size);

/* The number (>= 0) that follows `key`, which stands at the beginning of a line: "pswpin 12" with the key "pswpin ". */
double pp_reading_after(const char *text, const char *key);

/* The number (>= 0) that a file begins with. */
double pp_reading_number(const char *root, const char *name);

#endif
