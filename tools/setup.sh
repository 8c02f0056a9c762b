#!/bin/sh
# backchannel setup: brings the plugin into a Mosquitto that is configured already, by one file of its own in the
# folder that the broker's include_dir names, and takes it out again. See --help.
set -eu

usage()
{
    cat <<'TEXT'
usage: backchannel setup [--etc DIR] [--data DIR]
       backchannel setup --check [--etc DIR]
       backchannel setup --remove [--etc DIR]

Brings Backchannel into the broker of this machine. It writes one file, 00-backchannel.conf, into the
folder that mosquitto.conf's include_dir names, and changes no other; a file with that name that is
there is left as it is. Before, it starts a broker for a moment, as the broker's user, with the whole
configuration and an empty store, which listens on sockets that nobody else can reach. If that
doesn't start, nothing has changed. Where systemd is, mosquitto.service gets more open files, and gives
up rights that it doesn't need. Run it as root; the running broker isn't touched until you restart it.

  --check     start the broker for a moment on the configuration as it is, and change nothing
  --remove    take the file out again, renamed to 00-backchannel.conf.removed; messages stay
  --etc DIR   the folder of mosquitto.conf (/etc/mosquitto)
  --data DIR  the folder that keeps everything (/var/lib/mosquitto/backchannel)
  --help      this text
TEXT
}

die()
{
    echo "backchannel setup: $1" >&2
    exit "${2:-2}"
}

etc=/etc/mosquitto
data=/var/lib/mosquitto/backchannel
plugin=@LIBDIR@/mosquitto_backchannel.so
service_from=@DATADIR@/systemd/mosquitto.service.conf
service=/etc/systemd/system/mosquitto.service.d/backchannel.conf
verb=add
while [ $# -gt 0 ]; do
    case $1 in
    --check) verb=check ;;
    --remove) verb=remove ;;
    --etc | --data)
        case ${2:-} in
        *[[:space:]]) die "$1 $2 ends in a space" ;;
        /*) ;;
        *) die "$1 needs an absolute path (try --help)" ;;
        esac
        if [ "$1" = --etc ]; then etc=$2; else data=$2; fi
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) die "unknown argument $1 (try --help)" ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin:/sbin
conf=$etc/mosquitto.conf
[ "$(id -u)" -eq 0 ] || die "this needs root: sudo backchannel setup"
[ -f "$conf" ] || die "$conf isn't there; --etc names another folder"
folder=$(awk '$1 == "include_dir" { $1 = ""; print substr($0, 2); exit }' "$conf")
drop=$folder/00-backchannel.conf

reload_systemd()
{
    [ ! -d /run/systemd/system ] || systemctl daemon-reload || :
}

if [ "$verb" = remove ]; then
    [ -f "$drop" ] || die "there is no $drop, so nothing to take out" 1
    # An empty file of users is the one that setup made.
    users=$(awk '$1 == "password_file" { print $2 }' "$drop")
    mv "$drop" "$drop.removed"
    [ -z "$users" ] || [ -s "$users" ] || rm -f "$users"
    if [ -f "$service" ]; then
        rm "$service"
        rmdir "${service%/*}" 2>/dev/null || :
        reload_systemd
    fi
    echo "Renamed $drop to $drop.removed."
    echo "When the broker is restarted, it is as it was before Backchannel: nothing protects the topics"
    echo "below bc/ from then on. Messages stay in the folder that plugin_opt_data_dir names there."
    exit 0
fi

command -v mosquitto >/dev/null || die "there is no mosquitto on this machine"
[ -n "$folder" ] ||
    die "$conf has no include_dir: add 'include_dir $etc/conf.d' as its last line, or start from @DATADIR@/mosquitto.conf"
[ -d "$folder" ] || die "$folder, which $conf includes, isn't there"
[ -f "$plugin" ] || die "$plugin isn't there"

work=$(mktemp -d)
broker=''
cleanup()
{
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || :
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/conf.d" "$work/store"
for file in "$folder"/*.conf; do
    [ ! -f "$file" ] || cp "$file" "$work/conf.d/"
done
cp "$conf" "$work/main"

# All lines of the configuration, in the order in which the broker reads them.
lines()
{
    awk -v files="$work/conf.d" '
        $1 == "include_dir" {
            command = "for f in \"" files "\"/*.conf; do [ ! -f \"$f\" ] || cat \"$f\"; echo; done"
            while ((command | getline line) > 0) print line
            close(command)
            next
        }
        { print }' "$work/main"
}

# Whether the configuration has a line with one of the words $1, of which | is between each two.
has()
{
    lines | awk -v words="$1" '$1 ~ "^(" words ")$" { found = 1 } END { exit !found }'
}

user=$(lines | awk '$1 == "user" { print $2; exit }')
user=${user:-mosquitto}
id "$user" >/dev/null 2>&1 || die "the broker's user $user isn't there"

# The file, with no line that the configuration has already.
write_drop()
{
    cat <<TEXT
# Backchannel, a private messenger: mosquitto_backchannel(8), backchannel.conf(5). Written by backchannel setup,
# and yours to change; "backchannel setup --check" tries it, "backchannel setup --remove" takes it out.
plugin $plugin
plugin_opt_data_dir $data
TEXT
    if ! has 'acl_file|plugin|auth_plugin|global_plugin'; then
        echo
        echo "# Topics of others may be used as before, by all who may connect."
        echo "plugin_opt_other_topics allow"
    fi
    if ! has set_tcp_nodelay; then
        echo
        echo "# Answers go out at once."
        echo "set_tcp_nodelay true"
    fi
    if ! has 'allow_anonymous|password_file|psk_file|plugin|auth_plugin|global_plugin|use_identity_as_username|use_subject_as_username'; then
        echo
        echo "# The username is the identity. Add users with: mosquitto_passwd $etc/passwd NAME"
        echo "allow_anonymous false"
        echo "password_file $etc/passwd"
    fi
}

# What is tried: the configuration without what would meet the running broker, other machines or other
# plugins' files, and with sockets for listeners. What a bridge's lines share with others' is left alone.
trial()
{
    awk -v work="$work" -v part="$1" '
        function plugin_line(path) { ours = path ~ /\/mosquitto_backchannel\.so$/; return ours }
        $1 == "include_dir" { print "include_dir " work "/trial.d"; next }
        $1 == "listener" || $1 == "port" { bridge = 0; print "listener 0 " work "/" part ++n ".sock"; next }
        $1 == "connection" { bridge = 1; next }
        $1 ~ /^(plugin|auth_plugin|global_plugin)$/ { if (plugin_line($2)) print; next }
        $1 ~ /^(plugin_load|plugin_use)$/ { ours = 0; next }
        $1 == "plugin_opt_data_dir" && ours { print "plugin_opt_data_dir " work "/store"; next }
        $1 ~ /^(plugin_opt_|auth_opt_)/ { if (ours) print; next }
        $1 ~ /^(pid_file|log_dest|log_type|log_facility|persistence_location|protocol|http_dir|socket_domain)$/ { next }
        $1 ~ /^(bind_address|bind_interface|address|addresses|topic|start_type|restart_timeout)$/ { next }
        $1 ~ /^(cleansession|try_private|round_robin|notifications|idle_timeout|keepalive_interval)$/ { next }
        $1 ~ /^(bridge_|remote_|local_|notification)/ || $1 == "threshold" || $1 == "clientid" { next }
        bridge && $1 ~ /^(username|password)$/ { next }
        { print }' "$2"
}

# Say what the trial's broker said, without its times.
complain()
{
    sed 's/^[0-9]*: //' "$work/log" | grep -E 'Backchannel: |[Ee]rror|Unable|Invalid|Warning' | head -n 10 |
        sed 's/^/    /' >&2
    # This may be a shell below the one whose end cleans up.
    kill "$broker" 2>/dev/null || :
    die "$1"
}

# Start a broker on all of it, see that it serves and ends.
try()
{
    mkdir "$work/trial.d"
    for file in "$work"/conf.d/*.conf; do
        name=${file##*/}
        trial "${name%.conf}" "$file" >"$work/trial.d/$name"
    done
    trial main "$work/main" >"$work/trial.conf"
    has 'listener|port' || echo "listener 0 $work/main0.sock" >>"$work/trial.conf"
    printf 'log_dest stderr\npersistence_location %s/\n' "$work" >>"$work/trial.conf"
    chown -R "$user": "$work"
    : >"$work/log"
    mosquitto -c "$work/trial.conf" >"$work/log" 2>&1 &
    broker=$!
    tries=0
    while ! grep -q 'Backchannel: version .* serves' "$work/log"; do
        kill -0 "$broker" 2>/dev/null || complain "a broker doesn't start on this configuration$1"
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || complain "a broker didn't come up with Backchannel in 30 seconds$1"
        sleep 0.1
    done
    sleep 0.5
    kill -0 "$broker" 2>/dev/null || complain "a broker ends at once on this configuration$1"
    kill "$broker"
    wait "$broker" || complain "a broker that was to end failed$1"
    broker=''
}

# Backchannel has to be the first plugin, and once.
check_order()
{
    first=$(lines | awk '$1 ~ /^(plugin|auth_plugin|global_plugin)$/ { print $2; exit } $1 == "plugin_load" { print $3; exit }')
    case $first in
    */mosquitto_backchannel.so) ;;
    '') die "no line of $conf or $folder loads Backchannel; run backchannel setup" 1 ;;
    *) die "$first is loaded before Backchannel, which must be the first plugin: move its lines into a file of $folder whose name comes after 00-backchannel.conf$1" ;;
    esac
}

check_data()
{
    owner=$(stat -c %U "$1" 2>/dev/null) || die "$1 isn't there, or can't be entered"
    [ "$owner" = "$user" ] || die "$1 belongs to $owner, not to the broker's user: chown -R $user: $1"
}

if [ "$verb" = check ] || [ -f "$drop" ]; then
    check_order ''
    check_data "$(lines | awk '$1 == "plugin_opt_data_dir" { $1 = ""; print substr($0, 2); exit }')"
    try ''
    echo "A broker starts on $conf with Backchannel, and ends."
    exit 0
fi

lines | grep -q 'mosquitto_backchannel\.so' &&
    die "the configuration loads Backchannel already, in another file than $drop; nothing was changed"
nothing='; nothing was changed'
write_drop >"$work/drop"
cp "$work/drop" "$work/conf.d/00-backchannel.conf"
check_order "$nothing"
users=$(awk '$1 == "password_file" { print $2 }' "$work/drop")
fresh=''
if [ -n "$users" ] && [ ! -e "$users" ]; then
    fresh=$users
    install -o "$user" -g "$(id -gn "$user")" -m 0600 /dev/null "$users"
fi
(try "$nothing") || {
    [ -z "$fresh" ] || rm -f "$fresh"
    exit 2
}
[ -d "$data" ] || install -d -o "$user" -g "$(id -gn "$user")" -m 0700 "$data"
check_data "$data"
install -m 0644 "$work/drop" "$drop.new"
mv "$drop.new" "$drop"
if [ -f "$service_from" ] && [ -d /etc/systemd/system ] && [ ! -e "$service" ]; then
    mkdir -p "${service%/*}"
    install -m 0644 "$service_from" "$service"
    reload_systemd
fi
echo "Wrote $drop; a broker starts on it. Now:"
[ -z "$fresh" ] || echo "  mosquitto_passwd $fresh NAME     for each user"
echo "  systemctl restart mosquitto"
