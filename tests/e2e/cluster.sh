#!/bin/bash
# A short life of scripts/cluster: what is written on one broker is read on another, one that is killed comes back, another
# server takes the first one's place, and at the end nothing is left.
# Usage: cluster.sh <source folder>
set -euo pipefail

source=$1
# shellcheck source=scripts/lib.sh
. "$source/scripts/lib.sh"
out=$(mktemp -d)
port=$(free_ports 6)
postgres_port=$((port + 3))
cluster=

clean_up()
{
    if [ -n "$cluster" ]; then
        kill "$cluster" 2>/dev/null || true
        wait "$cluster" || true
    fi
    rm -rf "$out"
}
trap clean_up EXIT

fail()
{
    cat "$out/log"
    echo "$1"
    exit 1
}

# wait_for SECONDS SENTENCE COMMAND...
wait_for()
{
    local seconds=$1 sentence=$2
    shift 2

    for _ in $(seq $((seconds * 5))); do
        if "$@"; then return; fi
        kill -0 "$cluster" 2>/dev/null || fail "scripts/cluster has ended"
        sleep 0.2
    done
    fail "$sentence"
}

says() { grep -q "$1" "$out/log"; }

# send N TEXT: alice sends to bob on broker N. mosquitto_pub only warns of a refusal.
send()
{
    local said

    said=$(mosquitto_pub -V 5 -p $((port + $1 - 1)) -u alice -P alice -q 1 -t bc/user/bob -m "$2" 2>&1) && [ -z "$said" ]
}

# has N TEXT: bob, on broker N, has it in his history.
has()
{
    mosquitto_rr -V 5 -p $((port + $1 - 1)) -u bob -P bob -W 10 -t bc/do/history -e bc/reply/history \
        -m '{"user":"alice"}' 2>/dev/null | grep -q "\"$2\""
}

"$source/scripts/cluster" --port "$port" --postgres-port "$postgres_port" >"$out/log" 2>&1 &
cluster=$!
wait_for 500 "it doesn't start" says '^  kill -9 .*server' # it builds
work=$(sed -n 's/^Logs and data: \([^ ]*\)\. Ctrl-C ends.*/\1/p' "$out/log")
[ -d "$work" ] || fail "it names no folder"
mapfile -t kills < <(sed -n 's/^  kill -9 \([0-9]*\) .*/\1/p' "$out/log")

send 1 'on the first' || fail 'the first broker takes nothing'
wait_for 20 'the third broker lacks what the first one took' has 3 'on the first'
kill -9 "${kills[0]}"
send 2 'without the first' || fail 'the second broker takes nothing'
wait_for 60 'the broker that was killed does not come back' says 'Broker 1 is back'
wait_for 20 'the broker that was killed lacks what came meanwhile' has 1 'without the first'
kill -9 "${kills[1]}"
wait_for 60 'no other server takes the place of the first' says 'takes changes now'
wait_for 60 'nothing can be sent any more' send 2 'with another server'
wait_for 20 'the third broker lacks what came last' has 3 'with another server'

kill -TERM "$cluster" # of what runs in the background, bash would not see Ctrl-C
wait "$cluster" || true
cluster=
[ ! -e "$work" ] || fail "$work is left"
for i in 0 1 2; do
    if (: <>"/dev/tcp/127.0.0.1/$((port + i))") 2>/dev/null || (: <>"/dev/tcp/127.0.0.1/$((postgres_port + i))") 2>/dev/null; then
        fail 'something is left that listens'
    fi
done
echo 'three brokers and three servers have come, died, come back, and gone'
