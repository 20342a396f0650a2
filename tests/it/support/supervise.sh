#!/bin/sh
# supervise.sh DIR COMMAND ARG...: runs a server for as long as standard input stays open, then kills it and removes
# DIR. Standard input is a pipe from the test process, so the server ends with it however it ends. A line on it kills
# the server, unless it is dead already, and starts it again on the same data.
trap '' INT TERM HUP
dir=$1
shift
while
    "$@" </dev/null >>"$dir/server.log" 2>&1 &
    server=$!
    echo "$server" >"$dir/server.pid"
    read -r _
do
    kill -9 "$server" 2>/dev/null
    wait "$server" 2>/dev/null
done
kill -9 "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf "$dir"
