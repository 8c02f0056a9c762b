#!/bin/bash
# Runs the transcripts in README.md, one after the other, against a broker of scripts/run in a data
# folder of its own, and compares what they print, but for ids and times.
# Usage: transcript.sh <source folder>
set -euo pipefail

source=$1
# shellcheck source=scripts/lib.sh
. "$source/scripts/lib.sh"
work=$(mktemp -d)
port=$(free_ports 1)
broker=

clean_up()
{
    if [ -n "$broker" ]; then
        kill "$broker" 2>/dev/null || true
        wait "$broker" || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT

# The transcript's commands take the default port; here they are given the test's.
mosquitto_pub() { command mosquitto_pub -p "$port" "$@"; }
mosquitto_sub() { command mosquitto_sub -p "$port" -W 10 "$@"; }
mosquitto_rr() { command mosquitto_rr -p "$port" -W 10 "$@"; }

# Ids and times differ from run to run.
normalised() { sed -E 's/[0-9a-f]{16}/<id>/g; s/"(time|joined|until)":[0-9]+/"\1":<time>/g'; }

"$source/scripts/run" --no-web --port "$port" --data "$work/data" >"$work/log" 2>&1 &
broker=$!
for _ in $(seq 2500); do # it builds
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    if ! kill -0 "$broker" 2>/dev/null; then
        cat "$work/log"
        echo "scripts/run ended before its broker listened"
        exit 1
    fi
    sleep 0.2
done

sed -n '/<!-- transcript -->/,/<!-- \/transcript -->/p' "$source/README.md" |
    grep -v -e '^<!--' -e '^```' >"$work/transcript"
commands=0
while IFS= read -r line; do
    case $line in
    '$ #'* | '') ;;
    '$ '*)
        commands=$((commands + 1))
        printf '%s\n' "$line" >>"$work/expected"
        printf '%s\n' "$line" >>"$work/printed"
        eval "${line#\$ }" >>"$work/printed" 2>&1 </dev/null || true
        ;;
    *) printf '%s\n' "$line" >>"$work/expected" ;;
    esac
done <"$work/transcript"

if [ "$commands" -lt 5 ]; then
    echo "README.md has transcripts of only $commands commands"
    exit 1
fi
diff -u <(normalised <"$work/expected") <(normalised <"$work/printed")
echo "the transcripts' $commands commands print what README.md says"
