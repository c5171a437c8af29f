# What the transcripts share. Each test works in a folder of its own, with its own TMPDIR, so that whatever a run leaves
# behind can be seen.
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.5.0

project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
csv_header='Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total,Tasks per second,Speedup (vs sequential),Efficiency,Total: low (95 %),Total: high (95 %),Speedup: low (95 %),Speedup: high (95 %),Task: p50,Task: p99,CPU seconds,Peak memory,Passes,Failed,Disturbed,Label,Executor,Chunk size,Library threads,Start method,Input,Result,Pin'

# Deadlines are for a machine that is busy with other things; instrumented builds get more.
patience=${PP_TEST_PATIENCE:-1}

# enter: the start of every setup().
enter() {
    pptest=${PPTEST:-$project/pptest}
    case $pptest in /*) ;; *) pptest=$PWD/$pptest ;; esac
    [ -x "$pptest" ] || { echo "$pptest is not built: run make first"; return 1; }
    work=$BATS_TEST_TMPDIR/work
    seen=$BATS_TEST_TMPDIR/seen # what the program printed, out of the way of what it made
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir -p "$work" "$seen" "$TMPDIR"
    cd "$work"
    run_group=
    ground=
}

# leave: the end of every teardown(); ends only the test's own background run.
leave() {
    [ -z "$run_group" ] || kill -9 -- "-$run_group" 2>/dev/null || true
    [ -z "$ground" ] || { cd / && rm -rf "$ground"; }
}

plain_build_only() {
    [ -z "${PP_TEST_SANITIZED:-}" ] || skip "a sanitizer's own memory, descriptors or processes would be in the way"
}

needs() {
    local tool
    for tool; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
}

# mpi_job N [COMMAND…]: from here on the program is an MPI job of N ranks of pptest-mpi, whose files are found beside
# pptest; each rank is started by the command, if there is one. Whatever MPI there is, what is set for Open MPI is for it
# alone: root may run it, on fewer CPUs than ranks.
mpi_job() {
    local ranks=$1
    shift
    needs mpirun
    pptest_mpi=${pptest_mpi:-$pptest-mpi}
    [ -x "$pptest_mpi" ] || skip "$pptest_mpi is not built"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
    pptest=$BATS_TEST_TMPDIR/job
    printf '#!/bin/sh\nexec %s -n %s %s "%s" "$@"\n' "${mpirun:-mpirun}" "$ranks" "$*" "$pptest_mpi" >"$pptest"
    chmod +x "$pptest"
}

# config FILE JSON
config() { printf '%s\n' "$2" >"$1"; }

# noop_config: a run of a few milliseconds in ok.json.
noop_config() { config ok.json '{"task": "noop", "task_count": 100, "workers": [0, 2]}'; }

# pp ARG…: runs the program; $status, $out and $err tell how it went. Nothing it does takes a minute.
pp() {
    status=0
    timeout -k 1 $((60 * patience)) "$pptest" "$@" >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    read_seen
}

# open_ground: moves the test to a folder that other users reach, with a copy of the program, because the folders of
# bats and of the project may be closed to them.
open_ground() {
    needs setpriv
    [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
    ground=$(mktemp -d /tmp/pptest-golden-XXXXXX)
    work=$ground/work
    seen=$ground/seen
    export TMPDIR=$ground/tmp
    mkdir -m 777 "$work" "$seen" "$TMPDIR"
    chmod 755 "$ground"
    cp "$pptest" "$ground/pptest"
    cd "$work"
    umask 022
}

# pp_as_nobody ARG…: as pp, for a user who is not root.
pp_as_nobody() {
    status=0
    timeout -k 1 $((60 * patience)) setpriv --reuid=65534 --regid=65534 --clear-groups "$ground/pptest" "$@" \
        >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    read_seen
}

read_seen() {
    out=$(cat "$seen/out")
    err=$(cat "$seen/err")
    printf 'exit status %s\n-- stdout\n%s\n-- stderr\n%s\n' "$status" "$out" "$err"
}

# ---- what is expected; a line that begins with "!" fails no test, so these are functions ----

status_is() { [ "$status" -eq "$1" ] || fail "expected exit status $1"; }
fail() { echo "$*"; return 1; }
without() { ! grep "$@"; }

# err_has TEXT…, out_has TEXT…: each is in what was printed, as it is.
err_has() { local text; for text; do [[ "$err" == *"$text"* ]] || fail "not on stderr: $text"; done; }
out_has() { local text; for text; do [[ "$out" == *"$text"* ]] || fail "not on stdout: $text"; done; }

# matches TEXT: TEXT is the transcript on stdin, in which {number}, {time}, {stamp}, {check}, {words} (of
# one line) and {lines} stand for what varies.
matches() {
    local pattern
    pattern=$(sed -e 's/[][\.*^$(){}+?|]/\\&/g' -e 's/ \\{number\\}/ +\\{number\\}/g' -e 's/ \\{time\\}/ +\\{time\\}/g' \
        -e 's/\\{number\\}/-?[0-9][0-9.]*(e[-+][0-9]+)?/g' -e 's/\\{time\\}/[0-9.]+ (ns|us|ms|s)/g' \
        -e 's/\\{stamp\\}/[0-9]{4}_[0-9]{2}_[0-9]{2}__[0-9]{2}_[0-9]{2}_[0-9]{2}/g' -e 's/\\{check\\}/[0-9a-f]+/g' \
        -e 's/\\{words\\}/[^[:cntrl:]]*/g' -e 's/\\{lines\\}/.*/g')
    [[ "$1" =~ ^$pattern$ ]] || fail "expected: $pattern" || return 1
}

# err_apart_from_limits: what was printed on stderr, without the remarks about the limits of the machine that runs this.
err_apart_from_limits() { sed -E '/^warning: [0-9]+ workers?( and more)? go(es)? past the /d' "$seen/err"; }

# Anybody's view of the folder: names, and what the files hold.
snapshot() { find "$work" "$TMPDIR" | LC_ALL=C sort; find "$work" -type f -exec cksum {} + | LC_ALL=C sort; }

# refused ARG…: exit 2, a message, and nothing made, changed or removed.
refused() {
    snapshot >"$seen/before"
    pp "$@"
    snapshot >"$seen/after"
    diff "$seen/before" "$seen/after" || fail "a refused run changed files"
    status_is 2
    [ -z "$out" ] || fail "a refused run printed results"
    [[ "$err" == "error: "* ]] || fail "no error message"
}

# nothing_left: no temporary file or folder of the run; a thread sanitizer that is killed while it starts leaves its own.
nothing_left() {
    local left
    left=$(find "$TMPDIR" -mindepth 1 ! -name "tsan.rodata.*")
    [ -z "$left" ] || fail "left in the folder for temporary files: $left"
}

# csv_of FOLDER: the only result in it.
csv_of() {
    local files=("$1"/*.csv)
    [ "${#files[@]}" -eq 1 ] && [ -f "${files[0]}" ] || { echo "expected one result in $1: ${files[*]}" >&2; return 1; }
    printf '%s\n' "${files[0]}"
}

# whole_result FILE: a CSV or a JSON that was written to its end.
whole_result() {
    case $1 in
    *.csv) whole_csv "$1" ;;
    *.json) whole_json "$1" ;;
    *) fail "$1 is neither" ;;
    esac
}

# whole_json FILE: one object with the name of the format. Starting a parser takes longer than a short run does: after many,
# $json_later is the name of a copy in the folder $kept, and kept_is_json looks at all of them in the end.
whole_json() {
    [ "$(head -n 1 "$1")" = "{" ] && [ "$(tail -n 1 "$1")" = "}" ] || fail "$1 is not whole" || return 1
    grep -q '^  "schema": "pptest-result/1",$' "$1" || fail "$1 has no schema" || return 1
    if [ -n "${json_later:-}" ]; then cp "$1" "$json_later"; else are_json "$1"; fi
}

kept_is_json() {
    [ -z "$(ls -A "$kept")" ] || are_json "$kept"/*
}

# are_json FILE…: to a parser of somebody else's, where there is one.
are_json() {
    command -v python3 >/dev/null || return 0
    python3 - "$@" <<'END'
import json, sys

bad = 0
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            json.load(file)
    except ValueError as error:
        print(f"{name} is no JSON: {error}")
        bad = 1
sys.exit(bad)
END
}

# whole_csv FILE: the exact header, then rows of as many cells, each line ended by CR LF.
whole_csv() {
    awk -v header="$csv_header" -v file="$1" '
        function complain(text) { print file ": line " NR ": " text; bad = 1 }
        { if (!sub(/\r$/, "")) complain("no carriage return") }
        NR == 1 { if ($0 != header) complain("not the header: " $0); next }
        {
            row = $0
            gsub(/"([^"]|"")*"/, "quoted", row)
            cells = split(row, cell, ",")
            if (cells != 30) complain(cells " cells")
            # Where every task failed there is no time of a task.
            for (i = 5; i <= 9; i++)
                if (cell[i] !~ /^[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?$/ && !(i == 7 && cell[i] == "" && cell[9] == 0))
                    complain("cell " i " is no number: " cell[i])
            for (i = 10; i <= 19; i++)
                if (cell[i] !~ /^([0-9]+(\.[0-9]+)?(e[-+][0-9]+)?)?$/) complain("cell " i " is no number: " cell[i])
            if (cell[2] !~ /^[0-9]+$/ || cell[20] !~ /^[1-9][0-9]*$/ || cell[21] !~ /^[0-9]+$/ ||
                cell[22] !~ /^[0-9]+$/) complain(row)
        }
        END { exit bad || NR < 1 }' "$1" || fail "$1 is not whole" || return 1
    [ "$(tail -c 2 "$1" | od -An -tx1 | tr -d ' ')" = 0d0a ] || fail "$1 does not end in CR LF"
}

# rows_are FILE NAME…: a whole CSV with exactly these rows, in this order.
rows_are() {
    local file=$1 names
    shift
    whole_csv "$file" || return 1
    names=$(tail -n +2 "$file" | cut -d, -f1 | tr '\n' ' ')
    [ "$names" = "$* " ] || fail "rows are $names instead of $*"
}

# cell FILE ROW COLUMN: a cell of a row by its name; no cell before it may have a comma.
cell() { tr -d '\r' <"$1" | awk -F, -v row="$2" -v column="$3" '$1 == row { print $column }'; }

# ---- runs in the background ----

# start ARG…: the program as the leader of a process group of its own, $pid, that takes signals as from a terminal.
start() {
    local defaults=()
    env --default-signal=INT true 2>/dev/null && defaults=(env --default-signal=INT,TERM,HUP)
    : >"$seen/out" 2>"$seen/err" # before it begins: what the run before this one said must not be taken for its own
    set -m
    "${defaults[@]}" "$pptest" "$@" >"$seen/out" 2>"$seen/err" 3>&- &
    pid=$!
    set +m
    run_group=$pid
}

# finish SECONDS: waits for it to end by itself in that time; $status as pp sets it, 128 + n when signal n ended it.
finish() {
    local deadline=$((SECONDS + $1 * patience))
    while running "$pid" && [ "$SECONDS" -le "$deadline" ]; do sleep 0.02; done
    if running "$pid"; then
        kill -9 -- "-$pid" || true
        fail "still running after $1 s: $(cat "$seen/err")" || return 1
    fi
    status=0
    wait "$pid" || status=$?
    read_seen
}

# until_true SECONDS COMMAND…: polls.
until_true() {
    local deadline=$((SECONDS + $1 * patience))
    shift
    until "$@"; do
        [ "$SECONDS" -le "$deadline" ] || fail "waited in vain for: $*" || return 1
        sleep 0.01
    done
}

# crash_during ARG…: runs it until a signal as of a memory error comes within a pass: between two it does what it always does.
crash_during() {
    local attempt
    for attempt in {1..20}; do
        rm -rf results "$TMPDIR"/*
        start "$@"
        until_true 10 passes_saved 20
        kill -SEGV "$pid"
        finish 10
        [ "$status" -eq 1 ] && break
    done
    status_is 1
}

# Every process as "pid state parent group threads", whatever its name has in it.
processes() { cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\([0-9]*\) (.*) \(.\) \([0-9]*\) \([0-9]*\) .*/\1 \2 \3 \4/p'; }

# running PID: it exists and is no zombie.
running() { processes | awk -v pid="$1" '$1 == pid && $2 != "Z" { found = 1 } END { exit !found }'; }

# group_of LEADER, workers_of MAIN: process ids that are no zombies.
group_of() { processes | awk -v group="$1" '$4 == group && $2 != "Z" { print $1 }'; }
workers_of() { processes | awk -v main="$1" '$3 == main && $2 != "Z" { print $1 }'; }
zombies_of() { processes | awk -v main="$1" '$3 == main && $2 == "Z" { print $1 }'; }
has_workers() { [ "$(workers_of "$pid" | wc -l)" -ge "$1" ]; }
group_gone() { [ -z "$(group_of "$run_group")" ]; }

# no_process_left: of the background run's group, a moment after its main process has ended.
no_process_left() { until_true "${1:-2}" group_gone; }

# passes_saved N: the progress on stderr says that N passes are over.
passes_saved() { [ "$(grep -c '^\[[0-9]*/[0-9]*\] ' "$seen/err")" -ge "$1" ]; }

# ---- documents ----

# documents_link_what_is_there FOLDER: each link of each Markdown file below it that names no host leads to something.
documents_link_what_is_there() {
    local file target count=0
    while IFS=: read -r file target; do
        target=${target#*(}
        target=${target%%[#)]*}
        count=$((count + 1))
        [ -e "$(dirname "$file")/$target" ] || fail "$file links $target, which is not there" || return 1
    done < <(find "$1" -name '*.md' -exec grep -HoE '\]\([^)]+\)' {} + | grep -vE ':\]\(([a-z]+:|#)')
    [ "$count" -gt 30 ] || fail "only $count links in $1"
}
