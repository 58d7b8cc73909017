#!/bin/sh
# Puts a machine in order up to its services, as the lines it reads say, and says in JSON what it
# changed. What is in order already is left alone.
#
# Argument: `make`, or `look` to say what would change and change nothing.
#
#   volume NAME MOUNT FILESYSTEM    mounted, and as large as its volume
#   keys USER COUNT                 COUNT lines follow: who may log in, besides whom others let in
#   component NAME FOLDER           whose files come; FOLDER keeps what is made on this machine
#   data UID GID MODE PATH          a folder for data
#   remove NAME                     a file that is wanted no more
#   certificate NAME KEY COUNT      COUNT names follow
#   file MODE NAME                  its pieces follow, up to `end`:
#       text COUNT                      that many bytes follow
#       made NAME [COMPONENT FOLDER]    what was made on this machine under the name, for another
#                                       component where one is named
set -u
umask 077
mode=$1
state=/var/lib/dostack

fail() {
    printf 'dostack: %s\n' "$1" >&2
    exit 1
}

changed() { printf '{"changed":"%s"}\n' "$1"; }

# does WORDS: whether the change is to be made; it is told either way.
does() {
    changed "$1"
    [ "$mode" = make ]
}

# place FILE: what was made beside it takes its name, in one piece or not at all.
place() {
    sync "$1.dostack-new" || fail "$1: cannot be written"
    mv -fT "$1.dostack-new" "$1" || fail "$1: cannot be written"
}

# random: 32 bytes of chance as digits.
random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# The key of digests of secrets; it never leaves the machine.
key() {
    [ ! -s "$state/key" ] || return 0
    [ "$mode" = make ] || return 0
    mkdir -p "$state"
    chmod 0755 "$state"
    random >"$state/key.dostack-new"
    place "$state/key"
}

# digest FILE: of the key and what is in it.
digest() {
    sum=$(cat "$state/key" "$1" 2>/dev/null | sha256sum)
    echo "${sum%% *}"
}

volume() {
    device=/dev/disk/by-id/scsi-0DO_Volume_$1
    if ! mountpoint -q "$2"; then
        does "the mount of $2" || return 0
        [ -b "$device" ] || fail "the volume $1 is not attached: there is no $device"
        mount "$2" >&2 || fail "the volume $1 cannot be mounted at $2"
    fi
    if [ "$mode" = look ] || [ ! -b "$device" ]; then return 0; fi
    case $3 in
        ext4) resize2fs "$(readlink -f "$device")" >"$work/grow" 2>&1 ;;
        xfs) xfs_growfs "$2" >"$work/grow" 2>&1 ;;
    esac || fail "the file system of the volume $1 cannot be made as large as the volume: $(grep . "$work/grow" | tail -n 1)"
}

# keys USER COUNT: lines that we put and nobody wants any more go, missing ones come, others stay.
keys() {
    home=$(getent passwd "$1" | cut -d: -f6)
    [ -n "$home" ] || fail "there is no user $1"
    count=$2
    : >"$work/wanted"
    while [ "$count" -gt 0 ]; do
        read -r line || fail 'the connection broke'
        printf '%s\n' "$line" >>"$work/wanted"
        count=$((count - 1))
    done
    there=$home/.ssh/authorized_keys
    [ -e "$there" ] || there=/dev/null
    ours=$state/keys
    [ -e "$ours" ] || ours=/dev/null
    # A key is known by its middle part, whatever stands before and behind it.
    awk '
        function body(    field) {
            for (field = 1; field <= NF; field++) if ($field ~ /^AAAA/) return $field
            return ""
        }
        FILENAME == ARGV[1] { wanted[body()] = $0; order[++count] = body(); next }
        FILENAME == ARGV[2] { ours[$1] = 1; next }
        body() != "" && (body() in ours) && !(body() in wanted) { next }
        { print; has[body()] = 1 }
        END { for (one = 1; one <= count; one++) if (!(order[one] in has)) print wanted[order[one]] }
    ' "$work/wanted" "$ours" "$there" >"$work/keys"
    if ! cmp -s "$work/keys" "$there" && does 'who may log in'; then
        write_keys "$home"
    fi
    [ "$mode" = make ] || return 0
    awk '{ for (field = 1; field <= NF; field++) if ($field ~ /^AAAA/) { print $field; break } }' \
        "$work/wanted" >"$work/ours"
    if ! cmp -s "$work/ours" "$state/keys"; then
        cp "$work/ours" "$state/keys.dostack-new"
        place "$state/keys"
    fi
}

write_keys() {
    owner=$(stat -c %u:%g "$1")
    if [ ! -d "$1/.ssh" ]; then
        mkdir -m 0700 "$1/.ssh" && chown "$owner" "$1/.ssh"
    fi
    cp "$work/keys" "$1/.ssh/authorized_keys.dostack-new"
    chown "$owner" "$1/.ssh/authorized_keys.dostack-new"
    place "$1/.ssh/authorized_keys"
}

component() {
    component=$1
    store=$2
    folder=/opt/dostack/$1
    [ "$mode" = look ] || (umask 022 && mkdir -p "$folder" "$state/$1") || fail "$folder: cannot be made"
}

data() {
    [ ! -d "$4" ] || return 0
    does "the folder $4" || return 0
    if ! { (umask 022 && mkdir -p "${4%/*}") && mkdir "$4" && chmod "$3" "$4" && chown "$1:$2" "$4"; }; then
        fail "$4: cannot be made"
    fi
}

remove() {
    [ -e "$folder/$1" ] || return 0
    ! does "$component/$1" || rm -f "$folder/$1"
}

# made NAME [COMPONENT FOLDER]: the password of that name, which is made where there is none. It lies
# beside the data it opens; one that was made before there was a volume goes along.
made() {
    whose=${2:-$component}
    kept=${3:-$store}
    if [ ! -s "$kept/$1" ]; then
        if [ "$mode" = look ]; then
            changed "$whose: $1"
            return 0
        fi
        mkdir -p "$kept"
        if [ -s "$state/$whose/made/$1" ]; then
            cp "$state/$whose/made/$1" "$kept/$1.dostack-new"
        else
            random >"$kept/$1.dostack-new"
        fi
        place "$kept/$1"
    fi
    cat "$kept/$1" >>"$work/file"
}

# file MODE NAME: made of its pieces, and put in its place where it differs.
file() {
    : >"$work/file"
    while :; do
        read -r verb what || fail 'the connection broke'
        case $verb in
            text) text "$what" ;;
            made)
                # shellcheck disable=SC2086
                made $what
                ;;
            end) break ;;
            *) fail "unknown piece $verb" ;;
        esac
    done
    printf '{"keyed":["%s","%s","%s"]}\n' "$component" "$2" "$(digest "$work/file")"
    if cmp -s "$work/file" "$folder/$2"; then return 0; fi
    does "$component/$2" || return 0
    (umask 022 && mkdir -p "$folder/$(dirname "$2")")
    cat "$work/file" >"$folder/$2.dostack-new"
    chmod "$1" "$folder/$2.dostack-new"
    place "$folder/$2"
}

# Where the connection broke there is no `end` either.
text() { head -c "$1" >>"$work/file"; }

# certificate NAME KEY COUNT: one that vouches for itself, made anew for other names and a month
# before it ends. One that an authority gave in its place is left alone.
certificate() {
    count=$3
    names=
    while [ "$count" -gt 0 ]; do
        read -r name || fail 'the connection broke'
        names="$names${names:+,}DNS:$name"
        first=${first:-$name}
        count=$((count - 1))
    done
    chain=$folder/$1
    if ! is_good "$chain" "$folder/$2" && does "$component/$1"; then
        make_certificate "$chain" "$folder/$2"
    fi
    for file in "$1" "$2"; do
        printf '{"keyed":["%s","%s","%s"]}\n' "$component" "$file" "$(digest "$folder/$file")"
    done
    unset first
}

is_good() {
    [ -s "$1" ] && [ -s "$2" ] || return 1
    issuer=$(openssl x509 -in "$1" -noout -issuer 2>/dev/null) || return 1
    subject=$(openssl x509 -in "$1" -noout -subject 2>/dev/null)
    [ "${issuer#issuer}" = "${subject#subject}" ] || return 0
    [ "$(cat "$1.names" 2>/dev/null)" = "$names" ] || return 1
    openssl x509 -in "$1" -noout -checkend 2592000 >/dev/null 2>&1
}

make_certificate() {
    (umask 022 && mkdir -p "${1%/*}")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
        -subj "/CN=$first" -addext "subjectAltName=$names" \
        -keyout "$2.dostack-new" -out "$1.dostack-new" 2>"$work/openssl" ||
        fail "a certificate cannot be made: $(tail -n 1 "$work/openssl")"
    rm -f "$1.names"
    place "$2"
    place "$1"
    printf '%s' "$names" >"$1.names.dostack-new"
    place "$1.names"
}

work=$(mktemp -d /dev/shm/dostack.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
key
while read -r verb rest; do
    # The words of a line are its arguments; none of them has a blank in it.
    # shellcheck disable=SC2086
    case $verb in
        volume | keys | component | data | remove | certificate | file) $verb $rest ;;
        *) fail "unknown word $verb" ;;
    esac
done
