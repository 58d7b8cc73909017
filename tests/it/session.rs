//! A session as a person has it, against the sandbox as a separate process.

use insta::assert_snapshot;

use crate::support::env::Env;

#[test]
#[expect(clippy::too_many_lines, reason = "one session, with whole outputs")]
fn a_stack_comes_up_is_repaired_grows_and_goes() {
    let env = Env::with_cloud();
    let before = env.cloud().things();
    assert_snapshot!(env.run("up --no-provision --yes"), @"
    exit 0
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev                   10.120.0.0/16 in sfo2
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data          100 GiB                          +$10.00
      + firewall core-dev-app               4 in, 3 out
      + droplet  core-dev-app               s-8vcpu-32gb-640gb-intel        +$192.00
      + record   admin.example.com          A -> app
      + record   app.example.com            A -> app
    network
      + firewall core-dev-network           2 in, 3 out
    vector
      + tag      dostack:core-dev:vector
      + volume   core-dev-vector-data       160 GiB                          +$16.00
      + firewall core-dev-vector            4 in, 3 out
      + droplet  core-dev-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    16 created.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ---- stderr
    + SSH key  dostack core-dev a170fd0f  created in [time]
    + VPC      core-dev  created in [time]
    + domain   example.com  created in [time]
    + droplet  core-dev-app  created in [time]
    + droplet  core-dev-vector  created in [time]
    + firewall core-dev-app  created in [time]
    + firewall core-dev-network  created in [time]
    + firewall core-dev-vector  created in [time]
    + record   admin.example.com  created in [time]
    + record   app.example.com  created in [time]
    + record   vector.example.com  created in [time]
    + tag      dostack:core-dev  created in [time]
    + tag      dostack:core-dev:app  created in [time]
    + tag      dostack:core-dev:vector  created in [time]
    + volume   core-dev-app-data  created in [time]
    + volume   core-dev-vector-data  created in [time]
    ");
    assert_snapshot!(env.cloud().things().join("\n"), @"
    VPC core-dev 10.120.0.0/16
    domain example.com
    droplet core-dev-app s-8vcpu-32gb-640gb-intel active in core-dev
    droplet core-dev-vector s-4vcpu-8gb active in core-dev
    firewall core-dev-app over 1 droplets
    firewall core-dev-network over 2 droplets
    firewall core-dev-vector over 1 droplets
    key dostack core-dev a170fd0f
    record A admin.example.com
    record A app.example.com
    record A vector.example.com
    tag dostack-host:core-dev:[digest]
    tag dostack-made:core-dev:[digest]
    tag dostack:core-dev
    tag dostack:core-dev:app
    tag dostack:core-dev:app:volume
    tag dostack:core-dev:vector
    tag dostack:core-dev:vector:volume
    volume core-dev-app-data 100 GiB on core-dev-app
    volume core-dev-vector-data 160 GiB on core-dev-vector
    ");
    assert_snapshot!(env.run("preview --no-provision --detailed-exitcode"), @"
    exit 0
    ---- stdout
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Nothing to do: all 16 things are as wanted. $266.00 a month.
    ");

    let firewalls = env.cloud().call("GET", "/v2/firewalls", None)["firewalls"].clone();
    let lost = firewalls.as_array().unwrap().iter().find(|wall| wall["name"] == "core-dev-vector");
    let id = lost.unwrap()["id"].as_str().unwrap();
    env.cloud().call("DELETE", &format!("/v2/firewalls/{id}"), None);
    assert_snapshot!(env.run("preview --no-provision --detailed-exitcode"), @"
    exit 2
    ---- stdout
    vector
      + firewall core-dev-vector  4 in, 3 out
      15 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to create. $266.00 a month, as before.
    ");
    assert_snapshot!(env.run("up --no-provision --yes"), @"
    exit 0
    ---- stdout
    vector
      + firewall core-dev-vector  4 in, 3 out
      15 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to create. $266.00 a month, as before.
    1 created.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ---- stderr
    + firewall core-dev-vector  created in [time]
    ");

    env.edit_stack("size_gb: 160", "size_gb: 200");
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    assert_snapshot!(env.run("up --no-provision --yes"), @"
    exit 0
    ---- stdout
    vector
      ~ volume   core-dev-vector-data                                         +$4.00
          size: 160 GiB -> 200 GiB
          cannot be undone
      ^ droplet  core-dev-vector                                             +$48.00
          size: s-4vcpu-8gb -> s-8vcpu-16gb (power off)
          off for about 2 min
      14 unchanged
    snapshots: up to $240.00 a month more, for up to 20 of `vector` (200 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to update, 1 to resize. $266.00 -> $318.00 a month (+$52.00).
    1 updated, 1 resized.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $318.00 a month.
    ---- stderr
    ^ droplet  core-dev-vector  resized in [time]
    ~ volume   core-dev-vector-data  updated in [time]
    ");
    assert_snapshot!(env.run("outputs"), @"
    exit 0
    ---- stdout
    app              core-dev-app                 [public]  [private]
    vector           core-dev-vector              [public]  [private]
    ");
    assert_snapshot!(env.run("preview --no-provision --detailed-exitcode"), @"
    exit 0
    ---- stdout
    snapshots: up to $240.00 a month more, for up to 20 of `vector` (200 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Nothing to do: all 16 things are as wanted. $318.00 a month.
    ");

    assert_snapshot!(env.run("destroy --yes"), @"
    exit 0
    ---- stdout
    stack core-dev
      - VPC      core-dev
      - SSH key  dostack core-dev a170fd0f
      - tag      6 tags that nothing carries any more
    app
      - record   admin.example.com
      - record   app.example.com
      - droplet  core-dev-app                                               -$192.00
          its local disk is lost
      - firewall core-dev-app
    network
      - firewall core-dev-network
    vector
      - record   vector.example.com
      - droplet  core-dev-vector                                             -$96.00
          its local disk is lost
      - firewall core-dev-vector
    kept: volume `core-dev-app-data`, 100 GiB, $10.00 a month
    kept: volume `core-dev-vector-data`, 200 GiB, $20.00 a month
    help: `dostack destroy --delete-data core-dev-app-data` would lose that data
    note: stack:domain: the domain `example.com` stays; dostack never deletes a domain
    Plan: 11 to delete. $318.00 -> $30.00 a month (-$288.00).
    11 deleted.
    $30.00 a month.
    ---- stderr
    - SSH key  dostack core-dev a170fd0f  deleted in [time]
    - VPC      core-dev  deleted in [time]
    - droplet  core-dev-app  deleted in [time]
    - droplet  core-dev-vector  deleted in [time]
    - firewall core-dev-app  deleted in [time]
    - firewall core-dev-network  deleted in [time]
    - firewall core-dev-vector  deleted in [time]
    - record   admin.example.com  deleted in [time]
    - record   app.example.com  deleted in [time]
    - record   vector.example.com  deleted in [time]
    - tag      6 tags  deleted in [time]
    ");
    assert_snapshot!(env.cloud().things().join("\n"), @"
    domain example.com
    tag dostack:core-dev
    tag dostack:core-dev:app:volume
    tag dostack:core-dev:vector:volume
    volume core-dev-app-data 100 GiB
    volume core-dev-vector-data 200 GiB
    ");
    let rest = "destroy --yes --delete-data core-dev-vector-data --delete-data app:volume";
    assert_snapshot!(env.run(rest), @"
    exit 0
    ---- stdout
    stack core-dev
      - tag      3 tags that nothing carries any more
    app
      - volume   core-dev-app-data                                           -$10.00
          its data is lost for good
    vector
      - volume   core-dev-vector-data                                        -$20.00
          its data is lost for good
    note: stack:domain: the domain `example.com` stays; dostack never deletes a domain
    Plan: 3 to delete. $30.00 -> $0.00 a month (-$30.00).
    3 deleted.
    $0.00 a month.
    ---- stderr
    - tag      3 tags  deleted in [time]
    - volume   core-dev-app-data  deleted in [time]
    - volume   core-dev-vector-data  deleted in [time]
    ");
    let domain = ["domain example.com".to_owned()];
    assert_eq!(env.cloud().things(), [&before[..], &domain].concat());
    assert_snapshot!(env.run("history"), @"
    exit 0
    ---- stdout
    [time]  up       process [pid] on [host]  16 done
    [time]  up       process [pid] on [host]  1 done
    [time]  up       process [pid] on [host]  2 done
    [time]  destroy  process [pid] on [host]  11 done
    [time]  destroy  process [pid] on [host]  3 done
    ");
}
