#!/usr/bin/env bats
# The Debian packages: built once, as they are here, without the unit tests, which are run elsewhere.

load helpers

setup_file() {
    export packages=$BATS_FILE_TMPDIR/packages
    project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    can_build || return 0
    # The environment of a make around this one is not that of a package, nor is a closed umask.
    unset MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS CPPFLAGS LDFLAGS FLAVOUR PREFIX DESTDIR
    umask 077
    DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" "$project/scripts/package" -o "$packages" \
        >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log"; return 1; }
}

can_build() {
    local tool
    for tool in dpkg-buildpackage dh; do command -v "$tool" >/dev/null || return 1; done
}

setup() {
    enter
    can_build || skip "dpkg-buildpackage or dh is not installed"
}
teardown() { leave; }

packages_are=(pptest pptest-dev pptest-mpi)

# files_of PACKAGE: what it puts away, without what every Debian package has, as make install names it.
files_of() {
    dpkg-deb --fsys-tarfile "$packages/$1"_*.deb | tar -t | sed -n 's|^\./||; /^$/d; /\/$/d; /^usr\/share\/doc\/[^/]*\/\(copyright\|changelog.*\)$/d; s|\(/man/.*\)\.gz$|\1|; p'
}

unpacked() { for package in "${packages_are[@]}"; do dpkg-deb -x "$packages/$package"_*.deb "$work/un packed"; done; }

@test "there are packages of the program, of pptest-mpi and of the headers" {
    (cd "$packages" && printf '%s\n' *.deb | cut -d_ -f1 | LC_ALL=C sort) | diff - <(printf '%s\n' "${packages_are[@]}")
    for package in "${packages_are[@]}"; do
        [ "$(dpkg-deb -f "$packages/$package"_*.deb Version)" = "$("$pptest" --version | cut -d' ' -f2)" ]
    done
}

@test "lintian finds no error, and no warning but of a field that it is too old for" {
    needs lintian
    lintian --allow-root "$packages"/*.changes >"$seen/lintian" 2>&1 || true
    cat "$seen/lintian"
    without -E '^[EW]: ' <(grep -v ': unknown-field Static-Built-Using$' "$seen/lintian")
}

@test "every file of make install is in exactly one package" {
    needs make
    # Debian's zsh looks elsewhere.
    (unset MAKEFLAGS MFLAGS MAKELEVEL && make -s -C "$project" install-built DESTDIR="$work/root" PREFIX=/usr \
        ZSH_FUNCTIONS="$(sed -n 's/^export ZSH_FUNCTIONS = //p' "$project/debian/rules")")
    (cd root && find . ! -type d | sed 's|^\./||') | LC_ALL=C sort >installed
    for package in "${packages_are[@]}"; do files_of "$package"; done | LC_ALL=C sort >packaged
    # A build here may be without MPI.
    [ -x "$project/pptest-mpi" ] || sed -i '/pptest-mpi/d' packaged
    diff installed packaged
}

@test "the program is built with the flags that Debian asks for" {
    needs objdump
    unpacked
    objdump -d "un packed/usr/bin/pptest" >code
    grep -q '__stack_chk_fail' code
    grep -q '__[a-z]*printf_chk' code
}

@test "what tasks load is recommended, and nothing of it a dependency" {
    recommended=$(dpkg-deb -f "$packages"/pptest_*.deb Recommends)
    depends=$(dpkg-deb -f "$packages"/pptest_*.deb Depends)
    for library in zlib libsodium libopenblas libjpeg libuv libmicrohttpd libcurl libhwloc; do
        [[ "$recommended" == *"$library"* ]] || fail "$library is not among $recommended"
        [[ "$depends" != *"$library"* ]] || fail "$library is among $depends"
    done
}

@test "what is embedded is named, with its licence" {
    [[ "$(dpkg-deb -f "$packages"/pptest_*.deb Static-Built-Using)" == *chart.js* ]]
    unpacked
    grep -q 'Chart.js' "un packed/usr/share/doc/pptest/copyright"
}

@test "every link of the documents in the package leads to something in it" {
    dpkg-deb -x "$packages"/pptest_*.deb "un packed"
    documents_link_what_is_there "un packed"
}

@test "an unpacked package runs from where it lies" {
    unpacked
    env -u PPTEST "un packed/usr/bin/pptest-sweep" -o swept "un packed/usr/share/pptest/example_configs/sum.json" -- \
        --set task_count=10 --set iterations=1
    grep -q sequential swept/sweep__*.csv
}

@test "the tests of the installed packages are programs, and each is named" {
    sed -n 's/^Tests: //p' "$project/debian/tests/control" | LC_ALL=C sort >named
    (cd "$project/debian/tests" && find . -type f -perm -u+x | sed 's|^\./||' | LC_ALL=C sort) | diff named -
    [ "$(wc -l <named)" -ge 4 ]
}
