/* JSON: everything a result holds, for programs, and for comparing later. */
#include "report/report.h"

#include "result/shapes.h"
#include "schema/json_text.h"

#include <errno.h>
#include <stdlib.h>

static int write_json(const struct pp_result *result, FILE *out) {
    json_t *document = pp_shape_write(pp_result_shape, result);
    char *text = pp_json_text(document, PP_JSON_WIDTH);
    json_decref(document);
    if (!text)
        return -ENOMEM;
    fprintf(out, "%s\n", text);
    free(text);
    return 0;
}

const struct pp_reporter pp_reporter_json = {.name = "json",
                                             .summary = "everything, for programs and for `pptest compare`",
                                             .several = PP_SEVERAL_WHOLE,
                                             .write = write_json};
