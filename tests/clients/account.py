"""The account that the sessions of this folder work on, as their environment names it."""

import faulthandler
import os
import time

URL = os.environ["DIGITALOCEAN_API_URL"]
TOKEN = os.environ["DIGITALOCEAN_TOKEN"]

REGION = "sfo2"
SIZE = "s-1vcpu-1gb"
LARGER = "s-1vcpu-2gb"
IMAGE = "ubuntu-22-04-x64"

# A public key; nobody has the private one.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINfsOLYCT5Nh/mUGkKR2dp8nGLl8YdyJiiUIUBSdAqzn ops"

# Longer than anything takes at the pace of these tests; only a failure waits so long.
PATIENCE = 20.0

# A client that waits for ever for an answer ends with a trace of where it waits.
faulthandler.dump_traceback_later(120, exit=True)


def until(what, look):
    """Looks until there is something to see, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.005)
    raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
