#!/usr/bin/env python3
"""Reference values for test_mann_whitney.c, from SciPy and statsmodels (Debian: python3-scipy, python3-statsmodels).

Run: /usr/bin/python3 tests/unit/reference/compare.py > tests/unit/reference/compare_values.h && make format
"""
import numpy
import scipy
import statsmodels
from scipy.stats import mannwhitneyu
from statsmodels.stats.multitest import multipletests

LONGEST = 60


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def cases():
    rng = numpy.random.default_rng(1)
    for n, m, shift in [(1, 1, 0), (3, 3, 9), (4, 4, 9), (5, 3, 0), (6, 6, 1), (7, 12, -1), (10, 10, 0.5), (20, 20, 0.3),
                        (25, 30, 0.4), (50, 50, 0.2)]:
        yield "exact", rng.normal(size=n).round(6), (rng.normal(size=m) + shift).round(6)
    for n, m in [(10, 10), (12, 20), (40, 30)]:
        yield "asymptotic", rng.integers(0, 6, n).astype(float), rng.integers(1, 7, m).astype(float)
    yield "asymptotic", rng.normal(size=60).round(6), (rng.normal(size=55) + 0.3).round(6)


def main():
    print(f"/* Made by compare.py with SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}. */")
    print(f"enum {{ REFERENCE_LONGEST = {LONGEST} }};")
    print("static const struct reference_test {\n    bool exact;\n    size_t base_count, new_count;\n"
          "    double base[REFERENCE_LONGEST], new[REFERENCE_LONGEST];\n    double u, greater, less, two_sided;\n"
          "} reference_tests[] = {")
    for method, base, new in cases():
        # SciPy's first sample is the one that "is greater".
        p = [mannwhitneyu(new, base, alternative=a, method=method) for a in ("greater", "less", "two-sided")]
        print(f"{{{str(method == 'exact').lower()}, {len(base)}, {len(new)}, {numbers(base)}, {numbers(new)}, "
              f"{p[0].statistic!r}, {', '.join(repr(float(x.pvalue)) for x in p)}}},")
    print("};")
    raw = [0.011, 0.04, 0.001, 0.04, 0.3, 0.9, 0.0049, 0.012]
    print(f"static const double reference_p[] = {numbers(raw)};")
    print(f"static const double reference_holm[] = {numbers(multipletests(raw, method='holm')[1])};")


main()
