#!/usr/bin/env bats
# Workers that are killed, stopped or stuck: the run goes on with fresh ones, says so, and ends.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() {
    enter
    server=
}
teardown() { leave; }

methods="fork spawn forkserver"

# 90 tasks of 20 ms on 3 workers: six tenths of a second in which to meddle.
steady() {
    config run.json "{\"task\": \"sleep\", \"task_args\": [20], \"task_count\": 90, \"workers\": [3], \"iterations\": 2,
        \"multiprocessing_start_method\": \"${1:-fork}\"}"
    server=
    [ "${1:-fork}" != forkserver ] || server=unknown
}

# find_server: sets $server to the child that was forked before there was a pool, whose memory it does not have. Three
# that have it must be there: a worker that just begins or ends does not have it either.
find_server() {
    local child without=() with=0
    for child in $(workers_of "$pid"); do
        if readlink "/proc/$child/fd/"* 2>/dev/null | grep -q pptest-boards; then with=$((with + 1)); else without+=("$child"); fi
    done
    [ "$with" -eq 3 ] && [ "${#without[@]}" -eq 1 ] && server=${without[0]}
}

# workers: their ids; who asks for them while a fork server is at work has found it.
workers() { workers_of "$pid" | grep -vx "${server:-none}" || true; }

# three_work: in the middle of a pass, so that there is time to do something to them.
three_work() {
    [ "$server" != unknown ] || find_server || return 1
    [ "$(workers | wc -l)" -eq 3 ]
}

# lose SIGNAL METHOD: one worker in the middle of its work.
lose() {
    steady "$2"
    start --config run.json
    until_true 10 three_work
    sleep 0.15
    local victim
    victim=$(workers | head -n 1)
    kill "-$1" "$victim"
    finish 20
    # The lost task was run again: nothing failed, but the numbers are not those of a quiet run.
    status_is 1
    rows_are "$(csv_of results)" parallel_3
    [ "$(cell "$(csv_of results)" parallel_3 21)" = 0 ]
    [ "$(cell "$(csv_of results)" parallel_3 20)" = 2 ]
    err_has "1 worker lost"
    out_has "1 worker was lost"
    no_process_left
    nothing_left
}

@test "a worker is killed (fork)" { lose KILL fork; err_has "killed by signal 9"; }
@test "a worker is killed (spawn)" { lose KILL spawn; err_has "killed by signal 9"; }
@test "a worker is killed (forkserver)" { lose KILL forkserver; err_has "killed by signal 9"; }
@test "a worker is terminated" { lose TERM fork; err_has "killed by signal 15"; }
@test "a worker dies of a memory error" { plain_build_only; lose SEGV fork; err_has "killed by signal 11"; }
@test "a worker is stopped for good (fork)" { lose STOP fork; }
@test "a worker is stopped for good (spawn)" { lose STOP spawn; }
@test "a worker is stopped for good (forkserver)" { lose STOP forkserver; }

@test "workers that are stopped when they should end, and when the run is stopped" {
    config run.json '{"task": "sleep", "task_args": [3600000], "task_count": 3, "workers": [3]}'
    start --config run.json
    until_true 10 three_work
    kill -STOP $(workers)
    kill -INT "$pid"
    finish 5
    status_is 130
    no_process_left
    nothing_left
}

@test "all workers are killed at once, twice" {
    local method
    for method in $methods; do
        steady "$method"
        start --config run.json
        local round
        for round in 0 1; do
            until_true 10 passes_saved $round
            until_true 10 three_work
            sleep 0.1
            kill -9 $(workers)
        done
        finish 20
        status_is 1
        rows_are "$(csv_of results)" parallel_3
        [ "$(cell "$(csv_of results)" parallel_3 20)" = 2 ]
        out_has "workers were lost"
        no_process_left
        nothing_left
        rm -r results
    done
}

@test "a task that is lost twice has failed" {
    config run.json '{"task": "sleep", "task_args": [1500], "task_count": 2, "workers": [2], "chunk_size": 1}'
    start --config run.json
    until_true 10 has_workers 2
    sleep 0.2
    local one
    one=$(workers | sort -n | head -n 1)
    kill -9 "$one"
    sleep 0.2
    # The fresh worker is the youngest.
    until_true 10 has_workers 2
    kill -9 "$(workers | sort -n | tail -n 1)"
    finish 20
    status_is 1
    rows_are "$(csv_of results)" parallel_2
    [ "$(cell "$(csv_of results)" parallel_2 21)" = 1 ]
    out_has "1 task failed" "2 workers were lost"
    err_has "lost"
    no_process_left
    nothing_left
}

@test "workers that die as often as they are replaced: the run ends" {
    config run.json '{"task": "sleep", "task_args": [500], "task_count": 6, "workers": [2]}'
    start --config run.json
    local deadline=$((SECONDS + 20 * patience))
    while running "$pid" && [ "$SECONDS" -lt "$deadline" ]; do
        kill -9 $(workers) 2>/dev/null || true
    done
    finish 5
    status_is 1
    err_has "lost"
    no_process_left
    nothing_left
}

@test "the fork server is killed: the run ends with a message, or does without it" {
    steady forkserver
    start --config run.json --set iterations=20
    until_true 10 three_work
    kill -9 "$server"
    finish 20
    status_is 1
    err_has "fork server"
    [ ! -e results ] || [ -z "$(find results -type f ! -name '*.csv' ! -name '*.json')" ]
    no_process_left
    nothing_left
}

@test "the fork server is stopped: the run does not wait for it for ever" {
    steady forkserver
    start --config run.json --set iterations=20
    until_true 10 three_work
    kill -STOP "$server"
    finish 20
    [ "$status" -le 1 ]
    no_process_left
    nothing_left
}

# ---- timeouts ----

@test "task_timeout ends tasks that run past it, with workers of every start" {
    local method
    for method in $methods; do
        config run.json "{\"task\": \"sleep\", \"task_args\": [3600000], \"task_count\": 3, \"workers\": [2], \"task_timeout\": 0.2,
            \"multiprocessing_start_method\": \"$method\"}"
        start --config run.json
        finish 10
        status_is 1
        err_has "every task failed" "ran past the task_timeout of 0.2 s"
        no_process_left
        nothing_left
        rm -rf results
    done
}

@test "task_timeout with 0 workers: the run cannot go on, and ends" {
    config run.json '{"task": "sleep", "task_args": [3600000], "task_count": 3, "workers": [2, 0], "task_timeout": 0.2}'
    start --config run.json --set 'workers=[0]'
    finish 10
    status_is 1
    err_has "task 0 ran past the task_timeout of 0.2 s in the main process"
    no_process_left
    nothing_left
    [ -z "$(find results -type f)" ]
}

@test "task_timeout leaves tasks alone that end in time" {
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 20, "workers": [0, 2], "task_timeout": 20}'
    pp --config run.json
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_2
}

# ---- limits ----

# limited OPTIONS ARG…: with prlimit's options.
limited() {
    status=0
    # shellcheck disable=SC2086
    timeout 60 prlimit $1 "$pptest" "${@:2}" >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    read_seen
}

@test "too few open files for the workers: told before the run" {
    plain_build_only
    needs prlimit
    config run.json '{"task": "noop", "task_count": 4, "workers": [0, 64]}'
    limited --nofile=20:20 --config run.json
    status_is 2
    err_has "64 workers need" "open files, but only 20 are allowed" "ulimit -n"
    [ ! -e results ]
    nothing_left
    local limit
    for limit in 3 4 5 6 7 8 9 10 12 14 16; do
        limited --nofile=$limit:$limit --config run.json --set 'workers=[0, 1]' --output "out$limit"
        [ "$status" -eq 2 ] || [ "$status" -eq 127 ] # the dynamic loader's own way to give up
        [ -n "$err" ]
        [ ! -e "out$limit" ]
    done
    nothing_left
}

@test "the soft limit on open files is raised where it may be" {
    plain_build_only
    needs prlimit
    [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 400 ] || skip "the hard limit is lower"
    config run.json '{"task": "noop", "task_count": 4, "workers": [300]}'
    limited --nofile=50:400 --config run.json
    status_is 0
    rows_are "$(csv_of results)" parallel_300
}

@test "too few processes for the workers: told before the run" {
    plain_build_only
    needs prlimit
    open_ground
    config run.json '{"task": "noop", "task_count": 4, "workers": [0, 64]}'
    status=0
    timeout 60 prlimit --nproc=20:20 setpriv --reuid=65534 --regid=65534 --clear-groups "$ground/pptest" --config run.json \
        >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    read_seen
    status_is 2
    err_has "64 workers and the" "are more than the 20 allowed" "ulimit -u"
    [ ! -e results ]
    nothing_left
}

@test "little address space: a clear error, whatever the amount" {
    plain_build_only
    needs prlimit
    config run.json '{"task": "sort", "task_args": [10000000], "task_count": 2, "workers": [0, 2]}'
    local mib
    for mib in 4 6 8 10 12 16 24 32 48 64 96 128 192 256; do
        limited --as=$((mib * 1024 * 1024)) --config run.json --output "out$mib"
        [ "$status" -le 2 ] || [ "$status" -eq 127 ] || fail "$mib MiB: $status"
        [ "$status" -eq 0 ] || [ -n "$err" ] || fail "$mib MiB: not a word"
        [ ! -d "out$mib" ] || [ -z "$(find "out$mib" -type f)" ] || whole_csv "$(csv_of "out$mib")"
        nothing_left
    done
}

@test "a limit on file size fails the task, not the program" {
    plain_build_only
    needs prlimit
    config run.json '{"task": "io", "task_args": [2], "task_count": 2, "workers": [0, 2]}'
    limited --fsize=1048576 --config run.json
    status_is 1
    err_has "File too large" "ulimit -f"
    nothing_left
    # Room for a message, which goes to a file here too, but not for a result.
    limited --fsize=560 --config run.json --quiet --set 'task="noop"' --set 'task_args=[]' --output small --format csv
    status_is 1
    err_has "File too large"
    # The first pass had room; the second, that has more to say, did not, and left the first as it was.
    [[ "$(csv_of small)" == *.partial.csv ]]
    whole_csv "$(csv_of small)"
    [ "$(wc -l <"$(csv_of small)")" -eq 2 ]
}
