#!/usr/bin/env bats
# Fork copies every mapping of a program, so each library that is linked makes all workers dearer to start.

load helpers

setup() { enter; }
teardown() { leave; }

@test "the program itself links no library that only a task uses" {
    plain_build_only
    needs objdump
    linked=$(objdump -p "$pptest" | awk '$1 == "NEEDED" { print $2 }')
    printf 'linked:\n%s\n' "$linked"
    grep -q '^libjansson\.so' <<<"$linked"
    # Older C libraries have threads and loading in files of their own; musl has one file and its own name for it.
    without -vE '^(libjansson|libm|libc|libpthread|libdl|ld-linux[a-z0-9_-]*|libc\.musl-[a-z0-9_]+)\.so' <<<"$linked"
}

@test "threads get stacks of 8 MB from any C library: musl gives them what the program asks for" {
    plain_build_only
    needs objdump
    objdump -p "$pptest" | grep -A1 '^ *STACK ' | grep -qE 'memsz 0x0*800000 '
}
