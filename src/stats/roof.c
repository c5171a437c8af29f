#include "stats/roof.h"

#include <math.h>

/* A corner at a point is past it by no more than this factor. */
#define ROUNDING (1.0 + 1e-9)

/* In logarithms the model is min(rise + ln N, level). */
struct corner {
    double rise, level;
};

struct mean {
    double sum, weight;
};

static void mean_add(struct mean *mean, double value, double error) {
    double weight = 1.0 / (error * error);
    mean->sum += weight * value;
    mean->weight += weight;
}

static double mean_of(const struct mean *mean) { return mean->sum / mean->weight; }

static double square(double value) { return value * value; }

static double squares(const struct pp_scaling_points *points, struct corner corner) {
    double sum = 0.0;
    for (size_t i = 0; i < points->count; i++) {
        double fitted = fmin(corner.rise + log(points->points[i].workers), corner.level);
        sum += square((log(points->points[i].throughput) - fitted) / pp_scaling_points_error(points, i));
    }
    return sum;
}

/* The first `rising` points (1 … count - 1) on the slope, the others under the roof. */
static struct corner between(const struct pp_scaling_points *points, size_t rising) {
    struct mean slope = {0}, flat = {0};
    for (size_t i = 0; i < points->count; i++) {
        if (i < rising)
            mean_add(&slope, log(points->points[i].throughput / points->points[i].workers),
                     pp_scaling_points_error(points, i));
        else
            mean_add(&flat, log(points->points[i].throughput), pp_scaling_points_error(points, i));
    }
    return (struct corner){mean_of(&slope), mean_of(&flat)};
}

static struct corner at_point(const struct pp_scaling_points *points, size_t place) {
    struct mean rise = {0};
    double most = points->points[place].workers;
    for (size_t i = 0; i < points->count; i++)
        mean_add(&rise, log(points->points[i].throughput / fmin(points->points[i].workers, most)),
                 pp_scaling_points_error(points, i));
    return (struct corner){mean_of(&rise), mean_of(&rise) + log(most)};
}

static void keep_better(struct pp_roof *best, const struct pp_scaling_points *points, struct corner corner) {
    double sum = squares(points, corner);
    if (!(sum < best->squares))
        return;
    best->squares = sum;
    best->gamma = exp(corner.rise);
    best->roof = exp(corner.level);
}

static void add_errors(struct pp_roof *fit, const struct pp_scaling_points *points) {
    double rising = 0.0, flat = 0.0, corner = fit->roof / fit->gamma;
    for (size_t i = 0; i < points->count; i++)
        *(points->points[i].workers <= corner * ROUNDING ? &rising : &flat) +=
            1.0 / (square(pp_scaling_points_error(points, i)));
    fit->gamma_error = 1.0 / sqrt(rising);
    fit->roof_error = 1.0 / sqrt(flat);
    fit->unseen = corner <= points->points[0].workers * ROUNDING || !(flat > 0.0);
}

struct pp_roof pp_roof_fit(const struct pp_scaling_points *points) {
    struct pp_roof best = {.squares = INFINITY};
    for (size_t place = 0; place < points->count; place++)
        keep_better(&best, points, at_point(points, place));
    for (size_t rising = 1; rising < points->count; rising++)
        keep_better(&best, points, between(points, rising));
    add_errors(&best, points);
    return best;
}
