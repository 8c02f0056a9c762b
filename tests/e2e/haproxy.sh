#!/bin/bash
# config/cluster/haproxy.cfg, by HAProxy itself before three brokers: all connections of a user are on one broker, users are on
# more than one, who is on one that dies goes to another, and what isn't MQTT gets nowhere.
# Usage: haproxy.sh <source folder>
set -euo pipefail

source=$1
# shellcheck source=scripts/lib.sh
. "$source/scripts/lib.sh"
PATH=$PATH:/usr/sbin
out=$(mktemp -d)
port=$(free_ports 4)
users=(alice bob carol dave erin frank grace heidi)
pids=()

clean_up()
{
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait || true
    rm -rf "$out"
}
trap clean_up EXIT

fail()
{
    cat "$out"/*.log
    echo "$1"
    exit 1
}

# Wait until something listens on the port $1.
listens()
{
    for _ in {1..150}; do
        if (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.2
    done
    fail "nothing listens on port $1"
}

# send USER: whether that is accepted, through the proxy.
send() { mosquitto_pub -p "$port" -u "$1" -P x -q 1 -t topic -m text 2>/dev/null; }

# The brokers that have seen the user $1.
seen_by() { grep -l "u'$1'" "$out"/broker*.log || true; }

for i in 1 2 3; do
    printf '%s\n' "listener $((port + i)) 127.0.0.1" 'allow_anonymous true' 'user root' >"$out/broker$i.conf"
    mosquitto -c "$out/broker$i.conf" >"$out/broker$i.log" 2>&1 &
    pids+=($!)
    listens $((port + i))
done
# As it stands, but for where things are, the certificate, and the health that no broker tells here.
sed -E -e "s|bind :8883 .*|bind 127.0.0.1:$port|; s|log /dev/log local0||; s|option tcplog||; s|maxconn .*|maxconn 500|; s| agent-check.*||" \
    -e "s|/run/haproxy/|$out/|" -e "s|(server broker([1-3])) .*|\1 127.0.0.1:\${P\2}|" "$source/config/cluster/haproxy.cfg" >"$out/haproxy.cfg"
P1=$((port + 1)) P2=$((port + 2)) P3=$((port + 3)) haproxy -db -f "$out/haproxy.cfg" >"$out/haproxy.log" 2>&1 &
pids+=($!)
listens "$port"

for _ in 1 2 3 4; do
    for user in "${users[@]}"; do send "$user" || fail "$user can't send"; done
done
brokers=''
for user in "${users[@]}"; do
    mapfile -t seen < <(seen_by "$user")
    [ ${#seen[@]} -eq 1 ] || fail "$user is on ${#seen[@]} brokers"
    brokers+="${seen[0]}"$'\n'
done
[ "$(sort -u <<<"$brokers" | grep -c .)" -ge 2 ] || fail 'all users are on one broker'

if printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; head -c 1 <&3 | grep -q ."; then
    fail 'what is no MQTT is answered'
fi

dead=$(seen_by alice | sed 's/.*broker\([1-3]\)\.log/\1/')
kill -9 "${pids[dead - 1]}"
for _ in {1..100}; do
    send alice && break
    sleep 0.2
done
[ "$(seen_by alice | wc -l)" -eq 2 ] || fail 'nobody takes over who was on a broker that died'
echo "one broker a user, ${#users[@]} users on $(sort -u <<<"$brokers" | grep -c .) brokers, and one took over"
