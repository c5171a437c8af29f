/* A plugin is somebody else's: what can be seen of its descriptor is looked at before it is believed. */
#include "base/plugin.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/fields.h"
#include "pptest/plugin.h"

enum {
    FIELDS_MAX = 64, /* a table that is longer has no end */
    DEPTH_MAX = 4,   /* of objects in objects; deeper ones contain themselves */
    NAME_BYTES = 32
};

static const char *const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
static const char *const word = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-0123456789";

/* ---- fields ---- */

#define KIND(type)                                                                                                     \
    { sizeof(type), alignof(type) }

static const struct {
    size_t bytes, alignment;
} kinds[] = {[PP_INT] = KIND(int64_t),
             [PP_REAL] = KIND(double),
             [PP_BOOL] = KIND(bool),
             [PP_STRING] = KIND(const char *),
             [PP_CHOICE] = KIND(int),
             [PP_PAIR] = KIND(struct pp_pair),
             [PP_INTS] = KIND(struct pp_ints),
             [PP_STRINGS] = KIND(struct pp_strings),
             [PP_TASKS] = KIND(struct pp_members),
             [PP_OBJECT] = {0, 1}};

/* In a table that has no end, rows are what comes after it in memory: pointers are followed last. */
static const char *wrong_place(const struct pp_field *field, size_t size) {
    if ((unsigned)field->type >= sizeof kinds / sizeof kinds[0])
        return "a type that arguments cannot have";
    if (field->type != PP_OBJECT && (field->offset > size || size - field->offset < kinds[field->type].bytes ||
                                     field->offset % kinds[field->type].alignment != 0))
        return "an offset where no such member of its struct can be (offsetof, args_size)";
    return NULL;
}

static bool is_number(const struct pp_field *field) {
    return field->type == PP_INT || field->type == PP_REAL || field->type == PP_PAIR || field->type == PP_INTS;
}

/* Required ones and those with another form of their default need not have one within bounds. */
static bool default_fits(const struct pp_field *field) {
    double value = field->type == PP_INT ? (double)field->def.i : field->def.r;
    if ((field->type != PP_INT && field->type != PP_REAL) ||
        (field->flags & (PP_FIELD_REQUIRED | PP_FIELD_NULL | PP_FIELD_AUTO)))
        return true;
    return value >= field->min && value <= field->max;
}

static bool lists_are_there(const struct pp_field *field) {
    if (field->type == PP_STRINGS)
        return field->def.strings.count == 0 || field->def.strings.items;
    return field->type != PP_INTS || field->def.ints.count == 0 || field->def.ints.items;
}

static const char *wrong_values(const struct pp_field *field) {
    if (!field->help)
        return "no help";
    if (is_number(field) && !(field->min <= field->max))
        return "a min above its max";
    if (!default_fits(field))
        return "a default out of its bounds";
    if (!lists_are_there(field))
        return "a default list without items";
    if (field->type == PP_TASKS && field->def.members.count > 0)
        return "a default that nobody could check";
    if ((field->flags & PP_FIELD_REST) &&
        (field[1].name || (field->type != PP_INTS && field->type != PP_STRINGS && field->type != PP_TASKS)))
        return "the flag PP_FIELD_REST, which is for an only argument that is a list";
    if (field->type != PP_CHOICE)
        return NULL;
    int64_t count = 0;
    while (field->choices && field->choices[count])
        count++;
    if (count == 0)
        return "no choices";
    return field->def.i < 0 || field->def.i >= count ? "a default that is none of its choices" : NULL;
}

static int check_fields(const struct pp_field *fields, size_t size, int depth, struct pp_error *error);

static int check_field(const struct pp_field *fields, size_t index, size_t size, int depth, struct pp_error *error) {
    const struct pp_field *field = &fields[index];
    const char *wrong = wrong_place(field, size);
    size_t length = wrong ? 0 : strnlen(field->name, NAME_BYTES + 1);
    if (!wrong && (length == 0 || length > NAME_BYTES || strspn(field->name, word) != length))
        wrong = "a name that is not made of up to 32 letters, digits, _ and -";
    if (!wrong)
        wrong = wrong_values(field);
    if (!wrong && pp_field_find(fields, field->name) != field)
        wrong = "a name that another one has";
    if (!wrong && field->type == PP_OBJECT && (depth == DEPTH_MAX || !field->of || !field->of[0].name))
        wrong = "no keys of an object, or too deep ones";
    if (wrong)
        return pp_error_set(error, -EINVAL,
                            "whose argument number %zu has %s; expected a table of struct pp_field as pptest/field.h "
                            "says, ended by {0}",
                            index, wrong);
    return field->type == PP_OBJECT ? check_fields(field->of, size, depth + 1, error) : 0;
}

static int check_fields(const struct pp_field *fields, size_t size, int depth, struct pp_error *error) {
    for (size_t i = 0; fields && fields[i].name; i++) {
        if (i == FIELDS_MAX)
            return pp_error_set(error, -EINVAL,
                                "which has more than %d arguments; expected a table of struct pp_field, ended by {0}",
                                FIELDS_MAX);
        int status = check_field(fields, i, size, depth, error);
        if (status != 0)
            return status;
    }
    return 0;
}

int pp_plugin_check_fields(const struct pp_field *fields, size_t size, struct pp_error *error) {
    return check_fields(fields, size, 0, error);
}

/* ---- the task ---- */

static int check_sizes(const struct pp_plugin *plugin, struct pp_error *error) {
    const struct {
        const char *name;
        size_t there, here;
    } rows[] = {{"pp_task", plugin->task_size, sizeof(struct pp_task)},
                {"pp_field", plugin->field_size, sizeof(struct pp_field)},
                {"pp_env", plugin->env_size, sizeof(struct pp_env)},
                {"pp_item", plugin->item_size, sizeof(struct pp_item)},
                {"pp_output", plugin->output_size, sizeof(struct pp_output)},
                {"pp_error", plugin->error_size, sizeof(struct pp_error)}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].there != rows[i].here)
            return pp_error_set(error, -EINVAL,
                                "compiled with a struct %s of %zu bytes, expected %zu; compile it again with the "
                                "headers of this program",
                                rows[i].name, rows[i].there, rows[i].here);
    return 0;
}

/* Names become those of files. */
static const char *wrong_name(const struct pp_task *task) {
    size_t length = task->name ? strnlen(task->name, NAME_BYTES + 1) : 0;
    if (length == 0)
        return "has no name";
    if (length > NAME_BYTES || strspn(task->name, word) != length || !strchr(letters, task->name[0]))
        return "has a name that is not made of up to 32 letters, digits, _ and -, the first one a letter";
    return pp_task_find(task->name) ? "has the name of one of this program's own tasks" : NULL;
}

static const char *wrong_task(const struct pp_task *task) {
    const char *wrong = wrong_name(task);
    if (wrong)
        return wrong;
    if (!task->summary)
        return "has no summary";
    if (!task->run && !task->unavailable)
        return "has no run, and does not say in `unavailable` why";
    if ((task->input == NULL) != (task->input_bytes == NULL))
        return "has only one of input and input_bytes";
    if ((task->gather == NULL) != (task->merge == NULL) || (task->gather == NULL) != (task->conclude == NULL))
        return "has only some of gather, merge and conclude";
    return NULL;
}

int pp_plugin_check(const struct pp_plugin *plugin, struct pp_error *error) {
    if (plugin->abi != PP_PLUGIN_ABI)
        return pp_error_set(error, -EINVAL,
                            "a plugin for version %u of the interface, expected version %d; compile it again with the "
                            "headers of this program",
                            plugin->abi, PP_PLUGIN_ABI);
    int status = check_sizes(plugin, error);
    if (status != 0)
        return status;
    const char *wrong = plugin->task ? wrong_task(plugin->task) : "is not there (NULL)";
    if (wrong)
        return pp_error_set(error, -EINVAL, "whose task %s; expected a struct pp_task as pptest/task.h says", wrong);
    return pp_plugin_check_fields(plugin->task->args, plugin->task->args_size, error);
}
