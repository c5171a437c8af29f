#!/usr/bin/python3
"""What the task `filter` costs with SciPy: the whole convolution, of which every fifth pixel is kept, as the benchmark
does it that the task comes from. One thread.

  convolve.py SIZE KERNEL STRIDE COUNT

Prints the median of the seconds per task."""
import statistics
import sys
import time

import numpy
import scipy.signal

size, kernel, stride, count = map(int, sys.argv[1:])
random = numpy.random.default_rng(1)
picture = random.random((size, size))
times = []
for _ in range(count):
    weights = random.random((kernel, kernel)) * 2 - 1
    start = time.perf_counter()
    kept = scipy.signal.convolve2d(picture, weights)[::stride, ::stride]
    times.append(time.perf_counter() - start)
print(statistics.median(times))
