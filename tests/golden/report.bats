#!/usr/bin/env bats
# `pptest report` and --format html from the command line: which files are read, refused, written, and left alone.
# run: together

load helpers

setup() {
    enter
    pptest_has_charts || skip "built without Chart.js"
}
teardown() { leave; }

pptest_has_charts() { ! "$pptest" report x.json -o - 2>&1 | grep -q 'built without Chart.js'; }

# result NAME [CONFIG]: the JSON result of a small run.
result() {
    local small='{"task": "noop", "task_count": 10, "workers": [0, 1], "iterations": 2}'
    config run.json "${2:-$small}"
    pp --config run.json --output made --format json --quiet
    status_is 0
    mv made/*.json "$1"
    rm -r made run.json
}

# whole_page FILE [COUNT]: written to its end, with the data of so many results.
whole_page() {
    [ "$(head -n 1 "$1")" = "<!DOCTYPE html>" ] && [ "$(tail -n 1 "$1")" = "</html>" ] || fail "$1 is not whole"
    [ "$(grep -c '<script type="application/json" class="result">' "$1")" -eq "${2:-1}" ] || fail "not ${2:-1} results in $1"
}

only_files() { [ "$(ls -A | LC_ALL=C sort | tr '\n' ' ')" = "$* " ] || fail "files: $(ls -A)"; }

@test "a result says whether tasks were timed many together" {
    local long='{"task": "sum", "task_args": [1000000], "task_count": 4, "workers": [0, 1], "iterations": 1}'
    local remark='tasks are too short for the clock to time one by one: they are timed many together'
    result short.json
    [ "$(grep -c '"timed_together": true' short.json)" -eq 2 ]
    grep -qF "$remark" short.json
    pp report short.json -o short.html
    grep -qF "<li>$remark</li>" short.html
    result long.json "$long"
    [ "$(grep -c '"timed_together": false' long.json)" -eq 2 ]
    if grep -qF "$remark" long.json; then fail "tasks of a millisecond are called too short"; fi
}

@test "a result becomes a page, silently" {
    result a.json
    pp report a.json -o report.html
    status_is 0
    [ -z "$out$err" ]
    whole_page report.html
    only_files a.json report.html
    grep -qF '<p class="answer">' report.html
}

@test "--format html writes the page of a run beside its other files" {
    noop_config
    pp --config ok.json --output made --format html,json --quiet
    status_is 0
    whole_page made/*.html
    ls made/*.json
    [ "$(ls -A made | wc -l)" -eq 2 ]
    [[ "$out" == *.html* ]]
}

@test "the page of a run and the report of its result have the same numbers" {
    needs python3
    config ok.json '{"task": "noop", "task_count": 100, "workers": [0, 1, 2], "iterations": 7, "seed": 5}'
    pp --config ok.json --output made --format html,json --quiet
    status_is 0
    pp report made/*.json -o report.html
    status_is 0
    python3 - made/*.html report.html <<'END'
import json, re, sys
def result(path):
    return json.loads(re.search('class="result">(.*)</script>', open(path).read()).group(1))["result"]
run, report = (result(path) for path in sys.argv[1:])
assert run == report, [key for key in run if run[key] != report[key]]
assert run["config"]["seed"] == 5 and run["cases"][0]["histogram"]
END
}

@test "several results, one of them twice, or fifty, become one page" {
    result a.json
    result b.json '{"task": "noop", "task_count": 20, "workers": [0, 1], "iterations": 1}'
    pp report a.json b.json a.json -o three.html
    status_is 0
    whole_page three.html 3
    grep -q '"base": 0, "reason": "", "comparison": {' three.html
    grep -q '"base": 1, "reason": "", "comparison": null' three.html
    # shellcheck disable=SC2046 # fifty words
    pp report $(yes a.json | head -n 50) -o fifty.html
    status_is 0
    whole_page fifty.html 50
}

@test "results of the same work without a case in common are not compared, and it says so" {
    result a.json
    result b.json '{"task": "noop", "task_count": 10, "workers": [2], "iterations": 2}'
    pp report a.json b.json -o two.html
    status_is 0
    grep -q '"base": 0, "reason": "the two results have no case in common' two.html
}

@test "broken, foreign and older results are named, and the rest goes on: exit 1" {
    result a.json
    head -c 400 a.json >cut.json
    sed 's,pptest-result/1,pptest-result/9,' a.json >newer.json
    echo '{"a": 1}' >other.json
    : >empty.json
    mkdir folder
    pp report cut.json a.json newer.json other.json empty.json folder nowhere.json -o report.html
    status_is 1
    whole_page report.html
    err_has "error: cut.json:" "the file ends in the middle" \
        'error: newer.json: /schema: found "pptest-result/9", expected "pptest-result/1"' \
        "error: other.json: this is no result of pptest" "error: empty.json" "error: folder" "error: nowhere.json: there is no such file"
    grep -q '<li>nowhere.json: there is no such file' report.html
    [ "$(grep -c '^error: ' "$seen/err")" -eq 6 ]
}

@test "without any result that can be read nothing is written: exit 2" {
    echo '{"a": 1}' >other.json
    refused report other.json nowhere.json -o report.html
    err_has "error: none of the results could be read: no report was written"
}

@test "a partial result is shown as one" {
    result a.json
    sed 's/"complete": true/"complete": false/' a.json >partial.json
    pp report partial.json -o report.html
    status_is 0
    grep -q 'Partial: the run did not end' report.html
}

@test "-o - writes to standard output; a full one is an error: exit 1" {
    result a.json
    pp report a.json -o -
    status_is 0
    whole_page "$seen/out"
    only_files a.json
    status=0
    "$pptest" report a.json -o - >/dev/full 2>"$seen/err" || status=$?
    read_seen
    status_is 1
    err_has "error: cannot write to standard output"
}

@test "an output that cannot be written is told before a result is read" {
    result a.json
    mkdir folder
    refused report nowhere.json -o missing/report.html
    err_has "error: --output: cannot write missing/report.html: its folder does not exist; make it first"
    refused report nowhere.json -o folder
    err_has "error: --output: cannot write folder: Is a directory"
    refused report nowhere.json -o a.json/report.html
    err_has "Not a directory"
    refused report nowhere.json -o ""
    err_has 'error: --output: found "", expected the name of a file'
    without nowhere "$seen/err"
}

@test "without --output, or without a result, it says what is missing" {
    result a.json
    refused report a.json
    err_has 'error: report: there is no file to write to: `pptest report RESULT.json … --output FILE.html`'
    refused report -o report.html
    err_has "report needs 1 argument: "
}

@test "a report may be made again; no other file is overwritten, and no result" {
    result a.json
    pp report a.json -o report.html
    chmod 640 report.html
    ln -s report.html link.html
    pp report a.json a.json -o link.html
    status_is 0
    whole_page report.html 2
    [ -L link.html ]
    [ "$(stat -c %a report.html)" = 640 ]
    echo precious >notes.html
    refused report a.json -o notes.html
    err_has "notes.html is there already and is no report: give another name, or remove it first"
    refused report a.json -o a.json
    err_has "error: --output: a.json is one of the results: the report needs another name"
    ln a.json same.json
    refused report a.json -o same.json
    : >empty.html
    pp report a.json -o empty.html
    status_is 0
    whole_page empty.html
}

@test "a full disk, or a limit on files, leaves the report as it was, and no other file: exit 1" {
    result a.json
    pp report a.json -o report.html
    cp report.html before
    status=0
    (ulimit -f 100; exec "$pptest" report a.json a.json -o report.html) >"$seen/out" 2>"$seen/err" || status=$?
    read_seen
    status_is 1
    err_has "error: --output: cannot write $PWD/report.html: File too large"
    cmp before report.html
    only_files a.json before report.html
    pp report a.json -o /dev/full
    status_is 1
    err_has "error: --output: cannot write /dev/full: No space left on device"
}

@test "a folder or a report that is not ours to write is told before" {
    open_ground
    result a.json
    chmod 644 a.json
    mkdir closed open
    chmod 777 open
    pp_as_nobody report nowhere.json -o closed/report.html
    status_is 2
    err_has "error: --output: cannot write closed/report.html: Permission denied"
    pp report a.json -o open/report.html
    chmod 644 open/report.html
    pp_as_nobody report nowhere.json -o open/report.html
    status_is 2
    err_has "open/report.html: Permission denied"
    nothing_left
}

@test "markup in a label is text in the page" {
    result a.json '{"task": "noop", "task_count": 10, "workers": [0, 1], "iterations": 1, "label": "</script><img src=x onerror=alert(1)>"}'
    pp report a.json -o report.html
    status_is 0
    without -F '<img' report.html
    grep -qF '\u003c/script\u003e\u003cimg' report.html
    grep -qF '&lt;/script&gt;&lt;img' report.html
}
