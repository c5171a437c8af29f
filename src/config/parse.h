/* Text to JSON, with problems that people can act on. */
#ifndef PP_CONFIG_PARSE_H
#define PP_CONFIG_PARSE_H

#include "config/read_field.h"

/* Parses a config's text, which must be one JSON object in UTF-8, each key once (a byte order mark is skipped). On
 * success *root is a new reference. Returns 0; -EINVAL with the problem listed, at its line and column; -ENOMEM. */
int pp_parse_config(const struct pp_reader *reader, const char *text, size_t length, json_t **root);

/* Parses the texts "KEY=JSON" in `sets` (ended by NULL; NULL for none) into the object `values`; the last one of a key
 * wins. Returns 0; -EINVAL with every problem listed; -ENOMEM. */
int pp_parse_sets(const struct pp_reader *reader, const char *const *sets, json_t *values);

#endif
