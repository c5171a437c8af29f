/* Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) of a square plane of bytes, as OpenCV defines it.
 *
 * 8 x 8 tiles; a side that they do not divide is padded by reflection about its last pixel. No bin of a tile's
 * histogram keeps more than twice the mean (clip limit 2.0): the excess is spread evenly over all bins, what is left of
 * it one by one over evenly spaced ones. Its running sum, scaled to 255 and rounded, is the tile's map. A pixel is
 * mapped by the four maps around it, weighted by its distance from their tiles' centres; beyond the outermost centres
 * they repeat. */
#ifndef PPTEST_LIB_CLAHE_H
#define PPTEST_LIB_CLAHE_H

#include "lib/picture.h"

enum { PP_CLAHE_TILES = 8, PP_CLAHE_CLIP_LIMIT = 2 };

struct pp_clahe {
    size_t side, tile;                                 /* pixels of the plane and of a tile */
    uint8_t map[PP_CLAHE_TILES * PP_CLAHE_TILES][256]; /* by rows of tiles */
    uint32_t pair[PP_PICTURE_SIDE];                    /* by column: first entry of its pair of tiles, left and right */
    float weight[PP_PICTURE_SIDE];                     /* by column: share of the right one */
};

/* `side`: 1 to PP_PICTURE_SIDE. The maps are left as they are. */
void pp_clahe_init(struct pp_clahe *clahe, size_t side);

/* Fills the map of tile `tile`, 0 to 63, from the plane, whose rows are PP_PICTURE_SIDE apart. */
void pp_clahe_map(struct pp_clahe *clahe, const uint8_t *plane, size_t tile);

/* With all maps filled: by how much each pixel of row `y` grows, not rounded, times `scale`. */
void pp_clahe_row(const struct pp_clahe *clahe, const uint8_t *row, size_t y, float scale, float *growth);

#endif
