#!/usr/bin/env bats
# What make makes of its variables. Nothing big is built, and nothing in the project's own folder.

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
