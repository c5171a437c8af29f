#!/usr/bin/env bats
# The JSON Schemas in schemas/: up to date, valid, found from the example configs, and of one mind with the program.
# run: together

load helpers
setup() {
    enter
    cp -r "$project/schemas" schemas
}
teardown() { leave; }

# validate: a Python program on stdin, where the schemas are loaded already.
validate() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import jsonschema' 2>/dev/null; then break; fi
        python=
    done
    [ -n "$python" ] || skip "python3 with jsonschema is not installed"
    { cat <<'END'; cat; } | "$python" - "$@"
import json, os, sys, jsonschema
def load(name):
    with open(name) as file:
        return json.load(file)
config = load("schemas/pptest-config.schema.json")
result = load("schemas/pptest-result-1.schema.json")
validator = jsonschema.Draft7Validator(config)
END
}

@test "schemas/ is what the program prints: make schemas" {
    pp schema config
    diff "$seen/out" schemas/pptest-config.schema.json
    pp schema result
    diff "$seen/out" schemas/pptest-result-1.schema.json
}

@test "the schemas are valid themselves" {
    validate <<'END'
assert config["$schema"] == "http://json-schema.org/draft-07/schema#"
jsonschema.Draft7Validator.check_schema(config)
assert result["$schema"] == "https://json-schema.org/draft/2020-12/schema"
jsonschema.Draft202012Validator.check_schema(result)
END
}

@test "every key and argument has a description, and every example in the schema is a config" {
    validate <<'END'
def described(schema, place):
    for name, member in schema.get("properties", {}).items():
        assert member.get("description") or name == "task_args", f"{place}/{name}"
        described(member, f"{place}/{name}")
described(config, "")
for rule in config["allOf"]:
    described(rule["then"], rule["if"]["properties"]["task"]["const"])
    task, arguments = rule["if"]["properties"]["task"]["const"], rule["then"]["properties"]["task_args"]
    for example in arguments.get("examples", []):
        validator.validate({"task": task, "task_args": example, "task_count": 1, "workers": [0]})
    assert "examples" in arguments or not arguments["properties"] or "required" in arguments, task
names = config["properties"]["task"]["anyOf"][0]
assert len(names["enum"]) == len(names["enumDescriptions"]) == len(config["allOf"])
for example in config["examples"]:
    validator.validate(example)
END
}

# schema_of FILE: where its "$schema" leads to.
schema_of() {
    local name
    name=$(sed -n '2s/^ *"\$schema": "\(.*\)",$/\1/p' "$1")
    [ -n "$name" ] || fail "$1 does not begin with a \$schema" || return 1
    realpath -m "$(dirname "$1")/$name"
}

@test "every example names the schema as its first key, and finds it" {
    local file count=0
    for file in $(find "$project/example_configs" "$project/examples" -name '*.json' ! -path '*/schemas/*' | sort); do
        [[ "$(schema_of "$file")" == */schemas/pptest-config.schema.json ]]
        [ -f "$(schema_of "$file")" ] || fail "$file names $(schema_of "$file"), which is not there"
        count=$((count + 1))
    done
    [ "$count" -ge 30 ]
}

@test "the schema accepts every example" {
    find "$project/example_configs" "$project/examples" -name '*.json' | sort >names
    validate <<'END'
names = open("names").read().split()
assert len(names) >= 30
for name in names:
    try:
        validator.validate(load(name))
    except jsonschema.ValidationError as error:
        sys.exit(f"{name}: {error.message}")
END
}

@test "\$schema is for editors: a string, and no part of a result" {
    config run.json '{"$schema": "nowhere.json", "task": "noop", "task_count": 1, "workers": [0]}'
    pp --config run.json --quiet
    status_is 0
    without 'nowhere' results/*.json
    refused check --config run.json --set '$schema=1'
    err_has 'found 1, expected a string'
}

@test "program and schema refuse the same mistakes, and accept what is none" {
    touch own.so
    cat >wrong <<'END'
[]
{"task_count": 1, "workers": [0]}
{"task": "sum", "workers": [0]}
{"task": "sum", "task_count": 1}
{"task": "smu", "task_count": 1, "workers": [0]}
{"task": 3, "task_count": 1, "workers": [0]}
{"task": "own.so", "task_count": 1, "workers": [0]}
{"task": "sum", "task_count": 1, "workers": [0], "iteration": 1}
{"task": "sum", "task_count": 0, "workers": [0]}
{"task": "sum", "task_count": 1.5, "workers": [0]}
{"task": "sum", "task_count": "1", "workers": [0]}
{"task": "sum", "task_count": 1, "workers": []}
{"task": "sum", "task_count": 1, "workers": [-1]}
{"task": "sum", "task_count": 1, "workers": [100001]}
{"task": "sum", "task_count": 1, "workers": "all"}
{"task": "sum", "task_count": 1, "workers": [0], "executor": "proces"}
{"task": "sum", "task_count": 1, "workers": [0], "executor": []}
{"task": "sum", "task_count": 1, "workers": [0], "executor": ["thread", 1]}
{"task": "sum", "task_count": 1, "workers": [0], "chunk_size": 0}
{"task": "sum", "task_count": 1, "workers": [0], "chunk_size": null}
{"task": "sum", "task_count": 1, "workers": [0], "library_threads": "auto"}
{"task": "sum", "task_count": 1, "workers": [0], "gc_after_iteration": 1}
{"task": "sum", "task_count": 1, "workers": [0], "precision": 2}
{"task": "sum", "task_count": 1, "workers": [0], "pin": "loose"}
{"task": "sum", "task_count": 1, "workers": [0], "transfer": {"inptu": "pipe"}}
{"task": "sum", "task_count": 1, "workers": [0], "transfer": "pipe"}
{"task": "sum", "task_count": 1, "workers": [0], "task_timeout": 0}
{"task": "sum", "task_count": 1, "workers": [0], "output_dir": ""}
{"task": "sum", "task_count": 1, "workers": [0], "$schema": 1}
{"task": "sum", "task_count": 1, "workers": [0], "runners": []}
{"task": "sum", "task_count": 1, "runners": [{"executor": "thread"}]}
{"task": "sum", "task_count": 1, "runners": [{"workers": [1], "seed": 2}]}
{"task": "sum", "task_args": 1, "task_count": 1, "workers": [0]}
{"task": "sum", "task_args": [0], "task_count": 1, "workers": [0]}
{"task": "sum", "task_args": [1, 2], "task_count": 1, "workers": [0]}
{"task": "sum", "task_args": {"sise": 1}, "task_count": 1, "workers": [0]}
{"task": "noop", "task_args": [1], "task_count": 1, "workers": [0]}
{"task": "noop", "task_args": {"a": 1}, "task_count": 1, "workers": [0]}
{"task": "exec", "task_count": 1, "workers": [0]}
{"task": "exec", "task_args": [[]], "task_count": 1, "workers": [0]}
{"task": "zip", "task_args": [1, 10], "task_count": 1, "workers": [0]}
{"task": "zip", "task_args": {"data": "txet"}, "task_count": 1, "workers": [0]}
{"task": "password", "task_args": {"length": [1]}, "task_count": 1, "workers": [0]}
{"task": "password", "task_args": {"length": [1, 2, 3]}, "task_count": 1, "workers": [0]}
{"task": "mix", "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": ["sum"], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [[]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["smu"]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["mix", [["sum"]]]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["sum", [0]]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["sum", 3]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["sum", [], 0]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["sum", [], 1, 1]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": {"tasks": [["smu"]]}, "task_count": 1, "workers": [0]}
{"task": "sum", "task_count": 1, "workers": [1, 1]}
{"task": "sum", "task_count": 1, "workers": [0], "executor": ["process", "process"]}
{"task": "sum", "task_count": 1, "workers": [0], "chunk_size": ["auto", 5, "auto"]}
{"task": "sum", "task_count": 1, "workers": [0], "library_threads": [null, null]}
{"task": "sum", "task_count": 1, "runners": [{"workers": [2, 2]}]}
{"task": "sum", "task_count": 1, "workers": [2, 2.0]}
{"task": "sum", "task_count": 1.5, "workers": [0]}
{"task": "sum", "task_args": [0.0], "task_count": 1, "workers": [0]}
{"task": "sum", "task_count": 1, "workers": [2], "runners": [{"executor": ["thread", "thread"]}]}
{"task": "random", "task_args": [["smu"]], "task_count": 1, "workers": [0]}
{"task": "random", "task_args": [["sum", "sum"]], "task_count": 1, "workers": [0]}
{"task": "random", "task_args": {"tasks": ["mix"]}, "task_count": 1, "workers": [0]}
{"task": "random", "task_args": {"tasks": ["own.so"]}, "task_count": 1, "workers": [0]}
{"task": "sum", "task_count": 1, "workers": [0], "precision": 0.1, "iterations": 5}
{"task": "sum", "task_count": 1, "workers": [0], "max_time": 5}
{"task": "sum", "task_count": 1, "workers": [0], "precision": null, "max_time": 5}
END
    cat >right <<'END'
{"task": "sum", "task_args": [10.0], "task_count": 1e1, "workers": [0.0, 2.0], "seed": 3.0, "chunk_size": ["auto", 5.0]}
{"task": "password", "task_args": {"length": [6.0, 20]}, "task_count": 1.0, "workers": 1.0}
{"task": "sum", "task_count": 1, "workers": 0}
{"task": "sum", "task_count": 1, "workers": "auto", "chunk_size": ["auto", 5], "library_threads": [null, 1]}
{"task": "sum", "task_count": 1, "workers": [0], "multiprocessing_start_method": null, "task_timeout": null}
{"task": "sum", "task_count": 1, "runners": [{"executor": "thread", "workers": [1]}, {"workers": 2}]}
{"task": "sum", "task_count": 1, "workers": [2], "runners": [{"executor": ["thread", "process"]}]}
{"task": "sum", "task_args": {}, "task_count": 1, "workers": [0], "precision": 0.1, "max_time": 5}
{"task": "sum", "task_args": [], "task_count": 1, "workers": [0], "executor": "process", "pin": "none"}
{"task": "noop", "task_args": [], "task_count": 1, "workers": [0]}
{"task": "noop", "task_args": {}, "task_count": 1, "workers": [0]}
{"task": "exec", "task_args": ["true"], "task_count": 1, "workers": [0]}
{"task": "exec", "task_args": [["sh", "-c", "true"]], "task_count": 1, "workers": [0]}
{"task": "exec", "task_args": {"command": "true", "status": 0}, "task_count": 1, "workers": [0]}
{"task": "password", "task_args": {"length": [6, 20]}, "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": [["sum"], ["sum", [1]], ["sum", {}, 0.5]], "task_count": 1, "workers": [0]}
{"task": "mix", "task_args": {"tasks": [["sum"]]}, "task_count": 1, "workers": [0]}
{"task": "random", "task_args": [["sum", "sort"]], "task_count": 1, "workers": [0]}
{"task": "random", "task_args": {"tasks": []}, "task_count": 1, "workers": [0]}
{"task": "sum", "task_count": 1, "workers": [0], "precision": null, "iterations": 5}
{"task": "exec", "task_args": [["echo", "a", "a"]], "task_count": 1, "workers": [0]}
END
    local line
    while read -r line; do
        config one.json "$line"
        refused check --config one.json || fail "the program accepts $line" || return 1
    done <wrong
    while read -r line; do
        config one.json "$line"
        pp check --config one.json
        status_is 0 || fail "the program refuses $line" || return 1
    done <right
    validate <<'END'
for line in open("wrong"):
    assert not validator.is_valid(json.loads(line)), "the schema accepts " + line
for line in open("right"):
    validator.validate(json.loads(line))
for args in [{}], {}, []:
    validator.validate({"task": "./own.so", "task_args": args, "task_count": 1, "workers": [0]})
validator.validate({"task": "mix", "task_args": [["./own.so", [[]], 2]], "task_count": 1, "workers": [0]})
END
}
