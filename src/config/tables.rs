//! Where tables that are added to a settings file are written.

use toml_edit::{DocumentMut, Item, Table};

/// The file as text. What stands behind its last table, comments as a rule, belongs to what is
/// before it: tables that were added come behind that.
pub(super) fn written(mut file: DocumentMut) -> String {
    let mut tail = file.trailing().as_str().unwrap_or_default().to_owned();
    if tail.trim().is_empty() {
        return file.to_string();
    }
    let last = last(file.as_table());
    let Some(added) = added(file.as_table_mut(), last, &mut None) else {
        return file.to_string();
    };
    if !tail.ends_with('\n') {
        tail.push('\n');
    }
    added.decor_mut().set_prefix(format!("{tail}\n"));
    file.set_trailing("");
    file.to_string()
}

/// The place of the last table that was read; none before the first.
fn last(table: &Table) -> Option<isize> {
    let below = table.iter().filter_map(|(_, item)| match item {
        Item::Table(table) => last(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(last).max(),
        Item::None | Item::Value(_) => None,
    });
    below.max().max(table.position())
}

/// The first table that was added, if it is written behind the one at the place `last`: one that
/// was added has no place, and is written behind the one `before` it.
fn added<'a>(
    table: &'a mut Table,
    last: Option<isize>,
    before: &mut Option<isize>,
) -> Option<&'a mut Table> {
    for (_, item) in table.iter_mut() {
        let tables: Vec<&mut Table> = match item {
            Item::Table(table) => vec![table],
            Item::ArrayOfTables(tables) => tables.iter_mut().collect(),
            Item::None | Item::Value(_) => continue,
        };
        for table in tables {
            if table.position().is_some() {
                *before = table.position();
            } else if *before == last && !table.is_implicit() && !table.is_dotted() {
                return Some(table);
            }
            if let Some(found) = added(table, last, before) {
                return Some(found);
            }
        }
    }
    None
}
