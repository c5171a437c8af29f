#include "stats/scaling.h"

#include <errno.h>
#include <math.h>

#include "stats/nnls.h"
#include "stats/roof.h"

/* Residuals of a thousandth of the spread are rounding: without a floor, exact data would be told apart by it. */
#define LEAST_SQUARES_PER_POINT 1e-6

/* Scores this close are equal, and the first model in the order of kinds is taken. */
#define SAME_SCORE 1e-6

/* Three standard errors are passed by chance by one point in 700 (one-sided); 1 % is what `pptest compare` calls the
 * smallest effect that matters. */
#define SUPERLINEAR_ERRORS 3.0
#define SUPERLINEAR_LEAST  0.01

static const struct {
    const char *name;
    unsigned parameters;
} kinds[] = {
    [PP_SCALING_ROOF] = {"roof", 2},
    [PP_SCALING_AMDAHL] = {"amdahl", 2},
    [PP_SCALING_USL] = {"usl", 3},
};

double pp_scaling_predict(const struct pp_scaling_model *model, double workers) {
    if (!model->fitted)
        return NAN;
    if (model->kind == PP_SCALING_ROOF)
        return fmin(model->gamma.value * workers, model->roof.value);
    double kappa = model->kind == PP_SCALING_USL ? model->kappa.value : 0.0, others = workers - 1.0;
    return model->gamma.value * workers / (1.0 + model->sigma.value * others + kappa * workers * others);
}

double pp_scaling_residual(const struct pp_scaling_model *model, const struct pp_scaling_point *point) {
    return point->throughput / pp_scaling_predict(model, point->workers) - 1.0;
}

/* ---- fits ---- */

static double squared_residuals(const struct pp_scaling_model *model, const struct pp_scaling_points *points,
                                bool weighted) {
    double sum = 0.0;
    for (size_t i = 0; i < points->count; i++) {
        double residual = log1p(pp_scaling_residual(model, &points->points[i]));
        residual /= weighted ? pp_scaling_points_error(points, i) : 1.0;
        sum += residual * residual;
    }
    return sum;
}

/* What standard errors are multiplied with. Unknown spread is estimated from the residuals; known spread is not made
 * smaller by residuals that happen to be small. */
static double error_scale(double squares, const struct pp_scaling_points *points, unsigned parameters) {
    double scale = sqrt(squares / ((double)points->count - parameters));
    return points->spread_known ? fmax(1.0, scale) : scale;
}

static double known_or_nan(double value) { return isfinite(value) ? value : NAN; }

static void fit_roof(const struct pp_scaling_points *points, struct pp_scaling_model *model) {
    struct pp_roof fit = pp_roof_fit(points);
    double scale = error_scale(fit.squares, points, kinds[PP_SCALING_ROOF].parameters);
    model->gamma = (struct pp_scaling_value){fit.gamma, known_or_nan(fit.gamma * fit.gamma_error * scale)};
    model->roof = (struct pp_scaling_value){fit.roof, known_or_nan(fit.roof * fit.roof_error * scale)};
    model->ceiling = fit.roof;
    model->at_bound = fit.unseen;
    model->fitted = true;
}

/* sigma and kappa are ratios of a coefficient to the first, 1 / gamma. Variance of b / a to first order:
 * (var b - 2 (b/a) cov(a, b) + (b/a)^2 var a) / a^2. */
static struct pp_scaling_value ratio(const struct pp_nnls_solution *fit, unsigned i) {
    double a = fit->coefficient[0], value = fit->coefficient[i] / a;
    double variance =
        fit->covariance[i][i] - 2.0 * value * fit->covariance[0][i] + value * value * fit->covariance[0][0];
    return (struct pp_scaling_value){value, fit->held[i] ? NAN : sqrt(fmax(0.0, variance)) / a};
}

static struct pp_scaling_value inverse(const struct pp_nnls_solution *fit) {
    double a = fit->coefficient[0];
    return (struct pp_scaling_value){1.0 / a, sqrt(fit->covariance[0][0]) / (a * a)};
}

/* `serial`: sigma is 1, and no unknown. */
static int solve(const struct pp_scaling_points *points, unsigned unknowns, bool serial, struct pp_nnls_solution *fit) {
    struct pp_nnls sums = {.right = {0.0}};
    for (size_t i = 0; i < points->count; i++) {
        double n = points->points[i].workers, time = n / points->points[i].throughput, agreement = n * (n - 1.0);
        const double whole[PP_NNLS_MAX] = {1.0, n - 1.0, agreement}, without_sigma[PP_NNLS_MAX] = {n, agreement};
        pp_nnls_add(&sums, serial ? without_sigma : whole, time, time * pp_scaling_points_error(points, i));
    }
    return pp_nnls_solve(&sums, unknowns, fit);
}

static double peak(double sigma, double kappa) {
    if (sigma >= 1.0)
        return 1.0;
    return kappa > 0.0 ? fmax(1.0, sqrt((1.0 - sigma) / kappa)) : INFINITY;
}

/* More than all of the work cannot be done one at a time. Where the best sigma would be above 1, the best that may be
 * is 1: the sum of squares has one valley. */
static void fit_rational(const struct pp_scaling_points *points, struct pp_scaling_model *model) {
    bool has_kappa = model->kind == PP_SCALING_USL;
    unsigned unknowns = kinds[model->kind].parameters;
    struct pp_nnls_solution fit;
    if (solve(points, unknowns, false, &fit) != 0)
        return;
    bool serial = fit.coefficient[1] > fit.coefficient[0];
    if (serial && solve(points, unknowns - 1, true, &fit) != 0)
        return;
    unsigned last = serial ? 1 : 2;
    model->fitted = true;
    model->gamma = inverse(&fit);
    model->sigma = serial ? (struct pp_scaling_value){1.0, NAN} : ratio(&fit, 1);
    if (has_kappa)
        model->kappa = ratio(&fit, last);
    double scale = error_scale(squared_residuals(model, points, true), points, kinds[model->kind].parameters);
    model->gamma.error *= scale;
    model->sigma.error *= scale;
    model->kappa.error *= scale;
    model->at_bound = serial || fit.held[1] || (has_kappa && fit.held[last]);
    model->peak = peak(model->sigma.value, has_kappa ? model->kappa.value : 0.0);
    model->ceiling = model->gamma.value / model->sigma.value;
}

static double aicc(double squares, double count, double estimated) {
    if (count - estimated - 1.0 <= 0.0)
        return NAN;
    double per_point = fmax(squares / count, LEAST_SQUARES_PER_POINT);
    return count * log(per_point) + 2.0 * estimated + 2.0 * estimated * (estimated + 1.0) / (count - estimated - 1.0);
}

static struct pp_scaling_model fit_model(const struct pp_scaling_points *points, enum pp_scaling_kind kind) {
    const struct pp_scaling_value none = {NAN, NAN};
    struct pp_scaling_model model = {.kind = kind,
                                     .name = kinds[kind].name,
                                     .gamma = none,
                                     .sigma = none,
                                     .kappa = none,
                                     .roof = none,
                                     .peak = NAN,
                                     .ceiling = NAN,
                                     .rms = NAN,
                                     .chi_square = NAN,
                                     .aicc = NAN};
    if (points->count <= kinds[kind].parameters)
        return model;
    if (kind == PP_SCALING_ROOF)
        fit_roof(points, &model);
    else
        fit_rational(points, &model);
    if (!model.fitted)
        return model;
    double squares = squared_residuals(&model, points, true);
    model.rms = sqrt(squared_residuals(&model, points, false) / (double)points->count);
    model.chi_square = points->spread_known ? squares : NAN;
    model.aicc = aicc(squares, (double)points->count, kinds[kind].parameters + 1.0);
    return model;
}

/* ---- choice ---- */

/* Models whose AICc is known; with too few points for any, those with the fewest parameters, by their residuals. */
static int choose(const struct pp_scaling_model *models, const struct pp_scaling_points *points) {
    int best = -1;
    double least = INFINITY;
    for (int kind = 0; kind < PP_SCALING_KINDS; kind++) {
        double score = models[kind].aicc;
        if (points->count < 5 && kinds[kind].parameters == 2 && models[kind].fitted)
            score = squared_residuals(&models[kind], points, true);
        if (score < least - SAME_SCORE) {
            best = kind;
            least = score;
        }
    }
    return best;
}

/* Wilson, Hilferty 1931: the cube root of chi-square per degree of freedom is nearly normal. */
static double chi_square_99(double freedom) {
    double spread = 2.0 / (9.0 * freedom), root = 1.0 - spread + 2.3263 * sqrt(spread);
    return freedom * root * root * root;
}

static bool misses(const struct pp_scaling_model *model, size_t count) {
    double freedom = (double)count - kinds[model->kind].parameters;
    if (model->rms > PP_SCALING_MISFIT_MOST)
        return true;
    return model->rms > PP_SCALING_MISFIT && !(model->chi_square <= chi_square_99(freedom));
}

/* How far the throughput per worker must be above that of the first point, in logarithms. */
static double superlinear_limit(const struct pp_scaling_points *points, size_t i) {
    if (!points->spread_known)
        return log(1.0 + PP_SCALING_MISFIT);
    double error = hypot(pp_scaling_points_error(points, 0), pp_scaling_points_error(points, i));
    return fmax(SUPERLINEAR_ERRORS * error, log(1.0 + SUPERLINEAR_LEAST));
}

static size_t find_superlinear(const struct pp_scaling_points *points) {
    const struct pp_scaling_point *first = points->points;
    size_t found = points->count;
    double furthest = 0.0;
    for (size_t i = 1; i < points->count; i++) {
        const struct pp_scaling_point *point = &points->points[i];
        double above = log(point->throughput / point->workers) - log(first->throughput / first->workers);
        if (above > superlinear_limit(points, i) && above > furthest) {
            furthest = above;
            found = i;
        }
    }
    return found;
}

static bool in_order(const struct pp_scaling_point *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct pp_scaling_point *point = &points[i];
        bool numbers = isfinite(point->workers) && isfinite(point->throughput) && isfinite(point->error);
        if (!numbers || point->workers < 1.0 || point->throughput <= 0.0 || point->error < 0.0)
            return false;
        if (i > 0 && point->workers <= points[i - 1].workers)
            return false;
    }
    return true;
}

static bool knows_spread(const struct pp_scaling_point *points, size_t count) {
    bool known = true;
    for (size_t i = 0; i < count; i++)
        known = known && points[i].error > 0.0;
    return known;
}

int pp_scaling_fit(const struct pp_scaling_point *points, size_t count, struct pp_scaling *scaling) {
    if (!in_order(points, count))
        return -EINVAL;
    const struct pp_scaling_points all = {points, count, knows_spread(points, count)};
    *scaling = (struct pp_scaling){.few_points = count < PP_SCALING_POINTS, .spread_known = all.spread_known};
    for (enum pp_scaling_kind kind = 0; kind < PP_SCALING_KINDS; kind++)
        scaling->models[kind] = fit_model(&all, kind);
    scaling->superlinear = find_superlinear(&all);
    scaling->chosen = choose(scaling->models, &all);
    if (scaling->chosen < 0)
        scaling->reason = PP_SCALING_TOO_FEW_POINTS;
    else if (scaling->superlinear < count)
        scaling->reason = PP_SCALING_SUPERLINEAR;
    else if (misses(&scaling->models[scaling->chosen], count))
        scaling->reason = PP_SCALING_NO_FIT;
    if (scaling->reason != PP_SCALING_CHOSEN)
        scaling->chosen = -1;
    return 0;
}
