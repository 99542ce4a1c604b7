//! Writes the commands of images in CEL: the configured entries, and the words of containers without a `command`.
//!
//! An entry is found as by [`Image::find`]: by its exact name, or, for an image that is pinned to a digest, an entry
//! that was looked up with the same name. For the latter, the maps have the keys `name@digest` and `name@`.

use super::cel;
use crate::config::Image;
use crate::plan::commands::literal;

/// The key of the entry for the image of the container `c`. If there is no entry, it is a key that the map does not
/// have.
pub(super) fn key(map: &str) -> String {
    format!(
        "(c.image in {map} ? c.image\n  : c.image.contains(\"@\") ? c.image.split(\"@\")[0] + \"@\" : \"\")"
    )
}

/// The record of the steps whose command comes from their image, with the number of these words: `commands=0:2,1:1`.
pub(super) const RECORD: &str = "\
(object.spec.containers.exists(c, !has(c.command) || size(c.command) == 0)
  ? [\"commands=\" + object.spec.containers.transformList(i, c, !has(c.command) || size(c.command) == 0,
      string(i) + \":\" + string(size(variables.words[i]))).join(\",\")] : [])";

/// The maps of entries for containers with and without their own `args`, and the words of each container.
pub(super) fn variables(images: &[Image]) -> Vec<(&'static str, String)> {
    let containers = "object.spec.containers";
    vec![
        ("entrypoints", map(images, |image| image.command.clone())),
        ("images", map(images, |image| [&*image.command, &*image.args].concat())),
        (
            "words",
            format!(
                "{containers}.map(c, has(c.command) && size(c.command) > 0 ? c.command.map(w, string(w))\n\
                 \x20 : has(c.args) && size(c.args) > 0 ? variables.entrypoints[?{key}].orValue([])\n  : variables.images[?{key}].orValue([]))",
                key = key("variables.images")
            ),
        ),
    ]
}

/// The condition that a command is configured for the image of the container `c`. `exists` binds the names to a
/// variable, so that they are written once: with many images they make up most of the expression, whose length is
/// limited.
pub(super) fn runs(images: &[Image]) -> String {
    let entries = entries(images);
    let known = cel::strings(entries.iter().map(|(key, _)| key));
    let empty = entries.iter().filter(|(_, image)| image.command.is_empty() && image.args.is_empty());
    let empty: Vec<_> = empty.map(|(key, _)| key).collect();
    let key = key("known");
    let with_words = if empty.is_empty() {
        String::new()
    } else {
        let empty = cel::strings(empty);
        format!("\n    && (has(c.args) && size(c.args) > 0 || !({key} in {empty}))")
    };
    format!("has(c.image) && [{known}].exists(known, {key} in known{with_words})")
}

fn map(images: &[Image], words: impl Fn(&Image) -> Vec<String>) -> String {
    // An empty list would have a different type than the others.
    let entries = entries(images).into_iter().map(|(key, image)| (key, words(image)));
    let entries = entries.filter(|(_, words)| !words.is_empty());
    cel::map(entries.map(|(key, words)| (key, cel::strings(words.iter().map(|word| literal(word))))))
}

/// The entries by their keys. If a key occurs twice, the first entry counts.
fn entries(images: &[Image]) -> Vec<(String, &Image)> {
    let mut entries: Vec<(String, &Image)> = Vec::new();
    let mut add = |key: String, image| {
        if !entries.iter().any(|(known, _)| *known == key) {
            entries.push((key, image));
        }
    };
    for image in images {
        add(image.name.clone(), image);
    }
    for image in images {
        if let Some(digest) = &image.digest {
            let base = image.name.split('@').next().unwrap_or_default();
            add(format!("{base}@{digest}"), image);
            add(format!("{base}@"), image);
        }
    }
    entries
}
