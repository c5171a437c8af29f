"""The rows of the benchmark: what is measured, against whom, and the bar. Each function measures one row with a Lab and
returns its figures; ROWS lists them in the order of the table."""
import functools
import json

from lab import AT_LEAST, AT_MOST, SAMPLE, Figure, interleave

NUMPY, OPENCV = ("numpy", "NumPy"), ("cv2", "OpenCV for Python")
SCIPY = ("scipy.signal", "SciPy")
US, MS = 1e6, 1e3
SAMPLE_BYTES = 1024 * 660 * 3  # the sample image, decoded
SHARED_BYTES = 200e6
RESULT_BYTES = 8_000_000  # of sort with a million numbers


def noop_auto(lab, row):
    tasks, pool_tasks = 1_000_000, lab.pick(20_000, 4_000)
    ours, peer = interleave(
        lab.pick(9, 5),
        lambda: lab.pptest("noop", 2, task_count=tasks)["total"] / tasks * US,
        lambda: float(lab.python_peer("pool_apply_async.py", pool_tasks, 2)) / pool_tasks * US)
    what = f"one of {tasks:,} noop tasks, 2 workers, chunk auto, start-up included"
    name = "Python's Pool.apply_async"
    return [Figure(row, what, "µs", AT_MOST, 0.15, ours, peer, name),
            Figure(row, "the same, against " + name, "µs", AT_LEAST, 300, ours, peer, name)]


def noop_chunk_1(lab, row):
    tasks = lab.pick(300_000, 100_000)
    (ours,) = interleave(lab.pick(9, 5),
                         lambda: lab.pptest("noop", 2, task_count=tasks, chunk_size=1)["total"] / tasks * US)
    return [Figure(row, "one noop task, 2 workers, chunk 1", "µs", AT_MOST, 3, ours)]


def executors_noop(lab, row):
    """How far behind what is made for nothing but handing out may each executor be?"""
    tasks = lab.pick(1_000_000, 300_000)
    bars = {"process": (0.15, 1 / 3), "thread": (0.10, 1 / 1.5), "openmp": (0.10, 1 / 1.5)}
    peers = {"omp_taskloop": "libgomp's taskloop", "tbb_task_group": "oneTBB's task_group"}

    def ours(executor):
        return lambda: lab.pptest("noop", 2, task_count=tasks, executor=executor)["total"] / tasks * US

    def theirs(name):
        return lambda: lab.peer(name, tasks, 2) / tasks * US

    values = dict(zip([*bars, *peers], interleave(lab.pick(15, 7), *map(ours, bars), *map(theirs, peers))))
    figures = []
    for executor, (limit, ratio) in bars.items():
        mine = values[executor]
        figures.append(Figure(row, f"one noop task, {executor}, 2 workers, chunk auto", "µs", AT_MOST, limit, mine))
        for name, peer_name in peers.items():
            figures.append(Figure(row, f"the same, {executor}", "µs", AT_LEAST, round(ratio, 3), mine, values[name],
                                  peer_name))
    return figures


def thread_chunk_1(lab, row):
    tasks = lab.pick(1_000_000, 300_000)
    figures = []
    for executor in ("thread", "openmp"):
        (ours,) = interleave(
            lab.pick(9, 5),
            lambda: lab.pptest("noop", 2, task_count=tasks, chunk_size=1, executor=executor)["total"] / tasks * US)
        figures.append(Figure(row, f"one noop task, {executor}, 2 workers, chunk 1", "µs", AT_MOST, 0.35, ours))
    return figures


def mpi_noop(lab, row):
    tasks = lab.pick(1_000_000, 300_000)
    figures = []
    for workers, named in ((1, "1 worker"), (2, "2 workers")):
        values = interleave(
            lab.pick(9, 5),
            lambda: lab.pptest_mpi("noop", workers, task_count=tasks, chunk_size=1)["total"] / tasks * US,
            lambda: lab.peer("bare_mpi", tasks, ranks=workers + 1) / tasks * US)
        figures.append(Figure(row, f"one noop task by MPI, {named}, chunk 1", "µs", AT_MOST, 1.2, *values,
                              "bare MPI, ping-pong"))
    return figures


def evidence(chunk_size, lab, row):
    """What measuring everything costs a task that does nothing: the same program, told to measure the times alone."""
    tasks = lab.pick(1_000_000, 300_000) if chunk_size == "auto" else lab.pick(300_000, 100_000)

    def ns(measure):
        times = lab.pptest("noop", 2, task_count=tasks, chunk_size=chunk_size, measure=measure, iterations=5)
        return times["total"] / tasks * 1e9

    values = interleave(lab.pick(21, 9), lambda: ns("all"), lambda: ns("times"))
    return [Figure(row, f"one noop task, 2 workers, chunk {chunk_size}, everything measured", "ns", AT_LEAST, 0.95,
                   *values, 'pptest with "measure": "times"')]


def analysis(lab, row):
    (ours,) = interleave(lab.pick(9, 5), lambda: lab.peer("analysis", 20, 30) * MS)
    return [Figure(row, "analysis of 20 worker counts x 30 passes, 10,000 resamples", "ms", AT_MOST, 300, ours)]


def start(workers, limit_ms, repeats, lab, row):
    def ours():
        times = lab.pptest("noop", workers, task_count=workers)
        return (times["total"] - times["work"]) * MS

    values = interleave(lab.pick(*repeats), ours, lambda: lab.peer("bare_fork", workers) * MS)
    return [Figure(row, f"init + cleanup of {workers:,} workers", "ms", AT_MOST, limit_ms, *values,
                   "bare fork + pipe, parked, reaped")]


def start_shared(lab, row):
    count = int(SHARED_BYTES / SAMPLE_BYTES) + 1

    def init_ms(images):
        return lab.pptest("img", 2, task_count=2, task_args=[[SAMPLE] * images])["init"] * MS

    values = interleave(lab.pick(11, 5), lambda: init_ms(count), lambda: init_ms(1))
    return [Figure(row, f"init of 2 workers, {count * SAMPLE_BYTES / 1e6:.0f} MB of shared input", "ms", AT_MOST, 2,
                   *values, "the same with one image")]


def throughput(executors, lab, row):
    """All do the same number of the same loops; throughputs relate as the inverse of the times."""
    probe = lab.pptest("sum", 0, task_count=200, task_args=[1_000_000])["task avg"]
    size, tasks = round(1_000_000 * 1e-3 / probe), lab.pick(2_000, 500)

    def ours(executor):
        return lambda: lab.pptest("sum", 2, task_count=tasks, task_args=[size], executor=executor)["total"] * MS

    *mine, peer = interleave(lab.pick(15, 9), *map(ours, executors), lambda: lab.peer("bare_loops", size, tasks, 2) * MS)
    return [Figure(row, f"{tasks} sums of 1 ms (size {size:,}), {executor}, 2 workers", "ms", AT_LEAST, 0.98, values,
                   peer, "two bare processes") for executor, values in zip(executors, mine)]


def async_sleep(lab, row):
    """Ten rounds of a thousand that wait 10 ms at the same time take 0.1 s at least."""
    tasks, ideal_ms = lab.pick(10_000, 3_000), lab.pick(100, 30)
    total = interleave(lab.pick(15, 7), lambda: lab.pptest("sleep", 1_000, task_count=tasks, task_args=[10],
                                                           executor="async")["total"] * MS)[0]
    many = interleave(lab.pick(9, 5), lambda: lab.pptest("sleep", 10_000, task_count=10_000, task_args=[10],
                                                         executor="async")["total"] * MS)[0]
    return [Figure(row, f"{tasks:,} sleeps of 10 ms, 1,000 in flight", "ms", AT_MOST, round(ideal_ms / 0.90, 1), total),
            Figure(row, "10,000 sleeps of 10 ms, all in flight", "ms", AT_MOST, 30, many)]


def api(lab, row):
    """A hundred records of an API that takes 200 ms for each, all fetched at the same time: 0.2 s at least. One after
    the other they take 20 s."""
    def total(executor, workers):
        return lab.pptest("api", workers, task_count=100, task_args=[200], executor=executor)["total"]

    flights, threads = interleave(lab.pick(15, 7), lambda: total("async", 100), lambda: total("thread", 256))
    (alone,) = interleave(lab.pick(3, 1), lambda: total("process", 0))
    return [Figure(row, "100 records of 200 ms, async, 100 in flight", "s", AT_MOST, 0.23, flights),
            Figure(row, "the same by 256 threads", "s", AT_MOST, 0.25, threads),
            Figure(row, "the same one after the other, over 20 s", "×", AT_MOST, 1.02, [s / 20 for s in alone])]


def download(lab, row):
    pages = lab.pick(1_000, 300)
    times = TaskTimes(lab, "download", [[], True, 10_000], pages)
    values = interleave(lab.pick(15, 9), lambda: times.measure_ms() / MS * US,
                        lambda: lab.peer("bare_curl", 10_000, pages) / pages * US)
    return [Figure(row, f"one of {pages:,} pages of 10 kB, one session, one after the other", "us", AT_LEAST, 0.8, *values,
                   "libcurl in a loop", times.parts)]


def transfer_pipe(lab, row):
    """Times for one result relate as the inverse of the bandwidths."""
    tasks = lab.pick(40, 20)
    values = interleave(
        lab.pick(15, 9),
        lambda: lab.breakdown("sort", 1, task_count=tasks, task_args=[1_000_000], chunk_size=1,
                              transfer={"result": "pipe"})["transfer"] / tasks * MS,
        lambda: lab.peer("bare_pipe", RESULT_BYTES, tasks) / tasks * MS)
    return [Figure(row, "a result of 8 MB sent back, 1 worker", "ms", AT_LEAST, 0.8, *values, "a bare pipe of 1 MiB")]


def transfer_shared(lab, row):
    """The slots are touched in init, which only the total has."""
    tasks = lab.pick(40, 20)
    figures = []
    for part in ("work", "total"):
        def spent_ms(result):
            return lab.pptest("sort", 1, task_count=tasks, task_args=[1_000_000], chunk_size=1,
                              transfer={"result": result})[part] * MS

        values = interleave(lab.pick(21, 9), lambda: spent_ms("shared"), lambda: spent_ms("digest"))
        figures.append(Figure(row, f"{tasks} results of 8 MB left in shared memory, {part}, 1 worker", "ms", AT_LEAST,
                              0.98, *values, 'the same with "result": "digest"'))
    return figures


def memory(lab, row):
    def peak_mib(tasks):
        return lab.peer("peak_memory", *lab.config("noop", 2, task_count=tasks)) / 1024

    few, many = interleave(3, lambda: peak_mib(10_000), lambda: peak_mib(10_000_000))
    growth = [more - less for less, more in zip(few, many)]
    return [Figure(row, "parent's peak memory, 10^7 noop tasks less 10^4", "MiB", AT_MOST, 8, growth)]


class TaskTimes:
    """Measures one task with 0 workers: the worse of the mean inside the task and the time for everything around it
    too, verification included, over the count. Keeps both."""

    def __init__(self, lab, task, arguments, count):
        self.lab, self.task, self.arguments, self.count = lab, task, arguments, count
        self.parts = {"task avg": [], "work / count": []}

    def measure_ms(self):
        times = self.lab.pptest(self.task, 0, task_count=self.count, task_args=self.arguments, library_threads=1)
        both = times["task avg"] * MS, times["work"] / self.count * MS
        for values, value in zip(self.parts.values(), both):
            values.append(value)
        return max(both)


def kernel(task, arguments, count, peer, limit, peer_name, lab, row):
    """`peer`: the program and its arguments but for the last, which is the count. Passes are short and many: what
    disturbs the machine then spoils a few of them, which the median leaves out, instead of a part of each."""
    times = TaskTimes(lab, task, arguments, count)
    values = interleave(lab.pick(21, 9), times.measure_ms, lambda: lab.peer(*peer, count, threads=1) * MS)
    details = " × ".join(f"{argument:,}" for argument in arguments)
    return [Figure(row, f"{task} {details}, one task, 0 workers", "ms", AT_LEAST, limit, *values, peer_name,
                   times.parts)]


def image(lab, row):
    count = 40
    times = TaskTimes(lab, "img", [[SAMPLE]], count)

    def opencv_ms():
        words = lab.python_peer("img_opencv.py", SAMPLE, "--rounds", count, modules=(NUMPY, OPENCV)).split()
        return float(words[words.index("median_ms") + 1])

    values = interleave(lab.pick(15, 7), times.measure_ms, opencv_ms)
    return [Figure(row, "crop + scale + CLAHE of the sample, one thread", "ms", AT_LEAST, 1.0, *values,
                   "OpenCV, one thread", times.parts)]


def filter_picture(lab, row):
    arguments, count = [5000, 4, 5], lab.pick(2, 1)
    times = TaskTimes(lab, "filter", arguments, 20)
    values = interleave(
        lab.pick(7, 3), times.measure_ms,
        lambda: float(lab.python_peer("convolve.py", *arguments, count, modules=(NUMPY, SCIPY))) * MS)
    return [Figure(row, "5,000 x 5,000 doubles, 4 x 4 filter, every fifth pixel", "ms", AT_LEAST, 3.0, *values,
                   "SciPy's convolve2d", times.parts)]


def rotate(lab, row):
    count = lab.pick(100, 30)
    values = interleave(
        lab.pick(15, 7), lambda: lab.peer("rotate_picture", SAMPLE, 45, count),
        lambda: float(lab.python_peer("warp_affine.py", SAMPLE, 45, count, modules=(NUMPY, OPENCV))))
    return [Figure(row, "the sample turned by 45 degrees, decoded before, one thread", "ms", AT_LEAST, 1.0, *values,
                   "OpenCV's warpAffine")]


def exec_true(lab, row):
    runs = lab.pick(2_000, 500)
    ours, xargs, bare = interleave(
        lab.pick(15, 7),
        lambda: lab.pptest("exec", 2, task_count=runs, task_args=["true"])["total"] * MS,
        lambda: lab.shell_s(f"seq {runs} | xargs -P2 -n1 true") * MS,
        lambda: lab.peer("bare_spawn", 2, runs, "true") * MS)
    what = f"{runs:,} runs of true, 2 at once"
    return [Figure(row, what, "ms", AT_LEAST, 1.3, ours, xargs, "xargs -P2 -n1"),
            Figure(row, what, "ms", AT_LEAST, 0.8, ours, bare, "posix_spawn in two loops")]


def prefix(lab, row):
    """A document is made and counted here, where the peer's are there before its clock runs."""
    arguments = [10_000, 5_000, 20, 3]
    times = TaskTimes(lab, "prefix", arguments, 2_000)
    values = interleave(lab.pick(11, 5), times.measure_ms,
                        lambda: float(lab.python_peer("prefix_counter.py", *arguments, 40)))
    return [Figure(row, "prefixes of a document of 10,000 ± 5,000 words, 0 workers", "ms", AT_LEAST, 20, *values,
                   "Python's Counter", times.parts)]


def infer(lab, row):
    batch, count = 10_000, 4
    times = TaskTimes(lab, "infer", {"batch": batch}, count)
    values = interleave(lab.pick(21, 9), times.measure_ms,
                        lambda: lab.peer("bare_blas", "infer", batch, count, threads=1) * MS)
    return [Figure(row, f"{batch:,} images labelled, one task, 0 workers", "ms", AT_LEAST, 0.9, *values,
                   "bare OpenBLAS, the products alone", times.parts)]


# The arguments and counts by which the predecessor was known.
PREDECESSOR = {
    "sum": ([1_000_000], 150),
    "multi": ([200_000], 1000),
    "io": ([10], 100),
    "zip": ([10, 9], 10),
    "tensor": ([256, 50], 80),
    "sort": ([1_000_000], 40),
    "matrix": ([500], 200),
    "img": ([[SAMPLE]], 500),
    "password": ([100, 1000, [20, 20], 0.8], 1000),
}


def predecessor(task, lab, row):
    arguments, full_count = PREDECESSOR[task]
    count = lab.pick(full_count, max(full_count // 5, 4))
    values = interleave(
        lab.pick(5, 3),
        lambda: lab.pptest(task, 2, task_count=count, task_args=arguments)["total"] * MS,
        lambda: float(lab.python_peer("predecessor.py", task, json.dumps(arguments), count, 2,
                                      modules=(NUMPY, OPENCV))) * MS)
    return [Figure(row, f"{task} × {count}, total, 2 workers", "ms", AT_LEAST, 1.0, *values, "a Python program")]


BLAS = "bare OpenBLAS"
ROWS = {
    "noop-auto": noop_auto,
    "noop-chunk-1": noop_chunk_1,
    "thread-chunk-1": thread_chunk_1,
    "executors-noop": executors_noop,
    "mpi-noop": mpi_noop,
    "evidence-auto": functools.partial(evidence, "auto"),
    "evidence-chunk-1": functools.partial(evidence, 1),
    "analysis": analysis,
    "start-2": functools.partial(start, 2, 1, (31, 15)),
    "start-1024": functools.partial(start, 1024, 150, (9, 5)),
    "start-shared": start_shared,
    "throughput": functools.partial(throughput, ["process"]),
    "executors-sum": functools.partial(throughput, ["process", "thread", "openmp"]),
    "async-sleep": async_sleep,
    "api": api,
    "download": download,
    "filter": filter_picture,
    "rotate": rotate,
    "exec": exec_true,
    "transfer-pipe": transfer_pipe,
    "transfer-shared": transfer_shared,
    "memory": memory,
    "sort": functools.partial(kernel, "sort", [1_000_000], 5, ["std_sort", 1_000_000], 1.0, "std::sort"),
    "matrix-1000": functools.partial(kernel, "matrix", [1000], 5, ["bare_blas", "matrix", 1000], 0.97, BLAS),
    "matrix-500": functools.partial(kernel, "matrix", [500], 10, ["bare_blas", "matrix", 500], 0.97, BLAS),
    "tensor": functools.partial(kernel, "tensor", [256, 50], 5, ["bare_blas", "tensor", 256, 50], 0.97, BLAS),
    "infer": infer,
    "zip": functools.partial(kernel, "zip", [5, 9], 2, ["bare_zlib", 5, 9], 0.97, "bare zlib"),
    "password": functools.partial(kernel, "password", [100, 1000], 100, ["bare_sodium", 100, 1000], 0.9,
                                  "bare libsodium"),
    "img": image,
    "prefix": prefix,
} | {f"predecessor-{task}": functools.partial(predecessor, task) for task in PREDECESSOR}
