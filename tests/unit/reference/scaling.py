#!/usr/bin/env python3
"""Reference fits for test_scaling.c, from SciPy (Debian: python3-scipy).

Each data set is fitted by optimize.nnls to weighted rows, with the covariance of the free coefficients by numpy, and by
optimize.curve_fit to X itself, an independent non-linear fit. The corner of the roof is looked for on a dense grid.
Run: /usr/bin/python3 tests/unit/reference/scaling.py > tests/unit/reference/scaling_values.h && make format
"""
import numpy as np
import scipy
from scipy.optimize import curve_fit, nnls


def usl(n, gamma, sigma, kappa):
    return gamma * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def rational(n, x, error, parameters):
    """gamma, sigma, kappa, their standard errors (nan: at the bound), and the weighted sum of squares of logarithms."""
    y = n / x
    rows = np.stack([np.ones_like(n), n - 1, n * (n - 1)], axis=1)[:, :parameters] / (y * error)[:, None]
    size = np.linalg.norm(rows, axis=0)
    a = np.zeros(3)
    a[:parameters] = nnls(rows / size, 1 / error)[0] / size
    free = np.flatnonzero(a)
    covariance = np.full((3, 3), np.nan)
    covariance[np.ix_(free, free)] = np.linalg.inv(rows[:, free].T @ rows[:, free])
    p = a / a[0]
    se = [np.sqrt(covariance[0, 0]) / a[0] ** 2]
    for i in (1, 2):
        gradient = np.zeros(3)
        gradient[0], gradient[i] = -p[i] / a[0], 1 / a[0]
        used = [0, i]
        se.append(np.sqrt(gradient[used] @ covariance[np.ix_(used, used)] @ gradient[used]))
    squares = np.sum((np.log(x / usl(n, 1 / a[0], p[1], p[2])) / error) ** 2)
    scale = max(1.0, np.sqrt(squares / (len(n) - parameters)))
    return [1 / a[0], p[1], p[2]], [s * scale for s in se], squares


def roof(n, x, error):
    """gamma, roof and the weighted sum of squares, by brute force over the corner."""
    best = None
    for corner in np.exp(np.linspace(np.log(n[0]), np.log(n[-1]), 20001)):
        shape = np.minimum(n, corner)
        gamma = np.exp(np.average(np.log(x / shape), weights=error ** -2))
        squares = np.sum((np.log(x / (gamma * shape)) / error) ** 2)
        if best is None or squares < best[2]:
            best = gamma, gamma * corner, squares
    return best


def aicc(squares, n, parameters):
    k = parameters + 1
    return n * np.log(squares / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def c(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{" + ", ".join(c(v) for v in value) + "}"
    return "NAN" if np.isnan(value) else repr(float(value))


def data_sets():
    rng = np.random.default_rng(3)
    n = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32], float)
    for sigma, kappa, noise in [(0.05, 0.001, 0.01), (0.02, 0.0, 0.02), (0.0, 0.002, 0.02), (0.2, 0.0002, 0.03)]:
        error = noise * rng.uniform(0.5, 1.5, len(n))
        yield n, (100 * usl(n, 1, sigma, kappa) * np.exp(error * rng.normal(size=len(n)))).round(4), error.round(6)
    error = 0.02 * rng.uniform(0.5, 1.5, len(n))
    yield n, (100 * np.minimum(n, 10) * np.exp(error * rng.normal(size=len(n)))).round(4), error.round(6)


def main():
    print(f"/* Made by scaling.py with SciPy {scipy.__version__}, NumPy {np.__version__}. */")
    print("enum { REFERENCE_POINTS = 10 };\n"
          "struct reference_fit {\n    double value[3], error[3]; /* gamma, sigma, kappa */\n    double squares, aicc;\n};\n"
          "static const struct reference_data {\n    double workers[REFERENCE_POINTS], throughput[REFERENCE_POINTS], "
          "error[REFERENCE_POINTS];\n    struct reference_fit amdahl, usl;\n    double nonlinear[3], nonlinear_error[3];\n"
          "    double gamma, roof, roof_squares;\n} reference_data[] = {")
    for n, x, error in data_sets():
        fits = []
        for parameters in (2, 3):
            value, se, squares = rational(n, x, error, parameters)
            fits.append("{" + ", ".join([c(value), c(se), c(squares), c(aicc(squares, len(n), parameters))]) + "}")
        nonlinear, covariance = curve_fit(usl, n, x, p0=(100, 0.05, 0.001), sigma=error * x, absolute_sigma=True,
                                          bounds=(0, np.inf), x_scale=(100, 0.1, 0.001), xtol=1e-12, ftol=1e-12)
        print("{" + ", ".join([c(n), c(x), c(error), *fits, c(nonlinear), c(np.sqrt(np.diag(covariance))),
                               *map(c, roof(n, x, error))]) + "},")
    print("};")


main()
