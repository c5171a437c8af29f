#include "stats/nnls.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

/* A pivot this small after scaling to a diagonal of ones says that a column is a sum of the others. */
#define SINGULAR 1e-13

/* A further coefficient has to explain more than rounding does; else exact data would show a contention of 1e-17. */
#define WORTH_IT (1.0 + 1e-12)

typedef double matrix[PP_NNLS_MAX][PP_NNLS_MAX];

static double dot(const double *a, const double *b) {
    double sum = 0.0;
    for (unsigned i = 0; i < PP_NNLS_MAX; i++)
        sum += a[i] * b[i];
    return sum;
}

void pp_nnls_add(struct pp_nnls *sums, const double row[PP_NNLS_MAX], double target, double error) {
    for (unsigned i = 0; i < PP_NNLS_MAX; i++) {
        double weighted = row[i] / (error * error);
        sums->right[i] += weighted * target;
        for (unsigned j = 0; j < PP_NNLS_MAX; j++)
            sums->normal[i][j] += weighted * row[j];
    }
}

static bool is_free(unsigned free, unsigned i) { return (free >> i & 1) != 0; }

/* The equations of the columns in `free`; the others get a one on the diagonal, and stay out of the way. */
static void select_columns(const struct pp_nnls *sums, unsigned free, matrix normal, double *right) {
    for (unsigned i = 0; i < PP_NNLS_MAX; i++) {
        right[i] = is_free(free, i) ? sums->right[i] : 0.0;
        for (unsigned j = 0; j < PP_NNLS_MAX; j++)
            normal[i][j] = is_free(free, i) && is_free(free, j) ? sums->normal[i][j] : 0.0;
        if (!is_free(free, i))
            normal[i][i] = 1.0;
    }
}

/* Gauss-Jordan without exchange of rows: the matrix is symmetric and positive definite, or refused. */
static bool invert_in_place(matrix m) {
    for (unsigned p = 0; p < PP_NNLS_MAX; p++) {
        double pivot = m[p][p];
        if (!(pivot > SINGULAR))
            return false;
        m[p][p] = 1.0;
        for (unsigned j = 0; j < PP_NNLS_MAX; j++)
            m[p][j] /= pivot;
        for (unsigned i = 0; i < PP_NNLS_MAX; i++) {
            if (i == p)
                continue;
            double factor = m[i][p];
            m[i][p] = 0.0;
            for (unsigned j = 0; j < PP_NNLS_MAX; j++)
                m[i][j] -= factor * m[p][j];
        }
    }
    return true;
}

/* Columns of N (N - 1) are far larger than those of ones, so all are brought to the same size first. */
static bool invert(matrix m) {
    double scale[PP_NNLS_MAX];
    for (unsigned i = 0; i < PP_NNLS_MAX; i++) {
        if (!(m[i][i] > 0.0))
            return false;
        scale[i] = 1.0 / sqrt(m[i][i]);
    }
    for (unsigned i = 0; i < PP_NNLS_MAX; i++)
        for (unsigned j = 0; j < PP_NNLS_MAX; j++)
            m[i][j] *= scale[i] * scale[j];
    if (!invert_in_place(m))
        return false;
    for (unsigned i = 0; i < PP_NNLS_MAX; i++)
        for (unsigned j = 0; j < PP_NNLS_MAX; j++)
            m[i][j] *= scale[i] * scale[j];
    return true;
}

/* Plain least squares over the columns in `free`; false: not determined, or a coefficient came out negative.
 * `explained` is by how much the sum of squares is below that of all coefficients 0. */
static bool solve_subset(const struct pp_nnls *sums, unsigned free, struct pp_nnls_solution *solution,
                         double *explained) {
    double right[PP_NNLS_MAX];
    *solution = (struct pp_nnls_solution){.held = {false}};
    select_columns(sums, free, solution->covariance, right);
    if (!invert(solution->covariance))
        return false;
    bool allowed = true;
    for (unsigned i = 0; i < PP_NNLS_MAX; i++) {
        solution->coefficient[i] = dot(solution->covariance[i], right);
        allowed = allowed && solution->coefficient[i] >= 0.0;
        solution->held[i] = !is_free(free, i);
        if (solution->held[i])
            solution->covariance[i][i] = 0.0;
    }
    *explained = dot(solution->coefficient, right);
    return allowed && solution->coefficient[0] > 0.0 && isfinite(*explained);
}

int pp_nnls_solve(const struct pp_nnls *sums, unsigned unknowns, struct pp_nnls_solution *solution) {
    double most = 0.0;
    for (unsigned free = 1; free < 1U << unknowns; free += 2) { /* odd: with the first one */
        struct pp_nnls_solution subset;
        double explained;
        if (solve_subset(sums, free, &subset, &explained) && explained > most * WORTH_IT) {
            *solution = subset;
            most = explained;
        }
    }
    return most > 0.0 ? 0 : -EDOM;
}
