#!/bin/bash
# Deliveries a second to the online members of one group, against the same broker's own fan-out of a
# plain topic without the plugin, in turns; the median of so many rounds each.
# Usage: bench/fanout.sh [rounds]; in the environment SIZES ("10 100 1000": members), DURABILITY
# (batch), DELIVERIES (400000: in a round) and BUILD (build/release) say what is measured.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-5}
PATH=$PATH:/usr/sbin
work=$(mktemp -d)
brokers=()

clean_up()
{
    local broker
    for broker in "${brokers[@]}"; do
        kill "$broker" 2>/dev/null || true
        wait "$broker" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

build=${BUILD:-$here/build/release}
cmake --preset release -S "$here" -B "$build" >/dev/null
cmake --build "$build" -- --quiet >/dev/null
plugin=$(find "$build" -name mosquitto_backchannel.so)
cc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -o "$work/fanout" "$here/bench/fanout.c"

# Names are taken without passwords here, on both brokers: hashing a thousand takes minutes.
users=()
for i in $(seq 0 999); do users+=("u$i"); done
port=$((20000 + RANDOM % 20000))
mkdir "$work/data"
common="per_listener_settings false
set_tcp_nodelay true
user root
allow_anonymous true
max_queued_messages 0
log_dest none"

# start NAME PORT: a broker of $work/NAME.conf
start()
{
    mosquitto -c "$work/$1.conf" >"$work/$1.log" 2>&1 &
    brokers+=($!)
    for _ in $(seq 100); do
        (: <>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && return
        sleep 0.1
    done
    echo "the broker $1 does not listen" >&2
    exit 1
}

printf '%s\nlistener %d 127.0.0.1\n' "$common" "$port" >"$work/bare.conf"
cat >"$work/plugin.conf" <<END
plugin $plugin
plugin_opt_data_dir $work/data
plugin_opt_rate_per_minute 1000000000
plugin_opt_rate_burst 1000000000
plugin_opt_durability ${DURABILITY:-batch}
plugin_opt_other_topics allow
$common
listener $((port + 1)) 127.0.0.1
END
start bare "$port"
start plugin $((port + 1))

# ask USER COMMAND JSON: the broker with the plugin.
ask()
{
    mosquitto_rr -p $((port + 1)) -W 10 -u "$1" -P "$1" -t "bc/do/$2" -e "bc/reply/$2" -m "$3"
}

for size in ${SIZES:-10 100 1000}; do
    ask u0 create-group "{\"group\":\"g$size\"}" >/dev/null
done
for from in 0 200 400 600 800; do
    list=$(printf '"%s",' "${users[@]:$from:200}")
    ask u0 invite "{\"group\":\"g1000\",\"users\":[${list%,}]}" >/dev/null
done
for size in 10 100; do
    list=$(printf '"%s",' "${users[@]:0:$size}")
    ask u0 invite "{\"group\":\"g$size\",\"users\":[${list%,}]}" >/dev/null
done
for i in $(seq 1 999); do
    ask "u$i" approve '{"group":"g1000"}' >/dev/null
    [ "$i" -lt 100 ] && ask "u$i" approve '{"group":"g100"}' >/dev/null
    [ "$i" -lt 10 ] && ask "u$i" approve '{"group":"g10"}' >/dev/null
done

median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

printf '%8s %14s %14s %7s\n' members bare group ratio
for size in ${SIZES:-10 100 1000}; do
    messages=$((${DELIVERIES:-400000} / size))
    : >"$work/bare"
    : >"$work/group"
    for round in $(seq "$rounds"); do
        order='bare group'
        [ $((round % 2)) = 1 ] || order='group bare'
        for which in $order; do
            if [ "$which" = bare ]; then
                "$work/fanout" "$port" "plain/g" "plain/g" "$size" "$messages" \
                    "${users[@]:0:$size}" >>"$work/bare"
            else
                "$work/fanout" $((port + 1)) "bc/group/g$size" "bc/group/g$size/messages/+/+" \
                    "$size" "$messages" "${users[@]:0:$size}" >>"$work/group"
            fi
        done
    done
    bare=$(median <"$work/bare")
    group=$(median <"$work/group")
    printf '%8d %14d %14d %7.2f\n' "$size" "$bare" "$group" \
        "$(awk "BEGIN { print $group / $bare }")"
done
