//! Reads objects from the output of `kubectl get … -o json` or `-o yaml`: alone, in a stream or in a `List`.
//!
//! Knows lists, and how each kind is read. Reads from the tree, so that an error has a place.

use super::read::{FieldReader, RoutedValue};
use super::{Job, PodStatus, job, read};
use crate::diagnostic::{Diagnostic, Error};
use crate::view::{NodeView, View};
use kueueleuleu_yaml::syntax::{Documents, Shape};

/// An object in a text.
#[derive(Clone, Debug)]
pub struct KubectlObject<'v> {
    /// `kind`; empty if it is missing.
    pub kind: String,
    text: &'v str,
    view: NodeView<'v>,
}

/// A text that cannot be read.
#[derive(Clone, Debug)]
pub enum ReadError {
    /// It is not YAML.
    Text(Error),
    /// Fields of an object are malformed.
    Fields(Vec<Diagnostic>),
}

impl From<Vec<Diagnostic>> for ReadError {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self::Fields(problems)
    }
}

/// Reads all objects of a text, in order, and passes each to `each`.
pub fn objects(
    text: &str,
    mut each: impl FnMut(&KubectlObject<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut documents = Documents::new(text, &Shape::ALL);
    while let Some(tree) = documents.next_document() {
        let tree = tree.map_err(|error| ReadError::Text(error.into()))?;
        let Some(root) = tree.root() else { continue };
        let object = KubectlObject::of(text, NodeView::new(tree, root))?;
        let items = object.items()?;
        match items {
            Some(items) => items.iter().try_for_each(&mut each)?,
            None => each(&object)?,
        }
    }
    Ok(())
}

impl<'v> KubectlObject<'v> {
    fn of(text: &'v str, view: NodeView<'v>) -> Result<Self, ReadError> {
        let mut reader = FieldReader::default();
        let kind = reader.string(&RoutedValue::root(view), "kind").unwrap_or_default();
        if reader.problems.is_empty() { Ok(Self { kind, text, view }) } else { Err(reader.problems.into()) }
    }

    /// Its items, if it is a list. The items of a `PodList` need not have a kind.
    fn items(&self) -> Result<Option<Vec<Self>>, ReadError> {
        let Some(kind) = self.kind.strip_suffix("List") else { return Ok(None) };
        let mut reader = FieldReader::default();
        let items = reader.get(&RoutedValue::root(self.view), "items");
        let items = reader.items(&items);
        if !reader.problems.is_empty() {
            return Err(reader.problems.into());
        }
        let item = |item: RoutedValue<NodeView<'v>>| {
            let object = Self::of(self.text, item.value().expect("impossible: items are there"))?;
            let kind = if object.kind.is_empty() { kind.to_owned() } else { object.kind };
            Ok(Self { kind, ..object })
        };
        items.into_iter().map(item).collect::<Result<_, ReadError>>().map(Some)
    }

    /// Reads it as a `Pod`.
    pub fn pod(&self) -> Result<PodStatus, ReadError> {
        Ok(read::pod(self.view)?)
    }

    /// Reads it as a `Job`.
    pub fn job(&self) -> Result<Job, ReadError> {
        Ok(job::job(self.view)?)
    }

    /// Its `metadata.name` and `metadata.uid`, whatever its kind.
    pub fn name_and_uid(&self) -> (String, String) {
        let mut reader = FieldReader::default();
        let metadata = reader.get(&RoutedValue::root(self.view), "metadata");
        let mut string = |key| reader.string(&metadata, key).unwrap_or_default();
        (string("name"), string("uid"))
    }

    /// Its `metadata.namespace`.
    pub fn namespace(&self) -> Option<String> {
        let mut reader = FieldReader::default();
        let metadata = reader.get(&RoutedValue::root(self.view), "metadata");
        reader.string(&metadata, "namespace")
    }

    /// Reads it as an event of `kubectl get --watch --output-watch-events`: the type of the event, and the object.
    pub fn event(&self) -> Result<(String, Option<Self>), ReadError> {
        let mut reader = FieldReader::default();
        let root = RoutedValue::root(self.view);
        let what = reader.string(&root, "type").unwrap_or_default();
        let object = reader.get(&root, "object").value();
        if !reader.problems.is_empty() {
            return Err(reader.problems.into());
        }
        Ok((what, object.map(|view| Self::of(self.text, view)).transpose()?))
    }

    /// The text of the object. In JSON it is a complete document.
    pub fn source(&self) -> &'v str {
        self.view.span().map_or("", |span| &self.text[span.range()])
    }
}
