//! What was told of containers, by digests: a list that is asked for again keeps only what is not
//! as it was told, so that a second copy of thousands of containers never stands beside the first.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;

use crate::model::{Container, Id};
use crate::protocol::Fact;

/// A digest of each container as it was told last. Whoever reads a list holds a clone, and knows
/// at once what was told since the list was asked for.
#[derive(Clone, Default)]
pub(crate) struct Told {
    digests: Arc<RwLock<HashMap<Id, u64>>>,
    keys: RandomState,
}

impl Told {
    /// The id of a container that is as it was told last.
    pub(crate) fn same(&self, container: &Container) -> Option<Id> {
        let digests = self.digests.read().unwrap_or_else(PoisonError::into_inner);
        let (id, digest) = digests.get_key_value(&container.id)?;
        (*digest == self.keys.hash_one(container)).then(|| id.clone())
    }

    /// A fact is told.
    pub(crate) fn note(&self, fact: &Fact) {
        let mut digests = self.digests.write().unwrap_or_else(PoisonError::into_inner);
        let mut keep = |containers: &[Container]| {
            if digests.is_empty() {
                digests.reserve(containers.len());
            }
            for container in containers {
                digests.insert(container.id.clone(), self.keys.hash_one(container));
            }
        };
        match fact {
            Fact::Containers(all) => keep(all),
            Fact::Changed(containers) => keep(containers),
            Fact::Resynced { changed, removed } => {
                keep(changed);
                forget(&mut digests, removed);
            }
            Fact::Removed(ids) => forget(&mut digests, ids),
            // it is no longer as a list said
            Fact::Turned(id, _) => _ = digests.remove(id),
            _ => {}
        }
    }
}

fn forget(digests: &mut HashMap<Id, u64>, gone: &[Id]) {
    for id in gone {
        digests.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::listing::Listing;
    use crate::model::Turn;

    fn container(status: &str) -> Container {
        let mut list = Listing::default();
        let json = format!(
            r#"[{{"Id":"aa","Names":["/web"],"State":"running","Status":"{status}",
                "Labels":{{"a":"1"}},"Ports":[{{"PrivatePort":80,"Type":"tcp"}}]}}]"#
        );
        list.feed(json.as_bytes()).unwrap();
        list.finish().unwrap().found.remove(0)
    }

    #[test]
    fn a_container_is_known_until_it_differs_from_what_was_told() {
        let told = Told::default();
        let knows = |status: &str| told.same(&container(status)).is_some();
        let id = container("").id;
        assert!(!knows("Up 2 hours"));
        told.note(&Fact::Containers(vec![container("Up 2 hours")]));
        assert!(knows("Up 2 hours") && !knows("Up 3 hours"));
        told.note(&Fact::Changed(vec![container("Up 3 hours")]));
        assert!(knows("Up 3 hours") && !knows("Up 2 hours"));
        // what an event told of it a list has to confirm
        told.note(&Fact::Turned(id.clone(), Turn::Paused));
        assert!(!knows("Up 3 hours"));

        let changed = vec![container("Up 4 hours")];
        let removed = Vec::new();
        told.note(&Fact::Resynced { changed, removed });
        assert!(knows("Up 4 hours"));
        let (changed, removed) = (Vec::new(), vec![id]);
        told.note(&Fact::Resynced { changed, removed });
        assert!(!knows("Up 4 hours"));
    }
}
