#include "report/live_line.h"

#include "base/number.h"
#include "report/text.h"

#include <math.h>
#include <stdio.h>

enum { BAR_LEAST = 8, BAR_MOST = 40, NAME_LEAST = 10, LINE_BYTES = 2048 };

/* What is given up, one after the other, until the line fits. */
enum detail {
    ALL,
    WITHOUT_WORK,
    WITHOUT_WORD_SPEEDUP,
    WITHOUT_OVER,
    WITHOUT_BAR,
    WITHOUT_GAPS,
    WITHOUT_WORD_TASKS,
    WITHOUT_WORD_LEFT,
    WITHOUT_WORDS_CASE_PASS,
    WITH_SHORT_NAME,
    WITHOUT_CONFIG,
    WITHOUT_RATE,
    WITHOUT_SPEEDUP,
    WITHOUT_NAME
};

struct draft {
    const struct pp_live_state *state;
    const struct pp_terminal *terminal;
    struct pp_textbuf *line;
    enum detail detail;
    size_t bar; /* columns inside of its brackets */
};

static void separate(const struct draft *draft) {
    if (draft->line->length > 0)
        pp_text_pad(draft->line, draft->detail < WITHOUT_GAPS ? 2 : 1);
}

/* ---- pieces ---- */

static void put_work(const struct draft *draft) {
    const struct pp_live_state *state = draft->state;
    if (draft->detail < WITHOUT_CONFIG && state->configs > 1) {
        separate(draft);
        pp_textbuf_add(draft->line, "%s%zu/%zu", draft->detail < WITHOUT_WORDS_CASE_PASS ? "config " : "",
                       state->config, state->configs);
    }
    if (draft->detail < WITHOUT_WORK && state->work[0]) {
        separate(draft);
        pp_text_put(draft->line, state->work, draft->terminal);
    }
}

static void put_name(const struct draft *draft) {
    char name[512], cut[512];
    struct pp_textbuf put = pp_textbuf_in(name, sizeof name), shorter = pp_textbuf_in(cut, sizeof cut);
    if (draft->detail >= WITHOUT_NAME)
        return;
    size_t width = draft->detail < WITH_SHORT_NAME ? sizeof name : NAME_LEAST;
    pp_text_put(&put, draft->state->name, draft->terminal);
    pp_text_cut(&shorter, name, width, draft->terminal);
    separate(draft);
    pp_textbuf_add(draft->line, "%s%s%s", pp_style_begin(PP_STYLE_BOLD, draft->terminal), cut,
                   pp_style_end(PP_STYLE_BOLD, draft->terminal));
}

static void put_counts(const struct draft *draft) {
    const struct pp_live_state *state = draft->state;
    bool words = draft->detail < WITHOUT_WORDS_CASE_PASS;
    separate(draft);
    pp_textbuf_add(draft->line, "%s%zu/%zu", words ? "case " : "", state->number, state->cases);
    separate(draft);
    pp_textbuf_add(draft->line, "%s%zu", words || state->passes == 0 ? "pass " : "", state->pass);
    if (state->passes > 0)
        pp_textbuf_add(draft->line, "/%zu", state->passes);
}

static void put_bar(const struct draft *draft) {
    if (draft->detail >= WITHOUT_BAR || isnan(draft->state->share))
        return;
    separate(draft);
    pp_textbuf_add(draft->line, "[%s", pp_style_begin(PP_STYLE_GOOD, draft->terminal));
    size_t taken = pp_text_bar(draft->line, draft->state->share, draft->bar, draft->terminal);
    pp_textbuf_add(draft->line, "%s", pp_style_end(PP_STYLE_GOOD, draft->terminal));
    pp_text_pad(draft->line, draft->bar - taken);
    pp_textbuf_add(draft->line, "]");
}

static void put_figures(const struct draft *draft) {
    const struct pp_live_state *state = draft->state;
    bool rate = !isnan(state->tasks_per_second) && draft->detail < WITHOUT_RATE;
    bool speedup = !isnan(state->speedup) && draft->detail < WITHOUT_SPEEDUP;
    if (state->last && (rate || speedup)) {
        separate(draft);
        pp_textbuf_add(draft->line, "last:");
    }
    if (rate) {
        bool words = draft->detail < WITHOUT_WORD_TASKS;
        double value = state->tasks_per_second;
        separate(draft);
        pp_textbuf_add(draft->line, words ? "%s tasks/s" : "%s/s", pp_figure_of(value, words ? 4 : 3).text);
    }
    if (speedup) {
        separate(draft);
        pp_textbuf_add(draft->line, "%s%.*fx", draft->detail < WITHOUT_WORD_SPEEDUP ? "speed-up " : "",
                       state->speedup < 1e4 ? 2 : 0, fmin(state->speedup, 1e9));
    }
}

static void say_left(double seconds, char *text, size_t size) {
    double minutes = floor(seconds / 60.0), hours = floor(minutes / 60.0);
    if (hours >= 100.0)
        snprintf(text, size, "%s days", pp_figure_of(seconds / 86400.0, 4).text);
    else if (hours >= 1.0)
        snprintf(text, size, "%.0f:%02.0f:%02.0f", hours, minutes - 60.0 * hours, floor(seconds - 60.0 * minutes));
    else
        snprintf(text, size, "%.0f:%02.0f", minutes, floor(seconds - 60.0 * minutes));
}

/* Which stays true however long the line stands. */
static void put_end(const struct draft *draft) {
    const struct pp_live_state *state = draft->state;
    separate(draft);
    if (draft->detail < WITHOUT_WORD_LEFT)
        pp_textbuf_add(draft->line, "%s %s",
                       state->at_most ? "by"
                       : state->rough ? "until about"
                                      : "until",
                       state->over);
    else
        pp_textbuf_add(draft->line, "%s%s", state->at_most ? "<" : state->rough ? "~" : "->", state->over);
}

static void put_left(const struct draft *draft) {
    const struct pp_live_state *state = draft->state;
    bool words = draft->detail < WITHOUT_WORD_LEFT;
    char left[48];
    if (isnan(state->left_s))
        return;
    if (state->stands && state->over[0]) {
        put_end(draft);
        return;
    }
    say_left(fmax(state->left_s, 0.0), left, sizeof left);
    const char *before = state->at_most ? (words ? "at most " : "<") : state->rough ? (words ? "about " : "~") : "";
    separate(draft);
    pp_textbuf_add(draft->line, "%s%s%s", before, left, words ? " left" : "");
    if (!state->over[0] || draft->detail >= WITHOUT_OVER)
        return;
    separate(draft);
    pp_textbuf_add(draft->line, "%s %s", state->at_most ? "by" : "until", state->over);
}

/* ---- the line ---- */

static void put_all(const struct draft *draft) {
    put_work(draft);
    put_name(draft);
    put_counts(draft);
    put_bar(draft);
    put_figures(draft);
    put_left(draft);
}

/* Its width, as a terminal without colour would show it, with a bar that is as short as it can be. */
static size_t width_with(const struct pp_live_state *state, const struct pp_terminal *terminal, enum detail detail) {
    char room[LINE_BYTES];
    struct pp_textbuf line = pp_textbuf_in(room, sizeof room);
    const struct pp_terminal plain = {.utf8 = terminal->utf8};
    const struct draft draft = {state, &plain, &line, detail, BAR_LEAST};
    put_all(&draft);
    return pp_text_width(room);
}

void pp_live_line(const struct pp_live_state *state, const struct pp_terminal *terminal, struct pp_textbuf *line) {
    size_t columns = terminal->columns ? terminal->columns - 1 : LINE_BYTES, width;
    enum detail detail = ALL;
    while ((width = width_with(state, terminal, detail)) > columns && detail < WITHOUT_NAME)
        detail++;
    char room[LINE_BYTES];
    struct pp_textbuf text = pp_textbuf_in(room, sizeof room);
    struct draft draft = {state, terminal, &text, detail, BAR_LEAST};
    const struct pp_terminal plain = {.utf8 = terminal->utf8};
    if (width > columns) { /* which an escape sequence would not survive */
        draft.terminal = &plain;
        put_all(&draft);
        pp_text_cut(line, room, columns, terminal);
        return;
    }
    draft.bar += columns - width < BAR_MOST - BAR_LEAST ? columns - width : BAR_MOST - BAR_LEAST;
    put_all(&draft);
    pp_textbuf_add(line, "%s", room);
}
