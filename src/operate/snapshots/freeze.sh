# Makes the filesystem at a mount point stand still until thaw.sh says so, or 15 seconds have passed.
set -eu
read -r mount
case $mount in /mnt/?*) ;; *) echo "$mount is no place of a volume" >&2 && exit 2 ;; esac
mountpoint -q "$mount" || { echo "nothing is mounted at $mount" >&2 && exit 3; }
[ "$(stat -c %d "$mount")" != "$(stat -c %d /)" ] || { echo "$mount is on the root disk" >&2 && exit 3; }
name=dostack-thaw$(echo "$mount" | tr -c 'a-z0-9\n' -)
rm -f "/run/$name"
# Armed before: if nothing else of this is ever run again, the machine thaws by itself.
systemctl stop "$name.timer" 2>/dev/null || true
systemd-run --quiet --collect --unit "$name" --on-active=20 fsfreeze -u "$mount" >&2
trap 'fsfreeze -u "$mount" 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM PIPE
fsfreeze -f "$mount" >&2
echo frozen
tries=150
until [ -e "/run/$name" ]; do
    [ "$tries" -gt 0 ] || { echo 'the snapshot took too long and the filesystem was thawed' >&2 && exit 4; }
    tries=$((tries - 1))
    sleep 0.1
done
