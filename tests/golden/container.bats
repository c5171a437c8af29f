#!/usr/bin/env bats
# The container file, as far as it can be checked without an engine, and docs/CONTAINERS.md.
# run: together

load helpers

setup() {
    enter
    file=$project/Containerfile
}
teardown() { leave; }

# packages_of GROUP: what requirements.md has for Debian.
packages_of() {
    awk -F ' *[|] *' -v group="$1" '$5 == group { print $6 }' "$project/requirements.md" | tr ' ' '\n' | grep -v '^-$'
}

# runtime_packages: what the container file has apt-get install.
runtime_packages() {
    sed -e :a -e '/\\$/N; s/\\\n//; ta' "$file" | sed -n 's/.*apt-get install [^&]*--no-install-recommends \([^&]*\)&&.*/\1/p' |
        tr -s ' ' '\n' | grep .
}

depends_of() { dpkg-query -W -f '${Depends}\n' "$1" 2>/dev/null | sed 's/([^)]*)//g; s/:any//g' | tr -s ',| ' '\n' | grep .; }

@test "what the container file copies and calls is in the sources, and is not left out of the build's files" {
    local copied
    copied=$(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$file")
    [ "$(wc -w <<<"$copied")" -ge 3 ]
    for name in $copied $(grep -o 'scripts/[a-z-]*' "$file"); do
        [ -e "$project/$name" ]
        without -qxF "$name" "$project/.dockerignore"
    done
}

@test "the container has every library that the program is built against, and no package to build with" {
    command -v dpkg-query >/dev/null || skip "this is no Debian"
    runtime_packages >runtime
    without -e '-dev$' runtime
    local checked=0
    for package in $(packages_of build | grep -e '-dev$' | grep -v '^libc6-dev$'); do
        depends_of "$package" >direct || skip "$package is not installed"
        { cat direct; while read -r next; do depends_of "$next" || true; done <direct; } >depends
        printf 'for %s one of: %s\n' "$package" "$(tr '\n' ' ' <depends)"
        grep -qxFf depends runtime
        checked=$((checked + 1))
    done
    [ "$checked" -ge 8 ]
}

@test "Debian 12 has the packages that the container file names" {
    grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release || skip "this is another system"
    apt-cache show libc6 >/dev/null 2>&1 || skip "there are no lists of packages"
    for package in $(runtime_packages); do apt-cache show "$package" | grep -qx "Package: $package"; done
}

@test "the commands of docs/CONTAINERS.md that need no engine work" {
    sed -n '/^```sh$/,/^```$/p' "$project/docs/CONTAINERS.md" | grep -v '^```' >commands
    [ "$(wc -l <commands)" -eq 1 ]
    mkdir bin
    ln -s "$pptest" bin/pptest
    PATH=$PWD/bin:$PATH sh -e commands >"$seen/out"
    # What the document's table calls lines of it, but the one that needs a limit.
    for line in 'CPU quota' 'usable CPUs' 'affinity mask' 'memory limit' 'usable memory' limits; do
        grep -q "^$line:" "$seen/out"
        grep -q "$line" "$project/docs/CONTAINERS.md"
    done
}
