#!/bin/sh
# A messenger of Mosquitto's own programs. All there is to it: a message is a publish, whatever comes
# is a topic, and a command is a publish that is answered.
#
#   messenger.sh <me> listen               messages and events, as they come
#   messenger.sh <me> catch-up             what came since the last time
#   messenger.sh <me> send <to> <text>
#   messenger.sh <me> requests             who has written to you and waits for your consent
#   messenger.sh <me> approve <user>       ... decline, block and others are the same
#   messenger.sh <me> history <user>       the newest messages
#
# Your password is in $PASSWORD; without it, it is your name, as in the demo. The broker is at $HOST and
# $PORT, or at localhost:1883. Needs mosquitto-clients 2.0.
set -eu

[ $# -ge 2 ] || { sed -n '5,10s/^# //p' "$0"; exit 1; }
me=$1
command=$2
shift 2
case $command in
listen | catch-up | requests | contacts | blocked) needed=0 ;;
send) needed=2 ;;
*) needed=1 ;;
esac
[ $# -ge $needed ] || { sed -n '5,10s/^# //p' "$0"; exit 1; }
broker="-V 5 -h ${HOST:-localhost} -p ${PORT:-1883}"

# mqtt <program> <arguments...>: as this user.
mqtt()
{
    program=$1
    shift
    # shellcheck disable=SC2086 # these are several words
    "$program" $broker -u "$me" -P "${PASSWORD:-$me}" "$@"
}

# ask <command> <JSON>: prints the answer, which comes to us alone.
ask()
{
    mqtt mosquitto_rr -W 10 -q 1 -t "bc/do/$1" -e "bc/reply/$1" -m "$2"
}

# string <text>: as JSON has it. Names have no control characters.
string()
{
    printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"
}

# The cursor is where we are in the stream of all that is ours. It comes from sync, goes back into
# sync, and is kept: so nothing is missed, and nothing comes twice.
catch_up()
{
    file=${XDG_STATE_HOME:-$HOME}/.messenger-$me
    after=$(cat "$file" 2>/dev/null || echo 0000000000000000)
    more=yes
    while [ -n "$more" ]; do
        page=$(ask sync "{\"after\":\"$after\"}")
        printf '%s\n' "$page"
        # The quotes of what others have written are escaped (\"): this finds our own only.
        after=$(printf %s "$page" | sed -n 's/.*[,{]"after":"\([0-9a-f]*\)".*/\1/p')
        [ -n "$after" ] || exit 1
        printf '%s\n' "$after" >"$file"
        more=$(printf %s "$page" | sed -n '/[,{]"more":true[,}]/p')
    done
}

case $command in
listen)
    # The session has a name and stays for a day: what comes meanwhile is queued for it.
    # shellcheck disable=SC2086 # as above
    exec mosquitto_sub $broker -u "$me" -P "${PASSWORD:-$me}" \
        -i "messenger-$me" -c -x 86400 -q 1 -t "bc/user/$me/#" -v
    ;;
catch-up) catch_up ;;
# What is refused makes mosquitto_pub warn, and it still exits with 0: why is said on bc/error.
send) mqtt mosquitto_pub -q 1 -t "bc/user/$1" -m "$2" ;;
requests | contacts | blocked) ask "$command" '{}' ;;
*) ask "$command" "{\"user\":$(string "$1")}" ;;
esac
