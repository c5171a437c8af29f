#!/usr/bin/env bats
# Tasks' data moved between the main process and its workers: the same work in every way, and what cannot be is refused.

load helpers
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() { enter; }
teardown() { leave; }

inputs="inherit pipe shared"
results="digest pipe shared"

@test "every way, by workers of every start: all answers right, nothing failed or left" {
    local method input result
    for method in fork spawn forkserver; do
        for input in $inputs; do
            for result in $results; do
                config run.json "{\"task\": \"sort\", \"task_args\": [100000], \"task_count\": 6, \"workers\": [0, 2], \"iterations\": 2,
                    \"multiprocessing_start_method\": \"$method\", \"transfer\": {\"input\": \"$input\", \"result\": \"$result\"}}"
                # Check values are compared between the cases of a run: a difference would end it.
                pp --config run.json --quiet
                status_is 0
                rows_are "$(csv_of results)" sequential parallel_2
                [ "$(cell "$(csv_of results)" parallel_2 21)" = 0 ]
                rm -r results
                nothing_left
            done
        done
    done
}

@test "every task that has data, every way in one run" {
    local task ways=
    for result in $results; do ways="$ways{\"transfer\": {\"input\": \"pipe\", \"result\": \"$result\"}}, {\"transfer\": {\"input\": \"shared\", \"result\": \"$result\"}}, "; done
    for task in '"sort", "task_args": [50]' '"matrix", "task_args": [40]' '"tensor", "task_args": [30, 5]' '"tensor", "task_args": [30, 20]' \
        '"filter", "task_args": [70, 4, 5]' \
        "\"img\", \"task_args\": [[\"$project/example_configs/images/sample.jpg\"]]" \
        "\"infer\", \"task_args\": [\"$project/example_configs/digits/model.safetensors\", \"$project/example_configs/digits/test-images-idx3-ubyte.gz\", 700]"; do
        config run.json "{\"task\": $task, \"task_count\": 5, \"workers\": [0, 2], \"runners\": [${ways%, }]}"
        pp --config run.json --quiet
        if [[ "$err" == *"built without"* ]]; then continue; fi
        status_is 0
        [ "$(wc -l <"$(csv_of results)")" -eq 8 ]
        rm -r results
    done
    nothing_left
}

@test "the result says what was moved" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    config run.json '{"task": "sort", "task_args": [1000], "task_count": 3, "workers": [0, 1],
        "transfer": {"input": "pipe", "result": "pipe"}}'
    pp --config run.json --quiet
    status_is 0
    python3 - results/*.json <<'END'
import json, sys
cases = {case["name"]: case for case in json.load(open(sys.argv[1]))["cases"]}
assert cases["sequential"]["piped_bytes"] == 0
assert cases["sequential"]["transfer"] == {"input": "inherit", "result": "digest"}
assert cases["parallel_1"]["piped_bytes"] == 2 * 8 * 1000
assert cases["parallel_1"]["transfer"] == {"input": "pipe", "result": "pipe"}
END
}

@test "tasks without data, chunks and executors that move none are refused, and nothing is run" {
    config none.json '{"task": "noop", "task_count": 2, "workers": [1], "transfer": {"result": "pipe"}}'
    pp --config none.json
    status_is 2
    err_has 'none.json: /transfer: "noop" has no data' '"filter", "img", "infer", "matrix", "sort", "tensor"'
    config chunk.json '{"task": "sort", "task_count": 2, "workers": [1], "chunk_size": 3, "transfer": {"input": "shared"}}'
    pp --config chunk.json
    status_is 2
    err_has "chunk.json: /chunk_size: 3 tasks at a time"
    config thread.json '{"task": "sort", "task_count": 2, "workers": [1], "executor": "thread", "transfer": {"result": "pipe"}}'
    pp --config thread.json
    status_is 2
    err_has "thread.json: /transfer: the thread executor moves no data"
    [ ! -e results ]
    nothing_left
}

@test "too few open files for the pipes: told before the run" {
    plain_build_only
    needs prlimit
    config run.json '{"task": "sort", "task_args": [10], "task_count": 2, "workers": [40], "transfer": {"input": "pipe", "result": "pipe"}}'
    status=0
    timeout 60 prlimit --nofile=100:100 "$pptest" --config run.json >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    read_seen
    status_is 2
    err_has "40 workers need" "but only 100 are allowed"
    [ ! -e results ]
}

@test "workers that are killed while data move: the tasks are run again, and nothing is left" {
    local method
    for method in fork spawn forkserver; do
        config run.json "{\"task\": \"sort\", \"task_args\": [1000000], \"task_count\": 60, \"workers\": [2], \"iterations\": 1,
            \"multiprocessing_start_method\": \"$method\", \"transfer\": {\"input\": \"pipe\", \"result\": \"pipe\"}}"
        start --config run.json
        until_true 10 has_workers 2
        sleep 0.4
        kill -9 "$(workers_of "$pid" | sort -n | tail -n 1)"
        finish 60
        status_is 1
        [ "$(cell "$(csv_of results)" parallel_2 21)" = 0 ]
        err_has "killed by signal 9"
        no_process_left
        nothing_left
        rm -r results
    done
}

@test "stopped while data move: at once" {
    config run.json '{"task": "sort", "task_args": [1000000], "task_count": 100000, "workers": [3],
        "transfer": {"input": "pipe", "result": "pipe"}}'
    start --config run.json
    until_true 10 has_workers 3
    sleep 0.3
    kill -INT "$pid"
    finish 5
    status_is 130
    no_process_left
    nothing_left
}
