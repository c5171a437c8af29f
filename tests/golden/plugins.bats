#!/usr/bin/env bats
# Tasks in shared objects: what their authors get, that they run as any other task does, and what is said about those that
# cannot.

load helpers

setup() {
    enter
    cc=${CC:-gcc}
    needs "$cc"
}
teardown() { leave; }

# build SOURCE OBJECT [FLAG…]
build() {
    local source=$1 object=$2
    shift 2
    "$cc" -O1 -shared -fPIC -Wall -Wextra -Werror -I"$project/include" "$@" -o "$object" "$source"
}

# example: the example in ./dlog.so, and a short run of it in dlog.json.
example() {
    build "$project/examples/plugin/dlog.c" dlog.so
    config dlog.json '{"task": "./dlog.so", "task_args": [2000], "task_count": 50, "workers": [0, 2]}'
}

# plugin NAME LINE…: ./NAME.so of a source that begins with a task's `run`, its fields, and these lines.
plugin() {
    local name=$1
    shift
    {
        printf '%s\n' '#include "pptest/plugin.h"' 'struct args { int64_t n; };' \
            'static int run(void *s, const void *a, const struct pp_item *i, struct pp_output *o, struct pp_error *e) {' \
            '    (void)s, (void)a, (void)e; o->digest = i->seed; return 0; }' \
            '#define FIELD .name = "n", .help = "a number", .type = PP_INT, .max = 9' \
            '#define TASK .name = "own", .summary = "does nothing", .args_size = sizeof(struct args), .run = run'
        printf '%s\n' "$@"
    } >"$name.c"
    build "$name.c" "$name.so"
}

# refused_as TEXT…: ./bad.so is refused by a run, a check and a description, with nothing done.
refused_as() {
    config bad.json '{"task": "./bad.so", "task_count": 1, "workers": [1]}'
    refused --config bad.json --output results
    err_has "error: bad.json: /task: found \"./bad.so\", $1" "${@:2}"
    refused check --config bad.json
    err_has "error: bad.json: /task: found \"./bad.so\", $1" "${@:2}"
    refused tasks ./bad.so
    err_has "error: pptest: found \"./bad.so\", $1" "${@:2}"
}

check_value() { sed -n 's/^  "check": "\([0-9a-f]*\)".*/\1/p' "$@" | sort -u; }

# ---- what authors get -------------------------------------------------------------------------------------------

@test "each header can be included alone, in C and in C++" {
    needs g++
    for header in "$project"/include/pptest/*.h; do
        echo "#include \"pptest/${header##*/}\"" >one.c
        "$cc" -std=c17 -Wall -Wextra -Werror -fsyntax-only -I"$project/include" one.c
        g++ -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$project/include" -x c++ one.c
    done
}

@test "the program exports what the headers declare, and nothing else of its own" {
    needs nm
    for program in "$pptest" "$pptest-mpi"; do
        [ -x "$program" ] || continue
        nm -D --defined-only "$program" | awk '{ print $3 }' | grep '^pp' | sort >exported
        # Declarations begin a line, or go on from one that does; what is static is in the headers.
        cat "$project"/include/pptest/*.h | grep -v '^static\|^ \|^/' | grep -oE '\bpp_[a-z0-9_]+\(' | tr -d '(' | sort >declared
        [ "$(wc -l <declared)" -ge 20 ]
        diff declared exported
    done
}

@test "a plugin may be written in C++" {
    needs g++
    cat >own.cpp <<'END'
#include "pptest/plugin.h"
#include <vector>
static int run(void *, const void *, const pp_item *item, pp_output *output, pp_error *) {
    std::vector<uint64_t> numbers(100, item->seed);
    for (uint64_t number : numbers)
        output->digest += pp_mix64(number);
    return 0;
}
static const struct pp_task own = {.name = "own", .summary = "adds numbers", .run = run};
PP_PLUGIN(own);
END
    g++ -std=c++20 -O1 -shared -fPIC -Wall -I"$project/include" -o own.so own.cpp
    pp --quiet --set 'task="./own.so"' --config <(echo '{"task": "", "task_count": 50, "workers": [0, 2]}') --output results
    status_is 0
}

# blocks FILE: the commands of a document, each block after a line "# block N".
blocks() { awk '/^```sh$/ { print "# block " ++n; inside = 1; next } /^```$/ { inside = 0 } inside' "$1"; }

block() { blocks "$project/docs/PLUGINS.md" | awk -v n="$1" '/^# block / { inside = $3 == n; next } inside'; }

@test "docs/PLUGINS.md: its commands work with an installed pptest" {
    plain_build_only
    needs make pkg-config
    root=$work/root
    make -s -C "$project" install-built DESTDIR="$root" PREFIX=/usr/local
    export PKG_CONFIG_PATH=$root/usr/local/share/pkgconfig PATH=$root/usr/local/bin:$PATH
    [ "$(pkg-config --modversion pptest)" = "$("$pptest" --version | cut -d' ' -f2)" ]
    [[ "$(pkg-config --cflags pptest)" == *"-I$root/usr/local/"* ]]
    mkdir examples
    cp -r "$project/examples/plugin" examples/
    rm -f examples/plugin/*.so
    sed -i 's/\[1000000\]/[20000]/' examples/plugin/dlog.json
    block 1 >commands
    [ "$(wc -l <commands)" -eq 5 ]
    bash -eux commands
    whole_csv examples/plugin/results/dlog__*.csv
    make -s -C "$project" uninstall DESTDIR="$root" PREFIX=/usr/local
    [ -z "$(find "$root" -type f)" ]
    [ "$(blocks "$project/docs/PLUGINS.md" | grep -c '^# block')" -eq 2 ] # this one, and that of the next test
}

@test "docs/PLUGINS.md: its commands work from the folder of the sources, and so does the example's Makefile" {
    needs make
    cp -r "$project/include" "$project/examples" .
    rm -f examples/plugin/*.so
    ln -s "$pptest" pptest
    block 2 >commands
    [ "$(wc -l <commands)" -eq 2 ]
    bash -eux commands
    whole_csv results/dlog__*.csv
    make -C examples/plugin
    pp tasks examples/plugin/dlog.so
    status_is 0
}

# ---- running ----------------------------------------------------------------------------------------------------

@test "a plugin is described as any other task is" {
    example
    pp tasks ./dlog.so
    status_is 0
    out_has "dlog: finds a discrete logarithm by trying" "executors: process, thread, " "  limit "
    out_has "integer from 1 to 2147483646, default 1000000"
}

@test "every executor and start method does the work of a plugin" {
    example
    for set in 'executor="process"' 'executor="thread"' 'executor="openmp"' 'executor="async-blocking"' \
        'multiprocessing_start_method="spawn"' 'multiprocessing_start_method="forkserver"'; do
        pp executors
        case $out in *'openmp'*'not in this program'*) [ "$set" != 'executor="openmp"' ] || continue ;; esac
        pp --quiet --config dlog.json --set "$set" --output results
        status_is 0
    done
    [ "$(check_value results/*.json | wc -l)" -eq 1 ]
}

@test "ranks of an MPI job load the plugin too" {
    example
    pp --quiet --config dlog.json --output results
    mpi_job 3
    pp --quiet --config dlog.json --set 'executor="mpi"' --output results
    status_is 0
    [ "$(check_value results/*.json | wc -l)" -eq 1 ]
}

@test "a plugin is found from the current folder first, then from the folder of the config" {
    mkdir -p there elsewhere
    example
    mv dlog.so dlog.json there/
    cd elsewhere
    pp --quiet --config ../there/dlog.json --set 'multiprocessing_start_method="spawn"' --output results
    status_is 0
    grep -q "\"task\": \"$work/there/dlog.so\"" results/*.json
    plugin dlog 'static const struct pp_task own = {TASK};' 'PP_PLUGIN(own);'
    pp check --config ../there/dlog.json --set 'task_args=[]'
    out_has "own, 50 tasks a pass"
}

@test "a plugin may be part of a mix" {
    example
    for method in fork spawn; do
        pp --quiet --config dlog.json --set 'task="mix"' --set 'task_args=[["./dlog.so", [2000], 2], ["sum", [1000]]]' \
            --set "multiprocessing_start_method=\"$method\"" --output "$method"
        status_is 0
    done
    grep -q "\[\[\"$work/dlog.so\", \[2000\], 2\], \[\"sum\", \[1000\], 1\]\]" spawn/*.json
    grep -q '^  "details": "2 dlog 2000; 1 sum 1000",$' spawn/*.json
    [ "$(check_value fork/*.json spawn/*.json | wc -l)" -eq 1 ]
    refused --config dlog.json --set 'task="mix"' --set 'task_args=[["./dlog.so", [0]], ["./missing.so"]]'
    err_has "--set task_args/0/1/0: found 0, expected an integer from 1 to 2147483646"
    err_has '--set task_args/1/0: found "./missing.so", and there is no such file'
}

@test "results of two builds of a plugin can be compared, whatever their files are called" {
    example
    build "$project/examples/plugin/dlog.c" dlog-O3.so -O3
    for build in dlog dlog-O3; do
        pp --quiet --config dlog.json --set "task=\"./$build.so\"" --set 'iterations=6' --output "$build"
        status_is 0
        ls "$build"/dlog__*.csv
        grep -q '^  "task": "dlog",$' "$build"/*.json
    done
    pp compare dlog/*.json dlog-O3/*.json
    [ "$status" -ne 2 ]
    out_has "sequential"
}

@test "a plugin's arguments are checked, by order and by name" {
    example
    refused --config dlog.json --set 'task_args=[0]'
    err_has '--set task_args/0: found 0, expected an integer from 1 to 2147483646'
    refused --config dlog.json --set 'task_args={"limt": 5}'
    err_has 'unknown argument; did you mean "limit"?'
    pp --quiet --config dlog.json --set 'task_args={"limit": 5}' --output results
    status_is 0
}

@test "a plugin that answers wrongly or crashes is no other than a task that does" {
    plugin wrong 'static int no(void *s, const void *a, const struct pp_item *i, const struct pp_output *o,' \
        '    struct pp_error *e) { (void)s, (void)a, (void)o; return pp_error_set(e, -74, "item %d", (int)i->index); }' \
        'static const struct pp_task own = {TASK, .verify = no};' 'PP_PLUGIN(own);'
    pp --config <(echo '{"task": "./wrong.so", "task_count": 2, "workers": [1]}') --output results
    status_is 1
    err_has "item "
    plugin crash 'static int die(void *s, const void *a, const struct pp_item *i, struct pp_output *o, struct pp_error *e) {' \
        '    (void)a, (void)e, (void)o; return i->index == 1 ? *(volatile int *)s : run(s, a, i, o, e); }' \
        'static const struct pp_task own = {.name = "own", .summary = "dies", .run = die};' 'PP_PLUGIN(own);'
    sed -i 's/\*(volatile int \*)s/*(volatile int *)8/' crash.c
    build crash.c crash.so -Wno-array-bounds
    pp --config <(echo '{"task": "./crash.so", "task_count": 3, "workers": [1]}') --output crashed
    status_is 1
    nothing_left
}

# ---- what is refused --------------------------------------------------------------------------------------------

@test "a plugin that is not there, or no file, is refused" {
    refused_as "and there is no such file, neither from the current folder nor from the config's, ."
    mkdir bad.so
    refused_as "which is no regular file; expected a plugin"
    rmdir bad.so
    mkfifo bad.so
    refused_as "which is no regular file; expected a plugin"
}

@test "a file that is no shared object, or one that lacks what it needs, is refused with the loader's reason" {
    : >bad.so
    refused_as "which is empty; expected a shared object, made with \`gcc -shared -fPIC\`"
    echo 'int main(void) { return 0; }' >bad.c
    refused_as_made_with() { "$cc" "${@:2}" -o bad.so bad.c && refused_as "$1"; }
    refused_as_made_with "which cannot be loaded (" -pie -fPIE
    refused_as_made_with "which is a program; expected a shared object" -no-pie
    refused_as_made_with "which is an object file that is not linked; expected a shared object" -c
    cp bad.c bad.so
    refused_as "which does not begin as a shared object does; expected a shared object"
    plugin bad 'int nowhere(void);' 'static int there(const void *a, struct pp_error *e) { (void)a, (void)e; return nowhere(); }' \
        'static const struct pp_task own = {TASK, .check = there};' 'PP_PLUGIN(own);'
    refused_as "which cannot be loaded (undefined symbol: nowhere)"
}

@test "a plugin that was cut off is refused at whatever length, and loaded when nothing is missing that is needed" {
    build "$project/examples/plugin/dlog.c" dlog.so
    size=$(stat -c %s dlog.so)
    head -c 8000 dlog.so >bad.so
    refused_as "which was cut off: 8000 bytes, its headers say at least " "; expected a whole shared object: copy or compile"
    refusals=0
    for length in 1 4 15 16 63 64 100 $(seq 512 512 "$size") $((size - 1)); do
        head -c "$length" dlog.so >bad.so
        pp tasks ./bad.so
        case $status in
            2) err_has 'error: pptest: found "./bad.so", which ' && refusals=$((refusals + 1)) ;;
            *) status_is 0 ;;
        esac
    done
    [ "$refusals" -ge 20 ]
    status_is 0 # one byte of the section headers is missing
}

@test "a plugin for another kind of CPU is refused" {
    build "$project/examples/plugin/dlog.c" dlog.so
    cp dlog.so bad.so
    printf '\x2a\x00' | dd of=bad.so bs=1 seek=18 conv=notrunc status=none # SuperH, in either order of bytes
    refused_as "which was made for another kind of CPU, " "; expected a shared object, made with \`gcc -shared -fPIC\` for this machine's, "
}

@test "a shared object that is no plugin is refused" {
    plugin bad 'const struct pp_task own = {TASK};'
    refused_as "a shared object without the symbol pptest_plugin; expected a plugin, whose source ends with PP_PLUGIN"
}

@test "a plugin for another version, or compiled with other headers, is refused" {
    plugin bad 'static const struct pp_task own = {TASK};' '#undef PP_PLUGIN_ABI' '#define PP_PLUGIN_ABI 7' 'PP_PLUGIN(own);'
    refused_as "a plugin for version 7 of the interface, expected version 1; compile it again"
    plugin bad 'static const struct pp_task own = {TASK};' '#define pp_env pp_pair' 'PP_PLUGIN(own);'
    refused_as "compiled with a struct pp_env of 16 bytes, expected " "; compile it again with the headers of this program"
}

@test "a plugin whose task has no name, no run, or the name of another is refused" {
    plugin bad 'static const struct pp_task own = {.summary = "", .run = run};' 'PP_PLUGIN(own);'
    refused_as "whose task has no name; expected a struct pp_task"
    plugin bad 'static const struct pp_task own = {.name = "own", .summary = "", .run = 0 ? run : 0};' 'PP_PLUGIN(own);'
    refused_as "whose task has no run"
    plugin bad 'static const struct pp_task own = {.name = "sum", .summary = "", .run = run};' 'PP_PLUGIN(own);'
    refused_as "whose task has the name of one of this program's own tasks"
    plugin bad 'static const struct pp_task own = {.name = "../own", .summary = "", .run = run};' 'PP_PLUGIN(own);'
    refused_as "whose task has a name that is not made of"
}

@test "a plugin whose table of arguments is wrong is refused" {
    plugin bad 'static const struct pp_field f[] = {{FIELD, .offset = 4}, {0}};' \
        'static const struct pp_task own = {TASK, .args = f};' 'PP_PLUGIN(own);'
    refused_as "whose argument number 0 has an offset where no such member of its struct can be"
}

@test "a plugin that cannot run in this build says why" {
    plugin bad 'static const struct pp_task own = {TASK, .unavailable = "there is no camera"};' 'PP_PLUGIN(own);'
    config bad.json '{"task": "./bad.so", "task_count": 1, "workers": [1]}'
    refused --config bad.json
    err_has '/task: "./bad.so" cannot run in this build: there is no camera'
    pp tasks ./bad.so
    status_is 0
    out_has "not in this build: there is no camera"
}

@test "the name of a file without a slash is told how to be a path" {
    example
    refused --config dlog.json --set 'task="dlog.so"'
    err_has '--set task: found "dlog.so"' 'or the path of a plugin; write "./dlog.so"'
    refused tasks dlog.so
    err_has 'write `pptest tasks ./dlog.so`'
}
