#include "schema/json_value.h"

#include <math.h>

#include "base/fields.h"
#include "pptest/task.h"
#include "schema/json_build.h"

json_t *pp_number_to_json(double number) {
    if (number == trunc(number) && fabs(number) <= PP_INT_MAX)
        return json_integer((json_int_t)number);
    return json_real(number);
}

static json_t *special(const struct pp_field *field) {
    return field->flags & PP_FIELD_AUTO ? json_string("auto") : json_null();
}

static json_t *int_to_json(const struct pp_field *field, int64_t i) {
    bool is_special = (field->flags & (PP_FIELD_AUTO | PP_FIELD_NULL)) && (double)i < field->min;
    return is_special ? special(field) : json_integer(i);
}

static json_t *ints_to_json(const struct pp_field *field, const int64_t *items, size_t count) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < count; i++)
        pp_json_push(list, int_to_json(field, items[i]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *strings_to_json(struct pp_strings strings) {
    if (strings.bare)
        return json_string(strings.items[0]);
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < strings.count; i++)
        pp_json_push(list, json_string(strings.items[i]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *members_to_json(struct pp_members members) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < members.count; i++) {
        const struct pp_member *member = &members.items[i];
        json_t *item = json_array();
        pp_json_push(item, json_string(member->name), &bad);
        pp_json_push(item, pp_args_to_json(member->task->args, member->args, member->args_given), &bad);
        pp_json_push(item, pp_number_to_json(member->weight), &bad);
        pp_json_push(list, item, &bad);
    }
    return pp_json_unless(bad, list);
}

json_t *pp_args_to_json(const struct pp_field *fields, const void *base, size_t given) {
    if (given > 0 && pp_fields_are_rest(fields))
        return pp_value_to_json(fields, pp_value_load(fields, base));
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < given; i++)
        pp_json_push(list, pp_value_to_json(&fields[i], pp_value_load(&fields[i], base)), &bad);
    return pp_json_unless(bad, list);
}

json_t *pp_value_to_json(const struct pp_field *field, union pp_value value) {
    if (pp_value_is_special(field, value))
        return special(field);
    switch (field->type) {
    case PP_INT:
        return json_integer(value.i);
    case PP_REAL:
        return json_real(value.r);
    case PP_BOOL:
        return json_boolean(value.i);
    case PP_STRING:
        return json_string(value.s ? value.s : "");
    case PP_CHOICE:
        return json_string(field->choices[value.i]);
    case PP_PAIR:
        return ints_to_json(field, (const int64_t[]){value.pair.low, value.pair.high}, 2);
    case PP_INTS:
        return ints_to_json(field, value.ints.items, value.ints.count);
    case PP_STRINGS:
        return strings_to_json(value.strings);
    case PP_TASKS:
        return members_to_json(value.members);
    case PP_OBJECT:
    case PP_JSON:
        break;
    }
    return json_array();
}
