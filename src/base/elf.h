/* What can be seen of a shared object before it is mapped. */
#ifndef PP_BASE_ELF_H
#define PP_BASE_ELF_H

#include "pptest/error.h"

/* Is the file open at `fd` a shared object for this program's kind of CPU, with all bytes that its headers promise? The
 * dynamic loader maps those bytes without looking: one behind the end of the file ends the process with SIGBUS. What
 * loading does not need may be missing, such as section headers. Its libraries are not looked at. Returns 0, or
 * -ELIBBAD or what reading returned, with words that go on after "found NAME, ". */
int pp_elf_check(int fd, struct pp_error *error);

#endif
