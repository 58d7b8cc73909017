#!/bin/sh
# Switches on what a run that was killed has left off, and looks again every minute.
set -u
child=
# What is under way is wound down first.
trap '[ -z "$child" ] || { kill "$child"; wait "$child"; }; exit 0' TERM INT

: >/tmp/turned
while :; do
    dostack guard &
    child=$!
    wait "$child"
    case $? in
        # The token is refused, or the program does not start here: nobody would be switched on.
        4 | 126 | 127) rm -f /tmp/turned ;;
        *) : >/tmp/turned ;;
    esac
    sleep 60 &
    child=$!
    wait "$child"
done
