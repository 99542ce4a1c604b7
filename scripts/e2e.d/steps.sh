# Graphs, retries, outputs, steps that never start, and probes of waiting steps.

# phase NAME: prints the phase after the pod has ended.
ended() { case $(k get pod "$1" -o 'jsonpath={.status.phase}') in Succeeded | Failed) ;; *) return 1 ;; esac; }
phase() { eventually "${2:-90}" ended "$1" || true; k get pod "$1" -o 'jsonpath={.status.phase}'; }
codes() { k get pod "$1" -o 'jsonpath={range .status.containerStatuses[*]}{.name}={.state.terminated.exitCode} {end}'; }
# with FIELDS...: converts stdin with these lines in the spec of the configuration.
with() { { cat "$config"; printf '  %s\n' "$@"; } >"$tmp/with.yaml"; "$KUEUELEULEU" --config "$tmp/with.yaml" -f -; }

fetch='n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n+1)) >/tmp/n; [ $n = 2 ] || exit 3; echo VERSION=ü1 >"$KUEUELEULEU_OUTPUT"'
graph() {
  pod "$1" "fetch=$fetch" 'unit=[ "$VERSION" = ü1 ]' "lint=exit ${2:-0}" 'publish=echo published $VERSION' 'report=echo reported' |
    with 'requests: Max' 'steps:' \
      '- {name: fetch, retries: 3, retryDelay: 100ms, outputs: [VERSION]}' '- {name: unit, needs: [fetch]}' \
      '- {name: lint, needs: [fetch]}' '- {name: publish, needs: [unit, lint]}' '- {name: report, when: Always}'
}
graph graph | k create -f - >/dev/null
graph graph-fails 4 | k create -f - >/dev/null

# The kubelet cannot start the second step: its working directory is a file.
pod never-starts a=true b=true c=true | sed '/- name: b/a\    workingDir: /bin/sh' | with 'startTimeout: 10s' | k create -f - >/dev/null

# Probes that fail while a step waits, and succeed when it runs.
probed() {
  pod "$1" 'a=sleep 12' "b=touch /tmp/ok; sleep ${2:-8}" |
    sed '/- name: b/a\    livenessProbe: {exec: {command: [sh, -c, "[ -e /tmp/ok ]"]}, periodSeconds: 1, failureThreshold: 2}' | convert
}
probed gate | k create -f - >/dev/null
pod startup 'a=sleep 8' 'b=sleep 60' |
  sed '/- name: b/a\    startupProbe: {exec: {command: ["false"]}, periodSeconds: 1, failureThreshold: 3}' | convert | k create -f - >/dev/null

is 'a graph: phase' Succeeded "$(phase graph)"
is 'a graph: the log with an output' 'published ü1' "$(k logs graph -c publish)"
is 'a graph in which a step fails: phase' Failed "$(phase graph-fails)"
is 'a graph in which a step fails: codes' 'fetch=0 lint=4 publish=199 report=0 unit=0' \
  "$(codes graph-fails | tr ' ' '\n' | sort | xargs)"
is 'a step that can never start: phase' Failed "$(phase never-starts)"
has 'a step that can never start: the next one' 'c=198' "$(codes never-starts)"
is 'a liveness probe of a waiting step: phase' Succeeded "$(phase gate)"
is 'a startup probe that fails: phase' Failed "$(phase startup)"
has 'a startup probe that fails: the step was ended' 'b=143' "$(codes startup)"
