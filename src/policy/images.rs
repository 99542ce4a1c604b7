//! What images run, as CEL: the configured entries, and the words of containers without a `command`.
//!
//! An entry is found as [`Image::find`] finds it: by its very name, or for an image that is pinned to a digest by an entry
//! that was looked up under the same name. For these the maps have the keys `name@digest` and `name@`.

use super::cel;
use crate::config::Image;
use crate::plan::commands::literal;

/// The key of the entry for the image of the container `c`; a key that is not there if there is none.
pub(super) fn key(map: &str) -> String {
    format!(
        "(c.image in {map} ? c.image\n  : c.image.contains(\"@\") ? c.image.split(\"@\")[0] + \"@\" : \"\")"
    )
}

/// The record of the steps whose command is their image's, with the number of its words: `commands=0:2,1:1`.
pub(super) const RECORD: &str = "\
(object.spec.containers.exists(c, !has(c.command) || size(c.command) == 0)
  ? [\"commands=\" + object.spec.containers.transformList(i, c, !has(c.command) || size(c.command) == 0,
      string(i) + \":\" + string(size(variables.words[i]))).join(\",\")] : [])";

/// The entries that containers with and without `args` of their own are looked up in, and the words of each container.
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

/// The condition that the image of the container `c` is configured with something to run. The names are bound by `exists`, so
/// that they are written once: with many images they are nearly all of an expression, whose length is limited.
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
    // An empty list would have another type than the others.
    let entries = entries(images).into_iter().map(|(key, image)| (key, words(image)));
    let entries = entries.filter(|(_, words)| !words.is_empty());
    cel::map(entries.map(|(key, words)| (key, cel::strings(words.iter().map(|word| literal(word))))))
}

/// The entries by their keys, each key once: the first entry counts.
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
