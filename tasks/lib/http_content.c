#include "lib/http_content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/payload.h"
#include "pptest/rng.h"

/* ---- records ---- */

void pp_http_record_of(uint64_t id, uint64_t seed, struct pp_http_record *record) {
    struct pp_rng rng = {seed};
    record->id = id;
    record->seed = seed;
    snprintf(record->sku, sizeof record->sku, "%016" PRIx64, pp_rng_next(&rng));
    record->quantity = (int)pp_rng_range(&rng, 0, 999);
    record->cents = (int)pp_rng_range(&rng, 0, 9999999);
    record->in_stock = record->quantity > 0;
    for (int i = 0; i < PP_HTTP_RATINGS; i++)
        record->ratings[i] = (int)pp_rng_range(&rng, 1, 5);
}

void pp_http_payload(uint64_t seed, char *text, size_t count) {
    unsigned char *bytes = (unsigned char *)text;
    pp_rng_fill_bytes(seed, bytes, count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)('a' + (bytes[i] * 26u >> 8)); /* no division: this is done in vectors */
}

size_t pp_http_record_write(const struct pp_http_record *record, size_t bytes, char *text) {
    static const char tail[2] = "\"}";
    int begin = snprintf(text, bytes,
                         "{\"id\":%" PRIu64 ",\"sku\":\"%s\",\"quantity\":%d,\"price\":%d.%02d,\"in_stock\":%s,"
                         "\"ratings\":[%d,%d,%d,%d],\"payload\":\"",
                         record->id, record->sku, record->quantity, record->cents / 100, record->cents % 100,
                         record->in_stock ? "true" : "false", record->ratings[0], record->ratings[1],
                         record->ratings[2], record->ratings[3]);
    size_t start = (size_t)begin, end = bytes - sizeof tail;
    pp_http_payload(record->seed, text + start, end - start);
    memcpy(text + end, tail, sizeof tail);
    return start;
}

/* ---- pages ---- */

static const char page_tail[] = "\n</p></body></html>\n";
enum { TAIL_BYTES = sizeof page_tail - 1 };

/* Any number does, as long as it is always the same. */
static const uint64_t tile_seed = 0x70616765;

void pp_http_tile_fill(char tile[PP_HTTP_TILE_BYTES]) {
    pp_payload_fill(PP_PAYLOAD_TEXT, tile_seed, tile, PP_HTTP_TILE_BYTES);
}

void pp_http_page_of(uint64_t index, uint64_t bytes, struct pp_http_page *page) {
    int head =
        snprintf(page->head, sizeof page->head,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Page %" PRIu64 "</title></head><body><p>\n", index);
    page->bytes = bytes;
    page->head_bytes = (size_t)head;
    page->phase = pp_mix64(index) % PP_HTTP_TILE_BYTES;
}

size_t pp_http_page_part(const struct pp_http_page *page, const char *tile, uint64_t offset, const char **part) {
    uint64_t text_end = page->bytes - TAIL_BYTES;
    if (offset >= page->bytes)
        return 0;
    if (offset < page->head_bytes) {
        *part = page->head + offset;
        return page->head_bytes - offset;
    }
    if (offset >= text_end) {
        *part = page_tail + (offset - text_end);
        return page->bytes - offset;
    }
    size_t place = (page->phase + (offset - page->head_bytes)) % PP_HTTP_TILE_BYTES;
    uint64_t left = text_end - offset;
    *part = tile + place;
    return left < PP_HTTP_TILE_BYTES - place ? left : PP_HTTP_TILE_BYTES - place;
}

bool pp_http_page_has(const struct pp_http_page *page, const char *tile, uint64_t offset, const void *bytes,
                      size_t count) {
    const char *found = bytes;
    while (count > 0) {
        const char *part;
        size_t length = pp_http_page_part(page, tile, offset, &part);
        if (length > count)
            length = count;
        if (length == 0 || memcmp(found, part, length) != 0)
            return false;
        found += length;
        offset += length;
        count -= length;
    }
    return true;
}
