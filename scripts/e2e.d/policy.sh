# Admission policies: the API server sequences or rejects pods, Jobs and CronJobs as the command does. Needs the right
# to create cluster-wide policies, which have the name of the namespace and are removed at the end.

policy() { "$KUEUELEULEU" policy --config "$config" --name "$namespace" "$@"; }
labeled() { sed 's/^metadata: {name: \([^}]*\)}/metadata: {name: \1, labels: {kueueleuleu.dev\/sequential: "true"}}/'; }

policies() {
  run "$KUBECTL" apply -f <(policy)
  is "the policies are accepted" 0 "$code"
  [ "$code" = 0 ] || { echo "$err"; return; }
  # The API server needs a moment to load them.
  refused() { pod bare a=true | labeled | sed 's/    command: .*//; s/    args: .*//' >"$tmp/bare.yaml"; pod bare b=true |
    sed -n '/- name: b/,$p' >>"$tmp/bare.yaml"; ! k create --dry-run=server -f "$tmp/bare.yaml" >/dev/null 2>"$tmp/refusal"; }
  eventually 30 refused || true
  has "a labeled pod without a command is rejected" "without \`command\`" "$(cat "$tmp/refusal")"

  # The API server gives the same commands as the conversion.
  pod three a='echo a' b='echo b' c='echo c' | labeled >"$tmp/three.yaml"
  commands='{range .spec.containers[*]}{.command}{"\n"}{end}{.spec.initContainers[*].command}{"\n"}'
  run k create --dry-run=server -f "$tmp/three.yaml" -o "jsonpath=$commands"
  wanted=$(convert <"$tmp/three.yaml" | "$KUBECTL" create --dry-run=client -f - -o "jsonpath=$commands")
  is "a pod is sequenced" "$wanted" "$out"

  run k create -f "$tmp/three.yaml"
  ended() { case $(k get pod three -o 'jsonpath={.status.phase}') in Succeeded | Failed) ;; *) false ;; esac; }
  eventually 120 ended || true
  is "the sequenced pod succeeds" Succeeded "$(k get pod three -o 'jsonpath={.status.phase}')"

  run k create -f <(convert <"$tmp/three.yaml" | sed 's/name: three/name: before/') --dry-run=server -o 'jsonpath={.spec.volumes[*].name}'
  is "a converted pod passes unchanged" 1 "$(grep -o '\bkueueleuleu\b' <<<"$out" | wc -l)"

  job nightly 'backoffLimit: 0' a='echo a' b='echo b' | sed 's/^    spec:/    metadata: {labels: {kueueleuleu.dev\/sequential: "true"}}\n    spec:/' >"$tmp/job.yaml"
  run k create -f "$tmp/job.yaml"
  is "a Job is accepted" 0 "$code"
  run k wait --for=condition=complete --timeout=120s job/nightly
  is "the Job completes" 0 "$code"
  run k create -f <(sed 's/name: nightly/name: broken/; s/ command: .*/ workingDir: \//' "$tmp/job.yaml")
  has "a Job whose pods would be rejected is rejected" "without \`command\`" "$err"
}

if needs "admission policies" 36; then
  policies
  policy | "$KUBECTL" delete -f - --ignore-not-found >/dev/null
fi
