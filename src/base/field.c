#include "pptest/field.h"

#include "base/fields.h"

#include <string.h>

const struct pp_field *pp_field_find(const struct pp_field *fields, const char *name) {
    for (const struct pp_field *field = fields; field && field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

size_t pp_field_count(const struct pp_field *fields) {
    size_t count = 0;
    while (fields && fields[count].name)
        count++;
    return count;
}

bool pp_fields_are_rest(const struct pp_field *fields) {
    return fields && fields[0].name && (fields[0].flags & PP_FIELD_REST);
}

union pp_value pp_value_load(const struct pp_field *field, const void *base) {
    const void *member = (const char *)base + field->offset;
    switch (field->type) {
    case PP_INT:
        return (union pp_value){.i = *(const int64_t *)member};
    case PP_REAL:
        return (union pp_value){.r = *(const double *)member};
    case PP_BOOL:
        return (union pp_value){.i = *(const bool *)member};
    case PP_STRING:
        return (union pp_value){.s = *(const char *const *)member};
    case PP_CHOICE:
        return (union pp_value){.i = *(const int *)member};
    case PP_PAIR:
        return (union pp_value){.pair = *(const struct pp_pair *)member};
    case PP_INTS:
        return (union pp_value){.ints = *(const struct pp_ints *)member};
    case PP_STRINGS:
        return (union pp_value){.strings = *(const struct pp_strings *)member};
    case PP_TASKS:
        return (union pp_value){.members = *(const struct pp_members *)member};
    case PP_OBJECT:
    case PP_JSON:
        break;
    }
    return (union pp_value){0};
}

void pp_value_store(const struct pp_field *field, void *base, union pp_value value) {
    void *member = (char *)base + field->offset;
    switch (field->type) {
    case PP_INT:
        *(int64_t *)member = value.i;
        break;
    case PP_REAL:
        *(double *)member = value.r;
        break;
    case PP_BOOL:
        *(bool *)member = value.i != 0;
        break;
    case PP_STRING:
        *(const char **)member = value.s ? value.s : "";
        break;
    case PP_CHOICE:
        *(int *)member = (int)value.i;
        break;
    case PP_PAIR:
        *(struct pp_pair *)member = value.pair;
        break;
    case PP_INTS:
        *(struct pp_ints *)member = value.ints;
        break;
    case PP_STRINGS:
        *(struct pp_strings *)member = value.strings;
        break;
    case PP_TASKS:
        *(struct pp_members *)member = value.members;
        break;
    case PP_OBJECT:
    case PP_JSON:
        break;
    }
}

bool pp_value_is_special(const struct pp_field *field, union pp_value value) {
    if (!(field->flags & (PP_FIELD_AUTO | PP_FIELD_NULL)))
        return false;
    switch (field->type) {
    case PP_INT:
        return (double)value.i < field->min || (double)value.i > field->max;
    case PP_REAL:
        return value.r < field->min || value.r > field->max;
    case PP_INTS:
        return (field->flags & PP_FIELD_NONEMPTY) && value.ints.count == 0;
    case PP_STRINGS:
        return (field->flags & PP_FIELD_NONEMPTY) && value.strings.count == 0;
    default:
        return false;
    }
}

void pp_fields_default(const struct pp_field *fields, void *base) {
    for (const struct pp_field *field = fields; field && field->name; field++)
        if (field->type == PP_OBJECT)
            pp_fields_default(field->of, base);
        else
            pp_value_store(field, base, field->def);
}
