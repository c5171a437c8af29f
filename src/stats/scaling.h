/* Models of how throughput X grows with the number of workers N, fitted to measured points. Pure.
 *
 *   roof    X(N) = min(gamma N, roof)                             a quota, or a number of cores
 *   amdahl  X(N) = gamma N / (1 + sigma (N - 1))                  a part that runs one at a time (Amdahl 1967)
 *   usl     X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1))  and agreement between each two workers (Gunther
 * 1993, 2007: "Guerrilla Capacity Planning")
 *
 * Models explain, and extrapolate with care; they do not choose the number of workers. A model's peak in particular
 * lies on a curve so flat that it often misses the best measured count by far. */
#ifndef PP_STATS_SCALING_H
#define PP_STATS_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "stats/scaling_points.h"

/* No model is said to fit that misses the points by more than this (root of the mean square, relative): the count to
 * use is chosen within 5 % of the best, so a larger miss explains nothing. */
#define PP_SCALING_MISFIT 0.05

/* And none that misses them by more than this, however much passes differ: where they spread so far, any curve agrees
 * with them. A quarter is about what one worker in four more brings; a curve that is off by it tells none apart. */
#define PP_SCALING_MISFIT_MOST 0.25

/* Fewer points than this leave no choice between all models: AICc of the USL needs six. */
enum { PP_SCALING_POINTS = 6 };

enum pp_scaling_kind { PP_SCALING_ROOF, PP_SCALING_AMDAHL, PP_SCALING_USL, PP_SCALING_KINDS };

/* NaN: the model has no such parameter. A standard error is NaN also where it is not determined: for a parameter at its
 * bound. */
struct pp_scaling_value {
    double value, error;
};

struct pp_scaling_model {
    enum pp_scaling_kind kind;
    const char *name;
    bool fitted;                   /* false: there are no more points than parameters, and everything below is NaN */
    bool at_bound;                 /* sigma is 0 or 1, kappa is 0, or the roof has not been reached */
    struct pp_scaling_value gamma; /* throughput of one worker */
    struct pp_scaling_value sigma; /* contention, 0 … 1 */
    struct pp_scaling_value kappa; /* coherency, >= 0 */
    struct pp_scaling_value roof;  /* throughput */
    double peak;                   /* N* = sqrt((1 - sigma) / kappa), at least 1; infinite without a peak; NaN: roof */
    double ceiling;    /* gamma / sigma, throughput of endless workers without kappa; the roof; or infinite */
    double rms;        /* root of the mean square of ln(X / fitted): relative */
    double chi_square; /* sum of (ln(X / fitted) / error)^2; NaN: no spread is known */
    double aicc;       /* smaller is better; NaN: there are too few points */
};

enum pp_scaling_reason {
    PP_SCALING_CHOSEN,         /* a model was chosen */
    PP_SCALING_TOO_FEW_POINTS, /* fewer than three */
    PP_SCALING_SUPERLINEAR,    /* some count does more per worker than the first, which no model here can say */
    PP_SCALING_NO_FIT          /* the best model is beyond the measured spread, and beyond PP_SCALING_MISFIT; or beyond
                                  PP_SCALING_MISFIT_MOST */
};

struct pp_scaling {
    struct pp_scaling_model models[PP_SCALING_KINDS]; /* by kind */
    int chosen;                                       /* a kind, -1: none */
    enum pp_scaling_reason reason;
    bool few_points;   /* fewer than PP_SCALING_POINTS: usl is no candidate, and extrapolation is not to be trusted */
    bool spread_known; /* false: some point has no error, so all points count alike and spread is judged by residuals */
    size_t superlinear; /* the point furthest above linear scaling, by more than its spread; `count`: none */
};

/* Fits all models to `count` points in strictly ascending order of workers, and chooses one.
 *
 * Fit: N / X = 1/gamma + sigma/gamma (N - 1) + kappa/gamma N (N - 1) is linear, so amdahl and usl, with sigma <= 1, are
 * non-negative least squares (Lawson, Hanson 1974), weighted by 1 / (N/X × error)^2: the relative error of N / X is
 * that of X. Standard errors come from the covariance of that fit by the delta method (first order); where residuals
 * are larger than the measured spread they are multiplied by sqrt(chi_square / (points - parameters)) (Birge 1932).
 *
 * Choice: least AICc = n ln(chi_square / n) + 2 K + 2 K (K + 1) / (n - K - 1), where K counts the parameters and the
 * size of the errors (Hurvich, Tsai 1989; Burnham, Anderson 2002, section 2.4). With five points usl has no AICc, and
 * with fewer none has: then roof and amdahl, with two parameters each, are compared by their residuals alone, which is
 * what AIC would do.
 *
 * Refused: the choice when chi_square is above its 99 % quantile (Wilson, Hilferty 1931) or the spread is unknown, and
 * rms above PP_SCALING_MISFIT, or rms above PP_SCALING_MISFIT_MOST whatever the spread; any model when a point's X / N
 * is above that of the first point by more than three standard errors and 1 % (without known spread: by more than
 * PP_SCALING_MISFIT). R^2 is not used: it is no measure of fit for models that are not linear.
 *
 * Returns 0, or -EINVAL for points that are out of order or range. */
int pp_scaling_fit(const struct pp_scaling_point *points, size_t count, struct pp_scaling *scaling);

/* Throughput that a fitted model expects of `workers` >= 1; NaN for one that is not fitted. */
double pp_scaling_predict(const struct pp_scaling_model *model, double workers);

/* How far a point lies above the model (below: negative), relative: X / fitted - 1. */
double pp_scaling_residual(const struct pp_scaling_model *model, const struct pp_scaling_point *point);

#endif
