//! Words with a rule inside, parsed once.
//!
//! A value of one of these types is valid by construction: whoever holds it need not check it
//! again, and whoever makes one gets the exact rule that was broken.

mod address;
mod alert;
mod backup;
mod causes;
mod change;
mod cidr;
mod digest;
mod environment;
mod hint;
mod host_key;
mod key;
mod mark;
mod metric_name;
mod money;
mod name;
mod ports;
mod scheduler;
mod secret;
mod slug;
mod tag;

pub use self::address::{Address, Owner, Part};
pub use self::alert::{AlertRule, Metric, Side, Window, bound as alert_bound};
pub use self::backup::{BackupPolicy, Weekday, weekly_surcharge};
pub use self::causes::in_full;
pub use self::change::Change;
pub use self::cidr::Cidr;
pub use self::digest::short_digest;
pub use self::environment::Environment;
pub use self::hint::{closest, did_you_mean, meant_or_known};
pub use self::host_key::{HostDigest, HostKey, Seed, ShownKey};
pub use self::key::{Fingerprint, PublicKey};
pub use self::mark::Mark;
pub use self::metric_name::MetricName;
pub use self::money::Money;
pub use self::name::{
    BrokenRule, ComponentName, DomainName, DropletName, FirewallName, ProjectName, RecordName,
    ServerName, StackName, VolumeName, VpcName,
};
pub use self::ports::Ports;
pub use self::scheduler::Scheduler;
pub use self::secret::SecretName;
pub use self::slug::{Image, Region, SizeSlug};
pub use self::tag::Tag;
