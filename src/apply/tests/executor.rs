//! The executor with a crew that does nothing but write down what it was asked to.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{
        Ending, StepError,
        executor::{Crew, Executor},
    },
    plan::{Action, Reason, Step, Undo, Work},
    resources::Kind,
    values::{Address, Change},
};

const SECOND: Duration = Duration::from_secs(1);

/// Each step takes a second and leaves two marks.
#[derive(Default)]
struct Fake {
    fails: BTreeSet<&'static str>,
    holds: BTreeMap<&'static str, &'static str>,
    log: RefCell<Vec<String>>,
    busy: RefCell<usize>,
    most: RefCell<usize>,
}

impl Crew for Fake {
    async fn work(&self, step: &Step) -> Result<(), StepError> {
        self.log.borrow_mut().push(format!("+{}", step.address));
        *self.busy.borrow_mut() += 1;
        let busy = *self.busy.borrow();
        let most = busy.max(*self.most.borrow());
        *self.most.borrow_mut() = most;
        sleep(SECOND).await;
        *self.busy.borrow_mut() -= 1;
        self.log.borrow_mut().push(format!("-{}", step.address));
        if self.fails.contains(step.address.to_string().as_str()) {
            return Err(StepError::Vanished { what: step.address.to_string() });
        }
        Ok(())
    }

    fn holds(&self, step: &Step) -> Option<String> {
        self.holds.get(step.address.to_string().as_str()).map(|key| (*key).to_owned())
    }

    fn skipped(&self, step: &Step, because: &Address) {
        self.log.borrow_mut().push(format!("{} skipped for {because}", step.address));
    }

    fn abandoned(&self, step: &Step) -> Option<String> {
        Some(format!("{} goes on", step.address))
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn step(name: &str, needs: &[&str], action: Action) -> Step {
    Step {
        address: address(name),
        kind: Kind::Droplet,
        name: name.to_owned(),
        action,
        reason: Reason::Missing,
        changes: Vec::new(),
        needs: needs.iter().map(|need| address(need)).collect(),
        undo: Undo::Possible,
        downtime: None,
        monthly: Change::default(),
        work: Work::Nothing,
    }
}

fn create(name: &str, needs: &[&str]) -> Step {
    step(name, needs, Action::Create)
}

async fn run(steps: &[Step], crew: &Fake, at_once: usize) -> BTreeMap<Address, Ending> {
    let stop = CancellationToken::new();
    Executor { at_once, stop, grace: SECOND }.run(steps, crew).await
}

fn log(crew: &Fake) -> Vec<String> {
    crew.log.borrow().clone()
}

#[tokio::test(start_paused = true)]
async fn a_step_begins_when_what_it_needs_is_done() {
    let crew = Fake::default();
    let steps = [create("a", &[]), create("b", &["a"]), create("c", &["b"])];
    let endings = run(&steps, &crew, 10).await;
    assert_eq!(log(&crew), ["+a", "-a", "+b", "-b", "+c", "-c"]);
    assert!(endings.values().all(|ending| matches!(ending, Ending::Done)));
}

#[tokio::test(start_paused = true)]
async fn what_can_run_at_once_does_up_to_the_limit() {
    let crew = Fake::default();
    let steps: Vec<Step> = ["a", "b", "c", "d", "e"].map(|name| create(name, &[])).to_vec();
    run(&steps, &crew, 3).await;
    assert_eq!(*crew.most.borrow(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_all_that_hangs_on_it_and_nothing_else() {
    let crew = Fake { fails: BTreeSet::from(["a"]), ..Fake::default() };
    let steps = [create("a", &[]), create("b", &["a"]), create("c", &["b"]), create("d", &[])];
    let endings = run(&steps, &crew, 10).await;
    let root = address("a");
    assert!(matches!(&endings[&root], Ending::Failed(_)));
    for name in ["b", "c"] {
        let skipped =
            matches!(&endings[&address(name)], Ending::Skipped { because } if *because == root);
        assert!(skipped, "{name}");
    }
    assert!(matches!(&endings[&address("d")], Ending::Done));
}

#[tokio::test(start_paused = true)]
async fn two_steps_on_one_droplet_come_one_after_the_other() {
    let holds = BTreeMap::from([("a", "7"), ("b", "7"), ("c", "8")]);
    let crew = Fake { holds, ..Fake::default() };
    let steps = [create("a", &[]), create("b", &[]), create("c", &[])];
    run(&steps, &crew, 10).await;
    let log = log(&crew);
    let place = |mark: &str| log.iter().position(|entry| entry == mark).unwrap();
    assert!(place("-a") < place("+b"), "{log:?}");
    assert!(place("+c") < place("-a"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn steps_without_work_are_done_and_wait_for_nobody() {
    let crew = Fake::default();
    let steps = [step("a", &[], Action::Nothing), create("b", &["a"])];
    run(&steps, &crew, 1).await;
    assert_eq!(log(&crew), ["+b", "-b"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_nothing_begins_and_what_runs_is_left_after_the_grace() {
    let crew = Fake::default();
    let steps = [create("a", &[]), create("b", &["a"])];
    let stop = CancellationToken::new();
    let executor = Executor { at_once: 10, stop: stop.clone(), grace: SECOND / 4 };
    let (endings, ()) = tokio::join!(executor.run(&steps, &crew), async {
        sleep(SECOND / 2).await;
        stop.cancel();
    });
    assert_eq!(log(&crew), ["+a"]);
    let Ending::Abandoned { running } = &endings[&address("a")] else { panic!("{endings:?}") };
    assert_eq!(running.as_deref(), Some("a goes on"));
    assert!(matches!(endings[&address("b")], Ending::NotStarted));
}
