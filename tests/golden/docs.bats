#!/usr/bin/env bats
# What the documents say is so: every fenced sh block is run in a copy of the project, every transcript's command too, with
# its answer where that is an error; every fenced config is checked; commands in the text exist.
#
# A command is run as it stands, but for what this table says, and everything is to end with exit status 0.
# run: together

load helpers

# stand_ins: what stands for each command that cannot be run as it is, one line each. scripts/fresh-root makes a whole
# system, out of a mirror; scripts/package needs the real make, and package.bats runs it.
stand_ins() {
    sed -E -e 's#^sudo scripts/fresh-root#scripts/fresh-root -h#' -e 's#^scripts/package#scripts/package -h#'
}

# The rest is a matter of whom the commands meet:
#   make         only says what it would do: building and testing everything takes minutes. A target must exist.
#   apt-get      is not there to be called: where dpkg-query says that all is there, nothing is installed.
#   ./pptest     what has no number in the command itself runs 4 tasks, once.
#   pptest compare   any of its answers is one: chance decides which.
copy_of_the_project() {
    mkdir tree bin
    (cd "$project" && tar -cf - --exclude=./build --exclude=./results --exclude=./.git --exclude=./pptest \
        --exclude=./pptest-mpi .) | tar -xf - -C tree
    script bin/make 'exec "'"$(command -v make)"'" -n HAVES= MPI= OPENMP_LIBS= "$@"'
    script bin/dpkg-query 'printf "<installed>"'
    script bin/apt-get 'echo "nothing is missing, and apt-get is called: $*" >&2; exit 1'
    printf 'ID=debian\n' >os-release
    shortened tree/pptest "$pptest"
    cp tree/pptest bin/pptest
    [ ! -x "$pptest-mpi" ] || shortened tree/pptest-mpi "$pptest-mpi"
    # For those who compile plugins, as if it were installed.
    printf 'Name: pptest\nDescription: headers\nVersion: 0\nCflags: -I%s\n' "$work/tree/include" >bin/pptest.pc
}

script() { printf '#!/bin/bash\n%s\n' "$2" >"$1" && chmod +x "$1"; }

# shortened FILE PROGRAM
shortened() {
    cp "$2" "$1-real"
    script "$1" 'real="'"$work/$1-real"'"
case $1 in
compare) "$real" "$@"; status=$?; [ "$status" -eq 2 ] || exit 0; exit 2 ;;
-*) ;;
*) exec "$real" "$@" ;;
esac
for key in task_count=4 iterations=1; do
    case " $*" in *" ${key%=*}="*) ;; *) set -- "$@" --set "$key" ;; esac
done
exec "$real" "$@"'
}

# The files that a document says are its reader's own.
readers_own() {
    case $1 in
    README.md | docs/OWN_WORKLOADS.md)
        mkdir -p tree/data
        local i
        for i in {0..59}; do seq "$i" 2000 >"tree/data/$i.txt"; done
        ;;
    esac
    case $1 in
    README.md) echo '{"task": "sum", "task_count": 1, "iteration": 1, "workers": [0, -2]}' >tree/broken.json ;;
    docs/EXECUTORS.md) echo '{"task": "sum", "task_count": 100, "executor": ["process", "async"], "workers": [0, 2]}' >tree/sum.json ;;
    esac
}

setup() {
    enter
    copy_of_the_project
}
teardown() { leave; }

# blocks_of FILE: its fenced blocks, each in ./blocks/LINE.LANGUAGE; LINE.transcript where it begins with "$ ". Where the
# paragraph before says "Put this into `NAME`", the block is put there.
blocks_of() {
    rm -rf blocks && mkdir blocks
    awk '
        /^```/ && !inside { inside = 1; language = substr($0, 4); first = 1; number = sprintf("%04d", NR); next }
        /^```/ { inside = 0; before = ""; if (file) close(file); next }
        inside {
            if (first) {
                file = "blocks/" number "." (language ? language : /^\$ / ? "transcript" : "text")
                if (match(before, /[Pp]ut this into `[^`]*`/)) {
                    own = substr(before, RSTART + 15, RLENGTH - 16)
                } else own = ""
            }
            first = 0
            print > file
            if (own) print > ("tree/" own)
            next
        }
        /^$/ { blank = 1; next }
        { before = blank ? $0 : before " " $0; blank = 0 }' "$1"
}

# in_copy COMMANDS-FILE: by bash, in the copy; the output is in $seen/out. Standard input is empty.
in_copy() {
    (
        cd tree
        export PATH="$work/bin:$PATH" OS_RELEASE="$work/os-release" PKG_CONFIG_PATH="$work/bin"
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
        timeout -k 1 $((60 * patience)) bash -e "$1" </dev/null >"$seen/out" 2>&1 3>&-
    )
}

run_block() {
    local document=$1 block=$2
    stand_ins <"$block" | sed 's#--config FILE#--config example_configs/sum.json#' >commands
    if grep -q mpirun commands && ! { command -v mpirun && [ -x tree/pptest-mpi ]; } >/dev/null; then return 0; fi
    in_copy "$work/commands" || fail "$document, line $(basename "$block" .sh): $(cat commands; tail -n 20 "$seen/out")"
}

# The command of a transcript; when what follows is an error, it is to be this one and the exit status 2.
run_transcript() {
    local document=$1 block=$2 status=0 place
    place="$document, line $(basename "$block" .transcript)"
    sed -n '1s/^\$ //p' "$block" >commands
    tail -n +2 "$block" >expected
    in_copy "$work/commands" || status=$?
    if ! grep -q '^error: ' expected; then
        [ "$status" -eq 0 ] || fail "$place: exit status $status: $(cat "$seen/out")"
        return
    fi
    [ "$status" -eq 2 ] || fail "$place: exit status $status instead of 2" || return 1
    if grep -q 'built without libuv' "$seen/out"; then return 0; fi
    diff expected "$seen/out" || fail "$place: the answer is another one"
}

# A whole config; one that names a plugin, which the reader is to write, is none for this program alone.
check_config() {
    local document=$1 block=$2
    grep -q '"task"' "$block" && grep -q '"task_count"' "$block" || return 0
    if grep -q '"\./[a-z]*\.so"' "$block"; then return 0; fi
    cp "$block" tree/block.json
    echo './pptest check --config block.json' >commands
    in_copy "$work/commands" || grep -q 'not in this build' "$seen/out" ||
        fail "$document, line $(basename "$block" .json): $(cat "$seen/out")"
}

# What the text names between backquotes: ./pptest commands run, make has the targets, scripts are there.
check_words() {
    local document=$1 words
    awk '/^```/ { inside = !inside } !inside' "$project/$document" | grep -oE '`(\./pptest|make|scripts/)[^`]*`' | tr -d '`' |
        sort -u >words
    while read -r words; do
        case $words in
        *[A-Z…]* | ./pptest | ./pptest-mpi) continue ;; # with a placeholder, or no command
        scripts/*) [ -x "$project/${words%% *}" ] || [ -f "$project/${words%% *}" ] || [ -d "$project/${words%% *}" ] ||
            fail "$document: there is no ${words%% *}" || return 1 ;;
        *)
            echo "$words" >commands
            in_copy "$work/commands" || fail "$document: $words: $(tail -n 5 "$seen/out")" || return 1
            ;;
        esac
    done <words
}

# is_so DOCUMENT: all of it; $found counts the commands and configs.
is_so() {
    local document=$1 block
    readers_own "$document"
    blocks_of "$project/$document"
    found=0
    for block in blocks/*; do
        case $block in
        *.sh) run_block "$document" "$block" || return 1 ;;
        *.transcript) run_transcript "$document" "$block" || return 1 ;;
        *.json) check_config "$document" "$block" || return 1 ;;
        *) continue ;;
        esac
        found=$((found + 1))
    done
    check_words "$document"
}

@test "README.md" {
    is_so README.md
    [ "$found" -ge 4 ]
}

@test "CONTRIBUTING.md, requirements.md and ARCHITECTURE.md" {
    is_so CONTRIBUTING.md
    [ "$found" -ge 1 ]
    is_so requirements.md
    is_so ARCHITECTURE.md
}

@test "docs/" {
    local document all=0
    for document in "$project"/docs/*.md; do
        [ "$document" != "$project/docs/TASKS.md" ] || continue
        is_so "docs/$(basename "$document")" || return 1
        all=$((all + found))
    done
    [ "$all" -ge 10 ]
}

@test "docs/TASKS.md, which is what the program says: make docs" {
    "$pptest" tasks --format markdown | diff "$project/docs/TASKS.md" -
    is_so docs/TASKS.md
    [ "$found" -eq "$("$pptest" tasks | wc -l)" ]
}

@test "the examples of the manual pages" {
    local section count=0
    for section in 1 5; do
        "$pptest" manual "$section" | sed -n '/^\.EX/,/^\.EE/{s/^\.EX$/```sh/;s/^\.EE$/```/;p}' |
            sed -e 's/\\(aq/'"'"'/g' -e 's/\\(dq/"/g' -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g' \
                -e "s#/[a-z/]*/share/pptest/#$work/tree/#g" >page.md
        [ "$section" = 1 ] || sed -i 's/^```sh/```json/' page.md
        cp page.md tree/page.md
        blocks_of page.md
        for block in blocks/*; do
            case $block in
            *.sh) run_block "pptest(1)" "$block" || return 1 ;;
            *) check_config "pptest(5)" "$block" || return 1 ;;
            esac
            count=$((count + 1))
        done
    done
    [ "$count" -ge 7 ]
}

@test "links of the documents lead somewhere" {
    local document target
    for document in "$project"/*.md "$project"/docs/*.md; do
        while read -r target; do
            case $target in http*) continue ;; esac
            [ -e "$(dirname "$document")/${target%%#*}" ] || fail "$document: $target is not there" || return 1
        done < <(grep -oE '\]\([^)]+\)' "$document" | sed 's/^](\(.*\))$/\1/' | grep -v '^#')
    done
}
