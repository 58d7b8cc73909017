# Writes out what is in memory of the filesystem at a mount point.
set -eu
read -r mount
mountpoint -q "$mount" || { echo "nothing is mounted at $mount" >&2 && exit 3; }
sync -f "$mount"
