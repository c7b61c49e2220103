//! Settings: their types and defaults, how a file is read, and how changes are written back
//! without disturbing its comments. Reads and writes no file itself.

mod commands;
pub mod hosts;
pub mod keymaps;
mod tables;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

pub use commands::{CustomCommand, FIELDS, Filled, On, Place};
pub use hosts::HostSettings;
pub use keymaps::Keys;

use crate::model::text::nearest;

/// The default settings with comments, as `--print-config` prints them.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config.toml");

/// All settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the theme.
    pub theme: String,
    /// Who paints the background.
    pub background: Background,
    /// Plain ASCII instead of symbols.
    pub ascii: bool,
    /// Whether mouse events are taken from the terminal.
    pub mouse: bool,
    /// Refuse whatever changes something.
    pub read_only: bool,
    /// Seconds that a container has to end; none: as many as it was made with.
    pub stop_timeout: Option<u16>,
    /// Seconds that a new container without a health check has to run to be proved.
    pub upgrade_proof: u16,
    /// Shells tried in order, each a program with its arguments separated by spaces.
    pub shells: Vec<String>,
    /// The list.
    pub list: ListSettings,
    /// The lists of the other screens.
    pub screens: ScreenSettings,
    /// Logs.
    pub logs: LogSettings,
    /// What to ask before.
    pub confirm: Confirmations,
    /// Commands of the person's own.
    pub commands: Vec<CustomCommand>,
    /// Hosts, in order.
    pub hosts: Vec<toml::Spanned<HostSettings>>,
    /// Whose keys: the name of a keymap.
    pub keymap: String,
    /// Keys by action id; they go before those of the keymap.
    pub keys: BTreeMap<toml::Spanned<String>, Keys>,
}

/// Who paints the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Background {
    /// The theme.
    Theme,
    /// The terminal.
    Terminal,
}

/// Settings of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a settings file"
)]
pub struct ListSettings {
    /// Columns beside name and state, in order.
    pub columns: Vec<String>,
    /// Id of the sorting column.
    pub sort: String,
    /// The other way round.
    pub reverse: bool,
    /// Whether stopped containers show.
    pub stopped: bool,
    /// Whether containers are grouped by compose project.
    pub group: bool,
    /// Percent of the width that the list takes beside the detail.
    pub split: u16,
    /// Detail below the list instead of beside it.
    pub stacked: bool,
    /// The host whose objects show; `all` for those of all.
    pub host: String,
}

/// Settings of the lists of the other screens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreenSettings {
    /// The hosts.
    pub hosts: RowSettings,
    /// What happens.
    pub events: RowSettings,
    /// What is wrong.
    pub health: RowSettings,
}

/// Settings of one of those lists; what is not said is as its kind has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RowSettings {
    /// Columns beside those that always show, in order.
    pub columns: Option<Vec<String>>,
    /// Id of the sorting column.
    pub sort: Option<String>,
    /// The other way round.
    pub reverse: Option<bool>,
    /// Whether those show that are not looked for first: hosts that are not connected, execs
    /// among events, what is not pressing.
    pub all: Option<bool>,
}

/// Settings of logs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Lines asked for when a log is opened.
    pub tail: u32,
    /// MiB of text kept over all open logs.
    pub budget: usize,
    /// Whether long lines wrap.
    pub wrap: bool,
    /// Times before lines.
    pub times: Times,
}

/// How times stand before log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    /// Not at all.
    Off,
    /// In the local zone.
    Local,
    /// In UTC.
    Utc,
    /// As an age.
    Relative,
}

impl Times {
    /// The next in the cycle.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Local,
            Self::Local => Self::Utc,
            Self::Utc => Self::Relative,
            Self::Relative => Self::Off,
        }
    }

    /// The word in the settings file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Local => "local",
            Self::Utc => "utc",
            Self::Relative => "relative",
        }
    }
}

/// What to ask before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a settings file"
)]
#[expect(missing_docs, reason = "named after the actions")]
pub struct Confirmations {
    pub stop: bool,
    pub restart: bool,
    pub kill: bool,
    pub remove: bool,
    pub prune: bool,
    pub quit: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "harbor".to_owned(),
            background: Background::Theme,
            ascii: false,
            mouse: true,
            read_only: false,
            stop_timeout: None,
            upgrade_proof: 10,
            shells: ["bash", "ash", "sh"].map(str::to_owned).to_vec(),
            list: ListSettings::default(),
            screens: ScreenSettings::default(),
            logs: LogSettings::default(),
            confirm: Confirmations::default(),
            commands: Vec::new(),
            hosts: Vec::new(),
            keymap: keymaps::DEFAULT.to_owned(),
            keys: BTreeMap::new(),
        }
    }
}

impl Default for ListSettings {
    fn default() -> Self {
        let columns = [
            "cpu", "memory", "ports", "uptime", "image", "restarts", "network", "disk", "pids",
            "address", "created", "project", "health", "exit", "oom", "id", "command",
        ];
        Self {
            columns: columns.map(str::to_owned).to_vec(),
            sort: "state".to_owned(),
            reverse: false,
            stopped: true,
            group: true,
            split: 50,
            stacked: false,
            host: hosts::ALL.to_owned(),
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            tail: 1000,
            budget: 256,
            wrap: true,
            times: Times::Off,
        }
    }
}

impl Default for Confirmations {
    fn default() -> Self {
        Self {
            stop: true,
            restart: false,
            kill: true,
            remove: true,
            prune: true,
            quit: false,
        }
    }
}

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// A fault with its line and, for a misspelt name, the nearest valid one.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let settings: Self = toml::from_str(text).map_err(|error| {
            let message = error.message().trim().to_owned();
            Fault::at(text, error.span(), with_suggestion(&message))
        })?;
        for command in &settings.commands {
            command.check(text)?;
        }
        hosts::check(&settings.hosts, text)?;
        keymaps::check(&settings.keymap, text)?;
        Ok(settings)
    }
}

/// What is wrong in a settings file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; none when it has no place of its own.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    /// A fault of a value that stands in quotes somewhere in the file's text.
    pub fn of(value: &str, text: &str, message: impl Into<String>) -> Self {
        let place = [format!("\"{value}\""), format!("'{value}'")]
            .iter()
            .find_map(|quoted| text.find(quoted.as_str()));
        Self::at(text, place.map(|start| start..start), message)
    }

    /// A fault at a range of bytes of the file's text.
    pub fn at(text: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let line = span.map(|span| {
            text.bytes()
                .take(span.start)
                .filter(|byte| *byte == b'\n')
                .count()
                + 1
        });
        Self {
            line,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// serde's list of valid names, cut to the nearest one.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(wrong) = quoted.next() else {
        return message.to_owned();
    };
    let subject = message.split('`').next().unwrap_or_default();
    match nearest(wrong, quoted) {
        Some(name) if message.starts_with("unknown") => {
            format!("{subject}`{wrong}`; did you mean `{name}`?")
        }
        _ => message.to_owned(),
    }
}

/// What `S` saves: the view as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Name of the theme.
    pub theme: String,
    /// The list.
    pub list: ListSettings,
    /// The lists of the other screens; what is not said stays in the file as it is.
    pub screens: ScreenSettings,
    /// Logs: whether they wrap.
    pub wrap: bool,
    /// Logs: their times.
    pub times: Times,
}

/// A settings file with the preferences written into it: other lines and all comments stay as
/// they are, and what is as it is by default is not written where nothing was.
///
/// # Errors
/// The file is not TOML.
pub fn save(text: &str, preferences: &Preferences) -> Result<String, Fault> {
    let mut file: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| Fault::at(text, error.span(), error.message()))?;
    let Preferences {
        theme,
        list,
        screens,
        wrap,
        times,
    } = preferences;
    let settings = Settings::default();
    let columns = |list: &ListSettings| -> toml_edit::Array {
        list.columns.iter().map(String::as_str).collect()
    };
    prefer(file.as_table_mut(), "theme", theme.as_str(), settings.theme);
    let usual = settings.list;
    let table = subtable(&mut file, "list")?;
    prefer(table, "columns", columns(list), columns(&usual));
    prefer(table, "sort", list.sort.as_str(), usual.sort.as_str());
    prefer(table, "reverse", list.reverse, usual.reverse);
    prefer(table, "stopped", list.stopped, usual.stopped);
    prefer(table, "group", list.group, usual.group);
    let split = |list: &ListSettings| i64::from(list.split);
    prefer(table, "split", split(list), split(&usual));
    prefer(table, "stacked", list.stacked, usual.stacked);
    prefer(table, "host", list.host.as_str(), usual.host);
    for (name, rows) in [
        ("hosts", &screens.hosts),
        ("events", &screens.events),
        ("health", &screens.health),
    ] {
        save_rows(&mut file, name, rows)?;
    }
    let usual = settings.logs;
    let table = subtable(&mut file, "logs")?;
    prefer(table, "wrap", *wrap, usual.wrap);
    prefer(table, "times", times.word(), usual.times.word());
    Ok(tables::written(file))
}

fn save_rows(
    file: &mut toml_edit::DocumentMut,
    name: &str,
    rows: &RowSettings,
) -> Result<(), Fault> {
    if *rows == RowSettings::default() {
        return Ok(());
    }
    let screens = subtable(file, "screens")?;
    // only its own tables have a heading
    screens.set_implicit(true);
    let table = screens.entry(name).or_insert_with(toml_edit::table);
    let table = table.as_table_mut().ok_or_else(|| Fault {
        line: None,
        message: format!("`screens.{name}` is no table"),
    })?;
    if let Some(columns) = &rows.columns {
        let columns: toml_edit::Array = columns.iter().map(String::as_str).collect();
        set(table, "columns", columns);
    }
    if let Some(sort) = &rows.sort {
        set(table, "sort", sort.as_str());
    }
    for (key, value) in [("reverse", rows.reverse), ("all", rows.all)] {
        if let Some(value) = value {
            set(table, key, value);
        }
    }
    Ok(())
}

fn subtable<'a>(
    file: &'a mut toml_edit::DocumentMut,
    name: &str,
) -> Result<&'a mut toml_edit::Table, Fault> {
    file.entry(name)
        .or_insert_with(toml_edit::table)
        .as_table_mut()
        .ok_or_else(|| Fault {
            line: None,
            message: format!("`{name}` is no table"),
        })
}

/// Sets a value; the usual one is not written where there is none.
fn prefer(
    table: &mut toml_edit::Table,
    key: &str,
    value: impl Into<toml_edit::Value>,
    usual: impl Into<toml_edit::Value>,
) {
    let value = value.into();
    if table.contains_key(key) || !says_the_same(&usual.into(), &value) {
        set(table, key, value);
    }
}

/// Sets a value; its comment stays, and one that says the same already is left alone.
fn set(table: &mut toml_edit::Table, key: &str, value: impl Into<toml_edit::Value>) {
    let mut value = value.into();
    match table.get_mut(key).and_then(toml_edit::Item::as_value_mut) {
        Some(old) if says_the_same(old, &value) => {}
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, toml_edit::Item::Value(value));
        }
    }
}

/// Whether two values are equal, however they are written.
fn says_the_same(old: &toml_edit::Value, new: &toml_edit::Value) -> bool {
    match (old.as_array(), new.as_array()) {
        (Some(old), Some(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(a, b)| says_the_same(a, b))
        }
        (None, None) => {
            old.as_str() == new.as_str()
                && old.as_bool() == new.as_bool()
                && old.as_integer() == new.as_integer()
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_file_says_the_defaults() {
        assert_eq!(Settings::parse(DEFAULT_FILE), Ok(Settings::default()));
        // and each commented line, taken out of its comment, is the default too
        let is_setting = |line: &&str| {
            line.split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        };
        let lines = DEFAULT_FILE.lines();
        let uncommented: Vec<&str> = lines
            .map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line))
            .collect();
        let uncommented = uncommented.join("\n");
        assert_ne!(uncommented, DEFAULT_FILE);
        assert_eq!(Settings::parse(&uncommented), Ok(Settings::default()));
    }

    #[test]
    fn a_misspelt_name_gets_line_and_suggestion() {
        let fault = Settings::parse("mouse = true\nthem = \"x\"\n").unwrap_err();
        assert_eq!(fault.line, Some(2));
        assert!(fault.message.contains("did you mean `theme`"), "{fault}");
        let fault = Settings::parse("[list]\nsplit = \"wide\"\n").unwrap_err();
        assert_eq!(fault.line, Some(2));
    }

    #[test]
    fn saving_keeps_comments() {
        let preferences = Preferences {
            theme: "nord".into(),
            list: ListSettings {
                sort: "cpu".into(),
                ..ListSettings::default()
            },
            screens: ScreenSettings {
                hosts: RowSettings {
                    columns: Some(vec!["ping".into()]),
                    reverse: Some(true),
                    ..RowSettings::default()
                },
                ..ScreenSettings::default()
            },
            wrap: false,
            times: Times::Utc,
        };
        let file = "# mine\ntheme = \"harbor\" # the dark one\n\n[confirm]\nstop = false\n";
        let saved = save(file, &preferences).unwrap();
        assert!(
            saved.starts_with("# mine\ntheme = \"nord\" # the dark one\n"),
            "{saved}"
        );
        let settings = Settings::parse(&saved).unwrap();
        assert_eq!(
            (settings.list.sort.as_str(), settings.confirm.stop),
            ("cpu", false)
        );
        assert_eq!(settings.screens, preferences.screens);
        assert!(!saved.contains("[screens]"), "{saved}");
        assert_eq!(save(&saved, &preferences).unwrap(), saved);
        let array = "[list]\ncolumns = [\n  \"cpu\", # load\n]\n";
        let list = ListSettings {
            columns: vec!["cpu".into()],
            ..ListSettings::default()
        };
        let kept = save(
            array,
            &Preferences {
                list,
                ..preferences.clone()
            },
        )
        .unwrap();
        assert!(kept.contains("\"cpu\", # load"), "{kept}");
        let saved = save(DEFAULT_FILE, &preferences).unwrap();
        let settings = Settings::parse(&saved).unwrap();
        assert_eq!(settings.logs.times, Times::Utc);
        // what was added takes no comment away from the table that it belongs to
        let used = saved.replace("# \"container.restart\" = ", "\"container.restart\" = ");
        let used = Settings::parse(&used).unwrap();
        assert!(used.keys.contains_key("container.restart"), "{saved}");
        for name in ["split", "group", "stacked"] {
            let written = saved
                .lines()
                .any(|line| line.starts_with(&format!("{name} =")));
            assert!(!written, "{name} is as by default: {saved}");
        }
    }
}
