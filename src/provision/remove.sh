#!/bin/sh
# Stops services of a component that are wanted no more and removes their containers. Their data
# stays.
#
# Arguments: the component, then the services.
set -eu
component=$1
shift
for service; do
    ids=$(docker ps -aq --filter "label=com.docker.compose.project=$component" --filter "label=com.docker.compose.service=$service")
    for id in $ids; do
        docker stop --time 120 "$id" >/dev/null
        docker rm "$id" >/dev/null
    done
done
