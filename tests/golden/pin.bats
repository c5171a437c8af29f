#!/usr/bin/env bats
# Workers that are pinned to CPUs.

load helpers
setup() {
    enter
    noop_config
}
teardown() { leave; }

# needs_hwloc: the program finds it.
needs_hwloc() {
    pp machine
    without '^topology: ' "$seen/out" || skip "hwloc is not there"
}

# order_of compact|scatter: CPUs as `pptest machine` tells them, one a line.
order_of() {
    "$pptest" machine | awk -v name="pin $1:" '
        index($0, name) == 1 { on = 1; sub(/^[^:]*: *CPUs/, "") }
        /^[^ ]/ { on = 0 }
        on { for (i = 1; i <= NF; i++) print $i }'
}

# cpus_of CASE: those in the only JSON result, on one line.
cpus_of() {
    python3 - "$1" results/*.json <<'END'
import json, sys
case = next(c for c in json.load(open(sys.argv[2]))["cases"] if c["name"] == sys.argv[1])
print(case["pin"], *case["cpus"])
END
}

@test "the result says which CPUs the workers were given" {
    needs python3
    needs_hwloc
    local cpus pin
    for pin in compact scatter; do
        cpus=$(order_of "$pin" | head -n 2 | tr '\n' ' ')
        [ -n "$cpus" ] || skip "there is but one CPU"
        rm -rf results
        pp --config ok.json --set 'workers=[0, 1, 2]' --set "pin=\"$pin\""
        status_is 0
        [ "$(cpus_of sequential)" = none ]
        [ "$(cpus_of parallel_1)" = "$pin ${cpus%% *}" ]
        [ "$(cpus_of parallel_2) " = "$pin $cpus" ]
    done
}

@test "without pin no CPUs are named" {
    needs python3
    pp --config ok.json
    status_is 0
    [ "$(cpus_of parallel_2)" = none ]
}

# pinned_to PID LIST: the process may run on these CPUs.
pinned_to() { grep -q "^Cpus_allowed_list:[[:space:]]*$2\$" "/proc/$1/status"; }

# pins_of ALL: the CPUs of the workers that may not run on all; a worker that has just been started still may, and a fork
# server always.
pins_of() {
    local worker
    for worker in $(workers_of "$pid"); do
        sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$worker/status"
    done | grep -vx "$1" | sort -n | tr '\n' ' '
}
pins_are() { [ "$(pins_of "$1")" = "$2" ]; }

@test "each worker runs on a CPU of its own, by every start method, and the program on any" {
    needs_hwloc
    local method all own
    all=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$$/status")
    own=$(order_of compact | head -n 2 | sort -n | tr '\n' ' ')
    [ -n "$own" ] || skip "there is but one CPU"
    config naps.json '{"task": "sleep", "task_args": [5], "task_count": 10000, "workers": [2], "pin": "compact"}'
    for method in fork spawn forkserver; do
        start --config naps.json --set "multiprocessing_start_method=\"$method\""
        until_true 10 has_workers 2
        until_true 10 pins_are "$all" "$own"
        pinned_to "$pid" "$all"
        kill -INT "$pid"
        finish 10
        status_is 130
    done
}

@test "pin heeds the affinity mask" {
    needs python3 taskset
    needs_hwloc
    local last
    last=$(taskset -pc $$ | sed 's/.*[^0-9]\([0-9]*\)$/\1/')
    taskset -c "$last" "$pptest" --quiet --config ok.json --set 'workers=[1, 3]' --set 'pin="scatter"'
    [ "$(cpus_of parallel_1)" = "scatter $last" ]
    [ "$(cpus_of parallel_3)" = "scatter $last" ]
}

@test "a worker gets a CPU for each thread of its task's library" {
    needs python3
    needs_hwloc
    "$pptest" tasks matrix | without 'unavailable\|cannot be' || skip "built without OpenBLAS"
    [ "$(order_of compact | wc -l)" -ge 2 ] || skip "there is but one CPU"
    config matrix.json '{"task": "matrix", "task_args": [16], "task_count": 4, "workers": [1], "library_threads": 2,
        "pin": "compact"}'
    pp --config matrix.json
    status_is 0
    [ "$(cpus_of parallel_1)" = "compact $(order_of compact | head -n 2 | tr '\n' ' ' | sed 's/ $//')" ]
}

@test "runners compare placements" {
    needs_hwloc
    config both.json '{"task": "noop", "task_count": 10, "workers": [2], "runners": [{}, {"pin": "scatter"}]}'
    pp check --config both.json
    status_is 0
    out_has "parallel_2 pin=none, parallel_2 pin=scatter"
    pp --config both.json
    status_is 0
    rows_are "$(csv_of results)" "parallel_2 pin=none" "parallel_2 pin=scatter"
}

@test "check says how workers are pinned" {
    needs_hwloc
    pp check --config ok.json --set 'pin="compact"'
    status_is 0
    out_has "workers 0, 2, pin compact"
    pp check --config ok.json
    without ' pin ' "$seen/out"
}

@test "pin is refused where hwloc cannot tell how the CPUs lie" {
    plain_build_only
    local other
    other=$(ldd "$pptest" | sed -n 's/.* => \(.*jansson.*\) (.*/\1/p')
    [ -n "$other" ] || skip "no library is at hand that could stand in for hwloc"
    mkdir "$BATS_TEST_TMPDIR/wrong"
    cp "$other" "$BATS_TEST_TMPDIR/wrong/libhwloc.so.15"
    export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/wrong
    refused --config ok.json --set 'pin="compact"'
    err_has "ok.json: /pin: \"compact\" needs hwloc to tell how the CPUs lie (or leave \"pin\" out): "
    refused check --config ok.json --set 'pin="compact"'
    config both.json '{"task": "noop", "task_count": 10, "workers": [2], "runners": [{}, {"pin": "scatter"}]}'
    refused check --config both.json
    err_has "both.json: /runners/1/pin: \"scatter\" needs hwloc"
    pp check --config ok.json
    status_is 0
}

@test "what is no placement is refused" {
    refused --config ok.json --set 'pin="close"'
    err_has 'found "close", expected "none", "compact" or "scatter"'
    refused --config ok.json --set pin=3
    refused --config ok.json --set pin=null
}
