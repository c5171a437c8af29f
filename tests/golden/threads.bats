#!/usr/bin/env bats
# Tasks that run inside the program itself: stopped, stuck, crashed. What was measured before is saved in each case.

load helpers
load in_process
setup() { enter; }
teardown() { leave; }

@test "threads beside processes, with one sequential case for both" {
    config run.json '{"task": "sum", "task_count": 50, "executor": ["thread", "process"], "workers": [0, 1, 2]}'
    pp --config run.json
    status_is 0
    rows_are "$(csv_of results)" sequential thread_1 thread_2 parallel_1 parallel_2
}

@test "SIGINT with 2 threads" { stopped_by INT thread; }
@test "SIGTERM with 2 threads" { stopped_by TERM thread; }

@test "SIGINT while tasks of threads do not come back" {
    sleeping thread 3600000
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

@test "task_timeout with threads: the run cannot go on, and ends" {
    sleeping thread 3600000
    start --config run.json --set task_timeout=0.2
    finish 10
    status_is 1
    err_has "ran past the task_timeout of 0.2 s in thread_2, where it cannot be ended" '"executor": "process"'
    no_process_left
    nothing_left
}

@test "a crash in a thread: what was measured is saved" {
    sleeping thread 1 5
    crash_of thread_2 thread_2
}

@test "a crash with 0 workers: what was measured is saved" {
    config run.json '{"task": "sleep", "task_args": [1], "task_count": 5, "iterations": 100000, "workers": [0]}'
    crash_of sequential "the main process"
}
