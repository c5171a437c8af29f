/* JSON: everything a result holds, for programs, and for comparing later. */
#include "report/report.h"

#include "result/shapes.h"

#include <errno.h>

/* What is measured has no more digits than these; with them a number is written as people would write it. */
enum { DIGITS = 15, FLAGS = JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS) };

/* A line for each item of a list, so that a long list of cases can be read, and compared line by line. */
static int write_list(const json_t *list, FILE *out) {
    int status = 0;
    fputs("[", out);
    for (size_t i = 0; i < json_array_size(list) && status == 0; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        status = json_dumpf(json_array_get(list, i), out, FLAGS);
    }
    fputs("]", out);
    return status;
}

static int write_members(json_t *document, FILE *out) {
    const char *key, *before = "{\n";
    json_t *value;
    json_object_foreach(document, key, value) {
        fprintf(out, "%s \"%s\": ", before, key);
        before = ",\n";
        int status = json_is_array(value) ? write_list(value, out) : json_dumpf(value, out, FLAGS);
        if (status != 0)
            return status;
    }
    fputs("\n}\n", out);
    return 0;
}

/* A dump fails for want of memory, or because the stream takes no more, which the stream remembers. */
static int write_json(const struct pp_result *result, FILE *out) {
    json_t *document = pp_shape_write(pp_result_shape, result);
    int status = document ? write_members(document, out) : -1;
    json_decref(document);
    return status == 0 || ferror(out) ? 0 : -ENOMEM;
}

const struct pp_reporter pp_reporter_json = {
    .name = "json", .summary = "everything, for programs and for `pptest compare`", .write = write_json};
