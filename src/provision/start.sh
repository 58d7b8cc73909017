#!/bin/sh
# Starts services of a component, waits until each serves or will not, and says so in JSON.
#
# Arguments: the component, how many seconds each may take, then pairs of a service and what is
# done to it: `renew` or `start`. Nothing but these services is touched.
set -u
component=$1
patience=$2
shift 2
cd "/opt/dostack/$component" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Quick checks are in a file of their own, where the engine knows them.
override=
[ ! -e compose.override.yaml ] || override='-f compose.override.yaml'
# shellcheck disable=SC2086
compose() { docker compose --ansi never -f compose.yaml $override "$@"; }

container() {
    docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$component" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | head -n 1
}

healthy() { printf '{"healthy":"%s"}\n' "$1"; }

# failed SERVICE WHY: with its last lines, as digits, because they may hold anything.
failed() {
    id=$(container "$1")
    {
        [ ! -s "$work/$1.up" ] || tail -n 20 "$work/$1.up"
        if [ -n "$id" ]; then
            docker logs --tail 50 "$id" 2>&1 | tail -n 50 | tail -c 16000
            docker inspect -f '{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{println}}{{end}}{{end}}' "$id" |
                grep . | tail -n 1 | head -c 500 | sed 's/^/health check: /'
        fi
    } >"$work/log" 2>/dev/null
    printf '{"failed":["%s","%s","%s"]}\n' "$1" "$2" "$(od -An -v -tx1 "$work/log" | tr -d ' \n')"
}

# begin SERVICE DEED: one at a time, so that an image nobody has keeps no other from starting.
begin() {
    again=
    [ "$2" = start ] || again=--force-recreate
    # shellcheck disable=SC2086
    if compose up -d --no-deps --no-build --quiet-pull $again "$1" </dev/null >"$work/$1.up" 2>&1; then
        : >"$work/$1.up"
        return 0
    fi
    failed "$1" 'it could not be started'
    return 1
}

# verdict SERVICE: `good`, `wait`, or why it is bad.
verdict() {
    [ -s "$work/$1.id" ] || container "$1" >"$work/$1.id"
    # shellcheck disable=SC2046
    set -- "$1" $(docker inspect -f '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}}' "$(cat "$work/$1.id")" 2>/dev/null)
    [ $# -eq 4 ] || set -- "$1" gone none 0
    case $2:$3 in
        running:healthy) echo good ;;
        # Without a health check it has to stay up for a while.
        running:none) if [ "$(age "$1" "$4")" -ge 8 ]; then echo good; else echo wait; fi ;;
        *:unhealthy) echo 'its health check fails' ;;
        exited:* | dead:*) echo 'it ended' ;;
        gone:*) echo 'its container is gone' ;;
        *) if [ "$4" -ge 5 ]; then echo 'it ends again and again'; else echo wait; fi ;;
    esac
}

# age SERVICE RESTARTS: how often it was seen up since it last began.
age() {
    echo "$2" >>"$work/$1.seen"
    awk -v now="$2" '$1 != now { count = 0; next } { count++ } END { print count }' "$work/$1.seen"
}

waiting=
while [ $# -ge 2 ]; do
    ! begin "$1" "$2" || waiting="$waiting $1"
    shift 2
done
end=$(($(date +%s) + patience))
while [ -n "$waiting" ]; do
    left=
    for service in $waiting; do
        said=$(verdict "$service")
        case $said in
            good) healthy "$service" ;;
            wait) left="$left $service" ;;
            *) failed "$service" "$said" ;;
        esac
    done
    waiting=$left
    [ -n "$waiting" ] || break
    if [ "$(date +%s)" -ge "$end" ]; then
        for service in $waiting; do failed "$service" "it was not healthy after $patience s"; done
        break
    fi
    sleep 0.25
done
exit 0
