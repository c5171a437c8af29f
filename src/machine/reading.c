#include "machine/reading.h"

#include "pptest/file.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t pp_reading_text(const char *root, const char *name, char *text, size_t size) {
    char path[PATH_MAX];
    text[0] = '\0';
    if (snprintf(path, sizeof path, "%s%s", root, name) >= (int)sizeof path)
        return 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    long length = pp_read_full(file, text, size - 1);
    close(file);
    if (length < 0)
        length = 0;
    text[length] = '\0';
    return (size_t)length;
}

static double number_at(const char *text) {
    text += strspn(text, " \t");
    return *text >= '0' && *text <= '9' ? (double)strtoull(text, NULL, 10) : NAN;
}

double pp_reading_after(const char *text, const char *key) {
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at += length)
        if (at == text || at[-1] == '\n')
            return number_at(at + length);
    return NAN;
}

double pp_reading_number(const char *root, const char *name) {
    char text[64];
    pp_reading_text(root, name, text, sizeof text);
    return number_at(text);
}
