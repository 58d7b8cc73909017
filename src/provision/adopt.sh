#!/bin/sh
# Takes over the data of a container that was there before us, which is stopped and kept.
#
# Arguments: `keep` or `move`, the container, the folder its data lies in, the folder ours is to
# have it in. `keep` shows the data where ours looks for it; `move` copies it there, and the old
# one stays, named in /var/lib/dostack/saved.
set -eu
choice=$1 container=$2 from=$3 to=$4
state=/var/lib/dostack

fail() {
    printf 'dostack: %s\n' "$1" >&2
    exit 1
}

[ -d "$from" ] || fail "there is no folder $from"
docker update --restart=no "$container" >/dev/null
docker stop --time 120 "$container" >/dev/null
docker rename "$container" "$container-before-dostack"

# Postgres has its files in a folder below the mount with us, and often in the mount itself.
below=
[ ! -e "$from/PG_VERSION" ] || below=/pgdata
if [ -d "$to$below" ] && [ -n "$(ls -A "$to$below")" ]; then exit 0; fi

case $choice in
    keep)
        mkdir -p "$to$below"
        grep -qF " $to$below none " /etc/fstab || echo "$from $to$below none bind,nofail 0 0" >>/etc/fstab
        mountpoint -q "$to$below" || mount --bind "$from" "$to$below"
        ;;
    move)
        mkdir -p "$to"
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
        ;;
esac
