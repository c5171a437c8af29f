#include "lib/lab.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "pptest/simd.h"

enum { SIDE = PP_PICTURE_SIDE };

/* Rows of the sRGB matrix divided by their sums, the white point, and the columns of its inverse to match. */
#define XR (0.4124564 / 0.9504700)
#define XG (0.3575761 / 0.9504700)
#define XB (0.1804375 / 0.9504700)
#define YR 0.2126729
#define YG 0.7151522
#define YB 0.0721750
#define ZR (0.0193339 / 1.0888300)
#define ZG (0.1191920 / 1.0888300)
#define ZB (0.9503041 / 1.0888300)
#define RX ((float)(3.2404542 * 0.9504700))
#define RY (-1.5371385f)
#define RZ ((float)(-0.4985314 * 1.0888300))
#define GX ((float)(-0.9692660 * 0.9504700))
#define GY 1.8760108f
#define GZ ((float)(0.0415560 * 1.0888300))
#define BX ((float)(0.0556434 * 0.9504700))
#define BY (-0.2040259f)
#define BZ ((float)(1.0572252 * 1.0888300))

/* f's straight part: slope t + offset up to LINEAR_T, where f is LINEAR_F. */
#define SLOPE    (841.0 / 108)
#define OFFSET   (16.0 / 116)
#define LINEAR_T (216.0 / 24389)
#define LINEAR_F (6.0 / 29)

/* Steps of lightness by which the vector code may be off: twice the largest error over all 2^24 colours. */
#define DOUBT 0.0025f

static double decode_exactly(int value) {
    double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double luminance_of(double lightness) {
    double f = (lightness + 16) / 116;
    return f > LINEAR_F ? f * f * f : (f - OFFSET) / SLOPE;
}

void pp_lab_init(struct pp_lab *lab) {
    static const double weights[3] = {YR, YG, YB};
    for (int channel = 0; channel < 3; channel++)
        for (int value = 0; value < 256; value++)
            lab->share[channel][value] = weights[channel] * decode_exactly(value);
    for (int i = 0; i < 255; i++)
        lab->bound[i] = luminance_of((i + 0.5) / 2.55);
}

static inline float float_of(int32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline int32_t bits_of(float number) {
    int32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Both values are there whichever is taken: no branch that would keep the loops below from becoming vectors. */
static inline float select(bool first, float a, float b) {
    int32_t mask = -(int32_t)first;
    return float_of((bits_of(a) & mask) | (bits_of(b) & ~mask));
}

/* sRGB's curve as a polynomial of degree 7, fitted at the 245 values above its straight part so that the error in
 * lightness, not in light, is smallest: 0.001 steps. */
static inline float decode(int32_t value) {
    float v = (float)value * (1 / 255.0f);
    float p = 0.102349986f;
    p = p * v - 0.414239907f;
    p = p * v + 0.727106966f;
    p = p * v - 0.785306582f;
    p = p * v + 0.847244882f;
    p = p * v + 0.486752854f;
    p = p * v + 0.035246942f;
    p = p * v + 0.00085537308f;
    return select(value <= 10, v * (float)(1 / 12.92), p);
}

/* f(t). The exponent divided by three gives t^(-1/3) within 3.5 %, one step of third order within 2e-4, and one of
 * second order on t t^(-1/3) t^(-1/3) the cube root within 4e-7. */
static inline float f_of(float t) {
    float y = float_of((int32_t)(1419911168.0f - (float)bits_of(t) * (1 / 3.0f)));
    float error = 1 - t * (y * y) * y;
    y += y * error * (1 / 3.0f + error * (2 / 9.0f));
    float root = t * (y * y);
    root *= 5 / 3.0f - root * y * (2 / 3.0f);
    return select(t > (float)LINEAR_T, root, t * (float)SLOPE + (float)OFFSET);
}

static inline float inverse_f(float f) {
    return select(f > (float)LINEAR_F, f * f * f, (f - (float)OFFSET) * (float)(1 / SLOPE));
}

/* 2^(5/12 log2 t) scaled to bytes: the mantissa is centred on 1 for a logarithm of degree 4, its multiple is split at
 * the nearest integer for a power of degree 4. Adding 1.5 * 2^23 rounds and leaves that integer in the lowest bits. */
static inline float encode_curve(float t) {
    const int32_t centre = 0x3f3504f3; /* sqrt(1/2) */
    const float rounder = 12582912.0f;
    int32_t bits = bits_of(t) - centre;
    float m = float_of((bits & 0x7fffff) + centre) - 1;
    float log2 = -0.326468693f;
    log2 = log2 * m + 0.518887022f;
    log2 = log2 * m - 0.725914958f;
    log2 = log2 * m + 1.44163857f;
    log2 = log2 * m + 4.76377523e-05f + (float)(bits >> 23);
    float exponent = log2 * (float)(5 / 12.0);
    float rounded = exponent + rounder;
    float rest = exponent - (rounded - rounder);
    float power = (float)(269.025 * 0.00957005121);
    power = power * rest + (float)(269.025 * 0.0559178625);
    power = power * rest + (float)(269.025 * 0.240247458);
    power = power * rest + (float)(269.025 * 0.693121815);
    power = power * rest + (float)(269.025 * 0.999999261);
    return float_of(bits_of(power) + (int32_t)((uint32_t)bits_of(rounded) << 23)) - 14.025f;
}

static inline int32_t encode(float t) {
    t = select(t > 0, t, 0);
    int32_t value = (int32_t)(select(t > 0.0031308f, encode_curve(t), t * (float)(12.92 * 255)) + 0.5f);
    return value < 255 ? value : 255;
}

PP_SIMD static void from_rgb(const int32_t *restrict planes, size_t count, float *restrict fx, float *restrict fy,
                             float *restrict fz, int32_t *restrict lightness) {
    for (size_t x = 0; x < count; x++) {
        float r = decode(planes[x]), g = decode(planes[SIDE + x]), b = decode(planes[2 * SIDE + x]);
        float f = f_of(r * (float)YR + g * (float)YG + b * (float)YB);
        fx[x] = f_of(r * (float)XR + g * (float)XG + b * (float)XB);
        fy[x] = f;
        fz[x] = f_of(r * (float)ZR + g * (float)ZG + b * (float)ZB);
        lightness[x] = (int32_t)(f * (float)PP_LAB_STEPS - (float)(PP_LAB_STEPS * OFFSET) + 0.5f);
    }
}

/* Lightness as bytes, and 1 for each that another rounding of the arithmetic could have made one more or less. */
PP_SIMD static void doubt(const float *restrict fy, const int32_t *restrict lightness, size_t count,
                          uint8_t *restrict bytes, uint8_t *restrict doubtful) {
    for (size_t x = 0; x < count; x++) {
        float off = fy[x] * (float)PP_LAB_STEPS - (float)(PP_LAB_STEPS * OFFSET) - (float)lightness[x];
        bytes[x] = (uint8_t)lightness[x];
        doubtful[x] = fabsf(off) > 0.5f - DOUBT;
    }
}

static uint8_t settle(const struct pp_lab *lab, const int32_t *planes, size_t x, float fy) {
    double luminance = lab->share[0][planes[x]] + lab->share[1][planes[SIDE + x]] + lab->share[2][planes[2 * SIDE + x]];
    int below = (int)(fy * (float)PP_LAB_STEPS - (float)(PP_LAB_STEPS * OFFSET));
    return (uint8_t)(below + (luminance >= lab->bound[below]));
}

void pp_lab_from_rgb(const struct pp_lab *lab, const int32_t *planes, size_t count, const struct pp_lab_row *row) {
    int32_t lightness[SIDE];
    uint8_t doubtful[SIDE + 8] = {0};
    from_rgb(planes, count, row->fx, row->fy, row->fz, lightness);
    doubt(row->fy, lightness, count, row->lightness, doubtful);
    for (size_t first = 0; first < count; first += 8) {
        uint64_t any;
        memcpy(&any, doubtful + first, sizeof any);
        for (size_t x = first; any != 0 && x < first + 8; x++)
            if (doubtful[x])
                row->lightness[x] = settle(lab, planes, x, row->fy[x]);
    }
}

PP_SIMD static void to_rgb(const struct pp_lab_row *row, const float *restrict shift, size_t count,
                           int32_t *restrict planes) {
    const float *restrict fx = row->fx, *restrict fy = row->fy, *restrict fz = row->fz;
    for (size_t i = 0; i < count; i++) {
        float x = inverse_f(fx[i] + shift[i]), y = inverse_f(fy[i] + shift[i]), z = inverse_f(fz[i] + shift[i]);
        planes[i] = encode(x * RX + y * RY + z * RZ);
        planes[SIDE + i] = encode(x * GX + y * GY + z * GZ);
        planes[2 * SIDE + i] = encode(x * BX + y * BY + z * BZ);
    }
}

PP_SIMD static void interleave(const int32_t *restrict planes, size_t count, uint8_t *restrict rgb) {
    for (size_t x = 0; x < count; x++) {
        rgb[3 * x] = (uint8_t)planes[x];
        rgb[3 * x + 1] = (uint8_t)planes[SIDE + x];
        rgb[3 * x + 2] = (uint8_t)planes[2 * SIDE + x];
    }
}

void pp_lab_to_rgb(const struct pp_lab_row *row, const float *shift, size_t count, uint8_t *rgb) {
    int32_t planes[3 * SIDE];
    to_rgb(row, shift, count, planes);
    interleave(planes, count, rgb);
}
