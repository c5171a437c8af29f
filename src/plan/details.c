#include "plan/plan.h"

#include "base/textbuf.h"
#include "schema/config.h"

static void add_args(struct pp_textbuf *text, const struct pp_task *task, const void *args, size_t given);

static void add_members(struct pp_textbuf *text, const struct pp_members *members) {
    for (size_t i = 0; i < members->count; i++) {
        const struct pp_member *member = &members->items[i];
        pp_textbuf_add(text, "%s%.15g %s", i ? "; " : "", member->weight, member->task->name);
        if (member->task->args && member->task->args[0].name)
            pp_textbuf_add(text, " ");
        add_args(text, member->task, member->args, member->args_given);
    }
}

static void add_value(struct pp_textbuf *text, const struct pp_field *field, const void *member) {
    const struct pp_strings *strings = member;
    const struct pp_ints *ints = member;
    const struct pp_pair *pair = member;
    switch (field->type) {
    case PP_INT:
        pp_textbuf_add(text, "%lld", (long long)*(const int64_t *)member);
        break;
    case PP_REAL:
        pp_textbuf_add(text, "%.15g", *(const double *)member);
        break;
    case PP_BOOL:
        pp_textbuf_add(text, "%s", *(const bool *)member ? "true" : "false");
        break;
    case PP_STRING:
        pp_textbuf_add(text, "%s", *(const char *const *)member);
        break;
    case PP_CHOICE:
        pp_textbuf_add(text, "%s", field->choices[*(const int *)member]);
        break;
    case PP_PAIR:
        pp_textbuf_add(text, "[%lld, %lld]", (long long)pair->low, (long long)pair->high);
        break;
    case PP_INTS:
        for (size_t i = 0; i < ints->count; i++)
            pp_textbuf_add(text, "%s%lld", i ? ";" : "", (long long)ints->items[i]);
        break;
    case PP_STRINGS:
        for (size_t i = 0; i < strings->count; i++)
            pp_textbuf_add(text, "%s%s", i ? ";" : "", strings->items[i]);
        break;
    case PP_TASKS:
        add_members(text, member);
        break;
    case PP_OBJECT:
    case PP_JSON:
        break;
    }
}

/* In the task's own words, or joined. */
static void add_args(struct pp_textbuf *text, const struct pp_task *task, const void *args, size_t given) {
    char own[512];
    if (task->details) {
        task->details(args, own, sizeof own);
        pp_textbuf_add(text, "%s", own);
        return;
    }
    for (size_t i = 0; task->args && task->args[i].name && (given == 0 || i < given); i++) {
        pp_textbuf_add(text, "%s", i ? "x" : "");
        add_value(text, &task->args[i], (const char *)args + task->args[i].offset);
    }
}

void pp_plan_details(const struct pp_config *config, char *text, size_t size) {
    text[0] = '\0';
    struct pp_textbuf out = pp_textbuf_in(text, size);
    add_args(&out, config->task, config->args, config->args_given);
}
