"""python-digitalocean, the oldest of the Python clients, treats the account as objects."""

import os
import unittest

import digitalocean
from digitalocean import DataReadError, NotFoundError

import account
from account import IMAGE, KEY, LARGER, REGION, SIZE, until

# Every object reads the address for itself when it is made.
os.environ["DIGITALOCEAN_END_POINT"] = f"{account.URL}/v2/"
os.environ["DIGITALOCEAN_ACCESS_TOKEN"] = account.TOKEN

TOKEN = {"token": account.TOKEN}
manager = digitalocean.Manager(**TOKEN)


def droplet(name, **more):
    terms = {"name": name, "region": REGION, "size_slug": SIZE, "image": IMAGE}
    made = digitalocean.Droplet(**TOKEN, **terms, **more)
    made.create()
    for action in made.get_actions():
        ended(action)
    return made.load()


def ended(action):
    def look():
        action.load_directly()
        return action.status != "in-progress"

    until("the end of an action", look)
    assert action.status == "completed", action.status


def act(machine, begun):
    ended(digitalocean.Action(**TOKEN, id=begun["action"]["id"]))
    return machine.load()


def is_gone(get, identifier):
    try:
        get(identifier)
    except NotFoundError:
        return True
    return False


def destroy(machine):
    assert machine.destroy()
    until("the droplet to go", lambda: is_gone(manager.get_droplet, machine.id))


class Session(unittest.TestCase):
    def test_what_is_on_offer(self):
        self.assertEqual(manager.get_account().status, "active")
        self.assertIn(REGION, [region.slug for region in manager.get_all_regions()])
        self.assertIn(SIZE, [size.slug for size in manager.get_all_sizes()])
        self.assertIn(IMAGE, [image.slug for image in manager.get_distro_images()])
        self.assertEqual(manager.get_image(IMAGE).slug, IMAGE)
        self.assertTrue(manager.get_default_project().is_default)

    def test_a_droplet_is_run(self):
        key = digitalocean.SSHKey(**TOKEN, name="ops", public_key=KEY)
        key.create()
        web = droplet("web", ssh_keys=[key], tags=["web"], ipv6=True, monitoring=True)
        self.assertEqual((web.status, web.size_slug, web.tags), ("active", SIZE, ["web"]))
        self.assertTrue(web.ip_address and web.private_ip_address and web.ip_v6_address)
        self.assertEqual([d.id for d in manager.get_all_droplets(tag_name="web")], [web.id])
        self.assertEqual(act(web, web.rename("www")).name, "www")
        self.assertEqual(act(web, web.shutdown()).status, "off")
        self.assertEqual(act(web, web.resize(LARGER, disk=True)).size_slug, LARGER)
        self.assertEqual(act(web, web.power_on()).status, "active")
        act(web, web.reboot())
        act(web, web.power_cycle())
        self.assertTrue(act(web, web.enable_backups()).backups)
        self.assertFalse(act(web, web.disable_backups()).backups)
        self.assertEqual(act(web, web.power_off()).status, "off")
        act(web, web.take_snapshot("golden"))
        [image] = web.get_snapshots()
        self.assertEqual([s.name for s in manager.get_droplet_snapshots()], ["golden"])
        self.assertEqual([i.id for i in manager.get_my_images()], [image.id])
        image.rename("silver")
        self.assertEqual(manager.get_image(image.id).name, "silver")
        act(web, web.restore(image.id))
        self.assertTrue(image.destroy())
        self.assertEqual(web.get_kernel_available(), [])
        self.assertEqual(web.get_actions()[-1].type, "create")
        destroy(web)
        key.name = "team"
        key.edit()
        self.assertEqual([key.name for key in manager.get_all_sshkeys()], ["team"])
        key.destroy()
        self.assertEqual(manager.get_all_sshkeys(), [])

    def test_several_droplets_are_made_at_once_and_found_over_pages(self):
        names = [f"crowd-{number}" for number in range(5)]
        crowd = digitalocean.Droplet.create_multiple(
            **TOKEN, names=names, region=REGION, size=SIZE, image=IMAGE, tags=["crowd"]
        )
        for machine in crowd:
            for action in machine.get_actions():
                ended(action)
        listed = manager.get_all_droplets(params={"per_page": 2})
        self.assertEqual(sorted(machine.name for machine in listed), names)
        for machine in listed:
            destroy(machine)
        self.assertEqual(manager.get_all_droplets(), [])

    def test_a_mistake_is_told_in_words(self):
        wrong = {"name": "web", "region": "nowhere", "size_slug": SIZE, "image": IMAGE}
        with self.assertRaises(DataReadError) as caught:
            digitalocean.Droplet(**TOKEN, **wrong).create()
        self.assertIn("region", str(caught.exception))

    def test_a_volume_is_attached_grown_and_kept_in_snapshots(self):
        web = droplet("web")
        data = digitalocean.Volume(**TOKEN, name="data", size_gigabytes=10, region=REGION)
        data.create()

        def after(begun):
            ended(digitalocean.Action(**TOKEN, id=begun["action"]["id"]))
            return data.load()

        self.assertEqual(after(data.attach(web.id, REGION)).droplet_ids, [web.id])
        self.assertEqual(after(data.resize(20, REGION)).size_gigabytes, 20)
        self.assertEqual(after(data.detach(web.id, REGION)).droplet_ids, [])
        data.snapshot("night")
        [night] = manager.get_volume_snapshots()
        self.assertEqual([kept.id for kept in data.get_snapshots()], [night.id])
        drill = digitalocean.Volume(
            **TOKEN, name="drill", size_gigabytes=20, region=REGION, snapshot_id=night.id
        )
        drill.create_from_snapshot()
        self.assertEqual({v.name for v in manager.get_all_volumes(REGION)}, {"data", "drill"})
        for thing in drill, data, night:
            self.assertTrue(thing.destroy())
        self.assertEqual(manager.get_all_volumes() + manager.get_all_snapshots(), [])
        destroy(web)

    def test_a_firewall_and_a_tag_cover_a_droplet(self):
        web = droplet("web")
        tag = digitalocean.Tag(**TOKEN, name="web")
        tag.create()
        tag.add_droplets([web.id])
        self.assertEqual(web.load().tags, ["web"])
        everywhere = {"addresses": ["0.0.0.0/0"]}
        wall = digitalocean.Firewall(
            **TOKEN,
            name="inner",
            inbound_rules=[
                digitalocean.InboundRule(
                    protocol="tcp", ports="22", sources=digitalocean.Sources(**everywhere)
                )
            ],
            outbound_rules=[
                digitalocean.OutboundRule(
                    protocol="tcp",
                    ports="all",
                    destinations=digitalocean.Destinations(**everywhere),
                )
            ],
            droplet_ids=[web.id],
        )
        wall.create()
        self.assertTrue(wall.add_tags(["web"]))
        self.assertTrue(wall.remove_droplets([web.id]))
        [seen] = manager.get_all_firewalls()
        self.assertEqual((seen.tags, seen.droplet_ids), (["web"], []))
        self.assertTrue(wall.remove_tags(["web"]))
        self.assertTrue(wall.destroy())
        tag.remove_droplets([web.id])
        self.assertEqual(web.load().tags, [])
        tag.delete()
        self.assertNotIn("web", [tag.name for tag in manager.get_all_tags()])
        destroy(web)

    def test_a_network_and_a_project_hold_a_droplet(self):
        vpc = digitalocean.VPC(**TOKEN, name="inner", region=REGION, ip_range="10.77.0.0/20")
        vpc.create()
        vpc.rename("core")
        self.assertIn("core", [vpc.name for vpc in manager.get_all_vpcs()])
        web = droplet("web", vpc_uuid=vpc.id)
        self.assertTrue(web.private_ip_address.startswith("10.77."))
        project = digitalocean.Project(
            **TOKEN, name="shop", description="", purpose="Web Application", environment="Staging"
        )
        project.create_project()
        urn = f"do:droplet:{web.id}"
        project.assign_resource([urn])
        self.assertEqual(project.get_all_resources(), [urn])
        project.update_project(name="store", environment="Production")
        self.assertEqual(manager.get_project(project.id).name, "store")
        destroy(web)
        until("an empty project", lambda: not project.get_all_resources())
        project.delete_project()
        until("an empty network", lambda: is_removed(vpc))

    def test_a_domain_holds_records(self):
        domain = digitalocean.Domain(**TOKEN, name="example.com", ip_address="192.0.2.1")
        domain.create()
        made = domain.create_new_domain_record(type="A", name="www", data="192.0.2.7", ttl=600)
        number = made["domain_record"]["id"]
        change = {"type": "A", "name": "www", "data": "192.0.2.8"}
        domain.update_domain_record(domain="example.com", id=number, **change)
        record = digitalocean.Record.get_object(account.TOKEN, "example.com", number)
        self.assertEqual((record.data, record.ttl), ("192.0.2.8", 600))
        record.data = "192.0.2.9"
        record.save()
        [www] = [record for record in domain.get_records() if record.name == "www"]
        self.assertEqual(www.data, "192.0.2.9")
        domain.delete_domain_record(id=number)
        self.assertEqual(manager.get_domain("example.com").ttl, 1800)
        self.assertTrue(domain.destroy())
        self.assertEqual(manager.get_all_domains(), [])


def is_removed(vpc):
    try:
        return vpc.destroy()
    except DataReadError:
        return False


if __name__ == "__main__":
    unittest.main(failfast=True)
