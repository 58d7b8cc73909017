# Has a component's Postgres write everything it holds in memory, so that it recovers soon.
set -eu
read -r component
cd "/opt/dostack/$component"
docker compose -f compose.yaml exec -T postgres \
    psql --no-psqlrc --quiet --username postgres --dbname postgres --command CHECKPOINT </dev/null >&2
