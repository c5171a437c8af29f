#!/usr/bin/env bats
# The ranks of an MPI job: one program that prints and writes, many that work; and what happens when one is lost.

load helpers
# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }
setup() { enter; }
teardown() { leave; }

# ranks_of_job: process ids of the ranks of the background run, in order of rank.
ranks_of_job() {
    local pid
    for pid in $(pgrep -f -x "$pptest_mpi --config run.json"); do
        printf '%s %s\n' "$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^OMPI_COMM_WORLD_RANK=//p')" "$pid"
    done | sort -n | cut -d' ' -f2
}
ranks_gone() { [ -z "$(ranks_of_job)" ]; }

# partial_result: a CSV and a JSON, marked as such.
partial_result() {
    [ "$(find results -type f | wc -l)" -eq 2 ]
    whole_json results/*.partial.json
    whole_csv results/*.partial.csv
    out_has "PARTIAL"
}

# stop_when PASSES COMMAND…: runs the command once so many passes have been saved, and waits for the end.
stop_when() {
    local passes=$1
    shift
    start --config run.json
    until_true 20 passes_saved "$passes"
    "$@"
    finish 10
    until_true 5 ranks_gone
}

@test "pptest lists the executor and says why it cannot be used" {
    config ok.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": 1}'
    refused --config ok.json
    err_has 'ok.json: /executor: "mpi" cannot be used: ' 'mpirun -n N pptest-mpi'
}

@test "worker counts up to the ranks less one are tested in one start" {
    mpi_job 4
    config ok.json '{"task": "noop", "task_count": 1000, "executor": "mpi", "workers": [0, 1, 2, 3], "iterations": 2}'
    pp --config ok.json
    status_is 0
    rows_are "$(csv_of results)" sequential mpi_1 mpi_2 mpi_3
    [ "$(find results -type f | wc -l)" -eq 2 ]
    whole_json results/*.json
    grep -q "\"$(uname -n)\"" results/*.json
    [ "$(grep -c 'every answer verified' "$seen/out")" -eq 1 ]
    [ "$(grep -c '^\[' "$seen/err")" -eq 8 ]
    nothing_left
}

# The runner fails a run whose check values differ.
@test "ranks do the same work as plain calls, whatever the task" {
    mpi_job 3
    local task
    local -A small=([zip]=1 [io]=1 [password]='1, 2, [2, 2], 0.5' [random]='["sum", "multi", "noop"]' [api]='5, 300, 2' [prefix]='1000, 900, 20, 5'
        [mix]='["sum", [1000], 2], ["zip", [1]], ["noop"]')
    for task in sum multi sort noop zip io password prefix random api mix; do
        config "$task.json" "{\"task\": \"$task\", \"task_args\": [${small[$task]-}], \"task_count\": 7, \"executor\": [\"process\", \"mpi\"],
            \"workers\": [0, 1, 2], \"iterations\": 1}"
        if [[ "$("$pptest_mpi" tasks "$task")" == *"built without"* ]]; then continue; fi
        pp --quiet --config "$task.json" --output "$task"
        status_is 0
        rows_are "$(csv_of "$task")" sequential parallel_1 parallel_2 mpi_1 mpi_2
    done
    nothing_left
}

@test "chunk sizes, warm-ups and other executors go together with ranks" {
    mpi_job 3
    config ok.json '{"task": "sum", "task_args": [1000], "task_count": 500, "warmup": 1, "iterations": 2, "runners": [
        {"executor": "mpi", "workers": [1, 2], "chunk_size": [1, 7]},
        {"executor": "process", "workers": 2, "multiprocessing_start_method": "spawn"},
        {"executor": "process", "workers": 2, "multiprocessing_start_method": "forkserver"}], "workers": 0}'
    pp --quiet --config ok.json
    status_is 0
    nothing_left
}

@test "several configs, of which one needs ranks" {
    mpi_job 2
    noop_config
    config mpi.json '{"task": "noop", "task_count": 100, "executor": "mpi", "workers": 1}'
    pp --quiet --config ok.json --config mpi.json --config mpi.json
    status_is 0
    [ "$(find results -name '*.csv' | wc -l)" -eq 3 ]
}

@test "inputs come from rank 0: the others see no file" {
    mpi_job 3 sh -c \''[ "$OMPI_COMM_WORLD_RANK" = 0 ] || cd /; exec "$0" "$@"'\'
    cp "$project/example_configs/images/sample.jpg" here.jpg
    config ok.json '{"task": "img", "task_args": [["here.jpg", "here.jpg"]], "task_count": 6, "executor": "mpi",
        "workers": [0, 2]}'
    pp --quiet --config ok.json
    [[ "$err" != *"built without"* ]] || skip "built without libjpeg-turbo"
    status_is 0
    rows_are "$(csv_of results)" sequential mpi_2
}

@test "an input that cannot be used is said once, with its place" {
    mpi_job 3
    echo '{}' >no.jpg
    cp "$project/example_configs/images/sample.jpg" yes.jpg
    config bad.json '{"task": "img", "task_args": [["yes.jpg", "no.jpg"]], "task_count": 6, "executor": "mpi",
        "workers": 2}'
    pp --quiet --config bad.json
    [[ "$err" != *"built without"* ]] || skip "built without libjpeg-turbo"
    status_is 2
    err_has "bad.json: /task_args/0/1: no.jpg: Not a JPEG file"
    [ "$(grep -c '^error' "$seen/err")" -eq 1 ]
}

@test "too many workers are refused with what to start" {
    mpi_job 2
    config many.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": [1, 3]}'
    pp --config many.json
    status_is 2
    err_has 'many.json: 3 workers by mpi need `mpirun -n 4 pptest-mpi …`, but there are 2 ranks'
    [ "$(grep -c '^error' "$seen/err")" -eq 1 ]
    [ ! -e results ]
}

@test "without mpirun there is one rank, and all but mpi works" {
    mpi_job 2
    pptest=$pptest_mpi
    noop_config
    pp --quiet --config ok.json
    status_is 0
    config mpi.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": 1}'
    pp --config mpi.json
    status_is 2
    err_has 'need `mpirun -n 2 pptest-mpi …`, but there is 1 rank'
}

@test "moving data and pinning are refused with the reason" {
    mpi_job 2
    config move.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": 1, "transfer": {"result": "pipe"}}'
    pp check --config move.json
    status_is 2
    err_has "move.json: /transfer: "
    config pin.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": 1, "pin": "compact"}'
    pp check --config pin.json
    status_is 2
    err_has "pin.json: /pin: " "--bind-to"
}

@test "commands that run nothing are answered by rank 0 alone" {
    mpi_job 3
    noop_config
    pp --version
    status_is 0
    [ "$out" = "$("$pptest_mpi" --version)" ]
    pp check --config ok.json
    status_is 0
    [ "$(grep -c '^ok.json: ' "$seen/out")" -eq 1 ]
    pp tasks noop
    status_is 0
    [ "$out" = "$("$pptest_mpi" tasks noop)" ]
    pp --config nowhere.json
    status_is 2
    [ "$(grep -c '^error' "$seen/err")" -eq 1 ]
}

@test "a worker that cannot start ends the run, not the ranks" {
    mpi_job 2 sh -c \''[ "$OMPI_COMM_WORLD_RANK" = 0 ] || ulimit -v 1500000; exec "$0" "$@"'\'
    plain_build_only
    config big.json '{"task": "sort", "task_args": [400000000], "task_count": 1, "executor": "mpi", "workers": 1}'
    noop_config
    pp --quiet --config big.json --config ok.json
    status_is 1
    err_has "worker 0 (rank 1 on " "cannot start: "
    [ "$(find results -name 'noop*.csv' | wc -l)" -eq 1 ]
    nothing_left
}

@test "failing tasks are counted, and the run goes on" {
    mpi_job 2
    config late.json '{"task": "sleep", "task_args": [50], "task_count": 3, "executor": "mpi", "workers": 1,
        "task_timeout": 0.01, "iterations": 1}'
    pp --config late.json
    status_is 1
    err_has "task 0: ran for " "past the task_timeout of 0.01 s"
    nothing_left
}

@test "a task that does not end: the job ends, what was measured before is saved" {
    mpi_job 2
    config hang.json '{"task": "sleep", "task_args": [3600000], "task_count": 3, "executor": "mpi", "workers": 1,
        "task_timeout": 0.2}'
    pp --config hang.json
    status_is 1
    err_has "worker 0 (rank 1 on " "ran past the task_timeout of 0.2 s" "the MPI job ends here"
    nothing_left
}

kill_second_rank() { kill -9 "$(ranks_of_job | sed -n 2p)"; }

@test "a lost rank: the job ends, what was measured is saved and marked" {
    mpi_job 3
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 200, "executor": "mpi", "workers": 2,
        "iterations": 100000}'
    stop_when 2 kill_second_rank
    # Of the program it is 1; mpirun says what became of the rank.
    [ "$status" -eq 137 ] || [ "$status" -eq 1 ] || fail "exit status $status"
    err_has "rank 1 on $(uname -n) (process " "is gone, and with it the MPI job ends"
    partial_result
    nothing_left
}

interrupt_job() { kill -INT "$pid"; }

program_of_task() { pgrep -f "sleep $marked"; }
no_program_of_task() { ! program_of_task; }

@test "given up or stopped, no program of a task is left" {
    marked=87${BATS_TEST_NUMBER:-0}$$ # a duration that only this test's own programs sleep for
    mpi_job 3
    config run.json "{\"task\": \"exec\", \"executor\": \"mpi\", \"workers\": 2, \"task_count\": 4,
        \"task_args\": [\"setsid sleep $marked & sleep $marked & sleep $marked\", true]}"
    start --config run.json --set task_timeout=0.5
    finish 20
    err_has "ran past the task_timeout of 0.5 s"
    until_true 10 no_program_of_task
    start --config run.json
    until_true 20 program_of_task
    interrupt_job
    finish 20
    until_true 10 no_program_of_task
}

@test "SIGINT to mpirun: what was measured is saved and marked" {
    mpi_job 3
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 200, "executor": "mpi", "workers": [0, 2],
        "iterations": 100000}'
    stop_when 2 interrupt_job
    [ "$status" -ne 0 ]
    err_has "stopped by signal 15" # which is what mpirun makes of it
    partial_result
    nothing_left
}

# What is measured without them must not be measured with less of the machine.
@test "ranks that wait use no CPU" {
    mpi_job 4
    config run.json '{"task": "sleep", "task_args": [3000], "task_count": 1, "executor": "mpi", "workers": [0, 1]}'
    start --config run.json
    until_true 10 all_ranks_there
    sleep 0.5
    local before after
    before=$(idle_cpu_ns)
    sleep 1
    after=$(idle_cpu_ns)
    [ "$((after - before))" -lt 100000000 ] || fail "three ranks used $((after - before)) ns in a second"
    finish 20
    status_is 0
}
all_ranks_there() { [ "$(ranks_of_job | wc -l)" -eq 4 ]; }
idle_cpu_ns() {
    local rank
    for rank in $(ranks_of_job | tail -n +2); do cat "/proc/$rank/schedstat"; done | awk '{ n += $1 } END { print n }'
}

@test "a bound rank 0 is said, where workers inherit it" {
    mpi_job 2 taskset -c 0
    needs taskset
    [ "$(nproc)" -gt 1 ] || skip "there is one CPU only"
    noop_config
    pp --config ok.json
    status_is 0
    err_has "mpirun has bound rank 0 to 1 of $(getconf _NPROCESSORS_ONLN) CPUs"
    config mpi.json '{"task": "noop", "task_count": 10, "executor": "mpi", "workers": [0, 1]}'
    pp --config mpi.json
    status_is 0
    [[ "$err" != *"has bound"* ]]
}
