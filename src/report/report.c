#include "report/report.h"

#include <string.h>

const struct pp_reporter *const pp_reporters[] = {&pp_reporter_csv, &pp_reporter_json, &pp_reporter_html,
                                                  &pp_reporter_trace, NULL};

const struct pp_reporter *pp_reporter_find(const char *name) {
    for (size_t i = 0; pp_reporters[i]; i++)
        if (strcmp(pp_reporters[i]->name, name) == 0)
            return pp_reporters[i];
    return NULL;
}
