#!/usr/bin/env bats
# Two hosts, as far as an MPI job can tell: network namespaces joined by a cable, each with a name of its own, and with no
# file of the other's in the test's folder.

load helpers

setup() {
    enter
    needs ip unshare
    [ "$(id -u)" -eq 0 ] || skip "only root can make network namespaces"
    here=pphere$$ there=ppthere$$
    ip netns add $here 2>/dev/null || skip "network namespaces cannot be made here"
    ip netns add $there
    ip link add cable netns $here type veth peer name cable netns $there
    ip -n $here address add 10.77.0.1/24 dev cable
    ip -n $there address add 10.77.0.2/24 dev cable
    for space in $here $there; do
        ip -n "$space" link set cable up
        ip -n "$space" link set lo up
    done
    make_mpirun
}

teardown() {
    local space
    for space in ${here:-} ${there:-}; do
        ip netns pids "$space" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete "$space" 2>/dev/null || true
    done
    leave
}

# make_mpirun: mpirun on the one host, and what it uses as ssh to the other.
make_mpirun() {
    mpirun=$BATS_TEST_TMPDIR/mpirun
    cat >"$BATS_TEST_TMPDIR/ssh" <<EOF
#!/bin/sh
while [ "\$1" != 10.77.0.2 ]; do shift; done # options of ssh
shift
exec ip netns exec $there unshare -u -m sh -c "hostname hostb; mount -t tmpfs none '$work'; cd /; \$*"
EOF
    cat >"$mpirun" <<EOF
#!/bin/sh
exec ip netns exec $here unshare -u sh -c 'hostname hosta; exec mpirun --mca plm_rsh_agent "$BATS_TEST_TMPDIR/ssh" \\
    --mca btl vader,tcp,self --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \\
    --host 10.77.0.1:2,10.77.0.2:2 "\$@"' mpirun "\$@"
EOF
    chmod +x "$mpirun" "$BATS_TEST_TMPDIR/ssh"
}

# hosts_of CASE: in the only JSON result, in order.
hosts_of() {
    python3 - "$1" results/*.json <<'EOF'
import json, sys
cases = {case["name"]: case for case in json.load(open(sys.argv[2], encoding="utf-8"))["cases"]}
print(*cases[sys.argv[1]]["hosts"])
EOF
}

@test "ranks on two hosts do the same work, and the result names both" {
    needs python3
    mpi_job 4
    config two.json '{"task": "sum", "task_args": [10000], "task_count": 500, "executor": "mpi", "workers": [0, 1, 3],
        "iterations": 2, "repeat_disturbed": 0}'
    pp --config two.json
    status_is 0
    rows_are "$(csv_of results)" sequential mpi_1 mpi_3
    [ "$(hosts_of sequential)" = "" ]
    [ "$(hosts_of mpi_1)" = "hosta" ]
    [ "$(hosts_of mpi_3)" = "hosta hostb" ]
    out_has "ranks of mpi_3 on 2 hosts: hosta, hostb"
    nothing_left
}

@test "inputs reach a host that has no such file, and temporary files are made on each" {
    mpi_job 4
    cp "$project/example_configs/images/sample.jpg" here.jpg
    config img.json '{"task": "img", "task_args": [["here.jpg"]], "task_count": 9, "executor": "mpi", "workers": [0, 3]}'
    config io.json '{"task": "io", "task_args": [1], "task_count": 9, "executor": "mpi", "workers": [0, 3]}'
    pp --quiet --config io.json
    status_is 0
    pp --quiet --config img.json
    [[ "$err" != *"built without"* ]] || skip "built without libjpeg-turbo"
    status_is 0
    nothing_left
}

rank_there() { ip netns pids "$there" | while read -r id; do grep -sl pptest-mpi "/proc/$id/comm"; done | cut -d/ -f3 | head -n 1; }
kill_rank_there() { kill -9 "$(rank_there)"; }
spaces_empty() { [ -z "$(ip netns pids "$here"; ip netns pids "$there")" ]; }

@test "a rank lost on the other host: the job ends, what was saved is there and marked" {
    mpi_job 4
    config run.json '{"task": "sleep", "task_args": [5], "task_count": 200, "executor": "mpi", "workers": 3,
        "iterations": 100000, "repeat_disturbed": 0}'
    start --config run.json
    until_true 20 passes_saved 2
    kill_rank_there
    finish 15
    [ "$status" -ne 0 ]
    until_true 10 spaces_empty
    [ "$(find results -name '*.partial.*' | wc -l)" -eq 2 ]
    whole_json results/*.partial.json
    whole_csv results/*.partial.csv
}
