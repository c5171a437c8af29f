#!/usr/bin/env bats
# musl, the C library of Alpine, has fewer functions than glibc, and stricter headers.
# run: together

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    command -v musl-gcc >/dev/null || skip "musl-gcc is not installed: scripts/install-packages test"
}

@test "all sources and unit tests compile against musl" {
    scripts/musl check
}

# elsewhere COMMAND…: a copy of the script in a folder where nothing is, which finds the fakes of ./bin first.
elsewhere() {
    mkdir -p "$BATS_TEST_TMPDIR/scripts" "$BATS_TEST_TMPDIR/bin"
    cp scripts/musl "$BATS_TEST_TMPDIR/scripts"
    for fake in musl-gcc cmake autoreconf automake libtoolize dpkg-source; do
        printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/bin/$fake"
    done
    printf '#!/bin/sh\nexit 100\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
    chmod +x "$BATS_TEST_TMPDIR"/bin/*
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$BATS_TEST_TMPDIR/scripts/musl" "$@"
}

@test "the script for musl says so when apt-get cannot fetch, and builds nothing" {
    ls /etc/apt/sources.list.d/*.sources >/dev/null 2>&1 || skip "this system has its sources elsewhere"
    elsewhere
    [ "$status" -eq 2 ]
    [[ "$output" == *"musl: apt-get cannot renew its lists: is there a network?" ]]
    [ ! -e "$BATS_TEST_TMPDIR/build/musl/jansson.log" ]
}

@test "the script for musl refuses what it does not know, before it does anything" {
    elsewhere test
    [ "$status" -eq 2 ]
    [[ "$output" == 'musl: unexpected "test"'*"usage: scripts/musl"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/build" ]
}

@test "the list of what is needed has every package that scripts/musl asks for, and a newcomer installs none of them more" {
    asked=$(sed -n -e 's/^ *need [a-z-]* \([a-z-]*\)$/\1/p' -e 's/^for command in \(.*\); do need .*/\1/p' scripts/musl | tr ' ' '\n' | sort -u)
    [ "$(wc -l <<<"$asked")" -ge 9 ]
    for package in $asked; do
        [ "$package" = apt ] && continue # which is how Debian installs the others
        groups=$(sed -n 's/ *| */|/gp' requirements.md | awk -F'|' -v package="$package" '
            { count = split($6, packages, " "); for (i = 1; i <= count; i++) if (packages[i] == package) print $5 }')
        echo "$package: $groups"
        [ -n "$groups" ]
        case $package in gcc | make) ;; *) [ "$groups" = dev ] || [ "$groups" = test ] ;; esac
    done
}

@test "what scripts/musl keeps in build/musl has other names than what make puts there" {
    made=$(grep -oE '^\$\(BUILD\)/[a-z._]+' Makefile | sed 's|.*/||' | LC_ALL=C sort -u)
    kept=$(grep -oE '\$build/[a-z._]+' scripts/musl | sed 's|.*/||' | LC_ALL=C sort -u)
    [ -n "$made" ] && [ -n "$kept" ]
    both=$(LC_ALL=C comm -12 <(echo "$made") <(echo "$kept"))
    [ -z "$both" ] || { echo "both: $both"; false; }
}
