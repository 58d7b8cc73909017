#!/bin/sh
# Makes the Python environment once for each list of packages, then becomes the program.
set -eu
home=/opt/environment
list=/run/dostack/requirements.txt
wanted=$(sha256sum "$list" | cut -c1-16)
if [ "$(cat "$home/made-from" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$home/venv" "$home/made-from"
    python -m venv "$home/venv"
    "$home/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"
    echo "$wanted" >"$home/made-from"
fi
PATH=$home/venv/bin:$PATH
export PATH
touch /tmp/started
exec sh -c "exec $DOSTACK_COMMAND"
