//! What a job writes, over the body of the screen: its lines as a log's, in its frame what runs and
//! how it ended.

use ratatui::buffer::Buffer;

use super::logs;
use super::look::Look;
use super::overlay::framed;
use crate::protocol::JobId;
use crate::store::Store;
use crate::store::layout;
use crate::store::message::Painted;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    job: JobId,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let Some(output) = store.outputs.get(job) else {
        return;
    };
    let areas = layout::output(store.areas().body);
    let end = format!("{} · q closes", store.output_end(job));
    framed(buf, areas.0, (&output.title, &end), look, painted);
    logs::draw(buf, areas, (&output.log, true), store, look, painted);
}
