# shellcheck shell=sh
# What the probes of a machine have in common. Each of them answers with a line of JSON, and after it
# as many bytes of what was said as the line tells.
set -u
umask 077
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP INT TERM

# probe NUMBER COMMAND…: runs it and tells how it went.
probe() {
    number=$1
    shift
    code=0
    : >"$work/requests"
    ("$@") </dev/null >"$work/body" 2>&1 || code=$?
    head -c 262144 "$work/body" >"$work/said"
    printf '{"probe":%d,"exit":%d,"requests":[%s],"bytes":%d}\n' "$number" "$code" \
        "$(paste -s -d , "$work/requests")" "$(wc -c <"$work/said")"
    cat "$work/said"
    echo
}

# nothing WHY: there is nothing to measure yet.
nothing() {
    echo "$*"
    exit 75
}

# get LIMIT ARGUMENT…: a request, whose answer is printed; what it took is noted once it is there.
get() {
    limit=$1
    shift
    rm -f "$work/answer"
    took=$(curl -q -sS -g --noproxy '*' --max-time "$limit" -o "$work/answer" \
        -w '{"status":%{http_code},"seconds":%{time_total}}' "$@") || return
    echo "$took" >>"$work/requests"
    [ ! -e "$work/answer" ] || cat "$work/answer"
}

# component FOLDER: the compose project that comes next.
component() {
    folder=$1
    key=
}

# in_service SERVICE COMMAND…: in its container, as it is there.
in_service() {
    cd "$folder" || return
    ended=0
    timeout "${patience:-20}" docker compose exec -T "$@" </dev/null || ended=$?
    [ "$ended" -ne 124 ] || echo 'its container does not answer in time'
    return "$ended"
}

# weaviate ADDRESS: where it listens, and the key that it knows itself by.
weaviate() {
    host=$1
    base=http://$host:8080
    key=$(in_service weaviate printenv AUTHENTICATION_APIKEY_ALLOWED_KEYS 2>/dev/null | head -n 1 | cut -d , -f 1)
}

# The key as curl reads it from its input: among its arguments everybody would see it.
authorization() {
    printf 'header = "Authorization: Bearer %s"\n' "$(printf %s "$key" | sed 's/[\\"]/\\&/g')"
}

# look PATH ARGUMENT…: a request with the key that is no part of what is measured.
look() {
    path=$1
    shift
    authorization | curl -q -sSf -g --noproxy '*' --max-time 10 -K - "$@" "$base$path"
}

needs_key() {
    [ -n "$key" ] && return
    echo 'its container does not tell its key: it may not run'
    exit 1
}

weaviate_ready() {
    get "$1" "$base/v1/.well-known/ready"
}

weaviate_key() {
    needs_key
    get 5 "$base/v1/meta" >/dev/null || return
    authorization | get 5 -K - "$base/v1/meta" >/dev/null
}

weaviate_nodes() {
    needs_key
    look /v1/nodes
}

weaviate_share() {
    get 10 "http://$host:2112/metrics" >"$work/page" || return
    grep -q '^# TYPE' "$work/page" || {
        echo 'port 2112 shows no page of metrics'
        return 1
    }
    grep -E '^(# TYPE )?queries_durations_ms' "$work/page" || true
}

# values NAME PATTERN: of a name in JSON, a line each; for words that need no escapes.
values() {
    # shellcheck disable=SC2020 # one line end for each of the three
    tr ',{}' '\n\n\n' | sed -n "s/^\"$1\":\"\\($2\\)\".*/\\1/p"
}

# place CLASS TENANT: what is searched; what is empty is looked for.
place() {
    needs_key
    class=$1
    tenant=$2
    if [ -z "$class" ]; then
        look /v1/schema >"$work/schema" || exit
        class=$(values class '[A-Za-z0-9_]*' <"$work/schema" | head -n 1)
        [ -n "$class" ] || nothing 'there is no class yet'
    fi
    # A class without tenants refuses to list them.
    if [ -z "$tenant" ] && look "/v1/schema/$class/tenants" >"$work/tenants" 2>/dev/null; then
        tenant=$(tr '}' '\n' <"$work/tenants" | grep -E '"(ACTIVE|HOT)"' | values name '[A-Za-z0-9_-]*' | head -n 1)
        [ -n "$tenant" ] || nothing "the class $class has no active tenant yet"
    fi
    whose=
    [ -z "$tenant" ] || whose=",tenant:\\\"$tenant\\\""
}

# search COUNT: sends the query so often; the answer to the one before, which is not counted, is printed.
search() {
    look /v1/graphql -H 'Content-Type: application/json' --data-binary "@$work/query" || return
    authorization | curl -q -sS --noproxy '*' --max-time 30 -K - -o /dev/null \
        -H 'Content-Type: application/json' --data-binary "@$work/query" \
        -w '{"status":%{http_code},"seconds":%{time_total}}\n' "$base/v1/graphql?[1-$1]" >>"$work/requests"
}

# weaviate_search CLASS TENANT COUNT: what is near to some object, so that no model takes part.
weaviate_search() {
    place "$1" "$2"
    look "/v1/objects?class=$class&limit=1${tenant:+&tenant=$tenant}" >"$work/objects" || return
    object=$(values id '[0-9a-f-]\{36\}' <"$work/objects" | head -n 1)
    [ -n "$object" ] || nothing "the class $class has no objects yet"
    printf '{"query":"{Get{%s(limit:10%s,nearObject:{id:\\"%s\\"}){_additional{id}}}}"}' \
        "$class" "$whose" "$object" >"$work/query"
    search "$3"
}

# weaviate_question CLASS TENANT CONCEPTS: a question in words, as it stands in a query.
weaviate_question() {
    place "$1" "$2"
    printf '{"query":"{Get{%s(limit:10%s,nearText:{concepts:[%s]}){_additional{id}}}}"}' \
        "$class" "$whose" "$3" >"$work/query"
    authorization | get 30 -K - -H 'Content-Type: application/json' \
        --data-binary "@$work/query" "$base/v1/graphql"
}

# postgres DATABASE STATEMENT: what it answers, in one line.
postgres() {
    in_service -u postgres postgres psql --no-psqlrc -qAtX -v ON_ERROR_STOP=1 -d "$1" -c "$2"
}

# postgres_load CLIENTS THREADS SECONDS: pgbench on a database that is made for it and dropped after it.
postgres_load() {
    patience=$(($3 + 170))
    # shellcheck disable=SC2016 # the container's shell fills these in
    in_service -u postgres postgres sh -c '
        set -eu
        ask() { psql --no-psqlrc -qAtX -v ON_ERROR_STOP=1 -d postgres -c "$1"; }
        mark="made for dostack probe, and dropped after it"
        there=$(ask "SELECT coalesce(shobj_description(oid, \$\$pg_database\$\$), \$\$\$\$) FROM pg_database WHERE datname = \$\$dostack_probe\$\$")
        known=$(ask "SELECT count(*) FROM pg_database WHERE datname = \$\$dostack_probe\$\$")
        if [ "$known" = 1 ] && [ "$there" != "$mark" ]; then
            echo "there is a database dostack_probe that was not made by this probe; it was left as it is"
            exit 1
        fi
        drop() { dropdb --if-exists --force dostack_probe >/dev/null 2>&1; }
        drop
        trap drop EXIT
        createdb dostack_probe
        ask "COMMENT ON DATABASE dostack_probe IS \$\$$mark\$\$"
        pgbench -q -i -s "$1" dostack_probe
        pgbench -c "$1" -j "$2" -T "$3" dostack_probe
    ' sh "$1" "$2" "$3"
}

cache_ping() {
    # shellcheck disable=SC2016 # the container's shell fills this in
    in_service dragonfly sh -c 'REDISCLI_AUTH=$DFLY_requirepass redis-cli ping'
}

