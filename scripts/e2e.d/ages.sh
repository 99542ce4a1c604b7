# Ages in `status` are formatted as the server does for kubectl. The server's come from events, whose times can be set.
ages() { # prints lines with the age in seconds, and the time
  local ago now
  now=$(date +%s)
  for ago in 7 95 125 185 421 605 5000 10795 10805 11000 28700 28900 100000 172700 173000 200000 691100 691300 9000000 63070000 63080000 80000000 252290000 300000000; do
    printf '%09d %s\n' "$ago" "$(date -u -d "@$((now - ago))" +%Y-%m-%dT%H:%M:%SZ)"
  done
}
ages >"$tmp/ages"
while read -r ago time; do
  printf -- '---\napiVersion: v1\nkind: Event\nmetadata: {name: age-%s}\ninvolvedObject: {kind: Pod, name: x, namespace: %s}\ntype: Normal\nreason: Age\nlastTimestamp: %s\n' \
    "$ago" "$namespace" "$time"
done <"$tmp/ages" | k create -f - >/dev/null
while read -r ago time; do
  printf -- '---\n'
  pod "age-$ago" a='true' b='true' | convert | sed "s/^metadata: {/&creationTimestamp: $time, /"
done <"$tmp/ages" >"$tmp/pods.yaml"
server_ages() { k get events --field-selector reason=Age --sort-by=.metadata.name --no-headers | awk '{print $1}' | paste -sd' '; }
our_ages() { "$KUEUELEULEU" status -f "$tmp/pods.yaml" | sed -n 's/.*, age //p' | paste -sd' '; }
same_ages() { server=$(server_ages) ours=$(our_ages); [ "$server" = "$ours" ]; }
eventually 10 same_ages || true
is 'status: ages are formatted as the server does' "$server" "$ours"
