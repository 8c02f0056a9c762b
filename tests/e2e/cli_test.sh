#!/bin/sh
# A conversation with Mosquitto's own programs, as in protocol section 5.
# Usage: cli_test.sh <me> <you> <port> [<CA file>]; each user's name is the password. Fails with
# a sentence at what is not as it should be.
set -eu

me=$1
you=$2
port=$3
cafile=${4-}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
id='[0-9a-f]{16}'

# as <user> <program> <arguments...>
as()
{
    user=$1
    program=$2
    shift 2
    if [ -n "$cafile" ]; then
        set -- --cafile "$cafile" "$@"
    fi
    "$program" -h 127.0.0.1 -p "$port" -u "$user" -P "$user" "$@" >"$out" 2>&1
}

# has <pattern>: demand a line of the last output that matches.
has()
{
    if ! grep -Eq -- "$1" "$out"; then
        echo "expected $1, but got:"
        cat "$out"
        exit 1
    fi
}

# ask <user> <command> <json>: with MQTT 5 request and response.
ask()
{
    as "$1" mosquitto_rr -V 5 -W 10 -t "bc/do/$2" -e "bc/reply/$2" -m "$3"
}

# A device whose session the broker keeps: take <user> <number of messages>, 0 to only subscribe.
take()
{
    if [ "$2" -eq 0 ]; then
        as "$1" mosquitto_sub -c -i "cli-$1" -q 1 -t "bc/user/$1/#" -E
    else
        as "$1" mosquitto_sub -c -i "cli-$1" -q 1 -t "bc/user/$1/#" -v -C "$2" -W 10
    fi
}

# await <user> <pattern>: take messages until one matches. Those taken last may come once more, since
# mosquitto_sub can end before its acknowledgement is out, so each turn takes one more.
await()
{
    count=1
    take "$1" 1
    while [ "$count" -lt 5 ] && ! grep -Eq -- "$2" "$out"; do
        count=$((count + 1))
        take "$1" "$count"
    done
    has "$2"
}

take "$me" 0
take "$you" 0

as "$me" mosquitto_pub -q 1 -t "bc/user/$you" -m 'hello you'
as "$me" mosquitto_pub -V 5 -q 2 -t "bc/user/$you" -m 'https://example.org/' \
    -D publish user-property msgid "cli-$port"
as "$me" mosquitto_pub -V 5 -q 1 -t "bc/user/$you" -m 'https://example.org/' \
    -D publish user-property msgid "cli-$port"
take "$you" 2
has "^bc/user/$you/requests/$me/$id hello you$"
has "^bc/user/$you/requests/$me/$id https://example.org/$"
take "$me" 4
has "^bc/user/$me/sent/$you/$id hello you$"
has "^bc/user/$me/events/contact "
[ "$(grep -c 'https://example.org/$' "$out")" -eq 2 ] # the echo repeats

ask "$you" requests '{}'
has "\"user\":\"$me\",\"count\":2,"
ask "$you" approve "{\"user\":\"$me\"}"
has '^\{"ok":true,"moved":2\}$'
ask "$you" approve "{\"user\":\"$me\",\"ref\":\"again\"}"
has '^\{"ok":true,"moved":0,"ref":"again"\}$'
take "$you" 3
has "^bc/user/$you/inbox/$me/$id hello you$"
await "$me" "^bc/user/$me/events/approved .*\"user\":\"$you\""

ask "$you" send "{\"user\":\"$me\",\"payload\":\"hello me\"}"
has "^\{\"ok\":true,\"id\":\"$id\"\}$"
await "$me" "^bc/user/$me/inbox/$you/$id hello me$"
ask "$me" history "{\"user\":\"$you\",\"limit\":1}"
has "\"messages\":\[\{\"id\":\"$id\",\"from\":\"$you\",\"to\":\"$me\".*\"payload\":\"hello me\"\}\],\"more\":true,\"before\":\"$id\""

# Refusals: exit codes and answers.
ask "$me" nonsense '{}'
has '"error":"bad-request"'
ask "$me" delete '{}'
has '"error":"not-possible"'
as "$me" mosquitto_pub -V 5 -q 1 -t "bc/user/$you/inbox/$me/0000000000000001" -m forged || true
has 'Not authorized'
if as "$me" mosquitto_sub -V 5 -q 1 -t "bc/user/$you/#" -E; then
    has 'Not authorized|denied'
fi
as "$me" mosquitto_rr -V 5 -W 10 -t bc/do/whoami -e bc/reply/any/where -m '{}'
has "\"user\":\"$me\""
