#!/usr/bin/env bats
# Runs that go well: what they print and what they write.
# run: together, long

load helpers
setup() {
    enter
    noop_config
}
teardown() { leave; }

@test "a run is a transcript" {
    config sum.json '{"task": "sum", "task_args": [100000], "task_count": 40, "iterations": 2, "workers": [0, 1, 2],
        "label": "adding up", "repeat_disturbed": 0}'
    pp --config sum.json
    status_is 0
    matches "$(err_apart_from_limits)" <<'END'
[1/6] parallel_2: {time}{words}
[2/6] sequential: {time}{words}
[3/6] parallel_1: {time}{words}
[4/6] sequential: {time}{words}
[5/6] parallel_1: {time}{words}
[6/6] parallel_2: {time}{words}
END
    matches "$out" <<'END'
sum 100000, 40 tasks, medians of 2 passes: adding up

                  init      work  task avg     total   tasks/s  speedup
sequential   {time}   {time}  {time}  {time}   {number}   {number}x{words}
parallel_1   {time}   {time}  {time}  {time}   {number}   {number}x{words}
parallel_2   {time}   {time}  {time}  {time}   {number}   {number}x{words}

speed-up{words} efficiency
sequential   {number}x{words} {number}% {words}
parallel_1   {number}x{words} {number}% {words}
parallel_2   {number}x{words} {number}% {words}

work              cpu   no cpu  blocked   verify transfer  waiting     tail{words}
sequential   {number}% {number}% {number}% {number}% {number}% {number}% {number}%{words}
parallel_1   {number}% {number}% {number}% {number}% {number}% {number}% {number}%{words}
parallel_2   {number}% {number}% {number}% {number}% {number}% {number}% {number}%{words}

cost          CPU time tasks/CPU s     waits preempted    faults   peak MB
sequential   {time} {number} {number} {number} {number} {number}
parallel_1   {time} {number} {number} {number} {number} {number}
parallel_2   {time} {number} {number} {number} {number} {number}{lines}
every answer verified; check value of the work {check}

use {words}no interval: 2 passes, 6 are needed): {words}
  reason: {words} tasks/s for {number} CPU s a pass{lines}

results/sum__{stamp}.csv
results/sum__{stamp}.json
END
    rows_are "$(csv_of results)" sequential parallel_1 parallel_2
    [ "$(cell "$(csv_of results)" parallel_2 3)" = 100000 ]
    nothing_left
}

# small_args TASK: arguments with which a task takes about a millisecond, or no more than it must.
small_args() {
    case $1 in
    sum | multi) echo '[1000]' ;;
    io) echo '[1]' ;;
    zip) echo '[1, 1]' ;;
    tensor) echo '[8, 3]' ;;
    sort) echo '[2000]' ;;
    matrix) echo '[20]' ;;
    filter) echo '[60, 4, 5]' ;;
    img) echo '[["images/sample.jpg"]]' ;;
    infer) echo '["digits/model.safetensors", "digits/test-images-idx3-ubyte.gz", 300, "task"]' ;;
    rotate) echo '[["images/sample.jpg", "images/sample.jpg"], 12.5, 40]' ;;
    password) echo '[10, 20, [6, 12], 0.5]' ;;
    random) echo '[["sum", "multi", "noop"]]' ;;
    mix) echo '[["sum", [1000], 3], ["sort", {"size": 2000}], ["noop", [], 0.5]]' ;;
    noop) echo '[]' ;;
    sleep) echo '[1]' ;;
    prefix) echo '[1000, 900, 20, 5]' ;;
    esac
}

details_of() {
    case $1 in
    sum | multi) echo 1000 ;;
    io | sleep) echo 1 ;;
    zip) echo 1x1 ;;
    tensor) echo 8x3 ;;
    sort) echo 2000 ;;
    matrix) echo 20 ;;
    filter) echo 60x4x5 ;;
    img) echo images/sample.jpg ;;
    infer) echo 'digits/model.safetensors; digits/test-images-idx3-ubyte.gz; 300; task' ;;
    rotate) echo 'images/sample.jpg;images/sample.jpg; 12.5; 40' ;;
    password) echo '"10/20; [6, 12]; 0.5"' ;;
    random) echo 'sum;multi;noop' ;;
    mix) echo '3 sum 1000; 1 sort 2000; 0.5 noop' ;;
    noop) echo ;;
    prefix) echo 1000x900x20x5 ;;
    esac
}

# Each way to start a worker, 0 to 2 workers, and all of them doing equal work.
run_task() {
    local task=$1 method values=
    cp -R "$project/example_configs/images" "$project/example_configs/digits" .
    config task.json "{\"task\": \"$task\", \"task_args\": $(small_args "$task"), \"task_count\": 6, \"workers\": [0, 1, 2]}"
    for method in fork spawn forkserver; do
        pp --config task.json --set "multiprocessing_start_method=\"$method\"" --set "output_dir=\"$method\""
        status_is 0
        without '^error' "$seen/err"
        local csv
        csv=$(csv_of "$method")
        rows_are "$csv" sequential parallel_1 parallel_2
        [ "$(tail -n +2 "$csv" | tr -d '\r' | sed 's/^[^,]*,[^,]*,\(.*\),6,[0-9].*,1,0,[0-9]*,,.*$/\1/' | sort -u)" = "$(details_of "$task")" ]
        values="$values $(sed -n 's/.*check value of the work \([0-9a-f]*\)$/\1/p' "$seen/out")"
        nothing_left
    done
    [[ "$values" =~ ^\ ([0-9a-f]+)\ ([0-9a-f]+)\ ([0-9a-f]+)$ ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[3]}" ]
}

@test "sum with 0, 1, 2 workers and every start method" { run_task sum; }
@test "multi with 0, 1, 2 workers and every start method" { run_task multi; }
@test "io with 0, 1, 2 workers and every start method" { run_task io; }
@test "zip with 0, 1, 2 workers and every start method" { run_task zip; }
@test "tensor with 0, 1, 2 workers and every start method" { run_task tensor; }
@test "sort with 0, 1, 2 workers and every start method" { run_task sort; }
@test "matrix with 0, 1, 2 workers and every start method" { run_task matrix; }
@test "filter with 0, 1, 2 workers and every start method" { run_task filter; }
@test "img with 0, 1, 2 workers and every start method" { run_task img; }
@test "infer with 0, 1, 2 workers and every start method" { run_task infer; }
@test "rotate with 0, 1, 2 workers and every start method" { run_task rotate; }
@test "password with 0, 1, 2 workers and every start method" { run_task password; }
@test "prefix with 0, 1, 2 workers and every start method" { run_task prefix; }
@test "random with 0, 1, 2 workers and every start method" { run_task random; }
@test "mix with 0, 1, 2 workers and every start method" { run_task mix; }

@test "start methods side by side in one run, each with inputs of its own" {
    needs python3
    cp -R "$project/example_configs/images" .
    config starts.json "{\"task\": \"img\", \"task_args\": $(small_args img), \"task_count\": 6, \"iterations\": 2, \"workers\": [0, 2],
        \"runners\": [{\"multiprocessing_start_method\": \"spawn\"}, {}, {\"multiprocessing_start_method\": \"forkserver\"}]}"
    pp --config starts.json
    status_is 0
    [[ "$out" == *"every answer verified; check value"* ]]
    python3 - results/*.json <<'END'
import json, sys
cases = json.load(open(sys.argv[1], encoding="utf-8"))["cases"]
assert [(case["name"], case.get("start_method")) for case in cases[1:]] == [
    ("parallel_2 spawn", "spawn"), ("parallel_2 fork", "fork"), ("parallel_2 forkserver", "forkserver")], cases
assert cases[0]["name"] == "sequential"
assert all(case["verified"] and len(case["passes"]) >= 2 for case in cases)
END
    nothing_left
}
@test "noop with 0, 1, 2 workers and every start method" { run_task noop; }
@test "sleep with 0, 1, 2 workers and every start method" { run_task sleep; }

@test "argon2id, text and fsync are arguments too" {
    pp --config ok.json --quiet --set 'task="password"' --set 'task_args=[1, 1, [8, 8], 1, "argon2id"]' --set task_count=2
    status_is 0
    pp --config ok.json --quiet --set 'task="zip"' --set 'task_args={"filesize_mb": 1, "data": "text", "fsync": true}' --set task_count=2
    status_is 0
    nothing_left
}

@test "another seed is other work, another chunk size is not" {
    local seed chunk
    config sort.json '{"task": "sort", "task_args": [100], "task_count": 50, "workers": [2, 0]}'
    for seed in 1 2; do
        for chunk in 1 7 '"auto"'; do
            pp --config sort.json --set "seed=$seed" --set "chunk_size=$chunk"
            status_is 0
            sed -n 's/.*check value of the work //p' "$seen/out" >>"$seen/values.$seed"
        done
    done
    [ "$(wc -l <"$seen/values.1")" -eq 3 ]
    [ "$(sort -u "$seen/values.1" | wc -l)" -eq 1 ]
    [ "$(sort -u "$seen/values.2" | wc -l)" -eq 1 ]
    without -f "$seen/values.1" "$seen/values.2"
}

@test "rows come in the config's order, however it is" {
    pp --config ok.json --set 'workers=[3, 0, 1, 2]'
    status_is 0
    rows_are "$(csv_of results)" parallel_3 sequential parallel_1 parallel_2
}

@test "without a sequential case speed-ups are against the fewest workers, and the CSV has none" {
    pp --config ok.json --set 'workers=[2, 1]'
    status_is 0
    rows_are "$(csv_of results)" parallel_2 parallel_1
    [ -z "$(cell "$(csv_of results)" parallel_1 10)" ]
    grep -E '^parallel_1 .* 1\.00x' "$seen/out"
    out_has "  speed-ups are against parallel_1"
}

@test "speedup and tasks per second are what the times say" {
    pp --config ok.json --set 'task="sleep"' --set 'task_args=[10]' --set task_count=8 --set 'workers=[0, 4]'
    status_is 0
    tail -n +2 "$(csv_of results)" | tr -d '\r' | awk -F, '
        function differ(a, b) { return a / b > 1.000001 || b / a > 1.000001 }
        $1 == "sequential" { base = $8 }
        $6 > $8 || differ($9, $4 / $8) || differ($10, base / $8) || $7 < 0.01 { print; bad = 1 }
        $1 != "sequential" && differ($11, $10 / $2) { print; bad = 1 }
        END { exit bad || NR != 2 || !($10 > 1.5) }'
}

@test "warm-up passes and iterations: only the latter are counted" {
    pp --config ok.json --set warmup=2 --set iterations=3 --set repeat_disturbed=0
    status_is 0
    [ "$(grep -c '^\[' "$seen/err")" -eq 10 ]
    [ "$(cell "$(csv_of results)" parallel_2 20)" = 3 ]
    [ "$(cell "$(csv_of results)" sequential 4)" = 100 ]
}

@test "waits are waited for, and null is none" {
    pp --config ok.json --set iterations=2 --set wait_time_after_runner=0.2 --set wait_time_after_iteration=0.3
    status_is 0
    pp --config ok.json --set wait_time_after_runner=null --set wait_time_after_iteration=null --set gc_after_iteration=true
    status_is 0
    local began=${EPOCHREALTIME/[.,]/}
    pp --config ok.json --set wait_time_after_runner=1
    status_is 0
    [ $((${EPOCHREALTIME/[.,]/} - began)) -ge 1000000 ]
}

@test "several configs run in turn, each with its own result" {
    config two.json '{"task": "sum", "task_args": [10], "task_count": 10, "workers": [1]}'
    pp --config ok.json --config two.json
    status_is 0
    rows_are results/noop__*.csv sequential parallel_2
    rows_are results/sum__*.csv parallel_1
    [ "$(find results -type f | wc -l)" -eq 4 ]
}

@test "the same config twice makes two results" {
    pp --config ok.json --config ok.json --quiet
    status_is 0
    [ "$(find results -name '*.csv' | wc -l)" -eq 2 ]
    local file
    for file in results/*.csv; do rows_are "$file" sequential parallel_2; done
}

@test "--set replaces keys of every config, the last one wins" {
    config two.json '{"task": "sum", "task_args": [10], "task_count": 10, "workers": [1]}'
    pp --config ok.json --config two.json --set task_count=7 --set 'workers=[2]' --set task_count=8
    status_is 0
    rows_are results/noop__*.csv parallel_2
    rows_are results/sum__*.csv parallel_2
    [ "$(cell results/sum__*.csv parallel_2 4)" = 8 ]
}

@test "--set may complete a config" {
    config part.json '{"task_count": 5}'
    pp --config part.json --set 'task="noop"' --set 'workers=[0]'
    status_is 0
    rows_are "$(csv_of results)" sequential
}

@test "--output makes its folder and those above it; the default is not made" {
    pp --config ok.json --output deep/er/est/
    status_is 0
    rows_are "$(csv_of deep/er/est)" sequential parallel_2
    [ ! -e results ]
    out_has deep/er/est
}

@test "--quiet leaves standard error empty and the results whole" {
    pp --quiet --config ok.json
    status_is 0
    [ -z "$err" ]
    out_has "100 tasks" parallel_2 results/noop__
}

@test "a run says which limits its workers go past, unless --quiet" {
    config many.json '{"task": "noop", "task_count": 300, "workers": [0, 300]}'
    [ "$(nproc)" -lt 300 ] || skip "this machine has CPUs for them all"
    pp --config many.json
    status_is 0
    err_has "warning: 300 workers go past the $(nproc) "
    [ "${err%%: *}" = warning ] # before anything is run
    pp --config many.json --quiet
    status_is 0
    [ -z "$err" ]
}

@test "--format csv is the default" {
    pp --config ok.json --format csv
    status_is 0
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "options may stand anywhere, with = or apart, and short" {
    pp -q -cok.json --set=task_count=3 -o out
    status_is 0
    [ "$(cell "$(csv_of out)" sequential 4)" = 3 ]
}

# ---- numbers and names ----

@test "numbers have a decimal point in every locale" {
    local locale
    for locale in de_DE.UTF-8 fr_FR.utf8 tr_TR.UTF-8; do
        LC_ALL=$locale LC_NUMERIC=$locale LANG=$locale pp --config ok.json --output "$locale"
        status_is 0
        rows_are "$(csv_of "$locale")" sequential parallel_2
    done
    config half.json '{"task": "password", "task_args": [2, 2, [8, 8], 0.5], "task_count": 1, "workers": [1], "task_timeout": 30.5,
        "multiprocessing_start_method": "spawn"}'
    LC_ALL=de_DE.UTF-8 pp --config half.json --output half
    status_is 0
    grep -F '"2/2; [8, 8]; 0.5"' half/*.csv
}

@test "a comma as the decimal point does not get in by an available locale" {
    local comma
    for comma in $(locale -a 2>/dev/null); do
        [ "$(LC_ALL=$comma locale decimal_point)" = , ] || continue
        LC_ALL=$comma pp --config ok.json
        status_is 0
        rows_are "$(csv_of results)" sequential parallel_2
        return
    done
    skip "no locale with a decimal comma is installed"
}

@test "details with commas, quotes and line ends are quoted after RFC 4180" {
    cp "$project/example_configs/images/sample.jpg" 'a,"b".jpg'
    pp --config ok.json --set 'task="img"' --set 'task_args=[["a,\"b\".jpg"]]' --set task_count=1
    status_is 0
    grep -F 'sequential,0,"a,""b"".jpg",1,' results/*.csv
    whole_csv "$(csv_of results)"
}

@test "paths with spaces, other scripts and a line's end" {
    local name
    for name in "with space" "Ölmühle ☃" $'line\nend' "'quote\"" '%s%n'; do
        mkdir "$name"
        cp ok.json "$name/config.json"
        pp --config "$name/config.json" --output "$name/out" --set "task_count=3"
        status_is 0
        rows_are "$(csv_of "$name/out")" sequential parallel_2
        pp --config "$name/missing.json"
        status_is 2
    done
}

@test "a path with a leading dash" {
    cp ok.json ./-dash.json
    pp --config -dash.json --output -out
    status_is 0
    rows_are "$(csv_of ./-out)" sequential parallel_2
    pp --config=--dash.json
    status_is 2
    err_has "--dash.json: there is no such file"
}

@test "a config from standard input" {
    "$pptest" --config /dev/stdin --quiet <ok.json
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "spawned workers find a config that is a pipe, and one that has changed since" {
    local arguments=(--set 'multiprocessing_start_method="spawn"' --set 'workers=[2]' --quiet)
    "$pptest" --config <(cat ok.json) "${arguments[@]}"
    rows_are "$(csv_of results)" parallel_2
}

@test "a very long path is refused or used, never cut" {
    local long
    long=$(printf 'd%.0s' $(seq 200))
    long=$long/$long/$long
    pp --config ok.json --output "$long"
    status_is 0
    rows_are "$(csv_of "$long")" sequential parallel_2
    refused --config ok.json --output "$(printf '%05000d' 0)"
}

@test "the results are readable by whom the umask allows" {
    umask 027
    pp --config ok.json
    status_is 0
    [ "$(stat -c %a "$(csv_of results)")" = 640 ]
    [ "$(stat -c %a results)" = 750 ]
}

@test "two runs at once in one folder do not overwrite each other" {
    local run count=0
    for run in 1 2 3 4 5 6; do
        "$pptest" --config ok.json --quiet --set "task_count=$run" >"$seen/out.$run" 2>"$seen/err.$run" 3>&- &
    done
    wait
    for run in 1 2 3 4 5 6; do
        cat "$seen/err.$run"
        [ ! -s "$seen/err.$run" ]
    done
    for run in results/*.csv; do
        rows_are "$run" sequential parallel_2
        whole_json "${run%.csv}.json"
        count=$((count + 1))
    done
    [ "$count" -eq 6 ]
    [ "$(tail -qn +2 results/*.csv | cut -d, -f4 | sort -u | wc -l)" -eq 6 ]
    nothing_left
}

@test "an existing result of the same second is kept" {
    # Names for every second that the run may begin in.
    mkdir results
    local second now
    now=$(date +%s)
    for second in $(seq "$now" $((now + 30 * patience))); do
        date -d "@$second" "+results/noop__%Y_%m_%d__%H_%M_%S.csv"
    done | xargs touch
    pp --config ok.json --quiet
    status_is 0
    [ -z "$(find results -name '*_[0-9][0-9].csv' -size +0)" ]
    rows_are results/*_2.csv sequential parallel_2
}

@test "SIGCHLD, SIGPIPE and SIGINT ignored by whoever starts it are no obstacle" {
    (
        trap '' CHLD PIPE INT TERM HUP
        "$pptest" --config ok.json --quiet >"$seen/out" 2>"$seen/err"
    )
    rows_are "$(csv_of results)" sequential parallel_2
}

@test "1024 workers" {
    plain_build_only
    pp --config ok.json --quiet --set 'workers=[1024]' --set task_count=20000
    status_is 0
    rows_are "$(csv_of results)" parallel_1024
}

@test "every example runs, shortened" {
    cd "$project" # where the examples are run from
    local example
    for example in example_configs/*.json; do
        local name
        name=$(basename "$example" .json)
        pp --config "$example" --quiet --output "$work/out/$name" --set task_count=2 --set iterations=1 \
            --set 'workers=[0, 2]' --set wait_time_after_iteration=0
        status_is 0
        without '^error' "$seen/err"
        if grep -q -e '"executor"' -e '"runners"' -e '": \[.*auto"' -e '": \[null' "$example"; then
            [ "$(wc -l <"$(echo "$work/out/$name"/*.csv)")" -gt 3 ]
        else
            rows_are "$work/out/$name"/*.csv sequential parallel_2
        fi
    done
    nothing_left
}
