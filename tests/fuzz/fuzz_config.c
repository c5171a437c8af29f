/* Whatever bytes a config file holds: loading ends, lists problems when it fails, and what loads is dumped as a text
 * that loads as the same. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "schema/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static int load(const char *text, size_t length, const char *const *sets, struct pp_config **config) {
    struct pp_problems problems = {0};
    char line[512];
    int code = pp_config_load_text(text, length, "dir/fuzz.json", sets, config, &problems);
    require(code == 0 || code == -EINVAL || code == -ENOMEM, "the code is one that is documented");
    require((code == -EINVAL) == (problems.count > 0), "a refusal has its reasons");
    for (size_t i = 0; i < problems.count; i++) {
        pp_problem_format(&problems.items[i], line, sizeof line);
        require(strchr(line, '\n') == NULL, "a problem fits on one line");
    }
    pp_problems_release(&problems);
    return code;
}

/* What comes before a first NUL is also a --set, as a command line would bring it. */
static void try_set(const char *text, size_t length) {
    static const char base[] = "{\"task\": \"sum\", \"task_count\": 1, \"workers\": [0]}";
    char *set = malloc(length + 1);
    if (!set)
        return;
    memcpy(set, text, length);
    set[length] = '\0';
    const char *sets[] = {set, "iterations=2", NULL};
    struct pp_config *config = NULL;
    load(base, sizeof base - 1, sets, &config);
    pp_config_free(config);
    free(set);
}

static void try_dump(const struct pp_config *config) {
    char *dump = pp_config_dump(config);
    require(dump != NULL, "what loads can be dumped");
    struct pp_config *again = NULL;
    require(load(dump, strlen(dump), NULL, &again) == 0, "a dump loads");
    char *second = pp_config_dump(again);
    require(second && strcmp(dump, second) == 0, "a dump's dump is the same");
    require(again->args_given == config->args_given, "arguments given stay given");
    free(second);
    free(dump);
    pp_config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = size ? (const char *)data : "";
    struct pp_config *config = NULL;
    if (load(text, size, NULL, &config) == 0)
        try_dump(config);
    pp_config_free(config);
    try_set(text, strnlen(text, size));
    return 0;
}
