#!/usr/bin/env bats
# Tasks that run inside the program itself: stopped, stuck, crashed. What was measured before is saved in each case.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() { enter; }
teardown() { leave; }

# A task of so many milliseconds, in threads.
sleeping() {
    config run.json "{\"task\": \"sleep\", \"task_args\": [$1], \"task_count\": ${2:-40}, \"iterations\": 100000,
        \"executor\": \"thread\", \"workers\": [2]}"
}

# partial_result: the only files are partial ones, which hold all the passes that the progress told of.
partial_result() {
    local file
    [ "$(find results -type f | wc -l)" -eq 2 ]
    whole_json results/*.partial.json
    file=$(csv_of results)
    [[ "$file" == *.partial.csv ]] || fail "$file is not marked as partial"
    whole_csv "$file"
    [ "$(cell "$file" "$1" 18)" -eq "$(grep -c '^\[' "$seen/err")" ]
}

@test "threads beside processes, with one sequential case for both" {
    config run.json '{"task": "sum", "task_count": 50, "executor": ["thread", "process"], "workers": [0, 1, 2]}'
    pp --config run.json
    status_is 0
    rows_are "$(csv_of results)" sequential thread_1 thread_2 parallel_1 parallel_2
}

@test "SIGINT and SIGTERM with 2 threads" {
    local name number
    for name in INT TERM; do
        number=$(kill -l "$name")
        sleeping 5
        start --config run.json
        until_true 10 passes_saved 2
        kill "-$name" "$pid"
        finish 5
        status_is $((128 + number))
        err_has "stopped by signal $number"
        no_process_left
        nothing_left
        partial_result thread_2
        out_has PARTIAL
        rm -r results
    done
}

@test "SIGINT while tasks of threads do not come back" {
    sleeping 3600000
    start --config run.json
    until_true 10 has_threads 4
    sleep 0.5 # a sanitizer's thread counts, too
    kill -INT "$pid"
    finish 6
    status_is 130
    err_has "stopped by signal 2 in the middle of a task in thread_2"
    no_process_left
    nothing_left
    [ -z "$(find results -type f)" ]
}

# The program's main thread and its watchdog included.
has_threads() { [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -ge "$1" ]; }

@test "task_timeout with threads: the run cannot go on, and ends" {
    sleeping 3600000
    start --config run.json --set task_timeout=0.2
    finish 10
    status_is 1
    err_has "ran past the task_timeout of 0.2 s in thread_2, where it cannot be ended" '"executor": "process"'
    no_process_left
    nothing_left
}

# Passes of a few milliseconds are not saved one by one: what is not, must be saved now. The signal may also come between
# two passes, when it does what it always does.
crash_of() {
    plain_build_only
    local attempt
    for attempt in {1..20}; do
        rm -rf results "$TMPDIR"/*
        start --config run.json
        until_true 10 passes_saved 20
        kill -SEGV "$pid"
        finish 10
        [ "$status" -eq 1 ] && break
    done
    status_is 1
    err_has "crashed (signal 11, Segmentation fault) in $2"
    no_process_left
    nothing_left
    partial_result "$1"
    out_has "(partial)"
}

@test "a crash in a thread: what was measured is saved" {
    sleeping 1 5
    crash_of thread_2 thread_2
}

@test "a crash with 0 workers: what was measured is saved" {
    config run.json '{"task": "sleep", "task_args": [1], "task_count": 5, "iterations": 100000, "workers": [0]}'
    crash_of sequential "the main process"
}
