#!/bin/bash
# A short life of the broker with the plugin under valgrind: no error and no leak may be left at the
# end. Usage: valgrind.sh <plugin file, built without sanitizers>
set -euo pipefail

plugin=$(realpath "$1")
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
work=$(mktemp -d)
port=$(free_ports 1)
broker=
PATH=$PATH:/usr/sbin

clean_up()
{
    if [ -n "$broker" ]; then
        kill "$broker" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT

mkdir "$work/data"
printf '%s\n' alice:alice bob:bob >"$work/passwords"
mosquitto_passwd -U "$work/passwords"
cat >"$work/mosquitto.conf" <<END
user $(id -un)
per_listener_settings false
allow_anonymous false
password_file $work/passwords
listener $port 127.0.0.1
plugin $plugin
plugin_opt_data_dir $work/data
END

command_of() # USER COMMAND JSON: run a command and print its answer
{
    mosquitto_rr -p "$port" -W 30 -V 5 -u "$1" -P "$1" -t "bc/do/$2" -e "bc/reply/$2" -m "$3"
}

valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible \
    --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=9 \
    mosquitto -c "$work/mosquitto.conf" >"$work/log" 2>&1 &
broker=$!
for _ in $(seq 300); do
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
done

for i in 1 2 3; do
    mosquitto_pub -p "$port" -V 5 -u alice -P alice -q 1 -t bc/user/bob -m "message $i" \
        -D publish user-property msgid "m$i"
done
mosquitto_pub -p "$port" -u alice -P alice -q 1 -t bc/nonsense -m refused
command_of bob requests ''
command_of bob approve '{"user":"alice"}'
command_of bob send '{"user":"alice","payload":"an answer"}'
command_of bob history '{"user":"alice","limit":2}'
command_of bob whoami 'not JSON'
command_of bob block '{"user":"alice"}'

kill "$broker"
code=0
wait "$broker" || code=$?
broker=
if [ "$code" -ne 0 ]; then
    cat "$work/log"
    echo "valgrind found something (exit code $code)"
    exit 1
fi
echo "valgrind is content"
