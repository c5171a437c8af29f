#include "base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Longer than any key or task name: what is longer was not mistyped. */
enum { LONGEST = 48 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static int same(char a, char b) { return tolower((unsigned char)a) == tolower((unsigned char)b); }

/* One row of the table of distances between the first i letters of `a` and all beginnings of `b`; a swap of
 * neighbours looks two rows back. */
static void fill_row(const char *a, size_t i, const char *b, size_t b_length, size_t rows[3][LONGEST + 1]) {
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3];
    const size_t *two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
        size_t cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
        row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + cost);
        if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
            row[j] = least(row[j], two_above[j - 2] + 1);
    }
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][LONGEST + 1] = {{0}};
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++)
        fill_row(a, i, b, b_length, rows);
    return rows[a_length % 3][b_length];
}

void pp_nearest_offer(struct pp_nearest *search, const char *known) {
    size_t word_length = strnlen(search->word, LONGEST + 1);
    size_t known_length = strnlen(known, LONGEST + 1);
    if (word_length > LONGEST || known_length > LONGEST)
        return;
    size_t longer = word_length > known_length ? word_length : known_length;
    size_t found = distance(search->word, word_length, known, known_length);
    /* found < longer: at least one letter is right. */
    if (found > (word_length + 2) / 3 || found >= longer || (search->best && found >= search->distance))
        return;
    search->best = known;
    search->distance = found;
}
