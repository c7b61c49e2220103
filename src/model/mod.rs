//! Plain data of the Docker world: no waiting, no drawing, no clients, no clock.

pub mod address;
pub mod container;
pub mod ending;
pub mod event;
pub mod file;
pub mod host;
pub mod id;
pub mod input;
pub mod labels;
pub mod log;
pub mod problem;
pub mod secret;
pub mod stats;
pub mod text;
pub mod time;
pub mod turn;
pub mod units;

pub use container::{Brief, Container, Health, Network, Port, State};
pub use event::Event;
pub use host::{Address, Attempt, Candidate, HostInfo, HostSpec, Link, Origin, Source};
pub use id::{HostId, Id, Kind, Ref};
pub use labels::Labels;
pub use problem::{Problem, ProblemKind};
pub use stats::{Sample, Series};
pub use time::Time;
pub use turn::Turn;
