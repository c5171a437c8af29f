#!/usr/bin/env bats
# Descriptors, zombies and memory over many passes, with workers lost on the way.

load ../golden/helpers
setup() { enter; }
teardown() { leave; }

descriptors() { find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l; }
resident_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status" 2>/dev/null; }

# no_zombies: none, or they are gone a moment later; what ends is reaped at once, not at the end of the pass.
no_zombies() { [ -z "$(zombies_of "$pid")" ]; }

# workers: of children, all but the fork server, which is the oldest.
workers() { workers_of "$pid" | sort -n | if [ "$method" = forkserver ]; then tail -n +2; else cat; fi; }

# lose_one: kills a worker and waits until the main process has taken notice.
lose_one() {
    local victim
    victim=$(workers | tail -n 1)
    [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null || return 0
    lost=$((lost + 1))
    until_true 5 gone "$victim"
    until_true 5 no_zombies
}
gone() { ! processes | grep -q "^$1 .* $pid "; }

# watch_passes METHOD: descriptors in the first two passes, then in more with losses and without.
watch_passes() {
    local method=$1 early=0 late=0 now lost=0 passes=0
    config run.json "{\"task\": \"sleep\", \"task_args\": [10], \"task_count\": 90, \"iterations\": 12, \"workers\": [3],
        \"multiprocessing_start_method\": \"$method\"}"
    start --config run.json
    while running "$pid"; do
        passes=$(grep -c '^\[' "$seen/err" || true)
        now=$(descriptors)
        if [ "$passes" -lt 2 ]; then
            [ "$now" -le "$early" ] || early=$now
        else
            [ "$now" -le "$late" ] || late=$now
            [ "$passes" -ge 8 ] || lose_one
        fi
    done
    finish 5
    echo "$lost workers killed; at most $early descriptors before, $late after"
    [ "$lost" -ge 4 ]
    status_is 1
    out_has "workers were lost"
    [ "$(cell "$(csv_of results)" parallel_3 20)" = 12 ]
    [ "$early" -ge 6 ]
    # A worker that is being replaced has its channels twice for a moment.
    [ "$late" -le $((early + 3)) ]
    no_process_left
    nothing_left
}

@test "descriptors and zombies with workers lost (fork)" { watch_passes fork; }
@test "descriptors and zombies with workers lost (forkserver)" { watch_passes forkserver; }

@test "as many descriptors after 300 passes as after 3, and no more memory than passes take" {
    config run.json '{"task": "noop", "task_count": 10, "iterations": 300, "workers": [2, 0]}'
    start --config run.json --set wait_time_after_iteration=0.01
    until_true 20 passes_saved 6
    local few many before after
    few=$(descriptors)
    before=$(resident_kib)
    until_true 60 passes_saved 500
    many=$(descriptors)
    after=$(resident_kib)
    finish 60
    status_is 0
    echo "descriptors $few, then $many; resident $before KiB, then $after KiB"
    [ "$few" -ge 3 ]
    [ "$many" -le $((few + 8)) ] # in the middle of a pass, or between two
    [ -n "${PP_TEST_SANITIZED:-}" ] || [ "$after" -le $((before + 1024 + 300 * 8)) ]
}

@test "a spawned worker has the descriptors it was given, and none of the main process's own" {
    local worker fd checked=0
    config run.json '{"task": "sleep", "task_args": [3600000], "task_count": 8, "workers": [8], "multiprocessing_start_method": "spawn"}'
    start --config run.json
    until_true 10 has_workers 8
    sleep 0.3 # until they have begun to work
    for worker in $(workers_of "$pid"); do
        # Its channels, on the numbers that it expects; the rest was inherited from this shell by all.
        [[ "$(readlink "/proc/$worker/fd/3") $(readlink "/proc/$worker/fd/4")" =~ ^pipe:.*pipe: ]]
        [[ "$(readlink "/proc/$worker/fd/5")" == *pptest-boards* ]]
        [[ "$(readlink "/proc/$worker/fd/6")" == *pptest-config* ]]
        for fd in "/proc/$worker/fd/"*; do
            fd=${fd##*/}
            [ "$fd" -le 6 ] || [ "$(readlink "/proc/$worker/fd/$fd")" = "$(readlink "/proc/$$/fd/$fd")" ] ||
                [ "$(readlink "/proc/$worker/fd/$fd")" = "$(readlink "/proc/$BASHPID/fd/$fd")" ] ||
                fail "descriptor $fd of a worker: $(readlink "/proc/$worker/fd/$fd")"
        done
        checked=$((checked + 1))
    done
    [ "$checked" -eq 8 ]
    kill -INT "$pid"
    finish 5
    status_is 130
    no_process_left
}
