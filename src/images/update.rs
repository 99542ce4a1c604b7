//! Updates the entries of `spec.images` in the text of a functionConfig, and preserves every other byte.
//!
//! An entry with a digest was looked up, so it may be updated and removed. An entry without a digest was written by
//! hand, and is preserved. Knows the fields of the functionConfig; not how text is edited.

use super::ImageEntry;
use crate::config::{Config, Image, KIND};
use crate::convert::ConvertedText;
use crate::diagnostic::{Error, Rule};
use crate::view::{NodeView, View};
use kueueleuleu_yaml::edit::{self, Edit, Field, Item, Place, Value};
use kueueleuleu_yaml::splice::Splices;
use kueueleuleu_yaml::syntax::{Documents, Shape, Tree};
use std::borrow::Cow;
use std::fmt;

/// A functionConfig without a `spec`.
pub const EMPTY: &str =
    "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nmetadata:\n  name: sequential\n";

/// A change of an entry, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryChange {
    /// It was added.
    Add(String),
    /// Its digest or its words were changed.
    Update(String),
    /// It was removed, because no container needs it any longer.
    Remove(String),
}

impl fmt::Display for EntryChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name) = match self {
            Self::Add(name) => ("add", name),
            Self::Update(name) => ("update", name),
            Self::Remove(name) => ("remove", name),
        };
        write!(f, "{what} {name}")
    }
}

/// An updated functionConfig.
#[derive(Debug)]
pub struct Update<'t> {
    /// The text.
    pub text: ConvertedText<'t>,
    /// The changes, in the order of the text.
    pub changes: Vec<EntryChange>,
}

/// What happens to entries that no container needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// They are preserved.
    Keep,
    /// They are removed, unless they were written by hand.
    Remove,
}

/// Updates the entries of the functionConfig in `text` to the entries that are in use.
pub fn update<'t>(text: &'t str, in_use: &[ImageEntry], unused: Unused) -> Result<Update<'t>, Error> {
    let config = Config::from_yaml(text)?;
    let plan = UpdatePlan::of(&config.images, in_use, unused);
    if plan.changes.is_empty() {
        return Ok(Update { text: ConvertedText::edited(text, Splices::default()), changes: plan.changes });
    }
    let mut documents = Documents::new(text, &Shape::ALL);
    let mut splices = Splices::default();
    while let Some(tree) = documents.next_document() {
        let tree = tree?;
        if tree.root().is_some() {
            splices = write(tree, &plan)?;
        }
    }
    let text = ConvertedText::edited(text, splices);
    let written = Config::from_yaml(&text.text())?;
    if written.images != plan.result {
        let message = "the edited functionConfig does not read as planned: this is a bug in kueueleuleu";
        return Err(Error::new(Rule::VerificationFailed, message).help("report it, with the file"));
    }
    Ok(Update { text, changes: plan.changes })
}

/// The planned changes of the entries.
struct UpdatePlan<'e> {
    /// The index of each old entry that is kept, and the new entry if it changes.
    kept: Vec<(usize, Option<&'e ImageEntry>)>,
    /// New entries.
    new: Vec<&'e ImageEntry>,
    changes: Vec<EntryChange>,
    /// All entries after the update.
    result: Vec<Image>,
}

impl<'e> UpdatePlan<'e> {
    fn of(there: &[Image], in_use: &'e [ImageEntry], unused: Unused) -> Self {
        let mut plan = Self { kept: Vec::new(), new: Vec::new(), changes: Vec::new(), result: Vec::new() };
        for (index, old) in there.iter().enumerate() {
            let entry = in_use.iter().find(|entry| entry.name == old.name);
            match entry {
                _ if old.digest.is_none() => plan.keep(index, old.clone(), None),
                None if unused == Unused::Remove => plan.changes.push(EntryChange::Remove(old.name.clone())),
                Some(entry) if image(entry) != *old => {
                    plan.changes.push(EntryChange::Update(old.name.clone()));
                    plan.keep(index, image(entry), Some(entry));
                }
                None | Some(_) => plan.keep(index, old.clone(), None),
            }
        }
        for entry in in_use.iter().filter(|entry| !there.iter().any(|old| old.name == entry.name)) {
            plan.changes.push(EntryChange::Add(entry.name.clone()));
            plan.result.push(image(entry));
            plan.new.push(entry);
        }
        plan
    }

    fn keep(&mut self, index: usize, result: Image, entry: Option<&'e ImageEntry>) {
        self.kept.push((index, entry));
        self.result.push(result);
    }
}

fn image(entry: &ImageEntry) -> Image {
    let ImageEntry { name, digest, command, args } = entry.clone();
    Image { name, digest, command, args }
}

/// The edits of the document with the functionConfig.
fn write(tree: &Tree<'_>, plan: &UpdatePlan<'_>) -> Result<Splices, Error> {
    let root = NodeView::new(tree, tree.root().ok_or_else(|| not_ours("an empty document"))?);
    let kind = entry(root, "kind")?.and_then(View::string);
    if kind != Some(KIND) {
        return Err(not_ours(&format!("a `{}`", kind.unwrap_or_default())));
    }
    let spec = own(entry(root, "spec")?)?;
    let images = spec.map_or(Ok(None), |spec| own(entry(spec, "images")?))?;
    let new = || plan.new.iter().map(|entry| value(entry));
    let images = match images {
        None => Field::Insert { place: Place::Last, value: Value::Seq(new().collect()) },
        Some(images) => {
            let items: Vec<_> = images.items().collect();
            let mut list = Vec::with_capacity(plan.result.len());
            for (index, entry) in &plan.kept {
                let edit = entry.map(|entry| change(items[*index], entry)).transpose()?;
                list.push(Item::Keep(*index, edit));
            }
            list.extend(new().map(Item::New));
            Field::Edit(Edit::list(list))
        }
    };
    let spec = if spec.is_some() {
        Field::Edit(Edit::map(vec![(Cow::Borrowed("images"), images)]))
    } else {
        Field::Insert { place: Place::Last, value: Value::map([("images", Value::Seq(new().collect()))]) }
    };
    let edit = Edit::map(vec![(Cow::Borrowed("spec"), spec)]);
    let mut scratch = edit::Scratch::default();
    let draft = edit::lower(tree, &[], root.node(), &edit, &mut scratch)
        .map_err(|unwritable| Error::unwritable(&unwritable))?;
    let mut splices = Splices::default();
    splices.append(draft).map_err(|overlap| {
        Error::new(Rule::UnsupportedLayout, "two edits touch the same text")
            .at(overlap.second)
            .help("write it in block style")
    })?;
    Ok(splices)
}

/// The value of a key in a mapping; `None` if it is absent or null.
fn entry<'v>(map: NodeView<'v>, key: &str) -> Result<Option<NodeView<'v>>, Error> {
    let fields = map.fields().map_err(|malformed| {
        let error = Error::new(Rule::InvalidYaml, malformed.message).help(malformed.help);
        malformed.span.into_iter().fold(error, Error::at)
    })?;
    Ok(fields
        .into_iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
        .filter(|value| !value.is_null()))
}

/// The same value, if it can be edited in place. Fails otherwise.
fn own(view: Option<NodeView<'_>>) -> Result<Option<NodeView<'_>>, Error> {
    match view {
        Some(view) if !view.is_own() => {
            let error =
                Error::new(Rule::UnsupportedLayout, "entries from an alias or a merge key are not updated");
            Err(view.span().into_iter().fold(error.help("write it out, without aliases"), Error::at))
        }
        view => Ok(view),
    }
}

/// The edit that turns an entry into another. The text of equal values is preserved.
fn change(old: NodeView<'_>, new: &ImageEntry) -> Result<Edit<'static>, Error> {
    own(Some(old))?;
    let mut fields = Vec::new();
    let mut set = |key: &'static str, place, value: Option<Value<'static>>| -> Result<(), Error> {
        let there = own(entry(old, key)?)?;
        let field = match (there, value) {
            (Some(there), Some(value)) if there.value().ok().as_ref() == Some(&value) => return Ok(()),
            (Some(there), None) if there.count() == 0 => return Ok(()),
            (None, None) => return Ok(()),
            (Some(_), Some(value)) => Field::Edit(Edit::Set(value)),
            (Some(_), None) => Field::Remove,
            (None, Some(value)) => Field::Insert { place, value },
        };
        fields.push((Cow::Borrowed(key), field));
        Ok(())
    };
    set("digest", Place::After("name"), new.digest.clone().map(Value::str))?;
    set("command", Place::After("digest"), words(&new.command))?;
    set("args", Place::Last, words(&new.args))?;
    Ok(Edit::map(fields))
}

/// A new entry.
fn value(entry: &ImageEntry) -> Value<'static> {
    let fields = [
        ("name", Some(Value::str(entry.name.clone()))),
        ("digest", entry.digest.clone().map(Value::str)),
        ("command", words(&entry.command)),
        ("args", words(&entry.args)),
    ];
    Value::Map(fields.into_iter().filter_map(|(key, value)| Some((Cow::Borrowed(key), value?))).collect())
}

fn words(words: &[String]) -> Option<Value<'static>> {
    (!words.is_empty()).then(|| Value::Seq(words.iter().cloned().map(Value::str).collect()))
}

fn not_ours(what: &str) -> Error {
    Error::new(Rule::InvalidConfig, format!("expected a `{KIND}`, got {what}"))
        .help(format!("only a `{KIND}` has `spec.images`; a `ConfigMap` can be rewritten as one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers # ä\n";
    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn found(name: &str, digest: &str, command: &[&str], args: &[&str]) -> ImageEntry {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let digest = (!digest.is_empty()).then(|| digest.to_owned());
        ImageEntry { name: name.to_owned(), digest, command: words(command), args: words(args) }
    }

    #[track_caller]
    fn check(spec: &str, in_use: &[ImageEntry], unused: Unused, expected: &str, changes: &[&str]) {
        let expand = |text: &str| format!("{HEAD}{}", text.replace("{A}", A).replace("{B}", B));
        for line_end in ["\n", "\r\n"] {
            let [text, expected] = [spec, expected].map(|text| expand(text).replace('\n', line_end));
            let done = update(&text, in_use, unused).unwrap();
            assert_eq!(done.text.text(), expected);
            // Check with another reader.
            let value: serde_yaml::Value = serde_yaml::from_str(&expected).unwrap();
            for entry in in_use {
                let entries = value["spec"]["images"].as_sequence().unwrap();
                let written = entries.iter().find(|written| written["name"] == *entry.name).unwrap();
                if let Some(digest) = written.get("digest") {
                    assert_eq!(digest, entry.digest.as_deref().unwrap());
                    let words = |key| {
                        serde_yaml::from_value::<Vec<String>>(written.get(key).cloned().unwrap_or_default())
                    };
                    assert_eq!(words("command").unwrap_or_default(), entry.command);
                    assert_eq!(words("args").unwrap_or_default(), entry.args);
                }
            }
            let shown: Vec<_> = done.changes.iter().map(ToString::to_string).collect();
            assert_eq!(shown, changes);
            let again = update(&expected, in_use, unused).unwrap();
            assert!(again.changes.is_empty() && !again.text.is_changed());
        }
    }

    #[test]
    fn entries_are_added_if_there_are_none() {
        let alpine = [found("alpine:3", A, &[], &["/bin/sh"])];
        let block = "  images:\n  - name: alpine:3\n    digest: {A}\n    args: [/bin/sh]\n";
        let added = &["add alpine:3"];
        check("", &alpine, Unused::Keep, &format!("spec:\n{block}"), added);
        check("spec: # none\n", &alpine, Unused::Keep, &format!("spec: # none\n{block}"), added);
        check(
            "spec:\n  revert: false\n",
            &alpine,
            Unused::Keep,
            &format!("spec:\n  revert: false\n{block}"),
            added,
        );
    }

    #[test]
    fn only_differences_are_edited() {
        let before = "\
spec:
    images: # what they run
      # by hand
      - {name: tool, command: [tool]} # stays
      - name: alpine:3 # three
        # when?
        digest: {A} # then
        command: []
        args: ['/bin/sh'] # a shell
      - {name: gone, digest: '{A}', command: [x]}
      - {args: [x, z], digest: '{A}', command: [sh], name: flow}
    probes: Keep
";
        let in_use = [
            found("flow", B, &["sh", "-c"], &["x", "z"]),
            found("tool", A, &["another"], &[]),
            found("alpine:3", B, &[], &["/bin/sh"]),
            found("new", B, &["new: # one"], &[]),
        ];
        let after = before.replace("digest: {A} # then", "digest: {B} # then").replace(
            "digest: '{A}', command: [sh], name: flow",
            "digest: {B}, command: [sh, -c], name: flow",
        );
        let new = "      - name: new\n        digest: {B}\n        command: [\"new: # one\"]\n    probes";
        let after = after.replace("    probes", new);
        check(before, &in_use, Unused::Keep, &after, &["update alpine:3", "update flow", "add new"]);
        let after = after.replace("      - {name: gone, digest: '{A}', command: [x]}\n", "");
        let changes = &["update alpine:3", "remove gone", "update flow", "add new"];
        check(before, &in_use, Unused::Remove, &after, changes);
    }

    #[test]
    fn flow_style_and_json_are_preserved() {
        let a = [found("a", A, &["a: b", "- x"], &[])];
        let added = &["add a"];
        check(
            "spec: {revert: false}\n",
            &a,
            Unused::Keep,
            "spec: {revert: false,\n  images: [\n    {name: a, digest: {A},\n      command: [\"a: b\", \"- x\"]}]}\n",
            added,
        );
        let json = |images: &str| {
            format!(
                "{{\"apiVersion\": \"kueueleuleu.dev/v1alpha1\", \"kind\": \"{KIND}\", \"spec\": {{{images}}}}}\n"
            )
        };
        let expected =
            json(&format!(r#""images": [{{"name": "a", "digest": "{A}", "command": ["a: b", "- x"]}}]"#));
        assert_eq!(update(&json(r#""images": []"#), &a, Unused::Keep).unwrap().text.text(), expected);
        let pretty =
            "{\n  \"apiVersion\": \"kueueleuleu.dev/v1alpha1\",\n  \"kind\": \"SequentialContainers\"\n}\n";
        let done = update(pretty, &a, Unused::Keep).unwrap().text.text();
        let value: serde_json::Value = serde_json::from_str(&done).unwrap();
        assert_eq!(value["spec"]["images"][0]["command"], serde_json::json!(["a: b", "- x"]));
        assert!(done.starts_with(pretty.trim_end_matches("\n}\n")), "{done}");
    }

    #[test]
    fn lists_of_words_are_added_and_removed() {
        let before =
            "spec:\n  images:\n  - name: a\n    digest: {A}\n    command:\n    - a\n  revert: false\n";
        let after = "spec:\n  images:\n  - name: a\n    digest: {A}\n    args:\n    - b\n  revert: false\n";
        check(before, &[found("a", A, &[], &["b"])], Unused::Keep, after, &["update a"]);
        check(after, &[found("a", A, &["a"], &[])], Unused::Keep, before, &["update a"]);
    }

    #[test]
    fn a_text_that_cannot_be_updated_is_rejected() {
        let message = |text: &str| {
            let in_use = [found("a", A, &["a"], &[])];
            update(text, &in_use, Unused::Keep).map(|_| ()).unwrap_err().to_string()
        };
        let map = "apiVersion: v1\nkind: ConfigMap\ndata: {kind: Job}\n";
        assert_eq!(message(map), "expected a `SequentialContainers`, got a `ConfigMap`");
        let alias = format!("{HEAD}metadata: {{annotations: &a {{x: y}}}}\nspec: {{images: [{{<<: *a}}]}}\n");
        assert!(message(&alias).contains("unknown field `x`"), "{}", message(&alias));
        let merged = format!("{HEAD}metadata:\n  m: &m\n    images: []\nspec:\n  <<: *m\n");
        assert_eq!(message(&merged), "entries from an alias or a merge key are not updated");
        assert!(message(&format!("{HEAD}---\n{HEAD}")).contains("more than one document"));
    }
}
