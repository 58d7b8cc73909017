"""Hooks by which Schemathesis finds its way around: half of its guesses become things that exist.

Left to itself it asks for droplets and regions that there are not and is told so. Which guess is
replaced follows from the guess, so that the same seed sends the same requests.
"""

import os
import zlib
from urllib.parse import quote

import requests
import schemathesis

URL = os.environ["DIGITALOCEAN_API_URL"]
HEADERS = {"Authorization": f"Bearer {os.environ['DIGITALOCEAN_TOKEN']}"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINfsOLYCT5Nh/mUGkKR2dp8nGLl8YdyJiiUIUBSdAqzn ops"

# What is made when a request could do with one: the call that lists it, the call's key, and a body.
DROPLET = {"name": "web", "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64"}
RULE = {"protocol": "tcp", "ports": "all", "destinations": {"addresses": ["0.0.0.0/0"]}}
ALERT = {
    "type": "v1/insights/droplet/cpu",
    "description": "CPU",
    "compare": "GreaterThan",
    "value": 80,
    "window": "5m",
    "entities": [],
    "tags": [],
    "alerts": {"email": ["someone@example.com"], "slack": []},
    "enabled": True,
}
KINDS = {
    "droplet_id": ("droplets", "id", DROPLET),
    "volume_id": ("volumes", "id", {"name": "data", "size_gigabytes": 1, "region": "sfo2"}),
    "firewall_id": ("firewalls", "id", {"name": "wall", "outbound_rules": [RULE]}),
    "vpc_id": ("vpcs", "id", {"name": "inner", "region": "sfo2"}),
    "domain_name": ("domains", "name", {"name": "example.com"}),
    "ssh_key_identifier": ("account/keys", "id", {"name": "ops", "public_key": KEY}),
    "tag_id": ("tags", "name", {"name": "web"}),
    "image_id": ("images?private=true", "id", None),
    "snapshot_id": ("snapshots", "id", None),
    "reserved_ip": ("reserved_ips", "ip", {"region": "sfo2"}),
    "project_id": ("projects", "id", {"name": "shop", "purpose": "Web Application"}),
    "alert_uuid": ("monitoring/alerts", "uuid", ALERT),
    # These are looked for where the path of the request has them.
    "action_id": (None, "id", None),
    "domain_record_id": (None, "id", {"type": "A", "name": "www", "data": "192.0.2.7"}),
}

# Fields of bodies that name something: what the catalog has, or a kind from above.
WORDS = {
    "region": "sfo2",
    "size": "s-1vcpu-1gb",
    "image": "ubuntu-22-04-x64",
    "public_key": KEY,
    "ip_range": "10.77.0.0/20",
    "name": "a-name",
    "volume_name": "data",
    "purpose": "Web Application",
}
NAMES = {
    "droplet_id": "droplet_id",
    "droplet_ids": "droplet_id",
    "entities": "droplet_id",
    "volumes": "volume_id",
    "vpc_uuid": "vpc_id",
    "ssh_keys": "ssh_key_identifier",
    "tags": "tag_id",
    "tag_name": "tag_id",
    "snapshot_id": "snapshot_id",
    "project_id": "project_id",
    "resource_id": "droplet_id",
}


def is_replaced(guess):
    """A coin whose side follows from the guess."""
    return zlib.crc32(repr(guess).encode("utf-8", "replace")) % 2 == 0


def existing(kind, place=None):
    """The name of one that exists; it is made if there is none. None if that cannot be."""
    path, key, body = KINDS[kind]
    address = f"{URL}/v2/{path}" if path else place
    for _ in range(2):
        answer = requests.get(address, headers=HEADERS, timeout=5)
        lists = [value for value in answer.json().values() if isinstance(value, list)]
        if lists and lists[0]:
            return lists[0][-1][key]
        if body is None or not answer.ok:
            return None
        requests.post(address, headers=HEADERS, json=body, timeout=5)
    return None


def improved(field, guess):
    """The guess, or something in its place that exists."""
    if isinstance(guess, dict):
        return {inner: improved(inner, value) for inner, value in guess.items()}
    if isinstance(guess, list):
        return [improved(field, value) for value in guess]
    if field in WORDS and isinstance(guess, str) and is_replaced(guess):
        return WORDS[field]
    if field in NAMES and is_replaced(guess):
        return existing(NAMES[field]) or guess
    return guess


def improve_path(path, parameters):
    """Names things that exist all the way, from left to right."""
    place = URL
    for part in path.split("/")[1:]:
        name = part.strip("{}")
        if name in KINDS:
            parameters[name] = str(existing(name, place) or parameters[name])
        place += "/" + quote(str(parameters[name]) if name != part else part, safe="")


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Takes out the links: those of the keys lead to operations that the description does not have."""
    places = [*raw_schema["paths"].values(), {"all": raw_schema["components"]}]
    for place in places:
        for operation in place.values():
            for answer in operation.get("responses", {}).values():
                answer.pop("links", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Turns guesses into things that exist."""
    if is_replaced((case.path_parameters, case.query, case.body)):
        improve_path(case.operation.path, case.path_parameters)
    if isinstance(case.query, dict):
        case.query = {name: improved(name, guess) for name, guess in case.query.items()}
    if isinstance(case.body, dict):
        case.body = improved("", case.body)
