# Shared by the sections of bench/run: brokers, stores, single runs, and whether they were alike.
# shellcheck shell=bash disable=SC2154

others_max=4       # percent of the machine that other processes may take during a run
stolen_max=2       # percent that its hypervisor may
spread_max=20      # percent that the bare broker's rounds may differ by, of their median ...
disk_spread_max=50 # ... and the times of a sync, which the disk's other users can only lengthen
tries=3            # of a run in which others took too much

progress()
{
    if [ -t 2 ]; then printf '\r\033[K%s' "$1" >&2; fi
}

# in_turn ROUND NAME...: the names, beginning with another one in each round.
in_turn()
{
    local by=$((($1 - 1) % ($# - 1)))
    shift
    echo "${@:by + 1}" "${@:1:by}"
}

# note LABEL VALUE...: a line of results.
note()
{
    printf '%s|disk|%s\n' "$1" "$2" >>"$results"
}

# Functions that are called at the end, in their order.
at_end=()

clean_up()
{
    local function
    for function in "${at_end[@]}"; do "$function"; done
}

remove_work()
{
    rm -rf "$work"
}

prepare()
{
    cd "$here" || exit
    trap clean_up EXIT
    install_packages "${packages_build[@]}" "${packages_run[@]}"
    build release
    build=$here/build/release
    plugin=$build/broker-plugin/mosquitto_backchannel.so
    PATH=$PATH:/usr/sbin
    if [ -z "$work" ]; then
        work=$(mktemp -d)
        at_end+=(remove_work)
    fi
    mkdir -p "$work"
    work=$(realpath "$work")
    disk=$(basename "$(findmnt -no SOURCE -T "$work")")
    grep -q " $disk " /proc/diskstats || die "$work is on no disk whose writes are counted"
    results=$work/results
    : >"$results"
    port=$(free_ports 13)
}

# write_conf BROKER STORE: bare, with the plugin in one of its durabilities, or `synced`, with one that
# does nothing but sync. Names are taken without passwords, on all of them: hashing a thousand takes
# minutes.
write_conf()
{
    cat >"$work/conf" <<END
per_listener_settings false
set_tcp_nodelay true
allow_anonymous true
max_queued_messages 1000000
log_dest stderr
log_type error
log_type warning
user $(id -un)
END
    case $1 in
    bare) ;;
    synced)
        cat >>"$work/conf" <<END
plugin $build/bench/synced.so
plugin_opt_file $work/synced
END
        ;;
    *)
        cat >>"$work/conf" <<END
plugin $plugin
plugin_opt_data_dir $2
plugin_opt_durability $1
plugin_opt_rate_per_minute 1000000000
plugin_opt_rate_burst 1000000000
plugin_opt_group_max_members 10000
plugin_opt_other_topics allow
END
        ;;
    esac
    echo "listener $port 127.0.0.1" >>"$work/conf"
}

# copy_store FROM TO: the journal with all its blocks, whose writing over is what makes it fast; all
# of it on the disk, so that what is written later is the broker's.
copy_store()
{
    rm -rf "$2"
    mkdir "$2"
    cp --sparse=always "$1/data.mdb" "$2/data.mdb"
    cp --sparse=never "$1"/journal.* "$2"
    sync "$2"/*
}

# store_for NAME: set $store to a fresh copy of the store, or, of one with a million messages, to
# itself: what a run adds to it is little.
store_for()
{
    store=$work/$1
    if [[ $1 != large-*000000 ]]; then
        copy_store "$store" "$work/store"
        store=$work/store
    fi
}

load()
{
    "$build/bench/load" --broker "$broker_command" --port "$port" --conf "$work/conf" --log "$work/log" --disk "$disk" "$@"
}

# value KEY: of the line of results on stdin.
value()
{
    sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p"
}

# measure LABEL BROKER STORE [option of load]...: one run, its line noted. A run that others have
# disturbed is done again.
measure()
{
    local label=$1 broker=$2 from=$3 try line
    shift 3
    progress "$label $broker"
    for try in $(seq "$tries"); do
        store_for "$from"
        write_conf "$broker" "$store"
        line=$(load "$@") || die "$label, $broker: the run failed; the broker's log is $work/log"
        if awk -v others="$(value others <<<"$line")" -v stolen="$(value stolen <<<"$line")" \
            "BEGIN { exit !(others <= $others_max && stolen <= $stolen_max) }"; then
            break
        fi
        line="$line noisy=1"
        [ -z "$force" ] || break
        [ "$try" -lt "$tries" ] ||
            die "$label, $broker: others took $(value others <<<"$line") % of the machine's time"
        sleep 5
    done
    printf '%s|%s|%s\n' "$label" "$broker" "$line" >>"$results"
}

has()
{
    grep -qF "$1|" "$results"
}

# values LABEL BROKER KEY, and their median
values()
{
    grep -F "$1|$2|" "$results" | value "$3" | sort -n
}

median()
{
    values "$@" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# spread LABEL BROKER KEY: by how many percent of their median its values differ.
spread()
{
    values "$@" |
        awk '{ v[NR] = $1 } END { printf "%d", 100 * (v[NR] - v[1]) / v[int((NR + 1) / 2)] }'
}

# unlike SENTENCE: end, or with --force say so and go on.
unlike()
{
    [ -n "$force" ] || die "$1, so nothing is compared"
    echo "*Not alike: $1.*"
}

# The bare broker's rounds must agree with each other, and the disk's, or nothing can be compared.
refuse_unlike()
{
    local label differ
    progress ''
    while read -r label; do
        differ=$(spread "$label" bare rate)
        [ "$differ" -le "$spread_max" ] ||
            unlike "the bare broker's own rounds of $label differ by $differ %"
    done < <(grep -F '|bare|' "$results" | cut -d'|' -f1 | sort -u)
    while read -r label; do
        differ=$(spread "$label" disk t)
        [ "$differ" -le "$disk_spread_max" ] ||
            unlike "the time that the disk takes for a sync differs by $differ % in $label"
    done < <(grep -F '|disk|t=' "$results" | cut -d'|' -f1 | sort -u)
    if grep -q noisy=1 "$results"; then
        unlike "other processes took part of the machine in $(grep -c noisy=1 "$results") of $(
            wc -l <"$results") runs"
    fi
}

describe()
{
    printf '%s; %d processors (%s), %s; mosquitto %s; median of %d\n' \
        "$(git -C "$here" log -1 --format='commit %h' 2>/dev/null || echo 'no commit')" \
        "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" \
        "$(findmnt -no FSTYPE -T "$work")" \
        "$("$broker_command" -h | sed -n 's/^mosquitto version //p')" "$rounds"
}

# Start a broker on $work/conf that is asked rather than measured by the load generator: $broker.
start_broker()
{
    "$broker_command" -c "$work/conf" >"$work/log" 2>&1 &
    broker=$!
    until (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "$broker" || die "the broker does not start: see $work/log"
        sleep 0.1
    done
}

end_broker()
{
    kill "$broker"
    wait "$broker" || die "the broker failed: see $work/log"
}

# ---- stores ----

# What every run of speed and latency begins with: 100,000 messages, sent through the plugin.
preload_by_plugin()
{
    [ ! -d "$work/preloaded" ] || return 0
    progress 'storing the first messages'
    mkdir "$work/preloaded"
    write_conf batch "$work/preloaded"
    load --pattern user --peers 200 --window 20 --messages "$first_messages" >/dev/null
}

# The groups that are measured, with members m0 to m999.
make_groups()
{
    local size from list i
    [ ! -d "$work/groups" ] || return 0
    mkdir "$work/groups"
    write_conf batch "$work/groups"
    start_broker
    for size in $(group_sizes); do
        progress "inviting $size members"
        ask m0 create-group "{\"group\":\"g$size\"}"
        for ((from = 1; from < size; from += 200)); do
            list=$(seq -f '"m%.0f"' -s, "$from" $((from + 199 < size ? from + 199 : size - 1)))
            ask m0 invite "{\"group\":\"g$size\",\"users\":[$list]}"
        done
        for ((i = 1; i < size; i++)); do
            ask "m$i" approve "{\"group\":\"g$size\"}"
        done
    done
    end_broker
}

# ask USER COMMAND JSON
ask()
{
    local answer
    answer=$(mosquitto_rr -p "$port" -W 10 -u "$1" -t "bc/do/$2" -e "bc/reply/$2" -m "$3")
    [[ $answer == '{"ok":true'* ]] || die "$2 of $1 failed: $answer"
}

# make_large_store USERS:DEGREE:MESSAGES [SMALLER]: unless it is there from an earlier time. With a
# smaller one of the same users, from that: the relations take the longest.
make_large_store()
{
    local users degree messages there=0
    IFS=: read -r users degree messages <<<"$1"
    [ ! -f "$work/large-$1/complete" ] || return 0
    if [ -n "${2:-}" ]; then
        copy_store "$work/large-$2" "$work/large-$1"
        there=${2##*:}
    else
        rm -rf "$work/large-$1"
        mkdir "$work/large-$1"
    fi
    "$build/bench/preload" "$work/large-$1" "$users" "$degree" $((messages - there))
    touch "$work/large-$1/complete"
}
