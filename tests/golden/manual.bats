#!/usr/bin/env bats
# The manual pages: made from the tables, whole, and without fault to those who format them.
# run: together

load helpers
setup() { enter; }
teardown() { leave; }

# page SECTION: in ./page as it is, in ./plain as one reads it, 80 columns wide.
page() {
    pp manual "$1"
    status_is 0
    [ -z "$err" ]
    cp "$seen/out" page
    needs mandoc
    mandoc -T utf8 -O width=78 page | LC_ALL=C sed -e 's/.\x08//g' -e 's/\xc2\xa0/ /g' >plain
}

# has TEXT…: the page as one reads it; lines and blanks make no difference.
has() {
    local text words
    words=$(tr -s ' \n' '  ' <plain)
    for text; do [[ "$words" == *"$text"* ]] || fail "the page lacks: $text" || return 1; done
}

@test "mandoc and groff find no fault with the pages" {
    needs mandoc
    local section
    for section in 1 5; do
        pp manual "$section"
        status_is 0
        mandoc -T lint -W warning "$seen/out"
        if command -v groff >/dev/null; then
            groff -ww -man -T utf8 "$seen/out" 2>&1 >/dev/null | { without .; }
        fi
    done
}

@test "no line is wider than 80 columns, but for a path" {
    local section
    for section in 1 5; do
        page "$section"
        without -E '^.{81}' <(grep -v '/share/pptest/' plain)
    done
}

@test "pptest(1) has every command, option and exit status of the help" {
    page 1
    for heading in NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS 'EXIT STATUS' FILES ENVIRONMENT EXAMPLES 'SEE ALSO'; do
        grep -x "$heading" plain
    done
    pp --help
    local count=0 usage option
    while read -r usage; do
        has "$usage"
        count=$((count + 1))
    done < <(sed -n 's/^\(usage:\|      \) \(pptest.*\)/\2/p' "$seen/out")
    [ "$count" -ge 8 ]
    while read -r option; do has "$option"; done < <(sed -n '/^options/,/^$/s/^  \(-.*\)/\1/p' "$seen/out" | tr -s ' ')
    has "0 done" "2 wrong command line" "130 or 143 stopped by a signal" "3 (compare) regressed"
}

@test "pptest(1) names every variable that the program reads from its environment" {
    page 1
    local name count=0
    for name in $(cd "$project" && grep -rhoE 'getenv\("[A-Z_]+"\)|"(OMP|GOMP|GOTO|OPENBLAS)_[A-Z_]+"|PP_MARK_VARIABLE "[A-Z_]+"' \
        src tasks | grep -oE '"[A-Z_]+"' | tr -d '"' | sort -u); do
        has "$name"
        count=$((count + 1))
    done
    [ "$count" -ge 10 ]
}

@test "pptest(5) has every key of a config, with what the schema says of it, and every task and argument" {
    page 5
    for heading in NAME DESCRIPTION KEYS RUNNERS EXECUTORS TASKS EXAMPLES 'SEE ALSO'; do grep -x "$heading" plain; done
    pp schema
    local key help count=0
    while IFS='|' read -r key help; do
        has "$key $help"
        count=$((count + 1))
    done < <(sed -n -e '/^  "properties": {/,/^  }/s/^    "\([a-z_]*\)": {$/\1/p' \
        -e '/^  "properties": {/,/^  }/s/^      "description": "\(.*\) (\(.*\))",*$/\1 \2/p' "$seen/out" |
        sed -e 's/`//g' -e 's/\\"/"/g' | paste -d'|' - -)
    [ "$count" -ge 25 ]
    local task
    for task in $("$pptest" tasks | cut -d' ' -f1); do
        grep -x "   $task" plain
        "$pptest" tasks "$task" | grep -v '^no arguments' | tail -n +2 >"$task"
        while read -r key help; do has "$key $help"; done < <(sed -n 's/^  \([a-z]\)/\1/p' "$task")
    done
    for task in $("$pptest" executors | cut -d' ' -f1); do has "$task"; done
}

@test "the example of pptest(5) is a config that runs" {
    page 5
    sed -n '/^\.EX/,/^\.EE/{//!p}' page | sed -e 's/\\(dq/"/g' -e 's/\\-/-/g' >example.json
    pp --config example.json --set task_count=2 --set iterations=1 --quiet
    status_is 0
    out_has "thread_4" "parallel_4"
}

@test "manual says which pages there are, and prints that of the commands when nothing is said" {
    pp manual
    status_is 0
    out_has '.TH PPTEST 1 '
    refused manual 3
    err_has '"3"' "1, of the commands, and 5, of the config"
}

@test "the pages bear the version and the day of the change log" {
    local version day
    version=$("$pptest" --version | cut -d' ' -f2)
    day=$(sed -n "s/^## \[$version\] - //p" "$project/CHANGELOG.md")
    [ -n "$day" ]
    pp manual 1
    out_has ".TH PPTEST 1 \"$day\" \"pptest $version\""
}

@test "tasks --format markdown documents all tasks, or one, and knows no other format" {
    pp tasks --format markdown
    status_is 0
    out_has "# Tasks" $'\n## zip\n' "| [zip](#zip) | compresses a file"
    pp tasks zip --format markdown
    status_is 0
    [ "${out%%$'\n'*}" = "## zip" ]
    out_has '| `level` | 0 stores, 1 is the fastest, 9 the smallest | integer from 0 to 9 |  | `9` |' "1 to 100"
    refused tasks --format html
    err_has 'unknown format "html"' "tasks knows markdown alone"
    refused tasks zip --format markdown,json
}
