#!/usr/bin/env bats
# What a run shows in a real terminal: its live line, and its end, at several widths, with and without colour and UTF-8.

load helpers
setup() {
    needs tmux
    enter
    socket=pptest-$$-$BATS_TEST_NUMBER
    unset NO_COLOR COLUMNS LC_CTYPE LANG
    export LC_ALL=C.UTF-8 TERM=screen TMUX_TMPDIR=/tmp ENV=$seen/rc
    echo "PS1='% '" >"$ENV"
}
teardown() {
    terminal kill-server 2>/dev/null || true
    rm -f "/tmp/tmux-$(id -u)/${socket:-none}"
    leave
}

terminal() { tmux -L "$socket" -f /dev/null "$@"; }

# window COLUMNS: a shell in a terminal of that width; all that is sent to it is in $seen/raw.
window() {
    terminal new-session -d -x "$1" -y 24 "exec sh" 3>&-
    terminal pipe-pane "cat >'$seen/raw'"
    until_true 10 screen_has '^%'
}

# enter_command COMMAND: typed by hand; in a file, so that the command is a short line in any window.
enter_command() {
    printf '#!/bin/sh\n%s\n' "$1" >go
    chmod +x go
    terminal send-keys './go' Enter
}

screen() { terminal capture-pane -p; }
# Everything that was written, as lines of the window, and as lines that the program ended.
all_lines() { terminal capture-pane -p -S -; }
all_whole_lines() { terminal capture-pane -p -J -S - | sed 's/ *$//'; }
screen_has() { screen | grep -qE -- "$1"; }
# The shell waits for the next command.
is_over() { [ "$(all_lines | grep -v '^$' | tail -n 1)" = "%" ] || [ "$(all_lines | grep -v '^$' | tail -n 1)" = "% " ]; }
over() { until_true "${1:-30}" is_over; }

# line_is PATTERN: apart from the command there is one line on the screen, and it is that.
line_is() { [[ "$(screen | grep -v -e '^%' -e '^$')" =~ ^$1$ ]]; }

# Three cases that wait, so that no busy machine makes a difference; for longer than any test looks.
waiting() {
    config run.json '{"task": "sleep", "task_args": [2], "task_count": 60, "iterations": 300, "workers": [0, 2, 4],
        "repeat_disturbed": 0}'
    enter_command "exec $pptest --config run.json"
}

# A short run with an interval and a verdict.
short() {
    config run.json '{"task": "sum", "task_args": [20000], "task_count": 40, "iterations": 6, "workers": [0, 1, 2],
        "label": "a label of several words, which is far longer than forty columns are wide", "repeat_disturbed": 0}'
    enter_command "${2:-} $pptest --config run.json ${1:-}"
}

count='[0-9]+/900'
figure='[0-9.]+'
clock='[0-9]+:[0-9][0-9]'
name='(sequential|parallel_[24])'

live_40="$name [123]/3 $count $figure/s ${figure}x $clock"
live_80="$name  case [123]/3  pass $count(  \[[█▏▎▍▌▋▊▉ ]+\])?  $figure tasks/s  ${figure}x  $clock left"
live_200="sleep 2  $name  case [123]/3  pass $count  \[[█▏▎▍▌▋▊▉ ]{40}\]  $figure tasks/s  speed-up ${figure}x  "
live_200="$live_200$clock left  until [0-9:]+"

# Seen ten times, it is one line each time.
shows_one_line() {
    until_true 20 line_is "$1"
    for _ in {1..10}; do
        line_is "$1" || until_true 1 line_is "$1" || { screen; return 1; }
        sleep 0.05
    done
}

@test "a live line of 40 columns" { window 40; waiting; shows_one_line "$live_40"; }
@test "a live line of 80 columns" { window 80; waiting; shows_one_line "$live_80"; }
@test "a live line of 200 columns" { window 200; waiting; shows_one_line "$live_200"; }

@test "the first passes are named as soon as they begin, with what is left as far as it is known" {
    # The first pass is over at once, the second never.
    config run.json '{"task": "exec", "task_args": ["test ! -e began || sleep 600; touch began", true], "task_count": 1,
        "workers": [0, 2], "repeat_disturbed": 0}'
    window 80
    enter_command "exec $pptest --config run.json"
    until_true 20 screen_has '  case 2/2  pass 2/2  '
    screen_has "^$name  case 2/2  pass 2/2 .* last:  $figure tasks/s .* about $clock left"
    [ "$(screen | grep -c 'case')" -eq 1 ]
    terminal send-keys C-c
    over
}

@test "of a long pass the time of its end is told, which stays true, and no time that is left" {
    config run.json '{"task": "sleep", "task_args": [2000], "task_count": 10, "workers": [0, 2], "repeat_disturbed": 0}'
    window 80
    enter_command "exec $pptest --config run.json"
    until_true 20 line_is "sleep 2000  $name  case 1/2  pass 1/[0-9]+  \[▏? +\]  until about $clock(:[0-9][0-9])?"
    terminal send-keys C-c
    over
}

@test "a window that changes its width in the middle has one line, as wide as it is now" {
    window 80
    waiting
    shows_one_line "$live_80"
    terminal resize-window -x 40
    shows_one_line "$live_40"
    terminal resize-window -x 200
    shows_one_line "$live_200"
    terminal resize-window -x 80
    shows_one_line "$live_80"
}

@test "Ctrl-C leaves a clean prompt, whatever was typed before" {
    window 80
    waiting
    shows_one_line "$live_80"
    terminal send-keys 'xyz'
    until_true 10 grep -qaF xyz "$seen/raw"
    terminal send-keys C-c
    over
    all_whole_lines | grep -qx 'stopped by signal 2'
    all_whole_lines | grep -q 'PARTIAL'
    [ "$(all_lines | grep -cE 'case [123]/3|\^C|xyz')" -eq 0 ]
    [ "$(terminal display-message -p '#{cursor_flag} #{cursor_x}')" = "1 2" ]
    nothing_left
}

@test "at the end the line is gone" {
    config run.json '{"task": "sleep", "task_args": [2], "task_count": 50, "iterations": 3, "workers": [0, 2]}'
    window 80
    enter_command "exec $pptest --config run.json"
    until_true 20 grep -q 'case 2/2' "$seen/raw"
    over
    [ "$(all_lines | grep -cE 'case|left')" -eq 0 ]
    all_whole_lines | grep -q '^results/sleep__.*\.json$'
}

# end_fits COLUMNS: nothing of a run's end was wrapped by the terminal.
end_fits() {
    window "$1"
    short
    over
    all_whole_lines >"$seen/whole"
    all_lines | sed 's/ *$//' >"$seen/lines"
    cat "$seen/lines"
    diff "$seen/lines" "$seen/whole"
    # The terminal would have wrapped a longer line.
    printf 'x%.0s' $(seq $(($1 + 1))) >"$seen/wide"
    terminal send-keys "clear; cat $seen/wide" Enter
    until_true 10 eval '[ "$(all_lines | grep -c "^x")" -eq 2 ]'
    local words
    for words in '^sum 20000, 40 tasks, medians of 6' ' total .*speedup' '^speed-up ' '^use [012] workers? \(' '^  reason: ' \
        '^sequential .*1\.00x.*█' '^parallel_2 .*[0-9]x.*[█▏▎▍▌▋▊▉].* [0-9]+%' '^work .*cpu' '^cost  *CPU time' \
        '^every answer verified' '^results/sum__.*\.json$'; do
        grep -qE "$words" "$seen/lines" || fail "not there: $words"
    done
}

@test "the end of a run in 40 columns" { end_fits 40; }

@test "the end of a run in 80 columns, with everything" {
    end_fits 80
    grep -E '^ +init +work +task avg +total +95 % +tasks/s +speedup' "$seen/lines"
    grep -E '^sequential .* 1\.00–1\.00 ' "$seen/lines"
}

@test "the end of a run in 200 columns, with longer bars" {
    end_fits 200
    grep -E '█{60}' "$seen/lines"
}

# comparison_fits COLUMNS: neither did the terminal wrap anything of a comparison.
comparison_fits() {
    config run.json '{"task": "noop", "task_count": 10, "workers": [0, 2], "iterations": 6, "repeat_disturbed": 0,
        "executor": ["thread", "process"], "chunk_size": [1, 100]}'
    pp --config run.json --output made --format json --quiet
    mv made/*.json a.json
    window "$1"
    enter_command "exec $pptest compare a.json a.json"
    over
    all_whole_lines >"$seen/whole"
    all_lines | sed 's/ *$//' >"$seen/lines"
    cat "$seen/lines"
    diff "$seen/lines" "$seen/whole"
    grep -E '^noop: total times, base and new; what' "$seen/lines"
    grep -E '^ .* change .* answer$' "$seen/lines"
    grep -E '^sequential .* \+0\.0 %.*  (no regression|cannot tell)$' "$seen/lines"
    [ "$(grep -cE '^(thread_|parallel_).*size=(1|100) .* %.*  (no regression|cannot tell)$' "$seen/lines")" -eq 4 ]
}

@test "a comparison in 40 columns, with shorter names" {
    comparison_fits 40
    grep -E '^thread_.*….*size=100 ' "$seen/lines"
}

@test "a comparison in 80 columns" { comparison_fits 80; }

@test "a comparison in 200 columns, with everything" {
    comparison_fits 200
    grep -E '^ +base +new +change +95 % +answer$' "$seen/lines"
    grep -E '^thread_2 chunk_size=100 ' "$seen/lines"
}

# raw_has STRING, raw_lacks STRING: bytes that were sent to the terminal.
raw_has() { grep -qaF -- "$1" "$seen/raw" || fail "not sent: $1"; }
raw_lacks() { ! grep -qaF -- "$1" "$seen/raw" || fail "sent: $1"; }
escape=$'\033'

@test "colour unless NO_COLOR is set and not empty" {
    window 80
    short '' 'NO_COLOR= exec env'
    over
    raw_has "$escape[1muse "
    raw_has "$escape[32m█"
    terminal kill-server
    window 80
    short '' 'NO_COLOR=1 exec env'
    over
    raw_has 'use '
    raw_has "$escape[J" # the line is written over all the same
    without -qaE "$escape\[[0-9;]*m" "$seen/raw"
}

@test "a dumb terminal gets plain lines" {
    window 80
    short '' 'TERM=dumb exec env'
    over
    raw_has '[1/18] '
    raw_has 'use '
    raw_lacks "$escape"
}

@test "without UTF-8 all is ASCII" {
    window 80
    short '--set label=\"gr\\u00f6\\u00dfer\"' 'LC_ALL=C exec env'
    over
    raw_has '+-'
    raw_has '##'
    raw_has 'gr\xc3\xb6\xc3\x9fer'
    [ "$(LC_ALL=C tr -d '\000-\177' <"$seen/raw" | wc -c)" -eq 0 ]
}

@test "--quiet shows nothing but the end" {
    window 80
    short --quiet
    over
    raw_has 'use '
    raw_lacks "$escape[J"
    raw_lacks 'pass 1'
}

@test "standard error in a file: a line for each pass, and none on the terminal" {
    window 80
    short '2>err'
    over
    raw_lacks "$escape[J"
    [ "$(grep -cE '^\[[0-9]+/18\] (sequential|parallel_[12]): ' err)" -eq 18 ]
    without -E "$escape|left" err
    raw_has "$escape[1muse " # standard output is the terminal still
}

@test "standard output in a file: as in a pipe, with the line on the terminal" {
    window 40
    short '>out'
    over
    raw_has "$escape[J"
    without "$escape" out
    grep -E '^ +init +work +task avg +total +95 % +tasks/s +speedup$' out
    grep -F 'a label of several words, which is far longer than forty columns are wide' out
}

@test "ten lines a second at most, however short the passes are" {
    config run.json '{"task": "noop", "task_count": 1, "iterations": 30000, "workers": [0], "measure": "times",
        "repeat_disturbed": 0}'
    window 80
    enter_command "date +%s%N >began; $pptest --config run.json; date +%s%N >ended"
    over 60
    local tenths draws
    tenths=$((($(cat ended) - $(cat began)) / 100000000))
    draws=$(grep -oaF "$escape[J" "$seen/raw" | wc -l)
    echo "$draws lines in $tenths tenths of a second"
    [ "$draws" -ge 2 ] # the first, and that it is erased
    [ "$draws" -le $((tenths + 11)) ]
}

@test "failures are whole lines above the line" {
    config run.json '{"task": "exec", "task_args": ["sleep 0.02; test {index} -eq 0", true], "task_count": 2,
        "iterations": 9, "workers": [2], "repeat_disturbed": 0}'
    window 200
    enter_command "exec $pptest --config run.json"
    over
    all_whole_lines >"$seen/lines"
    raw_has 'case 1/1'
    [ "$(grep -cxE 'warning: parallel_2: 1 task failed, 0 workers lost; the first: task 1: the command ended with status 1 instead of 0 \(further ones like it are counted at the end\)' "$seen/lines")" -eq 1 ]
    [ "$(grep -c 'the first: task' "$seen/lines")" -eq 1 ]
    [ "$(grep -c 'case 1/1' "$seen/lines")" -eq 0 ]
}

@test "warnings above the line are wrapped at words" {
    config run.json '{"task": "exec", "task_args": ["test {index} -eq 0", true], "task_count": 2, "workers": [2],
        "repeat_disturbed": 0}'
    window 40
    enter_command "exec $pptest --config run.json"
    over
    all_whole_lines >"$seen/lines"
    grep -A4 '^warning: parallel_2: ' "$seen/lines" | diff - <(printf '%s\n' \
        'warning: parallel_2: 1 task failed, 0' '  workers lost; the first: task 1: the' \
        '  command ended with status 1 instead of' \
        '  0 (further ones like it are counted at' '  the end)')
    terminal send-keys clear Enter
    config run.json '{"task": "noop", "task_count": 100, "workers": [0], "measure": "times", "repeat_disturbed": 0}'
    enter_command "exec $pptest --config run.json"
    over
    all_whole_lines >"$seen/lines"
    grep -A2 '^warning: tasks are' "$seen/lines" | diff - <(printf '%s\n' \
        'warning: tasks are too short for the' '  clock to time one by one: they are' '  timed many together')
}

@test "errors and the word of a stop are wrapped at words" {
    config run.json '{"task": "noop", "task_count": 1, "workers": [2], "labl": "x"}'
    window 40
    enter_command "$pptest --config run.json; $pptest --config gone.json; $pptest --config run.json --format txt"
    over
    all_whole_lines >"$seen/lines"
    grep -v '^%' "$seen/lines" | grep . | diff - <(printf '%s\n' \
        'error: run.json: /labl: unknown key; did' '  you mean "label"?' \
        'error: gone.json: there is no such file;' '  check its name, which is relative to' '  the current folder' \
        'error: pptest: unknown format "txt"' '  after --format; known: csv json html' '  trace')
    # In the first pass, so that there is nothing to save.
    config run.json '{"task": "sleep", "task_args": [100000], "task_count": 1, "workers": [2], "repeat_disturbed": 0}'
    terminal send-keys clear Enter
    enter_command "exec $pptest --config run.json"
    until_true 20 screen_has 'parallel_2'
    terminal send-keys C-c
    over
    all_whole_lines | grep -A2 '^stopped by signal 2' | diff - <(printf '%s\n' \
        'stopped by signal 2 before the first' '  pass was over: there is nothing to' '  save')
}

@test "what a config says is no command to the terminal" {
    config run.json '{"task": "exec", "task_args": ["true \u001b[31mred\u001b]0;owned\u0007"], "task_count": 2, "iterations": 3,
        "workers": [0, 2], "label": "\u001b[31mred\u001b]0;owned\u0007"}'
    window 200
    enter_command "exec $pptest --config run.json"
    over
    raw_has '\x1b[31mred'
    raw_lacks "$escape[31m"
    raw_lacks "$escape]0;"
    [ "$(terminal display-message -p '#{pane_title}')" != owned ]
}

@test "in the background nothing is drawn over the shell's line" {
    window 80
    config run.json '{"task": "sleep", "task_args": [2], "task_count": 50, "iterations": 3, "workers": [0, 2]}'
    terminal send-keys "$pptest --config run.json >out &" Enter
    until_true 20 eval 'compgen -G "results/*[0-9].json" >"$seen/files"'
    raw_lacks "$escape[J"
}
