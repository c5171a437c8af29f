#!/usr/bin/python3
"""One turn of a picture by OpenCV's warpAffine, with one thread; decoded before.

  warp_affine.py FILE DEGREES COUNT

Prints the median of the milliseconds per turn."""
import statistics
import sys
import time

import cv2

path, degrees, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
cv2.setNumThreads(1)
picture = cv2.imread(path)
height, width = picture.shape[:2]
matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
times = []
for _ in range(count):
    start = time.perf_counter()
    cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR)
    times.append(time.perf_counter() - start)
print(statistics.median(times) * 1e3)
