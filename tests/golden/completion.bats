#!/usr/bin/env bats
# What the shells themselves make of the completions.
# run: together

load helpers
setup() {
    enter
    mkdir "a folder" configs results
    touch page.html other.HTML.txt configs/one.json configs/two.json configs/notes.txt results/a.json results/a.csv results/many.json task.so
}
teardown() { leave; }

# SHELL_offers LINE: writes what that shell offers at the end of the line to ./offered, one a line.
# are WORD…: exactly these. have, lack WORD…: these are among them, are not.
are() {
    printf '%s\n' "$@" | LC_ALL=C sort >expected
    LC_ALL=C sort -u offered | diff expected - || fail "for: $line"
}
have() { local word; for word; do grep -qxF -- "$word" offered || fail "for $line there is no $word: $(cat offered)" || return 1; done; }
lack() { local word; for word; do without -qxF -- "$word" offered || fail "for $line there is $word" || return 1; done; }
nothing() { [ ! -s offered ] || fail "for $line there is: $(cat offered)"; }

commands() { sed -n '/^commands/,/^$/s/^  \([a-z]*\) .*/\1/p' <("$pptest" --help); }
keys() { "$pptest" schema | sed -n '/^  "properties": {/,/^  }/s/^    "\([a-z_]*\)": {$/\1/p'; }
tasks() { "$pptest" tasks | cut -d' ' -f1; }

# ---- bash ----

# In a bash that knows nothing else, as it is before bash-completion is installed. The words are broken as bash does it.
bash_offers() {
    line=$1
    env -i PATH="$PATH" LINE="$line" BREAKS="${2-=:}" bash --norc --noprofile -c '
        . ./completion.bash
        [[ $BREAKS ]] || COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}
        line=${LINE//=/${BREAKS:+ }=${BREAKS:+ }}
        read -ra COMP_WORDS <<<"$line"
        [[ $line != *[\ ] ]] || COMP_WORDS+=("")
        [[ $LINE != *= || ! $BREAKS ]] || unset "COMP_WORDS[-1]"
        [[ $LINE != *= || ! $BREAKS ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _pptest
        ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' >offered
}

@test "bash: commands, options, tasks, keys, words and files" {
    "$pptest" completion bash >completion.bash
    bash -n completion.bash
    bash_offers 'pptest '
    are $(commands)
    bash_offers 'pptest comp'
    are compare completion
    bash_offers 'pptest -'
    are --config --set --output --format --quiet --help --version
    bash_offers 'pptest compare --'
    are --format --min-effect --help --version
    bash_offers 'pptest tasks '
    have $(tasks) task.so "a folder"
    bash_offers 'pptest tasks zi'
    are zip
    bash_offers 'pptest tasks zip '
    nothing
    bash_offers 'pptest --config configs/'
    are configs/one.json configs/two.json
    bash_offers 'pptest check -c configs/t'
    are configs/two.json
    bash_offers 'pptest --output '
    are configs results "a folder"
    bash_offers 'pptest compare results/'
    are results/a.json results/many.json
    bash_offers 'pptest compare results/a.json results/a.json '
    nothing
    bash_offers 'pptest --config configs/one.json --set ta'
    are task= task_args= task_count= task_timeout=
    bash_offers 'pptest --set '
    are $(keys | sed 's/$/=/')
    bash_offers 'pptest --format '
    are csv json html trace
    bash_offers 'pptest --format csv,js'
    are csv,json
    bash_offers 'pptest --format json,'
    are json,csv json,html json,trace
    bash_offers 'pptest compare --format '
    are table json
    bash_offers 'pptest schema '
    are config result
    bash_offers 'pptest --quiet manual '
    are 1 5
    bash_offers 'pptest completion '
    are bash zsh fish
    bash_offers 'pptest --set pin=none check -c configs/o'
    are configs/one.json
    bash_offers 'pptest --min-effect '
    nothing
    bash_offers 'pptest report results/m'
    are results/many.json
    bash_offers 'pptest report results/a.json results/b.json results/m'
    are results/many.json
    bash_offers 'pptest report --output r'
    are results
    bash_offers 'pptest report results/a.json --output '
    are configs results "a folder" page.html
    bash_offers 'pptest report --output=p'
    are page.html
}

@test "bash: values after a key, quoted for the shell, whether or not it breaks words at =" {
    "$pptest" completion bash >completion.bash
    bash_offers 'pptest --set pin='
    are '\"none\"' '\"compact\"' '\"scatter\"'
    bash_offers 'pptest --set pin=\"co'
    are '\"compact\"'
    bash_offers 'pptest --set=pin=\"s'
    are '\"scatter\"'
    bash_offers 'pptest -s gc_after_iteration='
    are true false
    bash_offers 'pptest -s task=\"zi'
    are '\"zip\"'
    bash_offers 'pptest -s task_count='
    nothing
    bash_offers "pptest --set 'pin=\"co" ''
    are 'pin="compact"'
    bash_offers 'pptest --set pin=\"co' ''
    are 'pin=\"compact\"'
    bash_offers 'pptest --set=pin=\"co' ''
    are '--set=pin=\"compact\"'
    bash_offers 'pptest --config=configs/o'
    are configs/one.json
    bash_offers 'pptest --config=configs/o' ''
    are --config=configs/one.json
}

# ---- zsh ----

# A zsh on a terminal of its own: the line is typed, then TAB. What it offers goes to ./offered, the line to ./completed.
zsh_offers() {
    line=$1
    rm -f ready offered completed
    LINE=$1 timeout -k 1 $((20 * patience)) zsh -f -c '
        zmodload zsh/zpty
        zpty shell "TERM=dumb zsh -f -i"
        zpty -w shell "source ./start.zsh"
        repeat 400; do [[ -e ready ]] && break; zpty -r -t shell reply; sleep 0.02; done
        zpty -n -w shell $LINE$'"'\\t\\C-xs'"'
        repeat 400; do [[ -s completed ]] && break; zpty -r -t shell reply; sleep 0.02; done
        zpty -d shell' >/dev/null 2>&1 3>&-
    [ -s completed ] || fail "zsh has not come to an end with: $line"
    touch offered
}

completed_is() { [ "$(cat completed)" = "$1" ] || fail "$line became $(cat completed), expected $1"; }

zsh_setup() {
    needs zsh
    mkdir functions
    "$pptest" completion zsh >functions/_pptest
    zsh -n functions/_pptest
    cat >start.zsh <<'END'
unsetopt beep list_beep
PS1= fpath=($PWD/functions $fpath)
autoload -U compinit && compinit -u -d $PWD/dump
compadd() {
    if (( ${@[(I)-[OAD]]} )); then builtin compadd "$@"; return; fi
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- $hits >>offered
    builtin compadd "$@"
}
show() { print -r -- "$BUFFER" >completed; }
zle -N show
bindkey '^Xs' show
LISTMAX=10000
touch ready
END
}

@test "zsh: commands, options, tasks, keys, words and files" {
    zsh_setup
    zsh_offers 'pptest '
    have $(commands)
    zsh_offers 'pptest compare --'
    have --format --min-effect --help
    lack --config --output
    zsh_offers 'pptest tasks '
    have $(tasks) task.so
    zsh_offers 'pptest tasks zi'
    completed_is 'pptest tasks zip '
    zsh_offers 'pptest --config configs/'
    are one.json two.json
    zsh_offers 'pptest check --config=configs/t'
    completed_is 'pptest check --config=configs/two.json '
    zsh_offers 'pptest --output r'
    completed_is 'pptest --output results/'
    zsh_offers 'pptest compare results/a'
    completed_is 'pptest compare results/a.json '
    zsh_offers 'pptest --set '
    have $(keys)
    zsh_offers 'pptest --set pi'
    completed_is 'pptest --set pin='
    zsh_offers 'pptest --set pin='
    are '\"none\"' '\"compact\"' '\"scatter\"'
    zsh_offers 'pptest --set pin=\"co'
    completed_is 'pptest --set pin=\"compact\" '
    zsh_offers 'pptest --set gc_after_iteration=t'
    completed_is 'pptest --set gc_after_iteration=true '
    zsh_offers 'pptest --format csv,js'
    completed_is 'pptest --format csv,json,' # the comma goes when a blank or the end of the line follows
    zsh_offers 'pptest compare --format '
    are table json
    zsh_offers 'pptest schema r'
    completed_is 'pptest schema result '
    zsh_offers 'pptest completion '
    are bash zsh fish
    zsh_offers 'pptest report results/m'
    completed_is 'pptest report results/many.json '
    zsh_offers 'pptest report results/a.json results/b.json results/m'
    completed_is 'pptest report results/a.json results/b.json results/many.json '
    zsh_offers 'pptest report --output r'
    completed_is 'pptest report --output results/'
    zsh_offers 'pptest report results/a.json --output '
    have page.html configs results
    lack task.so other.HTML.txt
    zsh_offers 'pptest report --output p'
    completed_is 'pptest report --output page.html '
}

# ---- fish ----

fish_offers() {
    line=$1
    HOME=$PWD LINE=$1 fish --no-config -c 'source completion.fish; complete -C "$LINE"' 2>&1 3>&- | cut -f1 >offered
}

@test "fish: commands, options, tasks, keys, words and files" {
    needs fish
    "$pptest" completion fish >completion.fish
    fish --no-execute completion.fish
    fish_offers 'pptest '
    are $(commands)
    fish_offers 'pptest compare --'
    are --format --min-effect --help --version
    fish_offers 'pptest tasks zi'
    are zip
    fish_offers 'pptest tasks '
    have $(tasks) task.so
    fish_offers 'pptest tasks zip '
    nothing
    fish_offers 'pptest --config configs/'
    have configs/one.json configs/two.json
    fish_offers 'pptest --output r'
    are results/
    fish_offers 'pptest compare results/a.j'
    are results/a.json
    fish_offers 'pptest --config configs/one.json --set ta'
    are task= task_args= task_count= task_timeout=
    fish_offers 'pptest --set '
    are $(keys | sed 's/$/=/')
    fish_offers 'pptest --set pin='
    are 'pin="none"' 'pin="compact"' 'pin="scatter"'
    HOME=$PWD fish --no-config -c 'source completion.fish; complete -C "pptest --set task="' 3>&- >offered
    grep -xF "$(printf 'task="zip"\t%s' "$("$pptest" tasks | sed -n 's/^zip  *\(.*\) (zlib)$/\1/p')")" offered
    HOME=$PWD fish --no-config -c 'source completion.fish; complete -C "pptest --set pin="' 3>&- >offered
    without 'replace a key' offered
    fish_offers 'pptest --set=pin='
    have '--set=pin="none"'
    fish_offers 'pptest --set gc_after_iteration='
    are gc_after_iteration=true gc_after_iteration=false
    fish_offers 'pptest --format csv,'
    have csv,json
    lack csv,csv
    fish_offers 'pptest compare --format '
    are table json
    fish_offers 'pptest manual '
    are 1 5
    fish_offers 'pptest completion '
    are bash zsh fish
    fish_offers 'pptest report results/m'
    are results/many.json
    fish_offers 'pptest report results/a.json results/b.json results/m'
    are results/many.json
    fish_offers 'pptest report --output r'
    are results/
    fish_offers 'pptest report results/a.json --output p'
    are page.html
    fish_offers 'pptest report results/a.json --output '
    have page.html configs/ results/
}

@test "completion of an unknown shell, and of none" {
    refused completion tcsh
    err_has 'no completions for the shell "tcsh"' "bash, zsh and fish"
    refused completion
    err_has 'completion needs 1 argument: `pptest completion bash|zsh|fish`'
}
