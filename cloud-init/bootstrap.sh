#!/bin/bash
# Makes a machine ready for the stack's containers.
#
# One script for machines that were born from our cloud-init and for machines that were adopted.
# Every step looks before it acts, so it may run any number of times. What is there is kept; what
# has to be written over is saved beside it and named in $STATE/saved. How far it came is written
# to $STATE/bootstrap.json.
#
# What differs from machine to machine stands in /etc/dostack/machine.env:
#   DOCKER      docker-ce (Docker's own packages) or distribution
#   VOLUMES     the volumes, each as NAME:MOUNT:FILESYSTEM:LABEL, with blanks between them: its name
#               at DigitalOcean, where it is mounted, ext4 or xfs, and a label, which may be empty
#   SWAP_MB     how much swap the machine gets at least; 0 for none
set -Eeuo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

CONFIG=/etc/dostack
STATE=/var/lib/dostack
STEP=settings

# report STATUS: how far it came, in one piece or not at all.
report() {
    printf '{"status":"%s","step":"%s"}\n' "$1" "$STEP" >"$STATE/bootstrap.json.new"
    sync "$STATE/bootstrap.json.new"
    mv -f "$STATE/bootstrap.json.new" "$STATE/bootstrap.json"
}

# step NAME: what the marker names if this goes wrong.
step() {
    STEP=$1
    CHANGED=no
    echo "dostack: $STEP"
}

# refuse WORDS: nothing was changed by the step, and a person has to look.
refuse() {
    echo "dostack: refused: $*" >&2
    return 1
}

# write FILE MODE, content on stdin: nothing happens where it is so already.
write() {
    local file=$1 mode=$2 new
    mkdir -p "$(dirname "$file")"
    new=$(mktemp "$file.XXXXXX")
    cat >"$new"
    if [ -e "$file" ] && cmp -s "$new" "$file"; then
        rm -f "$new"
        return 0
    fi
    if [ -e "$file" ] && ! grep -qxF "$file" "$STATE/ours" 2>/dev/null; then
        cp -a "$file" "$file.before-dostack"
        echo "$file.before-dostack" >>"$STATE/saved"
    fi
    chmod "$mode" "$new"
    mv -f "$new" "$file"
    grep -qxF "$file" "$STATE/ours" 2>/dev/null || echo "$file" >>"$STATE/ours"
    CHANGED=yes
}

# install PACKAGE…: only those that are missing.
install() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "${LISTS:-old}" = old ]; then
        apt-get update -q
        LISTS=new
    fi
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}

has_systemd() { [ -d /run/systemd/system ]; }

settings() {
    mkdir -p "$STATE" "$CONFIG"
    chmod 0755 "$STATE"
    report running
    # shellcheck source=/dev/null
    . "$CONFIG/machine.env"
    : "${DOCKER:=docker-ce}" "${VOLUMES:=}" "${SWAP_MB:=0}"
}

# Packages are upgraded by themselves; a restart of the machine is nobody's surprise.
packages() {
    step packages
    write /etc/apt/apt.conf.d/60dostack 0644 <<'CONF'
DPkg::Lock::Timeout "600";
Acquire::Retries "5";
Unattended-Upgrade::Automatic-Reboot "false";
CONF
    install ca-certificates curl iptables unattended-upgrades
}

volumes() {
    local each all
    read -ra all <<<"$VOLUMES"
    for each in "${all[@]}"; do
        IFS=: read -r VOLUME MOUNT FILESYSTEM LABEL <<<"$each"
        volume
    done
}

# Another disk that is missing, or has on it what we did not put there, is never touched.
volume() {
    step volume
    local device=/dev/disk/by-id/scsi-0DO_Volume_$VOLUME
    await_device "$device"
    format "$device"
    mount_volume "$device"
    grow "$device"
}

await_device() {
    local tries=60
    until [ -b "$1" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || refuse "the volume $VOLUME is not attached: there is no $1"
        sleep 2
    done
    if command -v udevadm >/dev/null; then udevadm settle --timeout=30 || true; fi
}

# Formats a disk that has nothing on it at all: blkid looks at the disk itself, not at a cache,
# and wipefs finds what is no file system, as a partition table.
format() {
    local found code=0
    found=$(blkid -p -o value -s TYPE "$1") || code=$?
    case "$code:$found" in
        "0:$FILESYSTEM") return 0 ;;
        2:) ;;
        *) refuse "the volume $VOLUME carries '${found:-something unknown}', not $FILESYSTEM; nothing was formatted" ;;
    esac
    [ -z "$(wipefs -n "$1")" ] || refuse "the volume $VOLUME has signatures on it; nothing was formatted"
    case $FILESYSTEM in
        ext4) mkfs.ext4 -q ${LABEL:+-L "$LABEL"} "$1" </dev/null ;;
        xfs)
            install xfsprogs
            mkfs.xfs -q ${LABEL:+-L "$LABEL"} "$1" </dev/null
            ;;
        *) refuse "unknown file system $FILESYSTEM" ;;
    esac
}

mount_volume() {
    local there
    mkdir -p "$MOUNT"
    there=$(findmnt -n -o TARGET -S "$(readlink -f "$1")" | head -n 1 || true)
    if [ -n "$there" ] && [ "$there" != "$MOUNT" ]; then
        keep_line "$there $MOUNT none bind,nofail,x-systemd.requires-mounts-for=$there 0 0"
        mountpoint -q "$MOUNT" || mount --bind "$there" "$MOUNT"
        return 0
    fi
    keep_line "$1 $MOUNT $FILESYSTEM defaults,nofail,discard,noatime 0 2"
    mountpoint -q "$MOUNT" || mount "$MOUNT"
}

# keep_line LINE: one line of fstab for the mount; another one for it is left as it is.
keep_line() {
    grep -Eqs "^[^#]*[[:space:]]${MOUNT}[[:space:]]" /etc/fstab || echo "$1" >>/etc/fstab
}

# A volume that was made larger gets its file system made larger, while it is mounted.
grow() {
    case $FILESYSTEM in
        ext4) resize2fs "$(readlink -f "$1")" >/dev/null 2>&1 || refuse "the file system of $VOLUME cannot be made larger" ;;
        xfs) xfs_growfs "$MOUNT" >/dev/null ;;
    esac
}

swap() {
    [ "$SWAP_MB" -gt 0 ] || return 0
    step swap
    [ "$(awk '/^SwapTotal/ { print $2 }' /proc/meminfo)" -eq 0 ] || return 0
    if [ ! -e /swapfile ]; then
        (umask 077 && fallocate -l "${SWAP_MB}M" /swapfile && mkswap /swapfile >/dev/null)
    fi
    grep -Eqs '^/swapfile[[:space:]]' /etc/fstab || echo '/swapfile none swap sw 0 0' >>/etc/fstab
    swapon /swapfile
}

# A running engine is kept as it is, with its settings.
docker_engine() {
    step docker
    if [ ! -e /etc/docker/daemon.json ]; then
        write /etc/docker/daemon.json 0644 <"$CONFIG/daemon.json"
    fi
    if command -v docker >/dev/null && docker compose version >/dev/null 2>&1; then
        :
    elif [ "$DOCKER" = distribution ]; then
        distribution_docker
    else
        docker_source
        install docker-ce docker-ce-cli containerd.io docker-compose-plugin
    fi
    if has_systemd; then systemctl enable --quiet --now docker; fi
}

# The distribution's packages, which call the second generation of Compose by other names: Debian
# packs the client apart too, and has that Compose from version 13 on.
distribution_docker() {
    local id
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && echo "$ID")
    case $id in
        debian) install docker.io docker-cli docker-compose ;;
        *) install docker.io docker-compose-v2 ;;
    esac
}

# Docker's own packages (docs.docker.com: Engine, Install, Ubuntu and Debian), signed by the key in
# the file: no key server is asked.
docker_source() {
    local id codename
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && echo "$ID")
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    write /etc/apt/keyrings/docker.asc 0644 <"$CONFIG/docker.asc"
    write /etc/apt/sources.list.d/docker.sources 0644 <<CONF
Types: deb
URIs: https://download.docker.com/linux/$id
Suites: $codename
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: /etc/apt/keyrings/docker.asc
CONF
    if [ "$CHANGED" = yes ]; then LISTS=old; fi
}

# What a machine was given at its birth stays readable at the metadata address for as long as it
# lives: for root only from here on, and for no container.
metadata() {
    step metadata
    write /usr/local/sbin/dostack-close-metadata 0755 <<'SCRIPT'
#!/bin/sh
# Closes the metadata address to everybody but root, and to containers.
set -eu
rule() { iptables -w -C "$@" 2>/dev/null || iptables -w -I "$@"; }
rule OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j REJECT
if iptables -w -n -L DOCKER-USER >/dev/null 2>&1; then
    rule DOCKER-USER -d 169.254.169.254 -j REJECT
fi
SCRIPT
    write /etc/systemd/system/dostack-close-metadata.service 0644 <<'UNIT'
[Unit]
Description=Closes the metadata address to containers and to everybody but root
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/dostack-close-metadata

[Install]
WantedBy=multi-user.target docker.service
UNIT
    if has_systemd; then
        systemctl daemon-reload
        systemctl enable --quiet dostack-close-metadata
        systemctl restart dostack-close-metadata
    fi
}

# The machine's own figures, in the private network only.
node_exporter() {
    step node-exporter
    local address
    address=$(private_address)
    if [ -z "$address" ]; then
        echo 'dostack: no address in a private network: the node exporter answers on 127.0.0.1 only'
    fi
    write /etc/default/prometheus-node-exporter 0644 <<CONF
ARGS="--web.listen-address=${address:-127.0.0.1}:9100"
CONF
    install prometheus-node-exporter
    if has_systemd && [ "$CHANGED" = yes ]; then systemctl restart prometheus-node-exporter; fi
}

# The address in the private network: as somebody wrote it down, as DigitalOcean says, or as an
# interface has it. Not as eth0 has it: a private address there is the other end of a reserved IP.
private_address() {
    cat "$CONFIG/private-address" 2>/dev/null && return 0
    curl -fsS --max-time 5 http://169.254.169.254/metadata/v1/interfaces/private/0/ipv4/address 2>/dev/null && return 0
    { ip -4 -o address show scope global 2>/dev/null || true; } | awk '
        $2 ~ /^(eth0|docker|br-|veth)/ || found { next }
        $4 ~ /^(10|192\.168|172\.(1[6-9]|2[0-9]|3[01]))\./ { sub("/.*", "", $4); print $4; found = 1 }'
}

# The folders that compose files and settings go to; secrets among them are root's alone.
folders() {
    step folders
    mkdir -p /opt/dostack
    chmod 0750 /opt/dostack
}

main() {
    settings
    packages
    volumes
    swap
    docker_engine
    metadata
    node_exporter
    folders
    STEP=end
    report "done"
}

mkdir -p "$STATE"
trap 'report failed' ERR
main
