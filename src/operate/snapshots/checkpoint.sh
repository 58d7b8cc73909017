# Has a component's Postgres write everything it holds in memory, so that it recovers soon.
set -eu
read -r component
cd "/opt/dostack/$component"
# Its socket lets the account in that is called as the role is.
docker compose -f compose.yaml exec -T --user postgres postgres \
    psql --no-psqlrc --quiet --username postgres --dbname postgres --command CHECKPOINT </dev/null >&2
