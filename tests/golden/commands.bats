#!/usr/bin/env bats
# What the commands print that run nothing.
# run: together

load helpers
setup() { enter; }
teardown() { leave; }

all_tasks="api download exec filter img infer io matrix mix multi noop password prefix random rotate sleep sort sum tensor zip"

@test "--help says how to use every command and option, and what the exit status means" {
    pp --help
    status_is 0
    [ -z "$err" ]
    matches "$out" <<'END'
How many workers should I run for this kind of work on this machine? pptest measures it.

usage: pptest --config FILE [--config FILE …] [--set KEY=JSON …] [--output DIR] [--format LIST] [--quiet]
       pptest check --config FILE [--config FILE …] [--set KEY=JSON …] [--output DIR]
       pptest tasks [NAME] [--format markdown]
       pptest executors
       pptest machine
       pptest compare BASE.json NEW.json [--min-effect SHARE] [--format table|json]
       pptest report RESULT.json [RESULT.json …] --output FILE.html
       pptest schema [config|result]
       pptest manual [1|5]
       pptest completion bash|zsh|fish

commands
  check                      find every mistake in the configs, show the plan; run nothing
  tasks                      list the kinds of task, or all about one
  executors                  list who can do the tasks, and what stands in the way
  machine                    show what this machine is, and what limits a process on it
  compare                    did it change? two results of the same work
  report                     one page with charts of one or more results, for a browser
  schema                     print the JSON Schema of a config, for editors, or of a result
  manual                     print a manual page: 1 of the commands, 5 of the config; read it with `man -l`
  completion                 print what lets a shell complete commands, options, tasks and keys

options
  -c, --config FILE          the config to run, or a folder of them; may be given several times
  -s, --set KEY=JSON         replace a key of the config, such as --set task_count=10
  -o, --output DIR           where results go instead of output_dir (-: standard output); report: a FILE
  -f, --format LIST          kinds of result files, separated by commas (csv,json,html,trace); one of them for --output -
  -m, --min-effect SHARE     compare: smallest change that matters (0.01: 1 %)
  -q, --quiet                no progress and no remarks on standard error, but failures
  -h, --help                 show this help
  -V, --version              show the version

exit status: 0 done; 1 tasks or workers failed, or results could not be written; 2 wrong command line, config or
result, nothing was run; 130 or 143 stopped by a signal, what was measured is saved; of compare: 0 no regression,
3 regressed, 4 cannot tell
END
    pp -h
    status_is 0
    pp check --help
    status_is 0
    out_has "usage: pptest"
}

@test "--version prints one line with the version" {
    pp --version
    status_is 0
    [ -z "$err" ]
    [[ "$out" =~ ^pptest\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "tasks lists every kind of task with what it does" {
    pp tasks
    status_is 0
    [ -z "$err" ]
    local task
    for task in $all_tasks; do
        grep -E "^$task +[a-z].{10}" "$seen/out"
    done
    [ "$(wc -l <"$seen/out")" -eq "$(wc -w <<<"$all_tasks")" ]
    without 'not in this build' "$seen/out"
}

@test "tasks NAME describes each argument of each task with its default" {
    local task
    for task in $all_tasks; do
        pp tasks "$task"
        status_is 0
        [ -z "$err" ]
        out_has "$task: "
        case $task in
        noop) out_has "no arguments" ;;
        mix) out_has "list of one or more [task, arguments, weight], required" ;;
        *)
            out_has "arguments, in order:"
            grep -E '^ +(integer|number|list|pair|true|").*, default ' "$seen/out"
            ;;
        esac
    done
}

@test "tasks zip is a transcript" {
    pp tasks zip
    matches "$out" <<'END'
zip: compresses a file to a gzip file, decompresses that, and compares
library: zlib
executors: {words}
arguments, in order:
  filesize_mb      size of the file, in units of 1,048,576 bytes
                     integer from 1 to 1048576, default 50, in MiB
  level            0 stores, 1 is the fastest, 9 the smallest
                     integer from 0 to 9, default 9
  data             what is compressed
                     "random" or "text", default "random"
  fsync            wait until each file is on the storage device
                     true or false, default false
END
}

@test "tasks NAME says which executors can do it" {
    pp tasks sleep
    [[ "$out" =~ executors:\ process,\ thread,\ (openmp,\ )?async ]] || [[ "$("$pptest" executors)" == *"built without libuv"* ]]
    pp tasks sum
    [[ "$out" =~ executors:\ process,\ thread ]]
    [[ ! "$out" =~ async, ]]
}

@test "executors lists all of them, those that are not there with the reason" {
    pp executors
    status_is 0
    [ "$(cut -d' ' -f1 "$seen/out" | tr '\n' ' ')" = "process thread openmp async async-blocking mpi " ]
    grep -E '^mpi .* - not in this program: .*mpirun -n N pptest-mpi' "$seen/out"
    [ -z "$err" ]
}

@test "schema is JSON that names the standard, every key and every task" {
    pp schema
    status_is 0
    [ -z "$err" ]
    out_has '"$schema": "http://json-schema.org/draft-07/schema#"'
    local word
    for word in task task_args task_count iterations workers wait_time_after_runner wait_time_after_iteration \
        gc_after_iteration multiprocessing_start_method seed warmup chunk_size library_threads task_timeout tmp_dir \
        output_dir label $all_tasks; do
        out_has "\"$word\""
    done
    # Brackets in balance outside of strings, on any machine; and a parser's word where there is one.
    sed -e 's/\\.//g' -e 's/"[^"]*"//g' "$seen/out" >"$seen/bare"
    [ "$(tr -cd '{[' <"$seen/bare" | wc -c)" -eq "$(tr -cd '}]' <"$seen/bare" | wc -c)" ]
    without -E '[^][{}:, truefalsn0-9.eE+-]' "$seen/bare"
    if command -v jq >/dev/null; then jq -e '.properties | length >= 17' "$seen/out"; fi
    if command -v python3 >/dev/null; then python3 -m json.tool "$seen/out" >/dev/null; fi
}

# The plan of each example, from the project's folder and from elsewhere: paths in it are found either way.
check_examples() {
    local example count=0
    for example in "$project"/example_configs/*.json "$project"/example_configs/profile/*.json; do
        pp check --config "$example"
        status_is 0
        [ -z "$err" ] || fail "$example: remarks are part of the plan"
        [[ "${out%%$'\n'*}" =~ ^"$example: "[a-z]+.*", "[0-9]+" tasks a pass, ".*"passes".*(", workers "[0-9]|": "[a-z]) ]]
        grep -E '^  [0-9]+ passes (in all|at least); (about [0-9.e+-]+ s on [0-9.]+ usable CPUs \(a rough estimate\)|nobody knows how long .*)$' "$seen/out"
        count=$((count + 1))
    done
    [ "$count" -ge 10 ]
}

@test "check passes every example config from the project's folder and prints its plan" {
    cd "$project"
    check_examples
    nothing_left
}

@test "check passes every example config from any other folder" {
    check_examples
    nothing_left
    [ -z "$(ls -A)" ]
}

@test "check is a transcript, runs nothing and makes nothing" {
    config sleep.json '{"task": "sleep", "task_args": [60000], "task_count": 2, "iterations": 3, "warmup": 1, "workers": [0, 2]}'
    snapshot >"$seen/before"
    pp check --config sleep.json
    status_is 0
    snapshot | diff "$seen/before" -
    matches "$out" <<'END'
sleep.json: sleep 60000, 2 tasks a pass, 3 passes after 1 to warm up, workers 0, 2
  8 passes in all; about {number} s on {number} usable CPUs (a rough estimate)
END
}

@test "check shows arguments as they were given" {
    config sleep.json '{"task": "sleep", "task_args": [3600000], "task_count": 1, "workers": [0]}'
    pp check --config sleep.json
    out_has "sleep.json: sleep 3600000, 1 task a pass, 1 pass, "
    config password.json '{"task": "password", "task_args": [100, 1000, [6, 20], 0.12345678], "task_count": 1, "workers": [0]}'
    pp check --config password.json
    out_has "password.json: password 100/1000; [6, 20]; 0.12345678, 1 task a pass"
}

@test "check warns of more library threads than CPUs" {
    config matrix.json '{"task": "matrix", "task_args": [100], "task_count": 1, "workers": [512], "library_threads": 8}'
    pp check --config matrix.json
    status_is 0
    out_has "warning: 512 workers x 8 library threads = 4096, more than the"
}

@test "machine shows what can be known, in lines of at most 80 columns" {
    pp machine
    status_is 0
    [ -z "$err" ]
    local name
    for name in system kernel hypervisor container 'logical CPUs' 'affinity mask' 'CPU quota' 'usable CPUs' limits \
        memory 'memory limit' 'usable memory' swap; do
        grep -E "^$name: +[^ ]" "$seen/out" || fail "no line \"$name\""
    done
    out_has "logical CPUs:   $(getconf _NPROCESSORS_ONLN)" "affinity mask:  $(nproc)" "kernel:         $(uname -r)"
    grep -E '^(physical cores: +([0-9]+|unknown)|topology: +unknown \()' "$seen/out"
    without -vE '^([A-Za-z][A-Za-z0-9 -]*: +| {16})[^ ]' "$seen/out"
    [ "$(wc -L <"$seen/out")" -le 80 ]
    nothing_left
}

@test "machine says what stands in the way of knowing more" {
    plain_build_only
    pp machine
    without '^topology: ' "$seen/out" || skip "built without hwloc"
    # Another library under their names.
    local other
    other=$(ldd "$pptest" | sed -n 's/.* => \(.*jansson.*\) (.*/\1/p')
    [ -n "$other" ] || skip "no library is at hand that could stand in for them"
    mkdir wrong
    cp "$other" wrong/libhwloc.so.15
    cp "$other" wrong/libz.so.1
    LD_LIBRARY_PATH=$work/wrong pp machine
    status_is 0
    [ -z "$err" ]
    out_has "topology:       unknown (the hwloc found has no function" "libhwloc15" \
        "zlib:           unknown (not installed)" "logical CPUs:   "
    [ "$(wc -L <"$seen/out")" -le 80 ]
}

@test "machine heeds the affinity mask" {
    needs taskset
    local first
    first=$(taskset -pc $$ | sed 's/.*: \([0-9]*\).*/\1/')
    taskset -c "$first" "$pptest" machine >"$seen/out"
    grep -E '^affinity mask: +1$' "$seen/out"
    grep -E '^usable CPUs: +(1|0\.[0-9]+)$' "$seen/out"
}

@test "check warns of each limit that the workers go past, but not for tasks that wait" {
    config limit.json '{"task": "sum", "task_count": 1, "workers": [0, 1, 2000, 3000]}'
    pp check --config limit.json
    status_is 0
    out_has "warning: 2000 workers and more go past the $(nproc) "
    config wait.json '{"task": "sleep", "task_count": 1, "workers": [0, 1, 2000, 3000]}'
    pp check --config wait.json
    status_is 0
    without 'go past' "$seen/out"
}

@test "check shows the workers that auto stands for" {
    config auto.json '{"task": "noop", "task_count": 1, "workers": "auto"}'
    pp check --config auto.json
    status_is 0
    [[ "$out" =~ "workers 0, 1, 2" ]]
    config auto.json '{"task": "sleep", "task_count": 1, "workers": "auto"}'
    pp check --config auto.json
    [[ "$out" =~ "workers 0, 1, 2, 4, 8, 16" ]]
}

# blocks_of LANGUAGE: the fenced blocks of stdin with that word behind the fence, each ended by a line "---".
blocks_of() { awk -v fence="\`\`\`$1" '/^```/ { if (inside) print "---"; inside = $0 == fence && !inside; next } inside'; }

@test "what docs/EXECUTORS.md shows is so" {
    local document=$project/docs/EXECUTORS.md
    blocks_of json <"$document" | sed '/^---$/,$d' >several.json
    pp check --config several.json
    status_is 0
    out_has "sequential, " "thread_2" "result=pipe"
    config sum.json '{"task": "sum", "task_count": 100, "executor": ["process", "async"], "workers": [0, 2]}'
    if "$pptest" check --config sum.json 2>&1 | grep -q 'built without libuv'; then skip "built without libuv"; fi
    refused check --config sum.json
    grep -A1 -F './pptest check --config sum.json' "$document" | tail -n 1 | diff - "$seen/err"
    grep -o 'example_configs/[a-z_]*\.json' "$document" | sort -u | while read -r example; do [ -f "$project/$example" ]; done
}
