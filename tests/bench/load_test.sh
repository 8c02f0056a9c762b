#!/bin/bash
# The load generator against a broker that delivers everything, one that drops all messages, and one
# that refuses them.
# usage: load_test.sh <load>
set -euo pipefail

load=${1:?usage: load_test.sh <load>}
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
PATH=$PATH:/usr/sbin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run ACL [option of load]...: its outcome in $code and $said.
run()
{
    local port
    port=$(free_ports 1)
    printf '%s\n' "$1" >"$work/acl"
    shift
    cat >"$work/conf" <<END
per_listener_settings false
allow_anonymous true
acl_file $work/acl
user $(id -un)
listener $port 127.0.0.1
END
    code=0
    said=$("$load" --port "$port" --conf "$work/conf" --log "$work/log" --messages 1000 --patience 2 \
        "$@" 2>&1) || code=$?
}

# expect CODE TEXT WHAT
expect()
{
    if [ "$code" != "$1" ] || [[ $said != *"$2"* ]]; then
        echo "$3: ended with $code, said: $said"
        exit 1
    fi
}

for options in '' --v5; do
    # shellcheck disable=SC2086 # no option is no argument
    run 'pattern readwrite #' --pattern plain --peers 3 --window 5 $options
    expect 0 'messages=1000 ' 'one to one'
    # shellcheck disable=SC2086
    run 'pattern readwrite #' --pattern plain --peers 3 --window 5 --sent $options
    expect 0 'messages=1000 ' 'with the echo'
    # shellcheck disable=SC2086
    run 'pattern readwrite #' --pattern fan --peers 7 --window 5 $options
    expect 0 'messages=1000 ' 'to many'
    # shellcheck disable=SC2086
    run 'pattern write #' --pattern plain --peers 3 --window 5 $options
    expect 1 ' of 1000 arrived' 'lost on their way out'
done
run 'pattern readwrite #' --pattern plain --peers 3 --rate 2000
expect 0 'messages=1000 ' 'at a rate'
run 'pattern read #' --pattern plain --peers 3 --window 5
expect 1 '0 of ' 'dropped, though acknowledged'
run 'pattern read #' --pattern plain --peers 3 --window 5 --v5
expect 1 'a message was refused' 'refused'
