#!/usr/bin/env bash
# Oracle MySQL for the tests, without touching the system: the server and client of Debian's unstable suite are
# downloaded with apt into a folder and run there with their own loader and libraries.
#
#   mysql-server.sh install            download and unpack (about 66 MB, once; needs apt)
#   mysql-server.sh init DATADIR       make a data directory; root has no password
#   mysql-server.sh serve DATADIR ...  become the server, with further options
#   mysql-server.sh client ...         become the mysql client
#   mysql-server.sh client-command     print how to become it without this script, a word on a line
#   mysql-server.sh version            what is installed; fails when nothing is
# CARIBOU_MYSQL_HOME overrides the folder (default: ~/.cache/caribou-mysql).
set -euo pipefail
home=${CARIBOU_MYSQL_HOME:-$HOME/.cache/caribou-mysql}
root=$home/root
lib=$root/usr/lib/x86_64-linux-gnu
loader=("$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib/mysql/private")

fail() { echo "mysql-server.sh: $*" >&2; exit 1; }

install() {
    [ -x "$root/usr/sbin/mysqld" ] && return 0
    [ "$(uname -m)" = x86_64 ] || fail "Oracle MySQL is fetched for x86_64 only; set CARIBOU_TEST_SERVERS to the others"
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail "apt-get and dpkg are needed to fetch Oracle MySQL"
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock 9
    [ -x "$root/usr/sbin/mysqld" ] && return 0
    mkdir -p "$home"/apt/{lists/partial,cache/archives/partial} "$home/unpacked"
    local mirror # the one that this machine already uses for Debian itself
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1)
    [ -n "$mirror" ] || fail "apt knows no mirror; run apt-get update, or set CARIBOU_TEST_SERVERS to the other servers"
    echo "deb $mirror sid main" >"$home/apt/sources.list"
    : >"$home/apt/status"
    local opts=(-qq -o Dir::Etc::SourceList="$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$home/apt/lists" -o Dir::Cache="$home/apt/cache"
        -o Dir::State::status="$home/apt/status" -o APT::Sandbox::User="$(id -un)")
    apt-get "${opts[@]}" update || fail "could not read $mirror; is it reachable?"
    apt-get "${opts[@]}" install -y --no-install-recommends --download-only mysql-server-core mysql-client-core \
        >/dev/null || fail "could not download mysql-server-core from $mirror"
    local deb
    for deb in "$home"/apt/cache/archives/*.deb; do dpkg -x "$deb" "$home/unpacked"; done
    rm -rf "$home/apt"
    mv "$home/unpacked" "$root"
}

server=("${loader[@]}" "$root/usr/sbin/mysqld" --no-defaults --user="$(id -un)" --basedir="$root/usr"
    --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets"
    --plugin-dir="$root/usr/lib/mysql/plugin" --secure-file-priv=NULL)

verb=${1:-}
[ $# -gt 0 ] && shift
case $verb in
install) install ;;
init) exec "${server[@]}" --datadir="$1" --initialize-insecure "${@:2}" ;;
serve) exec "${server[@]}" --datadir="$1" "${@:2}" ;;
client) exec "${loader[@]}" "$root/usr/bin/mysql" --no-defaults "$@" ;;
client-command) printf '%s\n' "${loader[@]}" "$root/usr/bin/mysql" --no-defaults ;;
version)
    [ -x "$root/usr/sbin/mysqld" ] || fail "Oracle MySQL is not installed; run tests/it/support/mysql-server.sh install"
    exec "${loader[@]}" "$root/usr/sbin/mysqld" --no-defaults --version
    ;;
*) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
