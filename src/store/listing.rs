//! From a table of the world to the rows of a list. A kind says where its objects are ([`Table`]);
//! filter, order and groups are the same for all, and the rest of the program sees a kind only as
//! a [`Listing`].

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::FixedOffset;

use super::filter::Filter;
use super::health;
use super::jobs::Jobs;
use super::list::{GroupId, List, Row};
use super::roster::Roster;
use super::world::{Host, World};
use crate::model::{Event, HostId, Id, Ref, Time, text};
use crate::resource::containers::{self, Containers};
use crate::resource::events::{self, Events};
use crate::resource::health::Findings;
use crate::resource::hosts::{self, Hosts};
use crate::resource::{self, Cell, Column, Head, Order, Resource, Sign, Trend};

/// All that lists are made of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Every known host.
    pub roster: &'a Roster,
    /// The connected hosts and what is on them.
    pub world: &'a World,
    /// What is being done.
    pub jobs: &'a Jobs,
    /// Now.
    pub now: Time,
    /// The zone in which times show.
    pub zone: FixedOffset,
}

/// Where the objects of a kind are.
pub trait Table: Resource {
    /// All of them, in no order; where they are on hosts, of those that show.
    fn items(known: Known<'_>) -> impl Iterator<Item = Self::Item<'_>>;

    /// One of them.
    fn item<'a>(known: Known<'a>, target: &Ref) -> Option<Self::Item<'a>>;

    /// A number that grows whenever there are other objects, or what the list call tells of them
    /// changes.
    fn version(world: &World) -> u64 {
        world.version
    }
}

impl Table for Containers {
    fn items(known: Known<'_>) -> impl Iterator<Item = containers::Item<'_>> {
        known.world.items_in_scope(known.now)
    }

    fn item<'a>(known: Known<'a>, target: &Ref) -> Option<containers::Item<'a>> {
        known.world.item(target, known.now)
    }
}

impl Table for Hosts {
    fn items(known: Known<'_>) -> impl Iterator<Item = hosts::Item<'_>> {
        let connected = known.world.hosts.iter();
        let others = known.roster.iter().map(|spec| &spec.id);
        let others = others.filter(move |id| !known.world.hosts.contains_key(id));
        connected
            .map(move |(id, host)| host_item(known, id, host))
            .chain(others.map(move |id| host_item(known, id, known.world.blank())))
    }

    fn item<'a>(known: Known<'a>, target: &Ref) -> Option<hosts::Item<'a>> {
        if let Some((id, host)) = known.world.hosts.get_key_value(&target.host) {
            return Some(host_item(known, id, host));
        }
        let spec = known.roster.get(&target.host)?;
        Some(host_item(known, &spec.id, known.world.blank()))
    }

    fn version(world: &World) -> u64 {
        world.version + world.alarms
    }
}

impl Table for Findings {
    fn items(known: Known<'_>) -> impl Iterator<Item = resource::health::Item<'_>> {
        health::findings(known).into_iter()
    }

    fn item<'a>(known: Known<'a>, target: &Ref) -> Option<resource::health::Item<'a>> {
        health::finding(known, target)
    }

    fn version(world: &World) -> u64 {
        world.version + world.alarms + world.happened
    }
}

/// Events of all hosts that are listed, and of each host at least.
const EVENTS: (usize, usize) = (4_000, 200);

impl Table for Events {
    fn items(known: Known<'_>) -> impl Iterator<Item = events::Item<'_>> {
        let hosts = &known.world.hosts;
        let each = (EVENTS.0 / hosts.len().max(1)).max(EVENTS.1);
        hosts.iter().flat_map(move |(id, host)| {
            let newest = host.events.iter().rev().take(each);
            newest.map(move |event| event_item(known, (id, host), event))
        })
    }

    fn item<'a>(known: Known<'a>, target: &Ref) -> Option<events::Item<'a>> {
        let (id, host) = known.world.hosts.get_key_value(&target.host)?;
        let at = events::time_of(target)?;
        let start = host.events.partition_point(|event| event.at < at);
        let same_time = host
            .events
            .range(start..)
            .take_while(|event| event.at == at);
        let mut found = same_time.filter(|event| events::target(id, event) == *target);
        Some(event_item(known, (id, host), found.next()?))
    }

    fn version(world: &World) -> u64 {
        world.happened
    }
}

fn event_item<'a>(
    known: Known<'_>,
    (id, host): (&'a HostId, &'a Host),
    event: &'a Event,
) -> events::Item<'a> {
    let container = event.attribute("container");
    let container = container.and_then(|id| host.containers.get(&Id::new(id)));
    events::Item {
        host: id,
        event,
        container: container.map(|container| &*container.name),
        zone: known.zone,
    }
}

fn host_item<'a>(known: Known<'a>, id: &'a HostId, host: &'a Host) -> hosts::Item<'a> {
    let totals = host.present(known.now);
    hosts::Item {
        host: id,
        spec: known.roster.get(id),
        link: host.link.as_ref(),
        info: &host.info,
        counts: host.counts,
        cpu: totals.map(|totals| totals.cpu),
        memory: totals.map(|totals| totals.memory),
        histories: (&host.cpu, &host.memory),
        batches: host.batches,
        pulse: host.pulse,
        is_late: host.late().is_some(),
        disk: host.disk,
        trouble: host.trouble.as_ref().map(|(_, problem)| problem),
        now: known.now,
    }
}

/// What comes of a table by a list's filter, order and groups.
#[derive(Debug)]
pub struct Derived {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Objects that there are.
    pub all: usize,
    /// Objects that pass.
    pub count: usize,
    /// Columns of the longest name that passes.
    pub longest_name: u16,
}

/// What a row shows of its object.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its state.
    pub sign: Sign,
    /// Its name, as the list shows it.
    pub name: String,
    /// Whether it is bright.
    pub active: bool,
    /// What the columns that were asked for show.
    pub cells: Vec<(Cell, Option<Trend>)>,
}

/// A kind as lists, menus and the view see it: its [`Resource`] without its type.
pub trait Listing: Debug + Sync {
    /// Docker's word for one of them.
    fn word(&self) -> &'static str;
    /// The words for those that are active, and for those that are not.
    fn active(&self) -> (&'static str, &'static str);
    /// What is said where there is none, and how one comes to be.
    fn empty(&self) -> (&'static str, &'static str);
    /// Whether a cursor on the newest row stays on the newest one.
    fn follows(&self) -> bool;
    /// What objects stand together by; none where there are no groups.
    fn grouped_by(&self) -> Option<&'static str>;
    /// The columns that show at first beside those that always do, the sorting one, and whether
    /// the other way round.
    fn defaults(&self) -> (&'static [&'static str], &'static str, bool);
    /// A column by its place.
    fn head(&self, place: usize) -> Option<&'static Head>;
    /// Reads a filter.
    fn parse(&self, text: &str) -> Filter;
    /// The rows of a list.
    fn derive(&self, list: &List, known: Known<'_>) -> Derived;
    /// A number that grows whenever the rows may be others.
    fn version(&self, world: &World) -> u64;
    /// Whether there is such an object.
    fn knows(&self, known: Known<'_>, target: &Ref) -> bool;
    /// What a row shows: of columns by their places, each with the seconds of its sparkline or 0.
    fn line(
        &self,
        list: &List,
        known: Known<'_>,
        target: &Ref,
        columns: &mut dyn Iterator<Item = (usize, usize)>,
    ) -> Option<Line>;
}

impl dyn Listing {
    /// Every column, in order.
    pub fn heads(&self) -> impl Iterator<Item = &'static Head> {
        (0..).map_while(|place| self.head(place))
    }

    /// A column by its id.
    pub fn column(&self, id: &str) -> Option<&'static Head> {
        self.heads().find(|head| head.id == id)
    }
}

impl<R: Table> Listing for R {
    fn word(&self) -> &'static str {
        R::WORD
    }

    fn active(&self) -> (&'static str, &'static str) {
        R::ACTIVE
    }

    fn empty(&self) -> (&'static str, &'static str) {
        R::EMPTY
    }

    fn follows(&self) -> bool {
        R::FOLLOWS
    }

    fn grouped_by(&self) -> Option<&'static str> {
        R::GROUPED_BY
    }

    fn defaults(&self) -> (&'static [&'static str], &'static str, bool) {
        (R::SHOWN, R::SORT.0, R::SORT.1)
    }

    fn head(&self, place: usize) -> Option<&'static Head> {
        R::COLUMNS.get(place).map(|column| &column.head)
    }

    fn parse(&self, text: &str) -> Filter {
        Filter::parse::<R>(text)
    }

    fn derive(&self, list: &List, known: Known<'_>) -> Derived {
        let (mut all, mut items) = passing::<R>(list, known, false);
        if items.is_empty() && list.filter.has_words() {
            (all, items) = passing::<R>(list, known, true);
        }
        let widths = items.iter().map(|item| text::width(name::<R>(item, list)));
        let longest = widths.max().unwrap_or(0).min(usize::from(u16::MAX));
        let count = items.len();
        let items = sorted::<R>(list, items);
        let rows = if list.group && items.iter().any(|item| R::group(item).is_some()) {
            grouped::<R>(list, &items)
        } else {
            items.iter().map(R::target).map(Row::Item).collect()
        };
        Derived {
            rows,
            all,
            count,
            longest_name: longest as u16,
        }
    }

    fn version(&self, world: &World) -> u64 {
        R::version(world)
    }

    fn knows(&self, known: Known<'_>, target: &Ref) -> bool {
        R::item(known, target).is_some()
    }

    fn line(
        &self,
        list: &List,
        known: Known<'_>,
        target: &Ref,
        columns: &mut dyn Iterator<Item = (usize, usize)>,
    ) -> Option<Line> {
        let item = R::item(known, target)?;
        let cell = |(place, seconds): (usize, usize)| {
            let column: &Column<R> = R::COLUMNS.get(place)?;
            let trend = (seconds > 0)
                .then(|| (column.trend)(&item, seconds))
                .flatten();
            Some(((column.show)(&item), trend))
        };
        Some(Line {
            sign: R::sign(&item),
            name: name::<R>(&item, list).to_owned(),
            active: R::is_active(&item),
            cells: columns.filter_map(cell).collect(),
        })
    }
}

fn name<'a, R: Resource>(item: &R::Item<'a>, list: &List) -> &'a str {
    if list.group {
        R::short_name(item)
    } else {
        R::name(item)
    }
}

/// How many there are, and those that pass.
fn passing<'a, R: Table>(
    list: &List,
    known: Known<'a>,
    loosely: bool,
) -> (usize, Vec<R::Item<'a>>) {
    let mut tester = list.filter.tester(loosely);
    let mut all = 0;
    let items = R::items(known)
        .inspect(|_| all += 1)
        .filter(|item| list.stopped || R::is_active(item))
        .filter(|item| tester.passes::<R>(item))
        .collect();
    (all, items)
}

fn sorted<'a, R: Resource>(list: &List, items: Vec<R::Item<'a>>) -> Vec<R::Item<'a>> {
    let column = R::COLUMNS.iter().find(|column| column.head.id == list.sort);
    let order = column.map(|column| column.order);
    let mut keyed: Vec<(Option<Order>, R::Item<'a>)> = items
        .into_iter()
        .map(|item| (order.map(|order| order(&item)), item))
        .collect();
    keyed.sort_unstable_by(|(a, left), (b, right)| {
        let main = match (a, b) {
            // greater numbers first, texts from A on
            (Some(Order::Number(_)), Some(Order::Number(_))) => b.cmp(a),
            _ => a.cmp(b),
        };
        let main = if list.reverse { main.reverse() } else { main };
        main.then_with(|| R::name(left).cmp(R::name(right)))
            .then_with(|| R::target(left).cmp(&R::target(right)))
    });
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// The groups of each host: those with something active first, then by name; what belongs to no
/// group last.
fn grouped<R: Resource>(list: &List, items: &[R::Item<'_>]) -> Vec<Row> {
    type Members<'b, 'a, R> = Vec<&'b <R as Resource>::Item<'a>>;
    let mut groups: BTreeMap<(&HostId, bool, Option<&str>), Members<'_, '_, R>> = BTreeMap::new();
    for item in items {
        let group = R::group(item);
        groups
            .entry((R::host(item), group.is_none(), group))
            .or_default()
            .push(item);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((host, loose, _), members)| {
        let active = members.iter().any(|item| R::is_active(item));
        (*host, *loose, Reverse(active))
    });
    let mut rows = Vec::with_capacity(items.len() + groups.len());
    for ((host, _, group), members) in groups {
        let id: GroupId = (host.clone(), group.map(Into::into));
        let folded = list.folded.contains(&id);
        rows.push(Row::Group {
            id,
            all: members.len(),
            active: members.iter().filter(|item| R::is_active(item)).count(),
            folded,
        });
        if !folded {
            rows.extend(members.iter().map(|item| Row::Item(R::target(item))));
        }
    }
    rows
}
