#!/usr/bin/env bats
# Pages over HTTP: whoever fetches them, whatever is reported of them, and what becomes of those that do not come.

load helpers
setup() {
    enter
    printf '%s\n' '{"task": "download", "task_args": [[], true, 2000, 1], "task_count": 40, "repeat_disturbed": 0, "runners": [
        {"workers": 0},
        {"executor": ["thread", "openmp", "async", "async-blocking"], "workers": [1, 12]},
        {"workers": [1, 3]},
        {"workers": 3, "multiprocessing_start_method": "spawn"},
        {"workers": 3, "multiprocessing_start_method": "forkserver"}]}' >run.json
    pp check --config run.json
    without 'built without' "$seen/err" || skip "built without libcurl, libmicrohttpd, libuv or OpenMP"
    status_is 0
}
teardown() { leave; }

# The runner fails a run whose check values differ.
@test "the same pages whoever fetches them, however they are reported" {
    local report
    for report in none print log; do
        start --config run.json --set "task_args={\"delay_ms\": 1, \"report\": \"$report\"}" --output "$report"
        finish 60
        status_is 0
        out_has "every answer verified"
        [ "$(tail -n +2 "$(csv_of "$report")" | wc -l)" -eq 13 ]
        no_process_left
        nothing_left
    done
    [ "$(grep -h '"check"' none/*.json)" = "$(grep -h '"check"' log/*.json)" ]
}

@test "stopped in the middle, it leaves neither the server nor who reads what is printed" {
    printf '%s\n' '{"task": "download", "task_args": {"delay_ms": 5, "report": "print"}, "task_count": 40,
        "iterations": 100000, "workers": [2], "repeat_disturbed": 0}' >run.json
    start --config run.json
    until_true 20 passes_saved 2
    kill -INT "$pid"
    finish 5
    status_is 130
    no_process_left
    nothing_left
}

@test "pages that do not come are failed tasks, with the reason" {
    local executor
    for executor in process thread async async-blocking; do
        pp --config run.json --set 'task_args=["http://127.0.0.1:1/page"]' --set 'runners=[{"workers": 2,
            "executor": "'$executor'"}]' --set task_count=3
        status_is 1
        err_has "every task failed" "http://127.0.0.1:1/page" "Connection refused"
    done
}

@test "what is no address is refused, before anything runs" {
    refused --config run.json --set 'task_args=[["http://a/", "a.html"]]'
    err_has 'task_args/0/1: found "a.html", expected an address that begins with http:// or https://'
    refused --config run.json --set 'task_args=["https://"]'
    err_has 'task_args/0: found "https://", expected the name of a host'
    refused --config run.json --set 'task_args=["http://[::1"]'
    err_has 'task_args/0: found "http://[::1", expected an address such as http://host:8080/path' 'brackets'
    refused --config run.json --set 'task_args=[["http://a/", "HTTP://a:80000/"]]'
    err_has 'task_args/0/1: found "HTTP://a:80000/", expected a number up to 65535 as the port'
    refused --config run.json --set 'task_args=[[], true, 10]'
    err_has 'task_args/2: found 10, expected an integer from 256'
    refused --config run.json --set 'task_args={"report": "prnt"}'
    err_has 'did you mean "print"?'
}

@test "a host whose first address refuses is reached by its second, by any number at once" {
    needs python3
    echo 'a page' >page.txt
    python3 -u -m http.server 0 --bind 127.0.0.1 >server.log 2>&1 3>&- &
    local server=$!
    until_true 10 grep -q 'port [0-9]' server.log
    local port
    port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' server.log | head -n 1)
    # Where "localhost" has one address only, this shows less.
    pp --config run.json --set "task_args=[\"http://localhost:$port/page.txt\"]" --set task_count=60 \
        --set 'runners=[{"executor": ["async", "thread"], "workers": [1, 16]}]'
    kill "$server"
    wait "$server" || true
    status_is 0
    out_has "every answer verified"
}
