#!/usr/bin/env bats
# The user's own programs: what is run, what is said when they fail, and that nothing of them is left, however a run ends.

load helpers
setup() { enter; }
teardown() {
    pkill -9 -f "sleep $marked" 2>/dev/null || true
    leave
}

# A duration that only this test's own programs sleep for.
marked=86${BATS_TEST_NUMBER:-0}$$

own_programs() { pgrep -f "sleep $marked" || true; }
none_left() { [ -z "$(own_programs)" ] || fail "left: $(pgrep -af "sleep $marked")"; }

# run_by EXECUTOR|START_METHOD: the keys of the config that say so.
run_by() {
    case $1 in
    spawn | forkserver) printf '"multiprocessing_start_method": "%s"' "$1" ;;
    *) printf '"executor": "%s"' "$1" ;;
    esac
}

# running_config KEYS: each program has a child of its own, in the background.
running_config() {
    config run.json "{\"task\": \"exec\", \"task_args\": [\"setsid sleep $marked & sleep $marked & wait\", true], \"task_count\": 4,
        \"workers\": [2], \"repeat_disturbed\": 0 $1}"
}

@test "the same programs whoever runs them, however workers start" {
    config run.json '{"task": "exec", "task_args": ["sh -c \"exit 7\"", false, 7], "task_count": 12, "runners": [
        {"workers": [0]},
        {"executor": ["thread", "openmp", "async", "async-blocking"], "workers": [1, 3]},
        {"workers": [1, 3]},
        {"workers": 2, "multiprocessing_start_method": "spawn"},
        {"workers": 2, "multiprocessing_start_method": "forkserver"}]}'
    pp --config run.json
    without 'built without' "$seen/err" || skip "built without libuv or OpenMP"
    status_is 0
    out_has "every answer verified"
    nothing_left
}

@test "a string is split into words, a list is not, and numbers are filled in" {
    printf '#!/bin/sh\nprintf "%%s|" "$@" >>"$0.seen"\necho >>"$0.seen"\n' >"tell me"
    chmod +x "tell me"
    config run.json '{"task": "exec", "task_args": ["'"'./tell me'"' a\\ b \"c  d\" {index}{worker} {{seed}} {} {X}"],
        "task_count": 2, "workers": [0], "iterations": 1}'
    pp --config run.json
    status_is 0
    [ "$(head -n 1 "tell me.seen")" = "a b|c  d|00|{seed}|{}|{X}|" ]
    [ "$(sed -n 2p "tell me.seen")" = "a b|c  d|10|{seed}|{}|{X}|" ]
    rm "tell me.seen"
    pp --config run.json --set 'task_args=[["./tell me", "a b '"'"'", "i{index}"]]'
    status_is 0
    [ "$(sed -n 2p "tell me.seen")" = "a b '|i1|" ]
    grep -q '"tell me.seen"' ./*.json || grep -q '"a b' results/*.json # the config, as it was written
}

@test "a shell gets the string as it is, and standard input comes from a file" {
    printf 'one\ntwo\n' >lines
    config run.json '{"task": "exec", "task_args": ["wc -l >>counts; exit $(wc -l <counts)", true, 1, "lines"],
        "task_count": 1, "workers": [0], "repeat_disturbed": 0}'
    pp --config run.json
    status_is 0
    [ "$(tr -d ' ' <counts)" = 2 ]
}

@test "an empty folder in PATH stands for the current one" {
    printf '#!/bin/sh\n' >own-program
    chmod +x own-program
    config run.json '{"task": "exec", "task_args": ["own-program"], "task_count": 2, "workers": [0, 1]}'
    refused --config run.json
    PATH=:$PATH pp --config run.json
    status_is 0
}

@test "more programs at once than this process may have files for are refused" {
    config run.json '{"task": "exec", "task_args": ["true"], "task_count": 300, "workers": [200], "executor": "thread"}'
    (ulimit -n 256 && refused --config run.json && err_has '200 workers need 624 open files, but only 256 are allowed')
}

@test "what a program says when it fails is shown" {
    config run.json '{"task": "exec", "task_args": ["sh -c \"echo out; echo this is bad >&2; exit 3\""], "task_count": 2,
        "workers": [1]}'
    pp --config run.json
    status_is 1
    err_has "task 0: the command ended with status 3 instead of 0: this is bad"
    pp --config run.json --set 'task_args={"command": "sh -c \"echo out; exit 3\"", "shown": "both"}'
    err_has "instead of 0: out"
    pp --config run.json --set 'task_args=["sh -c \"kill -9 \\$\\$\""]'
    err_has "the command was ended by signal 9 (Killed)"
    pp --config run.json --set 'task_args=[["sh", "-c", "exec no-{index}-such"]]'
    err_has "status 127 instead of 0" "-such"
    nothing_left
}

@test "what cannot be run is refused before anything runs, with its place" {
    printf 'x' >text
    config run.json '{"task": "exec", "task_args": ["true"], "task_count": 2, "workers": [0]}'
    refused --config run.json --set 'task_args=["no-such-program x"]'
    err_has 'task_args/0: there is no program "no-such-program" in PATH'
    refused --config run.json --set 'task_args=["./none"]'
    err_has 'task_args/0: there is no program "./none"'
    refused --config run.json --set 'task_args=["./text"]'
    err_has 'cannot be executed; try chmod +x ./text'
    chmod +x text
    refused --config run.json --set 'task_args=["./text"]'
    err_has '"./text" cannot be executed: a script needs a first line such as #!/bin/sh'
    mkdir -p folders/ls folders/a
    refused --config run.json --set 'task_args=["./folders"]'
    err_has '"./folders" is a folder, expected a program'
    PATH=$PWD/folders:$PATH refused --config run.json --set 'task_args=["a"]'
    err_has 'there is no program "a" in PATH'
    PATH=$PWD/folders:$PATH pp --config run.json --set 'task_args=["ls /"]'
    status_is 0
    refused --config run.json --set 'task_args=["A=1 true"]'
    err_has 'for a variable write env A=1 and the program'
    refused --config run.json --set 'task_args=["sort text | uniq"]'
    err_has 'task_args/0: without a shell | is plain text: for a shell write true as the second argument ("shell")'
    refused --config run.json --set 'task_args=["echo '"'"'a"]'
    err_has "task_args/0: the command has a ' that is not closed"
    refused --config run.json --set 'task_args=["echo \\"]'
    err_has "ends in a backslash"
    refused --config run.json --set 'task_args=[["echo", "{indx}"]]'
    err_has 'task_args/0/1: unknown placeholder {indx}; known are {index}, {worker} and {seed}'
    refused --config run.json --set 'task_args=[["a", "b"], true]'
    err_has 'task_args/0: with a shell the command must be one string'
    refused --config run.json --set 'task_args=["cat", false, 0, "none"]'
    err_has 'task_args/3: there is no file "none"'
    refused --config run.json --set 'task_args=["cat", false, 0, "folders"]'
    err_has 'task_args/3: cannot read "folders": Is a directory'
    refused --config run.json --set 'task_args={"command": "cat", "stdin": "{index}"}'
    err_has 'task_args/stdin: there is no file "{index}"' 'with a shell, < in it reads another file for each task'
    refused --config run.json --set 'task="mix"' --set 'task_args=[["sum", [1]], ["exec", {"command": "no-such-program"}]]'
    err_has 'task_args/1/1/command: exec: there is no program "no-such-program"'
    refused --config run.json --set 'task="mix"' --set 'task_args={"tasks": [["exec", ["no-such-program"]]]}'
    err_has 'task_args/tasks/0/1/0: exec: there is no program "no-such-program"'
    printf '#!/bin/sh\r\n' >windows
    printf '#!/no/such\n' >lost
    chmod +x windows lost
    refused --config run.json --set 'task_args=["./windows"]'
    err_has '"./windows" has lines that end as on Windows'
    refused --config run.json --set 'task_args=["./lost"]'
    err_has '"./lost" is a script for /no/such, which cannot be executed: No such file or directory'
    refused --config run.json --set 'task_args=["  "]'
    err_has 'task_args/0: the command is empty'
    refused --config run.json --set 'task_args=[]'
    err_has '"command" is missing'
}

@test "the CPU time and the memory of programs are counted" {
    needs python3
    # shellcheck disable=SC2016
    config run.json '{"task": "exec", "task_args": ["python3 -c \"x = bytearray(50000000); sum(range(2000000))\""],
        "task_count": 4, "workers": [0, 2], "executor": ["process", "thread"], "repeat_disturbed": 0}'
    pp --config run.json
    status_is 0
    python3 - results/*.json <<'END'
import json, sys
for case in json.load(open(sys.argv[1]))["cases"]:
    (one,) = case["passes"]
    cpu = one["cpu_user"] + one["cpu_system"]
    parts, work = one["breakdown"], one["work"] * max(1, case["workers"])
    assert cpu > 0.05, (case["name"], cpu)
    assert parts["cpu"] + parts["runnable"] > 0.5 * work, (case["name"], parts, work)
    assert case["memory"]["peak_pss"] > 5e7, (case["name"], case["memory"])
END
}

@test "a program past task_timeout is ended, with all it has started" {
    running_config ', "task_timeout": 0.2'
    pp --config run.json
    status_is 1
    err_has "every task failed" "ran past the task_timeout of 0.2 s"
    none_left
    nothing_left
}

@test "however much a program writes, it does not wait for that, and its end is shown" {
    local executor
    for executor in process thread async async-blocking openmp; do
        config run.json "{\"task\": \"exec\", \"task_count\": 4, \"workers\": [0, 2], \"executor\": \"$executor\", \"task_args\":
            {\"command\": \"yes | head -c 1000000; echo last words >&2; exit 3\", \"shell\": true, \"shown\": \"both\"}}"
        pp check --config run.json
        without 'built without' "$seen/err" || continue
        pp --config run.json
        status_is 1
        err_has "ended with status 3 instead of 0: y|y|" "|y|last words"
    done
}

@test "what a program leaves in the background is ended with it" {
    config run.json "{\"task\": \"exec\", \"task_args\": [\"sleep $marked & exit 0\", true], \"task_count\": 4,
        \"workers\": [0, 2]}"
    pp --config run.json
    status_is 0
    none_left
}

@test "what has left its process group and its parents is ended too, and nobody else" {
    local executor strangers=()
    for _ in 1 2 3; do
        setsid sleep "61.$marked" &
        strangers+=($!)
    done
    for executor in process thread async async-blocking openmp spawn forkserver; do
        config run.json "{\"task\": \"exec\", \"task_args\": [\"setsid sh -c 'sleep $marked & exec sleep $marked' & true\", true],
            \"task_count\": 4, \"workers\": [0, 2], $(run_by "$executor")}"
        pp check --config run.json
        without 'built without' "$seen/err" || continue
        pp --config run.json
        status_is 0
        none_left
    done
    kill "${strangers[@]}"
}

@test "stopped in the middle, no program is left" {
    local executor
    for executor in process thread async async-blocking openmp spawn forkserver; do
        running_config ", $(run_by "$executor")"
        pp check --config run.json
        without 'built without' "$seen/err" || continue
        start --config run.json
        until_true 20 any_program
        kill -INT "$pid"
        finish 10
        status_is 130
        none_left
    done
}

@test "killed with -9 itself, no program is left" {
    local executor
    for executor in process thread async async-blocking openmp spawn forkserver; do
        running_config ", $(run_by "$executor")"
        pp check --config run.json
        without 'built without' "$seen/err" || continue
        start --config run.json
        until_true 20 any_program
        kill -9 "$pid"
        wait "$pid" || true
        until_true 5 none_left
    done
}

@test "a program past task_timeout is ended whoever runs it, and the others go on" {
    local executor
    for executor in process thread async async-blocking openmp; do
        config run.json "{\"task\": \"exec\", \"task_args\": [\"[ {index} != 1 ] || { sleep $marked & wait; }\", true],
            \"task_count\": 4, \"workers\": [0, 2], \"iterations\": 1, \"repeat_disturbed\": 0, \"task_timeout\": 0.5,
            \"executor\": \"$executor\"}"
        pp check --config run.json
        without 'built without' "$seen/err" || continue
        pp --config run.json --output "of-$executor"
        status_is 1
        err_has "task 1: " "past the task_timeout of 0.5 s"
        [ "$(tail -n +2 "of-$executor"/*.csv | cut -d, -f21 | tr -d '\n')" = 11 ]
        none_left
    done
}

@test "a program that wants the terminal fails, and is not waited for" {
    local executor
    for executor in process thread async; do
        # What the system does to it when it reads from the terminal.
        # shellcheck disable=SC2016
        config run.json '{"task": "exec", "task_args": ["kill -TTIN $$; sleep 60", true], "task_count": 2, "workers": [1]}'
        pp check --config run.json --set "executor=\"$executor\""
        without 'built without' "$seen/err" || continue
        pp --config run.json --set "executor=\"$executor\""
        status_is 1
        err_has "it wants the terminal"
    done
}

@test "no two programs at once have the same number of a worker" {
    local executor
    for executor in process thread async openmp; do
        config run.json '{"task": "exec", "task_args": ["mkdir at-{worker} && sleep 0.05 && rmdir at-{worker}", true],
            "task_count": 12, "workers": [3]}'
        pp check --config run.json --set "executor=\"$executor\""
        without 'built without' "$seen/err" || continue
        pp --config run.json --set "executor=\"$executor\""
        status_is 0
        [ -z "$(ls -d at-* 2>/dev/null)" ]
    done
}

any_program() { [ "$(own_programs | wc -l)" -ge 2 ]; }

@test "a killed worker takes its program with it, and is replaced" {
    running_config ', "task_count": 1, "workers": [1]'
    sed -i 's/"task_count": 4,//; s/"workers": \[2\],//' run.json
    start --config run.json
    until_true 20 any_program
    local before
    before=$(own_programs | sort | head -n 1)
    kill -9 "$(pgrep -P "$pid" -x pptest)" # not the guard
    until_true 20 replaced "$before"
    kill -TERM "$pid"
    finish 10
    status_is 143
    none_left
}

replaced() { [ -n "$(own_programs)" ] && ! own_programs | grep -qx "$1"; }

# documented N: the Nth config of the page.
documented() {
    awk -v n="$1" '/^```json$/ { at++; inside = at == n; next } /^```/ { inside = 0 } inside' "$project/docs/OWN_WORKLOADS.md"
}

@test "docs/OWN_WORKLOADS.md: its configs run, by its commands" {
    mkdir data
    local i
    for ((i = 0; i < 60; i++)); do seq 1 2000 >"data/$i.txt"; done
    documented 1 >own.json
    ln -s "$pptest" pptest
    sed -n '/^```sh$/,/^```$/p' "$project/docs/OWN_WORKLOADS.md" | grep -v '^```' >commands
    [ "$(wc -l <commands)" -eq 2 ]
    bash -eux commands
    whole_csv results/exec__*.csv
    for i in 2 3; do
        documented "$i" >own.json
        pp --config own.json --output "results$i"
        status_is 0
    done
    [ -z "$(documented 4)" ]
    config own.json '{"task": "exec", "task_args": ["sort data/{index}.txt | uniq -c", true], "task_count": 3, "workers": [0]}'
    pp --config own.json
    status_is 0
    pp --config own.json --set 'task_args=[["gzip", "-9", "-c", "data/1.txt"]]'
    status_is 0
}
