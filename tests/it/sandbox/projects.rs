//! Projects: one default, unique names, and what is in them.

use serde_json::{Value, json};

use super::support::Sandbox;

fn project(name: &str) -> Value {
    json!({ "name": name, "purpose": "Web Application", "environment": "Production" })
}

async fn make(sandbox: &Sandbox, name: &str) -> String {
    let made = sandbox.post("/v2/projects", project(name)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["project"]["id"].as_str().unwrap().to_owned()
}

/// The URNs in a project, with what the API says of each.
async fn urns(sandbox: &Sandbox, id: &str) -> Vec<String> {
    let found = sandbox.get(&format!("/v2/projects/{id}/resources")).await;
    let resources = found["resources"].as_array().unwrap().clone();
    resources.iter().map(|resource| resource["urn"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_begins_with_a_default_project() {
    let sandbox = Sandbox::start().await;
    let listed = sandbox.get("/v2/projects").await;
    assert_eq!(listed["meta"]["total"], 1);
    let default = sandbox.get("/v2/projects/default").await;
    assert_eq!(default["project"], listed["projects"][0]);
    assert_eq!(default["project"]["is_default"], true);
    let id = default["project"]["id"].as_str().unwrap();
    assert_eq!(sandbox.get(&format!("/v2/projects/{id}")).await, default);
    assert_eq!(sandbox.delete(&format!("/v2/projects/{id}")).await.status, 403);
}

#[tokio::test]
async fn a_project_is_changed_in_part_or_as_a_whole() {
    let sandbox = Sandbox::start().await;
    let id = make(&sandbox, "shop").await;
    let path = format!("/v2/projects/{id}");
    let patched = sandbox.call("PATCH", &path, Some(json!({ "description": "ours" }))).await;
    assert_eq!(patched.json()["project"]["description"], "ours");
    assert_eq!(patched.json()["project"]["environment"], "Production");
    let whole = json!({
        "name": "shop2",
        "description": "",
        "purpose": "Other",
        "environment": "Staging",
        "is_default": true,
    });
    let put = sandbox.put(&path, whole.clone()).await.json()["project"].clone();
    assert_eq!((&put["name"], &put["is_default"]), (&json!("shop2"), &json!(true)));
    assert_eq!(sandbox.get("/v2/projects/default").await["project"]["id"], id);
    let projects = sandbox.get("/v2/projects").await["projects"].as_array().unwrap().clone();
    assert_eq!(projects.iter().filter(|project| project["is_default"] == true).count(), 1);
    let default = sandbox.call("PATCH", "/v2/projects/default", Some(json!({ "name": "d" }))).await;
    assert_eq!(default.json()["project"]["id"], id);
    assert_eq!(sandbox.put("/v2/projects/default", whole).await.status, 200);
}

#[tokio::test]
async fn what_a_project_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    make(&sandbox, "shop").await;
    assert_eq!(sandbox.post("/v2/projects", project("shop")).await.status, 409);
    for body in [
        json!({ "name": "a" }),
        json!({ "purpose": "b" }),
        json!({ "name": "", "purpose": "b" }),
        json!({ "name": "x".repeat(176), "purpose": "b" }),
        json!({ "name": "a", "purpose": "b", "environment": "Moon" }),
        json!({ "name": "a", "purpose": "b", "description": "x".repeat(256) }),
    ] {
        assert_eq!(sandbox.post("/v2/projects", body.clone()).await.status, 422, "{body}");
    }
    let part = sandbox.put("/v2/projects/default", project("whole")).await;
    assert_eq!(part.status, 422);
    let none = sandbox.call("PATCH", "/v2/projects/default", Some(json!({ "is_default": false })));
    assert_eq!(none.await.status, 422);
    assert_eq!(sandbox.status("/v2/projects/nothing").await, 404);
}

#[tokio::test]
async fn what_is_new_comes_to_the_default_project_and_can_be_moved() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let volume = sandbox.volume("data").await;
    sandbox.post("/v2/domains", json!({ "name": "example.com" })).await;
    let reserved = sandbox.post("/v2/reserved_ips", json!({ "region": "sfo2" })).await.json();
    let ip = reserved["reserved_ip"]["ip"].as_str().unwrap();
    let default = sandbox.get("/v2/projects/default").await["project"]["id"].clone();
    assert_eq!(reserved["reserved_ip"]["project_id"], default);
    let all = [
        "do:domain:example.com".to_owned(),
        format!("do:droplet:{droplet}"),
        format!("do:floatingip:{ip}"),
        format!("do:volume:{volume}"),
    ];
    assert_eq!(urns(&sandbox, "default").await, all);

    let shop = make(&sandbox, "shop").await;
    let path = format!("/v2/projects/{shop}/resources");
    let moved = sandbox.post(&path, json!({ "resources": all })).await.json();
    for resource in moved["resources"].as_array().unwrap() {
        assert_eq!(resource["status"], "assigned");
    }
    assert_eq!(urns(&sandbox, "default").await, [""; 0]);
    assert_eq!(urns(&sandbox, &shop).await, all);
    let again = sandbox.post(&path, json!({ "resources": [all[1]] })).await.json();
    assert_eq!(again["resources"][0]["status"], "already_assigned");
    let shown = sandbox.get(&format!("/v2/reserved_ips/{ip}")).await;
    assert_eq!(shown["reserved_ip"]["project_id"], shop);
    let back = json!({ "resources": [all[0]] });
    assert_eq!(sandbox.post("/v2/projects/default/resources", back).await.status, 200);
    assert_eq!(urns(&sandbox, "default").await, all[..1]);
}

#[tokio::test]
async fn what_cannot_be_moved_is_named_and_the_rest_is_moved() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let shop = make(&sandbox, "shop").await;
    let path = format!("/v2/projects/{shop}/resources");
    let body =
        json!({ "resources": ["do:droplet:1", format!("do:droplet:{droplet}"), "do:space:a"] });
    let moved = sandbox.post(&path, body).await.json();
    let statuses: Vec<&Value> =
        moved["resources"].as_array().unwrap().iter().map(|each| &each["status"]).collect();
    assert_eq!(statuses, ["not_found", "assigned", "not_found"]);
    for odd in ["droplet:1", "do:planet:1", ""] {
        assert_eq!(sandbox.post(&path, json!({ "resources": [odd] })).await.status, 422, "{odd}");
    }
    let path = format!("/v2/projects/{shop}/resources");
    let newer = sandbox.post("/v2/reserved_ips", json!({ "region": "sfo2" })).await.json();
    let ip = newer["reserved_ip"]["ip"].as_str().unwrap();
    let body = json!({ "resources": [format!("do:reservedip:{ip}")] });
    let moved = sandbox.try_call("POST", &path, Some(body)).await.unwrap().json();
    assert_eq!(moved["resources"][0]["urn"], format!("do:floatingip:{ip}"));
}

#[tokio::test]
async fn a_project_goes_once_it_is_empty() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let shop = make(&sandbox, "shop").await;
    let body = json!({ "resources": [format!("do:droplet:{droplet}")] });
    sandbox.post(&format!("/v2/projects/{shop}/resources"), body).await;
    let path = format!("/v2/projects/{shop}");
    assert_eq!(sandbox.delete(&path).await.status, 412);
    sandbox.delete(&format!("/v2/droplets/{droplet}")).await;
    assert_eq!(sandbox.delete(&path).await.status, 412);
    sandbox.advance(6).await;
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);
    make(&sandbox, "shop").await;
}
