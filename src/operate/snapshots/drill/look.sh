# Looks at a volume that was made from a snapshot, or lets go of it. Nothing depends on the volume.
#
#   look VOLUME | leave VOLUME      on standard input
#
# Ends with 10 where the file system is not whole, and says why.
set -eu
read -r verb volume
link=/dev/disk/by-id/scsi-0DO_Volume_$volume
place=/run/dostack-drill/$volume

leave() {
    device=$(readlink -f "$link")
    # DigitalOcean may have mounted it on its own account when it was attached.
    while findmnt -n --source "$device" >/dev/null 2>&1; do umount "$device"; done
    rm -rf "$place"
}

broken() {
    echo "$1" >&2
    exit 10
}

if [ "$verb" = leave ]; then
    leave
    exit 0
fi

tries=60
until [ -b "$link" ]; do
    [ "$tries" -gt 0 ] || { echo "there is no $link" >&2 && exit 1; }
    tries=$((tries - 1))
    sleep 1
done
leave
trap leave EXIT
mkdir -p "$place/root"
kind=$(blkid -p -o value -s TYPE "$device") || kind=
case $kind in
    ext4) as_it_is=ro,noload and_replay=rw check='e2fsck -fn' ;;
    xfs) as_it_is=ro,norecovery,nouuid and_replay=rw,nouuid check='xfs_repair -n' ;;
    *) broken "there is no file system of ours on it, but ${kind:-nothing}" ;;
esac
echo "filesystem $kind"

# What a power cut would leave, without a byte written.
mount -t "$kind" -o "$as_it_is" "$device" "$place/root" 2>"$place/said" ||
    broken "it cannot be mounted: $(tail -n 1 "$place/said")"
find "$place/root" -xdev -type f -printf '%s %T@\n' 2>"$place/said" >"$place/files" || true
umount "$place/root"
awk '{ bytes += $1; if ($2 > newest) newest = $2 }
    END { printf "files %d\nbytes %.0f\nnewest %.0f\n", NR, bytes, newest }' "$place/files"

# As after a power cut its journal comes first: without it, what is only not written yet would count
# as damage.
mount -t "$kind" -o "$and_replay" "$device" "$place/root" 2>"$place/said" ||
    broken "its journal cannot be replayed: $(tail -n 1 "$place/said")"
umount "$place/root"
code=0
$check "$device" >"$place/said" 2>&1 || code=$?
case $code in
    0) ;;
    1 | 4) broken "$check: $(grep -v -e '^Pass ' -e '^e2fsck ' -e '^Phase ' -e '^ *- ' -e '^$' "$place/said" | head -n 5)" ;;
    # It was not found, or broke down: that says nothing of the file system.
    *) echo "$check ended with $code: $(tail -n 1 "$place/said")" >&2 && exit 1 ;;
esac
