# Thaws the filesystem at a mount point, and makes sure that it takes what is written.
set -eu
read -r mount
name=dostack-thaw$(echo "$mount" | tr -c 'a-z0-9\n' -)
# One that is thawed already is no failure.
fsfreeze -u "$mount" 2>/dev/null || true
: >"/run/$name"
probe=$mount/.dostack-thawed
{ : >"$probe" && rm "$probe"; } || { echo "nothing can be written at $mount" >&2 && exit 1; }
systemctl stop "$name.timer" 2>/dev/null || true
