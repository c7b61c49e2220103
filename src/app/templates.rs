//! The files of templates: `templates/NAME.run` beside the settings file. They may come from
//! others, so only plain files of bounded size are read, and no name leads elsewhere.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::effects::on_a_thread;
use super::{App, Own};
use crate::model::{Problem, ProblemKind};
use crate::store::message::{Message, Outcome};
use crate::store::templates::{Template, is_name};

/// Bytes of a template at most.
const MOST: u64 = 64 * 1024;
/// Templates that are read.
const COUNT: usize = 500;
/// The ending of their files.
const ENDING: &str = "run";

impl App {
    /// Reads the templates that there are.
    pub(super) fn read_templates(&mut self) {
        self.with_templates(|_| Ok(None));
    }

    /// Keeps a text under a name; what is there is left alone.
    pub(super) fn keep_template(&mut self, name: String, text: String) {
        self.with_templates(move |folder| keep(folder, &name, &text).map(Some));
    }

    /// Removes a template.
    pub(super) fn drop_template(&mut self, name: String) {
        self.with_templates(move |folder| {
            let file = path(folder, &name)?;
            fs::remove_file(&file).map_err(|why| refused("removed", &file, &why))?;
            Ok(Some(format!("removed the template {name}")))
        });
    }

    /// Does something in the folder, tells it, and reads what is there then.
    fn with_templates(
        &mut self,
        work: impl FnOnce(&Path) -> Result<Option<String>, Problem> + Send + 'static,
    ) {
        let Some(folder) = self.config_dir.as_ref().map(|dir| dir.join("templates")) else {
            return;
        };
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let work = move || {
                let told = work(&folder);
                (told, read(&folder))
            };
            let (told, found) = match on_a_thread("keeping templates", work).await {
                Ok((told, found)) => (told, found),
                Err(bug) => (Err(bug), Vec::new()),
            };
            let told = match told {
                Ok(told) => told.map(Outcome::Done),
                Err(problem) => Some(Outcome::Failed(problem)),
            };
            // the loop is gone: nobody is left to be told
            for message in [Message::Templates(found)]
                .into_iter()
                .chain(told.map(Message::Told))
            {
                let _ = own.send(Own::Message(message)).await;
            }
        });
    }
}

/// The templates in a folder, by name; what is none is passed over.
fn read(folder: &Path) -> Vec<Template> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let template = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let file = entry.path();
        // not through links: a folder may come from others
        let plain = entry.file_type().ok()?.is_file();
        let ending = file.extension().is_some_and(|ending| ending == ENDING);
        let name = file.file_stem()?.to_str()?.to_owned();
        if !plain || !ending || !is_name(&name) {
            return None;
        }
        let mut text = String::new();
        let file = File::open(&file).ok()?;
        file.take(MOST).read_to_string(&mut text).ok()?;
        Some(Template { name, text })
    };
    let mut found: Vec<Template> = entries.filter_map(template).take(COUNT).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn keep(folder: &Path, name: &str, text: &str) -> Result<String, Problem> {
    let file = path(folder, name)?;
    fs::create_dir_all(folder).map_err(|why| refused("written", folder, &why))?;
    let written = File::create_new(&file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|why| refused("written", &file, &why))?;
    Ok(format!("kept as {}", file.display()))
}

fn path(folder: &Path, name: &str) -> Result<PathBuf, Problem> {
    if is_name(name) {
        return Ok(folder.join(format!("{name}.{ENDING}")));
    }
    Err(Problem::new(
        ProblemKind::Unsupported,
        "it is no template's name",
        name,
    ))
}

fn refused(what: &str, file: &Path, why: &io::Error) -> Problem {
    let hint = match why.kind() {
        io::ErrorKind::AlreadyExists => "nothing is overwritten: choose another name",
        io::ErrorKind::NotFound => "somebody else removed it",
        _ => "look at the rights of the folder",
    };
    let summary = format!("{} was not {what}", file.display());
    Problem::new(ProblemKind::Denied, summary, why.to_string()).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_with_plain_names_are_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("templates");
        assert!(read(&folder).is_empty());
        keep(&folder, "web", "docker run nginx\n").unwrap();
        assert!(keep(&folder, "web", "x").is_err(), "it was overwritten");
        assert!(keep(&folder, "../web", "x").is_err());
        fs::write(home.path().join("secret"), "hush").unwrap();
        std::os::unix::fs::symlink(home.path().join("secret"), folder.join("link.run")).unwrap();
        fs::create_dir(folder.join("folder.run")).unwrap();
        fs::write(folder.join("bytes.run"), [0xff, 0xfe]).unwrap();
        fs::write(folder.join("notes.txt"), "x").unwrap();
        fs::write(folder.join("-x.run"), "x").unwrap();
        let long = "x".repeat(MOST as usize * 2);
        fs::write(folder.join("long.run"), long).unwrap();
        let found = read(&folder);
        let names: Vec<&str> = found
            .iter()
            .map(|template| template.name.as_str())
            .collect();
        assert_eq!(names, ["long", "web"]);
        assert_eq!(found[0].text.len(), MOST as usize);
        assert_eq!(found[1].text, "docker run nginx\n");
    }
}
