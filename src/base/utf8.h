/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PP_BASE_UTF8_H
#define PP_BASE_UTF8_H

#include <stddef.h>

/* Length of the well-formed character at `text`, of which `left` bytes may be read: 1 to 4, or 0 when there is none. */
size_t pp_utf8_length(const char *text, size_t left);

/* Length of the longest prefix of `text` that is well-formed; `length` when all of it is. */
size_t pp_utf8_prefix(const char *text, size_t length);

#endif
