//! Langfuse beside an application, as version 2 and as version 4.
//!
//! No registry has Langfuse and `ClickHouse`: stand-ins of the same names want what the real ones want,
//! log in to what they are told of, and answer where the real ones do. Postgres and Valkey are real.

use crate::support::{env::Env, machine::Hall};

const NAME: &str = "lab-app";

/// The one that needs nothing but Postgres.
const TWO: &str = "    langfuse: { version: 2 }\n";

/// The one with stores of its own.
const FOUR: &str = "    langfuse:\n      version: 4\n      bucket: { name: traces, \
                    access_key: \"${secret:ORG_POSTGRES_PW}\", secret_key: \"${secret:ORG_POSTGRES_PW}\" }\n";

/// The keys by which programs write traces.
fn keys(hall: &Hall) -> String {
    let one = |which| {
        format!("docker exec app-langfuse-web-1 printenv LANGFUSE_INIT_PROJECT_{which}_KEY")
    };
    let script = format!("echo $({}):$({})", one("PUBLIC"), one("SECRET"));
    hall.run(NAME, &script).trim().to_owned()
}

/// What Langfuse answers through Nginx to who has these keys.
fn projects(hall: &Hall, keys: &str) -> String {
    let site = "langfuse.app.example.com";
    let call = "curl -sSk --max-time 10 -o /dev/null -w '%{http_code}'";
    let page = format!("https://{site}/api/public/projects");
    hall.run(NAME, &format!("{call} -u '{keys}' --resolve {site}:443:127.0.0.1 {page}"))
}

/// The versions that made tables in Langfuse's database.
fn versions(hall: &Hall) -> String {
    let asked = "select string_agg(distinct version, ' ' order by version) from starts";
    let psql = "docker exec -u postgres app-postgres-1 psql -qtA -d langfuse -c";
    hall.run(NAME, &format!("{psql} \"{asked}\"")).trim().to_owned()
}

/// Brings it up beside an application that serves, as one version and then as the other.
pub fn joins(env: &Env, hall: &Hall) {
    env.edit_stack("    nginx:\n", &format!("{TWO}    nginx:\n"));
    let ran = env.run("up --yes").expect(0);
    assert!(ran.stderr.contains("no security updates"), "{ran}");
    let own = keys(hall);
    assert_eq!(projects(hall, &own), "200");
    assert_eq!(projects(hall, "pk-lf-1:sk-lf-1"), "401");
    assert_eq!(versions(hall), "2.95.12");

    env.edit_stack(TWO, FOUR);
    let _ = env.run("up --yes").expect(0);
    assert_eq!(keys(hall), own, "programs go on with the keys they have");
    assert_eq!(projects(hall, &own), "200");
    assert_eq!(versions(hall), "2.95.12 4.16.0");
    let kept = hall.run(NAME, "stat -c %u:%g /mnt/lab_app_data/clickhouse/starts");
    assert_eq!(kept, "101:101\n");
    let policy = "docker exec app-langfuse-valkey-1 sh -c \
                  'REDISCLI_AUTH=$REDIS_AUTH valkey-cli config get maxmemory-policy'";
    assert_eq!(hall.run(NAME, policy), "maxmemory-policy\nnoeviction\n");

    // All of it serves, and a second run has nothing to do.
    let before = hall.run(NAME, "docker ps -q | sort");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(hall.run(NAME, "docker ps -q | sort"), before);
}
