#!/usr/bin/env bats
# What make makes of its variables. Nothing big is built, and nothing in the project's own folder.
# run: together

load helpers

setup() {
    enter
    plain_build_only
    needs make
    unset MAKEFLAGS MFLAGS MAKELEVEL
}
teardown() { leave; }

# made FILE VARIABLE=VALUE…: that file of a build of its own, ./build; $status and $said tell how it went.
made() {
    local file=$1
    shift
    status=0
    said=$(make -s -C "$project" BUILD="$work/build" "$work/build/$file" "$@" 2>&1) || status=$?
    echo "$said"
}

chart_of_1999() {
    printf '/*!\n * Chart.js v9.9.9\n * (c) 1999 Chart.js Contributors\n */\nwindow.Chart = 1;\n' >chart.js
}

@test "a report has the licence of Chart.js with the copyright notice of the file that it was built with" {
    chart_of_1999
    made web.js CHART_JS="$PWD/chart.js"
    status_is 0
    grep -F '(c) 1999 Chart.js Contributors' build/web.js
    grep -F 'The above copyright notice and this permission notice shall be included' build/web.js
    # No other years are said to be those of Chart.js.
    without -E '20[0-9][0-9]' build/web.js
}

@test "a Chart.js without its copyright notice is refused" {
    echo 'window.Chart = 1;' >chart.js
    made web.js CHART_JS="$PWD/chart.js"
    [ "$status" -ne 0 ] && [ ! -e build/web.js ]
    [[ "$said" == *"$PWD/chart.js lacks the notice \"(c) … Chart.js Contributors\"; name the file that Chart.js publishes"* ]]
}

@test "a Chart.js that is not there is named, with the ways out" {
    made web.js CHART_JS="$PWD/missing.js"
    [ "$status" -ne 0 ] && [ ! -e build/web.js ]
    [[ "$said" == *"there is no file $PWD/missing.js; install libjs-chart.js and leave CHART_JS away, or give it the path of Chart.js's chart.umd.js, or build without reports: make CHART_JS="* ]]
    made web.js CHART_JS=
    status_is 0
    without -F 'Chart.js Contributors' build/web.js
}

@test "PREFIX may hold blanks, quotes and backslashes" {
    for prefix in "/tmp/it's here" '/tmp/so "called"' '/tmp/back\slash' '/tmp/a, (b) & #c; $$d `e` %f'; do
        made src/base/data_dir.o PREFIX="$prefix"
        status_is 0
        [ "$(cat build/place)" = "${prefix//\$\$/$}" ]
        grep -aF "${prefix//\$\$/$}/share/pptest" build/src/base/data_dir.o
    done
}
