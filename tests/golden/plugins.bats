#!/usr/bin/env bats
# What authors of tasks outside this program get: the headers, the example, and errors that say what is wrong.

load helpers

setup() {
    enter
    cc=${CC:-gcc}
}
teardown() { leave; }

@test "each header can be included alone, in C and in C++" {
    needs "$cc" g++
    for header in "$project"/include/pptest/*.h; do
        echo "#include \"pptest/${header##*/}\"" >one.c
        "$cc" -std=c17 -Wall -Wextra -Werror -fsyntax-only -I"$project/include" one.c
        g++ -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$project/include" -x c++ one.c
    done
}
