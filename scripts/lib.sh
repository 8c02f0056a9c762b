# Shared by the scripts: which Debian packages are needed, and how they get installed.
# shellcheck shell=bash disable=SC2034

packages_build=(gcc libc6-dev cmake ninja-build pkgconf mosquitto-dev libmosquitto-dev liblmdb-dev
    libprotobuf-c-dev protobuf-c-compiler libcjson-dev libssl-dev liburiparser-dev uthash-dev libbsd-dev
    libxxhash-dev libpq-dev libwebsockets-dev libuv1-dev libcurl4-openssl-dev libarchive-dev go-md2man)
packages_run=(mosquitto mosquitto-clients libwebsockets-evlib-uv)
# What scripts/cluster starts beside brokers.
packages_cluster=(postgresql libpq5)
packages_test=(libcmocka-dev postgresql iproute2 e2fsprogs faketime libpaho-mqtt-dev openssl protobuf-compiler python3 python3-paho-mqtt
    python3-protobuf curl nginx-light caddy haproxy mandoc bsdextrautils prometheus patroni python3-etcd etcd-server)
packages_check=(clang clang-format clang-tidy shellcheck valgrind)
# What building Debian packages takes, beside the above; and what looks at them, with as many packages again behind it.
packages_package=(build-essential debhelper dpkg-dev xz-utils)
packages_lint=(lintian)

# die SENTENCE: say why, in one line, and end.
die()
{
    echo "$(basename "$0"): $1" >&2
    exit "${2:-1}"
}

# The name that Debian's mirrors have for the suite $1.
codename()
{
    case $1 in
    12 | bookworm) echo bookworm ;;
    13 | trixie) echo trixie ;;
    testing) echo testing ;;
    *) die "the suite $1 is none of 12, 13 and testing (try --help)" 2 ;;
    esac
}

# The mirror that BACKCHANNEL_MIRROR names, or the one that this machine's apt has Debian's packages from.
debian_mirror()
{
    local found=${BACKCHANNEL_MIRROR:-}

    [ -n "$found" ] || found=$(apt-get indextargets --format "\$(ORIGIN) \$(LABEL) \$(REPO_URI)" 'Identifier: Packages' |
        sed -n 's/^Debian Debian //p' | head -n 1)
    [ -n "$found" ] || die "apt's configuration names no mirror of Debian's packages"
    echo "${found%/}" # some mirrors refuse two slashes
}

# Whether the package $1 is installed.
installed()
{
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian starts a broker of its own on port 1883, web servers on port 80 and Prometheus on 9090 as soon as their
# packages are installed. Nobody has asked for those.
# stop_service NAME [SUDO]
stop_service()
{
    local name=$1
    shift

    [ -d /run/systemd/system ] || return 0
    "$@" systemctl disable --now "$name.service" >/dev/null 2>&1 || return 0
    echo "Stopped and disabled the service $name, which came with its package."
}

# install_packages NAME...: install those that are missing. The usual case, that none is, takes a
# single query.
install_packages()
{
    local missing=() fresh=() name as_root=()

    command -v dpkg-query >/dev/null ||
        die "this needs Debian 12 or a relative of it; elsewhere install what is in scripts/lib.sh"
    if [ "$(dpkg-query -W -f='${db:Status-Status}\n' "$@" 2>/dev/null | grep -c '^installed$')" \
        -ge $# ]; then
        return
    fi
    for name in "$@"; do
        installed "$name" || missing+=("$name")
        case $name in
        mosquitto | caddy | haproxy | prometheus | postgresql | patroni) installed "$name" || fresh+=("$name") ;;
        nginx-light) installed "$name" || fresh+=(nginx) ;;
        etcd-server) installed "$name" || fresh+=(etcd) ;;
        esac
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "as root, run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
        die "apt-get could not install: ${missing[*]}"
    for name in "${fresh[@]}"; do
        stop_service "$name" "${as_root[@]}"
    done
}

# Whether there is a Node.js that is new enough, wherever it comes from, and its npm.
node_there()
{
    command -v npm >/dev/null && command -v node >/dev/null &&
        [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

# alone NAME COMMAND...: one at a time in this checkout. Who is second is told, and waits.
alone()
{
    local name=$1
    shift

    mkdir -p build
    (
        if ! flock -n 9; then
            echo "Waiting for another one in this checkout to be done with build/.$name.lock" >&2
            flock 9
        fi
        # What it starts doesn't keep the lock.
        "$@" 9>&-
    ) 9>"build/.$name.lock"
}

# free_ports COUNT: the first of so many ports in a row that nobody listens on. Below those that the kernel gives to who
# connects, any of which may be in use though nobody listens there.
free_ports()
{
    local first i

    while :; do
        first=$((20000 + RANDOM % 12000))
        for ((i = 0; i < $1; i++)); do
            ! (: <>"/dev/tcp/127.0.0.1/$((first + i))") 2>/dev/null || continue 2
        done
        break
    done
    echo "$first"
}

fetch_clients_now()
{
    [ tests/clients/package-lock.json -nt tests/clients/node_modules/.package-lock.json ] || return 0
    node_there || install_packages nodejs npm
    (cd tests/clients && npm ci --silent </dev/null) ||
        die "npm could not fetch the packages of tests/clients"
}

# The clients of tests/clients that come from npm, as its lock file names them.
fetch_clients()
{
    alone clients fetch_clients_now
}

build_now()
{
    local preset=$1
    shift

    [ "build/$preset/build.ninja" -nt CMakePresets.json ] || cmake --preset "$preset" >/dev/null
    cmake --build "build/$preset" ${1+--target} "$@" -- --quiet | sed '/^ninja: no work to do/d'
}

# build PRESET [TARGET...]: configure when the presets have changed, then bring the build up to date, or
# those targets of it. Says nothing if it is.
build()
{
    alone "$1" build_now "$@"
}

# Build the fuzzers, and put their paths into the array fuzzers.
build_fuzzers()
{
    mapfile -t fuzzers < <(find tests/fuzz -name '*_fuzz.c' -printf 'build/fuzz/tests/fuzz/%f\n' |
        sed 's/\.c$//' | sort)
    build fuzz "${fuzzers[@]##*/}"
}
