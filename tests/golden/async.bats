#!/usr/bin/env bats
# Tasks in flight in one event loop: what it can do, what holds it up, and what is left when a run does not get to its
# end.

load helpers
load in_process
setup() {
    enter
    config run.json '{"task": "sleep", "task_args": [2], "task_count": 60, "executor": ["async", "async-blocking"], "workers": [0, 1, 12]}'
    pp check --config run.json
    without 'built without libuv' "$seen/err" || skip "built without libuv"
    status_is 0
}
teardown() { leave; }

@test "the same work whoever does it, and a loop that is held is told" {
    pp --config run.json --set 'executor=["process", "async", "async-blocking"]'
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_1 parallel_12 async_1 async_12 async-blocking_1 async-blocking_12
    out_has "every answer verified" "async-blocking_12: the event loop was blocked " "12 in flight do as one"
    grep -E '^async-blocking_12 .* event loop( \?)?$' "$seen/out"
    without 'async_12: the event loop was blocked' "$seen/out"
    without 'logical CPUs' "$seen/err" # one thread goes past no number of them
    nothing_left
}

@test "a task that cannot be done in steps is refused, but may hold the loop" {
    config sum.json '{"task": "sum", "task_args": [1000], "task_count": 20, "executor": ["async-blocking", "async"], "workers": [0, 3]}'
    refused --config sum.json
    err_has 'sum.json: /executor' '"sum" cannot be done in steps' '"async-blocking"'
    pp --config sum.json --set 'executor="async-blocking"'
    status_is 0
    rows_are "$(csv_of results)" sequential async-blocking_3
}

@test "what a loop has no use for is refused" {
    refused --config run.json --set 'pin="compact"'
    err_has 'run.json: /pin: the async executor does not place its workers'
    refused --config run.json --set 'transfer={"result": "pipe"}'
    err_has 'run.json: /transfer: the async executor moves no data'
}

@test "10000 in flight wait at the same time" {
    pp --config run.json --set 'executor="async"' --set 'workers=[10000]' --set task_count=10000 --set 'task_args=[500]'
    status_is 0
    rows_are "$(csv_of results)" async_10000
    awk -F, 'NR == 2 { exit $6 >= 100 }' results/*.csv # one after the other would take more than an hour
}

@test "SIGINT with tasks in flight" { stopped_by INT async; }

@test "SIGINT while all wait for a long time" {
    sleeping async 3600000
    start --config run.json
    until_true 10 has_threads 2
    sleep 0.3
    kill -INT "$pid"
    finish 5
    status_is 130
    no_process_left
    nothing_left
    [ -z "$(find results -type f)" ]
}

@test "task_timeout gives up tasks in flight, and the run goes on" {
    pp --config run.json --set 'executor="async"' --set 'workers=[3]' --set 'task_args=[60000]' --set task_count=6 \
        --set task_timeout=0.1
    status_is 1
    rows_are "$(csv_of results)" async_3
    [ "$(cell "$(csv_of results)" async_3 21)" = 6 ]
    err_has "past the task_timeout of 0.1 s"
    nothing_left
}

@test "task_timeout with a task that holds the loop: the run cannot go on, and ends" {
    sleeping async-blocking 3600000
    start --config run.json --set task_timeout=0.2
    finish 10
    status_is 1
    err_has "ran past the task_timeout of 0.2 s in async-blocking_2, where it cannot be ended"
    no_process_left
    nothing_left
}

@test "a crash in an event loop: what was measured is saved" {
    sleeping async 1 5
    crash_of async_2 async_2
}

@test "a mix is done in steps where its tasks can be, with the same check value" {
    local mix='[["sleep", [5], 2], ["exec", ["true"]], ["exec", [["sleep", "0.01"]]], ["sum", [100000]]'
    ! "$pptest" tasks download | grep -q 'executors:.* async,' || mix+=', ["download"], ["api"]'
    pp --config run.json --set 'task="mix"' --set "task_args=$mix]" --set 'executor=["process", "thread", "async", "async-blocking"]' \
        --set 'workers=[0, 8]' --set task_count=80
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_8 thread_8 async_8 async-blocking_8
    out_has "every answer verified"
    without 'async_8: the event loop was blocked' "$seen/out"
    nothing_left
}

@test "a mix of tasks that cannot be done in steps is refused, too" {
    refused --config run.json --set 'task="mix"' --set 'task_args=[["sum"], ["noop"]]'
    err_has 'run.json: /executor' 'none of the tasks of this "mix" can be done in steps'
    pp --config run.json --set 'task="mix"' --set 'task_args=[["sum", [1000]], ["noop"]]' --set 'executor="async-blocking"'
    status_is 0
}

@test "commands of several tasks of a mix know of each other" {
    config mix.json '{"task": "mix", "task_args": [
        ["exec", ["mkdir at-{worker} && sleep 0.05 && rmdir at-{worker}", true]],
        ["exec", [["sh", "-c", "mkdir at-{worker} && sleep 0.03 && rmdir at-{worker}"]]]],
        "task_count": 24, "executor": "async", "workers": [5], "iterations": 1}'
    pp --config mix.json
    status_is 0
    rmdir at-* 2>/dev/null && fail "left: at-*"
    local seconds=84${BATS_TEST_NUMBER}$$
    pp_at_once() { [ "$(pgrep -cf "^sleep $seconds")" -eq 6 ]; }
    pp_none() { ! pgrep -f "^sleep $seconds"; }
    start --config mix.json --set "task_args=[[\"exec\", [\"sleep $seconds\"]], [\"exec\", [[\"sleep\", \"$seconds\"]]]]" \
        --set 'workers=[6]'
    until_true 20 pp_at_once
    kill -9 "$pid"
    wait "$pid" || true
    until_true 5 pp_none
}
