#!/usr/bin/env bats
# Tasks whose answer is what the workers have gathered: the same whoever works, also when workers are lost.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() { enter; }
teardown() { leave; }

check_value() { sed -n 's/.*every answer verified; check value of the work \([0-9a-f]*\)$/\1/p' "$seen/out"; }

# The runner fails a run whose check values differ.
@test "every executor comes to the same counts, with more workers than documents too" {
    config all.json '{"task": "prefix", "task_args": [1000, 900, 20, 4], "task_count": 5, "workers": [0, 1, 2, 7],
        "executor": ["process", "thread", "openmp", "async-blocking"], "iterations": 2}'
    if "$pptest" executors | grep -q 'openmp.*built without'; then skip "built without OpenMP"; fi
    if "$pptest" executors | grep -q 'async-blocking.*built without'; then skip "built without libuv"; fi
    pp --config all.json
    status_is 0
    [ -n "$(check_value)" ]
    rows_are "$(csv_of results)" sequential parallel_1 parallel_2 parallel_7 thread_1 thread_2 thread_7 openmp_1 openmp_2 \
        openmp_7 async-blocking_1 async-blocking_2 async-blocking_7
    nothing_left
}

@test "documents that are moved to the workers count alike" {
    local input first=
    for input in inherit pipe shared; do
        config moved.json "{\"task\": \"prefix\", \"task_args\": [1000, 900], \"task_count\": 20, \"workers\": [0, 3],
            \"transfer\": {\"input\": \"$input\"}}"
        pp --config moved.json
        status_is 0
        first=${first:-$(check_value)}
        [ "$(check_value)" = "$first" ]
    done
}

@test "ranks hand back megabytes" {
    mpi_job 4
    config mpi.json '{"task": "prefix", "task_args": [20000, 5000, 20, 8], "task_count": 20, "executor": ["process", "mpi"],
        "workers": [0, 1, 3], "iterations": 2}'
    pp --config mpi.json
    status_is 0
    [ -n "$(check_value)" ]
    rows_are "$(csv_of results)" sequential parallel_1 parallel_3 mpi_1 mpi_3
    nothing_left
}

@test "a worker that is killed is made up for: the counts stay exact" {
    local method
    for method in fork spawn forkserver; do
        config run.json "{\"task\": \"prefix\", \"task_args\": [200000, 100000, 20, 4], \"task_count\": 120, \"iterations\": 1,
            \"workers\": [2, 0], \"multiprocessing_start_method\": \"$method\"}"
        start --config run.json
        until_true 10 has_workers 2
        sleep 0.3
        kill -9 "$(workers_of "$pid" | sort -n | tail -n 1)"
        finish 60
        status_is 1
        rows_are "$(csv_of results)" parallel_2 sequential
        [ "$(cell "$(csv_of results)" parallel_2 21)" = 0 ]
        err_has "killed by signal 9"
        [[ "$err" != *"not the same work"* ]]
        no_process_left
        nothing_left
        rm -r results
    done
}

@test "a limit on the size of files is said with the way out" {
    config ok.json '{"task": "prefix", "task_args": [100, 50], "task_count": 10, "workers": [2]}'
    ulimit -f 10000
    pp --config ok.json
    status_is 1
    err_has 'cannot hand back what it has gathered: cannot write its part of ' 'raise the limit on the size of files (`ulimit -f`)'
    no_process_left
    nothing_left
}

@test "stopped in the middle: at once, and nothing is left" {
    local executor
    for executor in process thread; do
        config run.json "{\"task\": \"prefix\", \"task_args\": [200000, 100000, 20, 8], \"task_count\": 100000, \"workers\": [2],
            \"executor\": \"$executor\"}"
        start --config run.json
        sleep 0.5
        kill -INT "$pid"
        finish 5
        status_is 130
        no_process_left
        nothing_left
    done
}

@test "what cannot be is refused" {
    config bad.json '{"task": "prefix", "task_args": [10, 10], "task_count": 1, "workers": [0]}'
    refused --config bad.json
    err_has 'bad.json: /task_args/1: found delta 10 with 10 words, expected less'
    config bad.json '{"task": "prefix", "task_args": {"word_bytes": 4, "prefix": 5}, "task_count": 1, "workers": [0]}'
    refused --config bad.json
    err_has 'found prefix 5 with word_bytes 4, expected at most as many'
    config bad.json '{"task": "random", "task_args": [["sum", "prefix"]], "task_count": 1, "workers": [0]}'
    refused --config bad.json
    err_has 'bad.json: /task_args/0/1: "prefix" answers for all its items together'
    config bad.json '{"task": "prefix", "task_count": 1, "workers": [1], "transfer": {"result": "pipe"}}'
    refused --config bad.json
    err_has 'bad.json: /transfer'
    config bad.json '{"task": "prefix", "task_count": 1, "workers": [1], "executor": "async"}'
    refused --config bad.json
    err_has '/executor'
}
