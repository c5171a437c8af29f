#!/usr/bin/env bats
# The tasks `sum` and `multi` really execute every operation that they are asked for: shown from the machine code that
# is linked into the program, and from the number of instructions that a run of it executes.
# run: together

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    objects=${OBJECTS:-build/release}
    case $(uname -m) in
    x86_64 | aarch64) ;;
    *) skip "the loops' instructions are known for x86-64 and aarch64 only" ;;
    esac
}

# loop_of TASK: the instructions from the target of the function's only backward jump to the jump itself, one a line.
loop_of() {
    command -v objdump >/dev/null || skip "objdump is not installed"
    objdump -d --no-show-raw-insn --disassemble="$1_loop" "$objects/tasks/$1.o" | awk '
        /^ *[0-9a-f]+:/ {
            address = $1
            sub(":", "", address)
            sub(/^ *[0-9a-f]+:[ \t]*/, "")
            sub(/[ \t]*(#|\/\/).*/, "")
            code[++count] = $0
            number[address] = count
            # A conditional jump within the function: x86-64 has je, jne, ja, …; aarch64 has b.ne, cbnz, …
            if ($1 ~ /^(j[a-z]+|b\.[a-z]+|cbn?z|tbn?z)$/ && match($0, /[0-9a-f]+ </)) {
                target = substr($0, RSTART, RLENGTH - 2)
                if (target in number) {
                    back++
                    first = number[target]
                    last = count
                }
            }
        }
        END {
            if (back != 1) {
                print "expected one backward jump, found " back + 0
                exit 1
            }
            for (i = first; i <= last; i++)
                print code[i]
        }'
}

# lines_like PATTERN: how many lines of the loop match.
lines_like() { grep -cE "$1" <<<"$loop" || true; }

# Nothing but the operation, the countdown and the jump: no second operation, no vectors, no memory.
assert_bare_loop() {
    echo "$loop"
    [ "$(wc -l <<<"$loop")" -le 4 ]
    [ "$(lines_like '\(%|\[')" -eq 0 ]
    [ "$(lines_like '%[yz]mm|[a-z]pd |\.(2d|4s|2s)')" -eq 0 ]
}

@test "sum: one integer addition on the accumulator for each turn of the loop" {
    loop=$(loop_of sum)
    assert_bare_loop
    # Two registers (x86-64) or three (aarch64); the countdown has a constant and does not match.
    [ "$(lines_like '^add[q]?[[:space:]]+(%r[a-z0-9]+,%r[a-z0-9]+|x[0-9]+, x[0-9]+, x[0-9]+)$')" -eq 1 ]
    [ "$(lines_like '^(sub|add|dec|subs|adds|lea)[q]?[[:space:]]')" -eq 2 ]
    [ "$(lines_like 'mm')" -eq 0 ]
}

@test "multi: one multiplication of doubles for each turn of the loop" {
    loop=$(loop_of multi)
    assert_bare_loop
    [ "$(lines_like '^(v?mulsd|fmul)[[:space:]]')" -eq 1 ]
    [ "$(lines_like '^(sub|add|dec|subs|adds|lea)[q]?[[:space:]]')" -eq 1 ]
}

# build_runner: a program that runs one task of a given size and nothing else.
build_runner() {
    cat >"$BATS_TEST_TMPDIR/runner.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

#include "pptest/task.h"

extern const struct pp_task TASK;

int main(int argc, char **argv) {
    int64_t size = argc > 1 ? atoll(argv[1]) : 0; /* the only argument of both tasks */
    struct pp_item item = {.index = 0, .seed = 1};
    struct pp_output output = {0};
    struct pp_error error = {0};
    if (TASK.run(NULL, &size, &item, &output, &error) != 0 || TASK.verify(NULL, &size, &item, &output, &error) != 0)
        return puts(error.text), 1;
    return 0;
}
C
    # Without symbols, because old valgrinds stop at new compilers' debug information.
    ${CC:-cc} -s -std=c17 -Iinclude -DTASK="pp_task_$1" -o "$BATS_TEST_TMPDIR/runner" "$BATS_TEST_TMPDIR/runner.c" \
        "$objects/tasks/$1.o" "$objects/libpptest.a" -lm
}

# instructions SIZE: how many the runner executes, start-up included.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$BATS_TEST_TMPDIR/runner" "$1" 2>&1 |
        awk '/Collected *:/ { print $NF }'
}

# The turns of the loop that 200,000 more operations take are 200,000 times its instructions, to the last one.
assert_executes_each() {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    build_runner "$1"
    loop=$(loop_of "$1")
    length=$(wc -l <<<"$loop")
    fewer=$(instructions 200000)
    more=$(instructions 400000)
    echo "$length instructions a turn; $fewer and $more instructions in all"
    difference=$((more - fewer - 200000 * length))
    # Start-up and the answer's verification (logarithms) vary by a handful.
    [ "${difference#-}" -lt 2000 ]
}

@test "sum: twice as many additions execute twice as many turns" { assert_executes_each sum; }

@test "multi: twice as many multiplications execute twice as many turns" { assert_executes_each multi; }
