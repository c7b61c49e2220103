//! What has to be known before a container is made anew from a newer image.

use crate::model::Id;
use crate::spec::RunSpec;
use crate::spec::renewal::{Anonymous, Difference};

/// A container and its image, looked at for an upgrade.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// What was said when it was made, without what its image says.
    pub spec: RunSpec,
    /// The image's name.
    pub image: String,
    /// The id of the image that it was made from.
    pub old_image: String,
    /// The id of the image that the name stands for now.
    pub new_image: String,
    /// Why the registry was not asked or did not answer; none when it did.
    pub unreached: Option<String>,
    /// In what the images differ.
    pub differences: Vec<Difference>,
    /// Volumes without a name, which get one.
    pub anonymous: Vec<Anonymous>,
    /// What was written into its own layer, which goes with it: `A /path`.
    pub written: Vec<String>,
    /// Others that need this very container, each in a sentence.
    pub dependants: Vec<String>,
    /// What this engine does not tell of it or cannot do, each in a sentence.
    pub gaps: Vec<String>,
    /// Whether the engine cannot change the restart policy of a container that it has made.
    pub policy_stays: bool,
    /// A container that has its name while it is the old one of an upgrade: a new one that was
    /// made, and whether that runs.
    pub rival: Option<(Id, bool)>,
}

impl Survey {
    /// Whether there is a newer image.
    pub fn is_newer(&self) -> bool {
        self.old_image != self.new_image
    }
}
