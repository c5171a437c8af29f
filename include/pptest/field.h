/* Fields: one row describes one value of a struct that people set in JSON.
 *
 * Defaults, range checks, error messages, help, documentation and JSON Schema are all derived from a table of these
 * rows, ended by a row whose name is NULL. The config's own keys and every task's arguments use the same table. */
#ifndef PPTEST_FIELD_H
#define PPTEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a field holds in JSON, and the C type at `offset`. */
enum pp_type {
    PP_INT,     /* integer             int64_t */
    PP_REAL,    /* number              double */
    PP_BOOL,    /* true or false       bool */
    PP_STRING,  /* string              const char * (never NULL once read) */
    PP_CHOICE,  /* one of `choices`    int: its index */
    PP_PAIR,    /* [low, high]         struct pp_pair, low <= high */
    PP_INTS,    /* list of integers    struct pp_ints */
    PP_STRINGS, /* list of strings     struct pp_strings */
    PP_TASKS,   /* list of tasks       struct pp_members: [name, arguments, weight] each, the latter two optional */
    PP_OBJECT,  /* object              the members that the fields in `of` describe, in the same struct */
    PP_JSON     /* read by its owner   nothing is stored */
};

struct pp_task;

struct pp_pair {
    int64_t low, high;
};
struct pp_ints {
    size_t count;
    const int64_t *items;
};
struct pp_strings {
    size_t count;
    const char *const *items;
    bool bare; /* one, which stood without brackets (PP_FIELD_ONE) */
};

/* A task with arguments of its own, as one of several. */
struct pp_member {
    const struct pp_task *task; /* this build can run it, and it is not made of others itself */
    const char *name;           /* as a config would name it */
    const void *args;           /* task->args_size bytes, checked */
    size_t args_given;          /* arguments up to the last one that the config names, 0 for none */
    bool args_named;            /* by their names in an object, not by their order in a list */
    double weight;              /* > 0, at most PP_WEIGHT_MAX; 1 where the config says nothing */
};
struct pp_members {
    size_t count; /* at most PP_MEMBERS_MAX */
    const struct pp_member *items;
};
enum { PP_MEMBERS_MAX = 1000 };
#define PP_WEIGHT_MAX 1e9

union pp_value {
    int64_t i;                 /* PP_INT, PP_BOOL, PP_CHOICE */
    double r;                  /* PP_REAL */
    const char *s;             /* PP_STRING */
    struct pp_pair pair;       /* PP_PAIR */
    struct pp_ints ints;       /* PP_INTS */
    struct pp_strings strings; /* PP_STRINGS */
    struct pp_members members; /* PP_TASKS */
};

enum {
    PP_FIELD_REQUIRED = 1, /* there is no default: a config without it is refused */
    PP_FIELD_NULL = 2,     /* JSON null is accepted and stores the default */
    PP_FIELD_AUTO = 4,     /* the string "auto" is accepted and stores the default */
    PP_FIELD_NONEMPTY = 8, /* lists and strings: not empty; PP_JSON: a list of objects, not empty */
    PP_FIELD_ONE = 16,     /* lists: one item may stand without brackets; in lists of integers, "auto" and null, where
                              they are accepted, may be items, stored as 0 */
    PP_FIELD_REST = 32,    /* a task's only argument, a list: an array of arguments is that list itself */
    PP_FIELD_MEMBERS = 64  /* PP_STRINGS: names of tasks that can be one of several, none of them twice; the task itself
                              sees to it, and the JSON Schema says so */
};

struct pp_field {
    const char *name;           /* key in JSON */
    const char *unit;           /* "s", "MB", …; NULL where there is none */
    const char *help;           /* one line, no full stop */
    enum pp_type type;          /* what it holds */
    unsigned flags;             /* PP_FIELD_… */
    size_t offset;              /* offsetof the member */
    double min, max;            /* numbers, both ends of a pair, items of an integer list: inclusive bounds */
    const char *const *choices; /* PP_CHOICE, and PP_STRINGS whose items are limited: the words, ended by NULL */
    const struct pp_field *of;  /* PP_OBJECT: its keys */
    union pp_value def;         /* default */
    double mix_min, mix_max;    /* integers: range drawn uniformly in a `random` mix; both 0: the default is kept */
};

/* Bounds that mean "no limit" for integers that must stay exact in JSON (RFC 8259 section 6: 2^53 - 1). */
#define PP_INT_MAX 9007199254740991.0

/* Writes every field's default into the struct at `base`. Lists and strings point to the table's own constants. */
void pp_fields_default(const struct pp_field *fields, void *base);

#ifdef __cplusplus
}
#endif

#endif
