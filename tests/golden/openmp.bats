#!/usr/bin/env bats
# Tasks in the threads of an OpenMP team: what its environment may change, and what is left when a run does not get to
# its end.

load helpers
load in_process
setup() {
    enter
    config run.json '{"task": "sum", "task_count": 500, "executor": "openmp", "workers": [0, 1, 2, 3]}'
    pp --config run.json
    without 'built without OpenMP' "$seen/err" || skip "built without OpenMP"
    status_is 0
}
teardown() { leave; }

# The runner fails a run whose check values differ.
@test "a team does the same work as plain calls, threads and processes" {
    rows_are "$(csv_of results)" sequential openmp_1 openmp_2 openmp_3
    out_has "every answer verified"
    rm -r results
    pp --config run.json --set 'executor=["process", "thread", "openmp"]' --set 'workers=[0, 2]' --set 'chunk_size=[1, "auto"]'
    status_is 0
    grep -q '^openmp_2 chunk_size=1,' results/*.csv
    grep -q '^openmp_2 chunk_size=auto,' results/*.csv
    out_has "every answer verified"
}

# What the case of two workers had besides one: as much CPU time as two threads can use.
@test "OMP_NUM_THREADS and OMP_DYNAMIC change nothing" {
    rm -r results
    OMP_NUM_THREADS=1 OMP_DYNAMIC=true OMP_MAX_ACTIVE_LEVELS=0 pp --config run.json --set 'workers=[5]' \
        --set 'task="sleep"' --set 'task_args=[20]' --set task_count=25
    status_is 0
    rows_are "$(csv_of results)" openmp_5
    awk -F, 'NR == 2 { exit $6 >= 0.4 }' results/*.csv # one thread would need half a second
}

@test "OMP_THREAD_LIMIT is told before anything runs" {
    rm -r results
    OMP_THREAD_LIMIT=2 pp --config run.json
    status_is 2
    err_has "run.json: " "3 workers are more threads than OMP_THREAD_LIMIT allows (2): raise it, leave it out"
    [ ! -e results ]
    OMP_THREAD_LIMIT=2 pp --config run.json --set 'workers=[2]'
    status_is 0
}

# allowed_now: the CPUs that the program, and all of its threads and processes, may run on.
allowed_now() {
    local id
    for id in "$pid" $(workers_of "$pid"); do cat "/proc/$id"/task/*/status 2>/dev/null; done |
        sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' | sort -u
}

@test "OMP_PROC_BIND binds nobody, whoever works" {
    local all executor
    all=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$$/status")
    export OMP_PROC_BIND=true OMP_PLACES='{0}' GOMP_CPU_AFFINITY=0
    for executor in openmp process; do
        sleeping "$executor" 50
        start --config run.json
        until_true 10 passes_saved 1
        [ "$(allowed_now)" = "$all" ]
        kill -INT "$pid"
        finish 10
        status_is 130
    done
}

@test "SIGINT with a team of 2" {
    rm -r results
    stopped_by INT openmp
}

@test "task_timeout with a team: the run cannot go on, and ends" {
    sleeping openmp 3600000
    start --config run.json --set task_timeout=0.2
    finish 10
    status_is 1
    err_has "ran past the task_timeout of 0.2 s in openmp_2, where it cannot be ended" '"executor": "process"'
    no_process_left
    nothing_left
}

@test "a crash in a team: what was measured is saved" {
    sleeping openmp 1 5
    crash_of openmp_2 openmp_2
}

@test "the threads of a team are pinned" {
    pp machine
    without '^topology: ' "$seen/out" || skip "hwloc is not there"
    local cpus
    cpus=$(awk '/^pin compact:/ { sub(/.*CPUs/, ""); print $1 }' "$seen/out")
    sleeping openmp 50
    start --config run.json --set 'pin="compact"' --set 'workers=[1]'
    until_true 10 is_pinned_to "$cpus"
    kill -INT "$pid"
    finish 10
}

# is_pinned_to CPU: a thread of the program is, and the program itself is not.
is_pinned_to() {
    grep -q "^Cpus_allowed_list:[[:space:]]*$1\$" "/proc/$pid"/task/*/status 2>/dev/null &&
        ! grep -q "^Cpus_allowed_list:[[:space:]]*$1\$" "/proc/$pid/status"
}

# worker_has VARIABLE=VALUE: a worker process was started with it.
worker_has() {
    local worker
    for worker in $(workers_of "$pid"); do
        tr '\0' '\n' <"/proc/$worker/environ" | grep -qx "$1" && return
    done
    return 1
}

@test "libraries of tasks find in the environment what was set for them" {
    export OMP_PROC_BIND=true OMP_WAIT_POLICY=active
    sleeping process 50
    start --config run.json --set 'multiprocessing_start_method="spawn"'
    until_true 10 worker_has OMP_PROC_BIND=true
    until_true 10 worker_has OMP_WAIT_POLICY=active
    kill -INT "$pid"
    finish 10
    unset OMP_WAIT_POLICY
    start --config run.json --set 'multiprocessing_start_method="spawn"'
    until_true 10 worker_has OMP_PROC_BIND=true
    ! worker_has OMP_WAIT_POLICY=passive
    kill -INT "$pid"
    finish 10
}
