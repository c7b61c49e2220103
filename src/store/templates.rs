//! Templates of new containers: `docker run` lines under names, each in a file that can be shared.
//! What a file says is read as anything that is pasted: nothing of it is run.

use super::Store;
use super::message::Effects;
use crate::model::secret::is_secret;
use crate::model::text::{clean, ellipsis};
use crate::spec::RunSpec;
use crate::spec::run_line::print;

/// What is told of a name that cannot be.
pub const NAME: &str = "a name has letters, digits, _ . - and begins with a letter or digit";

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name: that of its file, without the ending.
    pub name: String,
    /// A `docker run` line, perhaps with comments; not cleaned.
    pub text: String,
}

impl Template {
    /// The line in brief, fit for the screen.
    pub fn about(&self) -> String {
        let mut lines = self.text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        ellipsis(&clean(line.unwrap_or_default()), 80)
    }
}

/// Whether a text can be a template's name, and so a file's.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        && text.len() <= 100
}

/// A specification as a template's text, and whether values that look secret were left out of it.
pub fn written(spec: &RunSpec) -> (String, bool) {
    let mut kept = spec.clone();
    for variable in &mut kept.env {
        let value = variable.value.as_deref().unwrap_or_default();
        if is_secret(&variable.name, value) {
            // without a value it is taken from the environment of who runs it
            variable.value = None;
        }
    }
    for pairs in [&mut kept.label, &mut kept.log_opt] {
        pairs.retain(|pair| !is_secret(&pair.name, &pair.value));
    }
    // what cannot be left out is masked, and refused until it is said anew
    let kept = kept.masked();
    let left = kept != *spec;
    (format!("{}\n", print(&kept)), left)
}

impl Store {
    /// The templates that there are.
    pub(super) fn learn_templates(&mut self, found: Vec<Template>) -> Effects {
        self.templates = found;
        Vec::new()
    }

    /// Fills the form of a new container with a template.
    pub(super) fn load_template(&mut self, name: &str) -> Effects {
        let found = self.templates.iter().find(|template| template.name == name);
        let Some(text) = found.map(|template| template.text.clone()) else {
            self.toasts
                .explain(format!("there is no template {name}"), self.now);
            return Vec::new();
        };
        super::actions::run::fill(self, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::run_line::parse;

    #[test]
    fn secrets_stay_out_of_what_is_shared() {
        let line = "docker run -e DB_PASSWORD=hush -e A=1 -l api_token=abc -l tier=web nginx";
        let (text, left) = written(&parse(line, &|_| None).spec);
        assert!(
            left && !text.contains("hush") && !text.contains("abc"),
            "{text}"
        );
        assert!(
            text.contains("-e DB_PASSWORD -e A=1") && text.contains("tier=web"),
            "{text}"
        );
        assert!(!written(&parse(&text, &|_| None).spec).1);
    }

    #[test]
    fn names_are_those_of_plain_files() {
        for good in ["web", "web-1.2_x", "9"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".x", "../x", "a/b", "-x", "a b", "ä"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
