//! The options of `docker run`, one row each. Parser, printer, explanations, Compose mapping and
//! forms come from this table. The rows are those of the docker command 28 and 29; a test compares
//! them with what an installed command says of itself.

mod client;
mod document;
mod network;
mod process;
mod resources;
mod security;
mod storage;

pub use self::document::document;

use std::fmt::Display;
use std::str::FromStr;

use super::RunSpec;
use super::values::{integer, switch};

/// One option.
#[derive(Debug)]
pub struct RunOption {
    /// Its name without the dashes: `memory`.
    pub name: &'static str,
    /// Its letter, as in `-m`.
    pub short: Option<char>,
    /// Other names that the docker command takes.
    pub also: &'static [&'static str],
    /// What it belongs to.
    pub section: Section,
    /// What its value is.
    pub kind: Kind,
    /// What it does, as a sentence.
    pub about: &'static str,
    /// A value it can have.
    pub example: &'static str,
    /// What an engine or a disk can propose as values.
    pub completion: Completion,
    /// Where Compose has it.
    pub compose: Compose,
    /// The oldest API version that knows it, where that is newer than the oldest engine served.
    pub since: Option<(u32, u32)>,
    /// Whether only engines on Windows know it.
    pub windows: bool,
    /// What the docker command checks of a value beyond its form.
    check: fn(&str) -> Result<(), String>,
    field: fn(&RunSpec) -> &dyn Field,
    field_mut: fn(&mut RunSpec) -> &mut dyn Field,
}

/// What options belong together, in the order in which forms show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Names, labels, the image.
    Identity,
    /// What runs in it.
    Process,
    /// Networks, ports, names.
    Network,
    /// Volumes, binds, memory disks.
    Storage,
    /// Memory, CPUs, limits.
    Resources,
    /// Disks.
    BlockIo,
    /// Rights and namespaces.
    Security,
    /// Devices of the host.
    Devices,
    /// The health check.
    Health,
    /// The log.
    Logging,
    /// What happens at the end.
    Restart,
    /// What the docker command itself does, and no engine is told.
    Client,
}

impl Section {
    /// As a title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Process => "Process",
            Self::Network => "Network",
            Self::Storage => "Storage",
            Self::Resources => "Memory and CPU",
            Self::BlockIo => "Block I/O",
            Self::Security => "Security",
            Self::Devices => "Devices",
            Self::Health => "Health",
            Self::Logging => "Logging",
            Self::Restart => "Restart",
            Self::Client => "The docker command",
        }
    }
}

/// What an option's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On or off; said alone it is on.
    Switch,
    /// Text of a form of its own.
    Text,
    /// A whole number.
    Number,
    /// A size, as in `512m`.
    Bytes,
    /// A number of CPUs, as in `1.5`.
    Cpus,
    /// A span of time, as in `30s`.
    Span,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// What can be proposed as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Nothing.
    None,
    /// The engine's networks.
    Networks,
    /// The engine's volumes, and paths of the host before a colon.
    Volumes,
    /// The engine's containers.
    Containers,
    /// Linux capabilities.
    Capabilities,
    /// Names of process limits.
    Ulimits,
    /// The engine's log drivers.
    LogDrivers,
    /// Options of the chosen log driver.
    LogOptions,
    /// Files and folders beside the docker command.
    Paths,
    /// The engine's runtimes.
    Runtimes,
    /// Signals by name.
    Signals,
}

/// Where Compose has an option: the path of keys within a service, divided by dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compose {
    /// Nowhere.
    None,
    /// One value.
    Value(&'static str),
    /// A list of texts as they are.
    List(&'static str),
    /// Names with values.
    Map(&'static str),
    /// In a shape of its own, which the Compose module knows.
    Own(&'static str),
}

/// Where a specification keeps an option's value: one, or several.
pub trait Field {
    /// Its values as text; none when it is not said.
    fn texts(&self) -> Vec<String>;
    /// Says a value: the only one, or one more.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    fn say(&mut self, text: &str) -> Result<(), String>;
    /// Unsays it.
    fn clear(&mut self);
    /// Whether it can be said several times.
    fn repeats(&self) -> bool;
}

impl<T> Field for Option<T>
where
    T: FromStr + Display,
    T::Err: Display,
{
    fn texts(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        *self = Some(text.parse().map_err(|fault: T::Err| fault.to_string())?);
        Ok(())
    }

    fn clear(&mut self) {
        *self = None;
    }

    fn repeats(&self) -> bool {
        false
    }
}

impl<T> Field for Vec<T>
where
    T: FromStr + Display,
    T::Err: Display,
{
    fn texts(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        self.push(text.parse().map_err(|fault: T::Err| fault.to_string())?);
        Ok(())
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn repeats(&self) -> bool {
        true
    }
}

impl RunOption {
    /// What rows leave unsaid.
    const BASE: Self = Self {
        name: "",
        short: None,
        also: &[],
        section: Section::Identity,
        kind: Kind::Text,
        about: "",
        example: "",
        completion: Completion::None,
        compose: Compose::None,
        since: None,
        windows: false,
        check: |_| Ok(()),
        field: |spec| &spec.name,
        field_mut: |spec| &mut spec.name,
    };

    /// Whether it can be said several times.
    pub fn repeats(&self) -> bool {
        (self.field)(&RunSpec::default()).repeats()
    }

    /// What a specification says, as text; none when it says nothing.
    pub fn get(&self, spec: &RunSpec) -> Vec<String> {
        (self.field)(spec).texts()
    }

    /// Says a value as the docker command takes it: the only one, or one more.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence; the specification stays as it was.
    pub fn say(&self, spec: &mut RunSpec, text: &str) -> Result<(), String> {
        (self.check)(text)?;
        let field = (self.field_mut)(spec);
        match self.kind {
            Kind::Switch => field.say(&switch(text)?.to_string()),
            Kind::Number => field.say(&integer(text)?.to_string()),
            Kind::Choice(words) if !words.contains(&text) && !text.is_empty() => {
                Err(format!("`{text}` is none of {}", words.join(", ")))
            }
            Kind::Text | Kind::Bytes | Kind::Cpus | Kind::Span | Kind::Choice(_) => field.say(text),
        }
    }

    /// Says exactly these values; none unsays it.
    ///
    /// # Errors
    /// What is wrong with one of them; the specification stays as it was.
    pub fn set(&self, spec: &mut RunSpec, texts: &[String]) -> Result<(), String> {
        let mut changed = spec.clone();
        (self.field_mut)(&mut changed).clear();
        for text in texts {
            self.say(&mut changed, text)?;
        }
        *spec = changed;
        Ok(())
    }

    /// Its name with dashes.
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }
}

/// All options, section by section.
pub fn all() -> impl Iterator<Item = &'static RunOption> {
    [
        process::IDENTITY,
        process::PROCESS,
        network::NETWORK,
        storage::STORAGE,
        resources::RESOURCES,
        resources::BLOCK_IO,
        security::SECURITY,
        security::DEVICES,
        process::HEALTH,
        process::LOGGING,
        process::RESTART,
        client::CLIENT,
    ]
    .into_iter()
    .flatten()
}

/// The option of a name without dashes, or of another spelling of it.
pub fn named(name: &str) -> Option<&'static RunOption> {
    all().find(|option| option.name == name || option.also.contains(&name))
}

/// The option of a letter.
pub fn lettered(letter: char) -> Option<&'static RunOption> {
    all().find(|option| option.short == Some(letter))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_whole_and_its_example_is_taken() {
        let (mut names, mut letters) = (BTreeSet::new(), BTreeSet::new());
        for option in all() {
            let name = option.name;
            assert!(names.insert(name), "{name} stands twice");
            for other in option.also {
                assert!(names.insert(other), "{other} stands twice");
            }
            if let Some(letter) = option.short {
                assert!(letters.insert(letter), "-{letter} stands twice");
            }
            assert!(option.about.ends_with('.'), "{name} says nothing");
            let mut spec = RunSpec::default();
            option
                .say(&mut spec, option.example)
                .unwrap_or_else(|fault| panic!("{name}: {fault}"));
            let texts = option.get(&spec);
            assert_eq!(texts.len(), 1, "{name} keeps nothing");
            let mut again = RunSpec::default();
            option.set(&mut again, &texts).unwrap();
            assert_eq!(again, spec, "{name}: what is written is not what is read");
            let said = all().filter(|other| !other.get(&spec).is_empty());
            assert_eq!(said.count(), 1, "{name} shares its place");
            option.set(&mut again, &[]).unwrap();
            assert_eq!(again, RunSpec::default(), "{name} is not unsaid");
        }
    }

    #[test]
    fn a_wrong_value_leaves_what_was_said() {
        let memory = named("memory").unwrap();
        let mut spec = RunSpec::default();
        memory.say(&mut spec, "512m").unwrap();
        assert!(memory.set(&mut spec, &["much".to_owned()]).is_err());
        assert_eq!(memory.get(&spec), ["512m"]);
    }

    #[test]
    fn both_spellings_are_found() {
        assert_eq!(named("net").unwrap().name, "network");
        assert_eq!(lettered('v').unwrap().name, "volume");
        assert!(named("naem").is_none());
    }
}
