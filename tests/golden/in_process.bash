# What the transcripts of tasks that run inside the program share. Load helpers.bash before.
# shellcheck shell=bash disable=SC2034,SC2115,SC2154

# What else this machine does shall not add passes to those that are counted here.
config() { printf '%s\n' "${2/\{/\{\"repeat_disturbed\": 0, }" >"$1"; }

# sleeping EXECUTOR MILLISECONDS [TASKS]: so many passes of two workers that somebody must end the run.
sleeping() {
    config run.json "{\"task\": \"sleep\", \"task_args\": [$2], \"task_count\": ${3:-40}, \"iterations\": 100000,
        \"executor\": \"$1\", \"workers\": [2]}"
}

# partial_result CASE: the only files are partial ones, which hold all the passes that the progress told of.
partial_result() {
    local file
    [ "$(find results -type f | wc -l)" -eq 2 ]
    whole_json results/*.partial.json
    file=$(csv_of results)
    [[ "$file" == *.partial.csv ]] || fail "$file is not marked as partial"
    whole_csv "$file"
    [ "$(cell "$file" "$1" 20)" -eq "$(grep -c '^\[' "$seen/err")" ]
}

# The program's main thread and its watchdog included.
has_threads() { [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -ge "$1" ]; }

# crash_of CASE WHERE: passes of a few milliseconds are not saved one by one; what is not, must be saved now.
crash_of() {
    plain_build_only
    crash_during --config run.json
    err_has "crashed (signal 11, Segmentation fault) in $2"
    no_process_left
    nothing_left
    partial_result "$1"
    out_has "(partial)"
}

# stopped_by SIGNAL EXECUTOR: in the middle of a run of short tasks, after some passes, all of which must have been saved.
stopped_by() {
    local number
    number=$(kill -l "$1")
    sleeping "$2" 5
    start --config run.json
    until_true 10 passes_saved 2
    kill "-$1" "$pid"
    finish 5
    status_is $((128 + number))
    err_has "stopped by signal $number"
    no_process_left
    nothing_left
    partial_result "$2_2"
    out_has PARTIAL
}
