//! Determines the role of each container in a converted pod: a step, a sidecar, an init container.
//!
//! Recognizes the rewrite like the code that undoes it: by structure, or with strategy `InitContainers` by the record.
//! `status` uses this module, so that both always agree.

use super::effective::ALWAYS;
use super::names;
use super::pod::{Container, ContainerList, Workload};
use super::unwrap::is_prepare;
use super::wrapper::{self, Wrapped, WrapperState};
use super::{Diagnostic, read};
use crate::kinds;
use crate::view::View;

/// The role of a container in its pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The init container that copies the entrypoint.
    Prepare,
    /// An init container of the user.
    Init,
    /// A native sidecar: an init container with `restartPolicy: Always`.
    Sidecar,
    /// A step.
    Step {
        /// Its number.
        number: usize,
        /// The numbers of the steps that it waits for.
        after: Vec<usize>,
        /// Whether it has a timeout.
        has_timeout: bool,
        /// Whether it runs even if a step that it waits for failed.
        is_always: bool,
    },
    /// Another container beside the steps, such as an injected proxy.
    Other,
}

/// A container of a pod, with its role.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Whether it is in `initContainers`.
    pub(crate) is_init: bool,
    /// Its index in its list.
    pub(crate) index: usize,
    /// Its role.
    pub(crate) role: Role,
}

/// Determines the role of each container of a `Pod`. Also returns the malformed fields that matter for this.
pub(crate) fn sequence<'v, V: View<'v>>(pod: V) -> (Vec<Member>, Vec<Diagnostic>) {
    let kind = kinds::find("v1", "Pod").expect("impossible: pods are in the table");
    let mut diagnostics = Vec::new();
    let object = read::object(kind, pod, &mut diagnostics);
    // An invalid annotation does not matter for a pod that exists already.
    diagnostics.retain(|diagnostic| !diagnostic.field.starts_with(&crate::route::Route::of(&["metadata"])));
    (object.as_ref().map(members).unwrap_or_default(), diagnostics)
}

fn members(object: &Workload<'_>) -> Vec<Member> {
    let named = object.meta.get(names::STEPS_ANNOTATION);
    let named: Vec<_> = named.into_iter().flat_map(|names| names.split(',')).map(str::trim).collect();
    let (init, main) = (&object.pod.init_containers.items, &object.pod.containers.items);
    // The annotation alone proves nothing: one of the steps that it names must be an init container.
    let by_name = init.iter().any(|container| named.contains(&container.name));
    let mut count = 0_usize;
    let all = init.iter().chain(main).map(|container| {
        let (list, index) = container.origin;
        let is_init = list == ContainerList::Init;
        let role = if by_name && named.contains(&container.name) {
            let number = count;
            count += 1;
            let after = number.checked_sub(1).into_iter().collect();
            Role::Step { number, after, has_timeout: false, is_always: false }
        } else {
            role(container, is_init)
        };
        Member { is_init, index, role }
    });
    all.collect()
}

fn role(container: &Container<'_>, is_init: bool) -> Role {
    match (is_init, wrapper::find(&container.command.items, &container.args.items)) {
        (true, _) if is_prepare(container) => Role::Prepare,
        (true, _) if container.restart_policy == Some(ALWAYS) => Role::Sidecar,
        (true, _) => Role::Init,
        (false, WrapperState::Wrapped(Wrapped { step, after, has_timeout, is_always, .. })) => {
            Role::Step { number: step, after, has_timeout, is_always }
        }
        (false, _) => Role::Other,
    }
}
