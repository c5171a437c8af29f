#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pptest/library.h"
#include "pptest/memory.h"
#include "pptest/task.h"

#ifdef PP_HAVE_SODIUM
#include <sodium.h>
#endif

enum algorithm { SHA256, ARGON2ID };

enum { LENGTH_MAX = 1024 };

struct args {
    int64_t stored, tried;
    struct pp_pair length;
    double correct_ratio;
    int algorithm; /* enum algorithm */
};

static const char *const algorithms[] = {"sha256", "argon2id", NULL};

static const struct pp_field fields[] = {
    {.name = "stored",
     .help = "random passwords that are made and hashed into a table",
     .type = PP_INT,
     .offset = offsetof(struct args, stored),
     .min = 1,
     .max = 2147483648, /* 2^31: the table counts with 32 bits */
     .def.i = 100,
     .mix_min = 1000,
     .mix_max = 10000},
    {.name = "tried",
     .help = "candidates that are hashed and looked up",
     .type = PP_INT,
     .offset = offsetof(struct args, tried),
     .min = 1,
     .max = PP_INT_MAX,
     .def.i = 1000,
     .mix_min = 100,
     .mix_max = 1000},
    {.name = "length",
     .unit = "characters",
     .help = "least and greatest length of a password (in a mix: 6 to 20 and 21 to 30)",
     .type = PP_PAIR,
     .offset = offsetof(struct args, length),
     .min = 1,
     .max = LENGTH_MAX,
     .def.pair = {20, 20}},
    {.name = "correct_ratio",
     .help = "share of the candidates that are among the stored passwords",
     .type = PP_REAL,
     .offset = offsetof(struct args, correct_ratio),
     .min = 0,
     .max = 1,
     .def.r = 0.8,
     .mix_min = 0.1,
     .mix_max = 0.9},
    {.name = "algorithm",
     .help = "sha256 is fast; argon2id is slow and needs much memory on purpose (libsodium's interactive limits)",
     .type = PP_CHOICE,
     .offset = offsetof(struct args, algorithm),
     .choices = algorithms,
     .def.i = SHA256},
    {0}};

#ifdef PP_HAVE_SODIUM

enum { HASH_BYTES = crypto_hash_sha256_BYTES, TEXT_BYTES = LENGTH_MAX + 8 };

/* What is called of libsodium. */
struct sodium {
    __typeof__(sodium_init) *init;
    __typeof__(crypto_hash_sha256) *sha256;
    __typeof__(crypto_pwhash) *pwhash;
    __typeof__(sodium_version_string) *version;
};

/* What is called is the same under both numbers; the last name comes with the development package. */
static const char *const library_names[] = {"libsodium.so.23", "libsodium.so.26", "libsodium.so", NULL};

static const struct pp_library_symbol symbols[] = {{"sodium_init", offsetof(struct sodium, init)},
                                                   {"crypto_hash_sha256", offsetof(struct sodium, sha256)},
                                                   {"crypto_pwhash", offsetof(struct sodium, pwhash)},
                                                   {"sodium_version_string", offsetof(struct sodium, version)},
                                                   {0}};

static const struct pp_library library = {
    .title = "libsodium",
    .names = library_names,
    .symbols = symbols,
    .suspicion = "is it a minimal build?",
    .install =
        "install the package libsodium23 (Debian, Ubuntu) or libsodium (Fedora, Arch, Alpine), or choose another task"};

/* Open addressing: `slots` hold one more than the index of a hash, 0 when free. At least three quarters of them are
 * free, so that most searches end at the first. */
struct table {
    uint32_t *slots;
    uint64_t slot_mask;
    unsigned char *hashes;
    uint32_t used;
};

struct state {
    struct sodium sodium;
    struct pp_buffer slots, hashes;
};

/* Makes one password after another. Number n of a series depends on the series and n alone, so that a stored password
 * is made again instead of being kept. */
struct hasher {
    struct sodium sodium; /* not a pointer to it: one step less for each hash */
    const struct args *args;
    uint64_t stored_series, wrong_series;
    unsigned char salt[crypto_pwhash_SALTBYTES];
};

/* Eight characters at once: six random bits each choose one of the 64 characters from '0' to 'o'. `text` has room for
 * TEXT_BYTES. Returns the length. */
static size_t password_make(char *text, const struct args *args, uint64_t series, uint64_t number) {
    struct pp_rng rng = {pp_mix64(series + number)};
    size_t length = (size_t)args->length.low;
    if (args->length.low < args->length.high)
        length = (size_t)pp_rng_range(&rng, args->length.low, args->length.high);
    for (size_t i = 0; i < length; i += 8) {
        uint64_t eight = (pp_rng_next(&rng) & UINT64_C(0x3f3f3f3f3f3f3f3f)) + UINT64_C(0x3030303030303030);
        eight = htole64(eight);
        memcpy(text + i, &eight, sizeof eight);
    }
    return length;
}

static int password_hash(const struct hasher *hasher, unsigned char *hash, const char *text, size_t length,
                         struct pp_error *error) {
    if (hasher->args->algorithm == SHA256) {
        hasher->sodium.sha256(hash, (const unsigned char *)text, length);
        return 0;
    }
    if (hasher->sodium.pwhash(hash, HASH_BYTES, text, length, hasher->salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return 0;
    return pp_error_set(error, -ENOMEM, "argon2id found no memory; it needs %zu MiB for each worker",
                        (size_t)crypto_pwhash_MEMLIMIT_INTERACTIVE >> 20);
}

static uint64_t hash_start(const unsigned char *hash) {
    uint64_t start;
    memcpy(&start, hash, sizeof start);
    return le64toh(start);
}

/* The slot that holds this hash, or the free one where it would go. A hash is random, so its start is a good key. */
static uint64_t table_slot(const struct table *table, const unsigned char *hash) {
    uint64_t slot = hash_start(hash) & table->slot_mask;
    while (table->slots[slot] != 0 &&
           memcmp(table->hashes + (size_t)(table->slots[slot] - 1) * HASH_BYTES, hash, HASH_BYTES) != 0)
        slot = (slot + 1) & table->slot_mask;
    return slot;
}

/* Short passwords repeat; a second copy would only lengthen searches. */
static void table_add(struct table *table, const unsigned char *hash) {
    uint64_t slot = table_slot(table, hash);
    if (table->slots[slot] != 0)
        return;
    memcpy(table->hashes + (size_t)table->used * HASH_BYTES, hash, HASH_BYTES);
    table->slots[slot] = ++table->used;
}

static uint64_t slot_count(const struct args *args) {
    uint64_t count = 2;
    while (count < 4 * (uint64_t)args->stored)
        count *= 2;
    return count;
}

static int password_reserve(struct state *state, const struct args *args, struct pp_error *error) {
    size_t slot_bytes = slot_count(args) * sizeof(uint32_t), hash_bytes = (size_t)args->stored * HASH_BYTES;
    int status = pp_buffer_reserve(&state->slots, slot_bytes);
    if (status == 0)
        status = pp_buffer_reserve(&state->hashes, hash_bytes);
    if (status != 0)
        return pp_error_set(error, status, "no memory for a table of %" PRId64 " hashes (%zu bytes); store less",
                            args->stored, slot_bytes + hash_bytes);
    return 0;
}

static void password_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->slots);
    pp_buffer_release(&s->hashes);
}

/* Set up here already, so that forked workers inherit which code suits the processor. */
static int password_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)args, (void)env;
    struct sodium *sodium = shared;
    int status = pp_library_load(&library, sodium, error);
    if (status == 0 && sodium->init() < 0)
        status = pp_error_set(error, -EIO, "libsodium cannot be set up (sodium_init failed)");
    return status;
}

static int password_library_version(char *text, size_t size) {
    struct sodium sodium;
    int status = pp_library_load(&library, &sodium, NULL);
    return status ? status : snprintf(text, size, "%s", sodium.version());
}

static int password_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                         struct pp_error *error) {
    (void)env;
    struct state *s = state;
    s->sodium = *(const struct sodium *)shared;
    int status = password_reserve(s, args, error);
    if (status != 0)
        password_fini(s);
    return status;
}

static struct hasher hasher_start(const struct sodium *sodium, const struct args *args, uint64_t seed) {
    struct hasher hasher = {
        .sodium = *sodium, .args = args, .stored_series = pp_mix2(seed, 1), .wrong_series = pp_mix2(seed, 2)};
    pp_rng_fill_bytes(pp_mix2(seed, 3), hasher.salt, sizeof hasher.salt);
    return hasher;
}

static int store_passwords(const struct hasher *hasher, struct table *table, struct pp_error *error) {
    char text[TEXT_BYTES];
    unsigned char hash[HASH_BYTES];
    for (uint64_t i = 0; i < (uint64_t)hasher->args->stored; i++) {
        size_t length = password_make(text, hasher->args, hasher->stored_series, i);
        int status = password_hash(hasher, hash, text, length, error);
        if (status != 0)
            return status;
        table_add(table, hash);
    }
    return 0;
}

/* 32 random bits to a number below `end`, which is at most 2^32: cheaper than a division, and as even. */
static uint64_t below(uint64_t random, uint64_t end) { return random * end >> 32; }

/* A stored password, or one that no stored one can equal because of a character that they never have. */
static size_t candidate_make(const struct hasher *hasher, char *text, bool right, uint64_t number) {
    uint64_t random = pp_mix64(hasher->wrong_series ^ number) >> 32;
    if (right)
        return password_make(text, hasher->args, hasher->stored_series, below(random, (uint64_t)hasher->args->stored));
    size_t length = password_make(text, hasher->args, hasher->wrong_series, number);
    text[below(random, length)] = '~';
    return length;
}

static int64_t right_count(const struct args *args) { return llround(args->correct_ratio * (double)args->tried); }

static int try_candidates(const struct hasher *hasher, const struct table *table, struct pp_output *output,
                          struct pp_error *error) {
    char text[TEXT_BYTES];
    unsigned char hash[HASH_BYTES];
    uint64_t tried = (uint64_t)hasher->args->tried, right = (uint64_t)right_count(hasher->args);
    uint64_t matched = 0, digest = 0, due = 0;
    for (uint64_t i = 0; i < tried; i++) {
        due += right; /* spreads the right ones evenly: one whenever another `tried` is full */
        bool is_right = due >= tried;
        due -= is_right ? tried : 0;
        size_t length = candidate_make(hasher, text, is_right, i);
        int status = password_hash(hasher, hash, text, length, error);
        if (status != 0)
            return status;
        matched += table->slots[table_slot(table, hash)] != 0;
        digest += hash_start(hash);
    }
    *output = (struct pp_output){.digest = pp_mix2(digest, matched), .value = (double)matched};
    return 0;
}

static int password_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    struct state *s = state;
    int status = password_reserve(s, args, error);
    if (status != 0)
        return status;
    struct table table = {.slots = s->slots.data, .hashes = s->hashes.data, .slot_mask = slot_count(args) - 1};
    memset(table.slots, 0, (table.slot_mask + 1) * sizeof *table.slots);
    struct hasher hasher = hasher_start(&s->sodium, args, item->seed);
    status = store_passwords(&hasher, &table, error);
    return status == 0 ? try_candidates(&hasher, &table, output, error) : status;
}

static int password_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                           struct pp_error *error) {
    (void)state, (void)item;
    int64_t expected = right_count(args);
    if (output->value == (double)expected)
        return 0;
    return pp_error_set(error, -EBADMSG, "%.17g passwords matched instead of %" PRId64, output->value, expected);
}

static double password_estimate(const void *args) {
    const struct args *a = args;
    double hashes = (double)a->stored + (double)a->tried;
    double length = (double)(a->length.low + a->length.high) / 2;
    /* SHA-256 works in blocks of 64 bytes, of which padding takes at least 9. */
    return hashes * (a->algorithm == SHA256 ? 0.2e-6 * (1 + floor((length + 9) / 64)) : 0.1);
}

#endif

/* Drawn as a whole, because the bounds of the length have ranges of their own. */
static void password_draw(void *args, struct pp_rng *rng) {
    struct args *a = args;
    a->stored = pp_rng_range(rng, 1000, 10000);
    a->tried = pp_rng_range(rng, 100, 1000);
    a->length.low = pp_rng_range(rng, 6, 20);
    a->length.high = pp_rng_range(rng, 21, 30);
    a->correct_ratio = 0.1 + 0.8 * pp_rng_real(rng);
}

static int password_details(const void *args, char *text, size_t size) {
    const struct args *a = args;
    return snprintf(text, size, "%" PRId64 "/%" PRId64 "; [%" PRId64 ", %" PRId64 "]; %.15g%s", a->stored, a->tried,
                    a->length.low, a->length.high, a->correct_ratio, a->algorithm == ARGON2ID ? "; argon2id" : "");
}

const struct pp_task pp_task_password = {
    .name = "password",
    .summary = "hashes random passwords into a table, then hashes candidates and looks them up",
    .library = "libsodium",
    .args = fields,
    .args_size = sizeof(struct args),
    .draw = password_draw,
    .details = password_details,
#ifdef PP_HAVE_SODIUM
    .shared_size = sizeof(struct sodium),
    .state_size = sizeof(struct state),
    .caps = PP_TASK_VALUE_ONLY,
    .prepare = password_prepare,
    .worker_init = password_init,
    .run = password_run,
    .verify = password_verify,
    .worker_fini = password_fini,
    .library_version = password_library_version,
    .estimate = password_estimate,
#else
    .unavailable = "libsodium was not found when this program was built",
#endif
};
