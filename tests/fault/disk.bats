#!/usr/bin/env bats
# Folders that are full, read-only, or gone in the middle of a run.

load ../golden/helpers

setup() {
    enter
    mounted=
    config io.json '{"task": "io", "task_args": [2], "task_count": 3, "workers": [0, 2]}'
    noop_config
}
teardown() {
    [ -z "$mounted" ] || umount -l "$mounted" || true
    leave
}

# small_disk SIZE: an empty file system in ./disk.
small_disk() {
    mkdir disk
    mount -t tmpfs -o "size=$1" none disk 2>/dev/null || skip "mounting a file system is not permitted here"
    mounted=$PWD/disk
}

fill() { cat /dev/zero >"$1" 2>/dev/null || true; }

# Everything in the folder is whole, nothing is a temporary name.
whole_or_nothing() {
    local file
    for file in "$1"/*.csv*; do
        [ -e "$file" ] || continue
        [[ "$file" == *.csv ]] || fail "$file is left"
        whole_csv "$file"
    done
}

@test "no room for temporary files: the tasks fail with a message, nothing is left" {
    small_disk 1m
    local method
    for method in fork spawn forkserver; do
        pp --config io.json --set 'tmp_dir="disk"' --set "multiprocessing_start_method=\"$method\""
        status_is 1
        err_has "No space left on device" "tmp_dir"
        [ -z "$(find disk -mindepth 1)" ]
        pp --config io.json --set 'tmp_dir="disk"' --set 'workers=[2]' --set "multiprocessing_start_method=\"$method\""
        status_is 1
        err_has "No space left on device"
        [ -z "$(find disk -mindepth 1)" ]
    done
    whole_or_nothing results
}

@test "room for some tasks only: the numbers say how many failed" {
    small_disk 5m
    pp --config io.json --set 'tmp_dir="disk"' --set task_count=40 --set 'workers=[4]'
    # Four workers need 16 MiB at once; alone each would have enough.
    status_is 1
    err_has "No space left on device"
    [ -z "$(find disk -mindepth 1)" ]
    local csv
    csv=$(csv_of results)
    whole_csv "$csv"
    [ "$(cell "$csv" parallel_4 21)" -gt 0 ] || [[ "$csv" == *.partial.csv ]]
}

@test "no room for results from the start" {
    small_disk 64k
    fill disk/filler
    pp --config ok.json --output disk/out
    [ "$status" -eq 1 ] || [ "$status" -eq 2 ]
    err_has "--output: " "No space left on device"
    whole_or_nothing disk/out
    [ -z "$(find disk -name '*.new')" ]
    nothing_left
}

@test "no room for results after some passes: what was saved before is whole" {
    small_disk 64k
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 10, "iterations": 1000, "workers": [0, 2]}'
    start --config run.json --output disk
    until_true 10 passes_saved 3
    fill disk/filler
    finish 20
    status_is 1
    err_has "--output: cannot write" "No space left on device"
    [[ "$(csv_of disk)" == *.partial.csv ]]
    rows_are "$(csv_of disk)" sequential parallel_2
    [ -z "$(find disk -name '*.new')" ]
    no_process_left
    nothing_left
}

@test "inodes that have run out" {
    mkdir disk
    mount -t tmpfs -o size=1m,nr_inodes=4 none disk 2>/dev/null || skip "mounting a file system is not permitted here"
    mounted=$PWD/disk
    touch disk/1 disk/2 disk/3 2>/dev/null || true
    pp --config ok.json --output disk
    status_is 2
    err_has "--output: " "No space left on device"
    pp --config io.json --set 'tmp_dir="disk"'
    status_is 2
    err_has "/tmp_dir: " "No space left on device"
    [ -z "$(find disk -name '*.csv*' -o -name 'pptest-*')" ]
    nothing_left
}

@test "a read-only file system" {
    small_disk 64k
    mount -o remount,ro disk 2>/dev/null || skip "remounting is not permitted here"
    pp --config ok.json --output disk/results
    status_is 2
    err_has "--output: " "Read-only file system"
    pp --config ok.json --set 'tmp_dir="disk"'
    status_is 2
    err_has "/tmp_dir: " "Read-only file system"
    nothing_left
}

@test "results that are a device, a socket or a full device are refused before the run" {
    refused --config ok.json --output /dev/full
    refused --config ok.json --output /dev/null
    mkfifo pipe
    refused --config ok.json --output pipe
    err_has "Not a directory"
}

# vanish FOLDER ARG…: it is removed once a pass is over, as often as it takes to be gone.
vanish() {
    local folder=$1
    shift
    start "$@"
    until_true 10 passes_saved 1
    until rm -rf "$folder" 2>/dev/null; do :; done
}

@test "the folder for temporary files vanishes in the middle of a run" {
    local method
    for method in fork spawn forkserver; do
        mkdir tmp
        vanish tmp --config io.json --set 'tmp_dir="tmp"' --set 'workers=[2]' --set iterations=100000 \
            --set "multiprocessing_start_method=\"$method\""
        finish 20
        status_is 1
        err_has "No such file or directory" "tmp_dir"
        whole_or_nothing results
        no_process_left
        [ ! -e tmp ]
        rm -rf results
    done
}

@test "the folder for temporary files vanishes under 0 workers" {
    mkdir tmp
    vanish tmp --config io.json --set 'tmp_dir="tmp"' --set 'workers=[0]' --set iterations=100000
    finish 20
    status_is 1
    err_has "No such file or directory" "tmp_dir"
    whole_or_nothing results
    [ ! -e tmp ]
}

@test "the output folder vanishes in the middle of a run" {
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 10, "iterations": 100000, "workers": [0, 2]}'
    vanish results --config run.json
    finish 20
    status_is 1
    err_has "/output_dir: " "No such file or directory"
    [ ! -e results ]
    no_process_left
    nothing_left
}

@test "the output folder becomes a file in the middle of a run" {
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 10, "iterations": 100000, "workers": [0, 2]}'
    vanish results --config run.json
    : >results
    finish 20
    status_is 1
    err_has "/output_dir: "
    [ -f results ] && [ ! -s results ]
    no_process_left
    nothing_left
}

@test "the partial result is deleted in the middle of a run: it is there again after the next pass" {
    config run.json '{"task": "sleep", "task_args": [20], "task_count": 10, "iterations": 6, "workers": [2]}'
    start --config run.json
    until_true 10 passes_saved 2
    rm results/*.partial.csv
    finish 20
    status_is 0
    rows_are "$(csv_of results)" parallel_2
    [ "$(cell "$(csv_of results)" parallel_2 20)" = 6 ]
}

@test "somebody puts a file where the result will be: neither is lost" {
    config run.json '{"task": "sleep", "task_args": [20], "task_count": 10, "iterations": 6, "workers": [2]}'
    start --config run.json
    until_true 10 passes_saved 2
    local partial final
    partial=$(csv_of results)
    final=${partial/.partial/}
    echo precious >"$final"
    finish 20
    [ "$(cat "$final")" = precious ]
    [ "$status" -le 1 ]
    rows_are "$(find results -name '*.csv' ! -path "$final")" parallel_2
}
