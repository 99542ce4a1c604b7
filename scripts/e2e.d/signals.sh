# A signal ends the command and its children.
q status -w -l e2e=nobody >/dev/null 2>&1 &
watched=$!
sleep 2
kill -TERM "$(pgrep -P $watched -f 'status --namespace')" 2>/dev/null || true
code=0; wait $watched || code=$?
is 'status -w: exit code after SIGTERM' 143 "$code"
is 'status -w: no kubectl is left' '' "$(pgrep -f "namespace=$namespace get pods -l e2e=nobody" || true)"
