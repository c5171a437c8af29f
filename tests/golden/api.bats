#!/usr/bin/env bats
# Records from the built-in HTTP server: whoever fetches them, and what is left of the server when a run ends, however.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() {
    enter
    config run.json '{"task": "api", "task_args": [5, 400, 3], "task_count": 40, "iterations": 2, "runners": [
        {"workers": 0},
        {"executor": ["thread", "openmp", "async", "async-blocking"], "workers": [1, 12]},
        {"workers": [1, 3], "multiprocessing_start_method": "fork", "chunk_size": [1, 5]},
        {"workers": 3, "multiprocessing_start_method": "spawn"},
        {"workers": 3, "multiprocessing_start_method": "forkserver"}]}'
    pp check --config run.json
    without 'built without' "$seen/err" || skip "built without libcurl, libmicrohttpd, libuv or OpenMP"
    status_is 0
    nothing_left
}
teardown() { leave; }

# fetching EXECUTOR KEYS: so many passes of two workers that somebody must end the run.
fetching() {
    config run.json "{\"task\": \"api\", \"task_args\": [5], \"task_count\": 40, \"iterations\": 100000,
        \"executor\": \"$1\", \"workers\": [2]$2}"
    start --config run.json
    until_true 20 passes_saved 2
}

# The server's own number, from where the run's processes find it.
server_pid() { find "$TMPDIR" -name 'http-server-*' -printf '%l\n' | sed -n 's/.*pid=//p'; }

# The runner fails a run whose check values differ.
@test "the same records whoever fetches them, and however workers start" {
    start --config run.json
    finish 60
    status_is 0
    [ "$(tail -n +2 "$(csv_of results)" | wc -l)" -eq 15 ]
    out_has "every answer verified"
    no_process_left
    nothing_left
}

@test "without a session the records are the same" {
    pp --config run.json --set 'task_args=[1, 400, 0, true]' --quiet --output kept
    status_is 0
    pp --config run.json --set 'task_args=[1, 400, 0, false]' --quiet --output new
    status_is 0
    [ "$(grep -h '"check"' kept/*.json)" = "$(grep -h '"check"' new/*.json)" ]
    nothing_left
}

@test "one server for a run, and none when it is over" {
    fetching process ', "multiprocessing_start_method": "spawn"'
    [ "$(server_pid | wc -w)" -eq 1 ]
    local server
    server=$(server_pid)
    running "$server"
    kill -INT -- "-$pid"
    finish 5
    status_is 130
    no_process_left
    nothing_left
    without . <(running "$server" && echo "the server is still there")
}

@test "Ctrl-C and SIGTERM, to the program and to its group" {
    local executor name
    for executor in process thread async; do
        for name in INT TERM; do
            fetching "$executor" ""
            kill "-$name" -- "$([ $name = INT ] && echo -)$pid"
            finish 5
            status_is $((128 + $(kill -l "$name")))
            no_process_left
            nothing_left
            rm -r results
        done
    done
}

@test "kill -9 of the program: its server goes with it" {
    local executor
    for executor in process thread async; do
        fetching "$executor" ""
        kill -9 "$pid"
        no_process_left 5
        wait "$pid" || true
        rm -rf results "$TMPDIR"/*
    done
}

@test "Ctrl-Z and fg: the server goes on" {
    fetching thread ""
    kill -TSTP -- "-$pid"
    sleep 0.3
    kill -CONT -- "-$pid"
    local before
    before=$(grep -c '^\[' "$seen/err")
    until_true 20 passes_saved $((before + 2))
    kill -INT "$pid"
    finish 5
    status_is 130
    without 'failed' "$seen/err"
}

@test "the server killed in the middle of a run: failed tasks with the reason, and no hang" {
    local executor
    for executor in process thread async async-blocking; do
        fetching "$executor" ""
        kill -9 "$(server_pid)"
        finish 20
        status_is 1
        err_has "every task failed" "127.0.0.1"
        no_process_left
        nothing_left
        rm -r results
    done
    fetching process ', "multiprocessing_start_method": "spawn"'
    kill -9 "$(server_pid)"
    finish 20
    status_is 1
    err_has "127.0.0.1"
    no_process_left
    nothing_left
}

@test "the server is no disturbance of the run" {
    # Small records without a wait: nothing but the server and the workers use CPUs.
    config run.json '{"task": "api", "task_args": [0], "task_count": 4000, "iterations": 5, "workers": [1]}'
    pp --config run.json
    status_is 0
    local load
    load=$(cut -d' ' -f1 /proc/loadavg)
    [ "${load%%.*}" -lt 2 ] || skip "this machine is busy with other things"
    # What else runs here for a moment may disturb some passes; the server, were it counted, would disturb each.
    [ "$(grep -c 'other load' "$seen/err")" -lt 5 ] || fail "all passes were disturbed"
}

@test "arguments out of range are refused" {
    refused --config run.json --set 'task_args=[-1]'
    err_has 'task_args/0: found -1, expected a number from 0 to 3600000'
    refused --config run.json --set 'task_args=[1, 10]'
    err_has 'task_args/1: found 10, expected an integer from 256 to 16777216'
    refused --config run.json --set 'task_args={"session": 1}'
    err_has 'task_args/session: found 1'
}
