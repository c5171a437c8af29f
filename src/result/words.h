/* The words for what results say, the same in every output. */
#ifndef PP_RESULT_WORDS_H
#define PP_RESULT_WORDS_H

#include <stddef.h>

/* What keeps N workers from being N times as fast; in the order of pp_limiter_words. */
enum pp_limiter {
    PP_LIMITER_NONE,     /* nothing does: they are nearly so */
    PP_LIMITER_CPUS,     /* workers are ready to compute and have no CPU */
    PP_LIMITER_QUOTA,    /* the control group's CPU quota is used up */
    PP_LIMITER_MEMORY,   /* each task needs more CPU time: memory bandwidth or caches */
    PP_LIMITER_IO,       /* each task waits longer: for a device, a file system, a lock */
    PP_LIMITER_HANDOUT,  /* workers wait for work: tasks are too short for how they are handed out */
    PP_LIMITER_TRANSFER, /* workers are busy moving orders and results */
    PP_LIMITER_TAIL,     /* some have their last tasks while others have none left */
    PP_LIMITER_LIBRARY,  /* the threads of the task's library are more than the CPUs */
    PP_LIMITER_LOOP,     /* the one thread of an event loop is held by tasks, or computes all the time */
    PP_LIMITER_STARTUP,  /* starting and ending workers takes longer than what they save */
    PP_LIMITER_UNKNOWN   /* nothing that was measured explains it */
};
extern const char *const pp_limiter_words[];

/* From this share of its time on, an event loop that tasks held while others were due is worth a word. */
extern const double pp_loop_blocked_min;

/* Words that a loop with `workers` tasks in flight was blocked for that share of its time. Returns the length as
 * snprintf does, or 0 where there is nothing to say: it was not, is not known, or nobody had to wait. */
size_t pp_words_loop(double blocked, unsigned workers, char *text, size_t size);

struct pp_case_result;
struct pp_stats;

/* Words that the interval of the total times is wider than `precision`, the share of their median that it may reach to
 * either side; 0: any. Returns the length as snprintf does, or 0 where it is not. */
size_t pp_words_precision(const struct pp_stats *total, double precision, char *text, size_t size);

/* What a case is limited by, in words: "transfer (950 MB/s, 34 % of the time)" where its tasks' data went through
 * pipes, at how much a second while a worker was moving them, and the share of the workers' time that this took. */
void pp_limiter_say(const struct pp_case_result *each, char *text, size_t size);

/* Writes those of `words` (ended by NULL) whose bit is in the set, with commas between them. Returns the length as
 * snprintf does. */
size_t pp_words_join(unsigned set, const char *const *words, char *text, size_t size);

#endif
