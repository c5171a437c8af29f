#!/usr/bin/env bats
# Memory that runs out: each allocation of the program fails in turn, once or from then on.
# run: together, long

load ../golden/helpers

setup_file() {
    export failmalloc=$BATS_FILE_TMPDIR/failmalloc.so
    getconf GNU_LIBC_VERSION >/dev/null 2>&1 || return 0
    ${CC:-cc} -std=c17 -O1 -Wall -Wextra -shared -fPIC -o "$failmalloc" "$BATS_TEST_DIRNAME/failmalloc.c" -ldl
}

setup() {
    enter
    persistent=
    whole_output=
    kept=$BATS_TEST_TMPDIR/kept
    mkdir "$kept"
    plain_build_only
    [ -e "$failmalloc" ] || skip "the library that lets allocations fail is for glibc"
    config noop.json '{"task": "noop", "task_count": 20, "workers": [0, 2]}'
    config sort.json '{"task": "sort", "task_args": [200], "task_count": 4, "iterations": 2, "workers": [0, 2]}'
}
teardown() { leave; }

# run_failing N ARG…: with $persistent set, all allocations after the Nth fail too.
run_failing() {
    rm -rf "$seen/mark" results
    json_later="$kept/allocation $1.json"
    status=0
    timeout -k 1 $((10 * patience)) env LD_PRELOAD="$failmalloc" FAILMALLOC_NTH="$1" FAILMALLOC_MARK="$seen/mark" \
        ${persistent:+FAILMALLOC_ON=1} "$pptest" "${@:2}" >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    err=$(cat "$seen/err")
}

acceptable() {
    local file
    # The C library itself ends a program that it cannot give a thread's data.
    [ "$status" -ne 127 ] || [[ "$err" != *"thread-local data: ABORT"* ]] || return 0
    [ "$status" -le 2 ] || return 1
    [ "$status" -eq 0 ] || [ -n "$err" ] || return 1
    for file in results/*; do
        [ -e "$file" ] || continue
        whole_result "$file" || return 1
        case $status:$file in
        0:*.partial.* | 2:*) return 1 ;;
        0:*.csv) rows_are "$file" sequential parallel_2 || return 1 ;;
        esac
    done
    [ -z "$(find "$TMPDIR" -mindepth 1)" ] || return 1
    if [ -n "$whole_output" ] && [ "$status" -eq 0 ]; then cmp "$seen/whole" "$seen/out" || return 1; fi
}

# each STEP ARG…: every allocation up to the 64th, then every STEPth up to the 400th, by when a run has begun, then in
# strides, since writing a result takes thousands that are all alike, until there are no more. Whatever it is, a
# command that succeeds all the same has printed all that it prints otherwise, where $whole_output asks for that.
each() {
    local step=$1 nth reached=0 bad=0
    shift
    "$pptest" "$@" >"$seen/whole" 2>/dev/null
    for ((nth = 1; nth < 20000; nth += nth < 64 ? 1 : nth < 400 ? step : 20 * step + 1)); do
        run_failing "$nth" "$@"
        [ -e "$seen/mark" ] || break
        reached=$((reached + 1))
        if acceptable; then
            [ "$status" -ne 127 ] || rm -rf "${TMPDIR:?}"/*
            continue
        fi
        bad=$((bad + 1))
        printf '== allocation %s%s of %s: exit status %s\n-- stderr\n%s\n-- files\n' "$nth" "${persistent:+ and all after it}" \
            "$*" "$status" "$err"
        find results "$TMPDIR" -mindepth 1 2>/dev/null || true
        rm -rf "${TMPDIR:?}"/*
        [ "$bad" -lt 10 ] || break
    done
    echo "$reached allocations failed in turn"
    kept_is_json || bad=$((bad + 1))
    [ "$reached" -ge 4 ] || fail "hardly anything was allocated: is the library loaded?"
    [ "$bad" -eq 0 ]
}

@test "check" { each 1 check --config sort.json; }
@test "check, from then on" { persistent=yes each 1 check --config sort.json; }
@test "schema" { whole_output=yes each 23 schema; }
@test "schema, from then on" { persistent=yes whole_output=yes each 97 schema; }
@test "tasks" { whole_output=yes each 1 tasks; }
@test "a wrong config" {
    config wrong.json '{"task": "summ", "task_cuont": 1, "workers": [0, -1, 2, 2], "iterations": 0, "label": 3}'
    local nth
    for ((nth = 1; nth < 400; nth++)); do
        run_failing "$nth" --config wrong.json
        [ -e "$seen/mark" ] || break
        [ "$status" -eq 2 ] || fail "allocation $nth: exit status $status: $err"
        [ -n "$err" ] || fail "allocation $nth: not a word"
    done
    [ "$nth" -gt 10 ]
}
# What it prints may lack a letter: jansson drops one where its buffer cannot grow, and says nothing.
@test "a report" {
    "$pptest" --config noop.json --output made --format json --quiet >"$seen/out"
    mv made/*.json a.json
    each 29 report a.json a.json --output -
}
@test "a noop run" { each 2 --config noop.json; }
@test "a noop run, from then on" { persistent=yes each 4 --config noop.json; }
@test "a sort run" { each 4 --config sort.json; }
@test "a sort run, from then on" { persistent=yes each 4 --config sort.json; }
@test "a sort run with spawned workers" { each 5 --config sort.json --set 'multiprocessing_start_method="spawn"'; }
@test "a sort run with a fork server" { each 5 --config sort.json --set 'multiprocessing_start_method="forkserver"'; }
@test "a run whose workers hand back what they have gathered" {
    config prefix.json '{"task": "prefix", "task_args": [20, 10, 9, 5], "task_count": 4, "iterations": 2, "workers": [0, 2]}'
    each 4 --config prefix.json
}
@test "an img run" {
    cp "$project/example_configs/images/sample.jpg" .
    config img.json '{"task": "img", "task_args": [["sample.jpg"]], "task_count": 2, "workers": [0, 2]}'
    each 3 --config img.json
}
@test "an exec run" {
    config exec.json '{"task": "exec", "task_args": ["true"], "task_count": 4, "workers": [0, 2]}'
    each 4 --config exec.json
}
@test "a rotate run" {
    cp "$project/example_configs/images/sample.jpg" .
    config rotate.json '{"task": "rotate", "task_args": [["sample.jpg"]], "task_count": 1, "workers": [0, 2]}'
    each 10 --config rotate.json
}
@test "a download run" {
    config download.json '{"task": "download", "task_args": [[], true, 300], "task_count": 2, "workers": [0, 2]}'
    each 10 --config download.json
}
