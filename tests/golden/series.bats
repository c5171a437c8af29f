#!/usr/bin/env bats
# Cases that differ in more than their number of workers: their table, their verdict, their rows.

load helpers
setup() { enter; }
teardown() { leave; }

@test "processes beside threads are a transcript" {
    config both.json '{"task": "sum", "task_args": [100000], "task_count": 20, "iterations": 6, "workers": [0, 1, 2],
        "executor": ["process", "thread"], "repeat_disturbed": 0}'
    pp --config both.json --quiet
    status_is 0
    matches "$out" <<'END'
sum 100000, 20 tasks, medians of 6 passes

                  init      work  task avg     total    95 %   tasks/s  speedup
sequential   {time}   {time}  {time}  {time}{words} {number}x{words}
parallel_1   {time}   {time}  {time}  {time}{words} {number}x{words}
parallel_2   {time}   {time}  {time}  {time}{words} {number}x{words}
thread_1     {time}   {time}  {time}  {time}{words} {number}x{words}
thread_2     {time}   {time}  {time}  {time}{words} {number}x{words}

speed-up                   95 %{words} efficiency
sequential   {number}x 1.00–1.00{words} 100% {words}
{lines}

work              cpu   no cpu  blocked   verify transfer  waiting     tail{words}
{lines}
every answer verified; check value of the work {check}

use {number} worker{words}; 95 %: {words}{lines}

results/sum__{stamp}.csv
results/sum__{stamp}.json
END
    # Plain calls may be the best where others keep the CPUs busy; whatever is chosen, its executor is named.
    grep -E '^use (0 workers \(plain calls|[12] workers? \(executor (process|thread)); 95 %: ' "$seen/out"
    grep -E '^  executor (process|thread): (parallel|thread)_[12] \([0-9.]+ % (slower|faster), (95 %: |not dist)' "$seen/out"
}

@test "the CSV says in what rows differ, in the order of the plan" {
    config both.json '{"task": "noop", "task_count": 20, "workers": [0, 2], "chunk_size": [1, "auto"],
        "runners": [{"multiprocessing_start_method": "spawn"}, {"executor": "thread", "pin": "compact"}]}'
    pp --config both.json --quiet
    status_is 0
    local file
    file=$(csv_of results)
    tail -n +2 "$file" | tr -d '\r' | cut -d, -f 1,24- >rows
    diff - rows <<'END'
sequential,sequential,,default,,,,
parallel_2 chunk_size=1 spawn pin=none,process,1,default,spawn,inherit,digest,none
parallel_2 chunk_size=auto spawn pin=none,process,auto,default,spawn,inherit,digest,none
thread_2 chunk_size=1 pin=compact,thread,1,default,,inherit,digest,compact
thread_2 chunk_size=auto pin=compact,thread,auto,default,,inherit,digest,compact
END
}

@test "the verdict names the best pair of workers and library threads, and what the default costs" {
    "$pptest" tasks matrix | grep -q 'not in this build' && skip "there is no OpenBLAS"
    config pairs.json '{"task": "matrix", "task_args": [60], "task_count": 20, "iterations": 6, "workers": [1, 2],
        "library_threads": [null, 1, 2], "repeat_disturbed": 0}'
    pp --config pairs.json --quiet
    status_is 0
    grep -E '^use [12] workers? \([0-9]+ library threads? each( by default)?; 95 %: ' "$seen/out"
    if ! grep -q '^use .* by default; ' "$seen/out"; then
        grep -E '^use .*; with library threads by default at best [0-9.]+ % (slower|faster)' "$seen/out"
        grep -E '^  library threads default: parallel_[12] library_threads=default \([0-9.]+ % ' "$seen/out"
    fi
    out_has "  speed-ups are against the fewest workers of the same kind"
}
