#!/usr/bin/python3
"""The picture pipeline of the `img` task in OpenCV, as a peer to be measured against.

usage: img_opencv.py IMAGE.jpg [RESULT.rgb] [--rounds N]

Prints the median milliseconds of crop + scale + CLAHE on the decoded image with one thread. RESULT.rgb is this
program's own answer as rows of RGB bytes (PP_IMG_OUT=RESULT.rgb build/release/tests/test_img writes the sample's);
with it the mean and the largest difference from OpenCV's are printed too. OpenCV keeps Lab in eight bits between its
stages, so small differences are its own rounding.
"""
import argparse
import statistics
import time

import cv2
import numpy as np

SIDE = 512


def enhance(image):
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top:top + side, left:left + side]
    if side > SIDE:
        square = cv2.resize(square, (SIDE, SIDE))
    lightness, a, b = cv2.split(cv2.cvtColor(square, cv2.COLOR_BGR2LAB))
    lightness = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lightness)
    return cv2.cvtColor(cv2.merge((lightness, a, b)), cv2.COLOR_LAB2BGR)


def median_ms(image, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        enhance(image)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description="OpenCV's time for the img task's pipeline, one thread")
    parser.add_argument("image")
    parser.add_argument("result", nargs="?", help="raw RGB answer to compare")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()

    cv2.setNumThreads(1)
    image = cv2.imread(options.image, cv2.IMREAD_COLOR)
    if image is None:
        parser.error(f"{options.image}: not an image")
    answer = enhance(image)
    print(f"opencv {cv2.__version__} median_ms {median_ms(image, options.rounds):.3f}")
    if options.result:
        ours = np.fromfile(options.result, dtype=np.uint8)
        if ours.size != answer.size:
            parser.error(f"{options.result}: {ours.size} bytes, expected {answer.size}")
        theirs = answer[:, :, ::-1].astype(int)
        distance = np.abs(ours.reshape(answer.shape).astype(int) - theirs)
        print(f"difference mean {distance.mean():.3f} max {distance.max()}")


if __name__ == "__main__":
    main()
