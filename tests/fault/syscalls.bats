#!/usr/bin/env bats
# System calls that fail, one by one: each call of a short run fails once in turn, in every process that gets that far.
# Whatever fails, the program ends by itself with the right status, says why, and leaves nothing behind.
# run: together, long

load ../golden/helpers

setup() {
    enter
    kept=$BATS_TEST_TMPDIR/kept
    mkdir "$kept"
    needs strace
    plain_build_only
    strace -o "$seen/try" true 2>/dev/null || skip "strace may not trace here"
    config run.json '{"task": "sort", "task_args": [500], "task_count": 6, "workers": [0, 2]}'
}
teardown() { leave; }

# calls_before_main CALL: how often the dynamic loader calls it, and what starts the program's own code.
calls_before_main() {
    strace -f -o "$seen/version" -e "trace=$1" "$pptest" --version >/dev/null 2>&1
    grep -c "^[0-9]* *$1(" "$seen/version" || true
}

# inject CALL ERROR N ARG…: a run in which the Nth call fails; $injected tells which did.
inject() {
    local call=$1 error=$2 nth=$3
    shift 3
    rm -rf "$work/results" "${TMPDIR:?}"/*
    json_later="$kept/$call $error $nth $*.json"
    status=0
    timeout -k 1 $((15 * patience)) strace -f -qq -o "$seen/trace" -e "trace=$call" -e "inject=$call:error=$error:when=$nth" \
        "$pptest" --config run.json "$@" >"$seen/out" 2>"$seen/err" 3>&- || status=$?
    injected=$(grep INJECTED "$seen/trace" || true)
    out=$(cat "$seen/out")
    err=$(cat "$seen/err")
}

# What every run must keep to, whichever call failed; the first $before calls are the dynamic loader's own, before main.
acceptable() {
    local file left
    case $status in
    0 | 1 | 2) ;;
    127 | 139) [ "$nth" -le "$before" ] || return 1 ;;
    *) return 1 ;;
    esac
    # A failure has words, unless it was the words' own way out that failed.
    [ "$status" -eq 0 ] || [ "$status" -eq 139 ] || [ -n "$err" ] || [[ "$injected" == *"write(2, "* ]] || return 1
    for file in results/*; do
        [ -e "$file" ] || continue
        # A name that was reserved and could not be given back is empty, and says that it is partial.
        if [[ ! -s "$file" && "$file" == *.partial.* ]] && grep -q 'unlink' <<<"$injected"; then continue; fi
        whole_result "$file" || return 1
        case $status:$file in
        0:*.partial.* | 2:*) return 1 ;;
        0:*.csv) rows_are "$file" sequential parallel_2 || return 1 ;;
        esac
    done
    [ "$status" -ne 0 ] || ls results/*[0-9].csv >/dev/null || return 1
    left=$(find "$TMPDIR" -mindepth 1)
    # What cannot be removed stays; there is no other excuse.
    [ -z "$left" ] || grep -qE '(unlink|unlinkat|rmdir)\(.*pptest-[A-Za-z0-9]{6}' <<<"$injected" ||
        fail "left: $left" || return 1
}

# each CALL ERROR LAST ARG…: the 1st, 2nd, … call until there are no more, LAST at most. A call that is not made at all,
# not even once, makes the test fail: it would test nothing.
each() {
    local call=$1 error=$2 last=$3 nth before reached=0 bad=0
    shift 3
    before=$(calls_before_main "$call")
    for ((nth = 1; nth <= last; nth++)); do
        inject "$call" "$error" "$nth" "$@"
        [ -n "$injected" ] || break
        reached=$nth
        acceptable && continue
        bad=$((bad + 1))
        printf '== %s: call %s fails with %s (%s before main): exit status %s\n%s\n-- stderr\n%s\n-- files\n' \
            "$call" "$nth" "$error" "$before" "$status" "$injected" "$err"
        find results "$TMPDIR" -mindepth 1 2>/dev/null || true
        [ "$bad" -lt 3 ] || break # enough to go by, and each may have waited in vain
    done
    echo "$call $error $*: $reached calls failed in turn"
    kept_is_json || bad=$((bad + 1))
    [ "$reached" -ge 1 ] || fail "$call was not called: $*"
    [ "$bad" -eq 0 ]
}

spawned=(--set 'multiprocessing_start_method="spawn"')
served=(--set 'multiprocessing_start_method="forkserver"')
# Each task waits for the disk; with two, a call in tasks of workers is still among those that fail.
io=(--set 'task="io"' --set task_count=2 --set 'task_args={"filesize_mb": 1, "fsync": true}')

@test "openat" { each openat EMFILE 60; }
@test "openat, no permission" { each openat EACCES 60; }
@test "read" { each read EIO 60; }
@test "read, interrupted" { each read EINTR 60; }
@test "write" { each write ENOSPC 60; }
@test "write, interrupted" { each write EINTR 60; }
@test "close" { each close EIO 60; }
@test "pipe2" { each pipe2 EMFILE 20; }
@test "clone: workers" { each clone EAGAIN 20; }
@test "clone3: the watching thread" { each clone3 EAGAIN 20; }
@test "mmap" { each mmap ENOMEM 80; }
@test "munmap" { each munmap EINVAL 20; }
@test "mprotect" { each mprotect ENOMEM 30; }
@test "fsync of results" { each fsync EIO 20; }
@test "rename" { each rename EIO 20; }
@test "renameat2" { each renameat2 ENOSPC 20; }
@test "renameat2 that the file system does not know" { each renameat2 EINVAL 20; }
@test "wait4" { each wait4 ECHILD 20; }
@test "wait4, interrupted" { each wait4 EINTR 20; }
@test "memfd_create" { each memfd_create EMFILE 20; }
@test "ftruncate" { each ftruncate ENOSPC 20; }
@test "signalfd4" { each signalfd4 EMFILE 20; }
@test "ppoll" { each ppoll ENOMEM 40; }
@test "ppoll, interrupted" { each ppoll EINTR 40; }
@test "mkdir" { each mkdir ENOSPC 20; }
@test "unlink" { each unlink EIO 20; }
@test "rmdir" { each rmdir EBUSY 20; }
@test "prctl" { each prctl EPERM 20; }
@test "access" { each access EACCES 20; }
@test "fcntl" { each fcntl EMFILE 20; }
@test "newfstatat" { each newfstatat EIO 60; }
@test "rt_sigprocmask" { each rt_sigprocmask EINVAL 20; }
@test "rt_sigaction" { each rt_sigaction EINVAL 20; }
@test "sched_getaffinity" { each sched_getaffinity EINVAL 20; }
@test "sched_setaffinity" {
    "$pptest" machine | without '^topology: ' || skip "hwloc is not there"
    each sched_setaffinity EPERM 20 --set 'pin="compact"'
}
@test "prlimit64" { each prlimit64 EPERM 20; }

@test "io task: openat, write, read, lseek, fsync, unlink" {
    each openat ENOSPC 60 "${io[@]}"
    each write ENOSPC 40 "${io[@]}"
    each read EIO 60 "${io[@]}"
    each lseek EINVAL 20 "${io[@]}"
    each fsync EIO 20 "${io[@]}"
    each unlink EIO 20 "${io[@]}"
}

@test "prefix task: pwrite64, newfstatat, fallocate, mmap" {
    local prefix=(--set 'task="prefix"' --set 'task_args=[20, 10]')
    each pwrite64 ENOSPC 20 "${prefix[@]}"
    each pwrite64 EINTR 20 "${prefix[@]}"
    each newfstatat EIO 60 "${prefix[@]}"
    each fallocate EOPNOTSUPP 20 "${prefix[@]}"
    each mmap ENOMEM 80 "${prefix[@]}"
}

@test "spawn: execve, clone3, memfd_create, write, dup2, fcntl, pread64" {
    each execve ENOENT 20 "${spawned[@]}"
    each clone3 EAGAIN 20 "${spawned[@]}"
    each memfd_create EMFILE 20 "${spawned[@]}"
    each write EPIPE 40 "${spawned[@]}"
    each dup2 EMFILE 20 "${spawned[@]}"
    each fcntl EMFILE 20 "${spawned[@]}"
    each pread64 EIO 20 "${spawned[@]}"
}

@test "spawn: read" { each read EIO 60 "${spawned[@]}"; }
@test "spawn: openat" { each openat EMFILE 60 "${spawned[@]}"; }
@test "spawn: mmap" { each mmap ENOMEM 80 "${spawned[@]}"; }

@test "forkserver: socketpair, clone, sendmsg, recvmsg, wait4, prctl, write, pipe2" {
    each socketpair EMFILE 20 "${served[@]}"
    each clone EAGAIN 20 "${served[@]}"
    each sendmsg EPIPE 20 "${served[@]}"
    each recvmsg EIO 20 "${served[@]}"
    each wait4 ECHILD 20 "${served[@]}"
    each wait4 EINTR 20 "${served[@]}"
    each prctl EINVAL 20 "${served[@]}"
    each write EPIPE 40 "${served[@]}"
    each pipe2 EMFILE 20 "${served[@]}"
}

@test "forkserver: read" { each read EIO 60 "${served[@]}"; }
@test "forkserver: mmap" { each mmap ENOMEM 80 "${served[@]}"; }

# Not once but from then on: what a limit does that is reached.
@test "no more files, processes or memory from some moment on" {
    local call error nth before bad=0 injections=0 bad_before
    for call in openat:EMFILE clone:EAGAIN mmap:ENOMEM write:ENOSPC pipe2:EMFILE fsync:EIO unlink:EIO; do
        error=${call#*:}
        call=${call%:*}
        before=$(calls_before_main "$call")
        bad_before=$bad
        for nth in 1 2 3 4 5 6 8 12 16 20 25 30 35 40; do
            inject "$call" "$error" "$nth+"
            [ -n "$injected" ] || break
            injections=$((injections + 1))
            acceptable && continue
            bad=$((bad + 1))
            printf '== %s from call %s on: exit status %s\n-- stderr\n%s\n' "$call" "$nth" "$status" "$err"
            find results "$TMPDIR" -mindepth 1 2>/dev/null || true
            [ "$bad" -lt $((bad_before + 2)) ] || break
        done
    done
    kept_is_json
    [ "$injections" -gt 20 ]
    [ "$bad" -eq 0 ]
}
