#!/bin/sh
# Becomes Nginx; a loop beside it has Nginx read its certificates anew when there are others.
set -u
settings=/etc/nginx/dostack/nginx.conf

certificates() { cat /etc/nginx/acme/*/site.pem 2>/dev/null | cksum; }

watch() {
    known=$1
    while sleep 5; do
        found=$(certificates)
        [ "$found" != "$known" ] || continue
        known=$found
        nginx -q -t -c "$settings" && nginx -c "$settings" -s reload
    done
}

watch "$(certificates)" &
exec nginx -c "$settings" -g 'daemon off;'
