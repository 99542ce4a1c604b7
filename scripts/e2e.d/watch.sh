# `status`, `logs` and `run` with real pods.

states() { q status "$1" -o json 2>/dev/null | tr -d ' \n' | grep -o '"state":"[A-Za-z]*"' | sed 's/.*:"\(.*\)"/\1/' | paste -sd' '; }
reads() { case $(q status "$1" 2>/dev/null) in *"$2"*) ;; *) return 1 ;; esac; }

# A CronJob; the tests of its Job are at the end.
api=batch/v1; [ "$minor" -ge 21 ] || api=batch/v1beta1
{ printf 'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cron}\nspec:\n  schedule: "* * * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n'
  spec '        ' a='echo from a' b='echo from b'; } >"$tmp/cron.yaml"
"$KUEUELEULEU" --config "$config" -f "$tmp/cron.yaml" | sed "s|^apiVersion: batch/v1$|apiVersion: $api|" | k create -f - >/dev/null
run q status cronjob/cron
has 'status: a CronJob without a Job' '`cronjob/cron` has no Job yet' "$err"

# `run` of a sequence that succeeds: the logs are in order, and --rm deletes the pod.
pod succeeded a='echo from a; sleep 1' b='echo from b; sleep 1' c='printf "no line end"' >"$tmp/pod.yaml"
run q run -f "$tmp/pod.yaml" --config "$config" --rm
is 'run: exit code of a sequence that succeeds' 0 "$code"
is 'run: logs in order' 'from a|from b|no line end' "$(grep -v -e '==>' -e '^$' -e '^pod/' <<<"$out" | paste -sd'|')"
is 'run: last line' 'pod/succeeded: Succeeded' "$(tail -1 <<<"$out")"
is 'run: progress on stderr' 'pod/succeeded created|pod/succeeded deleted' "$(paste -sd'|' <<<"$err")"
gone() { ! k get pod "$1" >/dev/null 2>&1; }
if eventually 20 gone succeeded; then pass 'run --rm: the pod is gone'; else fail 'run --rm: the pod is gone'; fi

# The middle step fails.
pod failing a='echo from a' b='echo from b; exit 3' c='echo from c' | convert | k create -f - >/dev/null
run q status -w pod/failing
is 'status -w: exit code of a failure' 1 "$code"
is 'status -w: last line' 'pod/failing: Failed' "$(tail -1 <<<"$out")"
has 'status -w: the failing step' 'pod/failing: step `b`: Failed after ' "$out"
is 'status: the states of a failed sequence' 'Succeeded Failed Skipped' "$(states pod/failing)"
run q status pod/failing
is 'status: exit code of a failure' 1 "$code"
has 'status: the reason for skipping' '`b` failed' "$out"
run q logs --prefix pod/failing
has 'logs --prefix' '[pod/failing/b] from b' "$out"
is 'logs: last line' 'pod/failing: Failed: `b`: exit code 3' "$(tail -1 <<<"$out")"
is 'logs: exit code of a failure' 1 "$code"
pod failing-run a='exit 7' b='echo from b' >"$tmp/pod.yaml"
run q run -f "$tmp/pod.yaml" --config "$config" --exit-code --rm
is 'run --exit-code' 7 "$code"

# A step is killed because it exceeds its memory limit.
LIMITS='memory: 24Mi' pod memory a='echo from a' b='exec tail /dev/zero' c='echo from c' | convert | k create -f - >/dev/null
run q logs -f pod/memory
is 'logs -f: exit code after an OOM kill' 1 "$code"
has 'logs -f: OOM kill' '`b`: OOMKilled, exit code 137 (SIGKILL)' "$(tail -1 <<<"$out")"
is 'status: the states after an OOM kill' 'Succeeded Failed Skipped' "$(states pod/memory)"

# The image of the second step does not exist: the first step runs, the others wait.
pod missing a='echo from a' b='@localhost/does-not-exist:1 true' c='echo from c' | convert | k create -f - >/dev/null
if eventually 60 reads pod/missing 'waits for `b`, which could not be started'; then
  pass 'status: steps wait for the step without an image'
else
  fail 'status: steps wait for the step without an image' "$(q status pod/missing)"
fi
is 'status: a waiting pod has not failed' 0 "$(q status pod/missing >/dev/null; echo $?)"
has 'status: the state of the step without an image' 'b      Waiting' "$(q status pod/missing)"
is 'status: the states beside a missing image' 'Succeeded Waiting Waiting' "$(states pod/missing)"
k delete pod missing --wait=false >/dev/null

# The image of the entrypoint does not exist.
sed "s|image: '.*'|image: localhost/does-not-exist:1|" "$config" >"$tmp/missing.yaml"
pod prepare a='echo from a' b='echo from b' | "$KUEUELEULEU" --config "$tmp/missing.yaml" -f - | k create -f - >/dev/null
if eventually 60 reads pod/prepare 'init container `kueueleuleu-prepare`: '; then
  pass 'status: an entrypoint without an image'
else
  fail 'status: an entrypoint without an image' "$(q status pod/prepare)"
fi
k delete pod prepare --wait=false >/dev/null

# No node is large enough.
pod unschedulable a='echo from a' b='echo from b' | convert |
  sed 's/^  containers:/  nodeSelector: {kueueleuleu.dev\/nowhere: "true"}\n  containers:/' | k create -f - >/dev/null
if eventually 30 reads pod/unschedulable 'not scheduled: Unschedulable: 0/'; then
  pass 'status: the message of the scheduler'
else
  fail 'status: the message of the scheduler' "$(q status pod/unschedulable)"
fi

# `status -w` and `logs -f` of a pod that is deleted while it runs.
pod deleted a='echo from a; sleep 60' b='echo from b' | convert | k create -f - >/dev/null
q status -w pod/deleted >"$tmp/watched" 2>&1 &
watched=$!
q logs -f pod/deleted >"$tmp/logged" 2>&1 &
logged=$!
eventually 60 grep -q 'step `a`: Running' "$tmp/watched" || true
k delete pod deleted --wait=false >/dev/null
code=0; wait $watched || code=$?
is 'status -w: exit code when the pod is deleted' 1 "$code"
has 'status -w: the pod is terminating' 'pod/deleted: Terminating (Running)' "$(cat "$tmp/watched")"
code=0; wait $logged || code=$?
is 'logs -f: exit code when the pod is deleted' 1 "$code"
has 'logs -f: the log until the pod is deleted' 'from a' "$(cat "$tmp/logged")"
has 'logs -f: last line when the pod is deleted' 'pod/deleted: Failed' "$(tail -1 "$tmp/logged")"

# A Job whose pod fails twice.
job retries 'backoffLimit: 2' a='echo from a' b='echo from b; [ "$(cat /proc/sys/kernel/random/uuid | cut -c1)" = z ]' >"$tmp/job.yaml"
run q run -f "$tmp/job.yaml" --config "$config"
is 'run: exit code of a Job that fails' 1 "$code"
is 'run: three attempts of a Job' 3 "$(grep -c '^==> pod/retries-.*, attempt [123] <==$' <<<"$out")"
is 'run: the logs of all attempts' 3 "$(grep -c '^from b$' <<<"$out")"
has 'run: the reason why the Job failed' 'BackoffLimitExceeded' "$(tail -1 <<<"$out")"
run q status job/retries
is 'status: exit code of a Job that fails' 1 "$code"
is 'status: the newest pod of a Job only' 1 "$(grep -c '^Pod ' <<<"$out")"

# The kubelet restarts the container of a step in the same pod.
POLICY=OnFailure job again 'backoffLimit: 6' a='echo from a' b='echo try; [ -e /tmp/x ] || { [ -n "$(ls /proc/1 2>/dev/null)" ] && sleep 1; exit 4; }' c='echo from c' | convert | k create -f - >/dev/null
for what in Retrying '`b` is run again (2 of 3)'; do
  if eventually 60 reads job/again "$what"; then pass "status: $what"; else fail "status: $what" "$(q status job/again)"; fi
done
k delete job again --wait=false >/dev/null

# Several objects, one with a generated name. The second fails, so the third is not created.
{ pod first a='echo one' b='echo two' | sed 's/name: first}/generateName: first-}/'; echo ---
  pod second a='exit 5' b='echo never'; echo ---
  pod third a='echo never' b='echo never'; } >"$tmp/several.yaml"
run q run -f "$tmp/several.yaml" --config "$config" --rm
is 'run: several objects, exit code' 1 "$code"
has 'run: a generated name' 'pod/first-' "$err"
has 'run: an object that was not created' 'pod/third was not created' "$err"
is 'run: the third object does not exist' '' "$(k get pod third -o name 2>/dev/null)"

# Watches and logs end every two seconds, as if the API server closed them: no line is lost or repeated.
cat >"$tmp/cut" <<SH
#!/bin/sh
case "\$*" in *--watch*|*--follow*) exec timeout 2 $KUBECTL "\$@" ;; *) exec $KUBECTL "\$@" ;; esac
SH
chmod +x "$tmp/cut"
pod cut a='for i in 1 2 3 4 5 6 7; do echo line $i; sleep 1; done' b='echo from b' >"$tmp/cut.yaml"
KUBECTL=$tmp/cut run q run -f "$tmp/cut.yaml" --config "$config" --rm
is 'run: exit code when connections are closed' 0 "$code"
is 'run: logs when connections are closed' 'line 1|line 2|line 3|line 4|line 5|line 6|line 7|from b' \
  "$(grep -v -e '==>' -e '^$' -e '^pod/' <<<"$out" | paste -sd'|')"
pod cut-too a='sleep 5' b='echo from b' | sed 's/name: cut-too}/name: cut-too, labels: {e2e: cut}}/' | convert | k create -f - >/dev/null
KUBECTL=$tmp/cut run q status -w -l e2e=cut
is 'status -w -l: exit code when connections are closed' 0 "$code"
is 'status -w -l: each change once' 'Pending|Running|step `a`: Running|step `a`: Succeeded after 5s' \
  "$(sed 's/^pod.cut-too: //' <<<"$out" | head -4 | paste -sd'|')"

# Ctrl-C asks once, and `run` follows the answer. `script` is the terminal.
answer() { # NAME ANSWER: runs a pod, presses Ctrl-C while its first step runs, answers, and prints the terminal.
  pod "$1" a='echo from a; sleep 60' b='echo from b' >"$tmp/$1.yaml"
  { eventually 60 reads "pod/$1" '`a` runs' || true; printf '\003'; sleep 1; printf '%b' "$2"; sleep 3; } |
    timeout 100 script -qec "'$KUEUELEULEU' run --namespace $namespace -f '$tmp/$1.yaml' --config '$config'" /dev/null
}
if command -v script >/dev/null; then
  code=0; out=$(answer interrupted 'y\n') || code=$?
  is 'run: exit code after Ctrl-C' 130 "$code"
  has 'run: Ctrl-C asks' 'delete pod/interrupted? [y/N]' "$out"
  has 'run: yes deletes' 'pod/interrupted deleted' "$out"
  code=0; out=$(answer kept '\003') || code=$?
  is 'run: exit code after two Ctrl-C' 130 "$code"
  case $out in *deleted*) fail 'run: a second Ctrl-C deletes nothing' "$out" ;; *) pass 'run: a second Ctrl-C deletes nothing' ;; esac
  is 'run: the pod is kept' pod/kept "$(k get pod kept -o name)"
  k delete pod kept --wait=false >/dev/null
else
  skip 'run: Ctrl-C' 'needs the command script'
fi

# A CronJob and its newest Job.
if eventually 90 sh -c '[ -n "$("$KUBECTL" --namespace "$1" get jobs -o name | grep cron-)" ]' sh "$namespace"; then
  run q logs -f cronjob/cron
  is 'logs -f: a CronJob, exit code' 0 "$code"
  has 'logs -f: a CronJob, last line' 'job/cron-' "$(tail -1 <<<"$out")"
  named() { case $(q status cronjob/cron -o name 2>/dev/null) in pod/cron-*) ;; *) return 1 ;; esac; }
  if eventually 30 named; then pass 'status -o name: a CronJob'; else fail 'status -o name: a CronJob'; fi
else
  fail 'a CronJob: no Job in 90 seconds'
fi

# The program as a plugin of kubectl.
ln -s "$KUEUELEULEU" "$tmp/kubectl-kueueleuleu"
run env PATH="$tmp:$PATH" "$KUBECTL" kueueleuleu status --namespace "$namespace" pod/failing
is 'kubectl kueueleuleu: exit code' 1 "$code"
has 'kubectl kueueleuleu: status' 'exit code 3' "$out"

# Errors.
run q status pod/nowhere
is 'status: exit code without a pod' 2 "$code"
has 'status: the error of kubectl' 'pods "nowhere" not found' "$err"
k run plain --image="$IMAGE" --image-pull-policy=IfNotPresent --restart=Never --command -- sleep 1 >/dev/null
run q status pod/plain
is 'status: exit code of a pod that was not converted' 1 "$code"
