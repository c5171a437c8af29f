#!/usr/bin/python3
"""Nine kinds of task as a Python program would fan them out: NumPy, OpenCV, hashlib and gzip for the work, and one
multiprocessing.Pool.apply_async call for each task. Arguments and answers travel through the pool's pipes, and the
libraries use as many threads as they like.

usage: predecessor.py TASK ARGUMENTS COUNT [WORKERS]

ARGUMENTS are the config's task_args as JSON. Prints the seconds for all of it: the pool started, all tasks handed out,
all answers collected, the pool ended. Pictures are decoded before.
"""
import filecmp
import functools
import gzip
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import string
import sys
import tempfile
import time

import cv2
import numpy

MIB = 1 << 20
SIDE = 512
LETTERS = string.ascii_letters + string.digits


def do_sum(size):
    total = 0
    for number in range(size):
        total += number
    return total


def do_multi(size):
    product = 1.0
    for _ in range(size):
        product *= 1.00001
    return product


def do_io(megabytes):
    with tempfile.TemporaryDirectory() as folder:
        original, copy = os.path.join(folder, "original"), os.path.join(folder, "copy")
        with open(original, "wb") as file:
            file.write(os.urandom(megabytes * MIB))
        with open(original, "rb") as source, open(copy, "wb") as target:
            target.write(source.read())
        return os.path.getsize(copy)


def do_zip(megabytes, level):
    with tempfile.TemporaryDirectory() as folder:
        original, packed, restored = (os.path.join(folder, name) for name in ("original", "packed.gz", "restored"))
        with open(original, "wb") as file:
            file.write(os.urandom(megabytes * MIB))
        with open(original, "rb") as source, gzip.open(packed, "wb", compresslevel=level) as target:
            shutil.copyfileobj(source, target, MIB)
        with gzip.open(packed, "rb") as source, open(restored, "wb") as target:
            shutil.copyfileobj(source, target, MIB)
        return filecmp.cmp(original, restored, shallow=False)


def do_tensor(size, count):
    return functools.reduce(numpy.matmul, (numpy.random.rand(size, size) for _ in range(count)))


def do_sort(size):
    return numpy.sort(numpy.random.rand(size))


def do_matrix(size):
    return numpy.linalg.inv(numpy.random.rand(size, size))


def enhance(picture):
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top:top + side, left:left + side]
    if side > SIDE:
        square = cv2.resize(square, (SIDE, SIDE))
    lightness, a, b = cv2.split(cv2.cvtColor(square, cv2.COLOR_BGR2LAB))
    lightness = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lightness)
    return cv2.cvtColor(cv2.merge((lightness, a, b)), cv2.COLOR_LAB2BGR)


def do_img(pictures):
    return [enhance(picture) for picture in pictures]


def make_password(shortest, longest):
    return "".join(random.choices(LETTERS, k=random.randint(shortest, longest)))


def digest(password):
    return hashlib.sha256(password.encode()).digest()


def do_password(stored, tried, lengths, correct_ratio):
    passwords = [make_password(*lengths) for _ in range(stored)]
    table = {digest(password) for password in passwords}
    matched = 0
    for number in range(tried):
        right = number < correct_ratio * tried
        candidate = random.choice(passwords) if right else make_password(*lengths)
        matched += digest(candidate) in table
    return matched


TASKS = {"sum": do_sum, "multi": do_multi, "io": do_io, "zip": do_zip, "tensor": do_tensor, "sort": do_sort,
         "matrix": do_matrix, "img": do_img, "password": do_password}


def main():
    task, arguments, count = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    workers = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    if task == "img":
        arguments = [[cv2.imread(path, cv2.IMREAD_COLOR) for path in arguments[0]]]
    context = multiprocessing.get_context("fork")
    start = time.perf_counter()
    pool = context.Pool(workers)
    handles = [pool.apply_async(TASKS[task], arguments) for _ in range(count)]
    answers = [handle.get() for handle in handles]
    pool.close()
    pool.join()
    seconds = time.perf_counter() - start
    if len(answers) != count or any(answer is False for answer in answers):
        sys.exit(f"{task}: a wrong answer")
    print(f"{seconds:.9f}")


if __name__ == "__main__":
    main()
