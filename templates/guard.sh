#!/bin/sh
# Switches on what a run that was killed has left off, and looks again every minute.
set -u
trap 'exit 0' TERM INT

while :; do
    : >/tmp/turned
    dostack guard &
    wait $!
    sleep 60 &
    wait $!
done
