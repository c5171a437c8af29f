/* A record of the built-in HTTP server (lib/http_content.h), as its receiver reads it: as any JSON that came from
 * outside, of which nothing is taken for granted. */
#ifndef PPTEST_LIB_RECORD_H
#define PPTEST_LIB_RECORD_H

#include <jansson.h>
#include <stddef.h>

#include "lib/http_content.h"
#include "pptest/error.h"

/* {0} is empty. */
struct pp_record_read {
    json_t *json; /* owned; the strings are its */
    size_t bytes; /* of the text */
    json_int_t id, quantity, ratings[PP_HTTP_RATINGS];
    double price;
    int in_stock;
    const char *sku, *payload;
    size_t payload_bytes;
};

/* Reads a text of `bytes` bytes in place of what the record held. Returns 0, or -EBADMSG with what is wrong where. */
int pp_record_read(struct pp_record_read *record, const char *text, size_t bytes, struct pp_error *error);

/* Is it the record that `bytes` bytes were asked for of? Returns 0, or -EBADMSG with the first member that differs. */
int pp_record_compare(const struct pp_record_read *record, const struct pp_http_record *expected, size_t bytes,
                      struct pp_error *error);

/* A number of all members. */
uint64_t pp_record_digest(const struct pp_record_read *record);

void pp_record_release(struct pp_record_read *record);

#endif
