//! Reports steps without a `command`, with the most likely fix first.
//!
//! Knows the names of typical sidecars, and which fixes a pod allows; not how a command is filled in.

use super::needs::Graph;
use super::pod::{Container, Pod};
use super::report::{Report, quoted};
use super::{restart, strategy};
use crate::config::Config;
use crate::diagnostic::{LOOK_UP, Rule};
use crate::kinds::Kind;

/// Words in the name of an image or a container that is probably a sidecar.
const COMPANIONS: [&str; 20] = [
    "proxy",
    "proxyv2",
    "envoy",
    "istio",
    "linkerd",
    "sidecar",
    "daprd",
    "ztunnel",
    "pgbouncer",
    "dataplane",
    "fluent",
    "fluentd",
    "fluentbit",
    "filebeat",
    "promtail",
    "telegraf",
    "collector",
    "exporter",
    "otel",
    "cloudsql",
];

/// What must change so that the steps can be init containers, which need no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InitContainers {
    /// Only the strategy.
    Fit,
    /// Only the strategy, and the entrypoint is not an alternative: its pod would be restarted forever.
    AreLeft,
    /// The strategy and this.
    With(&'static str),
}

impl InitContainers {
    /// Decides for a pod whose sidecars were removed from the list of containers.
    pub(super) fn of(kind: &Kind, pod: &Pod<'_>, graph: &Graph, config: &Config) -> Self {
        if strategy::has_hooks(pod, config) {
            Self::With(" and `probes: Remove`")
        } else if strategy::is_something_against_init_containers(pod, graph, config) {
            Self::With(" without the options that only an entrypoint supports")
        } else if restart::is_always(kind, pod) {
            Self::AreLeft
        } else {
            Self::Fit
        }
    }

    fn help(self) -> String {
        let with = if let Self::With(with) = self { with } else { "" };
        format!("use `strategy: InitContainers`{with}, which needs no command")
    }
}

/// Reports the steps without a command, if there are any.
pub(super) fn report(missing: &[&Container<'_>], init: InitContainers, report: &mut Report<'_>) {
    let Some(first) = missing.first() else { return };
    let names = missing.iter().map(|container| label(container)).collect::<Vec<_>>().join(", ");
    let message = match missing {
        [_] => format!("container {names} has no `command`"),
        _ => format!("containers {names} have no `command`"),
    };
    report.error(Rule::MissingCommand, report.route(first), message, help(missing, init));
}

fn label(container: &Container<'_>) -> String {
    match container.name {
        "" => format!("number {}", container.origin.1 + 1),
        name => format!("`{name}`"),
    }
}

fn help(missing: &[&Container<'_>], init: InitContainers) -> String {
    let companions = missing.iter().filter(|container| is_companion(container));
    let companions: Vec<_> = companions.map(|container| container.name).collect();
    let command = format!(
        "set `command:`, or record in the functionConfig (`images`) what the image runs: `{LOOK_UP}`"
    );
    let endless = "add containers that never end to `sidecars`".to_owned();
    let ways = match (&companions[..], init) {
        ([], InitContainers::AreLeft) => vec![init.help(), command, endless],
        ([], _) => vec![command, init.help(), endless],
        (names, _) => {
            let sidecars = format!(
                "add containers that run beside the steps and never end, probably {}, to `sidecars`: `sidecars: [{}]`",
                quoted(names.iter().copied()),
                names.join(", ")
            );
            vec![sidecars, command, init.help()]
        }
    };
    ways.join("; or ")
}

/// Whether the name of the image or of the container is that of a typical sidecar, such as a proxy.
fn is_companion(container: &Container<'_>) -> bool {
    let image = container.image.unwrap_or_default();
    let image = image.split('@').next().unwrap_or_default();
    // Without the registry and the tag.
    let path = image.split_once('/').map_or(image, |(registry, path)| {
        if registry.contains(['.', ':']) || registry == "localhost" { path } else { image }
    });
    let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
    let words = path.split(['/', '-', '_', '.']).chain(container.name.split('-'));
    let mut words = words.map(str::to_ascii_lowercase);
    words.any(|word| COMPANIONS.contains(&&*word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::pod::ContainerList;

    #[test]
    fn proxies_are_recognized_by_their_names() {
        let is_companion = |name, image| {
            let container = Container::unreadable((ContainerList::Main, 0));
            is_companion(&Container { name, image: Some(image), ..container })
        };
        for (name, image) in [
            ("a", "docker.io/istio/proxyv2:1.20.0"),
            ("a", "envoyproxy/envoy:v1.30@sha256:00"),
            ("a", "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2"),
            ("a", "localhost:5000/gcr.io/cloudsql-docker/gce-proxy"),
            ("a", "cr.l5d.io/linkerd/proxy"),
            ("istio-proxy", "auto"),
            ("a", "fluent/fluent-bit"),
        ] {
            assert!(is_companion(name, image), "{image}");
        }
        for (name, image) in [("a", "proxy.example.com/tool:1"), ("a", "alpine:proxy"), ("approximate", "b")]
        {
            assert!(!is_companion(name, image), "{image}");
        }
    }
}
