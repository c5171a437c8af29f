/* The whole of what the `img` task does to a picture: centred square, at most PP_PICTURE_SIDE pixels a side, local
 * contrast raised by CLAHE on lightness in Lab. In row bands over a team of threads; the answer is the same, byte by
 * byte, for any number of them. */
#ifndef PPTEST_LIB_ENHANCE_H
#define PPTEST_LIB_ENHANCE_H

#include "lib/clahe.h"
#include "lib/lab.h"
#include "lib/picture.h"
#include "lib/resize.h"
#include "lib/team.h"
#include "pptest/memory.h"

/* One worker's means; must stay where it is. */
struct pp_enhance {
    struct pp_team team;
    struct pp_buffer planes;
    const struct pp_lab *lab;
    struct pp_clahe clahe;
    struct pp_resize resize;
    uint8_t *answer;
};

/* `lab` is used until the release. Returns 0 or -errno with words. */
int pp_enhance_init(struct pp_enhance *enhance, const struct pp_lab *lab, unsigned threads, struct pp_error *error);
void pp_enhance_release(struct pp_enhance *enhance);

/* Writes 3 * side * side bytes, side being pp_picture_side() of the picture. */
void pp_enhance_run(struct pp_enhance *enhance, const struct pp_picture *picture, uint8_t *answer);

#endif
