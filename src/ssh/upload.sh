# shellcheck shell=sh
# Reads files and puts them in their places, all of them or none. A file is a line (mode, owner,
# hash, length of the path, length of the content), its path and its content.
set -eu
umask 077

say() {
    printf 'dostack: %s\n' "$1" >&2
}

# What did not take its name is taken away.
leave() {
    for path; do
        rm -f -- "$path.dostack-new"
    done
}
# All at once: to wait for the disk takes its time.
to_disk() {
    for path; do
        shift
        set -- "$@" "$path.dostack-new"
    done
    sync -- "$@"
}

folders_to_disk() {
    for path; do
        shift
        set -- "$@" "${path%/*}/"
    done
    sync -- "$@"
}

trap 'leave "$@"' EXIT
trap 'exit 1' HUP INT TERM

while read -r mode owner hash path_length length; do
    path=$(head -c "$path_length" && echo .)
    path=${path%.}
    [ "$(printf %s "$path" | wc -c)" -eq "$path_length" ] || { say 'the connection broke'; exit 1; }
    [ ! -d "$path" ] || { say "$path: is a folder"; exit 1; }
    [ -d "${path%/*}/" ] || (umask 022 && mkdir -p -- "${path%/*}/")
    new=$path.dostack-new
    rm -f -- "$new"
    set -- "$@" "$path"
    set -C
    head -c "$length" >"$new"
    set +C
    [ "$(sha256sum <"$new")" = "$hash  -" ] || { say "$path: arrived damaged"; exit 1; }
    chown -- "$owner" "$new"
    chmod -- "$mode" "$new"
done
[ $# -eq @count@ ] || { say 'the connection broke'; exit 1; }
to_disk "$@"

for path; do
    mv -fT -- "$path.dostack-new" "$path"
done
folders_to_disk "$@"
