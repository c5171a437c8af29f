#include "lib/record.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/hash.h"
#include "pptest/rng.h"

/* ---- reading ---- */

static int expect(const json_t *value, json_type type, const char *name, const char *kind, struct pp_error *error) {
    bool fits = value && (json_typeof(value) == type || (type == JSON_TRUE && json_is_boolean(value)));
    return fits ? 0
                : pp_error_set(error, -EBADMSG, "the record's \"%s\" is %s, expected %s", name,
                               value ? "of another type" : "missing", kind);
}

static int read_ratings(const json_t *list, json_int_t ratings[PP_HTTP_RATINGS], struct pp_error *error) {
    int status = expect(list, JSON_ARRAY, "ratings", "a list", error);
    if (status == 0 && json_array_size(list) != PP_HTTP_RATINGS)
        status = pp_error_set(error, -EBADMSG, "the record's \"ratings\" are %zu, expected %d", json_array_size(list),
                              PP_HTTP_RATINGS);
    for (size_t i = 0; i < PP_HTTP_RATINGS && status == 0; i++) {
        const json_t *rating = json_array_get(list, i);
        status = expect(rating, JSON_INTEGER, "ratings", "a list of integers", error);
        ratings[i] = json_integer_value(rating);
    }
    return status;
}

static int read_members(struct pp_record_read *record, struct pp_error *error) {
    static const struct {
        const char *name;
        json_type type;
        const char *kind;
    } members[] = {{"id", JSON_INTEGER, "an integer"},       {"sku", JSON_STRING, "a string"},
                   {"quantity", JSON_INTEGER, "an integer"}, {"price", JSON_REAL, "a number with decimals"},
                   {"in_stock", JSON_TRUE, "true or false"}, {"payload", JSON_STRING, "a string"}};
    const json_t *json = record->json;
    int status = expect(json, JSON_OBJECT, "", "an object", error);
    for (size_t i = 0; i < sizeof members / sizeof *members && status == 0; i++)
        status =
            expect(json_object_get(json, members[i].name), members[i].type, members[i].name, members[i].kind, error);
    if (status != 0)
        return status;
    record->id = json_integer_value(json_object_get(json, "id"));
    record->sku = json_string_value(json_object_get(json, "sku"));
    record->quantity = json_integer_value(json_object_get(json, "quantity"));
    record->price = json_real_value(json_object_get(json, "price"));
    record->in_stock = json_is_true(json_object_get(json, "in_stock"));
    record->payload = json_string_value(json_object_get(json, "payload"));
    record->payload_bytes = json_string_length(json_object_get(json, "payload"));
    return read_ratings(json_object_get(json, "ratings"), record->ratings, error);
}

int pp_record_read(struct pp_record_read *record, const char *text, size_t bytes, struct pp_error *error) {
    json_error_t why;
    pp_record_release(record);
    record->json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    record->bytes = bytes;
    if (!record->json)
        return pp_error_set(error, -EBADMSG, "the record of %zu bytes is no JSON: at byte %d: %s", bytes, why.position,
                            why.text);
    return read_members(record, error);
}

void pp_record_release(struct pp_record_read *record) {
    json_decref(record->json);
    *record = (struct pp_record_read){0};
}

/* ---- is it right? ---- */

static int differs(struct pp_error *error, const char *name, long long found, long long expected) {
    return pp_error_set(error, -EBADMSG, "the record's \"%s\" is %lld, expected %lld", name, found, expected);
}

static int compare_payload(const struct pp_record_read *record, const struct pp_http_record *expected, size_t bytes,
                           struct pp_error *error) {
    char *text = malloc(bytes);
    if (!text)
        return pp_error_set(error, -ENOMEM, "no memory to verify a record of %zu bytes", bytes);
    size_t start = pp_http_record_write(expected, bytes, text), count = bytes - 2 - start, place = 0;
    if (count == record->payload_bytes)
        while (place < count && record->payload[place] == text[start + place])
            place++;
    free(text);
    if (count != record->payload_bytes)
        return pp_error_set(error, -EBADMSG, "the record's \"payload\" has %zu characters, expected %zu",
                            record->payload_bytes, count);
    if (place != count)
        return pp_error_set(error, -EBADMSG, "the record's \"payload\" differs from character %zu of %zu on", place,
                            count);
    return 0;
}

int pp_record_compare(const struct pp_record_read *record, const struct pp_http_record *expected, size_t bytes,
                      struct pp_error *error) {
    if (record->bytes != bytes)
        return pp_error_set(error, -EBADMSG, "the record has %zu bytes, expected %zu", record->bytes, bytes);
    if ((uint64_t)record->id != expected->id)
        return differs(error, "id", record->id, (long long)expected->id);
    if (strcmp(record->sku, expected->sku) != 0)
        return pp_error_set(error, -EBADMSG, "the record's \"sku\" is %.32s, expected %s", record->sku, expected->sku);
    if (record->quantity != expected->quantity)
        return differs(error, "quantity", record->quantity, expected->quantity);
    if (llround(record->price * 100.0) != expected->cents)
        return pp_error_set(error, -EBADMSG, "the record's \"price\" is %.15g, expected %.2f", record->price,
                            expected->cents / 100.0);
    if (record->in_stock != expected->in_stock)
        return differs(error, "in_stock", record->in_stock, expected->in_stock);
    for (size_t i = 0; i < PP_HTTP_RATINGS; i++)
        if (record->ratings[i] != expected->ratings[i])
            return differs(error, "ratings", record->ratings[i], expected->ratings[i]);
    return compare_payload(record, expected, bytes, error);
}

uint64_t pp_record_digest(const struct pp_record_read *record) {
    uint64_t digest = pp_mix2((uint64_t)record->id, (uint64_t)record->quantity);
    digest = pp_mix2(digest, pp_hash_bytes(record->sku, strlen(record->sku)));
    digest = pp_mix2(digest, (uint64_t)llround(record->price * 100.0));
    digest = pp_mix2(digest, (uint64_t)record->in_stock);
    for (size_t i = 0; i < PP_HTTP_RATINGS; i++)
        digest = pp_mix2(digest, (uint64_t)record->ratings[i]);
    return pp_mix2(digest, pp_hash_bytes(record->payload, record->payload_bytes));
}
