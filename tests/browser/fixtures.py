#!/usr/bin/python3
"""Makes results to look at, out of one that pptest wrote: fixtures.py RESULT.json FOLDER

What pptest calculates from passes it calculates again when it reads them, so only passes, times of tasks, machines and
words are made up here."""
import copy
import json
import math
import os
import random
import sys

HOSTILE = "</script><img src=x onerror=alert(1)><!-- \u2028 \u2029 \"'& <b>bold</b>"


def rate(workers, cores, sigma, kappa):
    n = max(workers, 1)
    return min(n, cores) / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def histogram(rng, middle_ns, spread):
    counts = {}
    for _ in range(2000):
        value = int(middle_ns * math.exp(rng.gauss(0, spread)))
        shift = max(0, value.bit_length() - 7)
        low = (value >> shift) << shift
        counts[low] = counts.get(low, 0) + 1
    return [[low, counts[low]] for low in sorted(counts)]


def one_pass(template, rng, number, workers, work_s, moving):
    made = copy.deepcopy(template)
    work = work_s * (1 + rng.uniform(-0.01, 0.01))
    made.update(round=number, position=0, init=0.0005 * (workers + 1), work=work, disturbed=[], repeated=False)
    made["total"] = work + made["init"]
    made["peak_pss"] = 5e6 + 2.5e6 * workers
    whole = work * max(workers, 1)
    computing = min(1.0, 2.0 / max(workers, 1)) * 0.7
    shares = dict(cpu=computing, runnable=0.8 - computing, blocked=0.04, verify=0.06, transfer=0.02 + moving, waiting=0.03, tail=0.02,
                  other=0.03 - moving)
    made["breakdown"] = {key: share * whole for key, share in shares.items()}
    return made


def make(source, workers, executors=("process",), passes=8, cores=8, sigma=0.02, kappa=0.0005, seed=1):
    rng = random.Random(seed)
    result = copy.deepcopy(source)
    template, result["cases"] = result["cases"][-1], []
    for executor in executors:
        slower = 1 + 0.2 * executors.index(executor)
        for count in workers:
            if count == 0 and executor != executors[0]:
                continue
            case = copy.deepcopy(template)
            name = "sequential" if count == 0 else ("parallel" if executor == "process" else executor) + "_%d" % count
            case.update(name=name, executor="sequential" if count == 0 else executor, workers=count)
            work = 0.5 * slower / rate(count, cores, sigma, kappa)
            case["passes"] = [one_pass(template["passes"][0], rng, i, count, work, sigma / 3) for i in range(passes)]
            case["histogram"] = histogram(rng, 2e6 * slower, 0.2)
            case["task"].update(p50=2e-3 * slower, p99=3.2e-3 * slower)
            result["cases"].append(case)
    result["machine"]["cpus"].update(logical=16, physical=8, affinity=16, usable=16.0, usable_cores=8, smt=2, quota=0.0, kinds=[],
                                     caches=[dict(level=1, type="data", count=2, shared=1, bytes=32768)])
    result["machine"]["memory"].update(total=25276059648, limit=0)
    result["machine"]["frequency"].update(governor="", current=2499998000, max=0)
    result.update(series=[], models=[], warnings=[])
    return result


def fail(result):
    """One case lost half of its tasks."""
    case = result["cases"][-1]
    case.update(failed=5, verified=False)
    case["failures"] = [{"reason": "no <luck>", "count": 5, "task": 3}]
    for each in case["passes"]:
        each.update(failed=5, done=5)


def disturb(result):
    for each in result["cases"][1]["passes"][:5]:
        each["disturbed"] = ["pressure"]
    result["warnings"] = ["%s: 5 of 8 passes were disturbed" % result["cases"][1]["name"]]


def main():
    source, folder = json.load(open(sys.argv[1])), sys.argv[2]
    several = make(source, [0, 1, 2, 4, 8, 16], ("process", "thread", "openmp"))
    disturb(several)
    slower = make(source, [0, 1, 2, 4, 8, 16], ("process", "thread", "openmp"), sigma=0.06, seed=2)
    slower.update(label="after", version="0.0.9")
    slower["machine"]["cpus"]["model"] = "another processor"
    several["label"] = "before"
    wide = make(source, [0] + [2 ** i for i in range(11)], cores=64)
    wide["machine"]["cpus"].update(quota=6.5, usable=6.5)
    few = make(source, [0, 1, 2, 4], passes=2)
    failed = make(source, [0, 1, 2, 4])
    fail(failed)
    hostile = make(source, [0, 1, 2])
    hostile.update(label=HOSTILE, summary=HOSTILE, warnings=[HOSTILE], details=HOSTILE)
    hostile["machine"]["cpus"]["model"] = HOSTILE[:60]
    hostile["config"]["label"] = HOSTILE
    no_models = make(source, [1, 2])
    other = make(source, [0, 1, 2, 4])
    other.update(task="sort", details="1000", check="1234567890abcdef")
    partial = make(source, [0, 1, 2])
    partial["complete"] = False
    lean = make(source, [0, 1, 2, 4])
    lean["lean"] = True
    for case in lean["cases"]:
        case["histogram"] = []
        for each in case["passes"]:
            each["breakdown"] = {key: None for key in each["breakdown"]}
            each["peak_pss"] = None
    crowded = make(source, [0] + list(range(1, 60)))
    crowded["warnings"] = ["%s: 5 of 8 passes were disturbed" % case["name"] for case in crowded["cases"]]
    crowded["warnings"] += ["the machine was busy"] + ["%s: the passes differ widely" % case["name"] for case in crowded["cases"][:39]]
    spread = make(source, [0, 1, 2, 4])
    for number, each in enumerate(spread["cases"][-1]["passes"]):
        each["work"] *= 0.02 if number % 4 == 0 else 1
        each["total"] = each["work"] + each["init"]
    for number in range(7):
        each = make(source, [0, 1, 2, 4, 8, 16], ("process", "thread", "openmp"), cores=64, sigma=0.06, seed=2 + number)
        each["version"] = slower["version"]
        each["label"] = "a rather long label that says what was built and how, number %d" % number
        each["machine"]["cpus"]["model"] = "a processor with a rather long name, number %d" % (number % 2)
        with open(os.path.join(folder, "many%d.json" % number), "w") as file:
            json.dump(each, file)
    zero = make(source, [0, 1, 2, 4], sigma=3)
    undone = make(source, [0, 1, 2])
    for case in undone["cases"]:
        case["failed"] = 5
        for each in case["passes"]:
            each.update(failed=5, done=5)
    long = make(source, [0, 1, 2])
    long["label"] = "W" * 30000
    long["config"]["label"] = long["label"]
    tiny = make(source, [0, 1, 2])
    for case in tiny["cases"]:
        case["timed_together"] = True
    made = dict(tiny=tiny, zero=zero, undone=undone, long=long, spread=spread, several=several, slower=slower, crowded=crowded, wide=wide, few=few, failed=failed, hostile=hostile, no_models=no_models, other=other,
                partial=partial, lean=lean, one=make(source, [4]), sequential=make(source, [0]))
    for name, result in made.items():
        with open(os.path.join(folder, name + ".json"), "w") as file:
            json.dump(result, file)


main()
