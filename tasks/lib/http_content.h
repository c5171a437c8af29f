/* What the built-in HTTP server answers: records and pages that follow from the request alone, so that who asked can
 * work out what the answer must be. */
#ifndef PPTEST_LIB_HTTP_CONTENT_H
#define PPTEST_LIB_HTTP_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- records: JSON objects ---- */

enum {
    PP_HTTP_RECORD_BYTES_MIN = 256,      /* of the whole text: room for all members and some payload */
    PP_HTTP_RECORD_BYTES_MAX = 16 << 20, /* each is made for one request */
    PP_HTTP_RATINGS = 4
};

/* The members of a record, all but `id` drawn from the seed. */
struct pp_http_record {
    uint64_t id;                  /* at most 2^53 - 1, which every reader of JSON keeps exactly */
    uint64_t seed;                /* what the others are drawn from; not a member */
    char sku[17];                 /* 16 hexadecimal digits */
    int quantity;                 /* 0 to 999 */
    int cents;                    /* the price: 0 to 9999999; in JSON "price", a hundredth of it, with two decimals */
    bool in_stock;                /* quantity > 0 */
    int ratings[PP_HTTP_RATINGS]; /* 1 to 5 */
};

void pp_http_record_of(uint64_t id, uint64_t seed, struct pp_http_record *record);

/* Writes the record as JSON of exactly `bytes` bytes, no zero at the end: the string "payload" fills what is left by
 * the members. Returns where the payload's characters begin; they go on to 2 bytes before the end. */
size_t pp_http_record_write(const struct pp_http_record *record, size_t bytes, char *text);

/* `count` characters of a record's payload, letters from a to z. */
void pp_http_payload(uint64_t seed, char *text, size_t count);

/* ---- pages: HTML ---- */

enum {
    PP_HTTP_PAGE_BYTES_MIN = 256, /* room for what comes before and after the text */
    PP_HTTP_TILE_BYTES = 1 << 16  /* fits the second-level cache beside what it is copied to */
};
#define PP_HTTP_PAGE_BYTES_MAX (INT64_C(1) << 40)

/* The text of all pages: words, repeated from the end of the tile on. Where it begins is each page's own. */
void pp_http_tile_fill(char tile[PP_HTTP_TILE_BYTES]);

/* A page: its head, text out of the tile, and its tail. Plain values. */
struct pp_http_page {
    uint64_t bytes; /* of all */
    size_t head_bytes;
    size_t phase; /* where in the tile its text begins */
    char head[128];
};

/* bytes: PP_HTTP_PAGE_BYTES_MIN to PP_HTTP_PAGE_BYTES_MAX. */
void pp_http_page_of(uint64_t index, uint64_t bytes, struct pp_http_page *page);

/* What lies at `offset`: sets `part` and returns for how many bytes it goes on there, 0 at the end of the page. */
size_t pp_http_page_part(const struct pp_http_page *page, const char *tile, uint64_t offset, const char **part);

/* Are these `count` bytes what the page has from `offset` on? */
bool pp_http_page_has(const struct pp_http_page *page, const char *tile, uint64_t offset, const void *bytes,
                      size_t count);

#endif
