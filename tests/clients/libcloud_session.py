"""Apache Libcloud, to which DigitalOcean is one cloud of many, runs machines, disks and zones."""

import unittest
from urllib.parse import urlsplit

from libcloud.common.digitalocean import DigitalOcean_v2_Connection
from libcloud.common.types import InvalidCredsError
from libcloud.compute.drivers.digitalocean import DigitalOcean_v2_NodeDriver
from libcloud.compute.types import NodeState
from libcloud.dns.drivers.digitalocean import DigitalOceanDNSDriver
from libcloud.dns.types import RecordType

import account
from account import IMAGE, KEY, LARGER, REGION, SIZE, until


class Connection(DigitalOcean_v2_Connection):
    """One to the account's address, whatever the driver would have taken."""

    def __init__(self, key, secure=True, host=None, port=None, **more):
        place = urlsplit(account.URL)
        super().__init__(key, secure=False, host=place.hostname, port=place.port, **more)


class Compute(DigitalOcean_v2_NodeDriver):
    connectionCls = Connection

    def __new__(cls, *_, **__):
        # The driver's own would choose between versions of the API.
        return object.__new__(cls)


class Zones(DigitalOceanDNSDriver):
    connectionCls = Connection

    def __new__(cls, *_, **__):
        return object.__new__(cls)


compute = Compute(account.TOKEN)
zones = Zones(account.TOKEN)


def first(things, fits):
    return next(thing for thing in things if fits(thing))


def size(slug):
    return first(compute.list_sizes(), lambda size: size.id == slug)


def image(slug):
    return first(compute.list_images(), lambda image: image.extra["slug"] == slug)


def region(slug):
    return first(compute.list_locations(), lambda region: region.id == slug)


def settled():
    def look():
        return all(event["status"] == "completed" for event in compute.ex_list_events())

    until("all that was begun", look)


def node(name, **attributes):
    """Makes a node with what the driver itself found on offer."""
    made = compute.create_node(
        name,
        size(SIZE),
        image(IMAGE),
        region(REGION),
        ex_create_attr=attributes,
    )
    settled()
    return compute.ex_get_node_details(made.id)


def destroy(machine):
    assert compute.destroy_node(machine)
    until("the node to go", lambda: machine.id not in [left.id for left in compute.list_nodes()])


class Session(unittest.TestCase):
    def test_what_is_on_offer(self):
        self.assertEqual(compute.ex_account_info()["status"], "active")
        here = compute.list_sizes(location=region(REGION))
        self.assertIn(SIZE, [size.id for size in here])
        small = Compute(account.TOKEN, ex_per_page=3)
        self.assertEqual(len(small.list_images()), len(compute.list_images()))

    def test_a_stranger_is_turned_away(self):
        with self.assertRaises(InvalidCredsError):
            Compute("wrong").list_nodes()

    def test_a_node_is_run(self):
        key = compute.create_key_pair("ops", KEY)
        self.assertEqual(compute.get_key_pair("ops").fingerprint, key.fingerprint)
        machine = node("web", ipv6=True, tags=["web"], ssh_keys=[key.extra["id"]])
        self.assertEqual((machine.state, machine.size.id), (NodeState.RUNNING, SIZE))
        self.assertTrue(machine.public_ips and machine.private_ips)
        self.assertEqual(machine.extra["tags"], ["web"])

        def after(begun):
            self.assertTrue(begun)
            settled()
            return compute.ex_get_node_details(machine.id)

        after(compute.reboot_node(machine))
        after(compute.ex_hard_reboot(machine))
        self.assertEqual(after(compute.ex_rename_node(machine, "www")).name, "www")
        self.assertEqual(after(compute.ex_shutdown_node(machine)).state, NodeState.STOPPED)
        self.assertEqual(after(compute.ex_resize_node(machine, size(LARGER))).size.id, LARGER)
        self.assertEqual(after(compute.ex_power_on_node(machine)).state, NodeState.RUNNING)
        after(compute.ex_rebuild_node(machine))
        after(compute.create_image(machine, "golden"))
        golden = first(compute.list_images(), lambda image: image.name == "golden")
        self.assertEqual(compute.get_image(golden.id).name, "golden")
        self.assertTrue(compute.delete_image(golden))
        destroy(machine)
        self.assertTrue(compute.delete_key_pair(key))

    def test_nodes_are_listed_in_pages(self):
        machines = [node(f"crowd-{number}") for number in range(3)]
        small = Compute(account.TOKEN, ex_per_page=2)
        self.assertEqual({n.name for n in small.list_nodes()}, {n.name for n in machines})
        for machine in machines:
            destroy(machine)

    def test_a_volume_is_attached_and_kept_in_snapshots(self):
        machine = node("web")
        volume = compute.create_volume(10, "data", location=region(REGION))
        self.assertTrue(compute.attach_volume(machine, volume))
        settled()
        [attached] = compute.list_volumes()
        self.assertEqual([str(owner) for owner in attached.extra["droplet_ids"]], [machine.id])
        snapshot = compute.create_volume_snapshot(volume, "night")
        self.assertEqual([kept.id for kept in compute.list_volume_snapshots(volume)], [snapshot.id])
        self.assertTrue(compute.detach_volume(attached))
        settled()
        self.assertTrue(compute.delete_volume_snapshot(snapshot))
        self.assertTrue(compute.destroy_volume(volume))
        self.assertEqual(compute.list_volumes(), [])
        destroy(machine)

    def test_a_zone_holds_records(self):
        zone = zones.create_zone("example.com", extra={"ip": "192.0.2.1"})
        www = zones.create_record("www", zone, RecordType.A, "192.0.2.7", extra={"ttl": 600})
        zones.create_record("@", zone, RecordType.MX, "mail.example.com.", extra={"priority": 10})
        listed = zones.list_records(zone)
        self.assertIn(
            (RecordType.A, "192.0.2.1"), [(record.type, record.data) for record in listed]
        )
        zones.update_record(zones.get_record(zone.id, www.id), data="192.0.2.8")
        self.assertEqual(zones.get_record(zone.id, www.id).data, "192.0.2.8")
        self.assertTrue(zones.delete_record(www))
        self.assertEqual([zone.domain for zone in zones.list_zones()], ["example.com"])
        self.assertTrue(zones.delete_zone(zone))
        self.assertEqual(zones.list_zones(), [])


if __name__ == "__main__":
    unittest.main(failfast=True)
