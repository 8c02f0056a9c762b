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

# A device whose session the broker keeps: device <user> <arguments...>
device()
{
    user=$1
    shift
    as "$user" mosquitto_sub -c -i "cli-$user" -q 1 -t "bc/user/$user/#" "$@"
}

# hear <user> <pattern>: the device takes messages until one matches. How many come is not for a
# test to know: mosquitto_sub can end before its last acknowledgement is out, and what was not
# acknowledged comes again. So each turn takes one more, and may end early.
hear()
{
    count=1
    while ! { device "$1" -v -C "$count" -W 2 || true; grep -Eq -- "$2" "$out"; }; do
        count=$((count + 1))
        [ "$count" -le 10 ] || has "$2"
    done
}

device "$me" -E
device "$you" -E

as "$me" mosquitto_pub -q 1 -t "bc/user/$you" -m 'hello you'
as "$me" mosquitto_pub -V 5 -q 2 -t "bc/user/$you" -m 'https://example.org/' \
    -D publish user-property msgid "cli-$port"
as "$me" mosquitto_pub -V 5 -q 1 -t "bc/user/$you" -m 'https://example.org/' \
    -D publish user-property msgid "cli-$port"
device "$you" -v -C 2 -W 10
has "^bc/user/$you/requests/$me/$id hello you$"
has "^bc/user/$you/requests/$me/$id https://example.org/$"
device "$me" -v -C 4 -W 10
has "^bc/user/$me/sent/$you/$id hello you$"
has "^bc/user/$me/events/contact "
[ "$(grep -c 'https://example.org/$' "$out")" -eq 2 ] # the echo repeats

ask "$you" requests '{}'
has "\"user\":\"$me\",\"count\":2,"
ask "$you" approve "{\"user\":\"$me\"}"
has '^\{"ok":true,"moved":2\}$'
ask "$you" approve "{\"user\":\"$me\",\"ref\":\"again\"}"
has '^\{"ok":true,"moved":0,"ref":"again"\}$'
hear "$you" "^bc/user/$you/inbox/$me/$id hello you$"
hear "$me" "^bc/user/$me/events/approved .*\"user\":\"$you\""

ask "$you" send "{\"user\":\"$me\",\"payload\":\"hello me\"}"
has "^\{\"ok\":true,\"id\":\"$id\"\}$"
hear "$me" "^bc/user/$me/inbox/$you/$id hello me$"
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
