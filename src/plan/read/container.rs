//! Reads containers, and the lists in them.
//!
//! Knows which fields the rewrite needs.

use super::policy::{is_true, number};
use super::{PodReader, StackRoute};
use crate::diagnostic::Rule;
use crate::plan::hooks::is_gate;
use crate::plan::names;
use crate::plan::pod::{
    Action, Amount, Amounts, Arg, ArgItems, ArgList, Container, ContainerList, Containers, Hook, List, Named,
    NamedItems, Rewrite, Timing,
};
use crate::view::View;
use kueueleuleu_yaml::edit::Lent;
use std::borrow::Cow;

/// The fields of a container that are read. Those of its [`Hook`]s come last.
static FIELDS: [&str; 16] = [
    "name",
    "image",
    "command",
    "args",
    "volumeMounts",
    "resources",
    "env",
    "restartPolicy",
    "restartPolicyRules",
    "stdin",
    "tty",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "resizePolicy",
];

/// The names of variables. Malformed entries are left to Kubernetes to reject.
fn env_names<'v, V: View<'v>>(env: Option<V>) -> Lent<'v, &'v str> {
    let Some(env) = env else { return Lent::default() };
    env.items().filter_map(|variable| variable.find("name")?.string()).collect()
}

/// The fields of a mount that are read, and the kinds of volumes that the cluster fills.
static NAMED: [&str; 9] =
    ["name", "mountPath", "subPath", "readOnly", "configMap", "secret", "downwardAPI", "projected", "image"];

impl PodReader<'_> {
    pub(super) fn containers<'v, V: View<'v>>(
        &mut self,
        containers: Option<V>,
        list: ContainerList,
        at: StackRoute<'_>,
    ) -> Containers<'v> {
        self.list(containers, at.key(list.key()), |reader, index, item, _, at| {
            let origin = (list, index);
            Some(reader.container(item, origin, at).unwrap_or_else(|| Container::unreadable(origin)))
        })
    }

    fn container<'v, V: View<'v>>(
        &mut self,
        item: V,
        origin: (ContainerList, usize),
        at: StackRoute<'_>,
    ) -> Option<Container<'v>> {
        // `pick` fills this array, which avoids a copy.
        let mut fields = [None; FIELDS.len()];
        self.pick(item, &FIELDS, &mut fields, at).then_some(())?;
        let [name, image, command, args, mounts, resources, env, policy, rules, stdin, tty, ref hooks @ ..] =
            fields;
        let is_named = name.is_some();
        let name = self.string(name, at.key("name"));
        if !is_named {
            let message = "a container has no `name`".to_owned();
            self.error(Rule::MissingName, at, item.span(), message, "add one: names identify steps");
        }
        let name = name.unwrap_or_default();
        let known = self.diagnostics.len();
        let command = self.args(command, ArgList::Command, at);
        let is_command_lost = command.items.is_empty() && self.diagnostics.len() > known;
        let amounts = self.amounts(resources, at.key("resources"));
        Some(Container {
            origin,
            name,
            wrapper: None,
            command,
            is_command_lost,
            args: self.args(args, ArgList::Args, at),
            mounts: self.named(mounts, at.key("volumeMounts")),
            our_mounts: Lent::default(),
            resources: amounts.copied(),
            amounts,
            image: self.string(image, at.key("image")),
            restart_policy: self.string(policy, at.key("restartPolicy")),
            restart_rules: self.restart_rules(rules, at.key("restartPolicyRules")),
            env: env_names(env),
            terminal: if is_true(stdin) { Some("stdin") } else { is_true(tty).then_some("tty") },
            hooks: self.hooks(hooks, at),
            gate: None,
            value: if name == names::PREPARE { self.value(item, at) } else { None },
        })
    }

    fn args<'v, V: View<'v>>(&mut self, args: Option<V>, list: ArgList, at: StackRoute<'_>) -> ArgItems<'v> {
        let args = self.list(args, at.key(list.key()), |reader, index, item, own, at| {
            let text = reader.string(Some(item), at)?;
            Some(Arg { text: Cow::Borrowed(text), origin: own.then_some((list, index)) })
        });
        args.made()
    }

    pub(super) fn named<'v, V: View<'v>>(&mut self, items: Option<V>, at: StackRoute<'_>) -> NamedItems<'v> {
        let items = self.list(items, at, |reader, index, item, own, at| {
            let [name, path, sub_path, read_only, filled @ ..] = reader.fields(item, &NAMED, at)?;
            let name = reader.string(name, at.key("name")).unwrap_or_default();
            let path = reader.string(path, at.key("mountPath")).unwrap_or_default();
            let value = if !own || names::is_our_volume(name) { reader.value(item, at) } else { None };
            let sub_path = sub_path.and_then(View::string).filter(|path| !path.is_empty());
            let is_read_only = is_true(read_only) || filled.iter().any(Option::is_some);
            Some(Named { origin: index, name, path, sub_path, is_read_only, value })
        });
        items.made()
    }

    fn hooks<'v, V: View<'v>>(&mut self, fields: &[Option<V>; 5], at: StackRoute<'_>) -> Lent<'v, Hook<'v>> {
        let mut hooks = Vec::new();
        let [probes @ .., lifecycle, resize_policy] = fields;
        for (&key, probe) in Hook::PROBES.iter().zip(probes) {
            let Some(probe) = *probe else { continue };
            let at = at.key(key);
            let keys = &[
                "exec",
                "failureThreshold",
                "initialDelaySeconds",
                "periodSeconds",
                "terminationGracePeriodSeconds",
            ];
            let Some([exec, failures, delay, period, grace]) = self.fields(probe, keys, at) else { continue };
            let [failures, delay, period, grace] =
                [failures, delay, period, grace].map(|field| field.and_then(number));
            let rewrite = self.rewrite(probe, exec, at);
            let of_exec = at.key("exec");
            let action = match exec.and_then(|exec| self.fields(exec, &["command"], of_exec)) {
                Some([command]) => Action::Exec(self.args(command, ArgList::Command, of_exec)),
                None => Action::Ask,
            };
            let is_gate = matches!(&action, Action::Exec(command) if is_gate(&command.items));
            let value = if is_gate { self.value(probe, at) } else { None };
            let timing = Timing { failures, delay, period, grace };
            hooks.push(Hook { key, action, rewrite, timing, value });
        }
        let without_timing = |key, action| Hook {
            key,
            action,
            rewrite: Rewrite::None,
            timing: Timing::default(),
            value: None,
        };
        if let Some(lifecycle) = *lifecycle {
            let fields = self.fields(lifecycle, &["postStart"], at.key("lifecycle"));
            let action = if let Some([Some(_)]) = fields { Action::PostStart } else { Action::Nothing };
            hooks.push(without_timing("lifecycle", action));
        }
        if resize_policy.is_some() {
            hooks.push(without_timing("resizePolicy", Action::Nothing));
        }
        hooks.into()
    }

    fn rewrite<'v, V: View<'v>>(&mut self, probe: V, exec: Option<V>, at: StackRoute<'_>) -> Rewrite<'v> {
        match exec {
            Some(_) if !probe.is_own() => self.value(probe, at).map_or(Rewrite::None, Rewrite::All),
            Some(exec) if !exec.is_own() => self.value(exec, at).map_or(Rewrite::None, Rewrite::Exec),
            _ => Rewrite::None,
        }
    }

    fn amounts<'v, V: View<'v>>(&mut self, resources: Option<V>, at: StackRoute<'_>) -> Amounts<'v> {
        let Some(resources) = resources else { return Amounts::default() };
        let Some([limits, requests]) = self.fields(resources, &["limits", "requests"], at) else {
            return Amounts::default();
        };
        let own = resources.is_own() && requests.is_none_or(View::is_own);
        Amounts {
            limits: self.amount_list(limits, at.key("limits")),
            requests: List {
                present: requests.is_some(),
                own: true,
                items: self.amount_list(requests, at.key("requests")),
            },
            rewrite: if own { None } else { self.value(resources, at) },
        }
    }

    fn amount_list<'v, V: View<'v>>(&mut self, list: Option<V>, at: StackRoute<'_>) -> Lent<'v, Amount<'v>> {
        let entries = list.and_then(|list| self.mapping(list, at)).unwrap_or_default();
        let amounts =
            entries.into_iter().map(|(name, amount)| Some((Cow::Borrowed(name), self.value(amount, at)?)));
        amounts.collect::<Option<Vec<_>>>().unwrap_or_default().into()
    }
}
