#include "pptest/error.h"

#include <stdarg.h>
#include <stdio.h>

static void PP_PRINTF(4, 0)
    fill(struct pp_error *error, int code, const char *where, const char *format, va_list args) {
    if (!error)
        return;
    error->code = code;
    snprintf(error->where, sizeof error->where, "%s", where ? where : "");
    vsnprintf(error->text, sizeof error->text, format, args);
}

int pp_error_set(struct pp_error *error, int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(error, code, "", format, args);
    va_end(args);
    return code;
}

int pp_error_at(struct pp_error *error, int code, const char *where, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(error, code, where, format, args);
    va_end(args);
    return code;
}
