#!/usr/bin/env bats
# Traces: what each worker did when, in Chrome's trace event format, and that it is what the result says.

load helpers
setup() {
    enter
    needs python3
}
teardown() { leave; }

# trace_is_sound [LOST]: of the only trace in results, and of the JSON beside it: every task of every pass has a span, within
# the pass's work, none over another, and they take what the result says. With LOST, tasks may be there twice.
trace_is_sound() {
    python3 - results/*.trace results/*.json "${1:-}" <<'END'
import collections, decimal, json, sys

def ns(us): return int(us * 1000)

with open(sys.argv[1], "rb") as file:
    trace = json.load(file, parse_float=decimal.Decimal)
with open(sys.argv[2], "rb") as file:
    result = json.load(file)
lost = sys.argv[3] != ""
every = trace["otherData"]["sampled_every"]
events = trace["traceEvents"]
process = {e["pid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "process_name"}
thread = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
cases = {case["name"]: case for case in result["cases"]}
assert list(process.values()) == list(cases), (process, list(cases))
lanes, passes = collections.defaultdict(list), collections.defaultdict(list)
for event in events:
    if event["ph"] != "X":
        continue
    start = ns(event["ts"])
    span = start, start + ns(event["dur"]), event["name"], event.get("args", {})
    (passes if event["tid"] == event["pid"] else lanes)[event["pid"], event["tid"]].append(span)
tasks_seen = 0
assert [process[pid] for pid, _ in passes] == list(cases), passes.keys()
for (pid, tid), spans in passes.items():
    case = cases[process[pid]]
    assert thread[tid] == "passes"
    own = {key: sorted(lanes[key], key=lambda span: span[:2]) for key in lanes if key[0] == pid}
    for key, lane in own.items():
        for one, other in zip(lane, lane[1:]):
            assert one[1] <= other[0], (thread[key[1]], one, other)
    counted = collections.defaultdict(list) # one may be run again several times
    for measured in case["passes"]:
        counted[measured["round"] + 1, measured["repeated"]].append(measured)
    looking = [span for span in spans if span[2] == "observer (not counted)"]
    spans = [span for span in spans if span not in looking]
    while spans:
        (start, end, name, _), init, work, cleanup = spans[:4]
        spans = spans[4:]
        assert (init[2], work[2], cleanup[2]) == ("init", "work", "cleanup")
        assert start == init[0] and init[1] <= work[0] and work[1] <= cleanup[0] and cleanup[1] < end, name
        inside = {key: [s for s in lane if start <= s[0] and s[1] <= end] for key, lane in own.items()}
        tasks = [s for lane in inside.values() for s in lane if "task" in s[3]]
        tasks_seen += len(tasks)
        for task in tasks:
            assert work[0] <= task[0] and task[1] <= work[1], (name, work, task)
        indices = sorted(i for t in tasks for i in range(t[3]["task"], t[3]["task"] + t[3].get("tasks", 1)))
        whole = list(range(result["task_count"]))
        if "stopped" in name:
            continue
        for kind in ("init", "cleanup"):
            with_it = [key for key, lane in inside.items() if any(s[2] == kind for s in lane)]
            wanted = 1 if case["executor"].startswith("async") else max(1, case["workers"])
            assert len(with_it) == wanted, (name, kind, with_it)
        if every > 1:
            assert set(indices) >= set(whole[::every]), name
        elif lost:
            assert sorted(set(indices)) == whole, name
        else:
            assert indices == whole, (name, len(indices))
        if name.startswith("pass") and every == 1 and not lost:
            measured = counted[int(name.split()[1]), "again" in name].pop(0)
            beside = sum(s[1] - s[0] for s in looking if start <= s[0] and s[1] <= end)
            counted_ns = measured["total"] * 1e9
            assert -2 <= end - start - beside - counted_ns <= 2020, (name, start, end, beside, measured) # up to 1 us is not shown
            spent = sum(t[1] - t[0] for t in tasks if not t[3].get("failed"))
            expected = measured["task_avg"] * measured["done"] * 1e9
            assert abs(spent - expected) <= 1e-9 * expected + 1, (name, spent, expected)
    if not lost and every == 1 and trace["otherData"]["run"] == "complete":
        assert not any(counted.values()), case["name"]
assert tasks_seen == trace["otherData"]["task_spans"] <= 1000000
END
}

# trace_of JSON: a run with a trace and a result beside it.
trace_of() {
    config run.json "$1"
    rm -rf results
    pp --config run.json --output results --format trace,json
}

@test "sequential and each way to start processes: every task has its span" {
    for method in fork spawn forkserver; do
        trace_of '{"task": "sum", "task_args": [20000], "task_count": 300, "workers": [0, 3], "iterations": 2, "warmup": 1,
            "multiprocessing_start_method": "'$method'"}'
        status_is 0
        trace_is_sound
    done
}

@test "threads, OpenMP and event loops: every task has its span" {
    trace_of '{"task": "sleep", "task_args": [1], "task_count": 40, "workers": [1, 4], "iterations": 2,
        "executor": ["thread", "openmp", "async", "async-blocking"]}'
    status_is 0
    trace_is_sound
    grep -q '"name":"in flight 3"' results/*.trace
    grep -q '"name":"thread 3"' results/*.trace
}

@test "data that are moved, through pipes and in shared memory, do not get in its way" {
    for method in fork spawn forkserver; do
        trace_of '{"task": "sort", "task_args": [1000], "task_count": 50, "workers": [2], "iterations": 1,
            "multiprocessing_start_method": "'$method'", "runners": [
            {"transfer": {"input": "pipe", "result": "pipe"}}, {"transfer": {"input": "shared", "result": "digest"}},
            {"transfer": {"input": "inherit", "result": "shared"}}]}'
        status_is 0
        trace_is_sound
    done
}

@test "programs, stateful tasks and only the times" {
    trace_of '{"task": "exec", "task_args": ["true"], "task_count": 20, "workers": [0, 2], "executor": ["process", "thread"], "task_timeout": 60,
        "iterations": 1}'
    status_is 0
    trace_is_sound
    trace_of '{"task": "prefix", "task_count": 20, "workers": [0, 2], "iterations": 1}'
    status_is 0
    trace_is_sound
    trace_of '{"task": "sum", "task_count": 20, "workers": [0, 2], "iterations": 2, "measure": "times"}'
    status_is 0
    trace_is_sound
}

@test "very short tasks have a span for all that were timed together" {
    trace_of '{"task": "noop", "task_count": 100000, "workers": [0, 2], "iterations": 2}'
    status_is 0
    trace_is_sound
    grep -q '"name":"noop x 256","args":{"task":[0-9]*,"tasks":256,' results/*.trace
}

@test "more than a million tasks: one in so many, which is said" {
    trace_of '{"task": "noop", "task_count": 2000000, "workers": [0, 2], "iterations": 1, "repeat_disturbed": 0}'
    status_is 0
    err_has "warning: the trace holds at most 1000000 spans of tasks, and all passes have more tasks: only spans that hold a task whose index is a multiple of 4 are recorded"
    trace_is_sound
    grep -q '"sampled_every":4,' results/*.trace
    grep -q '"s":"g","name":"only spans that hold a task whose index is a multiple of 4 are there' results/*.trace
    # One by one, as a timeout has them: half a million of each pass's two.
    trace_of '{"task": "noop", "task_count": 2000000, "workers": [0, 2], "iterations": 1, "repeat_disturbed": 0,
        "task_timeout": 60}'
    status_is 0
    grep -q '"task_spans":1000000,' results/*.trace
    [ "$(grep -c '"args":{"task":' results/*.trace)" -eq 1000000 ]
    tail -n 1 results/*.trace | grep -qx ']}'
}

@test "a full trace is without later passes, which is said" {
    trace_of '{"task": "noop", "task_count": 10, "workers": [2500], "iterations": 105, "repeat_disturbed": 0,
        "executor": "async-blocking"}'
    status_is 0
    err_has "warning: the trace is full" "it is without the last 5 passes"
    grep -q '"passes":100,"passes_left_out":5,' results/*.trace
    grep -q '"s":"g","name":"5 passes and 0 spans are left out' results/*.trace
}

@test "a result is the same with a trace, which is no part of it" {
    config run.json '{"task": "sum", "task_count": 10, "workers": [0, 2], "iterations": 1}'
    pp --config run.json --output plain --format json
    pp --config run.json --output traced --format json,trace
    status_is 0
    keys() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(sorted(r), sorted(r["cases"][1]))' "$1"; }
    [ "$(keys plain/*.json)" = "$(keys traced/*.json)" ]
}

# shellcheck disable=SC2154 # helpers.bash sets it
has_children() { [ "$(pgrep -c -P "$pid")" -eq "$1" ]; }

@test "what is recorded is no memory of whoever works" {
    config run.json '{"task": "sum", "task_args": [10], "task_count": 200000, "workers": [0, 2], "executor": ["process", "thread"], "task_timeout": 60,
                      "iterations": 3}'
    pp --config run.json --format json --output without
    pp --config run.json --format json,trace --output with
    [ "$(wc -c <"$(ls with/*.trace)")" -gt 10000000 ]
    python3 - without/*.json with/*.json <<'END'
import json, sys
without, traced = ({case["name"]: case["memory"]["peak_pss"] for case in json.load(open(name))["cases"]} for name in sys.argv[1:])
for name, peak in without.items():
    assert (peak is None) == (traced[name] is None) and (peak is None or abs(traced[name] - peak) < 0.1 * peak + 1e6), (name, peak, traced[name])
END
}

@test "a killed worker: what it had done is there, its loss is marked, another goes on" {
    local children=2
    for method in fork spawn forkserver; do
        config run.json '{"task": "sleep", "task_args": [600], "task_count": 4, "workers": [2], "iterations": 1,
            "repeat_disturbed": 0, "multiprocessing_start_method": "'$method'"}'
        [ "$method" != forkserver ] || children=3
        rm -rf results
        start --config run.json --format trace,json
        until_true 10 has_children "$children"
        sleep 0.3
        kill -KILL "$(pgrep -n -P "$pid")"
        finish 20
        status_is 1
        trace_is_sound lost
        grep -q '"name":"worker lost","args":{"task":[0-9]*}' results/*.trace
    done
}

@test "a task past its timeout is marked, where it is ended and where it ends by itself" {
    trace_of '{"task": "sleep", "task_args": [60], "task_count": 1, "workers": [1], "iterations": 1, "task_timeout": 0.01}'
    status_is 1
    grep -q '"name":"worker ended: past task_timeout","args":{"task":0}' results/*.trace
    trace_of '{"task": "sleep", "task_args": [60], "task_count": 1, "workers": [1], "iterations": 1, "task_timeout": 0.01,
        "executor": "async"}'
    status_is 1
    grep -q '"name":"sleep (past task_timeout)","args":{"task":0,"pass":1,"failed":true}' results/*.trace
}

@test "stopped by Ctrl-C: what there is, and the pass that was stopped" {
    config run.json '{"task": "sleep", "task_args": [10], "task_count": 200, "workers": [2], "iterations": 1000,
        "repeat_disturbed": 0}'
    start --config run.json --format trace,json
    saved() { grep -q "\"name\":\"pass 1\"" results/*.partial.trace; }
    until_true 10 saved
    sleep 0.3
    kill -INT -- "-$pid"
    finish 10
    status_is 130
    grep -q '"run":"partial"' results/*.partial.trace
    grep -q ' (stopped)"' results/*.partial.trace
    trace_is_sound
}

@test "mpi is refused before anything runs" {
    config ok.json '{"task": "noop", "task_count": 10, "workers": 1}'
    config run.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": 1}'
    mpi_job 2
    refused --config ok.json --config run.json --format trace
    err_has "run.json: /executor: " "leave trace out of --format"
}

@test "no memory for a trace is an error before the run" {
    plain_build_only
    config run.json '{"task": "noop", "task_count": 1000000, "workers": [0], "iterations": 1}'
    (ulimit -f 1000 && refused --config run.json --format trace && err_has "no memory for a trace" "ulimit -f")
}
