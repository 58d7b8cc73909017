#!/bin/sh
# Replaces the host key that a machine was born with, which any process on it could read.
#
# Argument: `make` makes the new one beside the old and says its public half; `swap` puts it in
# its place. The connection this comes over lives on.
set -eu
umask 077
key=/etc/ssh/ssh_host_ed25519_key
new=$key.dostack-new
state=/var/lib/dostack

case $1 in
    make)
        # Half of a key is none.
        [ ! -e "$new" ] || ssh-keygen -y -f "$new" >/dev/null 2>&1 || rm -f "$new" "$new.pub"
        [ -e "$new" ] || ssh-keygen -q -t ed25519 -N '' -C '' -f "$new" </dev/null
        ssh-keygen -y -f "$new"
        ;;
    swap)
        if [ -e "$new" ]; then
            ssh-keygen -y -f "$new" >"$new.pub"
            chmod 0644 "$new.pub"
            sync "$new" "$new.pub"
            mv -f "$new.pub" "$key.pub"
            mv -f "$new" "$key"
        fi
        if [ -d /run/systemd/system ]; then
            systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || kill -HUP "$(cat /run/sshd.pid)"
        else
            kill -HUP "$(cat /run/sshd.pid)"
        fi
        mkdir -p "$state"
        : >"$state/host-key"
        sync "$state/host-key"
        ;;
esac
