/* A folder of a unit test's own. Include <stdlib.h> and <unistd.h> before. */
#ifndef PPTEST_TESTS_TEMP_FOLDER_H
#define PPTEST_TESTS_TEMP_FOLDER_H

static char folder[] = "/tmp/pptest-unit-XXXXXX";

static inline int folder_make(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

/* It must be empty. */
static inline int folder_remove(void **state) {
    (void)state;
    return rmdir(folder);
}

#endif
