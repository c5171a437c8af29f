#include "lib/enhance_reference.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* IEC 61966-2-1: sRGB to XYZ; its rows' sums are the white point D65. */
static const double to_xyz[3][3] = {{0.4124564, 0.3575761, 0.1804375}, /* X */
                                    {0.2126729, 0.7151522, 0.0721750}, /* Y */
                                    {0.0193339, 0.1191920, 0.9503041}};
static const double to_rgb[3][3] = {
    {3.2404542, -1.5371385, -0.4985314}, {-0.9692660, 1.8760108, 0.0415560}, {0.0556434, -0.2040259, 1.0572252}};
static const double white[3] = {0.95047, 1, 1.08883};

struct lab {
    double l, a, b;
};

struct plane {
    size_t side, tile;
    double light[256]; /* of each value, because this curve takes longest */
    struct lab *lab;
    int *lightness; /* the nearest of 0 to 255 */
    double (*maps)[256];
};

static double decode(double v) { return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4); }
static double encode(double v) { return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055; }

/* CIE 15:2004, section 8.2.1. */
static double f(double t) { return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116; }
static double inverse_f(double v) { return v > 6.0 / 29 ? v * v * v : (116 * v - 16) * 27 / 24389; }

static struct lab lab_of(const double light[256], const int rgb[3]) {
    double g[3];
    for (int i = 0; i < 3; i++) {
        double xyz = 0;
        for (int j = 0; j < 3; j++)
            xyz += to_xyz[i][j] * light[rgb[j]];
        g[i] = f(xyz / white[i]);
    }
    return (struct lab){116 * g[1] - 16, 500 * (g[0] - g[1]), 200 * (g[1] - g[2])};
}

static void rgb_of(struct lab lab, uint8_t rgb[3]) {
    double y = (lab.l + 16) / 116;
    double xyz[3] = {inverse_f(y + lab.a / 500), inverse_f(y), inverse_f(y - lab.b / 200)};
    for (int i = 0; i < 3; i++) {
        double light = 0;
        for (int j = 0; j < 3; j++)
            light += to_rgb[i][j] * white[j] * xyz[j];
        rgb[i] = (uint8_t)floor(255 * encode(fmin(fmax(light, 0), 1)) + 0.5);
    }
}

/* The sample of the square at a place between pixels, pixel centres being at whole numbers. */
static int sample(const struct pp_picture *picture, double x, double y, size_t channel) {
    size_t square = picture->width < picture->height ? picture->width : picture->height;
    size_t left = (picture->width - square) / 2, top = (picture->height - square) / 2;
    double value = 0;
    for (int corner = 0; corner < 4; corner++) {
        double u = floor(x) + corner % 2, v = floor(y) + (int)(corner / 2);
        double weight = (1 - fabs(x - u)) * (1 - fabs(y - v));
        size_t column = (size_t)fmin(fmax(u, 0), (double)square - 1);
        size_t row = (size_t)fmin(fmax(v, 0), (double)square - 1);
        value += weight * picture->rgb[3 * ((top + row) * picture->width + left + column) + channel];
    }
    return (int)floor(value + 0.5);
}

static void fill(struct plane *plane, const struct pp_picture *picture) {
    size_t square = picture->width < picture->height ? picture->width : picture->height;
    double scale = (double)square / (double)plane->side;
    for (int i = 0; i < 256; i++)
        plane->light[i] = decode(i / 255.0);
    for (size_t i = 0; i < plane->side * plane->side; i++) {
        double x = ((double)(i % plane->side) + 0.5) * scale - 0.5;
        double y = ((double)(i / plane->side) + 0.5) * scale - 0.5;
        int rgb[3];
        for (size_t channel = 0; channel < 3; channel++)
            rgb[channel] = sample(picture, x, y, channel);
        plane->lab[i] = lab_of(plane->light, rgb);
        plane->lightness[i] = (int)lrint(plane->lab[i].l * 255 / 100);
    }
}

/* gfedcb|abcdefgh|gfedcba, as often as it takes. */
static size_t mirrored(long i, long side) {
    while (i < 0 || i >= side)
        i = side == 1 ? 0 : i < 0 ? -i : 2 * (side - 1) - i;
    return (size_t)i;
}

static void clip(int histogram[256], int limit) {
    int excess = 0;
    for (int i = 0; i < 256; i++)
        if (histogram[i] > limit) {
            excess += histogram[i] - limit;
            histogram[i] = limit;
        }
    for (int i = 0; i < 256; i++)
        histogram[i] += excess / 256;
    int rest = excess % 256, step = rest > 0 ? 256 / rest : 256;
    for (int i = 0; i < 256 && rest > 0; i += step, rest--)
        histogram[i]++;
}

static void map_tile(struct plane *plane, size_t row, size_t column) {
    int histogram[256] = {0}, sum = 0;
    size_t area = plane->tile * plane->tile;
    for (size_t i = 0; i < area; i++) {
        size_t y = mirrored((long)(row * plane->tile + i / plane->tile), (long)plane->side);
        size_t x = mirrored((long)(column * plane->tile + i % plane->tile), (long)plane->side);
        histogram[plane->lightness[y * plane->side + x]]++;
    }
    clip(histogram, (int)fmax(floor(2.0 * (double)area / 256), 1));
    for (int i = 0; i < 256; i++) {
        sum += histogram[i];
        plane->maps[8 * row + column][i] = rint(sum * 255.0 / (double)area);
    }
}

static double mapped(const struct plane *plane, size_t x, size_t y) {
    double u = (double)x / (double)plane->tile - 0.5, v = (double)y / (double)plane->tile - 0.5, value = 0;
    for (int corner = 0; corner < 4; corner++) {
        double column = floor(u) + corner % 2, row = floor(v) + (int)(corner / 2);
        double weight = (1 - fabs(u - column)) * (1 - fabs(v - row));
        size_t tile = (size_t)(8 * fmin(fmax(row, 0), 7) + fmin(fmax(column, 0), 7));
        value += weight * plane->maps[tile][plane->lightness[y * plane->side + x]];
    }
    return value;
}

static void enhance(struct plane *plane, const struct pp_picture *picture, uint8_t *answer) {
    fill(plane, picture);
    for (size_t i = 0; i < 64; i++)
        map_tile(plane, i / 8, i % 8);
    for (size_t i = 0; i < plane->side * plane->side; i++) {
        struct lab lab = plane->lab[i];
        lab.l += (mapped(plane, i % plane->side, i / plane->side) - plane->lightness[i]) * 100 / 255;
        rgb_of(lab, answer + 3 * i);
    }
}

int pp_enhance_reference(const struct pp_picture *picture, uint8_t *answer) {
    size_t side = pp_picture_side(picture->width, picture->height);
    struct plane plane = {.side = side, .tile = (side + 7) / 8};
    plane.lab = malloc(side * side * sizeof *plane.lab);
    plane.lightness = malloc(side * side * sizeof *plane.lightness);
    plane.maps = malloc(64 * sizeof *plane.maps);
    int status = plane.lab != NULL && plane.lightness != NULL && plane.maps != NULL ? 0 : -ENOMEM;
    if (status == 0)
        enhance(&plane, picture, answer);
    free(plane.lab);
    free(plane.lightness);
    free(plane.maps);
    return status;
}
