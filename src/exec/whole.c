#include "exec/whole.h"

#include "base/aligned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pp_whole_open(struct pp_whole *whole, const struct pp_job *job, struct pp_error *error) {
    *whole = (struct pp_whole){.job = job};
    if (!pp_task_is_stateful(job->task))
        return 0;
    whole->memory = pp_aligned_zeroed(job->task->whole_size);
    return whole->memory ? 0 : pp_error_set(error, -ENOMEM, "no memory for what all workers hand back");
}

void pp_whole_close(struct pp_whole *whole) {
    if (whole->memory && whole->job->task->whole_fini)
        whole->job->task->whole_fini(whole->memory);
    free(whole->memory);
    *whole = (struct pp_whole){0};
}

static const char *words(const struct pp_error *why, int status) {
    return why->text[0] ? why->text : strerror(-status);
}

int pp_whole_add(struct pp_whole *whole, unsigned worker, const struct pp_part *part, struct pp_error *error) {
    struct pp_error why = {0};
    int status = whole->job->task->merge(whole->memory, whole->job->args, part, &why);
    if (status == 0)
        return 0;
    return pp_error_set(error, status, "what worker %u has gathered cannot be merged: %s", worker, words(&why, status));
}

int pp_whole_missing(unsigned worker, const struct pp_error *why, struct pp_error *error) {
    return pp_error_set(error, why->code, "worker %u cannot hand back what it has gathered: %s", worker, why->text);
}

int pp_whole_conclude(struct pp_whole *whole, bool sound, uint64_t *check, struct pp_error *error) {
    struct pp_error why = {0};
    uint64_t digest = 0;
    *check = 0;
    if (!whole->memory || !sound)
        return 0;
    int status = whole->job->task->conclude(whole->memory, whole->job->args, whole->job->count, &digest, &why);
    if (status != 0)
        return pp_error_set(error, status, "what all workers have gathered is wrong: %s", words(&why, status));
    *check = pp_mix2(whole->job->count, digest);
    return 0;
}
