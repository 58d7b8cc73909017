//! `dostack init`: with flags, with questions, and with neither.

use insta::assert_snapshot;

use crate::support::{env::Env, output::Ran};

/// A folder with nothing but a key in the home.
fn nothing() -> Env {
    let env = Env::new();
    std::fs::remove_dir_all(env.path("stacks")).unwrap();
    env
}

/// That both stacks are valid, with nothing to say about them but which secrets are still to be given.
fn assert_clean(env: &Env) {
    for stack in ["dev", "prod"] {
        let ran = env.run(&format!("--stack {stack} validate")).expect(0);
        assert_valid(&ran);
    }
}

/// That nothing but missing values was told.
fn assert_valid(ran: &Ran) {
    let others = ran.stderr.lines().filter(|line| !line.contains(" has no value yet; "));
    assert_eq!(others.count(), 0, "{ran}");
}

#[test]
fn what_is_usual_validates_without_a_word() {
    let env = nothing();
    let _ = env.run("init --yes").expect(0);
    assert_eq!(env.read("stacks/dev.yaml"), include_str!("../../stacks/dev.yaml"));
    assert_eq!(env.read("stacks/prod.yaml"), include_str!("../../stacks/prod.yaml"));
    assert_clean(&env);
}

#[test]
fn every_choice_of_parts_validates_without_a_word() {
    for parts in ["vector", "app", "cache", "vector cache", "app vector", "cache app"] {
        let env = nothing();
        let flags: Vec<String> = parts.split(' ').map(|part| format!("--part {part}")).collect();
        let _ = env.run(&format!("init {}", flags.join(" "))).expect(0);
        assert_clean(&env);
        let dev = env.read("stacks/dev.yaml");
        for part in ["vector", "app", "cache"] {
            assert_eq!(dev.contains(&format!("\n  {part}:\n")), parts.contains(part), "{dev}");
        }
        // What could share a machine says how.
        assert_eq!(dev.contains("    # on: "), parts != "vector", "{dev}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole stack file")]
fn flags_say_everything_there_is_to_ask() {
    let env = nothing();
    let key = env.read("home/.ssh/id_ed25519.pub");
    env.write("home/.ssh/work.pub", &key);
    let _ = env
        .run("init shop --name shop --region fra1 --domain shop.example --key ~/.ssh/work.pub --ssh-from 203.0.113.0/24 --part vector --size vector=s-2vcpu-4gb")
        .expect(0);
    assert_snapshot!(env.read("shop/stacks/dev.yaml"), @r#"
    # The development stack: what should exist at DigitalOcean.
    #
    #   dostack preview    shows the difference between this file and your account
    #   dostack up         makes it so
    #   dostack destroy    takes it away again; volumes stay until you name them
    #
    # `dostack schema` prints a JSON Schema, so that an editor can help while you type.

    stack: shop-dev                  # lower case, digits, dashes; everything the stack owns is marked with it
    region: fra1

    # One private network for all machines. No other VPC of the account may overlap it.
    vpc: { ip_range: 10.120.0.0/16 }

    ssh:
      user: root
      public_keys: [~/.ssh/work.pub]   # a path, or the key itself; registered if it is missing
      private_key: ~/.ssh/work         # leave it out to use the agent
      # Who reaches port 22. Narrow it to your own addresses, as ["203.0.113.0/24"].
      allow_from: ["203.0.113.0/24"]

    # A domain you own. It is created if the account has none of that name, and never deleted.
    dns: { domain: shop.example, ttl: 900 }

    # Names only; the values come from the environment, `.env.<stack>`, a program or an encrypted file.
    secrets: [ORG_WEAVIATE_API_KEY, ORG_OPENAI_API_KEY]

    # Where readings come from, for `when:` below. Without it, or `monitoring`, nothing grows by itself.
    # metrics: { prometheus: "http://10.120.0.3:9090" }

    # `up` refuses a plan that costs more a month.
    budget: { monthly_usd: 400 }

    components:
      # Weaviate, the vector store, with its data on a volume that outlives the machine.
      vector:
        kind: VectorDroplet
        droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
        volume: { size_gb: 160, filesystem: ext4 }       # grows in place; never shrinks
        weaviate:
          version: "1.40"
          api_key: "${secret:ORG_WEAVIATE_API_KEY}"
          openai_api_key: "${secret:ORG_OPENAI_API_KEY}"
          modules: [text2vec-openai]
          acorn: true
        agents: { requirements: [weaviate-client], command: "python -m agents" }
        records: [vector]                                # vector.shop.example
        snapshots:
          at: "03:00"
          time_zone: America/Los_Angeles
          keep: { last: 3, daily: 7, weekly: 4, monthly: 6 }
          consistency: crash
        # It may stand on any rung, and climbs when memory runs short.
        resize:
          ladder: [s-2vcpu-4gb]
          on_alerts: [WeaviateMemoryHigh]
          when: { metric: node_memory_MemAvailable_bytes, below: 500000000, for: 10m }
          cooldown: { up: 60m, down: 24h }
          window: { from: "00:00", to: "06:00", time_zone: America/Los_Angeles }
          max_per_day: 3

      # Rules for every machine of the stack. Everything may go out unless `outbound` says otherwise.
      network:
        kind: NetworkFirewall
        inbound:
          - { protocol: tcp, ports: "443", from: [anywhere] }
          - { protocol: tcp, ports: all, from: [vpc] }
    "#);
    assert_snapshot!(env.read("shop/stacks/prod.yaml"), @"
    # The production stack: the development stack, and what is different about it.
    #
    # Maps are merged field by field, lists and single values are replaced, and a field without a
    # value (`metrics:`) takes the other file's away.

    extends: dev.yaml

    stack: shop-prod
    vpc: { ip_range: 10.121.0.0/16 }          # apart from the development stack's

    budget: { monthly_usd: 600 }

    # Both stacks share the domain, so production has names of its own in it.
    components:
      vector:
        records: [vector-prod]
    ");
    assert_valid(&env.run("--stack shop/stacks/prod.yaml validate").expect(0));
}

#[test]
fn a_flag_that_makes_no_sense_writes_nothing() {
    let env = nothing();
    assert_snapshot!(env.run("init --name Shop_1"), @"
    exit 3
    ---- stderr
    error: `Shop_1` is no valid stack name: lower-case letters, digits and single dashes, starting with a letter and ending with a letter or digit, at most 32 characters
    ");
    assert_snapshot!(env.run("init --region Frankfurt"), @"
    exit 3
    ---- stderr
    error: `Frankfurt` is no region: write one as `sfo3`, `nyc3`, `ams3`, `fra1` or `sgp1`
    ");
    assert_snapshot!(env.run("init --key ~/.ssh/nobodys.pub"), @"
    exit 3
    ---- stderr
    error: there is no key file `~/.ssh/nobodys.pub`
    ");
    assert_snapshot!(env.run("init --ssh-from home"), @"
    exit 3
    ---- stderr
    error: `home` is no address range: write it as `10.120.0.0/16`
    ");
    assert_snapshot!(env.run("init --size app=huge!"), @"
    exit 3
    ---- stderr
    error: invalid value 'app=huge!' for '--size <PART=SLUG>': `huge!` is no size: write one as `s-4vcpu-8gb`

    For more information, try '--help'.
    ");
    assert!(!env.path("stacks").exists());
}

#[test]
fn on_a_terminal_it_asks_and_asks_again() {
    let env = nothing();
    let mut terminal = env.on_terminal("init");
    for (question, answer) in [
        ("SSH key [~/.ssh/id_ed25519.pub]:", "\r"),
        ("Name [core]:", "Shop!\r"),
        ("characters\nName [core]:", "shop\r"),
        ("Region [sfo2]:", "ams3\r"),
        ("Domain [example.com]:", "\r"),
        ("SSH from [anywhere]:", "198.51.100.7\r"),
        ("Parts [vector, app, cache]:", "app\r"),
    ] {
        terminal.wait_for(question);
        terminal.type_in(answer);
    }
    assert_eq!(terminal.finish(), Some(0));
    assert_snapshot!(terminal.text(), @"
    A new project. Enter takes what stands in brackets.
    SSH key [~/.ssh/id_ed25519.pub]:
    Name [core]: Shop!
    `Shop!` is no valid stack name: lower-case letters, digits and single dashes,
        starting with a letter and ending with a letter or digit, at most 32
        characters
    Name [core]: shop
    Region [sfo2]: ams3
    Domain [example.com]:
    SSH from [anywhere]: 198.51.100.7
    Parts [vector, app, cache]: app
    wrote ./stacks/dev.yaml
    wrote ./stacks/prod.yaml
    wrote ./cloud-init/droplet.yaml
    wrote ./.gitignore
    next:
      dostack --sandbox --stack dev up   all of it in the box, without an account
      dostack --stack dev preview        with stacks/dev.yaml edited and a token set
    ");
    assert_clean(&env);
    let again = env.on_terminal("init").finish();
    assert_eq!(again, Some(0), "what is there is not asked about");
}

#[test]
fn questions_that_are_not_answered_write_nothing() {
    let env = nothing();
    for key in ["\u{3}", "\u{4}"] {
        let mut terminal = env.on_terminal("init");
        terminal.wait_for("SSH key");
        terminal.type_in(key);
        assert_ne!(terminal.finish(), Some(0));
        assert!(!env.path("stacks").exists());
    }
}
