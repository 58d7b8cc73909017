#!/bin/sh
# Says how a machine is, a JSON document a line; changes nothing.
#
# Arguments: how many seconds to wait for the end of the bootstrap script, then the files whose
# digests are asked for.
set -u
patience=$1
shift
state=/var/lib/dostack

marker() { head -c 1000 "$state/bootstrap.json" 2>/dev/null; }

# Whether the script is still to end: it has begun, or cloud-init has not come to it yet.
is_awaited() {
    case $(marker) in
        *'"done"'* | *'"failed"'*) return 1 ;;
        *'"running"'*) return 0 ;;
        *) case $(birth) in running | 'not started' | 'not run') return 0 ;; *) return 1 ;; esac ;;
    esac
}

# What cloud-init says of itself; nothing where there is none.
birth() { cloud-init status 2>/dev/null | sed -n 's/^status: \([a-z ]*\)$/\1/p'; }

# It writes often how far it is; before it began, cloud-init takes its time to say anything.
bootstrap() {
    turns=$((patience * 5))
    while [ "$turns" -gt 0 ] && is_awaited; do
        case $(marker) in
            '') sleep 1 && turns=$((turns - 5)) ;;
            *) sleep 0.2 && turns=$((turns - 1)) ;;
        esac
    done
    if [ -s "$state/bootstrap.json" ]; then
        printf '{"bootstrap":%s}\n' "$(marker)"
    elif is_awaited; then
        echo '{"bootstrap":{"status":"running","step":"cloud-init"}}'
    fi
}

# Reads `sha256sum`; a name that needs care is none of ours.
digests() {
    awk '/^[0-9a-f]/ && !/["\\]/ { print "{\"file\":[\"" substr($0, 67) "\",\"" substr($0, 1, 64) "\"]}" }'
}

# Files for root alone hold secrets: no digest of them leaves the machine.
files() {
    [ $# -eq 0 ] || sha256sum -- "$@" 2>/dev/null | digests
    find /opt/dostack -mindepth 2 -type f ! -perm 600 -size -2048k -exec sha256sum {} + 2>/dev/null | digests
    # Large ones are only there: reading them takes too long.
    find /opt/dostack -mindepth 2 -type f -size +2047k ! -path '*["\\]*' -printf '{"file":["%p","large"]}\n' 2>/dev/null
}

mounts() {
    findmnt -rn -o TARGET 2>/dev/null | awk '/^\/mnt\// && !/["\\]/ { print "{\"mount\":\"" $0 "\"}" }'
}

manifests() {
    for file in "$state"/*/manifest.json; do
        [ -s "$file" ] || continue
        component=${file%/manifest.json}
        printf '{"manifest":["%s",%s]}\n' "${component##*/}" "$(tr -d '\n' <"$file")"
    done
}

# shellcheck disable=SC2016 # the dollars are awk's
host_key() {
    whose=born
    [ ! -e "$state/host-key" ] || whose=own
    awk -v whose="$whose" '!/["\\]/ { print "{\"host_key\":[\"" whose "\",\"" $1 " " $2 "\"]}"; exit }' \
        /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null
}

# What a container calls its node, for a store whose data knows it: what it is told, or else its host's
# name (Weaviate: `CLUSTER_HOSTNAME`). The one that comes last counts.
# shellcheck disable=SC2016 # the dollars are the template's
NODE='{"node":[{{json $name}},{{json .Config.Hostname}}]}{{println}}{{range .Config.Env}}{{$pair := split . "="}}{{if eq (index $pair 0) "CLUSTER_HOSTNAME"}}{"node":[{{json $name}},{{json (index $pair 1)}}]}{{println}}{{end}}{{end}}'

engine() {
    command -v docker >/dev/null || return 0
    timeout 20 docker version --format '{"engine":{{json .Server.Version}}}' 2>/dev/null || return 0
    all=$(timeout 20 docker ps -a --no-trunc --format \
        '{{.ID}} {"container":[{{json (.Label "com.docker.compose.project.working_dir")}},{{json (.Label "com.docker.compose.service")}},{{json .State}},{{json .Status}},{{json .Names}},{{json .Image}}]}' \
        2>/dev/null)
    [ -n "$all" ] || return 0
    printf '%s\n' "$all" | cut -d ' ' -f 2-
    # shellcheck disable=SC2046
    set -- $(printf '%s\n' "$all" | cut -d ' ' -f 1)
    # shellcheck disable=SC2016 # the dollar is the template's
    timeout 20 docker inspect -f \
        '{{$name := slice .Name 1}}{{range .Mounts}}{"data":[{{json $name}},{{json .Destination}},{{json .Source}}]}{{println}}{{end}}'"$NODE" "$@" 2>/dev/null
}

bootstrap
files "$@"
mounts
manifests
host_key
engine
exit 0
