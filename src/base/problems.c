#include "base/problems.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/textbuf.h"

/* Room for a value, the list of what was expected, and a hint. */
enum { TEXT_BYTES = 1001 };

int pp_problems_add(struct pp_problems *problems, const char *file, const char *place, const char *format, ...) {
    if (problems->count == PP_PROBLEMS_MAX) {
        problems->unlisted++;
        return -EINVAL;
    }
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct pp_problem problem = {.file = pp_arena_copy(&problems->arena, file, strlen(file)),
                                 .place = pp_arena_copy(&problems->arena, place, strlen(place)),
                                 .text = pp_arena_copy(&problems->arena, text, strlen(text))};
    if (!problem.file || !problem.place || !problem.text)
        return -ENOMEM;
    problems->items[problems->count++] = problem;
    return -EINVAL;
}

size_t pp_problem_format(const struct pp_problem *problem, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    pp_textbuf_plain(&out, problem->file);
    if (problem->place[0] >= '0' && problem->place[0] <= '9')
        pp_textbuf_add(&out, ":%s", problem->place);
    else if (problem->place[0]) {
        pp_textbuf_add(&out, ": ");
        pp_textbuf_plain(&out, problem->place);
    }
    pp_textbuf_add(&out, ": ");
    pp_textbuf_plain(&out, problem->text);
    return out.length;
}

void pp_problems_release(struct pp_problems *problems) {
    pp_arena_release(&problems->arena);
    *problems = (struct pp_problems){0};
}
