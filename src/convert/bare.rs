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

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::convert::Converter;

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  restartPolicy: Never
  containers:
  - {name: a, image: x}
  - {name: b, image: v, command: [sh]}
  - {name: c, image: z}
  - {name: d}
";

    #[test]
    fn images_of_steps_without_a_command_are_found_in_order() {
        let text = format!("{POD}---\n{}---\nkind: Service\n", POD.replace("z}", "w, command: [sh]}"));
        let (images, diagnostics) = Converter::new(Config::default()).bare_images(&text).unwrap();
        assert_eq!(images.iter().map(|bare| &*bare.image).collect::<Vec<_>>(), ["x", "z", "x"]);
        assert_eq!(images[1].step.message, "container `c` has no `command`");
        let span = images[1].step.span.unwrap();
        assert_eq!(&text[span.range()], "{name: c, image: z}");
        let messages: Vec<_> = diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
        assert_eq!(messages, ["container `d` has neither `command` nor `image`"; 2]);
    }

    #[test]
    fn images_of_objects_that_are_not_sequenced_are_not_looked_up() {
        let (from, to) = ("name: two", "name: two, annotations: {norbjd.github.io/kueueleuleu: 'false'}");
        for text in [POD.replace(from, to), POD.split("  - {name: b").next().unwrap().to_owned()] {
            let found = Converter::new(Config::default()).bare_images(&text).unwrap();
            assert_eq!(found, (Vec::new(), Vec::new()), "{text}");
        }
    }
}
