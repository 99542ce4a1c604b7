//! Finds the image for a reference in an OCI layout or in an archive of `docker save`.
//!
//! Knows names and documents; no files.

use super::LookUpError;
use super::document::Descriptor;
use super::reference::Reference;
use serde::Deserialize;

/// The annotation in a layout with the name of the image, or only its tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation of containerd, and of newer versions of Docker, with the whole name.
const IMAGE_NAME: &str = "io.containerd.image.name";

/// Finds the image for a reference in a layout, by its digest or its name. If the layout contains only tags, a matching
/// tag is enough only if one image is requested (`is_only`), because two images can both have the tag `latest`.
pub fn choose<'d>(
    entries: &'d [Descriptor],
    reference: &Reference,
    is_only: bool,
) -> Result<&'d Descriptor, LookUpError> {
    if let Some(digest) = &reference.digest {
        let found = entries.iter().find(|entry| entry.digest == *digest);
        return found.ok_or_else(|| missing(entries.iter().flat_map(names)));
    }
    let is_named = |entry: &&Descriptor| names(entry).any(|name| is_name_of(name, reference));
    let has_tag = |entry: &&Descriptor| names(entry).all(|name| Some(name) == reference.tag.as_deref());
    if let Some(found) = entries.iter().find(is_named) {
        return Ok(found);
    }
    let tagged: Vec<_> = entries.iter().filter(has_tag).collect();
    match tagged[..] {
        [found] if is_only => Ok(found),
        [_] => Err(LookUpError::new("the layout does not name its images, but several were requested")
            .help("write the layout with full names, or look up one image at a time")),
        _ => Err(missing(entries.iter().flat_map(names))),
    }
}

fn names(entry: &Descriptor) -> impl Iterator<Item = &str> {
    let name = |key| entry.annotations.get(key).map(String::as_str);
    // If the whole name is present, the other annotation is the tag.
    name(IMAGE_NAME).or_else(|| name(REF_NAME)).into_iter()
}

fn is_name_of(name: &str, reference: &Reference) -> bool {
    // A name without a slash or a colon is a tag.
    let is_whole = name.contains(['/', ':']);
    is_whole && Reference::parse(name).is_ok_and(|named| Reference { digest: None, ..named } == *reference)
}

fn missing<'n>(there: impl Iterator<Item = &'n str>) -> LookUpError {
    let there: Vec<_> = there.map(|name| format!("`{name}`")).collect();
    let problem = LookUpError::new("it is not there");
    if there.is_empty() { problem } else { problem.help(format!("available: {}", there.join(", "))) }
}

/// An image in the `manifest.json` of `docker save` and `podman save`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
}

/// The name of the file with the configuration of the image for a reference, from `manifest.json`.
pub fn saved_config(manifest: &[u8], reference: &Reference, is_only: bool) -> Result<String, LookUpError> {
    let mut images: Vec<Saved> = serde_json::from_slice(manifest)
        .map_err(|error| LookUpError::new(format!("its `manifest.json` cannot be read: {error}")))?;
    if reference.digest.is_some() {
        return Err(LookUpError::new("the archive does not contain the digests of its images")
            .help("save it as an OCI archive: `skopeo copy`, `podman save --format oci-archive`"));
    }
    let tags = |image: &Saved| image.repo_tags.clone().unwrap_or_default();
    let is_named = |image: &Saved| tags(image).iter().any(|tag| is_name_of(tag, reference));
    let at = match images.iter().position(is_named) {
        // An image that was saved by its ID has no name.
        None if is_only && images.len() == 1 && tags(&images[0]).is_empty() => Some(0),
        at => at,
    };
    let all: Vec<_> = images.iter().flat_map(tags).collect();
    let at = at.ok_or_else(|| missing(all.iter().map(String::as_str)))?;
    Ok(images.swap_remove(at).config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::reference::Digest;

    fn entry(id: u8, annotations: &[(&str, &str)]) -> Descriptor {
        let annotations = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Descriptor {
            media_type: String::new(),
            digest: Digest::of(&[id]),
            size: 0,
            platform: None,
            annotations: annotations.collect(),
        }
    }

    fn find(entries: &[Descriptor], image: &str, is_only: bool) -> Option<usize> {
        let found = choose(entries, &Reference::parse(image).unwrap(), is_only).ok()?;
        entries.iter().position(|entry| entry == found)
    }

    #[test]
    fn images_are_found_by_name_or_digest_and_by_tag_only_when_alone() {
        let layout = [
            entry(0, &[(IMAGE_NAME, "docker.io/library/alpine:3"), (REF_NAME, "3")]),
            entry(1, &[(REF_NAME, "localhost/tool:3")]),
            entry(2, &[(REF_NAME, "4")]),
        ];
        assert_eq!(find(&layout, "alpine:3", false), Some(0));
        assert_eq!(find(&layout, "localhost/tool:3", false), Some(1));
        assert_eq!(find(&layout, "debian:3", true), None);
        assert_eq!(find(&layout, "debian:4", true), Some(2));
        assert_eq!(find(&layout, "debian:4", false), None);
        assert_eq!(find(&layout, "debian", true), None);
        assert_eq!(find(&layout, &format!("x@{}", Digest::of(&[1])), false), Some(1));
        assert_eq!(find(&layout, &format!("alpine:3@{}", Digest::of(&[9])), true), None);
        assert_eq!(find(&[entry(0, &[])], "any:1", true), Some(0));
        assert_eq!(find(&[entry(0, &[]), entry(1, &[])], "any:1", true), None);
    }

    #[test]
    fn saved_images_are_found_by_name() {
        let manifest = br#"[{"Config": "a.json", "RepoTags": ["alpine:3", "x:1"]}, {"Config": "b.json", "RepoTags": null}]"#;
        let config = |image: &str| saved_config(manifest, &Reference::parse(image).unwrap(), true);
        assert_eq!(config("docker.io/library/alpine:3").unwrap(), "a.json");
        assert_eq!(config("x:1").unwrap(), "a.json");
        assert_eq!(config("y").unwrap_err().help.unwrap(), "available: `alpine:3`, `x:1`");
        let one = br#"[{"Config": "b.json", "RepoTags": []}]"#;
        assert_eq!(saved_config(one, &Reference::parse("y").unwrap(), true).unwrap(), "b.json");
        assert!(saved_config(one, &Reference::parse("y").unwrap(), false).is_err());
    }
}
