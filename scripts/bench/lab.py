"""What measuring needs: the peers compiled, pptest and peers run, each one in turn."""
import csv
import dataclasses
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "scripts", "bench")
BUILD = os.path.join(ROOT, "build", "bench")
SAMPLE = os.path.join(ROOT, "example_configs", "images", "sample.jpg")
RUN_LIMIT_S = 600  # nothing here takes as long; what does, hangs

# As the Makefile compiles the tasks: a peer must not lose for want of an option.
C_FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-O3"]
CXX_FLAGS = ["-std=c++17", "-D_GNU_SOURCE", "-O3"]
PPTEST = "build/release/libpptest.a"
RNG = "src/base/rng.c"  # the random numbers of the tasks, for peers that must draw the same ones


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program to compare with. `header` is what its library is recognised by, `package` its row in
    requirements.md."""
    source: str
    with_rng: bool = False
    with_pptest: bool = False  # measures a part of pptest itself
    library: str = ""
    header: str = ""
    package: str = ""
    group: str = "build"
    openmp: bool = False


PEERS = {
    "analysis": Peer("analysis.c", with_pptest=True, library="jansson", header="jansson.h", package="Jansson"),
    "bare_blas": Peer("bare_blas.c", True, False, "openblas", "cblas.h", "OpenBLAS"),
    "bare_curl": Peer("bare_curl.c", with_pptest=True, library="libcurl", header="curl/curl.h", package="libcurl"),
    "bare_fork": Peer("bare_fork.c"),
    "bare_loops": Peer("bare_loops.c"),
    "bare_mpi": Peer("bare_mpi.c", library="ompi-c", header="mpi.h", package="Open MPI"),
    "bare_pipe": Peer("bare_pipe.c"),
    "bare_sodium": Peer("bare_sodium.c", False, False, "libsodium", "sodium.h", "libsodium"),
    "bare_spawn": Peer("bare_spawn.c"),
    "bare_zlib": Peer("bare_zlib.c", True, False, "zlib", "zlib.h", "zlib"),
    "omp_taskloop": Peer("omp_taskloop.c", openmp=True, header="omp.h", package="gcc"),
    "peak_memory": Peer("peak_memory.c"),
    "rotate_picture": Peer("rotate_picture.c", with_pptest=True, library="libjpeg", header="jpeglib.h",
                           package="libjpeg-turbo"),
    "std_sort": Peer("std_sort.cpp"),
    "tbb_task_group": Peer("tbb_task_group.cpp", library="tbb", header="tbb/task_group.h", package="oneTBB",
                           group="bench"),
}


# For mpirun, which is asked by root too, for more ranks than there are CPUs, and must bind nobody.
MPI_ENV = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
           "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none"}


class Missing(Exception):
    """A package that a peer needs is not there."""

    def __init__(self, package, group="bench"):
        super().__init__(f"needs {package}: scripts/install-packages {group}")


class Failed(Exception):
    """Something did not run."""


def call(command, **options):
    """Runs a command to its end and returns its standard output."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_LIMIT_S,
                              check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    if done.returncode != 0:
        raise Failed(f"{shlex.join(command)}\n  exit status {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def interleave(repeats, *measures):
    """Calls every measure `repeats` times in turn, the order reversed every other time, so that whatever drifts
    meets all of them alike. Returns a list of values for each."""
    values = [[] for _ in measures]
    for i in range(repeats):
        order = list(zip(measures, values))
        for measure, into in order if i % 2 == 0 else reversed(order):
            into.append(measure())
    return values


class Lab:
    def __init__(self, quick):
        self.quick = quick
        self.pptest_path = os.path.abspath(os.environ.get("PPTEST") or os.path.join(ROOT, "pptest"))
        self.scratch = tempfile.mkdtemp(prefix="pptest-bench-")
        # Nobody's number of library threads may come from whoever starts this.
        self.env = {key: value for key, value in os.environ.items()
                    if not key.endswith("_NUM_THREADS")} | {"LC_ALL": "C", "TMPDIR": self.scratch} | MPI_ENV
        self.compiled = set()

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def pick(self, full, quick):
        return quick if self.quick else full

    def config(self, task, workers, **keys):
        """Writes a config and returns pptest's command line for it."""
        path = os.path.join(self.scratch, "config.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"task": task, "workers": [workers], "tmp_dir": self.scratch, "repeat_disturbed": 0} | keys, file)
        shutil.rmtree(os.path.join(self.scratch, "results"), ignore_errors=True)
        return [self.pptest_path, "--quiet", "--config", path, "--output", os.path.join(self.scratch, "results")]

    def pptest(self, task, workers, **keys):
        """One pass of one worker count; returns its row of the CSV with the times in seconds as init, work, task
        avg and total."""
        call(self.config(task, workers, **keys), env=self.env)
        return self.only_row()

    def breakdown(self, task, workers, **keys):
        """The same; returns where the workers' time went, in seconds."""
        call(self.config(task, workers, **keys), env=self.env)
        folder = os.path.join(self.scratch, "results")
        (name,) = [name for name in os.listdir(folder) if name.endswith(".json")]
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            (case,) = json.load(file)["cases"]
        return case["breakdown"]

    def pptest_mpi(self, task, workers, **keys):
        """The same by ranks of an MPI job."""
        path = self.pptest_path + "-mpi"
        if not os.path.exists(path):
            raise Missing("Open MPI", "build")
        command = self.config(task, workers, executor="mpi", **keys)
        call([*self.mpirun(workers + 1), path, *command[1:]], env=self.env)
        return self.only_row()

    @staticmethod
    def mpirun(ranks):
        if not shutil.which("mpirun"):
            raise Missing("Open MPI", "build")
        return ["mpirun", "-n", str(ranks)]

    def only_row(self):
        folder = os.path.join(self.scratch, "results")
        (name,) = [name for name in os.listdir(folder) if name.endswith(".csv")]
        with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        return {key[len("Time: "):]: float(value) for key, value in row.items() if key.startswith("Time: ")}

    def peer(self, name, *arguments, threads=None, ranks=0):
        """Runs a compiled peer, as an MPI job where there are ranks; returns the number that it prints."""
        command = [*(self.mpirun(ranks) if ranks else []), self.compile(name), *map(str, arguments)]
        env = self.env if threads is None else self.env | {"OPENBLAS_NUM_THREADS": str(threads)}
        return float(call(command, env=env))

    def shell_s(self, line):
        """Seconds that a line of shell takes."""
        start = time.perf_counter()
        call(["/bin/sh", "-c", line], env=self.env)
        return time.perf_counter() - start

    def python_peer(self, script, *arguments, modules=()):
        """Runs a peer written in Python; returns what it prints."""
        self.need_modules(modules)
        return call([sys.executable, os.path.join(HERE, script), *map(str, arguments)], env=self.env)

    def need_modules(self, modules):
        for module, package in modules:
            if module in self.compiled:
                continue
            try:
                call([sys.executable, "-c", f"import {module}"], env=self.env)
            except Failed as error:
                raise Missing(f"{package} for {sys.executable}") from error
            self.compiled.add(module)

    def compile(self, name):
        """Compiles a peer once a run, so that it is never older than its source; returns its path."""
        peer, path = PEERS[name], os.path.join(BUILD, name)
        if name in self.compiled:
            return path
        os.makedirs(BUILD, exist_ok=True)
        source = os.path.join("scripts", "bench", peer.source)
        if peer.source.endswith(".cpp"):
            command = [*self.compiler("CXX", "c++", "a C++ compiler", "bench"), *CXX_FLAGS]
        else:
            command = [*self.compiler("CC", "cc", "a C compiler", "build"), *C_FLAGS]
        command += ["-Iinclude", "-Isrc", "-Itasks", *self.flags(peer, "--cflags"), "-o", path, source]
        command += ["-fopenmp"] if peer.openmp else []
        command += [RNG] if peer.with_rng else []
        command += [PPTEST] if peer.with_pptest else []
        self.need_header(peer, command[0])
        call([*command, *self.flags(peer, "--libs"), "-lm"], cwd=ROOT)
        self.compiled.add(name)
        return path

    @staticmethod
    def compiler(variable, default, package, group):
        command = shlex.split(os.environ.get(variable) or default)
        if not shutil.which(command[0]):
            raise Missing(package, group)
        return command

    def flags(self, peer, what):
        if not peer.library:
            return []
        try:
            return shlex.split(call(["pkg-config", what, peer.library]))
        except Failed as error:
            raise Missing(peer.package, peer.group) from error

    def need_header(self, peer, compiler):
        if not peer.header:
            return
        probe = os.path.join(self.scratch, "probe" + os.path.splitext(peer.source)[1])
        with open(probe, "w", encoding="utf-8") as file:
            file.write(f"#include <{peer.header}>\n")
        try:
            call([compiler, *self.flags(peer, "--cflags"), "-E", "-o", os.devnull, probe])
        except Failed as error:
            raise Missing(peer.package, peer.group) from error


AT_MOST, AT_LEAST = "at most", "at least"


@dataclasses.dataclass
class Figure:
    """One line of the table. `ours` and `peer` hold the values of the repetitions, pair by pair, less being better;
    the ratio says how many times as good as the peer pptest is."""
    row: str
    what: str
    unit: str
    bar: str = AT_MOST  # AT_MOST: of the median of `ours`; AT_LEAST: of the ratio
    limit: float = 0.0
    ours: list = dataclasses.field(default_factory=list)
    peer: list = dataclasses.field(default_factory=list)
    peer_name: str = ""
    parts: dict = dataclasses.field(default_factory=dict)  # for the file only: what `ours` was made of
    problem: str = ""  # why there is nothing to show
    failed: bool = False

    @property
    def value(self):
        return statistics.median(self.ours) if self.ours else None

    @property
    def peer_value(self):
        return statistics.median(self.peer) if self.peer else None

    @property
    def ratio(self):
        """The median over the pairs, since what disturbs one of a pair often disturbs both."""
        if not self.peer or min(self.ours) <= 0:
            return None
        return statistics.median(peer / ours for ours, peer in zip(self.ours, self.peer))

    @property
    def reached(self):
        if self.problem:
            return None
        return self.value <= self.limit if self.bar == AT_MOST else self.ratio >= self.limit
