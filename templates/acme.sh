#!/bin/sh
# Asks an authority for a certificate for each name, and in time for the next one; never gives up.
#
# What it gets goes to /served, a folder for each name: the chain with its key in one file, which is
# there in one piece or not at all, and the settings by which Nginx takes it.
set -uf
umask 077
trap 'exit 0' TERM INT

# ask NAME: does nothing while what there is lasts for a while.
ask() {
    contact=--register-unsafely-without-email
    [ -z "$ACME_EMAIL" ] || contact=--email=$ACME_EMAIL
    certbot certonly --non-interactive --agree-tos "$contact" --server "$ACME_DIRECTORY" \
        --webroot --webroot-path /var/www/acme --keep-until-expiring \
        --cert-name "$1" --domain "$1" </dev/null
}

# serve NAME: hands it to Nginx, which looks for another one by itself.
serve() {
    got=/etc/letsencrypt/live/$1
    folder=/served/$1
    mkdir -p "$folder"
    cat "$got/fullchain.pem" "$got/privkey.pem" >"$folder/site.pem.new" || return 1
    if cmp -s "$folder/site.pem.new" "$folder/site.pem"; then
        rm "$folder/site.pem.new"
    else
        mv "$folder/site.pem.new" "$folder/site.pem"
    fi
    there=/etc/nginx/acme/$1/site.pem
    printf 'ssl_certificate %s;\nssl_certificate_key %s;\n' "$there" "$there" >"$folder/site.conf.new"
    mv "$folder/site.conf.new" "$folder/site.conf"
}

while :; do
    : >/tmp/turned
    pause=43200
    for name in $ACME_NAMES; do
        # An authority counts failures: Let's Encrypt lets five an hour pass for a name.
        if ! { ask "$name" && serve "$name"; }; then pause=1200; fi
    done
    sleep "$pause" &
    wait $!
done
