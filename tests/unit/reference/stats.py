# Computes what tests/unit/test_stats.c and test_bootstrap.c expect, with packages that share no code with src/stats.
# Run from the project's folder, with Debian's python3-scipy (SciPy 1.10) and clang-format:
#   /usr/bin/python3 tests/unit/reference/stats.py | clang-format > tests/unit/reference/stats_values.h
import numpy as np
from scipy import stats

random = np.random.default_rng(20)
SAMPLES = {
    "single": [3.25],
    "pair": [2.0, 1.0],
    "five": [4.0, 1.0, 9.0, 2.0, 5.5],
    "six": [1.02, 0.99, 1.01, 1.0, 1.05, 0.98],
    "equal": [0.5] * 8,
    "mostly_equal": [1.0] * 9 + [1.2, 1.3],
    "negative": [-3.0, -1.0, 2.0, -7.5, 0.0, 4.0, -2.0],
    "far_from_zero": [1e9 + x for x in (4.0, 7.0, 13.0, 16.0, 10.0, 4.0, 7.0, 19.0)],
    "skewed": [float(f"{x:.6g}") for x in random.lognormal(0.0, 0.5, 40)],
    "odd_skewed": [float(f"{x:.6g}") for x in random.lognormal(-3.0, 0.2, 31)],
}
SHARES = [0.0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.99, 1.0]


def c(number):
    return "NAN" if np.isnan(number) else repr(float(number))


def row(*cells):
    print("    {" + ", ".join(cells) + "},")


def numbers(values):
    return "{" + ", ".join(c(v) for v in values) + "}"


def rank(n):
    """The greatest r with P(r <= B <= n - r) >= 0.95 for B ~ binomial(n, 1/2); 0 for none."""
    below = int(stats.binom.ppf(0.025, n, 0.5)) + 1
    while below > 0 and 1 - 2 * stats.binom.cdf(below - 1, n, 0.5) < 0.95:
        below -= 1
    return below


print("/* Made by tests/unit/reference/stats.py; do not edit. */")
print("#ifndef PP_TESTS_STATS_VALUES_H\n#define PP_TESTS_STATS_VALUES_H\n")
print("#include <math.h>\n#include <stddef.h>\n")

print(f"static const double reference_shares[] = {numbers(SHARES)};\n")
print("static const struct {")
print("    const char *name;\n    size_t count;\n    double values[40], mean, stddev, median, mad;")
print(f"    double quantiles[{len(SHARES)}]; /* at reference_shares */")
print("} reference_samples[] = {")
for name, values in SAMPLES.items():
    x = np.array(values)
    stddev = x.std(ddof=1) if len(x) > 1 else np.nan
    row(f'"{name}"', str(len(x)), numbers(x), c(x.mean()), c(stddev), c(np.median(x)),
        c(stats.median_abs_deviation(x)), numbers(np.quantile(x, SHARES)))
print("};\n")

print("static const struct {\n    size_t count, rank;\n} reference_ranks[] = {")
for n in list(range(1, 61)) + [71, 99, 100, 499, 500, 1000, 1001, 9999, 100000, 1000000]:
    row(str(n), str(rank(n)))
print("};\n")

print("static const struct {\n    double z, cdf;\n} reference_cdf[] = {")
for z in [-37.0, -10.0, -5.0, -3.0, -1.96, -1.0, -0.1, 0.0, 0.5, 1.0, 2.5758, 4.0, 9.0]:
    row(c(z), c(stats.norm.cdf(z)))
print("};\n")

print("static const struct {\n    double p, z;\n} reference_ppf[] = {")
for p in [1e-300, 1e-20, 1e-9, 1e-4, 0.001, 0.01, 0.025, 0.2, 0.4999, 0.5, 0.6, 0.9, 0.975, 0.99999]:
    row(c(p), c(stats.norm.ppf(p)))
print("};\n")

base = np.array([float(f"{x:.6g}") for x in random.lognormal(0.0, 0.1, 12)])
other = np.array([float(f"{x:.6g}") for x in random.lognormal(-1.0, 0.1, 12)])
logs = np.sort(np.log(base / other))
r = rank(12)
print("/* Twelve pairs, the ratio base / other, and its interval. */")
print(f"static const double reference_base[] = {numbers(base)};")
print(f"static const double reference_other[] = {numbers(other)};")
print(f"static const double reference_ratio = {c(np.exp(np.median(logs)))};")
print(f"static const double reference_ratio_low = {c(np.exp(logs[r - 1]))};")
print(f"static const double reference_ratio_high = {c(np.exp(logs[12 - r]))};\n")

print("/* 95 % intervals of reference_samples by their index, from 200,000 resamples; statistic 0: mean, 1: median. */")
print("static const struct {")
print("    size_t sample;\n    int statistic;\n    double percentile_low, percentile_high, bca_low, bca_high;")
print("} reference_bootstraps[] = {")
for name, statistic in [("six", 0), ("negative", 0), ("skewed", 0), ("odd_skewed", 0), ("skewed", 1),
                        ("odd_skewed", 1)]:
    values = np.array(SAMPLES[name])
    cells = []
    for method in ["percentile", "BCa"]:
        found = stats.bootstrap((values,), [np.mean, np.median][statistic], n_resamples=200000, batch=10000,
                                method=method, random_state=np.random.default_rng(7)).confidence_interval
        cells += [c(found.low), c(found.high)]
    row(str(list(SAMPLES).index(name)), str(statistic), *cells)
print("};\n")
print("#endif")
