#include "config/read_member.h"

#include <errno.h>
#include <math.h>

#include "base/members.h"
#include "config/read_args.h"
#include "config/read_task.h"
#include "schema/place.h"
#include "schema/show.h"

static int refuse(const struct pp_reader *reader, const char *place, const json_t *value, const char *expected) {
    return pp_problems_add(reader->problems, reader->file, place, "found %s, expected %s", pp_json_show(value).text,
                           expected);
}

static int read_name(const struct pp_reader *reader, const char *place, const json_t *value, struct pp_member *member) {
    if (!json_is_string(value))
        return refuse(reader, place, value, "the name of a task");
    int code = pp_task_read(reader, place, value, &member->task, &member->name);
    const char *unfit = code == 0 ? pp_member_unfit(member->task) : NULL;
    if (!unfit)
        return code;
    return pp_problems_add(reader->problems, reader->file, place,
                           "\"%s\" %s, so it cannot be one of several tasks; take it out of the list",
                           member->task->name, unfit);
}

static int read_args(const struct pp_reader *reader, const char *place, const json_t *value, struct pp_member *member) {
    if (json_is_number(value))
        return pp_problems_add(reader->problems, reader->file, place,
                               "found %s, expected an array or an object of arguments; a weight comes after them, "
                               "which may be []",
                               pp_json_show(value).text);
    void *args = pp_arena_alloc(reader->arena, member->task->args_size);
    if (!args)
        return -ENOMEM;
    member->args = args;
    member->args_named = json_is_object(value);
    return pp_args_read(reader, member->task, place, value, args, &member->args_given);
}

static int read_weight(const struct pp_reader *reader, const char *place, const json_t *value,
                       struct pp_member *member) {
    double weight = json_number_value(value);
    if (!json_is_number(value) || !isfinite(weight) || weight <= 0.0 || weight > PP_WEIGHT_MAX)
        return refuse(reader, place, value, "a weight: a number > 0, at most 1000000000");
    member->weight = weight;
    return 0;
}

int pp_member_read(const struct pp_reader *reader, const char *place, const json_t *value, struct pp_member *member) {
    size_t count = json_array_size(value);
    if (count == 0 || count > 3)
        return refuse(reader, place, value, "[task, arguments, weight], such as [\"sum\", [1000], 3]");
    *member = (struct pp_member){.weight = 1.0};
    int code = read_name(reader, pp_place_item(place, 0).text, json_array_get(value, 0), member);
    if (code == 0)
        code = read_args(reader, count > 1 ? pp_place_item(place, 1).text : place, json_array_get(value, 1), member);
    if (count == 3 && code != -ENOMEM)
        code = pp_worse(code, read_weight(reader, pp_place_item(place, 2).text, json_array_get(value, 2), member));
    return code;
}
