/* Draws the sample picture of the `img` task: a lake between hills under a cloudy evening sky, with a village.
 * Everything comes from formulas and one fixed seed. Usage: draw_sample FILE.jpg */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

enum { WIDTH = 1024, HEIGHT = 660, SHORE = 452, BEACH = 585, QUALITY = 84 };

struct colour {
    double r, g, b;
};

static double clamp(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

static struct colour blend(struct colour a, struct colour b, double t) {
    t = clamp(t);
    return (struct colour){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

static struct colour shade(struct colour a, double t) { return (struct colour){a.r * t, a.g * t, a.b * t}; }

/* A random number in [0, 1) that belongs to a point of the integer grid. */
static double lattice(int x, int y) {
    uint32_t h = (uint32_t)x * 0x8da6b343U ^ (uint32_t)y * 0xd8163841U;
    h = (h ^ (h >> 15)) * 0x2c1b3c6dU;
    h = (h ^ (h >> 12)) * 0x297a2d39U;
    return (double)(h ^ (h >> 15)) / 4294967296.0;
}

static double noise(double x, double y) {
    double fx = floor(x), fy = floor(y), u = x - fx, v = y - fy;
    int i = (int)fx, j = (int)fy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    double top = lattice(i, j) * (1 - u) + lattice(i + 1, j) * u;
    double bottom = lattice(i, j + 1) * (1 - u) + lattice(i + 1, j + 1) * u;
    return top * (1 - v) + bottom * v;
}

/* Noise with detail at every scale, in [0, 1). */
static double clouds(double x, double y, int octaves) {
    double sum = 0, weight = 0.5;
    for (int i = 0; i < octaves; i++) {
        sum += weight * noise(x + 17.3 * i, y - 9.1 * i);
        x *= 2.03;
        y *= 2.03;
        weight *= 0.5;
    }
    return sum / (1 - 2 * weight);
}

static struct colour sky(double x, double y) {
    struct colour above = {0.25, 0.42, 0.68}, below = {0.93, 0.74, 0.55}, white = {0.98, 0.94, 0.90},
                  grey = {0.5, 0.5, 0.58};
    struct colour c = blend(above, below, pow(y / 420, 1.4));
    double cover = clouds(x / 170, y / 62, 6);
    c = blend(c, blend(white, grey, (clouds(x / 90 + 40, y / 40, 5) - 0.3) * 2), (cover - 0.47) * 5);
    double distance = hypot(x - 745, y - 205);
    return blend(c, (struct colour){1, 0.96, 0.8}, exp(-distance / 75) + (distance < 26));
}

static double ridge(double x, int layer) {
    double height = 300 + 42 * layer, wide = 190 - 36 * layer;
    return height + 130 * (0.5 - clouds(x / wide + 31 * layer, 5.5 * layer, 7)) * (1.5 - 0.3 * layer);
}

/* Sky and hills, the further the hazier. */
static struct colour land(double x, double y) {
    static const struct colour hills[] = {
        {0.50, 0.55, 0.66}, {0.32, 0.42, 0.43}, {0.17, 0.29, 0.17}, {0.08, 0.16, 0.08}};
    struct colour c = sky(x, y);
    for (int layer = 0; layer < 4; layer++) {
        double top = ridge(x, layer), rough = clouds(x / (14 - 2.5 * layer), y / (11 - 2.0 * layer), 5);
        if (y >= top)
            c = blend(shade(hills[layer], 0.55 + 0.9 * rough), (struct colour){0.86, 0.78, 0.72},
                      (y - top) / (900 - 150 * layer));
    }
    return c;
}

static struct colour house(double x, double y, double left, double ground, double size, struct colour under) {
    static const struct colour wall = {0.88, 0.82, 0.70}, roof = {0.58, 0.20, 0.13}, lamp = {1.0, 0.85, 0.4};
    double u = (x - left) / size, v = (ground - y) / size;
    if (v > 0 && v < 0.7 && u > 0 && u < 1.2) {
        double window = fmod(u + 0.02, 0.3), row = fmod(v, 0.35);
        struct colour c = shade(wall, u > 0.8 ? 0.62 : 0.9 + 0.15 * noise(x / 2, y / 2));
        return window > 0.12 && window < 0.24 && row > 0.12 && row < 0.27 ? lamp : c;
    }
    if (v >= 0.7 && v < 1.15 && fabs(u - 0.6) < (1.15 - v) * 1.5)
        return shade(roof, 0.75 + 0.5 * (fmod(v * 40, 2) < 1) * noise(x, y) + 0.1);
    return under;
}

static struct colour village(double x, double y) {
    struct colour c = land(x, y);
    for (int i = 0; i < 9; i++)
        c = house(x, y, 150 + 74 * i + 30 * lattice(i, 3), SHORE - 2 - 7 * lattice(i, 5), 34 + 22 * lattice(i, 7), c);
    return c;
}

/* The village upside down, broken by waves that grow towards the viewer. */
static struct colour lake(double x, double y) {
    double near = (y - SHORE) / (BEACH - SHORE);
    double wave = noise(x / (18 + 30 * near), y / (1.5 + 3 * near)) - 0.5;
    struct colour mirror = village(x + wave * (6 + 22 * near), 2 * SHORE - y * 1.0 - wave * 24 * near - 1);
    struct colour c = blend(shade(mirror, 0.8), (struct colour){0.07, 0.17, 0.25}, 0.2 + 0.45 * near);
    return blend(c, (struct colour){1, 0.95, 0.85}, (noise(x / 9, y / 1.4) - 0.83) * 4 * exp(-fabs(x - 745) / 90));
}

static struct colour meadow(double x, double y) {
    double depth = (y - BEACH) / (HEIGHT - BEACH), blade = clouds(x / 3 + y / 9, y / 14, 4);
    struct colour c = blend((struct colour){0.34, 0.33, 0.13}, (struct colour){0.12, 0.28, 0.06},
                            depth + 0.5 * noise(x / 60, y / 20));
    c = shade(c, 0.35 + 1.3 * blade);
    double flower = lattice((int)(x / 4), (int)(y / 4));
    if (flower > 0.985)
        c = flower > 0.993 ? (struct colour){0.92, 0.25, 0.22} : (struct colour){0.95, 0.9, 0.85};
    return c;
}

/* A fence in front of everything: hard edges at both slants. */
static struct colour fence(double x, double y, struct colour under) {
    double rail = y - 560 - 14 * sin(x / 160), post = fmod(x + 0.06 * y, 64);
    int wood = (fabs(rail) < 4 || fabs(rail - 34) < 4) || (post < 9 && rail > -22 && rail < 76);
    return wood ? shade((struct colour){0.46, 0.34, 0.24}, 0.6 + 0.8 * clouds(x / 40 + post, y / 3, 3)) : under;
}

static struct colour pixel(double x, double y) {
    double bank = BEACH + 8 * clouds(x / 30, 2, 4) - 4;
    struct colour c = y < SHORE ? village(x, y) : y < bank ? lake(x, y) : meadow(x, y);
    c = x < 700 ? fence(x, y, c) : c;
    double corner = hypot((x - WIDTH / 2.0) / WIDTH, (y - HEIGHT / 2.0) / HEIGHT);
    return shade(c, 1.06 - 0.5 * corner * corner);
}

static void draw_row(int y, unsigned char *row) {
    for (int x = 0; x < WIDTH; x++) {
        struct colour c = pixel(x, y);
        double grain = 0.03 * (lattice(x + 5000, y) - 0.5);
        row[3 * x] = (unsigned char)(255 * clamp(c.r + grain) + 0.5);
        row[3 * x + 1] = (unsigned char)(255 * clamp(c.g + grain) + 0.5);
        row[3 * x + 2] = (unsigned char)(255 * clamp(c.b + grain) + 0.5);
    }
}

static void write_jpeg(FILE *file) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char row[3 * WIDTH], *rows[1] = {row};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = WIDTH;
    jpeg.image_height = HEIGHT;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, QUALITY, TRUE);
    jpeg.optimize_coding = TRUE;
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < HEIGHT; y++) {
        draw_row(y, row);
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
}

int main(int argc, char **argv) {
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (file == NULL) {
        fprintf(stderr, argc == 2 ? "%s: cannot write it\n" : "usage: %s FILE.jpg\n", argv[argc == 2]);
        return EXIT_FAILURE;
    }
    write_jpeg(file);
    return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
