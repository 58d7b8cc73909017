//! A machine's way up, from wherever it is.

use std::sync::atomic::Ordering;

use crate::{
    provision::{
        OldData,
        tests::{
            STORE,
            bed::{Bed, mark},
            bundle,
        },
    },
    software::{File, Value},
    values::{HostDigest, Tag},
};

/// What is left when all went well, whatever happened on the way.
fn assert_serves(bed: &Bed) {
    let own = bed.file("var/lib/dostack/demo/made/own-password").unwrap();
    assert_eq!(own.len(), 64);
    assert_eq!(bed.mode("var/lib/dostack/demo/made/own-password"), 0o600);
    let secrets = bed.file("opt/dostack/demo/web.env").unwrap();
    assert_eq!(secrets, format!("KEY='{}'\nOWN='{own}'\n", bed.secret));
    assert_eq!(bed.mode("opt/dostack/demo/web.env"), 0o600);
    assert_eq!(bed.mode("var/lib/dostack/demo/store"), 0o700);
    let manifest = bed.file("var/lib/dostack/demo/manifest.json").unwrap();
    assert!(manifest.contains("\"web\"") && !manifest.contains(&bed.secret), "{manifest}");
    let tags = bed.tags();
    let software: Vec<_> = tags.iter().filter(|tag| tag.starts_with("dostack-soft:")).collect();
    let wanted = &bed.machine.wanted_tags(&mark())["demo"];
    assert_eq!(software, [&wanted.to_string()]);
    let key = bed.file("etc/ssh/ssh_host_ed25519_key.pub").unwrap();
    let digest = HostDigest::of_line(&key).unwrap();
    let hosts: Vec<_> = tags.iter().filter(|tag| tag.starts_with("dostack-host:")).collect();
    assert_eq!(hosts, [&mark().host_key_tag(&digest).to_string()]);
    assert!(
        !bed.run("ls -A /etc/ssh /opt/dostack/demo /var/lib/dostack/demo")
            .text()
            .contains("dostack-new")
    );
}

#[tokio::test]
async fn an_empty_machine_serves_and_is_left_alone_the_next_time() {
    let Some(mut bed) = Bed::new() else { return };
    let changed = bed.changed().await;
    assert!(changed.contains(&"web of demo started".to_owned()), "{changed:?}");
    assert_eq!(bed.told(), ["renewed store", "renewed web"]);
    assert_serves(&bed);
    // How it is; a new host key made and put in place; what is below services, and their files; two
    // waves of services, and what was reached after each.
    assert_eq!(bed.commands.load(Ordering::Relaxed), 9);
    assert_eq!(bed.changed().await, Vec::<String>::new());
    assert!(bed.told().is_empty());
    assert_eq!(bed.commands.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_changed_text_or_secret_starts_its_service_alone_anew() {
    let Some(mut bed) = Bed::new() else { return };
    let _ = bed.changed().await;
    let _ = bed.told();
    "rotated".clone_into(&mut bed.secret);
    let changed = bed.changed().await;
    assert_eq!(changed, ["demo/web.env", "web of demo started"]);
    assert_eq!(bed.told(), ["renewed web"]);
    let mut other = bundle();
    other.files.insert("web/web.conf".to_owned(), File::text("listen 81".to_owned()));
    bed.machine.bundles = vec![other];
    assert_eq!(bed.changed().await, ["demo/web/web.conf", "web of demo started"]);
    assert_eq!(bed.told(), ["renewed web"]);
    assert_serves(&bed);
}

#[tokio::test]
async fn killed_after_any_command_and_run_again_it_ends_the_same() {
    let Some(mut whole) = Bed::new() else { return };
    let _ = whole.changed().await;
    let commands = whole.commands.load(Ordering::Relaxed);
    assert!(commands > 6, "{commands}");
    for after in 0..commands {
        let mut bed = Bed::new().unwrap();
        bed.breaks_after = after;
        let failed = bed.failure().await;
        assert!(failed.contains("broke"), "after {after}: {failed}");
        bed.breaks_after = usize::MAX;
        let _ = bed.changed().await;
        assert_serves(&bed);
        assert_eq!(bed.changed().await, Vec::<String>::new(), "after {after}");
    }
}

#[tokio::test]
async fn a_service_that_fails_shows_its_last_lines_and_holds_back_only_its_own() {
    let Some(mut bed) = Bed::new() else { return };
    bed.write("etc/engine/store", "unhealthy");
    let failed = bed.failure().await;
    assert!(failed.contains("`store` of demo does not serve: its health check fails"), "{failed}");
    assert!(failed.contains("`web` waits for it"), "{failed}");
    assert!(failed.contains("line 60 <ORG_KEY>") && failed.contains("line 11"), "{failed}");
    assert!(
        !failed.contains("line 10\n") && failed.contains("health check: no answer"),
        "{failed}"
    );
    assert_eq!(bed.told(), ["renewed store"]);
    assert!(!bed.tags().iter().any(|tag| tag.starts_with("dostack-soft:")));
    bed.write("etc/engine/store", "healthy");
    let _ = bed.changed().await;
    assert_serves(&bed);
}

#[tokio::test]
async fn an_image_that_nobody_has_keeps_no_other_service_down() {
    let Some(mut bed) = Bed::new() else { return };
    bed.write("etc/engine/web.absent", "");
    let failed = bed.failure().await;
    assert!(
        failed.contains("could not be started") && failed.contains("no such image"),
        "{failed}"
    );
    let _ = bed.told();
    bed.run("rm /etc/engine/web.absent");
    let _ = bed.changed().await;
    assert_eq!(bed.told(), ["renewed web"]);
}

#[tokio::test]
async fn what_is_wanted_no_more_is_stopped_and_its_data_stays() {
    let Some(mut bed) = Bed::new() else { return };
    let _ = bed.changed().await;
    let _ = bed.told();
    let mut less = bundle();
    less.services.remove("web");
    less.files.remove("web.env");
    less.files.insert("compose.yaml".to_owned(), File::text(format!("services:\n{STORE}")));
    bed.machine.bundles = vec![less];
    let _ = bed.changed().await;
    assert_eq!(bed.told(), ["stopped demo.web", "removed demo.web"]);
    assert!(bed.run("test ! -e /opt/dostack/demo/web.env").is_good());
    bed.machine.bundles = Vec::new();
    let _ = bed.changed().await;
    assert_eq!(bed.told(), ["stopped demo.store", "removed demo.store"]);
    assert!(bed.run("test ! -e /opt/dostack/demo").is_good());
    assert!(bed.run("test -d /var/lib/dostack/demo/store").is_good());
}

/// A machine on which somebody's own store has data in `/srv/old`.
fn bed_with_old_data() -> Option<Bed> {
    let bed = Bed::new()?;
    bed.write("var/lib/engine/others/mine", "old/s:1");
    bed.write("srv/old/file", "data");
    Some(bed)
}

#[tokio::test]
async fn data_of_somebody_s_own_container_is_not_left_behind_unasked() {
    let Some(mut bed) = bed_with_old_data() else { return };
    let failed = bed.failure().await;
    let words = "`store` is to have its data in /var/lib/dostack/demo/store, and the container `mine` has it in /srv/old already";
    assert_eq!(failed, words);
    assert!(bed.told().is_empty());
}

#[tokio::test]
async fn data_that_knows_its_node_by_another_name_is_left_to_its_container() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.write("etc/engine/mine.node", "weaviate-0");
    bed.machine.old_data = Some(OldData::Move);
    let store = STORE.replace("{ image", "{ environment: { CLUSTER_HOSTNAME: node1 }, image");
    let with = |store: &str| {
        let mut bundle = bundle();
        let compose = File::text(format!("services:\n{store}"));
        bundle.files.insert("compose.yaml".to_owned(), compose);
        bundle.services.remove("web");
        vec![bundle]
    };
    bed.machine.bundles = with(&store);
    let failed = bed.failure().await;
    assert!(
        failed.contains("called `weaviate-0`") && failed.contains("called `node1`"),
        "{failed}"
    );
    assert!(bed.told().is_empty());
    bed.machine.bundles = with(&store.replace("node1", "weaviate-0"));
    let _ = bed.changed().await;
    assert_eq!(bed.file("var/lib/dostack/demo/store/file").unwrap(), "data");
    // Once it is ours it is as it was: another name would not find it either.
    bed.write("etc/engine/demo.store.node", "weaviate-0");
    bed.machine.bundles = with(&store);
    let failed = bed.failure().await;
    assert!(failed.contains("container `demo.store` is of a node called `weaviate-0`"), "{failed}");
}

#[tokio::test]
async fn a_password_that_was_made_for_one_component_is_lent_to_another_of_the_machine() {
    let Some(mut bed) = Bed::new() else { return };
    let mut other = bundle();
    other.component = "other".parse().unwrap();
    let lent = Value::Borrowed("demo".parse().unwrap(), "own-password");
    let variables = [("LENT".to_owned(), lent)].into();
    other.files.insert("web.env".to_owned(), File::environment(variables));
    // Whose it is comes later: it is made all the same, and made once.
    bed.machine.bundles.insert(0, other);
    let _ = bed.changed().await;
    let own = bed.file("var/lib/dostack/demo/made/own-password").unwrap();
    assert_eq!(bed.file("opt/dostack/other/web.env").unwrap(), format!("LENT='{own}'\n"));
    assert_eq!(bed.changed().await, Vec::<String>::new());
}

#[tokio::test]
async fn data_is_used_where_it_lies_where_the_file_says_so() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.machine.old_data = Some(OldData::Keep);
    let changed = bed.changed().await;
    assert_eq!(changed[0], "the data of mine in /srv/old is store's");
    assert_eq!(bed.told(), ["stopped mine", "renewed store", "renewed web"]);
    // Nothing is copied: it is shown where the store looks for it, now and after every start.
    let ours = "/var/lib/dostack/demo/store";
    assert_eq!(bed.file(&format!("{ours}/file")), None);
    assert_eq!(bed.file("srv/old/file").unwrap(), "data");
    assert_eq!(bed.run(&format!("mount {ours} && cat {ours}/file")).text(), "data");
    assert_eq!(bed.changed().await, Vec::<String>::new());
    assert_eq!(bed.file("etc/fstab").unwrap().matches(ours).count(), 1);
}

#[tokio::test]
async fn data_that_is_kept_is_shown_once_wherever_the_run_before_was_killed() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.machine.old_data = Some(OldData::Keep);
    bed.write("usr/local/bin/mount", "#!/bin/sh\nexit 1\n");
    let _ = bed.failure().await;
    // It could not be shown, and its container runs as before.
    assert_eq!(bed.told(), ["stopped mine", "began mine"]);
    bed.run("rm /usr/local/bin/mount");
    let _ = bed.changed().await;
    assert_eq!(bed.told(), ["stopped mine", "renewed store", "renewed web"]);
    assert_eq!(bed.file("etc/fstab").unwrap().matches("/srv/old").count(), 1);
}

#[tokio::test]
async fn data_is_copied_where_the_file_says_so_and_the_old_stays() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.machine.old_data = Some(OldData::Move);
    let changed = bed.changed().await;
    assert_eq!(changed[0], "the data of mine in /srv/old is store's");
    assert_eq!(bed.told(), ["stopped mine", "renewed store", "renewed web"]);
    assert_eq!(bed.file("var/lib/dostack/demo/store/file").unwrap(), "data");
    assert_eq!(bed.file("srv/old/file").unwrap(), "data");
    assert_eq!(bed.file("var/lib/dostack/saved").unwrap(), "/srv/old\n");
    assert_eq!(bed.changed().await, Vec::<String>::new());
}

#[tokio::test]
async fn data_without_room_for_a_copy_is_refused_before_its_container_is_stopped() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.machine.old_data = Some(OldData::Move);
    bed.write("usr/local/bin/df", "#!/bin/sh\nprintf 'title\\n/dev/vda 9 8 1 9%% /\\n'");
    let failed = bed.failure().await;
    assert!(failed.contains("the data in /srv/old takes 1 MiB, and"), "{failed}");
    assert!(bed.told().is_empty());
}

#[tokio::test]
async fn a_copy_that_broke_off_is_begun_anew_and_its_container_runs_until_then() {
    let Some(mut bed) = bed_with_old_data() else { return };
    bed.machine.old_data = Some(OldData::Move);
    bed.write("usr/local/bin/cp", "#!/bin/sh\nexit 1\n");
    let _ = bed.failure().await;
    assert_eq!(bed.told(), ["stopped mine", "began mine"]);
    bed.write("usr/local/bin/cp", "#!/bin/sh\nexec /bin/cp \"$@\"\n");
    let _ = bed.changed().await;
    assert_eq!(bed.told(), ["stopped mine", "renewed store", "renewed web"]);
    assert_eq!(bed.file("var/lib/dostack/demo/store/file").unwrap(), "data");
}

#[tokio::test]
async fn keys_of_the_file_come_and_go_and_others_stay() {
    let Some(mut bed) = Bed::new() else { return };
    let here = "root/.ssh/authorized_keys";
    bed.write(here, "# mine\nfrom=\"10.0.0.1\" ssh-rsa AAAAforeign x\n");
    let _ = bed.changed().await;
    let own = "ssh-ed25519 AAAAone me@home\n";
    let foreign = "# mine\nfrom=\"10.0.0.1\" ssh-rsa AAAAforeign x\n";
    assert_eq!(bed.file(here).unwrap(), format!("{foreign}{own}"));
    assert_eq!(bed.mode(here), 0o600);
    bed.machine.keys = vec!["ssh-ed25519 AAAAtwo other".to_owned()];
    assert_eq!(bed.changed().await, ["who may log in"]);
    assert_eq!(bed.file(here).unwrap(), format!("{foreign}ssh-ed25519 AAAAtwo other\n"));
}

#[tokio::test]
async fn the_key_a_machine_was_born_with_is_replaced_and_forgotten() {
    let Some(mut bed) = Bed::new() else { return };
    let born = bed.file("etc/ssh/ssh_host_ed25519_key.pub").unwrap();
    let tag: Tag = mark().host_key_tag(&HostDigest::of_line(&born).unwrap());
    bed.tag(tag.clone());
    let _ = bed.changed().await;
    assert!(!bed.tags().contains(&tag.to_string()));
    assert_ne!(bed.file("etc/ssh/ssh_host_ed25519_key.pub").unwrap(), born);
    assert_serves(&bed);
}
