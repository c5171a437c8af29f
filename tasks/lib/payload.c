#include "lib/payload.h"

#include <endian.h>
#include <string.h>

#include "pptest/rng.h"
#include "pptest/simd.h"

enum {
    LANES = 8,
    WORD_BYTES = 16,
    WORD_COUNT = 128,
    PORTION_WORDS = 9, /* 7 bits each, from one random number of 64 */
    NAME_BYTES = 13    /* 12 letters of 5 bits, from one more, and a space */
};

const char *const pp_payload_names[] = {"random", "text", NULL};

/* Each with the space that follows it, and as long as the longest, so that every copy has the same length. */
static const char words[WORD_COUNT][WORD_BYTES] = {
    "the ",       "of ",        "and ",       "to ",        "in ",         "is ",        "that ",        "for ",
    "it ",        "as ",        "was ",       "with ",      "be ",         "by ",        "on ",          "not ",
    "this ",      "are ",       "or ",        "from ",      "at ",         "which ",     "but ",         "have ",
    "an ",        "had ",       "they ",      "you ",       "were ",       "there ",     "one ",         "all ",
    "we ",        "can ",       "has ",       "more ",      "when ",       "out ",       "so ",          "up ",
    "time ",      "only ",      "some ",      "could ",     "these ",      "two ",       "may ",         "then ",
    "first ",     "any ",       "now ",       "such ",      "like ",       "over ",      "even ",        "most ",
    "after ",     "many ",      "where ",     "water ",     "river ",      "winter ",    "morning ",     "letter ",
    "garden ",    "window ",    "market ",    "number ",    "island ",     "silver ",    "copper ",      "bridge ",
    "journey ",   "harbour ",   "kitchen ",   "measure ",   "station ",    "village ",   "evening ",     "weather ",
    "picture ",   "thought ",   "through ",   "between ",   "nothing ",    "quietly ",   "slowly ",      "always ",
    "seldom ",    "perhaps ",   "together ",  "mountain ",  "question ",   "remember ",  "distance ",    "language ",
    "machine ",   "engine ",    "signal ",    "pattern ",   "balance ",    "surface ",   "current ",     "shelter ",
    "library ",   "theatre ",   "student ",   "teacher ",   "captain ",    "soldier ",   "painter ",     "builder ",
    "traveller ", "neighbour ", "afternoon ", "different ", "important ",  "possible ",  "necessary ",   "beautiful ",
    "telescope ", "newspaper ", "elsewhere ", "yesterday ", "tomorrow.\n", "at last.\n", "of course.\n", "no doubt.\n"};

static size_t text_word(char *place, uint64_t number) {
    memcpy(place, words[number], WORD_BYTES);
    return strlen(words[number]);
}

/* A name of letters, vowels more often: what no earlier text predicts, without which it would compress four to one. */
static size_t text_name(char *place, uint64_t random) {
    static const char letters[32] = "abcdefghijklmnopqrstuvwxyzaeioun";
    for (int i = 0; i < NAME_BYTES - 1; i++, random >>= 5)
        place[i] = letters[random % 32];
    place[NAME_BYTES - 1] = ' ';
    return NAME_BYTES;
}

static void text_fill(uint64_t seed, char *bytes, size_t count) {
    struct pp_rng rng = {seed};
    size_t filled = 0;
    while (filled < count) {
        char portion[PORTION_WORDS * WORD_BYTES + NAME_BYTES];
        size_t length = text_name(portion, pp_rng_next(&rng));
        uint64_t random = pp_rng_next(&rng);
        for (int i = 0; i < PORTION_WORDS; i++, random >>= 7)
            length += text_word(portion + length, random % WORD_COUNT);
        size_t rest = count - filled;
        memcpy(bytes + filled, portion, length < rest ? length : rest);
        filled += length < rest ? length : rest;
    }
}

void pp_payload_fill(enum pp_payload kind, uint64_t seed, void *bytes, size_t count) {
    if (kind == PP_PAYLOAD_TEXT)
        text_fill(seed, bytes, count);
    else
        pp_rng_fill_bytes(seed, bytes, count);
}

/* Static, and named for this file: clang before 17 mangles the dispatchers of public functions with clones. */
PP_SIMD static void payload_add_lines(struct pp_checksum *checksum, const unsigned char *bytes, size_t lines) {
    uint64_t sums[LANES], sums_of_sums[LANES], line[LANES];
    memcpy(sums, checksum->sums, sizeof sums);
    memcpy(sums_of_sums, checksum->sums_of_sums, sizeof sums_of_sums);
    for (; lines > 0; lines--, bytes += sizeof line) {
        memcpy(line, bytes, sizeof line);
        for (int i = 0; i < LANES; i++) {
            sums[i] += le64toh(line[i]);
            sums_of_sums[i] += sums[i];
        }
    }
    memcpy(checksum->sums, sums, sizeof sums);
    memcpy(checksum->sums_of_sums, sums_of_sums, sizeof sums_of_sums);
}

void pp_checksum_add(struct pp_checksum *checksum, const void *bytes, size_t count) {
    const unsigned char *place = bytes;
    size_t line_bytes = sizeof checksum->sums, rest = count % line_bytes;
    payload_add_lines(checksum, place, count / line_bytes);
    if (rest > 0) {
        unsigned char last[sizeof checksum->sums] = {0};
        memcpy(last, place + count - rest, rest);
        payload_add_lines(checksum, last, 1);
    }
    checksum->bytes += count;
}

uint64_t pp_checksum_value(const struct pp_checksum *checksum) {
    uint64_t value = pp_mix64(checksum->bytes);
    for (int i = 0; i < LANES; i++)
        value = pp_mix2(pp_mix2(value, checksum->sums[i]), checksum->sums_of_sums[i]);
    return value;
}
