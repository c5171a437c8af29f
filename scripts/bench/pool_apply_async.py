#!/usr/bin/python3
"""The peer of handing out tasks that do nothing: multiprocessing.Pool.apply_async, one call a task.

usage: pool_apply_async.py TASKS [WORKERS]

Prints the seconds for all of it: the pool started, all tasks handed out, all answers collected, the pool ended.
"""
import multiprocessing
import sys
import time


def nothing():
    pass


def main():
    tasks = int(sys.argv[1])
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    context = multiprocessing.get_context("fork")
    start = time.perf_counter()
    pool = context.Pool(workers)
    handles = [pool.apply_async(nothing, ()) for _ in range(tasks)]
    for handle in handles:
        handle.get()
    pool.close()
    pool.join()
    print(f"{time.perf_counter() - start:.9f}")


if __name__ == "__main__":
    main()
