//! A list of any kind: what shows of its objects and in which order; cursor and marks by identity,
//! so that no refresh moves them to another object. How its rows are derived is in `listing`.

use std::collections::BTreeSet;

use super::filter::Filter;
use super::listing::{Known, Listing};
use crate::config::{ListSettings, RowSettings};
use crate::model::{HostId, Kind, Ref, Time};
use crate::resource::Head;

/// A list of a kind of objects.
#[derive(Debug)]
pub struct List {
    /// What it lists.
    pub listing: &'static dyn Listing,
    /// The object under the cursor.
    pub cursor: Option<Ref>,
    /// The group under the cursor, when it stands on a group's line.
    pub on_group: Option<GroupId>,
    /// Marked objects.
    pub marks: BTreeSet<Ref>,
    /// Where a range of marks began.
    pub range: Option<Ref>,
    /// What may show.
    pub filter: Filter,
    /// Whether those that are not active show: stopped containers.
    pub stopped: bool,
    /// Whether objects stand in their groups: containers in their compose projects.
    pub group: bool,
    /// Groups that are folded.
    pub folded: BTreeSet<GroupId>,
    /// Id of the sorting column.
    pub sort: String,
    /// The other way round.
    pub reverse: bool,
    /// Columns wanted beside those that always show, in order.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// The first row on the screen.
    pub offset: usize,
    /// Objects that there are.
    pub all: usize,
    /// Objects that pass, shown or folded.
    pub count: usize,
    /// Columns of the longest name that passes.
    pub longest_name: u16,
    /// Where the cursor was last: the place it falls to when its object goes.
    place: usize,
    /// Which state of the world the rows are of, and since when; none when the list changed.
    derived: Option<(u64, Time)>,
}

/// A group of a host, such as a compose project; none is for what belongs to no group.
pub type GroupId = (HostId, Option<Box<str>>);

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// The line above a group.
    Group {
        /// Which.
        id: GroupId,
        /// Objects in it that pass.
        all: usize,
        /// Those of them that are active.
        active: usize,
        /// Whether it is folded.
        folded: bool,
    },
    /// An object.
    Item(Ref),
}

/// How a kind wants its list.
fn wanted(listing: &dyn Listing) -> RowSettings {
    let (columns, sort, reverse) = listing.defaults();
    RowSettings {
        columns: Some(columns.iter().map(|id| (*id).to_owned()).collect()),
        sort: Some(sort.to_owned()),
        reverse: Some(reverse),
        // health checks alone would fill what follows the newest with their execs
        all: Some(!listing.follows()),
    }
}

impl List {
    /// A list as the settings want it.
    pub fn new(listing: &'static dyn Listing, settings: &ListSettings) -> Self {
        Self {
            listing,
            cursor: None,
            on_group: None,
            marks: BTreeSet::new(),
            range: None,
            filter: Filter::default(),
            stopped: settings.stopped,
            group: settings.group && listing.grouped_by().is_some(),
            folded: BTreeSet::new(),
            sort: settings.sort.clone(),
            reverse: settings.reverse,
            columns: settings.columns.clone(),
            rows: Vec::new(),
            offset: 0,
            all: 0,
            count: 0,
            longest_name: 0,
            place: 0,
            derived: None,
        }
    }

    /// A list as its kind wants it, where the settings say nothing else.
    pub fn of(listing: &'static dyn Listing, settings: &RowSettings) -> Self {
        let rows = wanted(listing);
        let settings = ListSettings {
            columns: settings
                .columns
                .clone()
                .or(rows.columns)
                .unwrap_or_default(),
            sort: settings.sort.clone().or(rows.sort).unwrap_or_default(),
            reverse: settings.reverse.or(rows.reverse).unwrap_or_default(),
            stopped: settings.all.or(rows.all).unwrap_or_default(),
            ..ListSettings::default()
        };
        Self::new(listing, &settings)
    }

    /// What the settings are to say of it: what its kind does not want so, and what they say
    /// already.
    pub fn rows(&self, said: &RowSettings) -> RowSettings {
        fn differs<T: PartialEq + Clone>(now: &T, usual: Option<&T>, said: bool) -> Option<T> {
            (said || usual != Some(now)).then(|| now.clone())
        }
        let usual = wanted(self.listing);
        RowSettings {
            columns: differs(
                &self.columns,
                usual.columns.as_ref(),
                said.columns.is_some(),
            ),
            sort: differs(&self.sort, usual.sort.as_ref(), said.sort.is_some()),
            reverse: differs(
                &self.reverse,
                usual.reverse.as_ref(),
                said.reverse.is_some(),
            ),
            all: differs(&self.stopped, usual.all.as_ref(), said.all.is_some()),
        }
    }

    /// The sorting column.
    pub fn sort_column(&self) -> Option<&'static Head> {
        self.listing.column(&self.sort)
    }

    /// Shows what passes another filter. A cursor whose object does not pass goes to the top.
    pub fn set_filter(&mut self, text: &str) {
        if self.filter.text != text {
            self.filter = self.listing.parse(text);
            self.place = 0;
            self.touch();
        }
    }

    /// What it says of a host is of another name from now on: cursor, marks, folded groups, and
    /// what its filter asks for.
    pub fn rename_host(&mut self, before: &HostId, now: &HostId) {
        let renamed = |mut target: Ref| {
            if target.host == *before {
                target.host = now.clone();
                if target.kind == Kind::Host {
                    target = Ref::host(now);
                }
            }
            target
        };
        let group = |(host, group): GroupId| match host == *before {
            true => (now.clone(), group),
            false => (host, group),
        };
        self.cursor = self.cursor.take().map(renamed);
        self.range = self.range.take().map(renamed);
        self.marks = std::mem::take(&mut self.marks)
            .into_iter()
            .map(renamed)
            .collect();
        self.on_group = self.on_group.take().map(group);
        self.folded = std::mem::take(&mut self.folded)
            .into_iter()
            .map(group)
            .collect();
        let word = |word: &str| match word.strip_suffix(before.as_str()) {
            Some(key @ ("host:" | "!host:")) => format!("{key}{now}"),
            _ => word.to_owned(),
        };
        let words: Vec<String> = self.filter.text.split(' ').map(word).collect();
        self.set_filter(&words.join(" "));
        self.touch();
    }

    /// Something that decides about the rows changed: they are derived anew.
    pub fn touch(&mut self) {
        self.derived = None;
    }

    /// Derives the rows, when the world or the list changed; by a live column,
    /// or one that only inspects tell, once a second.
    pub fn settle(&mut self, known: Known<'_>) {
        let live = self
            .sort_column()
            .is_some_and(|column| column.live || column.brief);
        let version = self.listing.version(known.world);
        if let Some((of, at)) = self.derived {
            let late = live && known.now.since(at).as_millis() >= 1000;
            if of == version && !late {
                return;
            }
        }
        self.derived = Some((version, known.now));
        let newest = self.newest();
        let derived = self.listing.derive(self, known);
        self.rows = derived.rows;
        self.all = derived.all;
        self.count = derived.count;
        self.longest_name = derived.longest_name;
        self.marks.retain(|mark| self.listing.knows(known, mark));
        if newest.is_some_and(|place| place == self.place) {
            self.stand_on(self.newest().unwrap_or(0));
        } else {
            self.place_cursor();
        }
    }

    /// The row of the newest object, in a list that follows it; none while it is in another order.
    fn newest(&self) -> Option<usize> {
        let (_, sort, _) = self.listing.defaults();
        let follows = self.listing.follows() && self.sort == sort;
        let last = self.rows.len().saturating_sub(1);
        follows.then_some(if self.reverse { last } else { 0 })
    }

    /// Whether its rows stand in groups, as lines above them say.
    pub fn is_grouped(&self) -> bool {
        matches!(self.rows.first(), Some(Row::Group { .. }))
    }

    /// Whether the cursor stays on the newest object.
    pub fn is_following(&self) -> bool {
        self.newest() == Some(self.place)
    }

    /// Finds the cursor's object again; when it went, the row that took its place.
    fn place_cursor(&mut self) {
        let found = self
            .rows
            .iter()
            .position(|row| match (row, &self.cursor, &self.on_group) {
                (Row::Group { id, .. }, _, Some(group)) => id == group,
                (Row::Item(item), Some(cursor), None) => item == cursor,
                _ => false,
            });
        match found {
            Some(place) => self.place = place,
            None => self.go_to(self.place, 1),
        }
    }

    /// Puts the cursor on an object, once it has a row.
    pub(super) fn stand_again(&mut self, object: Option<Ref>) {
        if object.is_some() {
            (self.cursor, self.on_group) = (object, None);
        }
    }

    /// Puts the cursor on the first row that there will be.
    pub(super) fn rewind(&mut self) {
        (self.cursor, self.on_group, self.place) = (None, None, 0);
    }

    /// The cursor's row.
    pub fn place(&self) -> usize {
        self.place
    }

    /// Puts the cursor on a row. From a group's line it goes on in a direction at the first try,
    /// since a group is only of interest when it is folded.
    pub fn go_to(&mut self, place: usize, direction: isize) {
        let last = self.rows.len().saturating_sub(1);
        let mut place = place.min(last);
        if let Some(Row::Group { folded: false, .. }) = self.rows.get(place) {
            let next = place.saturating_add_signed(direction);
            // above the first item there is only its group's line
            place = if next > last || next == place {
                (place + 1).min(last)
            } else {
                next
            };
            if let Some(Row::Group { folded: false, .. }) = self.rows.get(place) {
                place = (place + 1).min(last);
            }
        }
        self.stand_on(place);
    }

    /// Puts the cursor on exactly this row.
    pub fn stand_on(&mut self, place: usize) {
        self.place = place.min(self.rows.len().saturating_sub(1));
        match self.rows.get(self.place) {
            Some(Row::Group { id, .. }) => {
                self.on_group = Some(id.clone());
                self.cursor = None;
            }
            Some(Row::Item(item)) => {
                self.cursor = Some(item.clone());
                self.on_group = None;
            }
            None => {
                self.cursor = None;
                self.on_group = None;
            }
        }
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, by: isize) {
        let place = self.place.saturating_add_signed(by);
        self.go_to(place, by.signum());
    }

    /// Puts the cursor on an object, when it has a row.
    pub fn select(&mut self, target: &Ref) -> bool {
        let found = self
            .rows
            .iter()
            .position(|row| matches!(row, Row::Item(item) if item == target));
        if let Some(place) = found {
            self.stand_on(place);
        }
        found.is_some()
    }

    /// Keeps the cursor on the screen, which shows this many rows.
    pub fn scroll(&mut self, height: usize) {
        let height = height.max(1);
        let margin = (height / 4).min(3);
        let most = self.rows.len().saturating_sub(height);
        let top = self.place.saturating_sub(height.saturating_sub(1 + margin));
        let bottom = self.place.saturating_sub(margin);
        self.offset = self.offset.clamp(top.min(bottom), bottom).min(most);
    }

    /// The objects of the rows on the screen.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &Ref> {
        self.rows
            .iter()
            .skip(self.offset)
            .take(height)
            .filter_map(|row| match row {
                Row::Item(item) => Some(item),
                Row::Group { .. } => None,
            })
    }

    /// Every object that has a row.
    pub fn shown(&self) -> impl Iterator<Item = &Ref> {
        self.rows.iter().filter_map(|row| match row {
            Row::Item(item) => Some(item),
            Row::Group { .. } => None,
        })
    }

    /// Marks an object, or takes its mark away.
    pub fn toggle_mark(&mut self, target: &Ref) {
        if !self.marks.remove(target) {
            self.marks.insert(target.clone());
        }
    }

    /// Marks all from where the range began to the cursor; begins one where there is none.
    pub fn mark_range(&mut self) {
        let Some(cursor) = self.cursor.clone() else {
            return;
        };
        let start = self.range.take().and_then(|from| {
            self.rows
                .iter()
                .position(|row| matches!(row, Row::Item(item) if *item == from))
        });
        match start {
            None => {
                self.marks.insert(cursor.clone());
                self.range = Some(cursor);
            }
            Some(start) => {
                let (from, to) = (start.min(self.place), start.max(self.place));
                let range: Vec<Ref> = self.rows[from..=to]
                    .iter()
                    .filter_map(|row| match row {
                        Row::Item(item) => Some(item.clone()),
                        Row::Group { .. } => None,
                    })
                    .collect();
                self.marks.extend(range);
            }
        }
    }

    /// Folds or unfolds the group under the cursor.
    pub fn toggle_fold(&mut self) {
        if let Some(group) = self.on_group.clone() {
            if !self.folded.remove(&group) {
                self.folded.insert(group);
            }
            self.touch();
        }
    }

    /// Folds the group of the object under the cursor and stands on its line.
    pub fn fold_here(&mut self) {
        let group = self.rows[..self.place.min(self.rows.len())]
            .iter()
            .rev()
            .find_map(|row| match row {
                Row::Group { id, .. } => Some(id.clone()),
                Row::Item(_) => None,
            });
        if let Some(group) = group.filter(|_| self.on_group.is_none()) {
            self.folded.insert(group.clone());
            self.on_group = Some(group);
            self.cursor = None;
            self.touch();
        }
    }
}
