#!/bin/sh
# Takes over the data of a container that was there before us, which is stopped and kept.
#
# Arguments: `keep` or `move`, the container, the folder its data lies in, the folder ours is to
# have it in. `keep` shows the data where ours looks for it; `move` copies it there, and the old
# one stays, named in /var/lib/dostack/saved. Until all of it is there the container keeps its
# name, by which the next run knows that there is still something to take over.
set -eu
choice=$1 container=$2 from=$3 to=$4
state=/var/lib/dostack

fail() {
    printf 'dostack: %s\n' "$1" >&2
    exit 1
}

# room FROM TO: whether the disk that TO is on has a place for all that is in FROM.
room() {
    needed=$(du -sk "$1" | cut -f1)
    free=$(df -Pk "$2" | awk 'NR == 2 { print $4 }')
    [ "$needed" -lt "$free" ] ||
        fail "the data in $1 takes $((needed / 1024 + 1)) MiB, and $2 has $((free / 1024)) MiB free"
}

# A container that was stopped for nothing runs again.
give_back() {
    [ -n "$stopped" ] || return 0
    [ "$choice" = keep ] || rm -rf "$to.dostack-new"
    [ "$ran" = false ] || docker start "$container" >/dev/null
}

copy() {
    rm -rf "$to.dostack-new"
    mkdir "$to.dostack-new"
    cp -a "$from" "$to.dostack-new/data"
    if [ -n "$below" ]; then
        mv -T "$to.dostack-new/data" "$to$below"
    else
        rmdir "$to"
        mv -T "$to.dostack-new/data" "$to"
    fi
    sync -f "$to"
    rmdir "$to.dostack-new"
    echo "$from" >>"$state/saved"
}

show() {
    mkdir -p "$to$below"
    grep -qF " $to$below none " /etc/fstab || echo "$from $to$below none bind,nofail 0 0" >>/etc/fstab
    mountpoint -q "$to$below" || mount --bind "$from" "$to$below"
}

[ -d "$from" ] || fail "there is no folder $from"
# Postgres has its files in a folder below the mount with us, and often in the mount itself.
below=
[ ! -e "$from/PG_VERSION" ] || below=/pgdata
mkdir -p "$to"
is_there=
if [ -d "$to$below" ] && [ -n "$(ls -A "$to$below")" ]; then is_there=yes; fi
if [ -z "$is_there" ] && [ "$choice" = move ]; then room "$from" "$to"; fi

ran=$(docker inspect -f '{{.State.Running}}' "$container")
stopped=yes
trap give_back EXIT
trap 'exit 1' HUP INT TERM
docker stop --time 120 "$container" >/dev/null
if [ -z "$is_there" ]; then
    case $choice in
        keep) show ;;
        move) copy ;;
    esac
fi
docker update --restart=no "$container" >/dev/null
docker rename "$container" "$container-before-dostack"
stopped=
