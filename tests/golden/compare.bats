#!/usr/bin/env bats
# Two results from the command line: did it change? And whether results are what their schema says.
# run: together, long

load helpers
setup() { enter; }
teardown() { leave; }

# result NAME CONFIG: the JSON result of a small run of that config, in NAME.
result() {
    config run.json "$2"
    rm -rf made
    pp --config run.json --output made --format json --quiet
    status_is 0
    mv made/*.json "$1"
}

# steady FROM TO FACTOR: the same result, in which the total of pass i is FACTOR + 0.001 x i seconds.
steady() {
    python3 - "$1" "$2" "$3" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
for case in result["cases"]:
    for i, one in enumerate(case["passes"]):
        one["total"] = float(sys.argv[3]) + 0.001 * i
json.dump(result, open(sys.argv[2], "w"))
END
}

small_run() { result run.result.json '{"task": "noop", "task_count": 10, "workers": [0, 1], "iterations": 8, "repeat_disturbed": 0}'; }

# base_and_new FACTOR: base.json, and new.json that takes so many times as long.
base_and_new() {
    needs python3
    small_run
    steady run.result.json base.json 1
    steady run.result.json new.json "$1"
}

@test "no regression: exit 0" {
    base_and_new 1
    pp compare base.json new.json
    status_is 0
    [ -z "$err" ]
    matches "$out" <<'END'
noop: total times, base and new; what matters is a change of 1 %

                  base       new    change               95 %  answer
sequential      1.00 s    1.00 s    +0.0 %     -0.3 to +0.3 %  no regression
parallel_1      1.00 s    1.00 s    +0.0 %     -0.3 to +0.3 %  no regression

recommended workers: 0, then 0
no regression
END
}

@test "regressed: exit 3" {
    base_and_new 1.1
    pp compare base.json new.json
    status_is 3
    [ -z "$err" ]
    matches "$out" <<'END'
noop: total times, base and new; what matters is a change of 1 %

                  base       new    change               95 %  answer
sequential      1.00 s    1.10 s   +10.0 %    +9.7 to +10.3 %  regressed
parallel_1      1.00 s    1.10 s   +10.0 %    +9.7 to +10.3 %  regressed

recommended workers: 0, then 0
regressed
END
}

@test "faster is no regression" {
    base_and_new 0.5
    pp compare base.json new.json
    status_is 0
    out_has "  improved"
}

@test "an effect that does not matter is no regression" {
    base_and_new 1.1
    pp compare base.json new.json --min-effect 0.2
    status_is 0
    out_has "what matters is a change of 20 %"
    pp compare --min-effect=0.05 base.json new.json
    status_is 3
}

@test "too few passes: exit 4" {
    needs python3
    result run.result.json '{"task": "noop", "task_count": 10, "workers": [0, 1], "iterations": 2, "repeat_disturbed": 0}'
    steady run.result.json base.json 1
    steady run.result.json new.json 2
    pp compare base.json new.json
    status_is 4
    out_has "cannot tell: too few passes; 5 on each side are the least for 2 cases"
}

@test "a result and itself: whatever was measured, it has not regressed" {
    small_run
    pp compare run.result.json run.result.json
    [ "$status" -eq 0 ] || [ "$status" -eq 4 ]
    without regressed "$seen/out"
}

@test "as JSON" {
    base_and_new 1.1
    pp compare base.json new.json --format json
    status_is 3
    python3 - "$seen/out" <<'END'
import json, sys
found = json.load(open(sys.argv[1]))
assert found["task"] == "noop" and found["answer"] == "regressed" and found["min_effect"] == 0.01, found
assert [one["name"] for one in found["cases"]] == ["sequential", "parallel_1"], found
for one in found["cases"]:
    assert one["answer"] == "regressed" and abs(one["change"] - 0.1) < 0.001 and one["p_slower"] < 0.05, one
    assert one["base_passes"] == one["new_passes"] == 8 and not one["improved"], one
    assert one["ci95"][0] < 0.1 < one["ci95"][1], one
assert found["workers_known"] and found["workers_sure"] and not found["workers_moved"], found
END
}

@test "a result from before there were other executors is one of forked processes" {
    base_and_new 1
    python3 - base.json old.json <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
for case in result["cases"]:
    for key in "inner_threads", "start_method", "transfer", "pin", "cpus", "hosts":
        del case[key]
    del case["speedup"]["base"]
for key in "series", "chunk_size", "library_threads", "threads":
    del result["verdict"][key]
for model in result["models"]:
    del model["series"]
for other in result["verdict"]["alternatives"]:
    for key in "value", "slower", "ci95":
        del other[key]
del result["series"]
json.dump(result, open(sys.argv[2], "w"))
END
    pp compare old.json new.json
    status_is 0
    without 'not compared' "$seen/out"
    out_has "recommended workers: 0, then 0"
}

@test "the same cases are found under other names, and others are not" {
    result one.json '{"task": "noop", "task_count": 10, "workers": [1, 2], "iterations": 2, "repeat_disturbed": 0}'
    result two.json '{"task": "noop", "task_count": 10, "workers": [2], "iterations": 2, "repeat_disturbed": 0,
        "chunk_size": ["auto", 3], "executor": ["process", "thread"]}'
    pp compare one.json two.json
    status_is 4
    grep -E '^parallel_2 +[0-9.]+ ' "$seen/out"
    out_has "lacking a counterpart that did all its work: 1 of base, 3 of new"
}

@test "what results say is no command to the terminal" {
    base_and_new 1
    sed -i 's/"parallel_1"/"\\u001b[31mred\\u001b]0;owned\\u0007\\n"/' base.json new.json
    pp compare base.json new.json
    status_is 0
    grep -F '\x1b[31mred\x1b]0;owned\x07\x0a ' "$seen/out"
    without -aP '[\x00-\x09\x0b-\x1f\x7f]' "$seen/out"
    [ "$(grep -c 'no regression$' "$seen/out")" -eq 3 ]
    cp base.json "$(printf 'a\033[31mb\nc.json')"
    echo '{}' >"$(printf 'd\033[31me\nf.json')"
    refused compare "$(printf 'a\033[31mb\nc.json')" "$(printf 'd\033[31me\nf.json')"
    err_has 'error: d\x1b[31me\x0af.json: this is no result'
    without -a $'\033' "$seen/err"
}

# ---- not the same work ----

@test "other work is not compared" {
    small_run
    result task.json '{"task": "sum", "task_count": 10, "task_args": [10], "workers": [0, 1]}'
    result count.json '{"task": "noop", "task_count": 11, "workers": [0, 1]}'
    result seed.json '{"task": "sum", "task_count": 10, "task_args": [10], "workers": [0], "seed": 2}'
    result size.json '{"task": "sum", "task_count": 10, "task_args": [11], "workers": [0]}'
    result workers.json '{"task": "noop", "task_count": 10, "workers": [2]}'
    refused compare run.result.json task.json
    err_has "not the same work: task noop in one and sum in the other"
    refused compare run.result.json count.json
    err_has "not the same work: 10 tasks a pass, and 11"
    refused compare task.json seed.json
    err_has "not the same work: check value "
    refused compare task.json size.json
    err_has "not the same work: arguments 10 in one and 11 in the other"
    refused compare run.result.json workers.json
    err_has "the two results have no case in common that did all its work"
}

# ---- files that are no results ----

@test "files that are no results are all named, with their places" {
    small_run
    echo '{}' >empty.json
    sed 's,pptest-result/1,pptest-result/2,' run.result.json >version.json
    head -c 2000 run.result.json >cut.json
    sed 's,"task_count": 10,"task_count": -10,' run.result.json >wrong.json
    printf 'Name,Workers\r\nsequential,0\r\n' >result.csv
    : >nothing.json
    mkdir folder
    refused compare run.result.json missing.json
    err_has "error: missing.json: "
    refused compare folder run.result.json
    err_has "error: folder: "
    refused compare run.result.json empty.json
    err_has 'error: empty.json: this is no result of pptest: found no "schema"'
    refused compare version.json run.result.json
    err_has 'error: version.json: /schema: found "pptest-result/2", expected "pptest-result/1"'
    refused compare run.result.json wrong.json
    err_has "error: wrong.json: /task_count: found -10, expected an integer >= 0"
    refused compare run.result.json result.csv
    err_has "error: result.csv:1:4: " "expected a result that pptest wrote as JSON"
    refused compare run.result.json nothing.json
    err_has "error: nothing.json:1:1: the file ends in the middle: it was cut short"
    refused compare cut.json empty.json
    [[ "$err" =~ "error: cut.json:"[0-9]+:[0-9]+": " ]]
    err_has "error: empty.json: "
}

@test "a config is no result" {
    noop_config
    refused compare ok.json ok.json
    err_has 'this is no result of pptest: found no "schema"'
}

# ---- options ----

@test "wrong options" {
    local share
    small_run
    for share in abc 2 1 -0.1 nan "" 0.1x; do
        refused compare run.result.json run.result.json "--min-effect=$share"
        err_has "found \"$share\" after --min-effect, expected a share from 0 to 1"
    done
    refused compare run.result.json run.result.json --format csv
    err_has 'unknown format "csv" after --format; compare knows table and json, one at a time'
    refused compare run.result.json run.result.json --format table,json
    err_has "one at a time"
    refused compare
    refused compare run.result.json
    err_has "compare"
    refused compare run.result.json run.result.json run.result.json
    refused compare run.result.json run.result.json --min-effct 1
    err_has "did you mean --min-effect"
}

@test "a full standard output: exit 1, unless the exit status is the answer" {
    base_and_new 1
    steady run.result.json slow.json 2
    local pair
    for pair in new.json=1 slow.json=3; do
        status=0
        "$pptest" compare base.json "${pair%=*}" >/dev/full 2>"$seen/err" 3>&- || status=$?
        : >"$seen/out"
        read_seen
        status_is "${pair#*=}"
        err_has "cannot write to standard output"
    done
}

# ---- the schema ----

@test "the schema accepts the result of every task, by a validator where there is one" {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3 with jsonschema is not installed"
    local pair
    for pair in noop='[]' sleep='[1]' sum='[1000]' multi='[1000]' io='[1]' zip='[1, 1]' tensor='[8, 2]' sort='[1000]' \
        infer="[\"$project/example_configs/digits/model.safetensors\", \"$project/example_configs/digits/test-images-idx3-ubyte.gz\", 10]" \
        matrix='[8]' filter='[40, 4, 5]' img="[[\"$project/example_configs/images/sample.jpg\"]]" \
        rotate="[[\"$project/example_configs/images/sample.jpg\"], 30]" password='[2, 4]' prefix='[20, 10]' random='[["noop", "sum"]]' \
        mix='[["sum", [1000], 2], ["noop"]]'; do
        if "$pptest" tasks "${pair%%=*}" | grep -q 'not in this build'; then continue; fi
        result "${pair%%=*}.json" "{\"task\": \"${pair%%=*}\", \"task_args\": ${pair#*=}, \"task_count\": 2,
            \"workers\": [0, 1, 2, 3], \"iterations\": 2}"
    done
    result both.json '{"task": "matrix", "task_args": [8], "task_count": 4, "workers": [0, 1, 2], "iterations": 2,
        "executor": ["process", "thread"], "library_threads": [null, 1], "chunk_size": [1, 2]}'
    result lean.json '{"task": "noop", "task_count": 10, "workers": [0, 2], "measure": "times"}'
    pp schema result
    status_is 0
    rm run.json
    python3 - "$seen/out" ./*.json <<'END'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sys.argv[2:]:
    result = json.load(open(name))
    validator.validate(result)
    # A member that the schema does not name would be one that nobody is told of.
    assert list(result) == list(schema["properties"]), name
assert not validator.is_valid({**result, "schema": "pptest-result/2"})
assert not validator.is_valid({**result, "cases": [{}]})
del result["verdict"]
assert not validator.is_valid(result)
END
}
