#include "machine/sysfile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEARCHED_BYTES = 65536 };

static bool path_of(const char *root, const char *name, char *path, size_t size) {
    return snprintf(path, size, "%s%s", root, name) < (int)size;
}

static FILE *open_file(const char *root, const char *name) {
    char path[PATH_MAX];
    return path_of(root, name, path, sizeof path) ? fopen(path, "re") : NULL;
}

static bool is_blank(char character) { return character == ' ' || character == '\t' || character == '\n'; }

static void trim_end(char *text) {
    size_t length = strlen(text);
    while (length > 0 && is_blank(text[length - 1]))
        text[--length] = '\0';
}

bool pp_sysfile_exists(const char *root, const char *name) {
    char path[PATH_MAX];
    return path_of(root, name, path, sizeof path) && access(path, F_OK) == 0;
}

bool pp_sysfile_line(const char *root, const char *name, char *text, size_t size) {
    char line[PP_SYSFILE_LINE_BYTES];
    FILE *file = open_file(root, name);
    bool read = file && fgets(line, sizeof line, file);
    if (file)
        fclose(file);
    if (!read)
        return false;
    trim_end(line);
    snprintf(text, size, "%s", line);
    return true;
}

bool pp_sysfile_number(const char *root, const char *name, uint64_t *number) {
    char text[32], *end;
    if (!pp_sysfile_line(root, name, text, sizeof text) || text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0')
        return false;
    *number = value;
    return true;
}

/* Where the value begins in a line "key : value"; NULL when the key is another one. */
static char *value_of(char *line, const char *key) {
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    char *at = line + length;
    at += strspn(at, " \t");
    if (*at != ':' && *at != '=')
        return NULL;
    at++;
    at += strspn(at, " \t\"");
    trim_end(at);
    size_t rest = strlen(at);
    if (rest > 0 && at[rest - 1] == '"')
        at[rest - 1] = '\0';
    return at;
}

bool pp_sysfile_value(const char *root, const char *name, const char *key, char *text, size_t size) {
    char line[PP_SYSFILE_LINE_BYTES], *value = NULL;
    FILE *file = open_file(root, name);
    for (size_t seen = 0; file && !value && seen < SEARCHED_BYTES && fgets(line, sizeof line, file);) {
        seen += strlen(line);
        value = value_of(line, key);
    }
    if (file)
        fclose(file);
    if (value)
        snprintf(text, size, "%s", value);
    return value != NULL;
}
