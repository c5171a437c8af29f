/* One of several tasks: [name, arguments, weight]. */
#ifndef PP_CONFIG_READ_MEMBER_H
#define PP_CONFIG_READ_MEMBER_H

#include "config/read_field.h"

/* Reads `value`, found at `place`, with all that its task says about its arguments. Returns 0; -EINVAL with every
 * problem listed; -ENOMEM. */
int pp_member_read(const struct pp_reader *reader, const char *place, const json_t *value, struct pp_member *member);

#endif
