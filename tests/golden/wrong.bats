#!/usr/bin/env bats
# Everything that can be wrong before a run: exit status 2, words that help, and nothing made.
# run: together, long

load helpers
setup() {
    enter
    noop_config
}
teardown() { leave; }

# ---- the command line ----

@test "no arguments" {
    refused
    matches "$err" <<'END'
error: pptest: there is no config to work on: `pptest --config FILE`, for example example_configs/sum.json
END
}

@test "check without a config" {
    refused check
    matches "$err" <<'END'
error: pptest: there is no config to work on: `pptest check --config FILE`, for example example_configs/sum.json
END
}

@test "an option with a typo" {
    refused --confg ok.json
    matches "$err" <<'END'
error: pptest: unknown option --confg: did you mean --config; `pptest --help` lists the options
END
}

@test "options that are like no other" {
    refused --zzzzzzzz
    err_has "unknown option --zzzzzzzz; \`pptest --help\` lists the options"
    refused -x
    err_has "unknown option -x"
}

@test "several wrong options are all named" {
    refused --quite --outptu=x --config ok.json
    err_has "--quite: did you mean --quiet" "--outptu=x: did you mean --output"
}

@test "options without their argument" {
    local option
    for option in config set output format; do
        refused --config ok.json "--$option"
        err_has "--$option needs an argument: --$option "
    done
    refused -c
    err_has "--config needs an argument"
}

@test "an option that takes no argument is given one" {
    refused --config ok.json --quiet=yes
    err_has "--quiet"
}

@test "options of another command are named, with what the command takes" {
    refused machine --format csv
    matches "$err" <<'END'
error: pptest: `pptest machine` takes no --format; it takes --help, --version; `pptest --help` tells what each command takes
END
    refused check --quiet --config ok.json -f csv
    matches "$err" <<'END'
error: pptest: `pptest check` takes no --format; it takes --config, --set, --output, --help, --version; `pptest --help` tells what each command takes
error: pptest: `pptest check` takes no --quiet; it takes --config, --set, --output, --help, --version; `pptest --help` tells what each command takes
END
    refused --config ok.json --min-effect 0.1
    err_has "\`pptest\` takes no --min-effect; it takes --config, --set, --output, --format, --quiet, --help,"
    refused report a.json --output a.html --set seed=1
    err_has "\`pptest report\` takes no --set; it takes --output, --help, --version;"
    refused compare a.json b.json -o here
    err_has "\`pptest compare\` takes no --output; it takes --format, --min-effect, --help, --version;"
}

@test "every option that a command's usage does not name is refused" {
    local command option usage argument tried=0
    "$pptest" --help >help
    while read -r command; do
        usage=$(grep -E "^ +pptest $command( |\$)" help)
        while read -r option argument; do
            [[ "$usage" == *"$option"* ]] || {
                refused "$command" "$option" $argument
                err_has "\`pptest $command\` takes no $option; it takes"
                tried=$((tried + 1))
            }
        done < <(sed -nE 's/^  -[a-z], (--[a-z-]+) ([A-Z]*).*/\1 \2/p' help | grep -v -- --help)
    done < <(sed -n '/^commands/,/^$/s/^  \([a-z]*\) .*/\1/p' help)
    [ "$tried" -gt 30 ]
}

@test "unknown commands" {
    refused chek --config ok.json
    err_has "unknown command \"chek\": did you mean \`pptest check\`?"
    refused ok.json
    err_has "unexpected \"ok.json\"; to run a config: \`pptest --config FILE\`"
    refused schema more
    err_has "there is no schema of \"more\""
    refused schema config more
    err_has "unexpected \"more\""
}

@test "an unknown task" {
    refused tasks sume
    err_has "unknown task \"sume\": did you mean \"sum\"?; \`pptest tasks\` lists them"
    refused tasks qqqqqqqqqqq
    err_has "unknown task \"qqqqqqqqqqq\""
    without 'did you mean' "$seen/err"
    refused tasks sum multi
}

@test "the workers' own command is not for people" {
    refused --worker
    err_has "for pptest's own use"
    refused --worker a b
    err_has "for pptest's own use"
}

@test "unknown formats" {
    refused --config ok.json --format xml
    err_has "unknown format \"xml\" after --format; known: csv"
    refused --config ok.json --format csv,pdf,odt
    err_has '"pdf"' '"odt"'
}

@test "a format twice, or none" {
    refused --config ok.json --format ''
    err_has "--format"
    refused --config ok.json --format ,
    err_has "--format"
}

# ---- the file ----

@test "a missing file, a folder, a part of the path that is none" {
    refused --config nope.json
    err_has "error: nope.json: there is no such file"
    mkdir empty
    refused --config empty
    err_has "error: empty: this folder has no *.json; name a config, or a folder of them"
    refused --config ok.json/x
    err_has "error: ok.json/x: there is no such file; a part of its path is not a folder"
    refused --config ''
    err_has "there is no such file"
}

@test "an empty file, and one of blanks" {
    : >empty.json
    printf ' \n\t\n' >blank.json
    refused --config empty.json
    err_has "error: empty.json: empty; a config is a JSON object such as {"
    refused --config blank.json
    err_has "error: blank.json: empty"
}

@test "syntax errors have line and column" {
    printf '{"task": "noop",\n "task_count": 1,,\n "workers": [0]}\n' >comma.json
    refused --config comma.json
    err_has "error: comma.json:2:18: "
    printf '{"task": "noop",\n "workers": [0],\n}\n' >last.json
    refused --config last.json
    err_has "error: last.json:3:1: " "is there a comma before it that must go?"
    printf '{"task": "noop", "workers": [0]' >open.json
    refused --config open.json
    err_has "error: open.json:1:31: " "a bracket or a quote is still open"
    printf "{'task': 'noop'}" >quotes.json
    refused --config quotes.json
    err_has "error: quotes.json:1:2: " "strings take double quotes"
    printf '{"task": "noop"} x' >more.json
    refused --config more.json
    err_has "error: more.json:1:18: "
    printf '{"seed": 1,\n"seed": 2}' >twice.json
    refused --config twice.json
    err_has "error: twice.json:2:" "seed"
    printf '{"label": "\303("}' >bytes.json
    refused --config bytes.json
    err_has "error: bytes.json:1:12: " "not UTF-8"
    printf '{"label":\n "a\000b"}' >nul.json
    refused --config nul.json
    err_has "error: nul.json:2:4: found a NUL byte"
}

@test "what is no object" {
    config list.json '[1, 2]'
    refused --config list.json
    err_has "error: list.json:1:1: found [1,2], expected an object such as {"
}

@test "a file that is too large, and one without an end" {
    head -c 17000000 /dev/zero | tr '\0' ' ' >large.json
    refused --config large.json
    err_has "larger than 16 MiB"
    refused --config /dev/zero
    err_has "larger than 16 MiB"
}

@test "a file that may not be read" {
    open_ground
    noop_config
    chmod 0 ok.json
    pp_as_nobody --config ok.json
    status_is 2
    err_has "error: ok.json: not allowed to read this file"
}

# ---- its meaning ----

@test "all errors of a config are shown at once, each with its place" {
    config many.json '{"task": "summ", "task_cuont": 1, "workers": [0, -1, 2, 2], "iterations": 0, "seed": "x",
        "warmup": 1.5, "label": 3, "task_timeout": 0, "multiprocessing_start_method": "frok", "tmp_dir": null}'
    refused --config many.json
    matches "$err" <<'END'
error: many.json: /task_cuont: unknown key; did you mean "task_count"?
error: many.json: /workers/1: found -1, expected an integer from 0 to 100000
error: many.json: /iterations: found 0, expected an integer from 1 to 1000000
error: many.json: /seed: found "x", expected an integer
error: many.json: /warmup: found 1.5, expected an integer from 0 to 1000000
error: many.json: /label: found 3, expected a string
error: many.json: /task_timeout: found 0, expected a number from 0.001 to 1000000 or null
error: many.json: /multiprocessing_start_method: found "frok", expected "fork", "spawn", "forkserver" or null; did you mean "fork"?
error: many.json: /tmp_dir: found null, expected a string
error: many.json: "task_count" is missing; expected an integer >= 1: tasks per pass
error: many.json: /workers/3: found 2, which /workers/2 has already; expected each item once
error: many.json: /task: found "summ", expected one of the tasks that `pptest tasks` lists; did you mean "sum"?
END
    pp check --config many.json
    status_is 2
    [ "$(wc -l <"$seen/err")" -eq 12 ]
}

@test "the errors of several configs are shown at once, and none of them is run" {
    config one.json '{"task": "noop", "task_count": 0, "workers": [0]}'
    config two.json '{"task": "noop", "task_count": 1, "workers": []}'
    refused --config ok.json --config one.json --config missing.json --config two.json
    err_has "one.json: /task_count: found 0" "missing.json: there is no such file" "two.json: /workers: "
}

@test "who does the work: unknown executors, keys and pairs" {
    config who.json '{"task": "noop", "task_count": 1, "workers": [1], "executor": "threads", "transfer": {"results": "pipe"},
        "runners": [{"worker": 2}, {"seed": 3}]}'
    refused --config who.json
    err_has '/executor: found "threads", expected "process", "thread"' 'did you mean "thread"?' \
        '/transfer/results: unknown key; did you mean "result"?' '/runners/0/worker: unknown key; did you mean "workers"?' \
        '/runners/1/seed: this holds for all runners'
}

@test "wrong types" {
    config types.json '{"task": 1, "task_args": "x", "task_count": "100", "workers": "2", "iterations": [1], "seed": null,
        "gc_after_iteration": 1, "wait_time_after_runner": "1", "chunk_size": "big", "library_threads": 0}'
    refused --config types.json
    err_has '/task: found 1, expected a string' '/task_args: found "x", expected an array or an object' \
        '/task_count: found "100", expected an integer' '/workers: found "2", expected ' '/iterations: found [1], expected ' \
        '/seed: found null, expected an integer' '/gc_after_iteration: found 1, expected true or false' \
        '/wait_time_after_runner: found "1", expected ' '/chunk_size: found "big", expected ' \
        '/library_threads: found 0, expected '
}

@test "numbers that are none in JSON, or too large" {
    refused --config ok.json --set seed=99999999999999999999
    err_has "--set seed" "9007199254740991"
    refused --config ok.json --set seed=NaN
    refused --config ok.json --set task_count=1.5e0
    err_has "--set task_count: found 1.5, expected an integer"
    refused --config ok.json --set task_count=1e17
    err_has "--set task_count: found 1e17, expected an integer" "exact up to 9007199254740991"
}

@test "unknown keys get the nearest known one, or the list" {
    refused --config ok.json --set itertions=1
    err_has '--set itertions: unknown key; did you mean "iterations"?'
    refused --config ok.json --set zzzzzzzz=1
    err_has "unknown key; the known ones are task, task_args, task_count"
}

@test "arguments of a task: too many, of a wrong kind, out of range, unknown" {
    config args.json '{"task": "zip", "task_count": 1, "workers": [0]}'
    refused --config args.json --set 'task_args=[1, 9, "random", false, 5]'
    err_has "--set task_args/4: found 5, one argument too many; \"zip\" takes 4 arguments: filesize_mb, level, data, fsync"
    refused --config args.json --set 'task_args=["1"]'
    err_has '--set task_args/0: found "1", expected an integer'
    refused --config args.json --set 'task_args=[1, 10]'
    err_has "--set task_args/1: found 10, expected an integer from 0 to 9"
    refused --config args.json --set 'task_args={"filesize": 1}'
    err_has '--set task_args/filesize: unknown argument; did you mean "filesize_mb"?'
    refused --config args.json --set 'task_args=[0, 99, "noise"]'
    err_has task_args/0 task_args/1 task_args/2
    refused --config ok.json --set 'task_args=[1]'
    err_has '"noop" takes no arguments'
    refused --config ok.json --set 'task="password"' --set 'task_args=[10, 10, [20, 6]]'
    err_has "task_args/2: found [20,6]"
    refused --config ok.json --set 'task="random"' --set 'task_args=[["sum", "smu"]]'
    err_has smu
    refused --config ok.json --set 'task="img"' --set 'task_args=[[]]'
    err_has task_args/0
}

@test "worker counts: negative, twice, none, too many" {
    refused --config ok.json --set 'workers=[-1]'
    err_has "--set workers/0: found -1, expected an integer from 0 to 100000"
    refused --config ok.json --set 'workers=[1, 2, 1]'
    err_has "--set workers/2: found 1, which --set workers/0 has already; expected each item once"
    refused --config ok.json --set 'workers=[]'
    err_has "--set workers"
    refused --config ok.json --set 'workers=[100001]'
    err_has "from 0 to 100000"
    refused --config ok.json --set 'workers="all"'
    err_has "--set workers"
}

@test "--set without a key, a value, or JSON" {
    refused --config ok.json --set foo
    err_has "--set foo: expected KEY=JSON in UTF-8"
    refused --config ok.json --set =1
    err_has "expected KEY=JSON"
    refused --config ok.json --set task=
    err_has "--set task: nothing stands after the ="
    refused --config ok.json --set task=sum
    err_has "--set task: sum is not JSON; a string takes double quotes" "--set 'task=\"sum\"'"
    refused --config ok.json --set 'workers=[1,'
    err_has "--set workers: the value is not JSON"
    refused --config ok.json --set workers=1,2
    err_has "--set workers"
}

# ---- folders and files it needs ----

@test "the output folder is a file, or below one, or cannot be made" {
    : >file
    refused --config ok.json --output file
    err_has "ok.json: --output: " "file" "Not a directory"
    refused --config ok.json --output file/below/it
    err_has "--output: " "Not a directory"
    refused --config ok.json --set 'output_dir="file"'
    err_has "ok.json: /output_dir: " "file" "Not a directory"
    refused --config ok.json --output /proc/nowhere
    err_has "--output: cannot make the folder /proc/nowhere"
    refused --config ok.json --set 'output_dir=""'
    err_has output_dir
    refused --config ok.json --output ''
    err_has output
}

@test "an output folder that can only be made in part is not made at all" {
    refused --config ok.json --output "$PWD/a/b/$(printf '%0300d' 0)"
    err_has "File name too long"
}

@test "the output folder of a good config is not made when another config is wrong" {
    config late.json '{"task": "noop", "task_count": 1, "workers": [0], "tmp_dir": "missing"}'
    refused --config ok.json --config late.json
    err_has "late.json: /tmp_dir: "
}

@test "an output folder that may not be written" {
    open_ground
    noop_config
    mkdir -m 555 closed
    snapshot >"$seen/before"
    pp_as_nobody --config ok.json --output closed
    status_is 2
    err_has "--output: " "closed" "Permission denied"
    snapshot | diff "$seen/before" -
}

@test "a folder for temporary files that is missing, a file, or may not be written" {
    : >file
    refused --config ok.json --set 'tmp_dir="missing"'
    err_has "/tmp_dir: cannot make a folder for temporary files in missing: No such file or directory" "set tmp_dir to"
    refused --config ok.json --set 'tmp_dir="file"'
    err_has "/tmp_dir: " "Not a directory"
    TMPDIR=$PWD/missing run -2 "$pptest" --config ok.json
    [[ "$output" == *"/tmp_dir: "* ]]
    open_ground
    noop_config
    mkdir -m 555 closed
    pp_as_nobody --config ok.json --set 'tmp_dir="closed"'
    status_is 2
    err_has "/tmp_dir: " "Permission denied"
}

# The first argument of img and of rotate is a list of files.
img() { refused --config ok.json --set 'task="img"' --set "task_args=[[\"$1\"]]"; }
rotate() { refused --config ok.json --set 'task="rotate"' --set "task_args=[[\"$1\"]${2:+, $2}]"; }

@test "images: missing, a folder, not a JPEG, empty, cut short at many places" {
    img missing.jpg
    err_has "task_args/0/0: missing.jpg: no such file, neither from the current folder nor from the config's"
    img .
    err_has "task_args/0/0: "
    echo "no picture" >text.jpg
    img text.jpg
    err_has "task_args/0/0: text.jpg: " "expected a complete JPEG file"
    : >empty.jpg
    img empty.jpg
    err_has "task_args/0/0: empty.jpg: "
    local sample=$project/example_configs/images/sample.jpg bytes size
    size=$(wc -c <"$sample")
    for bytes in 2 20 200 700 $((size / 2)) $((size - 2)); do
        head -c "$bytes" "$sample" >cut.jpg
        img cut.jpg
        err_has "task_args/0/0: cut.jpg: "
    done
}

@test "images to be turned: missing, not a JPEG, cut short, damaged; by no angle, at no quality" {
    local sample=$project/example_configs/images/sample.jpg size
    rotate missing.jpg
    err_has "task_args/0/0: missing.jpg: no such file, neither from the current folder nor from the config's"
    echo "no picture" >text.jpg
    rotate text.jpg
    err_has "task_args/0/0: text.jpg: " "expected a complete JPEG file"
    size=$(wc -c <"$sample")
    head -c $((size / 2)) "$sample" >cut.jpg
    rotate cut.jpg
    err_has "task_args/0/0: cut.jpg: " "expected a complete JPEG file"
    { head -c 300 "$sample" && tail -c $((size - 500)) "$sample"; } >damaged.jpg
    rotate damaged.jpg
    err_has "task_args/0/0: damaged.jpg: "
    rotate "$sample" '"left"'
    err_has task_args/1 '"left"'
    rotate "$sample" '45, 101'
    err_has task_args/2 101 "from 1 to 100"
    rotate "$sample" '45, 0'
    err_has task_args/2 "from 1 to 100"
}

@test "the second of two images is the one that is named" {
    cp "$project/example_configs/images/sample.jpg" .
    refused --config ok.json --set 'task="img"' --set 'task_args=[["sample.jpg", "nope.jpg"]]'
    err_has "task_args/0/1: nope.jpg"
}

# infer_args MODEL IMAGES LABELS: the task's files, one of which is bad.
infer_args() { refused --config ok.json --set 'task="infer"' --set "task_args=[\"$1\", \"$2\", 10, \"worker\", \"$3\"]"; }

@test "models, images and labels: missing, cut short, one for the other" {
    command -v gzip >/dev/null || skip "gzip is not installed"
    local model=$project/example_configs/digits/model.safetensors images=$project/example_configs/digits/test-images-idx3-ubyte.gz bytes
    infer_args nope "$images" ""
    err_has "task_args/0: nope: no such file" "safetensors file"
    infer_args "$images" "$images" ""
    err_has "task_args/0: $images: " "does not fit into a file of"
    infer_args "$model" "$model" ""
    err_has "task_args/1: $model: begins with" "expected 00 00 08 03: an IDX file"
    infer_args "$model" "$images" "$images"
    err_has "task_args/4: $images: begins with 00 00 08 03, expected 00 00 08 01"
    for bytes in 1 9 100 400 1000000; do
        head -c "$bytes" "$model" >cut.safetensors
        infer_args cut.safetensors "$images" ""
        err_has "task_args/0: cut.safetensors: "
    done
    gzip -dc "$images" >cut-images-idx3-ubyte
    for bytes in 1000000 30 15 4 3; do
        head -c "$bytes" cut-images-idx3-ubyte >cut && mv cut cut-images-idx3-ubyte
        infer_args "$model" cut-images-idx3-ubyte ""
        err_has "task_args/1: cut-images-idx3-ubyte: found"
    done
    head -c 1000 "$images" >cut.gz
    infer_args "$model" cut.gz ""
    err_has "task_args/1: cut.gz: cannot be unpacked: it ends too early"
}

@test "check finds what a run would find before it starts" {
    pp check --config ok.json --set 'tmp_dir="missing"'
    status_is 2
    err_has /tmp_dir
    pp check --config ok.json --set 'task="img"' --set 'task_args=[["nope.jpg"]]'
    status_is 2
    err_has task_args/0/0
    pp check --config ok.json --set 'workers=[100000]' --set 'task_count=5'
    status_is 2
}

@test "an unknown key in a runner: only those that a runner may have are named" {
    config run.json '{"task": "sum", "task_count": 1, "workers": [0], "runners": [{"foo": 1}, {"wrkers": 1}]}'
    refused check --config run.json
    err_has "run.json: /runners/0/foo: unknown key; the known ones are executor, workers, " "pin" \
        'run.json: /runners/1/wrkers: unknown key; did you mean "workers"?'
    without "task_count" "$seen/err"
}
