#!/usr/bin/env bats
# Standard output and standard error that are closed, full, or cut off.
# run: together

load helpers
setup() {
    enter
    noop_config
}
teardown() { leave; }

# full COMMAND…: with standard output on a full device.
full() {
    status=0
    timeout 60 "$pptest" "$@" >/dev/full 2>"$seen/err" 3>&- || status=$?
    : >"$seen/out"
    read_seen
}

@test "a full standard output: exit 1, a message, the results kept" {
    full --config ok.json
    status_is 1
    err_has "error: cannot write to standard output: "
    rows_are "$(csv_of results)" sequential parallel_2
    nothing_left
}

@test "a full standard output fails every command that prints" {
    local command
    for command in --help --version tasks "tasks zip" schema "check --config ok.json"; do
        # shellcheck disable=SC2086
        full $command
        status_is 1
        err_has "cannot write to standard output"
    done
}

@test "a full standard output does not hide a wrong config" {
    full --config missing.json
    status_is 2
}

@test "a reader that goes away after the first line is no error, and the results are kept" {
    local statuses first
    set +o pipefail
    for _ in 1 2 3; do
        "$pptest" --config ok.json 2>"$seen/err" | head -n 1 >"$seen/first"
        statuses=("${PIPESTATUS[@]}")
        [ "${statuses[0]}" -eq 0 ]
        first=$(cat "$seen/first")
        [ "$first" = "noop, 100 tasks" ]
        without '^error' "$seen/err"
    done
    [ "$(find results -name '*.csv' ! -name '*partial*' | wc -l)" -eq 3 ]
    nothing_left
}

@test "a reader that has gone before anything is printed" {
    mkfifo pipe
    # Opened by a reader and given up at once, so that every write meets a broken pipe.
    (exec 9<>pipe 8>pipe; exec 9>&-; "$pptest" --config ok.json >&8 2>"$seen/err") || status=$?
    [ "${status:-0}" -eq 0 ]
    rows_are "$(csv_of results)" sequential parallel_2
    (exec 9<>pipe 8>pipe; exec 9>&-; "$pptest" schema >&8 2>"$seen/err") || status=$?
    [ "${status:-0}" -eq 0 ]
}

# The program opens its own files on the free numbers; results must not end up in them.
closed() {
    status=0
    case $1 in
    0) timeout 60 "$pptest" "${@:2}" <&- >"$seen/out" 2>"$seen/err" 3>&- || status=$? ;;
    1) timeout 60 "$pptest" "${@:2}" >&- 2>"$seen/err" 3>&- || status=$? ;;
    2) timeout 60 "$pptest" "${@:2}" >"$seen/out" 2>&- 3>&- || status=$? ;;
    all) timeout 60 "$pptest" "${@:2}" <&- >&- 2>&- 3>&- || status=$? ;;
    esac
    echo "closed $1: exit status $status"
}

@test "standard input, output or error closed: whole results, nothing else in them" {
    local which method
    config both.json '{"task": "io", "task_args": [1], "task_count": 4, "workers": [0, 2]}'
    for which in 0 1 2 all; do
        for method in fork spawn forkserver; do
            : >"$seen/out"
            : >"$seen/err"
            closed "$which" --config both.json --output "$which-$method" --set "multiprocessing_start_method=\"$method\""
            [ "$status" -le 1 ]
            rows_are "$(csv_of "$which-$method")" sequential parallel_2
            without -a '^error.*task' "$seen/err"
            nothing_left
        done
    done
}

@test "a closed standard output is told, as a full one is" {
    closed 1 --config ok.json
    status_is 1
    grep -F "cannot write to standard output" "$seen/err"
    closed 1 --version
    status_is 1
}

@test "a closed standard error keeps the exit status" {
    closed 2 --config missing.json
    status_is 2
    closed 2 --config ok.json
    status_is 0
}

@test "a full standard error does not stop the run" {
    status=0
    "$pptest" --config ok.json >"$seen/out" 2>/dev/full || status=$?
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "results go to standard output, progress and remarks to standard error" {
    pp --config ok.json
    without -E '^(\[|warning|error)' "$seen/out"
    without -E 'tasks/s|results/' "$seen/err"
    out_has tasks/s results/
}

@test "a reason for failures is said once of each case, another one when it comes, and all are counted at the end" {
    printf '%s\n' 'echo >>log' '[ "$1" -lt 2 ] || exit 0' '[ "$(wc -l <log)" -gt 12 ] || exit 1' 'echo out of luck >&2; exit 3' >fails
    config fails.json '{"task": "exec", "task_args": ["sh fails {index}", true], "task_count": 3, "workers": [0, 1], "iterations": 4,
        "warmup": 0, "repeat_disturbed": 0}'
    pp --config fails.json
    status_is 1
    grep '^warning: .* failed' "$seen/err" >warnings
    [ "$(grep -c 'the first: task [01]: the command ended with status 1 instead of 0 (further ones like it' warnings)" -eq 2 ]
    [ "$(grep -c '; for another reason: task 0: the command ended with status 3 instead of 0: out of luck$' warnings)" -eq 2 ]
    [ "$(wc -l <warnings)" -eq 4 ]
    [ "$(grep -cE '^(sequential|parallel_1): [0-9]+ tasks failed' "$seen/out")" -eq 2 ]
}

@test "why tasks failed: on standard error, with --quiet too, and counted in the JSON result" {
    needs python3
    config fails.json '{"task": "exec", "task_args": ["echo no \\\"luck\\\" >&2; exit $(({index} % 3))", true], "task_count": 10,
        "workers": [0, 2], "iterations": 2, "warmup": 1, "repeat_disturbed": 0}'
    local quiet
    for quiet in '' --quiet; do
        rm -rf results
        pp --config fails.json $quiet
        status_is 1
        err_has "warning: sequential: 6 tasks failed, 0 workers lost; the first: task 1: the command ended with status 1" \
            "warning: parallel_2: 6 tasks failed"
        [ -z "$quiet" ] || without '^\[' "$seen/err"
        python3 - results/*.json <<'END'
import json, sys
for case in json.load(open(sys.argv[1]))["cases"]:
    found = [(each["reason"], each["count"], each["task"]) for each in case["failures"]]
    words = "the command ended with status %d instead of 0: no \"luck\""
    assert found == [(words % 1, 9, 1), (words % 2, 9, 2)], found
    assert case["failed"] == 18 and case["failures_unlisted"] == 0, case
END
    done
    refused compare results/*.json results/*.json
    err_has "the two results have no case in common that did all its work"
}
