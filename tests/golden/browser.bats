#!/usr/bin/env bats
# Reports in a real browser: drawn, silent, without the network, for the keyboard, the phone, paper and every eye.

load helpers

setup_file() {
    export pages=$BATS_FILE_TMPDIR/pages
    lacking >/dev/null || enter_pages
}

# lacking: says what of a browser, of what drives it, or of this build is not there; fails where all is.
lacking() {
    local tool
    for tool in chromium chromedriver; do
        command -v "$tool" >/dev/null || { echo "$tool is not installed" && return; }
    done
    /usr/bin/python3 -c 'import selenium' 2>/dev/null || { echo "python3-selenium is not installed" && return; }
    "${PPTEST:-$project/pptest}" report x.json -o - 2>&1 | grep -o 'built without Chart.js'
}

# Results of one small run, and others made of it (tests/browser/fixtures.py); a report of each, and one of several.
enter_pages() {
    local name
    pptest=${PPTEST:-$project/pptest}
    case $pptest in /*) ;; *) pptest=$PWD/$pptest ;; esac
    mkdir -p "$pages"
    cd "$pages"
    config real.config.json '{"task": "sum", "task_args": [20000], "task_count": 60, "workers": [0, 1, 2], "iterations": 6, "label": "a real one"}'
    "$pptest" --config real.config.json --output real --format json,html --quiet >/dev/null || return 1
    cp real/*.html real.html
    /usr/bin/python3 "$project/tests/browser/fixtures.py" real/*.json . || return 1
    for name in several slower wide crowded spread tiny zero undone long few failed hostile no_models other partial lean one sequential; do
        "$pptest" report "$name.json" -o "$name.html" >/dev/null || return 1
    done
    "$pptest" report many?.json -o many.html >/dev/null || return 1
    "$pptest" report zero.json other.json -o calls.html >/dev/null || return 1
    "$pptest" report several.json slower.json -o two.html >/dev/null || return 1
    "$pptest" report few.json crowded.json -o mixed.html >/dev/null || return 1
    "$pptest" report several.json slower.json other.json hostile.json -o overlaid.html >/dev/null
}

setup() {
    local lacks
    if lacks=$(lacking); then skip "$lacks"; fi
    cd "$pages"
}

look() { timeout -k 5 $((100 * patience)) /usr/bin/python3 "$project/tests/browser/check.py" "$@"; }

@test "charts are drawn, in the colours of their lines, without a word on the console" {
    look charts real.html several.html wide.html few.html failed.html no_models.html partial.html lean.html one.html sequential.html overlaid.html
}

@test "other data, another axis and hidden lines give another picture" {
    look change several.html slower.html
}

@test "nothing is asked of the network, and the page's policy forbids it" {
    look network real.html overlaid.html
}

@test "markup in labels, arguments and warnings is text, with scripts and without" {
    look inert hostile.html
}

@test "the keyboard reaches and works everything, with a visible focus" {
    look keyboard overlaid.html real.html crowded.html
}

@test "a table is copied as tab-separated text, or selected" {
    look copies several.html
}

@test "text and lines have the contrast of WCAG AA, in light and dark" {
    look contrast real.html overlaid.html failed.html partial.html
}

@test "a phone's 360 pixels need no scrolling sideways" {
    look narrow real.html overlaid.html many.html wide.html hostile.html failed.html
}

@test "printed pages have the charts, light, and no buttons" {
    needs pdftoppm pdftotext
    look prints two.html
}

@test "a long table has its head on each printed page" {
    needs pdftotext
    look heads crowded.html
}

@test "sixty bars are several charts: none is cut by the end of a page" {
    needs pdftotext
    look whole crowded.html
}

@test "each result has the charts that its bars need, and one legend for them" {
    look pieces mixed.html
}

@test "a hundred warnings do not push the charts away" {
    look crowded crowded.html
}

@test "an interval that leaves the axis has an arrow, and the caption says so" {
    look beyond spread.html several.html
}

@test "the machine is told as pptest machine tells it" {
    look machine several.html
}

@test "of many results nothing is told twice, and long names leave room" {
    look many many.html
}

@test "a very long label does not push the answer away" {
    look long long.html
}

@test "legends do not scroll: of very many entries the rest is a button away" {
    look legends crowded.html
}

@test "a page says what is partial, what failed, what is not compared, and what differs" {
    look words partial.html "Partial: the run did not end" \
        -- failed.html "parallel_4: 5 tasks failed" "no <luck>" \
        -- sequential.html "No case has workers" \
        -- wide.html "quota 6.5 CPUs" "8 cores" "16 CPUs (SMT)" \
        -- several.html "8 workers" "Hollow marks: passes were disturbed" "of 8 passes were disturbed" "process: all workers, without the main process" "thread, openmp, sequential: all of pptest" \
        -- zero.html "No workers" "nothing that was measured" \
        -- calls.html "no workers" "plain calls" \
        -- undone.html "No speed-up and no efficiency: tasks failed" \
        -- many.html "and 11 more" \
        -- tiny.html "Means of many: tasks were too short for the clock" \
        -- overlaid.html "after against before" "regressed" "Not all of this is the same work" "task: " "another processor" "version of pptest"
}
