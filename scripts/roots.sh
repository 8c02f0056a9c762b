# Shared by the scripts that work in roots of other Debians: making one, and running something in it. After lib.sh.
# shellcheck shell=bash disable=SC2034

packages_roots=(debootstrap debian-archive-keyring)
roots_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/backchannel

# locked FOLDER COMMAND...: run it while no other process does the same to the folder.
locked()
{
    local lock

    mkdir -p "${1%/*}"
    exec {lock}>"$1.lock"
    flock "$lock"
    "${@:2}"
    exec {lock}>&-
}

# What apt and dpkg have to know in the root $1, of the suite $2 on the mirror $3.
configure_root()
{
    printf 'deb %s %s main\n' "$3" "$2" >"$1/etc/apt/sources.list"
    rm -f "$1"/etc/apt/sources.list.d/*
    # A mirror may have stood still for longer than the suite's own index promises to be good.
    cat >"$1/etc/apt/apt.conf.d/90backchannel" <<'TEXT'
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Retries "3";
Acquire::http::Timeout "60";
TEXT
    # What a crash takes from the root, debootstrap brings again.
    printf 'force-unsafe-io\n' >"$1/etc/dpkg/dpkg.cfg.d/90backchannel"
    # No package starts a service in the root.
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    rm -f "$1"/var/cache/apt/archives/*.deb
}

# answers MIRROR SUITE: ends here if it doesn't, or has no such suite. debootstrap would ask for hours.
answers()
{
    local said

    said=$(wget -nv --timeout=10 --tries=2 --waitretry=1 -O /dev/null "$1/dists/$2/InRelease" 2>&1 </dev/null) ||
        die "the mirror $1 doesn't answer, or doesn't have $2: $(tail -n 1 <<<"$said")"
}

# Make the root $1 of the suite $2 beside its place, where it is moved when it is whole.
make_bare_root()
{
    local mirror new=$1.new

    [ ! -d "$1" ] || return 0
    install_packages "${packages_roots[@]}"
    mirror=$(debian_mirror)
    answers "$mirror" "$2"
    rm -rf --one-file-system "$new"
    mkdir -p "$new"
    echo "Making the root of $2 in $1" >&2
    printf 'timeout = 60\ntries = 2\n' >"$new.wgetrc"
    WGETRC=$new.wgetrc debootstrap --variant=minbase "$2" "$new" "$mirror" >"$1.log" 2>&1 </dev/null ||
        die "debootstrap could not make a root of $2 from $mirror: $(tail -n 1 "$1.log")"
    configure_root "$new" "$2" "$mirror"
    mv "$new" "$1"
}

# bare_root SUITE: the root of the suite with nothing but what debootstrap installs, in the variable bare. Others are
# copied from it, or lie above it, so that each Debian is downloaded once.
bare_root()
{
    bare=$roots_cache/bare/$1
    locked "$bare" make_bare_root "$bare" "$1"
}

# copy_root ROOT SUITE: unless it is there, make it as a copy of the bare one.
copy_root()
{
    [ ! -d "$1" ] || return 0
    bare_root "$2"
    rm -rf --one-file-system "$1.new"
    mkdir -p "${1%/*}"
    cp -a --reflink=auto "$bare" "$1.new"
    mv "$1.new" "$1"
}

# may_mount: roots are of no use where nobody may mount.
may_mount()
{
    unshare --mount true 2>/dev/null || die "this machine lets nobody mount anything (unshare failed), which a root needs"
}

# enter ROOT COMMAND...: run it in the root, which has its own /proc, /dev/shm and processes for the
# time, and a /tmp in memory. What is mounted is gone with the command.
enter()
{
    # shellcheck disable=SC2016
    unshare --mount --propagation private --pid --fork --kill-child bash -c '
        set -e
        root=$1
        shift
        # So that it is a place where something is mounted, as a root has to be for some of the tests.
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/tmp"
        mount -t sysfs sysfs "$root/sys" 2>/dev/null || :
        # Names are looked up as this machine does it today.
        cp /etc/resolv.conf /etc/hosts "$root/etc/"
        exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 ${http_proxy:+"http_proxy=$http_proxy"} \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' enter "$@"
}

# enter_above ROOT FOLDER COMMAND...: the same, but what is written lies in the folder, and the root stays as it is.
# FOLDER/upper may hold files already, which the command finds.
enter_above()
{
    mkdir -p "$2/upper" "$2/work" "$2/root"
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -c '
        set -e
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
        root=$2/root
        shift 2
        enter "$root" "$@"
    ' above "$@"
}
export -f enter
