#include "config/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/members.h"
#include "base/read_file.h"
#include "base/textbuf.h"
#include "config/parse.h"
#include "config/read_args.h"
#include "config/read_task.h"
#include "plan/plan.h"
#include "schema/config.h"
#include "schema/describe.h"
#include "schema/place.h"
#include "schema/show.h"

/* A config and all that it points to; `config` first, so that its address is that of the whole. */
enum { RUNNERS_MAX = 1000, CASES_MAX = 100000 };

struct owned {
    struct pp_config config;
    struct pp_arena arena;
};

/* A load under way. */
struct loading {
    struct pp_reader reader;
    struct pp_config *config;
    json_t *sets;  /* object: what the command line sets */
    json_t *whole; /* object: the file with that put in */
};

static struct pp_place place_of(const struct loading *load, const char *key) {
    return json_object_get(load->sets, key) ? pp_place_set(key) : pp_place_key("", key);
}

/* Editors find the schema by this key; the program does not need it. */
static int check_schema_key(const struct loading *load, const json_t *value) {
    if (json_is_string(value))
        return 0;
    return pp_problems_add(load->reader.problems, load->reader.file, place_of(load, "$schema").text,
                           "found %s, expected a string", pp_json_show(value).text);
}

static int read_key(const struct loading *load, const char *key, const json_t *value) {
    if (strcmp(key, "$schema") == 0)
        return check_schema_key(load, value);
    const struct pp_field *field = pp_field_find(pp_config_fields, key);
    if (!field)
        return pp_field_refuse_key(&load->reader, pp_config_fields, NULL, place_of(load, key).text, key);
    return pp_field_read(&load->reader, field, place_of(load, key).text, value, load->config);
}

static int read_keys(const struct loading *load) {
    int code = 0;
    const char *key;
    json_t *value;
    json_object_foreach(load->whole, key, value) {
        code = pp_worse(code, read_key(load, key, value));
        if (code == -ENOMEM)
            break;
    }
    return code;
}

/* What every runner says for itself (read_runners sees to it) need not be said for all. */
static bool is_given(const struct loading *load, const struct pp_field *field) {
    return json_object_get(load->whole, field->name) ||
           (pp_config_is_swept(field) && json_object_get(load->whole, "runners"));
}

static int check_required(const struct loading *load) {
    int code = 0;
    char expected[512];
    for (const struct pp_field *field = pp_config_fields; field->name && code != -ENOMEM; field++) {
        if (!(field->flags & PP_FIELD_REQUIRED) || is_given(load, field))
            continue;
        pp_field_expect(field, expected, sizeof expected);
        code =
            pp_worse(code, pp_problems_add(load->reader.problems, load->reader.file, "",
                                           "\"%s\" is missing; expected %s: %s", field->name, expected, field->help));
    }
    return code;
}

/* The same for the same item: 2.0 is 2. */
static struct pp_shown item_key(const json_t *item) {
    int64_t whole;
    struct pp_shown key = pp_json_show(item);
    if (pp_json_whole(item, &whole))
        snprintf(key.text, sizeof key.text, "%" PRId64, whole);
    return key;
}

/* Which case a result belongs to must be clear from its name. `place` is that of the list. */
static int check_repeats(const struct loading *load, const char *place, const json_t *list) {
    int code = 0;
    json_t *first = json_object(); /* of each item, by its key, its index */
    if (!first)
        return -ENOMEM;
    for (size_t i = 0; i < json_array_size(list) && code != -ENOMEM; i++) {
        const json_t *item = json_array_get(list, i);
        struct pp_shown key = item_key(item);
        const json_t *before = json_object_get(first, key.text);
        if (before)
            code =
                pp_worse(code, pp_problems_add(load->reader.problems, load->reader.file, pp_place_item(place, i).text,
                                               "found %s, which %s has already; expected each item once",
                                               pp_json_show(item).text,
                                               pp_place_item(place, (size_t)json_integer_value(before)).text));
        else if (json_object_set_new(first, key.text, json_integer((json_int_t)i)) != 0)
            code = -ENOMEM;
    }
    json_decref(first);
    return code;
}

static int check_lists(const struct loading *load) {
    int code = 0;
    for (const struct pp_field *field = pp_config_fields; field->name && code != -ENOMEM; field++)
        if (pp_config_is_swept(field))
            code = pp_worse(
                code, check_repeats(load, place_of(load, field->name).text, json_object_get(load->whole, field->name)));
    return code;
}

/* ---- runners ---- */

/* One key of a runner into a copy of the config, which starts out as what the keys at the top say. */
static int read_runner_key(const struct loading *load, const char *place, const char *key, const json_t *value,
                           struct pp_config *copy) {
    const struct pp_field *field = pp_field_find(pp_config_fields, key);
    struct pp_place at = pp_place_key(place, key);
    if (field && pp_config_is_swept(field))
        return pp_worse(pp_field_read(&load->reader, field, at.text, value, copy), check_repeats(load, at.text, value));
    if (field)
        return pp_problems_add(load->reader.problems, load->reader.file, at.text,
                               "this holds for all runners; write it at the top of the config");
    return pp_field_refuse_key(&load->reader, pp_config_fields, pp_config_is_swept, at.text, key);
}

static int read_runner(const struct loading *load, const char *place, const json_t *value, struct pp_sweep *runner) {
    if (!json_is_object(value))
        return pp_problems_add(load->reader.problems, load->reader.file, place,
                               "found %s, expected an object such as {\"executor\": \"thread\", \"workers\": [1, 2]}",
                               pp_json_show(value).text);
    int code = 0;
    struct pp_config copy = *load->config;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        code = pp_worse(code, read_runner_key(load, place, key, member, &copy));
        if (code == -ENOMEM)
            return code;
    }
    if (!json_object_get(value, "workers") && !json_object_get(load->whole, "workers"))
        code = pp_worse(code, pp_problems_add(load->reader.problems, load->reader.file, place,
                                              "\"workers\" is missing, here and at the top"));
    *runner = copy.sweep;
    return code;
}

static int read_runners(const struct loading *load) {
    const json_t *list = json_object_get(load->whole, "runners");
    if (!list)
        return 0;
    struct pp_place place = place_of(load, "runners");
    size_t count = json_array_size(list);
    if (count == 0 || count > RUNNERS_MAX)
        return pp_problems_add(load->reader.problems, load->reader.file, place.text,
                               "found %s, expected a list of 1 to %d objects", pp_json_show(list).text, RUNNERS_MAX);
    struct pp_sweep *runners = pp_arena_array(load->reader.arena, count, sizeof *runners);
    if (!runners)
        return -ENOMEM;
    int code = 0;
    for (size_t i = 0; i < count && code != -ENOMEM; i++)
        code =
            pp_worse(code, read_runner(load, pp_place_item(place.text, i).text, json_array_get(list, i), &runners[i]));
    load->config->runner_count = count;
    load->config->runners = runners;
    return code;
}

/* Of so many cases no one keeps the results apart; and names of cases are compared with each other. */
static int check_size(const struct loading *load) {
    const char *key = load->config->runner_count ? "runners" : "workers";
    size_t cases = pp_plan_room(load->config);
    if (cases <= CASES_MAX)
        return 0;
    return pp_problems_add(load->reader.problems, load->reader.file, place_of(load, key).text,
                           "with the other lists this makes %zu cases, expected at most %d", cases, CASES_MAX);
}

/* One of them would be ignored without a word. */
static int check_precision(const struct loading *load) {
    bool precision = json_is_number(json_object_get(load->whole, "precision"));
    const char *key = precision ? "iterations" : "max_time";
    if (!json_object_get(load->whole, key))
        return 0;
    return pp_problems_add(load->reader.problems, load->reader.file, place_of(load, key).text,
                           precision ? "\"precision\" decides how many passes there are; give one of the two"
                                     : "it bounds a run that has a \"precision\", and there is none; add one, or leave "
                                       "this out");
}

/* Finds the task that the config names; NULL stays where it names none that exists. */
static int find_task(const struct loading *load) {
    const json_t *value = json_object_get(load->whole, "task");
    if (!json_is_string(value))
        return 0; /* listed already */
    struct pp_config *config = load->config;
    return pp_task_read(&load->reader, place_of(load, "task").text, value, &config->task, &config->task_name);
}

static int read_task_args(const struct loading *load) {
    const struct pp_task *task = load->config->task;
    const json_t *value = json_object_get(load->whole, "task_args");
    struct pp_place place = place_of(load, "task_args");
    if (!task && value && !json_is_array(value) && !json_is_object(value))
        return pp_problems_add(load->reader.problems, load->reader.file, place.text,
                               "found %s, expected an array or an object of arguments", pp_json_show(value).text);
    if (!task)
        return 0;
    void *args = pp_arena_alloc(load->reader.arena, task->args_size);
    if (!args)
        return -ENOMEM;
    load->config->args = args;
    load->config->args_named = json_is_object(value);
    return pp_args_read(&load->reader, task, place.text, value, args, &load->config->args_given);
}

/* Executors, plans and verdicts ask what a task can do: one that is made of others can do what they can, in a
 * description of its own. */
static int describe_own(const struct loading *load) {
    struct pp_config *config = load->config;
    if (!config->args || pp_members_of(config->task, config->args).count == 0)
        return 0;
    struct pp_task *own = pp_arena_alloc(load->reader.arena, sizeof *own);
    if (!own)
        return -ENOMEM;
    pp_members_describe(config->task, config->args, own);
    config->task = own;
    return 0;
}

static int read_meaning(const struct loading *load) {
    pp_fields_default(pp_config_fields, load->config);
    static int (*const steps[])(const struct loading *) = {read_keys,    check_required, check_lists,
                                                           read_runners, check_size,     check_precision,
                                                           find_task,    read_task_args, describe_own};
    int code = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code != -ENOMEM; i++)
        code = pp_worse(code, steps[i](load));
    return code;
}

static int read_path(struct pp_config *config, struct pp_arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 1;
    while (length > 1 && slash && path[length - 1] == '/')
        length--;
    const char *dir = slash == NULL ? "." : slash == path ? "/" : path;
    config->path = pp_arena_copy(arena, path, strlen(path));
    config->dir = pp_arena_copy(arena, dir, length ? length : 1);
    return config->path && config->dir ? 0 : -ENOMEM;
}

/* The command line can take a key of the file back that may not be null, and stands in the way of another. */
static void take_back(const struct loading *load) {
    static const char *const keys[] = {"iterations", "max_time"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_is_null(json_object_get(load->sets, keys[i]))) {
            json_object_del(load->whole, keys[i]);
            json_object_del(load->sets, keys[i]);
        }
}

/* Of two keys that exclude each other the command line's replaces the file's. */
static void replace_excluded(const struct loading *load) {
    static const char *const pairs[][2] = {
        {"precision", "iterations"}, {"iterations", "precision"}, {"iterations", "max_time"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (json_is_number(json_object_get(load->sets, pairs[i][0])))
            json_object_del(load->whole, pairs[i][1]);
}

/* Both the file and the sets are parsed whatever is wrong with the other; their meaning is looked at only together. */
static int read_all(struct loading *load, const char *text, size_t length, const char *const *sets) {
    load->sets = json_object();
    if (!load->sets)
        return -ENOMEM;
    int code = pp_parse_config(&load->reader, text, length, &load->whole);
    if (code != -ENOMEM)
        code = pp_worse(code, pp_parse_sets(&load->reader, sets, load->sets));
    if (code != 0)
        return code;
    take_back(load);
    replace_excluded(load);
    if (json_object_update(load->whole, load->sets) != 0)
        code = -ENOMEM;
    return code ? code : read_meaning(load);
}

int pp_config_load_text(const char *text, size_t length, const char *path, const char *const *sets,
                        struct pp_config **config, struct pp_problems *problems) {
    struct owned *owned = calloc(1, sizeof *owned);
    if (!owned)
        return -ENOMEM;
    struct loading load = {.reader = {.file = path, .arena = &owned->arena, .problems = problems},
                           .config = &owned->config};
    int code = read_path(load.config, &owned->arena, path);
    load.reader.dir = load.config->dir;
    if (code == 0)
        code = read_all(&load, text, length, sets);
    json_decref(load.whole);
    json_decref(load.sets);
    if (code)
        pp_config_free(load.config);
    else
        *config = load.config;
    return code;
}

int pp_config_load(const char *path, const char *const *sets, struct pp_config **config, struct pp_problems *problems) {
    static const struct pp_file_kind kind = {.name = "config", .max_mib = 16}; /* most have a few hundred bytes */
    char *text;
    size_t length;
    int code = pp_file_read(path, &kind, problems, &text, &length);
    if (code)
        return code;
    code = pp_config_load_text(text, length, path, sets, config, problems);
    free(text);
    return code;
}

enum {
    WAITING_FOR_EACH_CPU = 16, /* workers: enough to see whether more of them help */
    WAITING_MAX = 1024         /* processes that wait cost memory as well */
};

/* Ascending and without repeats: items[0] is 0, then the powers of two up to `last`, then `last`. Returns how many. */
static size_t powers_up_to(int64_t last, int64_t *items) {
    size_t count = 1;
    items[0] = 0;
    for (int64_t power = 1; power < last; power *= 2)
        items[count++] = power;
    items[count++] = last;
    return count;
}

static int64_t most_waiting(int64_t cpus) {
    int64_t most = WAITING_FOR_EACH_CPU * cpus < WAITING_MAX ? WAITING_FOR_EACH_CPU * cpus : WAITING_MAX;
    return most > cpus ? most : cpus;
}

static int expand(struct pp_config *config, struct pp_sweep *sweep, unsigned cpus) {
    enum { ENOUGH = 36 }; /* 0, the 32 powers of two, and three more */
    if (sweep->workers.count > 0)
        return 0;
    int64_t *items = pp_arena_array(&((struct owned *)config)->arena, ENOUGH, sizeof *items);
    if (!items)
        return -ENOMEM;
    int64_t last = cpus ? cpus : 1;
    bool waits = config->task->caps & PP_TASK_WAITS;
    size_t count = powers_up_to(waits ? most_waiting(last) : last, items);
    if (!waits && last > 1)
        items[count++] = last + 1;
    if (!waits)
        items[count++] = 2 * last;
    sweep->workers = (struct pp_ints){.count = count, .items = items};
    return 0;
}

int pp_config_expand_workers(struct pp_config *config, unsigned cpus) {
    int status = expand(config, &config->sweep, cpus);
    for (size_t i = 0; i < config->runner_count && status == 0; i++)
        status = expand(config, &config->runners[i], cpus);
    return status;
}

void pp_config_free(struct pp_config *config) {
    if (!config)
        return;
    struct owned *owned = (struct owned *)config;
    pp_arena_release(&owned->arena);
    free(owned);
}
