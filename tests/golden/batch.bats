#!/usr/bin/env bats
# Results on standard output; folders of configs; the table that ends several.
# run: together

load helpers
setup() {
    enter
    noop_config
}
teardown() { leave; }

# no_files: the run made none.
no_files() { [ "$(ls -A)" = "$1" ] || fail "files: $(ls -A)"; }

# ---- standard output ----

@test "--output - prints the CSV alone, makes no file, and tables go to standard error" {
    pp --config ok.json --format csv --output -
    status_is 0
    rows_are "$seen/out" sequential parallel_2
    err_has "noop, 100 tasks" "tasks/s" "every answer verified"
    without -e results/ -e '^-' "$seen/err"
    no_files ok.json
    pp --config ok.json --output - --quiet
    status_is 0
    rows_are "$seen/out" sequential parallel_2
    [ -z "$err" ]
    no_files ok.json
}

@test "several configs on standard output have one header" {
    config other.json '{"task": "sum", "task_args": [5], "task_count": 20, "workers": [0], "label": "b, c"}'
    config fails.json '{"task": "exec", "task_args": ["false"], "task_count": 3, "workers": [0]}'
    pp --config ok.json --config other.json --output -
    status_is 0
    rows_are "$seen/out" sequential parallel_2 sequential
    pp --config fails.json --config ok.json --output - --quiet
    status_is 1
    rows_are "$seen/out" sequential sequential parallel_2
}

@test "json on standard output is one document for each config, one after the other" {
    needs python3
    pp --config ok.json --config ok.json --output - --format json
    status_is 0
    python3 - "$seen/out" <<'END'
import json, sys
text, found = open(sys.argv[1]).read(), []
while text.strip():
    document, end = json.JSONDecoder().raw_decode(text)
    found.append((document["task"]["name"] if isinstance(document["task"], dict) else document["task"], document["complete"]))
    text = text[end:].lstrip()
assert [complete for _, complete in found] == [True, True], found
END
}

@test "a page or a trace of one config goes to standard output; of several it is refused, as documented" {
    pp --config ok.json --output - --format html --quiet
    status_is 0
    head -n 1 "$seen/out" | grep -qi '^<!doctype html'
    pp --config ok.json --output - --format trace --quiet
    status_is 0
    python3 -c 'import json, sys; json.load(sys.stdin)["traceEvents"][0]' <"$seen/out"
    refused --config ok.json --config ok.json --output - --format trace
    err_has "the trace of 2 configs cannot stand one after the other on standard output"
    grep -F 'one of them for --output -' <("$pptest" --help)
    grep -F '`html` or `trace`, of one config only' "$project/docs/SPREADSHEETS.md"
}

@test "two formats do not go to one standard output" {
    refused --config ok.json --output - --format csv,json
    err_has "error: pptest: --output -: 2 formats after --format, and one standard output"
}

@test "a format that is named twice" {
    refused --config ok.json --format html,html
    [ "$err" = 'error: pptest: the format "html" is named twice after --format; expected each once' ]
    refused --config ok.json --format csv,json --format csv --output -
    err_has 'the format "csv" is named twice after --format'
    no_files ok.json
}

@test "a standard output that cannot be written is told before the run" {
    status=0
    "$pptest" --config ok.json --output - >/dev/full 2>"$seen/err" || status=$?
    status_is 1
    [ "$(cat "$seen/err")" = "error: --output -: cannot write to standard output: No space left on device" ]
    "$pptest" --config ok.json --output - >&- 2>"$seen/err" || status=$?
    status_is 1
    [ "$(cat "$seen/err")" = "error: --output -: cannot write to standard output: it is closed" ]
}

@test "a reader that has had enough ends it quietly, and no further config is run" {
    mkfifo pipe
    (exec 9<>pipe 8>pipe; exec 9>&-; "$pptest" --config ok.json --config ok.json --output - >&8 2>"$seen/err") || status=$?
    [ "${status:-0}" -eq 0 ]
    without '^error' "$seen/err"
    [ "$(grep -c 'noop, 100 tasks' "$seen/err")" -eq 1 ]
}

@test "a folder that the config names is not looked at when results go to standard output" {
    pp --config ok.json --set 'output_dir="ok.json/x"' --output - --quiet
    status_is 0
    rows_are "$seen/out" sequential parallel_2
}

@test "a run that is interrupted prints the rows that it has" {
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 40, "iterations": 100000, "workers": [2], "repeat_disturbed": 0}'
    start --config run.json --output -
    until_true 20 passes_saved 2
    kill -INT "$pid"
    finish 10
    status_is 130
    rows_are "$seen/out" parallel_2
    err_has "stopped by signal 2" "PARTIAL"
    no_process_left
    nothing_left
}

@test "an interrupt leaves whole rows of what was measured: of configs before, and of cases that ended a pass" {
    config run.json '{"task": "exec", "task_args": ["test ! -e began || sleep 600; touch began", true], "task_count": 1,
        "workers": [0, 2], "iterations": 5, "repeat_disturbed": 0}'
    start --config ok.json --set repeat_disturbed=0 --config run.json --config ok.json --output -
    until_true 20 passes_saved 3 # and the fourth does not end
    kill -INT "$pid"
    finish 10
    status_is 130
    rows_are "$seen/out" sequential parallel_2 "$(sed -n 's/^\[1\/10\] \([a-z_0-9]*\): .*/\1/p' "$seen/err")"
    [ "$(tail -n 1 "$seen/out" | cut -d, -f20)" -eq 1 ]
    err_has "stopped by signal 2" "PARTIAL: of 3 configs 1 stopped before the end, 1 not run"
    no_process_left
    nothing_left
}

@test "a run that ends with an error in the middle prints the rows that it has, and the next config its own" {
    echo 'echo >>log; [ "$(wc -l <log)" -le 3 ]' >three_times
    config run.json '{"task": "exec", "task_args": ["sh three_times"], "task_count": 1, "workers": [0], "iterations": 9,
        "repeat_disturbed": 0}'
    pp --config run.json --config ok.json --output -
    status_is 1
    rows_are "$seen/out" sequential sequential parallel_2
    [ "$(sed -n 2p "$seen/out" | cut -d, -f20,21)" = 4,1 ]
    err_has "error: run.json: sequential: every task failed" "PARTIAL: the run did not end"
}

@test "a crash in a thread prints the rows of all passes before it" {
    plain_build_only
    config run.json '{"task": "sleep", "task_args": [1], "task_count": 5, "executor": "thread", "workers": [2],
        "iterations": 100000, "repeat_disturbed": 0}'
    crash_during --config ok.json --set repeat_disturbed=0 --config run.json --output -
    err_has "crashed (signal 11, Segmentation fault) in thread_2"
    rows_are "$seen/out" sequential parallel_2 thread_2
    [ "$(tail -n 1 "$seen/out" | cut -d, -f20)" -eq "$(grep -c '^\[[0-9]*/100000\]' "$seen/err")" ]
    no_process_left
    nothing_left
}

# ---- folders, and one table ----

folder() {
    mkdir configs configs/below.json
    config configs/b.json '{"task": "sum", "task_args": [5], "task_count": 20, "workers": [0, 1], "iterations": 6}'
    config configs/a.json '{"task": "noop", "task_count": 100, "workers": [0, 2], "iterations": 6}'
    config configs/.hidden.json '{'
    config configs/notes.txt '{'
    config configs/below.json/c.json '{'
}

@test "a folder stands for every config in it, sorted, and one table ends them" {
    folder
    pp --config configs
    status_is 0
    grep -oE '^(noop|sum)[^:]* tasks,' "$seen/out" | tr '\n' ';' | grep -Fx 'noop, 100 tasks,;sum 5, 20 tasks,;'
    sed '1,/^best number of workers for each kind of work$/d' "$seen/out" >table
    grep -Ex ' +work +workers +95 % +who +speedup +tasks/s +limited by' table
    grep -E '^a +noop +[0-9]+ +[0-9-]+ +[a-z]+ +[0-9.]+x +[0-9]' table
    grep -E '^b +sum 5 +[0-9]+ ' table
    grep -E 'for each of them|is the best for most of them' table
    [ "$(find results -name '*.csv' | wc -l)" -eq 2 ]
    pp check --config configs/
    status_is 0
    out_has "configs/a.json: noop" "configs/b.json: sum 5"
}

@test "one config has no table of several" {
    pp --config ok.json
    status_is 0
    without 'best number' "$seen/out"
}

@test "a folder without a config, or one that cannot be read" {
    mkdir empty empty/x.json
    refused --config empty
    err_has "error: empty: this folder has no *.json; name a config, or a folder of them"
    refused --config empty --config ok.json --config gone.json
    err_has "error: empty: this folder" "error: gone.json: there is no such file"
    folder
    config configs/c.json '{"task": "noop"}'
    refused --config configs
    err_has "error: configs/c.json: \"task_count\" is missing"
}

@test "the table of several says who failed, and which were not run" {
    config fails.json '{"task": "exec", "task_args": ["false"], "task_count": 3, "workers": [0]}'
    pp --config fails.json --config ok.json
    status_is 1
    out_has "best number of workers" $'\n'"fails  " $'\n'"fails: failed, see above"
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 40, "iterations": 100000, "workers": [2], "repeat_disturbed": 0}'
    config ok.json '{"task": "noop", "task_count": 100, "workers": [0, 2], "iterations": 6, "repeat_disturbed": 0}'
    start --config ok.json --config run.json --config fails.json
    until_true 20 passes_saved 14
    kill -INT "$pid"
    finish 10
    status_is 130
    out_has $'\n'"ok            noop " "PARTIAL: of 3 configs 1 stopped before the end, 1 not run"
    no_process_left
}

@test "the configs that profile a machine run in one call, shortened, and end with one table" {
    local name
    cd "$project"
    pp --config example_configs/profile --output "$work/out" --quiet --set task_count=2 --set 'workers=[0, 2]' \
        --set warmup=0 --set repeat_disturbed=0 --set max_time=0 --set precision=0.5
    status_is 0
    without '^error' "$seen/err"
    sed '1,/^best number of workers for each kind of work$/d' "$seen/out" >"$work/table"
    for name in example_configs/profile/*.json; do grep "^$(basename "$name" .json) " "$work/table"; done
    [ "$(find "$work/out" -name '*.json' | wc -l)" -eq "$(find example_configs/profile -name '*.json' | wc -l)" ]
}

@test "the configs that profile a machine take no more than about two minutes by what they say" {
    awk '/"max_time"/ { gsub(/[^0-9.]/, ""); sum += $0; found++ } END { exit !(found >= 8 && sum <= 130) }' \
        "$project"/example_configs/profile/*.json
}
