//! Finds the images of steps without a `command`.
//!
//! Knows where the steps are in the text, not what the images run: the caller looks that up, since this crate does no
//! I/O.

use super::Converter;
use super::object::{Found, Object, each_object};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, Rule};
use crate::kinds;
use crate::plan;
use crate::text_size::refuse_huge;
use kueueleuleu_yaml::syntax::Documents;

/// The image of a step without a `command`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BareImage {
    /// The container's `image`, as written.
    pub image: String,
    /// The error that the container would get, with its place.
    pub step: Diagnostic,
}

impl Converter {
    /// The images of steps without a `command`, in the order of the text, and the diagnostics of their objects. Only
    /// objects that would be sequenced count. Fails if the text is not YAML.
    #[doc(hidden)]
    pub fn bare_images(&mut self, text: &str) -> Result<(Vec<BareImage>, Vec<Diagnostic>), Error> {
        refuse_huge(text)?;
        let (mut images, mut diagnostics) = (Vec::new(), Vec::new());
        let mut documents = Documents::new(text, &kinds::SHAPE);
        while let Some(tree) = documents.next_document() {
            let tree = tree?;
            let Some(root) = tree.root() else { continue };
            each_object(tree, root, &[], &mut |found| match found {
                Found::Object(object) => {
                    let Some(config) = object.config(&self.configs, &mut self.seen) else { return };
                    bare_images(object, config, &mut images, &mut diagnostics);
                }
                Found::NoList(diagnostic) => diagnostics.push(*diagnostic),
                Found::Passed(_) => {}
            });
        }
        Ok((images, diagnostics))
    }
}

fn bare_images(
    object: &Object<'_, '_>,
    config: &Config,
    images: &mut Vec<BareImage>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let subject = plan::read(object.kind, object.view);
    let (steps, wrong) = subject.bare_steps(&subject.config(config));
    diagnostics.extend(wrong.into_iter().map(|diagnostic| object.place(diagnostic)));
    for step in steps {
        let missing = |what: &str| {
            let message = format!("container `{}` has {what}", step.name);
            let route = step.route.clone();
            object.place(Diagnostic::error(Rule::MissingCommand, route, message, "set `command:`"))
        };
        match step.image {
            Some(image) => images.push(BareImage { image, step: missing("no `command`") }),
            None => diagnostics.push(missing("neither `command` nor `image`")),
        }
    }
}
