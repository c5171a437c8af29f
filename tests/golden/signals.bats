#!/usr/bin/env bats
# Stopping a run: what was measured is saved and marked, and nothing is left behind.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() { enter; }
teardown() { leave; }

methods="fork spawn forkserver"

# Three rounds whose first passes are quick enough to wait for and whose tasks are quick to end.
steady() {
    config run.json "{\"task\": \"sleep\", \"task_args\": [5], \"task_count\": 40, \"iterations\": 100000, \"workers\": $1,
        \"multiprocessing_start_method\": \"${2:-fork}\"}"
}

# A task that does not come to an end by itself.
stuck() {
    config run.json "{\"task\": \"sleep\", \"task_args\": [3600000], \"task_count\": 4, \"workers\": $1,
        \"multiprocessing_start_method\": \"${2:-fork}\"}"
}

# stopped_by N: the exit status of signal N, everything gone.
stopped_by() {
    status_is $((128 + $1))
    err_has "stopped by signal $1"
    no_process_left
    nothing_left
}

# partial_result PASSES: the only files are partial ones, whose rows have that many passes or more.
partial_result() {
    [ "$(find results -type f | wc -l)" -eq 2 ]
    local file passes
    whole_json results/*.partial.json
    file=$(csv_of results)
    [[ "$file" == *.partial.csv ]] || fail "$file is not marked as partial"
    whole_csv "$file"
    passes=$(tail -n +2 "$file" | cut -d, -f20 | sort -n | head -n 1)
    [ "$passes" -ge "$1" ]
    out_has "PARTIAL" "$file (partial)"
}

signal_during() {
    local name=$1 number=$2 workers=$3 method=${4:-fork} cases
    cases=$(tr ',' '\n' <<<"$workers" | wc -l)
    steady "$workers" "$method"
    start --config run.json
    until_true 10 passes_saved $((2 * cases))
    kill "-$name" "$pid"
    finish 5
    stopped_by "$number"
    partial_result 2
    [ "$(tail -n +2 results/*.csv | wc -l)" -eq "$cases" ]
    # What the progress said is what was saved.
    [ "$(tail -n +2 results/*.csv | cut -d, -f20 | awk '{ n += $1 } END { print n }')" -eq "$(grep '^\[' "$seen/err" | wc -l)" ]
}

@test "SIGINT with 0 workers" { signal_during INT 2 '[0]'; }
@test "SIGTERM with 0 workers" { signal_during TERM 15 '[0]'; }
@test "SIGHUP with 0 workers" { signal_during HUP 1 '[0]'; }
@test "SIGINT with 3 workers" { signal_during INT 2 '[3]'; }
@test "SIGTERM with 3 workers" { signal_during TERM 15 '[3]'; }
@test "SIGINT with 0 and 2 workers, spawned" { signal_during INT 2 '[0, 2]' spawn; }
@test "SIGTERM with 0 and 2 workers of a fork server" { signal_during TERM 15 '[0, 2]' forkserver; }

# How many lines of progress there are, and how many say that the program stood still.
passes_said() { grep -c '^\[' "$seen/err"; }
marked() { grep -c 'disturbed: .*suspended' "$seen/err"; }

@test "a pass during which the program stood still is marked, and no other" {
    local workers tries before
    for workers in 0 2; do
        steady "[$workers]"
        start --config run.json
        until_true 10 passes_saved 2
        # Between two passes there is nothing to mark.
        for ((tries = 1; tries <= 20; tries++)); do
            before=$(passes_said)
            kill -STOP "$pid"
            sleep 0.3
            kill -CONT "$pid"
            until_true 10 passes_saved $((before + 3))
            [ "$(marked)" -eq 0 ] || break
        done
        [ "$(marked)" -eq 1 ]
        kill -INT "$pid"
        finish 5
        stopped_by 2
        grep -q '"suspended"' results/*.partial.json
        rm -r results
    done
}

@test "Ctrl-C reaches the whole group: workers leave it to their parent" {
    local method
    for method in $methods; do
        steady '[3]' "$method"
        start --config run.json
        until_true 10 passes_saved 2
        kill -INT -- "-$pid"
        finish 5
        stopped_by 2
        partial_result 2
        without 'workers lost' "$seen/err"
        rm -r results
    done
}

@test "SIGTERM to the whole group: stopped, as by one to the main process" {
    local method
    for method in $methods; do
        steady '[3]' "$method"
        start --config run.json
        until_true 10 passes_saved 2
        kill -TERM -- "-$pid"
        finish 5
        status_is 143
        no_process_left
        nothing_left
        partial_result 2
        rm -r results
    done
}

@test "two signals at once, and a second one during the end" {
    local workers
    for workers in '[0]' '[3]'; do
        steady "$workers"
        start --config run.json
        until_true 10 passes_saved 2
        kill -INT "$pid"
        kill -INT "$pid" || true
        sleep 0.05
        kill -INT "$pid" || true
        finish 5
        stopped_by 2
        partial_result 2
        rm -r results
    done
}

@test "SIGINT before the first pass is over: no result, nothing left, with 0 and 2 workers of every start" {
    local method workers
    for workers in '[0]' '[2]'; do
        for method in $methods; do
            stuck "$workers" "$method"
            start --config run.json
            until_true 10 has_scratch
            [ "$workers" = '[0]' ] || until_true 10 has_workers 2
            sleep 0.1
            kill -INT "$pid"
            finish 5
            stopped_by_any 2
            [ -z "$(find results -type f)" ]
        done
    done
}

has_scratch() { [ -n "$(find "$TMPDIR" -mindepth 1)" ]; }

# A stuck task in the main process is told in other words.
stopped_by_any() {
    status_is $((128 + $1))
    err_has "stopped by signal $1"
    no_process_left
    nothing_left
}

@test "SIGTERM in the middle of a stuck task keeps the passes before it" {
    config run.json '{"task": "sleep", "task_args": [50], "task_count": 200, "workers": [100, 1]}'
    start --config run.json
    until_true 10 passes_saved 1
    kill -TERM "$pid"
    finish 5
    stopped_by_any 15
    partial_result 1
    rows_are "$(csv_of results)" parallel_100
}

@test "SIGINT while workers start" {
    local method
    for method in $methods; do
        config run.json "{\"task\": \"noop\", \"task_count\": 4, \"iterations\": 10000, \"workers\": [200],
            \"multiprocessing_start_method\": \"$method\"}"
        start --config run.json --quiet
        until_true 10 has_workers 5
        kill -INT "$pid"
        finish 5
        stopped_by_any 2
        rm -rf results
    done
}

@test "SIGINT while a worker prepares its state" {
    # Spawned workers decode the images again, each for itself, before they are ready.
    cp "$project/example_configs/images/sample.jpg" .
    config run.json '{"task": "img", "task_count": 4, "workers": [4], "iterations": 10000, "multiprocessing_start_method": "spawn"}'
    local list
    list=$(printf '"sample.jpg",%.0s' $(seq 50))
    start --config run.json --set "task_args=[[${list%,}]]"
    until_true 30 has_workers 4
    kill -INT "$pid"
    finish 5
    stopped_by_any 2
}

@test "SIGINT and SIGTERM during the waits" {
    local key
    for key in wait_time_after_runner wait_time_after_iteration; do
        config run.json "{\"task\": \"noop\", \"task_count\": 4, \"iterations\": 2, \"workers\": [2], \"$key\": 3600}"
        start --config run.json
        until_true 10 passes_saved 1
        sleep 0.1
        kill -INT "$pid"
        finish 5
        stopped_by 2
        partial_result 1
        rm -r results
    done
}

@test "a signal ends the run of all configs that were to come" {
    steady '[2]'
    config second.json '{"task": "noop", "task_count": 1, "workers": [0]}'
    start --config run.json --config second.json
    until_true 10 passes_saved 1
    kill -TERM "$pid"
    finish 5
    stopped_by 15
    [ -z "$(find results -name 'noop*')" ]
}

@test "files of a stopped io task are gone" {
    config run.json '{"task": "io", "task_args": [20], "task_count": 1000, "iterations": 1000, "workers": [2]}'
    local name
    for name in INT TERM; do
        start --config run.json
        until_true 10 has_files 2
        kill "-$name" "$pid"
        finish 5
        [ "$status" -gt 128 ]
        no_process_left
        nothing_left
    done
    start --config run.json --set 'workers=[0]'
    until_true 10 has_files 1
    kill -INT "$pid"
    finish 5
    status_is 130
    nothing_left
}

has_files() { [ "$(find "$TMPDIR" -type f | wc -l)" -ge "$1" ]; }

@test "SIGINT ignored from the start, as by nohup and background jobs, stays ignored" {
    steady '[0, 2]'
    (
        trap '' INT HUP
        exec "$pptest" --config run.json --set iterations=8 >"$seen/out" 2>"$seen/err" 3>&-
    ) &
    pid=$!
    until_true 10 passes_saved 2
    kill -INT "$pid"
    kill -HUP "$pid"
    local before
    before=$(grep -c '^\[' "$seen/err")
    until_true 10 passes_saved $((before + 2))
    status=0
    wait "$pid" || status=$?
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "suspended and continued, it goes on" {
    steady '[0, 2]'
    start --config run.json --set iterations=6
    until_true 10 passes_saved 2
    kill -STOP "$pid"
    sleep 0.2
    kill -CONT "$pid"
    finish 20
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "Ctrl-Z and fg: the group is suspended and continued" {
    steady '[2]'
    start --config run.json --set iterations=6
    until_true 10 passes_saved 1
    kill -TSTP -- "-$pid"
    sleep 0.3
    kill -CONT -- "-$pid"
    finish 20
    status_is 0
    without 'workers lost' "$seen/err"
    rows_are "$(csv_of results)" parallel_2
}

@test "kill -9 of the main process: its workers and fork server go with it" {
    local method
    for method in $methods; do
        stuck '[4]' "$method"
        start --config run.json
        until_true 10 has_workers 4
        sleep 0.1
        kill -9 "$pid"
        no_process_left 2
        wait "$pid" || status=$?
        status_is 137
        # What it had no time to save is not there half: a reserved name at most, and that is marked.
        [ -z "$(find results -type f ! -name '*.partial.csv' ! -name '*.partial.json')" ]
        rm -rf results "$TMPDIR"/*
    done
}

@test "kill -9 of the main process while its workers start" {
    local method
    for method in $methods; do
        config run.json "{\"task\": \"noop\", \"task_count\": 4, \"iterations\": 10000, \"workers\": [100],
            \"multiprocessing_start_method\": \"$method\"}"
        start --config run.json --quiet
        until_true 10 has_workers 5
        kill -9 "$pid"
        no_process_left 5
        wait "$pid" || true
        rm -rf results "$TMPDIR"/*
    done
}

@test "kill -9 of the main process keeps what passes before it measured" {
    steady '[2]'
    start --config run.json
    until_true 10 passes_saved 3
    kill -9 "$pid"
    no_process_left 2
    local file
    file=$(find results -name '*.partial.csv')
    rows_are "$file" parallel_2
    [ "$(cell "$file" parallel_2 20)" -ge 2 ]
}
