#!/bin/bash
# What Patroni's machines have before they are started: config/cluster/patroni.yml of each, as it stands but for names,
# addresses, ports and paths, a certificate, and what docs/cluster.md says of the first server.
# Usage: patroni.sh <source folder> <folder> <folder of PostgreSQL's programs>
# Prints the first of eight ports: etcd's two, then Patroni's, then PostgreSQL's.
set -euo pipefail

source=$1
dir=$2
# shellcheck source=scripts/lib.sh
. "$source/scripts/lib.sh"
first=$(free_ports 8)

for i in 0 1 2; do
    sed -E -e "s|^name: .*|name: db$i|; s|10\.0\.0\.21:8008|127.0.0.1:$((first + 2 + i))|" \
        -e "s|^(  hosts:) .*|\1 127.0.0.1:$first|; s|10\.0\.0\.21:5432|127.0.0.1:$((first + 5 + i))|" \
        -e "s|(data_dir:) .*|\1 $dir/db$i/data|; s|(bin_dir:) .*|\1 $3|" \
        -e "s|10\.0\.0\.0/24|127.0.0.0/8|; s|/etc/patroni/|$dir/|" \
        -e "s|^( *)ssl: 'on'|&\n\1unix_socket_directories: $dir/db$i|" "$source/config/cluster/patroni.yml" >"$dir/db$i.yml"
    if grep -Hn '10\.0\.0\|/etc/\|/var/' "$dir/db$i.yml" >&2; then die 'that is of another machine'; fi
    mkdir "$dir/db$i"
done
sed -n '/^    create role backchannel/,/^    grant/s/^    //p' "$source/docs/cluster.md" >"$dir/first.sql"
[ "$(wc -l <"$dir/first.sql")" -eq 3 ] || die "docs/cluster.md doesn't say what the first server needs"
printf '%s\n' '*:*:*:postgres:CHANGE-ME-1' '*:*:backchannel:backchannel:...' >"$dir/pgpass"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext 'subjectAltName=IP:127.0.0.1' -keyout "$dir/server.key" -out "$dir/server.pem" 2>/dev/null
chmod 600 "$dir/server.key" "$dir/pgpass"
chmod 755 "$dir"
chown -R postgres:postgres "$dir"/db? "$dir"/db?.yml "$dir/server.key"
echo "$first"
