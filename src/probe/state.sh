# shellcheck shell=sh
# How a machine is: a line for each thing, its parts apart by tabulators.
set -u

line() {
    printf '%s' "$1"
    shift
    printf '\t%s' "$@"
    echo
}

line up "$(cut -d . -f 1 /proc/uptime)"
line memory "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)"

# The machine's own disk, and the volumes.
df -P -k / /mnt/*/ 2>/dev/null | awk 'NR > 1 && !seen[$6]++ { printf "disk\t%s\t%s\t%s\n", $6, $2, $3 }'

# The files of a version that was chosen by its name alone would say less than the container does.
if command -v docker >/dev/null; then
    docker ps --all --filter label=com.docker.compose.project --format \
        'service{{"\t"}}{{.Label "com.docker.compose.project"}}{{"\t"}}{{.Label "com.docker.compose.service"}}{{"\t"}}{{.Image}}{{"\t"}}{{.State}}{{"\t"}}{{.Status}}' ||
        line trouble 'docker does not answer'
else
    line trouble 'docker is not installed'
fi

# Those that are made or brought, and those that an authority gave.
now=$(date +%s)
for file in /opt/dostack/*/certificates/fullchain.pem /var/lib/dostack/*/certificates/*/site.pem; do
    [ -e "$file" ] || continue
    ends=$(openssl x509 -in "$file" -noout -enddate 2>/dev/null) || {
        line trouble "$file is no certificate"
        continue
    }
    ends=$(date -d "${ends#notAfter=}" +%s)
    project=${file%%/certificates/*}
    line certificate "${project##*/}" $(((ends - now) / 86400))
done
