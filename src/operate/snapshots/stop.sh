# Stops the services that keep their data under a mount point, and unmounts it.
set -eu
read -r mount
for file in /opt/dostack/*/compose.yaml; do
    [ -e "$file" ] || continue
    grep -qF "$mount" "$file" || continue
    docker compose --ansi never -f "$file" stop >&2
done
! mountpoint -q "$mount" || umount "$mount"
