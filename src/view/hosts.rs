//! Below the list of hosts: what all of them come to together, whichever is chosen. Use is set
//! against the machines that answer, since theirs alone is known.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Part, trim, write_both};
use crate::model::container::Counts;
use crate::model::input::Area;
use crate::model::units::{bytes_short, count, percent};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::world::Totals;

/// Draws it; nothing on an empty area.
pub(super) fn draw(buf: &mut Buffer, area: Area, store: &Store, look: &Look) {
    if area.height == 0 {
        return;
    }
    let hosts = || store.world.hosts.values();
    let live = || hosts().filter(|host| host.is_up());
    let counts = hosts().fold(Counts::default(), |sum, host| sum.plus(&host.counts));
    let figure = |rank: u8, number: usize, word: &str, tone: Tone| {
        Part::new(rank, 2)
            .text(count(number as u64), look.tone(tone))
            .text(format!(" {word}"), look.dim())
    };
    let mut left = vec![
        Part::new(0, 0)
            .text(
                format!("{} of {}", live().count(), hosts().count()),
                look.text(),
            )
            .text(" live", look.dim()),
        figure(3, counts.running, "running", Tone::Text),
    ];
    if counts.exited > 0 {
        left.push(figure(6, counts.exited, "exited", Tone::Text));
    }
    if counts.paused > 0 {
        left.push(figure(7, counts.paused, "paused", Tone::Text));
    }
    if counts.created > 0 {
        left.push(figure(9, counts.created, "created", Tone::Text));
    }
    let troubled = counts.unhealthy + counts.restarting;
    if troubled > 0 {
        left.push(figure(2, troubled, "unhealthy", Tone::Warn));
    }
    let mut right = Vec::new();
    let used = hosts().filter_map(|host| host.present(store.now));
    let used = used.fold(Totals::default(), |sum, one| Totals {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
        counted: sum.counted + one.counted,
        running: sum.running + one.running,
    });
    if used.counted > 0 {
        let cores: u32 = live().map(|host| host.info.cpus).sum();
        let memory: u64 = live().map(|host| host.info.memory).sum();
        let cpu = Part::new(4, 2)
            .text("cpu ", look.dim())
            .text(format!("{:>5}", percent(used.cpu)), look.text())
            .text(format!(" % of {cores} cores"), look.dim());
        right.push(cpu);
        let memory = Part::new(5, 3)
            .text("mem ", look.dim())
            .text(format!("{:>5}", bytes_short(used.memory)), look.text())
            .text(format!("/{}", bytes_short(memory)), look.dim());
        right.push(memory);
    }
    let disk: u64 = hosts()
        .filter_map(|host| host.disk)
        .map(|disk| disk.total())
        .sum();
    if disk > 0 {
        let disk = Part::new(8, 3)
            .text("disk ", look.dim())
            .text(format!("{:>5}", bytes_short(disk)), look.text());
        right.push(disk);
    }
    let line = trim(area, 1, 1);
    write_both(buf, line, (left, right), look, &mut Vec::new());
}
