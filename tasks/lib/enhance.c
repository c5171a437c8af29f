#include "lib/enhance.h"

#include <errno.h>

enum { SIDE = PP_PICTURE_SIDE };

int pp_enhance_init(struct pp_enhance *enhance, const struct pp_lab *lab, unsigned threads, struct pp_error *error) {
    enhance->lab = lab;
    enhance->planes = (struct pp_buffer){0};
    size_t bytes = (3 * sizeof(float) + 1) * SIDE * SIDE;
    if (pp_buffer_reserve(&enhance->planes, bytes) != 0)
        return pp_error_set(error, -ENOMEM, "no memory for %zu bytes of picture planes; use fewer workers", bytes);
    int status = pp_team_init(&enhance->team, threads, error);
    if (status != 0)
        pp_buffer_release(&enhance->planes);
    return status;
}

void pp_enhance_release(struct pp_enhance *enhance) {
    pp_team_release(&enhance->team);
    pp_buffer_release(&enhance->planes);
}

static const uint8_t *lightness_of(const struct pp_enhance *enhance) {
    return (const uint8_t *)((const float *)enhance->planes.data + 3 * SIDE * SIDE);
}

static struct pp_lab_row row_at(const struct pp_enhance *enhance, size_t y) {
    float *fx = (float *)enhance->planes.data + y * SIDE;
    uint8_t *lightness = (uint8_t *)((float *)enhance->planes.data + 3 * SIDE * SIDE) + y * SIDE;
    return (struct pp_lab_row){fx, fx + SIDE * SIDE, fx + 2 * SIDE * SIDE, lightness};
}

static void read_rows(const struct pp_enhance *enhance, size_t first, size_t end) {
    struct pp_resize_rows rows;
    int32_t planes[3 * SIDE];
    rows.held[0] = rows.held[1] = PP_RESIZE_NONE;
    for (size_t y = first; y < end; y++) {
        struct pp_lab_row row = row_at(enhance, y);
        pp_resize_row(&enhance->resize, &rows, y, planes);
        pp_lab_from_rgb(enhance->lab, planes, enhance->resize.side, &row);
    }
}

static void write_rows(const struct pp_enhance *enhance, size_t first, size_t end) {
    float shift[SIDE];
    size_t side = enhance->resize.side;
    for (size_t y = first; y < end; y++) {
        struct pp_lab_row row = row_at(enhance, y);
        pp_clahe_row(&enhance->clahe, row.lightness, y, (float)(1 / PP_LAB_STEPS), shift);
        pp_lab_to_rgb(&row, shift, side, enhance->answer + 3 * side * y);
    }
}

static void work(struct pp_team *team, unsigned part, void *argument) {
    struct pp_enhance *enhance = argument;
    size_t side = enhance->resize.side, tiles = PP_CLAHE_TILES * PP_CLAHE_TILES;
    read_rows(enhance, pp_team_share(team, part, side), pp_team_share(team, part + 1, side));
    pp_team_wait(team);
    for (size_t tile = pp_team_share(team, part, tiles); tile < pp_team_share(team, part + 1, tiles); tile++)
        pp_clahe_map(&enhance->clahe, lightness_of(enhance), tile);
    pp_team_wait(team);
    write_rows(enhance, pp_team_share(team, part, side), pp_team_share(team, part + 1, side));
}

void pp_enhance_run(struct pp_enhance *enhance, const struct pp_picture *picture, uint8_t *answer) {
    pp_resize_init(&enhance->resize, picture);
    pp_clahe_init(&enhance->clahe, enhance->resize.side);
    enhance->answer = answer;
    pp_team_run(&enhance->team, work, enhance);
}
