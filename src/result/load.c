#include "result/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/read_file.h"
#include "result/result.h"
#include "result/shapes.h"
#include "schema/show.h"

/* A million passes are some hundred megabytes. */
static const struct pp_file_kind kind = {.name = "result", .max_mib = 512};

static int refuse_syntax(const char *path, const json_error_t *error, struct pp_problems *problems) {
    char place[32];
    snprintf(place, sizeof place, "%d:%d", error->line, error->column > 0 ? error->column : 1);
    if (json_error_code(error) == json_error_out_of_memory)
        return -ENOMEM;
    if (json_error_code(error) == json_error_premature_end_of_input)
        return pp_problems_add(problems, path, place,
                               "the file ends in the middle: it was cut short; take another copy, or measure again");
    return pp_problems_add(problems, path, place, "%s; expected a result that pptest wrote as JSON", error->text);
}

/* Is this a result, and one of this version? */
static int check_schema(const char *path, const json_t *document, struct pp_problems *problems) {
    static const char family[] = "pptest-result/";
    const json_t *schema = json_object_get(document, "schema");
    const char *name = json_string_value(schema);
    if (name && strcmp(name, PP_RESULT_SCHEMA) == 0)
        return 0;
    if (name && strncmp(name, family, sizeof family - 1) == 0)
        return pp_problems_add(problems, path, "/schema",
                               "found \"%.40s\", expected \"" PP_RESULT_SCHEMA
                               "\": another version of pptest wrote it; use "
                               "that one, or measure again",
                               name);
    return pp_problems_add(problems, path, schema ? "/schema" : "",
                           "this is no result of pptest: found %s, expected \"schema\": \"" PP_RESULT_SCHEMA "\"",
                           schema ? pp_json_show(schema).text : "no \"schema\"");
}

/* What other members are reached through must be there. */
static int check_members(const char *path, const struct pp_result *result, struct pp_problems *problems) {
    int status = 0;
    if (!result->label || !result->task)
        status = pp_problems_add(problems, path, result->label ? "/task" : "/label", "found null, expected a string");
    for (size_t i = 0; i < result->case_count; i++)
        if (!result->cases[i].name || !result->cases[i].executor) {
            char place[64];
            snprintf(place, sizeof place, "/cases/%zu/%s", i, result->cases[i].name ? "executor" : "name");
            status = pp_problems_add(problems, path, place, "found null, expected a string");
        }
    return status;
}

static size_t most_passes(const struct pp_result *result) {
    size_t most = 0;
    for (size_t i = 0; i < result->case_count; i++)
        most = result->cases[i].pass_count > most ? result->cases[i].pass_count : most;
    return most;
}

static int check_rounds_of(const char *path, const struct pp_result *result, size_t index, size_t rounds,
                           struct pp_problems *problems) {
    const struct pp_case_result *each = &result->cases[index];
    uint64_t least = 0;
    for (size_t i = 0; i < each->pass_count; i++) {
        uint64_t round = each->passes[i].round;
        if (round < least || round >= rounds) {
            char place[96];
            snprintf(place, sizeof place, "/cases/%zu/passes/%zu/round", index, i);
            return pp_problems_add(problems, path, place, "found %llu, expected an integer from %llu to %zu",
                                   (unsigned long long)round, (unsigned long long)least, rounds - 1);
        }
        least = round;
    }
    return 0;
}

/* Passes are looked up in the order of their rounds, and tables are as long as there are rounds: of these there are no
 * more than the case with most passes has passes. */
static int check_rounds(const char *path, const struct pp_result *result, struct pp_problems *problems) {
    int status = 0;
    size_t rounds = most_passes(result);
    for (size_t i = 0; i < result->case_count; i++) {
        int this_status = check_rounds_of(path, result, i, rounds, problems);
        status = this_status != 0 ? this_status : status;
    }
    return status;
}

static int load_text(const char *path, const char *text, size_t length, struct pp_arena *arena,
                     struct pp_problems *problems, struct pp_result *result) {
    json_error_t error;
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        return refuse_syntax(path, &error, problems);
    const struct pp_shape_reader reader = {.file = path, .arena = arena, .problems = problems};
    int status = check_schema(path, document, problems);
    if (status == 0)
        status = pp_shape_read(&reader, pp_result_shape, "", document, result);
    if (status == 0)
        status = check_members(path, result, problems);
    if (status == 0)
        status = check_rounds(path, result, problems);
    result->config = status == 0 ? json_incref(result->config) : NULL;
    json_decref(document);
    return status;
}

int pp_result_load(const char *path, struct pp_arena *arena, struct pp_problems *problems, struct pp_result *result) {
    int status = pp_result_load_whole(path, arena, problems, result);
    json_decref(result->config);
    result->config = NULL;
    return status;
}

int pp_result_load_whole(const char *path, struct pp_arena *arena, struct pp_problems *problems,
                         struct pp_result *result) {
    char *text;
    size_t length;
    *result = (struct pp_result){0};
    int status = pp_file_read(path, &kind, problems, &text, &length);
    if (status != 0)
        return status;
    status = load_text(path, text, length, arena, problems, result);
    free(text);
    return status;
}
