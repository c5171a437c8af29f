#!/usr/bin/env bats
# What make install puts away works there, and wherever it is moved to. Nothing is built here.
# run: together

load helpers

setup() {
    enter
    plain_build_only
    needs make
    unset MAKEFLAGS MFLAGS MAKELEVEL PPTEST
    root="$work/the user's root"
}
teardown() { leave; }

make_install() { make -s -C "$project" install-built DESTDIR="$root" PREFIX=/opt/pp "$@"; }
make_uninstall() { make -s -C "$project" uninstall DESTDIR="$root" PREFIX=/opt/pp "$@"; }

# moved: what was installed lies in $tree, where nobody said it would be.
moved() {
    make_install
    tree="$work/moved on/tree"
    mkdir "moved on"
    mv "$root/opt/pp" "$tree"
    pptest=$tree/bin/pptest
}

files_in() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }

@test "what was moved finds its pictures and its model" {
    moved
    cp "$tree"/share/pptest/example_configs/{img,infer}.json .
    for config in img infer; do
        pp --config "$config.json" --set task_count=2 --set iterations=1 --set 'workers=[1]' --output "$config"
        [[ "$err" == *"was built without"* ]] || status_is 0
    done
}

@test "what was moved starts workers by every method" {
    moved
    for method in fork spawn forkserver; do
        pp --config "$tree/share/pptest/example_configs/sum.json" --set task_count=10 --set iterations=1 \
            --set 'workers=[0, 2]' --set "multiprocessing_start_method=\"$method\"" --output "by $method"
        status_is 0
        whole_csv "$(csv_of "by $method")"
    done
}

@test "the manual of what was moved names files that are there" {
    moved
    pp manual 1
    for file in schemas/pptest-config.schema.json schemas/pptest-result-1.schema.json example_configs/sum.json; do
        [ -f "$tree/share/pptest/$file" ]
    done
    # In a page's own notation a minus has a backslash.
    [[ "${out//\\/}" == *"$tree/share/pptest/schemas/pptest-config.schema.json"* ]]
}

@test "pptest-mpi is there, and runs where it was moved to" {
    [ -x "$project/pptest-mpi" ] || skip "there is no MPI"
    moved
    [ "$("$tree/bin/pptest-mpi" --version)" = "$("$tree/bin/pptest" --version)" ]
}

@test "the scripts work where they were moved to, by a path, by PATH and by a link" {
    moved
    noop_config
    "$tree/bin/pptest-sweep" -o swept ok.json
    PATH=$tree/bin:$PATH pptest-sweep -o again ok.json
    ln -s "$tree/bin/pptest-sweep" sweep
    ./sweep -o linked ok.json
    for folder in swept again linked; do
        [ "$(wc -l <"$(echo "$folder"/sweep__*.csv)")" -eq 3 ]
    done
    PATH=$tree/bin:$PATH pptest-to-ods "$(echo swept/sweep__*.csv)" -o sheet.fods
    grep -q office:document sheet.fods
    "$tree/bin/pptest-plot" --help | grep '^usage: pptest-plot RESULT.csv'
    # Without a program beside it, the one in PATH.
    mkdir bin
    mv "$tree/bin/pptest" bin/
    PATH=$PWD/bin:$PATH "$tree/bin/pptest-sweep" -o other ok.json
}

@test "the scripts speak of themselves, and of each other, by the names that they were called by" {
    moved
    printf 'Name,Workers\r\n' >short.csv
    : >empty.csv
    for name in pptest-plot pptest-to-ods pptest-sweep; do
        status=0
        "$tree/bin/$name" --nonsense >said 2>&1 || status=$?
        status_is 2
        grep "^$name: unknown option --nonsense" said
        grep "^usage: $name " said
    done
    "$tree/bin/pptest-plot" short.csv 2>&1 | grep '^pptest-plot: short.csv: has no column'
    "$tree/bin/pptest-to-ods" empty.csv 2>&1 | grep '^pptest-to-ods: empty.csv is empty'
    "$tree/bin/pptest-plot" short.csv empty.csv 2>&1 | grep -F "($tree/bin/pptest-sweep merges"
    "$project/scripts/plot" short.csv empty.csv 2>&1 | grep -F "($project/scripts/sweep merges"
    # Without gnuplot nothing is said of scripts that are not there.
    mkdir -p bare
    for tool in sh dirname readlink cat; do ln -s "$(command -v "$tool")" bare/; done
    status=0
    PATH=$PWD/bare "$tree/bin/pptest-plot" short.csv >said 2>&1 || status=$?
    status_is 2
    grep '^pptest-plot: gnuplot is not installed; install it' said
}

@test "plugins are compiled with the headers that were moved, and run" {
    needs pkg-config gcc
    moved
    export PKG_CONFIG_PATH=$tree/share/pkgconfig
    [ "$(pkg-config --modversion pptest)" = "$("$pptest" --version | cut -d' ' -f2)" ]
    cp -r "$tree/share/pptest/examples/plugin" .
    make -s -C plugin dlog.so CC=gcc
    pp --config plugin/dlog.json --set 'task_args=[2000]' --set iterations=1 --output results
    status_is 0
}

@test "every example that was installed finds the schema that it names" {
    make_install
    count=0
    while read -r file; do
        schema=$(sed -n '2s/^ *"\$schema": "\(.*\)",$/\1/p' "$file")
        [ -n "$schema" ] && [ -f "$(dirname "$file")/$schema" ] || fail "$file names $schema"
        count=$((count + 1))
    done < <(find "$root" -name '*.json' ! -path '*/schemas/*')
    [ "$count" -eq "$(git -C "$project" ls-files 'example_configs/*.json' 'examples/*.json' | wc -l)" ]
}

@test "every link of the documents that were installed leads to something that was, too" {
    make_install
    documents_link_what_is_there "$root"
    # Nothing is linked that leads out of what was installed.
    mv "$root/opt/pp" "$work/elsewhere"
    documents_link_what_is_there elsewhere
}

@test "others can use what was installed, whatever the umask" {
    (umask 077 && make_install)
    [ -z "$(find "$root/opt" -type d ! -perm 755)" ]
    find "$root/opt" -type f -perm 755 -exec basename {} \; | LC_ALL=C sort >executable
    grep -vx pptest-mpi executable | diff - <(printf '%s\n' plot pptest sweep to-ods)
    [ -z "$(find "$root/opt" -type f ! -perm 755 ! -perm 644)" ]
    [ -z "$(find "$root/opt" -type l ! -exec test -e {} \; -print)" ]
}

@test "mandoc finds no fault with the manual pages, and each program has one" {
    needs mandoc
    make_install
    for page in "$root"/opt/pp/share/man/man1/pptest-*.1; do
        (cd "$root/opt/pp/share/man" && mandoc -T lint -W warning "man1/${page##*/}")
    done
    for program in "$root"/opt/pp/bin/*; do [ -f "$root/opt/pp/share/man/man1/${program##*/}.1" ]; done
    [ "$(find "$root/opt/pp/share/man" -type f | wc -l)" -eq "$(($(find "$root"/opt/pp/bin/* | wc -l) + 1))" ]
}

@test "uninstall removes what was installed and nothing else" {
    mkdir -p "$root/opt/pp/share/pptest/example_configs" "$root/opt/pp/share/man/man1"
    echo mine >"$root/opt/pp/share/pptest/example_configs/mine.json"
    echo theirs >"$root/opt/pp/share/man/man1/theirs.1"
    files_in "$root" >before
    make_install
    [ "$(files_in "$root" | wc -l)" -gt 60 ]
    make_uninstall
    files_in "$root" | diff before -
    [ ! -e "$root/opt/pp/share/doc/pptest" ] && [ ! -e "$root/opt/pp/include/pptest" ] && [ ! -e "$root/opt/pp/share/pptest/schemas" ]
    [ -d "$root/opt/pp/bin" ]
    rm "$root/opt/pp/share/pptest/example_configs/mine.json"
    make_install
    make_uninstall
    [ ! -e "$root/opt/pp/share/pptest" ]
}

@test "uninstall removes pptest-mpi where it would not be built now" {
    mkdir -p "$root/opt/pp/bin"
    : >"$root/opt/pp/bin/pptest-mpi"
    make_install
    make_uninstall MPI=
    [ -z "$(files_in "$root")" ]
}

@test "a PREFIX with blanks and quotes is a place like any other" {
    odd="$work/it's \"here\""
    make -s -C "$project" install-built DESTDIR= PREFIX="$odd"
    "$odd/bin/pptest" manual 1 | sed "s/\\\\(aq/'/g; s/\\\\(dq/\"/g; s/\\\\//g" | grep -F "$odd/share/pptest/schemas/"
    make -s -C "$project" uninstall DESTDIR= PREFIX="$odd"
    [ -z "$(files_in "$odd")" ]
}

@test "install says what it could not do" {
    : >"$root"
    status=0
    make_install 2>said || status=$?
    cat said
    [ "$status" -ne 0 ]
    grep "the user's root" said
}
