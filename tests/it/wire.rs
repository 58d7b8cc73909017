//! What the program says to DigitalOcean, held against DigitalOcean's own description.

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

#[test]
fn every_call_of_a_stack_s_life_is_as_the_api_describes_it() {
    let mut env = Env::with_cloud();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("size_gb: 160", "size_gb: 200");
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    env.edit_stack("records: [app, admin]", "records: [app, office]");
    env.edit_stack("ttl: 900", "ttl: 600");
    env.edit_stack("ports: \"443\"", "ports: \"8443\"");
    env.edit_stack("enabled: auto", "enabled: true");
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("enabled: true\n", "enabled: false\n");
    let _ = env.run("up --yes --no-provision").expect(0);
    let data = "--delete-data vector:volume --delete-data app:volume";
    let _ = env.run(&format!("destroy --yes {data}")).expect(0);

    let exchanges = proxy.exchanges();
    let is_seen = |method: &str| exchanges.iter().any(|exchange| exchange.method == method);
    assert!(["GET", "POST", "PUT", "DELETE"].into_iter().all(is_seen));
    for exchange in &exchanges {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
        // Asking for what is not there yet is how it is found out.
        assert!(method == "GET" || exchange.status < 400, "{exchange:?}");
    }
}
