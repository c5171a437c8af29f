#include "config/read_args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/members.h"
#include "base/nearest.h"
#include "base/textbuf.h"
#include "schema/describe.h"
#include "schema/place.h"
#include "schema/show.h"

struct names {
    char text[256];
};

/* "takes 2 arguments: filesize_mb, level" */
static struct names taken_by(const struct pp_task *task) {
    struct names names;
    struct pp_textbuf out = pp_textbuf_in(names.text, sizeof names.text);
    size_t count = pp_field_count(task->args);
    if (count == 0)
        pp_textbuf_add(&out, "takes no arguments");
    else
        pp_textbuf_add(&out, "takes %zu argument%s", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        pp_textbuf_add(&out, "%s%s", i ? ", " : ": ", task->args[i].name);
    return names;
}

static int read_array(const struct pp_reader *reader, const struct pp_task *task, const char *place,
                      const json_t *value, void *args) {
    if (pp_fields_are_rest(task->args))
        return pp_field_read(reader, task->args, place, value, args);
    int code = 0;
    size_t count = json_array_size(value), known = pp_field_count(task->args);
    for (size_t i = 0; i < count && i < known && code != -ENOMEM; i++)
        code = pp_worse(
            code, pp_field_read(reader, &task->args[i], pp_place_item(place, i).text, json_array_get(value, i), args));
    if (count <= known)
        return code;
    return pp_worse(code,
                    pp_problems_add(reader->problems, reader->file, pp_place_item(place, known).text,
                                    "found %s, one argument too many; \"%s\" %s",
                                    pp_json_show(json_array_get(value, known)).text, task->name, taken_by(task).text));
}

static int refuse_name(const struct pp_reader *reader, const struct pp_task *task, const char *place,
                       const char *name) {
    struct pp_nearest near = {.word = name};
    for (size_t i = 0; i < pp_field_count(task->args); i++)
        pp_nearest_offer(&near, task->args[i].name);
    const char *file = reader->file;
    if (near.best)
        return pp_problems_add(reader->problems, file, place, "unknown argument; did you mean \"%s\"?", near.best);
    return pp_problems_add(reader->problems, file, place, "unknown argument; \"%s\" %s", task->name,
                           taken_by(task).text);
}

static int read_object(const struct pp_reader *reader, const struct pp_task *task, const char *place, json_t *value,
                       void *args, size_t *given) {
    int code = 0;
    const char *name;
    json_t *item;
    *given = 0;
    json_object_foreach(value, name, item) {
        struct pp_place at = pp_place_key(place, name);
        const struct pp_field *field = pp_field_find(task->args, name);
        if (field && (size_t)(field - task->args) >= *given)
            *given = (size_t)(field - task->args) + 1;
        code = pp_worse(code, field ? pp_field_read(reader, field, at.text, item, args)
                                    : refuse_name(reader, task, at.text, name));
        if (code == -ENOMEM)
            break;
    }
    return code;
}

static bool is_given(const json_t *value, const struct pp_field *field, size_t index) {
    if (json_is_array(value) && (field->flags & PP_FIELD_REST))
        return true;
    return json_is_object(value) ? json_object_get(value, field->name) != NULL : index < json_array_size(value);
}

static int check_required(const struct pp_reader *reader, const struct pp_task *task, const char *place,
                          const json_t *value) {
    int code = 0;
    char expected[512];
    for (size_t i = 0; i < pp_field_count(task->args) && code != -ENOMEM; i++) {
        const struct pp_field *field = &task->args[i];
        if (!(field->flags & PP_FIELD_REQUIRED) || is_given(value, field, i))
            continue;
        pp_field_expect(field, expected, sizeof expected);
        code = pp_worse(code,
                        pp_problems_add(reader->problems, reader->file, place, "\"%s\" is missing; expected %s: %s",
                                        field->name, expected, field->help ? field->help : "an argument of the task"));
    }
    return code;
}

/* Reads "/N" at `*at` and moves behind it. */
static bool take_number(const char **at, size_t *number) {
    char *end = NULL;
    if ((*at)[0] != '/' || !isdigit((unsigned char)(*at)[1]))
        return false;
    *number = strtoul(*at + 1, &end, 10);
    *at = end;
    return true;
}

void pp_args_place(const struct pp_task *task, const void *args, bool named, const char *where,
                   struct pp_textbuf *place) {
    size_t index, number;
    const char *rest = where;
    if (!take_number(&rest, &index) || index >= pp_field_count(task->args)) {
        pp_textbuf_add(place, "%s", where);
        return;
    }
    const struct pp_field *field = &task->args[index];
    if (named)
        pp_textbuf_add(place, "%s", pp_place_key("", field->name).text);
    else if (!pp_fields_are_rest(task->args))
        pp_textbuf_add(place, "/%zu", index);
    const char *of_member = rest;
    struct pp_members members = field == pp_members_field(task) ? pp_members_of(task, args) : (struct pp_members){0};
    if (take_number(&of_member, &number) && number < members.count && strncmp(of_member, "/1", 2) == 0) {
        const struct pp_member *member = &members.items[number];
        pp_textbuf_add(place, "/%zu/1", number);
        pp_args_place(member->task, member->args, member->args_named, of_member + 2, place);
    } else {
        pp_textbuf_add(place, "%s", rest);
    }
}

static int ask_task(const struct pp_reader *reader, const struct pp_task *task, const char *place, const json_t *value,
                    const void *args) {
    if (!task->check || task->unavailable)
        return 0;
    struct pp_error error = {0};
    int code = task->check(args, &error);
    if (code == 0 || code == -ENOMEM)
        return code;
    struct pp_place at;
    struct pp_textbuf out = pp_textbuf_in(at.text, sizeof at.text);
    pp_textbuf_add(&out, "%s", place);
    pp_args_place(task, args, json_is_object(value), error.where, &out);
    return pp_problems_add(reader->problems, reader->file, at.text, "%s", error.text[0] ? error.text : strerror(-code));
}

int pp_args_read(const struct pp_reader *reader, const struct pp_task *task, const char *place, const json_t *value,
                 void *args, size_t *given) {
    int code = 0;
    pp_fields_default(task->args, args);
    *given = json_is_array(value) && pp_fields_are_rest(task->args) ? 1 : json_array_size(value);
    if (json_is_array(value))
        code = read_array(reader, task, place, value, args);
    else if (json_is_object(value))
        code = read_object(reader, task, place, (json_t *)value, args, given);
    else if (value)
        return pp_problems_add(reader->problems, reader->file, place,
                               "found %s, expected an array or an object of arguments; \"%s\" %s",
                               pp_json_show(value).text, task->name, taken_by(task).text);
    code = pp_worse(code, check_required(reader, task, place, value));
    return code ? code : ask_task(reader, task, place, value, args);
}
