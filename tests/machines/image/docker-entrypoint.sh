#!/bin/bash
# A stand-in for the entry point of the Postgres image, by its description: an empty data folder is
# made, and the scripts for a first start are run against a server on its socket only.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres: "$PGDATA"
    chmod 0700 "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/lib/postgresql "$0" "$@"
fi

first_start() {
    local arguments
    read -ra arguments <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb -D "$PGDATA" --username=postgres --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
    PGUSER=postgres pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -k /tmp" start
    local script
    # shellcheck source=/dev/null
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) if [ -x "$script" ]; then PGHOST=/tmp "$script"; else PGHOST=/tmp . "$script"; fi ;;
            *.sql) PGHOST=/tmp psql -v ON_ERROR_STOP=1 --no-password --username postgres -f "$script" ;;
        esac
    done
    PGUSER=postgres pg_ctl -D "$PGDATA" -m fast -w stop
}

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then first_start; fi
exec "$@"
