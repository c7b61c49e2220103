//! A detail's page: rows of cells, as a table or as a tree that folds. Every tab but logs and
//! statistics is one.

use std::collections::BTreeMap;

use super::stage::Tab;
use crate::model::Ref;
use crate::resource::Tone;

/// What a tab shows of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Titles above the columns; empty for a tree.
    pub titles: Vec<String>,
    /// The rows.
    pub rows: Vec<PageRow>,
    /// What is said when there is no row: loading, none, or why not.
    pub note: Option<Note>,
}

/// What is said in place of rows, or above them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// One sentence.
    pub text: String,
    /// What more there is to say.
    pub more: Vec<String>,
    /// Whether something is wrong.
    pub tone: Tone,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageRow {
    /// Its name for anything: `.Config.Env[3]`.
    pub path: String,
    /// How deep it stands.
    pub depth: u16,
    /// Whether it folds, and how it stands.
    pub fold: Fold,
    /// Its cells; clean.
    pub cells: Vec<(String, Tone)>,
    /// What `y` copies of a row with nothing below it; masked where the cells are.
    pub value: String,
}

/// Whether a row folds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// It has nothing below it.
    #[default]
    Leaf,
    /// What is below it shows.
    Open,
    /// What is below it does not show.
    Closed,
}

/// Where one looks at a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageView {
    /// Path of the row under the cursor; empty: the first.
    pub path: String,
    /// Its place when it was last seen.
    pub place: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// Rows that have been opened or closed against their default.
    pub toggled: BTreeMap<String, bool>,
    /// Whether secrets show.
    pub revealed: bool,
    /// What is searched.
    pub search: String,
    /// The column by which rows are sorted, and whether the other way round; empty: as they come.
    pub order: (String, bool),
    /// Rows that the search opened while it was typed, to be closed when it goes elsewhere.
    pub opened: Vec<String>,
}

/// Where one looks, by tab, at the object that is selected.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    of: Option<Ref>,
    views: BTreeMap<Tab, PageView>,
}

impl Pages {
    /// Turns to another object: masks go on again, cursors to the top. What was opened stays
    /// open, since objects of a kind look alike.
    pub fn turn_to(&mut self, target: Option<&Ref>) {
        if self.of.as_ref() != target {
            self.of = target.cloned();
            for view in self.views.values_mut() {
                let toggled = std::mem::take(&mut view.toggled);
                let search = std::mem::take(&mut view.search);
                let order = std::mem::take(&mut view.order);
                *view = PageView {
                    toggled,
                    search,
                    order,
                    ..PageView::default()
                };
            }
        }
    }

    /// Where one looks at a tab.
    pub fn view(&self, tab: Tab) -> PageView {
        self.views.get(&tab).cloned().unwrap_or_default()
    }

    /// Where one looks at a tab, to be changed.
    pub fn view_mut(&mut self, tab: Tab) -> &mut PageView {
        self.views.entry(tab).or_default()
    }
}

impl PageView {
    /// The cursor's row on a page.
    pub fn place_on(&self, page: &Page) -> usize {
        let found = page.rows.iter().position(|row| row.path == self.path);
        found
            .unwrap_or(self.place)
            .min(page.rows.len().saturating_sub(1))
    }

    /// Puts the cursor on a row and keeps it in sight.
    pub fn stand_on(&mut self, place: usize, page: &Page, height: usize) {
        let place = place.min(page.rows.len().saturating_sub(1));
        self.place = place;
        self.path = page
            .rows
            .get(place)
            .map(|row| row.path.clone())
            .unwrap_or_default();
        let height = height.max(1);
        let most = page.rows.len().saturating_sub(height);
        self.offset = self
            .offset
            .clamp((place + 1).saturating_sub(height), place)
            .min(most);
    }

    /// Opens whatever a row stands below; gives what had been closed.
    pub fn open_above(&mut self, whole: &Page, place: usize) -> Vec<String> {
        let mut opened = Vec::new();
        let mut depth = whole.rows.get(place).map_or(0, |row| row.depth);
        for row in whole.rows.iter().take(place).rev() {
            if row.depth < depth {
                depth = row.depth;
                if self.toggled.insert(row.path.clone(), true) != Some(true) {
                    opened.push(row.path.clone());
                }
            }
        }
        opened
    }

    /// The places of rows that hold the searched text, ignoring case.
    pub fn hits(&self, page: &Page) -> Vec<usize> {
        if self.search.is_empty() {
            return Vec::new();
        }
        let needle = self.search.to_lowercase();
        let holds = |row: &PageRow| {
            row.cells
                .iter()
                .any(|(text, _)| text.to_lowercase().contains(&needle))
        };
        (0..page.rows.len())
            .filter(|place| holds(&page.rows[*place]))
            .collect()
    }
}
