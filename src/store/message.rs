//! What comes into the store, and what it wants done. Both are data: tests write and compare them.

use std::path::PathBuf;
use std::sync::Arc;

use super::paths::Listing;
use super::templates::Template;
use crate::config::{HostSettings, Preferences};
use crate::model::file::Contents;
use crate::model::input::{Area, Key, Mouse, Size};
use crate::model::log::Chunk;
use crate::model::{HostId, HostSpec, Problem, Ref, Time};
use crate::protocol::{Command, Fact, JobId, Notice, Plan, Reply};

/// What comes into the store.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key went down.
    Key(Key),
    /// The mouse did something.
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// The only clock the store knows.
    Tick(Time),
    /// What the last frame showed.
    Painted(Painted),
    /// An engine reports.
    Fact(HostId, Fact),
    /// A step of a job ended.
    Done(JobId, usize, Result<Reply, Problem>),
    /// A step of a plan began.
    Begun(JobId, usize),
    /// What a job started asks for the terminal.
    Asks(JobId),
    /// A step of a plan was undone or could not be: which step, by which of its deeds.
    Undone(JobId, (usize, usize), Result<(), Problem>),
    /// A job's command wrote lines.
    Output(JobId, Arc<Chunk>),
    /// How far a job's copy is: bytes that went by, and how many there will be.
    Progress(JobId, u64, u64),
    /// A file was edited: as it was, what it is to hold, and where that is kept.
    Edited(Ref, Arc<Contents>, Arc<[u8]>, PathBuf),
    /// A search in a log ended.
    Found(SearchId, Result<Vec<u64>, Problem>),
    /// An effect came to its end: what to tell the person.
    Told(Outcome),
    /// The settings file keeps a host, in place of the one of a name: what it says of it, and what
    /// that means.
    Kept(Option<HostId>, Box<HostSettings>, Box<HostSpec>),
    /// A host is known from now on; whether it is connected at once.
    Known(Box<HostSpec>, bool),
    /// A host is known no more.
    Unknown(HostId),
    /// What stands in a folder of this machine.
    Folder(Listing),
    /// The templates that there are.
    Templates(Vec<Template>),
    /// The program is asked to end: a signal.
    Terminate,
}

impl From<Notice> for Message {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Fact(host, _, fact) => Self::Fact(host, fact),
            Notice::Progress { job, done, total } => Self::Progress(job, done, total),
            Notice::Begun(job, step) => Self::Begun(job, step),
            Notice::Asks(job) => Self::Asks(job),
            Notice::Undone {
                job,
                step,
                deed,
                result,
            } => Self::Undone(job, (step, deed), result),
            Notice::Done { job, step, result } => Self::Done(job, step, result),
            Notice::Output(job, page) => Self::Output(job, page.0),
        }
    }
}

/// How an effect ended that nobody else reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked; a sentence.
    Done(String),
    /// It did not; what happened.
    Failed(Problem),
}

/// Names a search, so that a late answer is not taken for another's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchId(pub u64);

/// What the store wants done. Only the loop does it.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make a call: a step of a job. One that takes the terminal is lent it.
    Run(JobId, usize, HostId, Command),
    /// Perform a plan: a job's steps, one after the other.
    Plan(JobId, HostId, Box<Plan>),
    /// Lend the terminal to what a plan started.
    Lend(JobId),
    /// Leave what a plan started without the terminal.
    Withhold(JobId),
    /// Give up a job's calls.
    Cancel(JobId),
    /// Try to reach a host now.
    Retry(HostId),
    /// Give the terminal to ssh for a login at a host.
    Login(HostId),
    /// Have the doctor look at a host.
    Examine(HostId),
    /// Begin to look at a host, or begin anew.
    Connect(Box<HostSpec>),
    /// End everything with a host.
    Disconnect(HostId),
    /// Find out which host a typed address means, and connect it.
    Resolve(String),
    /// Keep a host in the settings file, in place of the one of a name, and know it.
    KeepHost(Option<HostId>, Box<HostSettings>),
    /// Take a host out of the settings file, and know it no more.
    DropHost(HostId),
    /// Try whether a host's engine answers, and tell.
    TestHost(Box<HostSpec>),
    /// The same with a host that is only being written down.
    TryHost(Box<HostSettings>),
    /// Start the demo engine and look at it.
    Demo,
    /// List everything again.
    Refresh(HostId),
    /// Search a log away from the loop.
    Search(SearchId, Vec<(u64, Arc<Chunk>)>, regex::Regex),
    /// End a search whose answer nobody waits for.
    EndSearch(SearchId),
    /// List what stands in a folder of this machine and begins so.
    ListFolder(String, String),
    /// Keep a template under a name: its text.
    KeepTemplate(String, String),
    /// Remove a template.
    DropTemplate(String),
    /// Put text on the terminal's clipboard.
    Copy(String),
    /// Write text to a new file.
    Save(String, String),
    /// Open a page in the browser.
    Open(String),
    /// Edit a copy of a file with the person's editor, which gets the terminal.
    Edit(Ref, Arc<Contents>),
    /// Stop like any job of the shell that started this program.
    Suspend,
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Show in another theme.
    Theme(String),
    /// Write preferences to the settings file.
    SavePreferences(Box<Preferences>),
    /// Draw every cell anew.
    Repaint,
    /// End.
    Quit,
}

/// Several effects, in order.
pub type Effects = Vec<Effect>;

/// What the last frame showed that only drawing knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// What can be clicked, uppermost last.
    pub spots: Vec<(Area, Spot)>,
}

impl Painted {
    /// What is at a cell.
    pub fn at(&self, x: u16, y: u16) -> Option<&Spot> {
        self.spots
            .iter()
            .rev()
            .find(|(area, _)| area.contains(x, y))
            .map(|(_, spot)| spot)
    }
}

/// What a place on the screen means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A row of the list.
    Row(usize),
    /// A column's title: sorts.
    Column(&'static str),
    /// A tab of the detail, by its place.
    Tab(usize),
    /// A screen's tab, by its place.
    Screen(usize),
    /// The list, beside its rows.
    List,
    /// The detail, beside its rows.
    Detail,
    /// A row of the detail's page.
    PageRow(usize),
    /// A line of the log.
    LogLine(u64),
    /// A row of the journal.
    JournalRow(usize),
    /// An action in the footer.
    Action(&'static str),
    /// A row of the uppermost menu.
    MenuRow(usize),
    /// A place of the uppermost form that can have the focus, in order.
    FormPlace(usize),
    /// A word that the focused field of a form can be completed to.
    FormWord(usize),
    /// A button or a choice of the uppermost dialog, by its place.
    Button(usize),
    /// Part of an overlay that does nothing.
    Overlay,
}
