#include "result/words.h"

#include "base/textbuf.h"

const char *const pp_limiter_words[] = {
    [PP_LIMITER_NONE] = "nothing",
    [PP_LIMITER_CPUS] = "CPUs",
    [PP_LIMITER_QUOTA] = "CPU quota",
    [PP_LIMITER_MEMORY] = "memory bandwidth or caches",
    [PP_LIMITER_IO] = "I/O",
    [PP_LIMITER_HANDOUT] = "handing out",
    [PP_LIMITER_TRANSFER] = "transfer",
    [PP_LIMITER_TAIL] = "unbalanced end",
    [PP_LIMITER_LIBRARY] = "library threads",
    [PP_LIMITER_STARTUP] = "start-up",
    [PP_LIMITER_UNKNOWN] = "unknown",
    NULL,
};

size_t pp_words_join(unsigned set, const char *const *words, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    for (size_t bit = 0; words[bit]; bit++)
        if (set & (1U << bit))
            pp_textbuf_add(&out, "%s%s", out.length ? ", " : "", words[bit]);
    return out.length;
}
