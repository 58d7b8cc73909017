//! A plan and its steps.

use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

use serde::{Serialize, Serializer};

use crate::{
    inventory::{Id, Known},
    plan::{Action, Copies, Kept, Marking, Note, Refusal, Release, Replacement, target},
    resources::{
        Alert, BackupChange, Debt, FieldChange, Firewall, Kind, LiveProject, LiveRecord, Project,
        Record, Resource, Stranger, Vpc,
    },
    values::{Address, Change, DropletName, Fingerprint, Mark, Money, SizeSlug, Tag},
};

/// What is to be done, and in which order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The stack's marks.
    pub mark: Mark,
    /// The steps, each after all it needs; those with nothing to do are among them.
    pub steps: Vec<Step>,
    /// What exists already, by address.
    #[serde(skip)]
    pub known: Known,
    /// What was adopted once, whatever becomes of it.
    #[serde(skip)]
    pub adopted: BTreeSet<(Kind, Id)>,
    /// Data that stays.
    pub kept: Vec<Kept>,
    /// Snapshots that policies have taken.
    pub copies: Vec<Copies>,
    /// Worth knowing.
    pub notes: Vec<Note>,
    /// What the plan will not do.
    pub refusals: Vec<Refusal>,
    /// What the month costs, before and after.
    pub monthly: Change<Money>,
}

impl Plan {
    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_change())
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// The part that pays debts: a machine that was switched off has to be on again, even where
    /// the rest of the plan is refused.
    pub fn debts(&self) -> Self {
        let mut debts = self.clone();
        let owed = target::owed(self);
        debts.steps.retain(|step| owed.contains(&step.address));
        for step in &mut debts.steps {
            step.needs.retain(|need| owed.contains(need));
            step.keep_what_it_releases();
        }
        debts.refusals.clear();
        debts
    }
}

/// One thing, and what is done to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its address.
    pub address: Address,
    /// What it is.
    pub kind: Kind,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// The steps that have to be done before.
    pub needs: BTreeSet<Address>,
    /// Whether it can be undone.
    pub undo: Undo,
    /// How long it is expected to be off, if it is.
    #[serde(serialize_with = "seconds")]
    pub downtime: Option<Duration>,
    /// What it costs a month, before and after.
    pub monthly: Change<Money>,
    /// Exactly what is to be done.
    pub work: Work,
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_some(&time.as_secs()),
        None => serializer.serialize_none(),
    }
}

impl Step {
    /// Whether anything is to be done.
    pub fn is_change(&self) -> bool {
        self.action != Action::Nothing
    }

    /// Whether it switches a machine on that an earlier run may have left off.
    pub fn pays_debt(&self) -> bool {
        let cycle = match &self.work {
            Work::Replace(replacement) => return !replacement.debts.is_empty(),
            Work::Update(Update::Droplet(update)) => update.power_cycle.as_ref(),
            Work::Release(Release::Droplet { power_cycle, .. }) => power_cycle.as_ref(),
            Work::Nothing
            | Work::Create(_)
            | Work::Update(_)
            | Work::Release(_)
            | Work::Delete(_) => None,
        };
        cycle.is_some_and(|cycle| cycle.debt.is_some())
    }

    /// Leaves of a release what switches the machine on.
    fn keep_what_it_releases(&mut self) {
        if let Work::Release(Release::Droplet { id, power_cycle, .. }) = &self.work {
            let (id, power_cycle) = (*id, power_cycle.clone());
            self.action = Action::Resize;
            self.work = Work::Update(Update::Droplet(DropletUpdate {
                id,
                add_tags: Vec::new(),
                rename: None,
                backups: None,
                power_cycle,
            }));
        }
    }
}

/// Why a step is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is as wanted.
    InSync,
    /// It is wanted and not there.
    Missing,
    /// It is there and differs.
    Differs,
    /// An earlier run left it half done.
    Unfinished,
    /// The command line names it.
    Asked,
    /// Somebody, or its readings, asked for another size.
    OtherSize,
    /// The file names it with `adopt`.
    Adopted,
    /// The stack file does not speak of it any more.
    NotInFile,
    /// The stack is being destroyed.
    Destroyed,
}

impl Reason {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::InSync => "as wanted",
            Self::Missing => "not there yet",
            Self::Differs => "differs",
            Self::Unfinished => "an earlier run did not finish it",
            Self::Asked => "asked for with `--replace`",
            Self::OtherSize => "another size was asked for",
            Self::Adopted => "the file adopts it",
            Self::NotInFile => "no longer in the stack file",
            Self::Destroyed => "the stack is being destroyed",
        }
    }
}

/// Whether a step can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// By changing the file back.
    Possible,
    /// What was there is gone, though it can be made anew.
    Rebuild,
    /// Never: data is lost, or DigitalOcean has no way back.
    Never,
}

/// Exactly what is to be done; whoever carries it out has no choice to make.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Nothing.
    Nothing,
    /// Make it.
    Create(Box<Resource>),
    /// Change it.
    Update(Update),
    /// Put another one in its place.
    Replace(Box<Replacement>),
    /// Let go of it.
    Release(Release),
    /// Remove it.
    Delete(Deletion),
}

/// A change of something that exists.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// A private network's name.
    Vpc {
        /// Its id.
        id: String,
        /// How it is to be.
        vpc: Vpc,
    },
    /// A volume's size and tags.
    Volume(VolumeUpdate),
    /// A droplet's tags, name and size.
    Droplet(DropletUpdate),
    /// The marks that bring an adopted droplet under the stack's firewalls.
    Marks(Marking),
    /// A firewall, whole.
    Firewall {
        /// Its id.
        id: String,
        /// How it is to be.
        firewall: Firewall,
    },
    /// A reserved IP moves to the machine that takes the place of its own.
    ReservedIpFollows {
        /// The address.
        ip: Ipv4Addr,
        /// The machine.
        to: Address,
    },
    /// A reserved IP that an earlier run took off its droplet goes back there.
    ReservedIp {
        /// The address.
        ip: Ipv4Addr,
        /// The droplet, by its id.
        droplet: u64,
    },
    /// What a project says about itself.
    Project {
        /// How it is.
        live: Box<LiveProject>,
        /// How it is to be.
        project: Project,
    },
    /// An alert policy, whole.
    Alert {
        /// Its id.
        id: String,
        /// How it is to be.
        alert: Alert,
    },
    /// A record's address and time to live.
    Record {
        /// How it is.
        live: Box<LiveRecord>,
        /// How it is to be.
        record: Record,
    },
    /// A record that is taken over.
    TakenRecord {
        /// How it is.
        taken: Stranger,
        /// How it is to be.
        record: Record,
    },
}

/// A change of a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VolumeUpdate {
    /// Its id.
    pub id: String,
    /// Where it is, which a resize has to say.
    pub region: String,
    /// The new size in GiB.
    pub grow_to: Option<u32>,
    /// Tags it lacks.
    pub add_tags: Vec<Tag>,
    /// Marks of the name its component had before, which go when it has those of the new one.
    pub remove_tags: Vec<Tag>,
}

/// A change of a droplet, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DropletUpdate {
    /// Its id.
    pub id: u64,
    /// Tags it lacks.
    pub add_tags: Vec<Tag>,
    /// Its new name.
    pub rename: Option<DropletName>,
    /// What is done about its backups.
    pub backups: Option<BackupChange>,
    /// What needs it off.
    pub power_cycle: Option<PowerCycle>,
}

/// A change that needs the droplet off, which opens a debt: it must be on again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PowerCycle {
    /// The size it has.
    pub from: SizeSlug,
    /// The size it is to have.
    pub to: SizeSlug,
    /// The debt an earlier run left open, to be paid by this one.
    pub debt: Option<Debt>,
    /// Debts older than that one, whose tags go with it.
    pub superseded: Vec<Debt>,
}

/// A removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deletion {
    /// Tags of the stack that nothing carries any more.
    Tags(Vec<Tag>),
    /// A private network, once its members have left.
    Vpc {
        /// Its id.
        id: String,
    },
    /// A key the stack registered.
    SshKey {
        /// Its id.
        id: u64,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
    /// A volume, with what is on it.
    Volume {
        /// Its id.
        id: String,
        /// The droplet that holds it and stays, from which it has to be detached first.
        attached_to: Option<u64>,
        /// Where it is.
        region: String,
    },
    /// A snapshot, with what is in it.
    Snapshot {
        /// Its id.
        id: String,
    },
    /// A droplet; volumes stay.
    Droplet {
        /// Its id.
        id: u64,
    },
    /// A reserved IP, and the tags by which its droplet says that it is the stack's.
    ReservedIp {
        /// The address; none where only the tags are left.
        ip: Option<Ipv4Addr>,
        /// The droplet that carries the tags, by its id.
        droplet: u64,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// A firewall.
    Firewall {
        /// Its id.
        id: String,
    },
    /// A project, once nothing is in it.
    Project {
        /// Its id.
        id: String,
        /// What goes to the default project first, by URN: things of the stack's that stay.
        move_out: Vec<String>,
    },
    /// An alert policy.
    Alert {
        /// Its id.
        id: String,
    },
    /// Records of one place and their marks: one in each domain the stack has had.
    Records(Vec<LiveRecord>),
}

impl Deletion {
    /// The kind of what goes.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Tags(_) => Kind::Tag,
            Self::Vpc { .. } => Kind::Vpc,
            Self::SshKey { .. } => Kind::SshKey,
            Self::Volume { .. } => Kind::Volume,
            Self::Snapshot { .. } => Kind::Snapshot,
            Self::Droplet { .. } => Kind::Droplet,
            Self::ReservedIp { .. } => Kind::ReservedIp,
            Self::Firewall { .. } => Kind::Firewall,
            Self::Project { .. } => Kind::Project,
            Self::Alert { .. } => Kind::Alert,
            Self::Records(_) => Kind::Record,
        }
    }

    /// The id of what goes; none where several things go, or only a mark.
    pub fn id(&self) -> Option<Id> {
        match self {
            Self::Tags(_) => None,
            Self::Vpc { id }
            | Self::Volume { id, .. }
            | Self::Snapshot { id }
            | Self::Firewall { id }
            | Self::Alert { id }
            | Self::Project { id, .. } => Some(Id::Text(id.clone())),
            Self::SshKey { id, .. } | Self::Droplet { id } => Some(Id::Number(*id)),
            Self::ReservedIp { ip, .. } => ip.map(|ip| Id::Text(ip.to_string())),
            Self::Records(records) => match records.as_slice() {
                [only] => only.id.map(Id::Number),
                [] | [_, _, ..] => None,
            },
        }
    }
}
