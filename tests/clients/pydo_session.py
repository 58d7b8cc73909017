"""DigitalOcean's own Python client makes, lists, changes and deletes a thing of every kind."""

import functools
import unittest

import pydo
from azure.core.exceptions import HttpResponseError

import account
from account import IMAGE, KEY, LARGER, REGION, SIZE, until


class Plain:
    """A client that may use plain http; it asks to be told so with every call."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, family):
        return PlainCalls(getattr(self._client, family))


class PlainCalls:
    """The calls of one family."""

    def __init__(self, family):
        self._family = family

    def __getattr__(self, call):
        return functools.partial(getattr(self._family, call), enforce_https=False)


def client(token):
    return Plain(pydo.Client(token, endpoint=account.URL))


do = client(account.TOKEN)


def every(key, call, *args, per_page=200, **kwargs):
    """All pages of a listing, as far as its own links lead."""
    found, page = [], 1
    while True:
        answer = call(*args, per_page=per_page, page=page, **kwargs)
        found += answer[key]
        if "next" not in (answer.get("links") or {}).get("pages", {}):
            assert answer["meta"]["total"] == len(found), (key, answer["meta"])
            return found
        page += 1


def ended(action):
    """Waits for an action of any kind."""

    def look():
        seen = do.actions.get(action["id"])["action"]
        return seen if seen["status"] != "in-progress" else None

    seen = until(f"the end of {action}", look)
    assert seen["status"] == "completed", seen
    assert seen["completed_at"] >= seen["started_at"], seen
    return seen


def is_gone(answer):
    return answer.get("id") == "not_found"


def droplet(name, **more):
    """Makes a droplet and waits for it as the answer's link says."""
    body = {"name": name, "region": REGION, "size": SIZE, "image": IMAGE} | more
    answer = do.droplets.create(body)
    link = answer["links"]["actions"][0]
    assert link["rel"] == "create" and link["href"].startswith(account.URL), link
    ended(link)
    made = do.droplets.get(answer["droplet"]["id"])["droplet"]
    assert (made["status"], made["locked"]) == ("active", False), made
    return made


def remove_droplet(droplet_id):
    do.droplets.destroy(droplet_id)
    until("a droplet to go", lambda: is_gone(do.droplets.get(droplet_id)))


def act(droplet_id, kind, **more):
    ended(do.droplet_actions.post(droplet_id, {"type": kind} | more)["action"])
    return do.droplets.get(droplet_id)["droplet"]


def act_on_volume(volume_id, kind, **more):
    body = {"type": kind, "region": REGION} | more
    ended(do.volume_actions.post_by_id(volume_id, body)["action"])
    return do.volumes.get(volume_id)["volume"]


class Session(unittest.TestCase):
    def refused(self, reason, call, *args, **kwargs):
        """Some refusals are raised, and those that the description lists are returned."""
        try:
            answer = call(*args, **kwargs)
        except HttpResponseError as error:
            answer = error.response.json()
        self.assertEqual(answer.get("id"), reason, answer)


class Catalog(Session):
    def test_the_account_and_what_it_may_use(self):
        self.assertEqual(do.account.get()["account"]["status"], "active")
        regions = {region["slug"]: region for region in every("regions", do.regions.list)}
        self.assertIn("storage", regions[REGION]["features"])
        sizes = {size["slug"]: size for size in every("sizes", do.sizes.list, per_page=20)}
        self.assertIn(REGION, sizes[SIZE]["regions"])
        self.assertGreater(sizes[LARGER]["price_monthly"], sizes[SIZE]["price_monthly"])
        images = every("images", do.images.list, type="distribution")
        image = next(image for image in images if image["slug"] == IMAGE)
        self.assertEqual(do.images.get(image["id"])["image"], image)
        self.assertEqual(do.images.get(IMAGE)["image"], image)

    def test_a_stranger_is_turned_away(self):
        self.refused("Unauthorized", client("wrong").account.get)

    def test_what_is_not_there_is_not_found(self):
        nothing = "00000000-0000-4000-8000-000000000000"
        for answer in [
            do.droplets.get(1),
            do.volumes.get(nothing),
            do.firewalls.get(nothing),
            do.vpcs.get(nothing),
            do.domains.get("nowhere.example"),
            do.actions.get(1),
        ]:
            self.assertTrue(is_gone(answer), answer)


class Keys(Session):
    def test_a_key_is_renamed_and_found_by_its_fingerprint(self):
        key = do.ssh_keys.create({"name": "ops", "public_key": KEY})["ssh_key"]
        self.refused(
            "unprocessable_entity", do.ssh_keys.create, {"name": "again", "public_key": KEY}
        )
        self.assertEqual(do.ssh_keys.get(key["fingerprint"])["ssh_key"], key)
        do.ssh_keys.update(key["id"], {"name": "team"})
        self.assertEqual([key["name"] for key in every("ssh_keys", do.ssh_keys.list)], ["team"])
        do.ssh_keys.delete(key["fingerprint"])
        self.assertTrue(is_gone(do.ssh_keys.get(key["id"])))


class Droplets(Session):
    def test_a_droplet_is_as_it_was_asked_for(self):
        made = droplet("web", tags=["web"], ipv6=True, monitoring=True, user_data="#cloud-config")
        self.assertEqual(made["size_slug"], SIZE)
        self.assertEqual(made["region"]["slug"], REGION)
        self.assertEqual(made["image"]["slug"], IMAGE)
        self.assertEqual(made["tags"], ["web"])
        self.assertLessEqual({"ipv6", "monitoring"}, set(made["features"]))
        addresses = {address["type"] for address in made["networks"]["v4"]}
        self.assertEqual(addresses, {"public", "private"})
        self.assertEqual(len(made["networks"]["v6"]), 1)
        self.assertEqual(every("droplets", do.droplets.list, name="WEB"), [made])
        self.assertEqual(every("droplets", do.droplets.list, tag_name="web"), [made])
        for key, call in [
            ("kernels", do.droplets.list_kernels),
            ("firewalls", do.droplets.list_firewalls),
            ("snapshots", do.droplets.list_snapshots),
            ("backups", do.droplets.list_backups),
        ]:
            self.assertEqual(every(key, call, made["id"]), [])
        self.assertEqual(do.droplets.list_neighbors(made["id"])["droplets"], [])
        remove_droplet(made["id"])

    def test_a_droplet_is_acted_upon(self):
        web = droplet("web")["id"]
        self.assertEqual(act(web, "rename", name="www")["name"], "www")
        self.assertEqual(act(web, "shutdown")["status"], "off")
        resized = act(web, "resize", size=LARGER, disk=False)
        self.assertEqual((resized["size_slug"], resized["disk"]), (LARGER, 25))
        self.assertEqual(act(web, "power_on")["status"], "active")
        self.assertEqual(act(web, "reboot")["status"], "active")
        self.assertEqual(act(web, "power_cycle")["status"], "active")
        self.assertIn("ipv6", act(web, "enable_ipv6")["features"])
        policy = {"plan": "weekly", "weekday": "SUN", "hour": 4}
        self.assertIn("backups", act(web, "enable_backups", backup_policy=policy)["features"])
        self.assertEqual(do.droplets.get_backup_policy(web)["policy"]["backup_policy"]["hour"], 4)
        daily = {"plan": "daily", "hour": 8}
        act(web, "change_backup_policy", backup_policy=daily)
        self.assertEqual(do.droplets.get_backup_policy(web)["policy"]["backup_policy"]["hour"], 8)
        self.assertIn(str(web), do.droplets.list_backup_policies()["policies"])
        self.assertTrue(do.droplets.list_supported_backup_policies()["supported_policies"])
        self.assertNotIn("backups", act(web, "disable_backups")["features"])
        self.assertEqual(
            act(web, "rebuild", image="debian-12-x64")["image"]["slug"], "debian-12-x64"
        )
        history = every("actions", do.droplet_actions.list, web, per_page=5)
        self.assertEqual(history[-1]["type"], "create")
        self.assertLessEqual(len(history), len(every("actions", do.actions.list)))
        last = history[0]
        self.assertEqual(do.droplet_actions.get(web, last["id"])["action"], last)
        self.refused(
            "unprocessable_entity",
            do.droplet_actions.post,
            web,
            {"type": "resize", "size": "s-none"},
        )
        remove_droplet(web)

    def test_many_droplets_are_listed_in_pages_and_treated_by_their_tag(self):
        terms = {"region": REGION, "size": SIZE, "image": IMAGE, "tags": ["crowd"]}
        names = [f"crowd-{number}" for number in range(20)]
        for half in names[:10], names[10:]:
            answer = do.droplets.create(terms | {"names": half})
            self.assertEqual([droplet["name"] for droplet in answer["droplets"]], half)
            for link in answer["links"]["actions"]:
                ended(link)
        listed = every("droplets", do.droplets.list, tag_name="crowd", per_page=7)
        self.assertEqual(sorted(droplet["name"] for droplet in listed), sorted(names))
        actions = do.droplet_actions.post_by_tag({"type": "power_off"}, tag_name="crowd")["actions"]
        self.assertEqual(len(actions), len(names))
        for action in actions:
            ended(action)
        listed = every("droplets", do.droplets.list, tag_name="crowd")
        self.assertEqual({droplet["status"] for droplet in listed}, {"off"})
        do.droplets.destroy_by_tag(tag_name="crowd")
        until("the crowd to go", lambda: not every("droplets", do.droplets.list, tag_name="crowd"))
        do.tags.delete("crowd")

    def test_a_snapshot_of_a_droplet_is_an_image_to_start_from(self):
        web = droplet("web")["id"]
        act(web, "snapshot", name="before")
        [snapshot] = every("snapshots", do.droplets.list_snapshots, web)
        self.assertEqual(snapshot["name"], "before")
        [listed] = every("snapshots", do.snapshots.list, resource_type="droplet")
        self.assertEqual((listed["id"], listed["resource_id"]), (str(snapshot["id"]), str(web)))
        [image] = every("images", do.images.list, private=True)
        self.assertEqual((image["id"], image["type"]), (snapshot["id"], "snapshot"))
        renamed = do.images.update(image["id"], {"name": "golden"})["image"]
        self.assertEqual(renamed["name"], "golden")
        transfer = {"type": "transfer", "region": "nyc3"}
        ended(do.image_actions.post(image["id"], transfer)["action"])
        self.assertIn("nyc3", do.images.get(image["id"])["image"]["regions"])
        [action] = do.image_actions.list(image["id"])["actions"]
        self.assertEqual(do.image_actions.get(image["id"], action["id"])["action"], action)
        copy = droplet("copy", image=image["id"])
        self.assertEqual(copy["image"]["id"], image["id"])
        remove_droplet(copy["id"])
        self.assertEqual(act(web, "restore", image=image["id"])["status"], "active")
        do.images.delete(image["id"])
        self.assertTrue(is_gone(do.snapshots.get(snapshot["id"])))
        remove_droplet(web)

    def test_a_droplet_goes_with_all_that_hangs_on_it(self):
        web = droplet("web")["id"]
        body = {"name": "data", "size_gigabytes": 10, "region": REGION}
        volume = do.volumes.create(body)["volume"]["id"]
        act_on_volume(volume, "attach", droplet_id=web)
        do.volume_snapshots.create(volume, {"name": "kept"})
        hanging = do.droplets.list_associated_resources(web)
        self.assertEqual([volume["id"] for volume in hanging["volumes"]], [volume])
        [snapshot] = hanging["volume_snapshots"]
        self.assertEqual(snapshot["name"], "kept")
        self.assertGreater(float(hanging["volumes"][0]["cost"]), 0)
        do.droplets.destroy_with_associated_resources_selective(web, {"volumes": [volume]})

        def look():
            status = do.droplets.get_destroy_associated_resources_status(web)
            return status if status.get("completed_at") else None

        status = until("everything to go", look)
        self.assertEqual(status["failures"], 0)
        self.assertTrue(is_gone(do.droplets.get(web)))
        self.assertTrue(is_gone(do.volumes.get(volume)))
        do.snapshots.delete(snapshot["id"])

    def test_everything_goes_only_if_the_danger_is_named(self):
        web = droplet("web")["id"]
        body = {"name": "data", "size_gigabytes": 10, "region": REGION}
        volume = do.volumes.create(body)["volume"]["id"]
        act_on_volume(volume, "attach", droplet_id=web)
        do.droplets.destroy_with_associated_resources_dangerous(web, x_dangerous=True)
        until("the droplet to go", lambda: is_gone(do.droplets.get(web)))
        until("the volume to go", lambda: is_gone(do.volumes.get(volume)))


class Volumes(Session):
    def test_a_volume_is_attached_grown_and_detached(self):
        web = droplet("web")["id"]
        body = {"name": "data", "size_gigabytes": 10, "region": REGION, "tags": ["db"]}
        volume = do.volumes.create(body | {"filesystem_type": "ext4"})["volume"]
        self.assertEqual((volume["size_gigabytes"], volume["droplet_ids"]), (10, []))
        self.refused("conflict", do.volumes.create, body)
        attached = act_on_volume(volume["id"], "attach", droplet_id=web)
        self.assertEqual(attached["droplet_ids"], [web])
        self.assertEqual(do.droplets.get(web)["droplet"]["volume_ids"], [volume["id"]])
        self.refused("conflict", do.volumes.delete, volume["id"])
        self.assertEqual(
            act_on_volume(volume["id"], "resize", size_gigabytes=20)["size_gigabytes"], 20
        )
        shrink = {"type": "resize", "size_gigabytes": 5}
        self.refused("unprocessable_entity", do.volume_actions.post_by_id, volume["id"], shrink)
        self.assertEqual(act_on_volume(volume["id"], "detach", droplet_id=web)["droplet_ids"], [])
        history = every("actions", do.volume_actions.list, volume["id"])
        self.assertEqual(len(history), 3)
        last = history[0]
        self.assertEqual(do.volume_actions.get(volume["id"], last["id"])["action"], last)
        do.volumes.delete(volume["id"])
        self.assertTrue(is_gone(do.volumes.get(volume["id"])))
        remove_droplet(web)

    def test_a_volume_is_treated_by_its_name(self):
        web = droplet("web")["id"]
        do.volumes.create({"name": "data", "size_gigabytes": 10, "region": REGION})
        by_name = {"droplet_id": web, "volume_name": "data", "region": REGION}
        ended(do.volume_actions.post({"type": "attach"} | by_name)["action"])
        [volume] = every("volumes", do.volumes.list, name="data", region=REGION)
        self.assertEqual(volume["droplet_ids"], [web])
        ended(do.volume_actions.post({"type": "detach"} | by_name)["action"])
        do.volumes.delete_by_name(name="data", region=REGION)
        self.assertEqual(every("volumes", do.volumes.list), [])
        remove_droplet(web)

    def test_a_volume_starts_from_a_snapshot(self):
        body = {"name": "data", "size_gigabytes": 10, "region": REGION}
        volume = do.volumes.create(body)["volume"]["id"]
        snapshot = do.volume_snapshots.create(volume, {"name": "night", "tags": ["db"]})["snapshot"]
        self.assertEqual((snapshot["resource_id"], snapshot["tags"]), (volume, ["db"]))
        self.assertEqual(every("snapshots", do.volume_snapshots.list, volume), [snapshot])
        self.assertEqual(every("snapshots", do.snapshots.list, resource_type="volume"), [snapshot])
        self.assertEqual(do.snapshots.get(snapshot["id"])["snapshot"], snapshot)
        self.assertEqual(do.volume_snapshots.get_by_id(snapshot["id"])["snapshot"], snapshot)
        second = body | {"name": "drill", "size_gigabytes": 12, "snapshot_id": snapshot["id"]}
        drill = do.volumes.create(second)["volume"]
        self.assertEqual((drill["region"]["slug"], drill["size_gigabytes"]), (REGION, 12))
        do.volumes.delete(drill["id"])
        do.volumes.delete(volume)
        do.volume_snapshots.delete_by_id(snapshot["id"])
        self.assertEqual(every("snapshots", do.snapshots.list), [])


def rule(ports, **more):
    return {"protocol": "tcp", "ports": ports} | more


class Firewalls(Session):
    def test_a_firewall_covers_what_it_names(self):
        web = droplet("web", tags=["web"])["id"]
        other = droplet("other")["id"]
        body = {
            "name": "web-in",
            "inbound_rules": [rule("22", sources={"addresses": ["192.0.2.0/24"]})],
            "outbound_rules": [rule("all", destinations={"addresses": ["0.0.0.0/0", "::/0"]})],
            "tags": ["web"],
        }
        wall = do.firewalls.create(body)["firewall"]["id"]

        def settled():
            seen = do.firewalls.get(wall)["firewall"]
            return seen if seen["status"] == "succeeded" and not seen["pending_changes"] else None

        made = until("the firewall to settle", settled)
        self.assertEqual(made["inbound_rules"], body["inbound_rules"])
        self.assertEqual(
            [w["id"] for w in every("firewalls", do.droplets.list_firewalls, web)], [wall]
        )
        do.firewalls.assign_droplets(wall, {"droplet_ids": [other]})
        self.assertEqual(until("the second droplet", settled)["droplet_ids"], [other])
        do.firewalls.delete_droplets(wall, {"droplet_ids": [other]})
        self.assertEqual(until("the second droplet to go", settled)["droplet_ids"], [])
        do.tags.create({"name": "ops"})
        do.firewalls.add_tags(wall, {"tags": ["ops"]})
        self.assertEqual(sorted(until("a tag", settled)["tags"]), ["ops", "web"])
        do.firewalls.delete_tags(wall, {"tags": ["ops"]})
        self.assertEqual(until("a tag to go", settled)["tags"], ["web"])
        https = {"inbound_rules": [rule("443", sources={"tags": ["ops"]})]}
        do.firewalls.add_rules(wall, https)
        self.assertEqual(len(until("a rule", settled)["inbound_rules"]), 2)
        do.firewalls.delete_rules(wall, https)
        self.assertEqual(len(until("a rule to go", settled)["inbound_rules"]), 1)
        replaced = do.firewalls.update(
            wall, {"name": "web-out", "outbound_rules": body["outbound_rules"]}
        )
        self.assertEqual(replaced["firewall"]["tags"], [])
        self.assertEqual([w["name"] for w in every("firewalls", do.firewalls.list)], ["web-out"])
        do.firewalls.delete(wall)
        self.assertTrue(is_gone(do.firewalls.get(wall)))
        for droplet_id in web, other:
            remove_droplet(droplet_id)
        for tag in "ops", "web":
            do.tags.delete(tag)


class Tags(Session):
    def test_a_tag_gathers_droplets_and_volumes(self):
        web = droplet("web")["id"]
        body = {"name": "data", "size_gigabytes": 10, "region": REGION}
        volume = do.volumes.create(body)["volume"]["id"]
        tag = do.tags.create({"name": "Prod:eu"})["tag"]
        self.assertEqual((tag["name"], tag["resources"]["count"]), ("Prod:eu", 0))
        things = [
            {"resource_id": str(web), "resource_type": "droplet"},
            {"resource_id": volume, "resource_type": "volume"},
        ]
        do.tags.assign_resources("Prod:eu", {"resources": things})
        self.assertEqual(do.tags.get("Prod:eu")["tag"]["resources"]["count"], 2)
        self.assertEqual(do.droplets.get(web)["droplet"]["tags"], ["Prod:eu"])
        self.assertEqual(do.volumes.get(volume)["volume"]["tags"], ["Prod:eu"])
        do.tags.unassign_resources("Prod:eu", {"resources": things[:1]})
        self.assertEqual(do.droplets.get(web)["droplet"]["tags"], [])
        self.assertIn("Prod:eu", [tag["name"] for tag in every("tags", do.tags.list)])
        do.tags.delete("Prod:eu")
        self.assertEqual(do.volumes.get(volume)["volume"]["tags"], [])
        self.assertTrue(is_gone(do.tags.get("Prod:eu")))
        do.volumes.delete(volume)
        remove_droplet(web)


class Networks(Session):
    def test_a_network_holds_its_members(self):
        body = {"name": "inner", "region": REGION, "ip_range": "10.77.0.0/20"}
        vpc = do.vpcs.create(body | {"description": "ours"})["vpc"]
        self.assertEqual((vpc["ip_range"], vpc["default"]), ("10.77.0.0/20", False))
        self.refused("unprocessable_entity", do.vpcs.create, body | {"name": "overlapping"})
        web = droplet("web", vpc_uuid=vpc["id"])
        private = [a["ip_address"] for a in web["networks"]["v4"] if a["type"] == "private"]
        self.assertTrue(private[0].startswith("10.77."), private)
        [member] = every("members", do.vpcs.list_members, vpc["id"], resource_type="droplet")
        self.assertEqual(member["urn"], f"do:droplet:{web['id']}")
        self.refused("forbidden", do.vpcs.delete, vpc["id"])
        self.assertEqual(do.vpcs.patch(vpc["id"], {"name": "core"})["vpc"]["description"], "ours")
        full = do.vpcs.update(vpc["id"], {"name": "core", "description": "mine"})["vpc"]
        self.assertEqual((full["name"], full["description"]), ("core", "mine"))
        self.assertIn("core", [vpc["name"] for vpc in every("vpcs", do.vpcs.list)])
        remove_droplet(web["id"])
        until("the members to go", lambda: not every("members", do.vpcs.list_members, vpc["id"]))
        do.vpcs.delete(vpc["id"])
        self.assertTrue(is_gone(do.vpcs.get(vpc["id"])))


class Domains(Session):
    def test_records_of_every_type_are_kept(self):
        zone = "example.com"
        do.domains.create({"name": zone, "ip_address": "192.0.2.1"})
        self.refused("unprocessable_entity", do.domains.create, {"name": zone})
        for record in [
            {"type": "A", "name": "www", "data": "192.0.2.7", "ttl": 600},
            {"type": "AAAA", "name": "www", "data": "2001:db8::7", "ttl": 600},
            {"type": "CNAME", "name": "docs", "data": f"www.{zone}."},
            {"type": "TXT", "name": "@", "data": "v=spf1 -all"},
            {"type": "MX", "name": "@", "data": f"mail.{zone}.", "priority": 10},
            {
                "type": "SRV",
                "name": "_sip._tcp",
                "data": f"www.{zone}.",
                "priority": 1,
                "port": 5060,
                "weight": 5,
            },
            {"type": "CAA", "name": "@", "data": "letsencrypt.org.", "flags": 0, "tag": "issue"},
        ]:
            made = do.domains.create_record(zone, record)["domain_record"]
            self.assertEqual(made["type"], record["type"])
            self.assertEqual(made["name"], record["name"])
        [www] = every("domain_records", do.domains.list_records, zone, name=f"www.{zone}", type="A")
        self.assertEqual((www["data"], www["ttl"]), ("192.0.2.7", 600))
        patched = do.domains.patch_record(zone, www["id"], {"type": "A", "data": "192.0.2.8"})
        self.assertEqual(patched["domain_record"]["data"], "192.0.2.8")
        whole = {"type": "A", "name": "web", "data": "192.0.2.9", "ttl": 300}
        updated = do.domains.update_record(zone, www["id"], whole)["domain_record"]
        self.assertEqual((updated["name"], updated["data"]), ("web", "192.0.2.9"))
        self.assertEqual(do.domains.get_record(zone, www["id"])["domain_record"], updated)
        records = every("domain_records", do.domains.list_records, zone, per_page=4)
        self.assertEqual(len({record["id"] for record in records}), len(records))
        do.domains.delete_record(zone, www["id"])
        self.assertTrue(is_gone(do.domains.get_record(zone, www["id"])))
        self.assertIn(zone, do.domains.get(zone)["domain"]["zone_file"])
        self.assertEqual([domain["name"] for domain in every("domains", do.domains.list)], [zone])
        do.domains.delete(zone)
        self.assertTrue(is_gone(do.domains.get(zone)))


class ReservedIps(Session):
    def test_an_address_moves_from_one_droplet_to_another(self):
        first, second = droplet("first")["id"], droplet("second")["id"]
        answer = do.reserved_ips.create({"droplet_id": first})
        ip = answer["reserved_ip"]["ip"]
        for link in answer["links"]["actions"]:
            ended(link)
        assigned = do.reserved_ips.get(ip)["reserved_ip"]
        self.assertEqual((assigned["droplet"]["id"], assigned["locked"]), (first, False))
        ended(do.reserved_ips_actions.post(ip, {"type": "assign", "droplet_id": second})["action"])
        self.assertEqual(do.reserved_ips.get(ip)["reserved_ip"]["droplet"]["id"], second)
        action = do.reserved_ips_actions.post(ip, {"type": "unassign"})["action"]
        ended(action)
        self.assertEqual(
            do.reserved_ips_actions.get(ip, action["id"])["action"]["id"], action["id"]
        )
        self.assertGreaterEqual(len(do.reserved_ips_actions.list(ip)["actions"]), 2)
        self.assertIsNone(do.reserved_ips.get(ip)["reserved_ip"]["droplet"])
        of_region = do.reserved_ips.create({"region": REGION})["reserved_ip"]
        listed = every("reserved_ips", do.reserved_ips.list, per_page=1)
        self.assertEqual({ip, of_region["ip"]}, {address["ip"] for address in listed})
        for address in ip, of_region["ip"]:
            do.reserved_ips.delete(address)
            self.assertTrue(is_gone(do.reserved_ips.get(address)))
        for droplet_id in first, second:
            remove_droplet(droplet_id)


class Projects(Session):
    def test_a_project_gathers_resources_and_goes_when_it_is_empty(self):
        default = do.projects.get_default()["project"]
        self.assertTrue(default["is_default"])
        terms = {
            "name": "shop",
            "purpose": "Web Application",
            "description": "d",
            "environment": "Development",
        }
        project = do.projects.create(terms)["project"]["id"]
        web = droplet("web")["id"]
        urn = f"do:droplet:{web}"
        self.assertIn(
            urn, [thing["urn"] for thing in do.projects.list_resources_default()["resources"]]
        )
        [moved] = do.projects.assign_resources(project, {"resources": [urn]})["resources"]
        self.assertEqual(moved["urn"], urn)
        [inside] = every("resources", do.projects.list_resources, project)
        self.assertEqual(inside["urn"], urn)
        self.refused("precondition_failed", do.projects.delete, project)
        self.assertEqual(
            do.projects.patch(project, {"environment": "Staging"})["project"]["environment"],
            "Staging",
        )
        whole = terms | {"name": "store", "is_default": False}
        self.assertEqual(do.projects.update(project, whole)["project"]["name"], "store")
        self.assertIn("store", [project["name"] for project in every("projects", do.projects.list)])
        do.projects.assign_resources_default({"resources": [urn]})
        do.projects.delete(project)
        self.assertTrue(is_gone(do.projects.get(project)))
        mine = terms | {"name": "mine", "is_default": True}
        self.assertEqual(do.projects.update_default(mine)["project"]["name"], "mine")
        renamed = do.projects.patch_default({"description": "the rest"})["project"]
        self.assertEqual((renamed["id"], renamed["description"]), (default["id"], "the rest"))
        remove_droplet(web)


class Alerts(Session):
    def test_an_alert_policy_is_kept_as_it_was_asked_for(self):
        web = droplet("web")["id"]
        policy = {
            "type": "v1/insights/droplet/cpu",
            "description": "CPU is high",
            "compare": "GreaterThan",
            "value": 80,
            "window": "5m",
            "entities": [str(web)],
            "tags": [],
            "alerts": {"email": ["someone@example.com"], "slack": []},
            "enabled": True,
        }
        made = do.monitoring.create_alert_policy(policy)["policy"]
        uuid = made.pop("uuid")
        self.assertEqual(made, policy)
        do.monitoring.update_alert_policy(uuid, policy | {"value": 90, "enabled": False})
        seen = do.monitoring.get_alert_policy(uuid)["policy"]
        self.assertEqual((seen["value"], seen["enabled"]), (90, False))
        self.assertEqual(every("policies", do.monitoring.list_alert_policy), [seen])
        self.refused(
            "unprocessable_entity", do.monitoring.create_alert_policy, policy | {"window": "7m"}
        )
        do.monitoring.delete_alert_policy(uuid)
        self.assertTrue(is_gone(do.monitoring.get_alert_policy(uuid)))
        remove_droplet(web)


def tearDownModule():
    for tag in every("tags", do.tags.list):
        do.tags.delete(tag["name"])
    for key, call in [
        ("droplets", do.droplets.list),
        ("volumes", do.volumes.list),
        ("snapshots", do.snapshots.list),
        ("firewalls", do.firewalls.list),
        ("domains", do.domains.list),
        ("ssh_keys", do.ssh_keys.list),
        ("tags", do.tags.list),
        ("reserved_ips", do.reserved_ips.list),
        ("policies", do.monitoring.list_alert_policy),
    ]:
        left = [thing.get("name", thing) for thing in every(key, call)]
        assert left == [], f"left behind: {key} {left}"
    assert all(vpc["default"] for vpc in every("vpcs", do.vpcs.list))


if __name__ == "__main__":
    unittest.main(failfast=True)
