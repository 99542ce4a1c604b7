//! Containers, and the lists in them.
//!
//! Knows fields, and what of them the rewrite asks for.

use super::policy::is_true;
use super::{At, Fields, Reader, get};
use crate::edit::Value;
use crate::plan::names;
use crate::plan::pod::{Action, Arg, ArgList, Container, ContainerList, Hook, List, Named};
use crate::view::{Type, View};
use std::borrow::Cow;

impl Reader<'_> {
    pub(super) fn containers<'v, V: View<'v>>(
        &mut self,
        fields: &Fields<'v, V>,
        list: ContainerList,
        at: At<'_>,
    ) -> List<Container<'v>> {
        self.list(fields, list.key(), at, |reader, index, item, _, at| {
            reader.container(item, (list, index), at)
        })
    }

    fn container<'v, V: View<'v>>(
        &mut self,
        item: V,
        origin: (ContainerList, usize),
        at: At<'_>,
    ) -> Option<Container<'v>> {
        let fields = self.mapping(item, at)?;
        let name = self.string(&fields, "name", at);
        if get(&fields, "name").is_none() {
            self.error(
                at,
                item.span(),
                "a container has no `name`".to_owned(),
                "name it: names tell steps apart",
            );
        }
        let name = name?;
        let is_prepare = origin.0 == ContainerList::Init && name == names::PREPARE;
        Some(Container {
            origin: Some(origin),
            command: self.args(&fields, ArgList::Command, at),
            args: self.args(&fields, ArgList::Args, at),
            mounts: self.named(&fields, "volumeMounts", at, names::is_our_volume),
            resources: self.resources(&fields, at),
            image: self.string(&fields, "image", at),
            restart_policy: self.string(&fields, "restartPolicy", at),
            terminal: ["stdin", "tty"].into_iter().find(|key| is_true(&fields, key)),
            hooks: self.hooks(&fields, at),
            value: if is_prepare { self.value(item, at) } else { None },
            name,
        })
    }

    fn args<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, list: ArgList, at: At<'_>) -> List<Arg<'v>> {
        self.list(fields, list.key(), at, |reader, index, item, own, at| {
            let text = item.string();
            if text.is_none() {
                reader.wrong_type(item, at, Type::String);
            }
            Some(Arg { text: text?, origin: own.then_some((list, index)) })
        })
    }

    pub(super) fn named<'v, V: View<'v>>(
        &mut self,
        fields: &Fields<'v, V>,
        key: &'static str,
        at: At<'_>,
        is_ours: impl Fn(&str) -> bool,
    ) -> List<Named<'v>> {
        self.list(fields, key, at, |reader, index, item, own, at| {
            let fields = reader.mapping(item, at)?;
            let name = reader.string(&fields, "name", at).unwrap_or_default();
            let path = reader.string(&fields, "mountPath", at).unwrap_or_default();
            let value = if !own || is_ours(&name) { reader.value(item, at) } else { None };
            Some(Named { origin: Some(index), name, path, value })
        })
    }

    fn hooks<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> Vec<Hook<'v>> {
        let mut hooks = Vec::new();
        for key in Hook::PROBES {
            let Some(probe) = get(fields, key) else { continue };
            let at = at.key(key);
            let Some(probe) = self.mapping(probe, at) else { continue };
            let exec = get(&probe, "exec").and_then(|exec| self.mapping(exec, at.key("exec")));
            let action = match exec {
                Some(exec) => Action::Exec(self.args(&exec, ArgList::Command, at.key("exec"))),
                None => Action::Ask,
            };
            hooks.push(Hook { key, action });
        }
        if let Some(lifecycle) = get(fields, "lifecycle") {
            let fields = self.mapping(lifecycle, at.key("lifecycle"));
            let starts = fields.is_some_and(|fields| get(&fields, "postStart").is_some());
            let action = if starts { Action::PostStart } else { Action::Nothing };
            hooks.push(Hook { key: "lifecycle", action });
        }
        if get(fields, "resizePolicy").is_some() {
            hooks.push(Hook { key: "resizePolicy", action: Action::Nothing });
        }
        hooks
    }

    /// What of `resources` is copied: the three that every node knows.
    fn resources<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> Option<Value<'v>> {
        let at = at.key("resources");
        let resources = get(fields, "resources").and_then(|value| self.mapping(value, at))?;
        let mut copied = Vec::new();
        for key in ["limits", "requests"] {
            let Some(value) = get(&resources, key) else { continue };
            let mut amounts = Vec::new();
            for (name, amount) in self.mapping(value, at.key(key))? {
                if matches!(&*name, "cpu" | "memory" | "ephemeral-storage") {
                    amounts.push((name, self.value(amount, at.key(key))?));
                }
            }
            if !amounts.is_empty() {
                copied.push((Cow::Borrowed(key), Value::Map(amounts.into())));
            }
        }
        (!copied.is_empty()).then_some(Value::Map(copied.into()))
    }
}
