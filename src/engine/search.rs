//! The search for a host's engine: its places in order, and what came of each.

use super::route::Failure;
use super::route::Route;
use super::transport::{Api, Greeting};
use super::watches::Desk;
use crate::model::host::Check;
use crate::model::{Address, Attempt, Candidate, Problem, Source};
use crate::protocol::Fact;

/// A place where an engine answered.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) api: Api,
    pub(crate) greeting: Greeting,
    pub(crate) address: Address,
    pub(crate) source: Source,
    pub(crate) place: usize,
}

/// A place that did not answer.
pub(crate) struct Missed {
    pub(crate) place: usize,
    pub(crate) failure: Failure,
}

/// A try in vain, in words.
pub(crate) fn attempt(candidate: Option<&Candidate>, problem: Problem) -> Attempt {
    Attempt {
        source: candidate.map_or(Source::Given, |candidate| candidate.source.clone()),
        place: candidate
            .map(|candidate| candidate.place.clone())
            .unwrap_or_default(),
        problem,
    }
}

/// Tries the places in order; the first that answers as an engine does is taken.
pub(crate) async fn search(
    desk: &Desk,
    candidates: &[Candidate],
    routes: &mut [Route],
    only: Option<usize>,
) -> Result<Found, Vec<Missed>> {
    let mut all = Vec::new();
    for (place, (candidate, route)) in candidates.iter().zip(routes).enumerate() {
        if only.is_some_and(|only| only != place) {
            continue;
        }
        let failure = match (route.reach().await, &candidate.address) {
            (Ok((api, greeting)), Ok(address)) => {
                return Ok(Found {
                    api,
                    greeting,
                    address: address.clone(),
                    source: candidate.source.clone(),
                    place,
                });
            }
            (Err(failure), _) => failure,
            (Ok(_), Err(problem)) => Failure::at(Check::Address, problem.clone()),
        };
        let tried = attempt(Some(candidate), failure.problem.clone());
        desk.tell(Fact::Tried(tried)).await;
        all.push(Missed { place, failure });
    }
    Err(all)
}
