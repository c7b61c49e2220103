//! The form for an image made of a container, as `docker commit` takes it.

use super::{Fault, Field, Form, Kind, Section, Value, Values};
use crate::protocol::Commit;

/// The form for a container of this name.
pub fn form(name: &str) -> Form {
    let fields = vec![
        Field::new("image", "image", Kind::Text)
            .help("The name that the image gets, with a tag.", "app:fixed")
            .needed()
            .check(image),
        Field::new("message", "message", Kind::Text).help("What is said of it.", "with the patch"),
        Field::new("author", "author", Kind::Text).help("Who made it.", "Ada <ada@example.org>"),
        Field::new("pause", "pause", Kind::Switch)
            .help(
                "Freezes the container meanwhile, so that no file is half written.",
                "",
            )
            .holding(Value::On(true)),
        Field::new("change", "change", Kind::Rows).help(
            "Instructions as in a Dockerfile that change the image, one a row: CMD, ENTRYPOINT, \
             ENV, EXPOSE, LABEL, ONBUILD, USER, VOLUME, WORKDIR.",
            "ENV DEBUG=1",
        ),
    ];
    Form {
        title: format!("Make an image of {name}"),
        verb: "Commit",
        sections: vec![Section::new("image", fields)],
    }
}

/// A name as an engine takes it, but for what only it knows: lower case, no blanks.
fn image(text: &str) -> Result<(), String> {
    let fault = |why: &str| Err(format!("`{text}` is no image's name: {why}"));
    let name = match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        Some(_) | None => text,
    };
    match () {
        () if text.contains(char::is_whitespace) => fault("it has blanks"),
        () if name.is_empty() => fault("nothing stands before the tag"),
        () if name.chars().any(char::is_uppercase) => fault("it is written in lower case"),
        () if text.ends_with(':') => fault("the tag is missing"),
        () if text.contains('@') => fault("a digest is not given, it comes of what is in it"),
        () => Ok(()),
    }
}

/// What a filled form asks for.
///
/// # Errors
/// The faults that keep it from being done.
pub fn commit(values: &Values) -> Result<Commit, Vec<Fault>> {
    Ok(Commit {
        image: values.text("image").to_owned(),
        message: values.text("message").to_owned(),
        author: values.text("author").to_owned(),
        pause: values.is_on("pause"),
        changes: values.rows("change").to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_looked_at() {
        for good in ["app", "app:2", "reg:5000/team/app:Tag", "reg:5000/app"] {
            assert_eq!(image(good), Ok(()), "{good}");
        }
        for bad in ["App", "a b", ":2", "app:", "app@sha256:0"] {
            assert!(image(bad).is_err(), "{bad}");
        }
    }
}
