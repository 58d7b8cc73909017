//! What the user wrote, and whether it can be meant.

mod stack;

pub use self::stack::{
    Adopt, AppStack, Budget, Component, Dns, DropletSpec, Filesystem, InboundRule, MicroCache,
    Monitoring, NetworkFirewall, Otherwise, OutboundRule, Peer, PlainDroplet, Protocol, Resize,
    Ssh, Stack, Switch, VectorDroplet, VolumeSpec, VpcSpec,
};
