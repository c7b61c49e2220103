//! Tasks that outlive this program's own failures: a panic ends what it was in, is told, and the
//! task begins anew. Only the loop's own panic ends the program.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt, TryFutureExt};
use tokio::time::sleep;

use super::clock;
use super::error::Error;
use super::teller::Teller;
use crate::model::Problem;
use crate::model::problem::panic_words;
use crate::protocol::Fact;

/// The pause after a first panic; it doubles with each that follows soon.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// What some work comes to, or the bug that ended it. Its state is dropped with it.
pub(crate) fn caught<T>(work: impl Future<Output = T>) -> impl Future<Output = Result<T, Error>> {
    // no `async fn`: that would keep room for the work twice, as its argument and while it waits
    AssertUnwindSafe(work)
        .catch_unwind()
        .map_err(|panic| Error::Bug(panic_words(&*panic)))
}

/// Runs a task until it ends. After a panic, `does` tells what failed, and the task begins anew
/// after a pause that grows while it goes on failing.
pub(crate) async fn kept<F: Future<Output = ()>>(
    teller: Teller,
    does: impl Fn() -> String,
    mut begin: impl FnMut() -> F,
) {
    let mut pause = FIRST;
    loop {
        let began = clock::instant();
        let Err(bug) = caught(begin()).await else {
            return;
        };
        if began.elapsed() > LONGEST {
            pause = FIRST;
        }
        let problem = Problem::bug(&does(), &bug.to_string());
        teller.tell(Fact::Bug(problem)).await;
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::model::ProblemKind;
    use crate::protocol::Notice;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_told_of_and_begins_anew() {
        let (notices, mut told) = mpsc::channel(4);
        let mut begun = 0;
        let begin = || {
            begun += 1;
            let round = begun;
            async move { assert!(round > 2, "capsized in round {round}") }
        };
        let does = || "reading the log of web".to_owned();
        kept(Teller::to(notices), does, begin).await;
        assert_eq!(begun, 3, "it began anew until it came through");
        for round in 1..=2 {
            let Some(Notice::Fact(_, _, Fact::Bug(problem))) = told.recv().await else {
                panic!("not told");
            };
            assert_eq!(problem.kind, ProblemKind::Bug);
            assert_eq!(
                problem.summary,
                "Pilothouse itself failed in reading the log of web"
            );
            assert!(problem.detail.contains(&format!("round {round}")));
            assert!(problem.hint.contains("log file"));
        }
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn work_that_panics_comes_to_an_error() {
        let bug = caught(async { panic!("no {}", "way") }).await;
        assert!(matches!(bug, Err(Error::Bug(words)) if words == "no way"));
        assert_eq!(caught(async { 3 }).await.unwrap(), 3);
    }
}
