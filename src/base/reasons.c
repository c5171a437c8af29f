#include "base/reasons.h"

#include <stdbool.h>
#include <string.h>

/* By task; one that fails for several reasons in several passes is told apart by the words. */
static bool comes_before(const struct pp_reason *a, const struct pp_reason *b) {
    return a->task != b->task ? a->task < b->task : strcmp(a->words, b->words) < 0;
}

static struct pp_reason *find(struct pp_reasons *reasons, const char *words) {
    for (unsigned i = 0; i < reasons->used; i++)
        if (strcmp(reasons->items[i].words, words) == 0)
            return &reasons->items[i];
    return NULL;
}

/* Brings one that may have to stand further in front to its place. */
static void sort_in(struct pp_reasons *reasons, struct pp_reason *item) {
    for (; item > reasons->items && comes_before(item, item - 1); item--) {
        struct pp_reason before = item[-1];
        item[-1] = *item;
        *item = before;
    }
}

static void take(struct pp_reasons *reasons, const struct pp_reason *more) {
    struct pp_reason *item = find(reasons, more->words);
    struct pp_reason *last = &reasons->items[PP_REASONS_MAX - 1];
    if (item) {
        item->count += more->count;
        item->task = more->task < item->task ? more->task : item->task;
    } else if (reasons->used < PP_REASONS_MAX) {
        item = &reasons->items[reasons->used++];
        *item = *more;
    } else if (comes_before(more, last)) {
        reasons->others += last->count;
        item = last;
        *item = *more;
    } else {
        reasons->others += more->count;
        return;
    }
    sort_in(reasons, item);
}

void pp_reasons_add(struct pp_reasons *reasons, uint64_t task, const char *words) {
    struct pp_reason one = {.count = 1, .task = task};
    size_t length = strnlen(words, sizeof one.words);
    if (length == sizeof one.words)
        for (length--; length > 0 && ((unsigned char)words[length] & 0xc0) == 0x80;)
            length--; /* the next byte goes on with a character */
    memcpy(one.words, words, length);
    take(reasons, &one);
}

void pp_reasons_merge(struct pp_reasons *reasons, const struct pp_reasons *more) {
    reasons->others += more->others;
    for (unsigned i = 0; i < more->used; i++)
        take(reasons, &more->items[i]);
}
