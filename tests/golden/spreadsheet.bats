#!/usr/bin/env bats
# The CSV in spreadsheets and charts: LibreOffice in an English and a German locale, gnuplot.
# run: together, long

load helpers
setup() { enter; }
teardown() { leave; }

# office LOCALE FILE FILTER: converts FILE to FILE.LOCALE.fods with a LibreOffice of that locale, whose defaults are
# all others; FILTER: its options for reading, or nothing.
office() {
    needs soffice
    local profile=$BATS_TEST_TMPDIR/profile-$1 seen_as=$BATS_TEST_TMPDIR/as-$1
    mkdir -p "$profile/user"
    printf '%s' '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">' \
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">' \
        "<value>$1</value></prop></item></oor:items>" >"$profile/user/registrymodifications.xcu"
    timeout $((60 * patience)) soffice "-env:UserInstallation=file://$profile" --headless ${3:+--infilter="$3"} \
        --convert-to 'fods:OpenDocument Spreadsheet Flat XML' --outdir "$seen_as" "$2" >"$seen/office" 2>&1 3>&- ||
        { cat "$seen/office"; return 1; }
    mv "$seen_as/$(basename "${2%.*}").fods" "$2.$1.fods"
}

# cells_of FILE.fods: one line for each cell that is not empty: row, column, type, value.
cells_of() {
    awk '
        function attribute(tag, name) {
            return match(tag, " " name "=\"[^\"]*\"") ? substr(tag, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
        }
        # Neighbours that are equal are one cell, with how many they are.
        function put(type, value,    i) {
            for (i = column - times + 1; i <= column; i++) print row "\t" i "\t" type "\t" value
        }
        { text = text $0 "\n" }
        END {
            sub(/^.*<table:table /, "", text)
            while (match(text, /<[^>]*>[^<]*/)) {
                tag = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                if (tag ~ /^<table:table-row/) { row++; column = 0 }
                if (tag ~ /^<table:table-cell/) {
                    times = attribute(tag, "table:number-columns-repeated") + 0
                    if (times == 0) times = 1
                    column += times
                    type = attribute(tag, "office:value-type")
                    if (attribute(tag, "table:formula") != "") type = "formula"
                    if (type == "float") put(type, attribute(tag, "office:value"))
                }
                if (tag ~ /^<text:p/ && type != "" && type != "float") {
                    sub(/^[^>]*>/, "", tag)
                    gsub(/&quot;/, "\"", tag); gsub(/&apos;/, "\047", tag); gsub(/&lt;/, "<", tag); gsub(/&gt;/, ">", tag); gsub(/&amp;/, "\\&", tag)
                    put(type, tag)
                    type = ""
                }
            }
        }' "$1"
}

# cells_wanted FILE.csv: the same for what a CSV says.
cells_wanted() {
    awk -f "$project/scripts/lib/csv.awk" -f /dev/fd/3 "$1" 3<<'END'
!csv_add($0) { next }
{
    for (i = 1; i <= csv_fields; i++) {
        number = csv_records > 1 && csv[i] ~ /^-?[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?$/
        if (csv[i] != "") print csv_records "\t" i "\t" (number ? "float" : "string") "\t" csv[i]
    }
}
END
}

# same_cells WANTED FOUND: numbers may differ in their last digit, of which LibreOffice reads fifteen.
same_cells() {
    [ "$(wc -l <"$1")" -gt 50 ] || fail "there are few cells in $1" || return 1
    paste "$1" "$2" | awk -F'\t' '
        $1 != $5 || $2 != $6 || $3 != $7 { print "expected " $1 "," $2 " " $3 " " $4 ", found " $5 "," $6 " " $7 " " $8; bad = 1; next }
        $3 == "float" {
            difference = $4 - $8
            if (difference < 0) difference = -difference
            if (difference > 1e-13 * ($4 < 0 ? -$4 : $4)) { print "expected " $4 ", found " $8; bad = 1 }
            next
        }
        $4 != $8 { print "expected " $4 ", found " $8; bad = 1 }
        END { exit bad }'
}

# A result with everything that could be taken for something else.
result() {
    config run.json '{"task": "io", "task_args": [1], "task_count": 4, "workers": [0, 1, 2], "iterations": 6, "label": "=1+1"}'
    pp --config run.json --quiet
    status_is 0
    mv "$(csv_of results)" result.csv
    # Times that a German reads as thousands, tiny ones, and what is nearly a date.
    {
        printf 'parallel_3,3,1-2,4,1e-05,1.234,5.6789012345678901e-06,12.5,176210.5,0.0338,31.12,1.001,2.002,0.033,0.035,,,1.5e+22,2353152,6,0,0,"@SUM(1,2)",,,,,,,\r\n'
        printf 'parallel_4,4,1/2,4,1.000,1.5,2.10,3,4,5,6,7,8,9,10,11,12,13,14,6,0,0,"-x & <y>",,,,,,,\r\n'
        printf 'parallel_5,5,"[6, 20]",4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,6,0,0,"say ""so""",true,,,,,,\r\n'
    } >>result.csv
    cells_wanted result.csv >wanted
    grep -qP '^2\t23\tstring\t=1\+1$' wanted
}

@test "LibreOffice in English opens the CSV with numbers as numbers" {
    result
    # Without the label, whose formula nobody asked for: that needs the setting below.
    sed 's/,"=1+1",/,same,/' result.csv >plain.csv
    office en-US plain.csv
    cells_of plain.csv.en-US.fods >found
    sed 's/\t=1+1$/\tsame/' wanted >wanted_plain
    same_cells wanted_plain found
}

@test "LibreOffice in German and in English reads the CSV right with the settings of docs/SPREADSHEETS.md" {
    local filter locale
    filter=$(grep -o "CSV:44,34,[0-9a-z,]*" "$project/docs/SPREADSHEETS.md" | head -n 1)
    [ -n "$filter" ]
    result
    for locale in de-DE en-US; do
        office "$locale" result.csv "$filter"
        cells_of "result.csv.$locale.fods" >found
        same_cells wanted found
    done
}

@test "to-ods makes a spreadsheet whose numbers are numbers in German and in English" {
    local locale
    result
    [ "$("$project/scripts/to-ods" result.csv)" = result.fods ]
    cells_of result.fods >found
    same_cells wanted found
    for locale in de-DE en-US; do
        office "$locale" result.fods
        cells_of "result.fods.$locale.fods" >found
        same_cells wanted found
    done
    [ "$(ls -A | grep -c to-ods)" -eq 0 ]
}

@test "to-ods has LibreOffice make .ods" {
    needs soffice
    result
    "$project/scripts/to-ods" result.csv -o x.ods 3>&-
    [ "$(head -c 2 x.ods)" = PK ]
    office de-DE x.ods
    cells_of x.ods.de-DE.fods >found
    same_cells wanted found
}

@test "to-ods keeps line ends, blanks and control characters of a label as far as XML has them" {
    printf 'Name,Workers,Label\r\nsequential,0,"two\nlines  and\ttabs \001"\r\n' >odd.csv
    "$project/scripts/to-ods" odd.csv
    grep -F '<text:p>two</text:p><text:p>lines <text:s/>and<text:tab/>tabs �</text:p>' odd.fods
    if command -v xmllint >/dev/null; then xmllint --noout odd.fods; fi
}

# script NAME ARG…: runs one of the scripts, as pp does the program.
script() {
    local name=$1
    shift
    status=0
    "$project/scripts/$name" "$@" >"$seen/out" 2>"$seen/err" || status=$?
    read_seen
}

@test "to-ods and plot name what is wrong" {
    local each
    needs gnuplot
    : >empty.csv
    printf 'Name;Workers\na;0\n' >semicolons.csv
    printf 'Name,Workers,Time: total\na,0,"1' >open.csv
    printf 'Name,Workers,Time: total\n' >rowless.csv
    printf 'Name,Workers,Time: total\na,0,1.5\n' >sequential.csv
    printf 'Name,Workers,Time: total\na,1,"1,5"\n' >german.csv
    printf 'Name,Workers\na,1\n' >columns.csv
    mkdir folder.csv
    for each in to-ods plot; do
        script "$each"
        status_is 2
        err_has "usage: $each"
        script "$each" gone.csv
        status_is 2
        err_has "$each: there is no file gone.csv"
        script "$each" folder.csv
        status_is 2
        err_has "folder.csv is a folder"
        script "$each" empty.csv
        status_is 2
        err_has "empty.csv" "is empty"
        script "$each" open.csv
        status_is 2
        err_has "open.csv" "ends within a quoted field"
        script "$each" sequential.csv -o nowhere/x.fods
        status_is 2
        err_has "there is no folder nowhere"
        script "$each" -x
        status_is 2
        script "$each" empty.csv open.csv
        status_is 2
        err_has "one CSV at a time"
    done
    script to-ods semicolons.csv
    status_is 2
    err_has "has one column only: is it a CSV with commas?"
    script to-ods sequential.csv -o x.doc
    status_is 2
    script plot columns.csv
    status_is 2
    err_has 'columns.csv: has no column "Time: total"'
    script plot semicolons.csv
    status_is 2
    err_has 'has no column "Name", "Workers", "Time: total"'
    script plot rowless.csv
    status_is 2
    err_has "has no rows"
    script plot sequential.csv
    status_is 2
    err_has "has no row with workers"
    printf 'Name,Workers,Time: total,Speedup (vs sequential),Efficiency\na,0,1,,\nb,1,1,,\n' >failed.csv
    script plot failed.csv
    status_is 2
    err_has "failed.csv: has no row with a speed-up; did tasks fail, or the sequential case?"
    script plot - </dev/null
    status_is 2
    err_has "add -o BASE"
    script plot - -o x <empty.csv
    status_is 2
    err_has "plot: standard input: is empty"
    script plot sequential.csv -o .svg
    status_is 2
    err_has "-o .svg names no file"
    script plot german.csv
    status_is 2
    err_has 'record 2: "Time: total" is "1,5", expected seconds, with . as the decimal point'
    mkdir bin
    for each in sh dirname awk env; do ln -s "$(command -v "$each")" bin/; done
    status=0
    env PATH="$PWD/bin" "$project/scripts/plot" sequential.csv 2>"$seen/err" || status=$?
    status_is 2
    grep -F "gnuplot is not installed" "$seen/err"
    [ -z "$(find . -name '*.png' -o -name '*.svg' -o -name '*.fods' -o -name '.plot*' -o -name '.to-ods*')" ]
}

# ---- plot ----

# picture FILE.png: it is one, and not empty paper; its size is in $wide and $tall.
picture() {
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$1 is no PNG" || return 1
    read -r wide tall < <(od -An -j16 -N8 -t u1 "$1" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }')
    [ "$(wc -c <"$1")" -gt 10000 ] || fail "there is little in $1"
}

@test "plot draws speed-up and efficiency of a run as PNG and SVG" {
    needs gnuplot
    result
    head -n 4 result.csv >run.csv
    script plot run.csv -o chart
    status_is 0
    [ "$out" = $'chart.png\nchart.svg' ]
    [ -z "$err" ]
    picture chart.png
    [ "$wide $tall" = "1200 520" ]
    [ "$(head -c 5 chart.svg)" = '<?xml' ]
    grep -q 'speed-up against sequential work' chart.svg
    grep -q 'efficiency: speed-up for each worker' chart.svg
    grep -q '>ideal<' chart.svg
}

@test "plot reads a CSV of the first eight columns, calculates what is missing, and takes any text as it is" {
    needs gnuplot
    printf '%s\n' 'Config,Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total' \
        "\"a/it's a_{b}^2,
\"\"@x\"\" \`id\` %s \$HOME.json\",sequential,0,7,10,0,1,1,8" \
        "\"a/it's a_{b}^2,
\"\"@x\"\" \`id\` %s \$HOME.json\",parallel_64,64,7,10,0,1,1,0.5" \
        "\"a/it's a_{b}^2,
\"\"@x\"\" \`id\` %s \$HOME.json\",parallel_2,2,7,10,0,1,1,4" \
        'b.json,parallel_1,1,7,10,0,1,1,4' 'b.json,parallel_2,2,7,10,0,1,1,1' >old.csv
    script plot old.csv
    status_is 0
    [ -z "$err" ]
    picture old.png
    grep -F "it's a_{b}^2, &quot;@x&quot; \`id\` %s \$HOME" old.svg || grep -F "it's a_{b}^2, \"@x\" \`id\` %s \$HOME" old.svg
    grep -q 'speed-up against sequential work of the same config' old.svg
    grep -qF '>b (against 1 worker)<' old.svg # the one that has no sequential case
    grep '^b' old.csv | sed '1i Name,Workers,Job details,Job count,Time: init,Time: work,Time: task avg,Time: total' |
        sed 's/^b.json,//' >relative.csv
    script plot relative.csv
    status_is 0
    grep -q 'speed-up against the fewest workers of the line' relative.svg
    without 'against 1 worker' relative.svg
    [ "$tall" -gt 520 ] # the legend of three stands below
}

@test "plot names the task of a file that pptest has named, and cuts a label that is one long word" {
    needs gnuplot
    printf '%s\n' 'Name,Workers,Job details,Job count,Time: total,Label' 'sequential,0,0.01,1000,4,' 'parallel_2,2,0.01,1000,2,' \
        >sleep__2026_11_28__10_11_12.csv
    script plot sleep__2026_11_28__10_11_12.csv -o named.svg
    status_is 0
    grep -F '>sleep 0.01, 1000 tasks<' named.svg
    script plot - -o unnamed.svg <sleep__2026_11_28__10_11_12.csv
    grep -F '0.01, 1000 tasks<' unnamed.svg
    without -F 'sleep' unnamed.svg
    sed "2,\$ s/\$/$(printf 'W%.0s' {1..300}) and more/" sleep__2026_11_28__10_11_12.csv >sort__2026_11_28__10_11_12.csv
    script plot sort__2026_11_28__10_11_12.csv -o label.svg
    status_is 0
    grep -F '>sort__2026_11_28__10_11_12.csv: sort 0.01, 1000 tasks<' label.svg
    grep -E '>W{50,57}[.][.][.]' label.svg
    without -E 'W{58}' label.svg
}

@test "plot has a line for each kind of case, and only what differs in its name" {
    needs gnuplot
    config run.json '{"task": "sum", "task_args": [1000], "task_count": 50, "workers": [0, 1, 2], "iterations": 6, "executor": ["process", "thread"], "chunk_size": [1, 5]}'
    pp --config run.json --quiet
    status_is 0
    script plot "$(csv_of results)" -o lines
    status_is 0
    for each in 'process, chunk size 1' 'process, chunk size 5' 'thread, chunk size 1' 'thread, chunk size 5'; do
        grep -F ">$each<" lines.svg
    done
    without 'start method' lines.svg
}

# drawn TOTAL_HIGH EFFICIENCY LOW HIGH: draws a CSV with these values at 4 workers into drawn.svg, alone.
drawn() {
    printf '%s\n' "$plot_head" 'sequential,0,4,1,1,3.9,4.1,1,1' "parallel_4,4,2,2,$2,1.9,$1,$3,$4" >drawn.csv
    script plot - -o drawn.svg <drawn.csv
    status_is 0
    [ "$out" = drawn.svg ] || fail "plot printed $out" || return 1
    [ -z "$err" ]
}

@test "plot takes speed-up, interval and efficiency from their columns, and writes just the file that is named" {
    needs gnuplot
    plot_head='Name,Workers,Time: total,Speedup (vs sequential),Efficiency,Total: low (95 %),Total: high (95 %),Speedup: low (95 %),Speedup: high (95 %)'
    drawn 2.1 0.5 1.5 2.5
    mv drawn.svg first.svg
    drawn 9 0.5 1.5 2.5
    cmp first.svg drawn.svg # the interval of the total is another
    drawn 2.1 0.5 1.6 2.5
    ! cmp -s first.svg drawn.svg || fail "the low end of the speed-up is not heeded"
    drawn 2.1 0.4 1.5 2.5
    ! cmp -s first.svg drawn.svg || fail "the efficiency is not heeded"
    drawn 2.1 0.5 '' ''
    [ "$(wc -c <drawn.svg)" -lt "$(wc -c <first.svg)" ] || fail "there is an interval that nobody knows"
    script plot drawn.csv -o only.png
    status_is 0
    [ "$out" = only.png ]
    picture only.png
    [ "$(ls -A | tr '\n' ' ')" = "drawn.csv drawn.svg first.svg only.png " ] || fail "there are $(ls -A)"
}

@test "plot leaves out rows whose tasks failed, and says so" {
    needs gnuplot
    printf '%s\n' 'Name,Workers,Time: total,Speedup (vs sequential),Efficiency' \
        'sequential,0,4,1,1' 'parallel_1,1,4,1,1' 'parallel_2,2,0.1,,' 'parallel_4,4,2,2,0.5' >some.csv
    script plot some.csv -o some.svg
    status_is 0
    err_has "some.csv: left out for want of a speed-up, as where tasks failed: 1 row"
}

@test "plot tells 24 lines apart by colour, mark and dash" {
    needs gnuplot
    {
        echo 'Name,Workers,Chunk size,Time: total'
        for line in $(seq 24); do printf 'a,1,%d,%d\nb,2,%d,%d\n' "$line" "$line" "$line" $((line + 1)); done
    } >lines.csv
    script plot lines.csv -o lines.svg
    status_is 0
    # What stands in the legend: a line with its colour and dash, then its mark.
    awk -F"'" '
        /<path stroke=.* L.* M/ && $2 != "rgb(119, 119, 119)" { look = $2 " " ($3 ~ /dasharray/ ? $4 : "solid") }
        look && match($0, /#gpPt[0-9]+/) { print look, substr($0, RSTART, RLENGTH); look = "" }
    ' lines.svg | sort -u >looks
    [ "$(wc -l <looks)" -eq 24 ] || fail "$(cat looks)"
    [ "$(cut -d'#' -f1 looks | sort -u | wc -l)" -eq 24 ] || fail "lines of one colour have one dash: $(cat looks)"
}

@test "plot tells configs of one file name apart by their folders" {
    needs gnuplot
    printf '%s\n' 'Config,Name,Workers,Time: total' 'one/a.json,b,1,4' 'one/a.json,b,2,2' 'two/a.json,b,1,3' 'c/d.json,b,1,3' >same.csv
    script plot same.csv -o same.svg
    status_is 0
    for each in one/a.json two/a.json d; do grep -F ">$each<" same.svg; done
}
