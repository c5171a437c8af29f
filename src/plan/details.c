#include "plan/plan.h"

#include "base/textbuf.h"
#include "schema/config.h"

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
    case PP_OBJECT:
    case PP_JSON:
        break;
    }
}

void pp_plan_details(const struct pp_config *config, char *text, size_t size) {
    const struct pp_task *task = config->task;
    text[0] = '\0';
    if (task->details) {
        task->details(config->args, text, size);
        return;
    }
    struct pp_textbuf out = pp_textbuf_in(text, size);
    for (size_t i = 0; task->args && task->args[i].name && (config->args_given == 0 || i < config->args_given); i++) {
        pp_textbuf_add(&out, "%s", i ? "x" : "");
        add_value(&out, &task->args[i], (const char *)config->args + task->args[i].offset);
    }
}
