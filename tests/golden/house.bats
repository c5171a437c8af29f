#!/usr/bin/env bats
# The scripts around the program, with package managers and pptest itself played by small shell scripts.

setup() {
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    cd "$BATS_TEST_TMPDIR"
    log=$BATS_TEST_TMPDIR/calls
    : >"$log"
}

# fake NAME BODY: a command NAME in ./bin, which writes its call down first.
fake() {
    mkdir -p bin
    printf '#!/bin/sh\necho "%s $*" >>"%s"\n%s\n' "$1" "$log" "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# A line that begins with "!" never fails a test, the last one aside; a function does.
without() { ! grep "$@"; }

# ---- install-packages -------------------------------------------------------------------------------------------

# A system of which nothing is known but the fakes: only what the script itself needs is real.
package_system() {
    mkdir -p bin
    for tool in sh sed sort tr dirname env; do ln -s "$(command -v "$tool")" "bin/$tool"; done
    fake id "echo ${user_id:-0}"
    printf 'ID=%s\nID_LIKE="%s"\n' "$1" "${2:-}" >os-release
}

install_packages() {
    env -i PATH="$PWD/bin" OS_RELEASE="$PWD/os-release" "$(command -v sh)" "$project/scripts/install-packages" "$@"
}

every_package_installed() { fake dpkg-query 'printf "<installed>"'; }

# All packages but make and strace, until apt-get has run.
two_packages_missing() {
    fake dpkg-query 'case $* in *" make" | *" strace") [ -e installed ] || { printf "<not-installed>"; exit 0; } ;; esac
printf "<installed>"'
    fake apt-get 'case $* in *install*) : >installed ;; esac'
}

@test "install-packages calls no package manager when nothing is missing" {
    package_system debian
    every_package_installed
    fake apt-get 'exit 1'
    fake sudo 'exit 1'
    run install_packages build test bench dev
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    without -E '^(apt-get|sudo)' "$log"
}

@test "install-packages installs exactly what is missing, after renewing the lists, without sudo for root" {
    package_system debian
    two_packages_missing
    fake sudo 'exit 1'
    run install_packages build test
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "install-packages: installing make strace" ]
    [ "$(grep -c '^apt-get' "$log")" -eq 2 ]
    grep '^apt-get' "$log" | head -n 1 | grep 'update$'
    grep '^apt-get' "$log" | tail -n 1 | grep ' install -y --no-install-recommends make strace$'
    without '^sudo' "$log"
}

@test "install-packages looks only at the groups asked for" {
    package_system debian
    two_packages_missing
    run install_packages build
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "install-packages: installing make" ]
    without -E '^dpkg-query .*(cmocka|strace|opencv|clang)' "$log"
}

@test "install-packages leaves a command alone that packages bring which exclude each other" {
    package_system debian
    fake dpkg-query 'case $* in *" gnuplot-nox") printf "<not-installed>" ;; *) printf "<installed>" ;; esac'
    fake apt-get 'exit 1'
    run install_packages test
    [ "$status" -eq 1 ]
    grep '^apt-get .* gnuplot-nox$' "$log"
    : >"$log"
    fake gnuplot ''
    run install_packages test
    [ "$status" -eq 0 ]
    without '^apt-get' "$log"
}

@test "install-packages uses sudo for anybody but root" {
    user_id=1000 package_system ubuntu debian
    two_packages_missing
    fake sudo 'exec "$@"'
    run install_packages build
    [ "$status" -eq 0 ]
    grep -E '^sudo env .*DEBIAN_FRONTEND=noninteractive apt-get .*install' "$log"
}

@test "install-packages without root and sudo says what is missing" {
    user_id=1000 package_system debian
    two_packages_missing
    run install_packages build
    [ "$status" -eq 1 ]
    [[ "$output" == *"missing: make. Only root may install packages, and there is no sudo"* ]]
    [[ "$output" == *"  make (4.1)"* ]]
    without '^apt-get' "$log"
}

@test "install-packages goes on when what cannot be installed is there by other means" {
    user_id=1000 package_system debian
    two_packages_missing
    fake make ''
    run install_packages build
    [ "$status" -eq 0 ]
    [[ "$output" == *"found by other means; going on"* ]]
}

@test "install-packages reports a package manager that fails" {
    package_system debian
    fake dpkg-query 'exit 1'
    fake apt-get 'echo "E: no network" >&2; exit 100'
    run install_packages build
    [ "$status" -eq 1 ]
    [[ "$output" == *"E: no network"* ]]
    [[ "$output" == *"could be installed"* ]]
    [[ "$output" == *"  Jansson (2.11)"* ]]
}

@test "install-packages on an unknown distribution names what to install by hand" {
    package_system plan9
    run install_packages build
    [ "$status" -eq 1 ]
    [[ "$output" == *"this distribution's packages are not known. Install by hand"* ]]
    [[ "$output" == *"  C compiler (GCC 8 or clang 7)"* ]]
}

@test "install-packages on an unknown distribution goes on when everything is there" {
    package_system plan9
    fake cc ''
    fake make ''
    fake pkg-config ''
    run install_packages build
    [ "$status" -eq 0 ]
    [[ "$output" == *"going on"* ]]
}

@test "install-packages knows the package tools of Fedora, Arch and Alpine and their relatives" {
    local row system query manager
    for row in "rocky|rpm|dnf|install -y --setopt=install_weak_deps=False gcc glibc-devel hwloc-devel jansson-devel" \
        "manjaro|pacman|pacman|-S --needed --noconfirm curl gcc glibc hwloc jansson" \
        "alpine|apk|apk|add --no-cache curl-dev gcc hwloc-dev jansson-dev"; do
        IFS='|' read -r system query manager expected <<<"$row"
        rm -rf bin
        : >"$log"
        case $system in
            rocky) package_system rocky "rhel centos fedora" ;;
            manjaro) package_system manjaro arch ;;
            alpine) package_system alpine ;;
        esac
        # Queries say that nothing is there; installing succeeds, and what was found by other means is enough.
        fake "$query" 'case $1 in -q | -T | info) exit 1 ;; esac'
        [ "$manager" = "$query" ] || fake "$manager" ''
        run install_packages build
        [ "$status" -eq 0 ]
        grep -F "$manager $expected" "$log"
    done
}

@test "install-packages refuses an unknown group and an empty command line" {
    package_system debian
    every_package_installed
    run install_packages biuld
    [ "$status" -eq 2 ]
    [[ "$output" == *'unknown group "biuld"'* ]]
    run install_packages
    [ "$status" -eq 2 ]
    [[ "$output" == *usage:* ]]
}

@test "requirements.md gives every row nine cells and a known group" {
    awk -F' *[|] *' '/^[|]/ && !/^[|]-/ && $5 != "Group" {
        rows++
        if (NF != 11 || $5 !~ /^(build|test|bench|dev)$/) { print; bad = 1 }
    } END { exit bad || rows < 20 }' "$project/requirements.md"
}

# ---- check-rooms ------------------------------------------------------------------------------------------------

rooms() { "$project/scripts/check-rooms" tree; }

# file PATH LINE…: a file in ./tree
file() {
    local path=tree/$1
    shift
    mkdir -p "${path%/*}"
    printf '%s\n' "$@" >"$path"
}

@test "check-rooms finds nothing wrong with this project" {
    run "$project/scripts/check-rooms"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "check-rooms accepts what each room may include" {
    file include/pptest/a.h '#include <stdint.h>' '#include "pptest/b.h"'
    file src/plan/plan.c '#include "plan/plan.h"' '#include "schema/config.h"' '#include "base/x.h"' '#include <sys/wait.h>'
    file src/plan/plan.h ''
    file src/config/load.c '#include <jansson.h>' '#include "plan/plan.h"'
    file src/machine/topology.c '#include <hwloc.h>' '#include "base/x.h"'
    file src/app/main.c '#include "runner/run.h"' '#include "report/csv.h"'
    file tasks/zip.c '#include <zlib.h>' '#include "lib/x.h"' '#include "pptest/task.h"'
    run rooms
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "check-rooms names file and line of what a room may not include" {
    file src/plan/plan.c '#include <stdio.h>' '' '#  include "exec/exec.h"'
    file src/report/csv.c '#include "config/load.h"'
    file src/stats/mean.c '#include <jansson.h>'
    file include/pptest/a.h '#include "base/x.h"'
    file tasks/sum.c '#include "base/x.h"'
    run rooms
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 5 ]
    [[ "$output" == *'src/plan/plan.c:3: plan may not include "exec/exec.h"'* ]]
    [[ "$output" == *'src/report/csv.c:1: report may not include "config/load.h"'* ]]
    [[ "$output" == *'src/stats/mean.c:1: stats may not include <jansson.h>'* ]]
    [[ "$output" == *'include/pptest/a.h:1: include may not include "base/x.h"'* ]]
    [[ "$output" == *'tasks/sum.c:1: tasks may not include "base/x.h"'* ]]
}

@test "check-rooms lets a task use one library, and one that it knows" {
    file tasks/both.c '#include <zlib.h>' '#include <sodium.h>'
    file tasks/odd.c '#include <expat.h>'
    run rooms
    [ "$status" -eq 1 ]
    [[ "$output" == *'tasks/both.c:2: a task exercises one library; this file uses zlib and sodium'* ]]
    [[ "$output" == *'tasks/odd.c:1: <expat.h> is not known to scripts/check-rooms'* ]]
}

@test "check-rooms lets the loaders alone load libraries" {
    file src/base/library.c '#include <dlfcn.h>'
    file src/base/plugin.c '#include <dlfcn.h>'
    file tasks/zip.c '#include <dlfcn.h>'
    file src/exec/pool.c '#include <dlfcn.h>'
    run rooms
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ "$output" == *'src/exec/pool.c:1: <dlfcn.h> is for src/base/library.c and plugin.c alone'* ]]
    [[ "$output" == *'tasks/zip.c:1: <dlfcn.h> is for src/base/library.c and plugin.c alone'* ]]
}

@test "check-rooms asks for the own header first, one way of writing includes, known rooms, and short files" {
    file src/base/a.c '#include <stdio.h>' '#include "base/a.h"'
    file src/base/a.h '#include "b.h"'
    file src/base/rng.c '#include "base/a.h"'
    file include/pptest/rng.h ''
    file src/attic/a.c ''
    file src/app/macro.c '#include WHATEVER'
    file src/app/long.c "$(printf 'x\n%.0s' {1..501})"
    run rooms
    [ "$status" -eq 1 ]
    [[ "$output" == *'src/base/a.c:1: include "base/a.h" first'* ]]
    [[ "$output" == *'src/base/a.h:1: write "b.h" as "room/file.h"'* ]]
    [[ "$output" == *'src/base/rng.c:1: include "pptest/rng.h" first'* ]]
    [[ "$output" == *'src/attic/a.c:1: there is no room "attic"'* ]]
    [[ "$output" == *'src/app/macro.c:1: what this includes cannot be seen'* ]]
    [[ "$output" == *'src/app/long.c:501: 501 lines, more than 500'* ]]
}

# ---- sweep ------------------------------------------------------------------------------------------------------

# A pptest that answers by the name of its config: --config CONFIG --output DIR [OPTION …]
sweep_setup() {
    fake pptest '
if [ "$1" = report ]; then
    [ ! -e reports ] || { for last; do :; done; echo "<html>" >"$last"; exit 0; }
    echo "error: pptest: unexpected \"report\"" >&2
    exit 2
fi
name=$(basename "$2" .json)
case $name in
    bad*) echo "bad config" >&2; exit 2 ;;
    other*) printf "Other,Columns\n1,2\n" >"$4/t.csv"; exit 0 ;;
    half*) printf "Name,Workers\nhalf,0\n" >"$4/t.csv"; exit 1 ;;
    slow*)
        trap "kill \$!; printf \"Name,Workers\nslow,0\n\" >\"$4/t.csv\"; exit 143" TERM
        sleep 60 &
        : >started
        wait ;;
esac
if [ -e only ]; then echo "[]" >"$4/t.trace"; exit 0; fi
printf "table of %s\n\n" "$name"
printf "%s\n" "$4/t.csv" "$4/t.json"
printf "Name,Workers\nsequential,0\n\"par,\n\"\"2\"\"\",2\n" >"$4/t.csv"
echo "{}" >"$4/t.json"'
    export PPTEST=$PWD/bin/pptest
    mkdir configs
}

sweep() { "$project/scripts/sweep" "$@"; }

@test "sweep merges the CSVs of a folder under one header and keeps each one" {
    sweep_setup
    touch configs/a.json "configs/b, c.json" configs/ignored.txt
    run sweep configs -- --set 'seed=1 2'
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == "sweep: 2 of 2 configs succeeded, 0 failed, 0 not run" ]]
    grep -F -- '--set seed=1 2' "$log"
    [ "$(cat results/sweep__*.csv)" = 'Config,Name,Workers
configs/a.json,sequential,0
configs/a.json,"par,
""2""",2
"configs/b, c.json",sequential,0
"configs/b, c.json","par,
""2""",2' ]
    [ -e results/t.csv ] && [ -e results/t.json ] && [ -e results/t_2.csv ] && [ -e results/t_2.json ]
    [ "$(ls results | wc -l)" -eq 5 ]
    [ -z "$(find results -name '.sweep.*')" ]
}

@test "sweep goes on after a failure, keeps what a failed run measured, and exits 1" {
    sweep_setup
    touch configs/a.json configs/bad.json configs/half.json configs/z.json
    run sweep -o "out put" configs/bad.json configs/half.json configs/z.json
    [ "$status" -eq 1 ]
    [[ "$output" == *"configs/bad.json: exit status 2"* ]]
    [[ "$output" == *"configs/half.json: exit status 1"* ]]
    [[ "${lines[-1]}" == "sweep: 1 of 3 configs succeeded, 2 failed, 0 not run" ]]
    [[ "${lines[0]}" == "sweep: 1 of 3: configs/bad.json" ]]
    grep -xE 'sweep: 3 of 3: configs/z.json \(after [0-9]+ s, 2 failed\)' <<<"$output"
    grep -q '^configs/half.json,half,0$' "out put"/sweep__*.csv
    grep -q '^configs/z.json,sequential,0$' "out put"/sweep__*.csv
}

@test "sweep prints the names that files have at the end, not those they had meanwhile" {
    sweep_setup
    touch configs/a.json configs/b.json
    "$project/scripts/sweep" -o out configs >printed 2>told
    diff - printed <<'END'
table of a

out/t.csv
out/t.json
table of b

out/t_2.csv
out/t_2.json
END
    without 'left' told
}

@test "sweep says that there is no merged CSV and no report where the formats allow for none" {
    sweep_setup
    touch configs/a.json only
    run sweep configs -- --format trace
    [ "$status" -eq 0 ]
    [[ "$output" == *"sweep: no CSV of all rows is made: no run wrote a CSV"*"sweep: no report is made: no run wrote a JSON result"* ]]
    [ "$(ls results)" = t.trace ]
}

@test "sweep does not merge columns that differ" {
    sweep_setup
    touch configs/a.json configs/other.json
    run sweep configs
    [ "$status" -eq 1 ]
    [[ "$output" == *"the columns of configs/other.json differ"* ]]
    without Other results/sweep__*.csv
}

@test "sweep stops at once when it is told to, and merges what was measured" {
    sweep_setup
    touch configs/a.json configs/slow.json configs/z.json
    # Not in the background of this shell, which would make it ignore the interrupt; nor as these tests may have been started.
    run env --default-signal=INT bash -c 'set -m; "$0" configs & until [ -e started ]; do sleep 0.05; done; kill -INT $!; wait $!' "$project/scripts/sweep"
    [ "$status" -eq 130 ]
    [[ "$output" == *"1 of 3 configs succeeded, 0 failed, 1 stopped, 1 not run"* ]]
    [[ "$output" != *"failed:"* ]]
    grep -q '^configs/slow.json,slow,0$' results/sweep__*.csv
    [ -z "$(find results -name '.sweep.*')" ]
}

@test "sweep has one report made of all results, or says in one line why there is none" {
    sweep_setup
    touch configs/a.json configs/b.json
    run sweep configs
    [ "$status" -eq 0 ]
    [[ "$output" == *'sweep: no report could be made (exit status 2): error: pptest: unexpected "report"'* ]]
    [ -z "$(find results -name '*.html')" ]
    touch reports
    run sweep -o again configs
    [ "$status" -eq 0 ]
    grep -E '^pptest report again/t.json again/t_2.json -o again/[^ ]+$' "$log"
    [ "$(cat again/sweep__*.html)" = "<html>" ]
    [ "$(basename again/sweep__*.html .html)" = "$(basename again/sweep__*.csv .csv)" ]
}

@test "sweep --resume leaves out what is done, and merges it" {
    sweep_setup
    touch reports
    echo one >configs/a.json
    echo two >configs/bad.json
    echo three >configs/c.json
    run sweep configs
    [ "$status" -eq 1 ]
    : >"$log"
    rm results/sweep__*
    run sweep --resume configs
    [ "$status" -eq 1 ] # it is still bad
    [[ "$output" == *"sweep: done before: configs/a.json"*"sweep: done before: configs/c.json"* ]]
    [[ "${lines[-1]}" == "sweep: 2 of 3 configs succeeded (2 of them before), 1 failed, 0 not run" ]]
    [ "$(grep -c -- '--config' "$log")" -eq 1 ]
    grep -E '^pptest report results/t.json results/t_2.json -o ' "$log"
    [ "$(cut -d, -f1 results/sweep__*.csv | grep -c '^configs/[ac].json$')" -eq 4 ]
}

@test "sweep --resume runs again what has changed: the config, the options, or results that are gone" {
    sweep_setup
    echo one >configs/a.json
    echo two >configs/b.json
    sweep configs -- --set seed=1
    runs() { grep -c -- '--config' "$log"; }
    [ "$(runs)" -eq 2 ]
    echo three >configs/b.json
    run sweep -r configs -- --set seed=1
    [ "$(runs)" -eq 3 ]
    tail -n 2 "$log" | grep -F -- '--config configs/b.json'
    run sweep -r configs -- --set seed=2
    [ "$(runs)" -eq 5 ]
    run sweep -r configs -- --set seed=2
    [ "$(runs)" -eq 5 ]
    rm results/*.csv
    run sweep -r configs -- --set seed=2
    [ "$(runs)" -eq 7 ]
    # Begun anew, it is not done until it is.
    run sweep configs -- --set seed=2
    [ "$(runs)" -eq 9 ]
}

@test "a sweep that was killed can be resumed: what was done stays, what was not is run again, nothing is left" {
    sweep_setup
    touch configs/a.json configs/slow.json configs/z.json
    bash -c 'set -m; "$0" configs & until [ -e started ]; do sleep 0.05; done; kill -9 $!; wait $!' "$project/scripts/sweep" || true
    [ -n "$(find results -name '.sweep.*')" ]
    mv configs/slow.json configs/m.json
    run sweep --resume configs
    [ "$status" -eq 0 ]
    [[ "$output" == *"sweep: ending process "*", which a sweep that was killed left running"* ]]
    [[ "$output" == *"sweep: done before: configs/a.json"* ]]
    [[ "${lines[-1]}" == "sweep: 3 of 3 configs succeeded (1 of them before), 0 failed, 0 not run" ]]
    [ "$(cut -d, -f1 results/sweep__*.csv | grep -c '^configs/[amz].json$')" -eq 6 ]
    [ -z "$(find results -name '.sweep.*')" ]
}

@test "sweep tells before anything runs that it cannot write its results" {
    sweep_setup
    touch configs/a.json file
    run sweep -o file/below configs
    [ "$status" -eq 2 ]
    [[ "$output" == *"sweep: cannot make the folder file/below for the results"* ]]
    run sweep -o /proc configs
    [ "$status" -eq 2 ]
    [[ "$output" == *"sweep: cannot write into the folder /proc"* ]]
    [ ! -s "$log" ]
}

@test "sweep shows one line on a terminal, redrawn, that tells of failures and fits" {
    command -v script >/dev/null || skip "script is not installed"
    sweep_setup
    long=configs/$(printf 'x%.0s' {1..120}).json
    touch configs/a.json configs/bad.json "$long"
    TERM=xterm script -qec "stty cols 60; '$project/scripts/sweep' configs" seen >/dev/null </dev/null || true
    tr '\r' '\n' <seen >lines
    grep -E '^.\[Ksweep: 2 of 3, [0-9]+ s: configs/bad.json' lines
    grep -E '^.\[Ksweep: 3 of 3, .*, 1 failed: configs/x+\.\.\.' lines
    grep -q 'bad config' lines
    awk '/^.\[Ksweep: [0-9]+ of [0-9]+, / { sub(/^.\[K/, ""); if (length($0) > 59) { print; bad = 1 } } END { exit bad }' lines
    grep -F -- '--quiet' "$log"
}

@test "sweep says what is wrong with its command line" {
    sweep_setup
    run sweep
    [ "$status" -eq 2 ]
    run sweep nowhere
    [ "$status" -eq 2 ]
    [[ "$output" == *"there is no file or folder nowhere"* ]]
    run sweep configs
    [ "$status" -eq 2 ]
    [[ "$output" == *"no *.json in the folder configs"* ]]
    touch configs/a.json
    run sweep configs -- --output elsewhere
    [ "$status" -eq 2 ]
    PPTEST=$PWD/nothing run sweep configs
    [ "$status" -eq 2 ]
    [[ "$output" == *"there is no program"* ]]
}

# ---- tests/run --------------------------------------------------------------------------------------------------

@test "transcripts that say so are run side by side, the long ones first, after those that are run alone" {
    mkdir -p tree/tests/golden tree/tests/fault
    cp "$project/tests/run" tree/tests/
    for name in a b c d; do printf '#!/usr/bin/env bats\n# Words.\n# run: together\n' >"tree/tests/golden/$name.bats"; done
    printf '# run: together, long\n' >tree/tests/fault/long.bats
    printf '# run: together, though not quite\n' >tree/tests/golden/alone.bats
    printf '# not run: together\n' >tree/tests/fault/alone_too.bats
    fake nproc 'echo 2'
    # Two of them meet, which neither can alone.
    mkfifo meeting
    fake bats "case \$2 in
        */long.bats) timeout 30 tee '$PWD/meeting' </dev/null ;;
        */a.bats) timeout 30 cat '$PWD/meeting' ;;
    esac"
    PATH=$PWD/bin:$PATH run tree/tests/run true
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"8 steps passed, none failed"* ]]
    sed -n 's/^bats .*tests/tests/p' "$log" >order
    head -n 2 order | diff - <(printf '%s\n' tests/golden/alone.bats tests/fault/alone_too.bats)
    # These begin at the same time.
    sed -n 3,4p order | LC_ALL=C sort | diff - <(printf '%s\n' tests/fault/long.bats tests/golden/a.bats)
    LC_ALL=C sort order | diff - <(cd tree && LC_ALL=C ls tests/fault/*.bats tests/golden/*.bats)
}
