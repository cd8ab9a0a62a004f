#!/bin/sh
# Captures for real: a TLS connection over the loopback of a network namespace of its own, recorded by `handlens live`.
#
#   live_test.sh HANDLENS
#
# Needs root, network namespaces, openssl and python3; exits with 77 (skipped) where they are missing. Takes a few
# seconds; every wait is bounded.
set -u
program=$1

if [ "${2-}" != inside ]; then
  [ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
  for tool in unshare ip openssl python3 setpriv timeout; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
  done
  unshare -n true 2>/dev/null || { echo "skipped: no network namespaces"; exit 77; }
  exec timeout 40 unshare -n "$0" "$program" inside
fi

work=$(mktemp -d)
server='' capture=''
tidy() {
  for pid in $server $capture; do kill "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap tidy EXIT
fail() {
  echo "FAILED: $*"
  for file in "$work"/*.err "$work"/*.ndjson; do
    [ -f "$file" ] && { echo "--- ${file##*/}"; head -c 2000 "$file"; }
  done
  exit 1
}
# until_true SECONDS COMMAND...: tries ten times a second.
until_true() {
  tries=$(($1 * 10))
  shift
  while [ "$tries" -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return 0
    tries=$((tries - 1))
    sleep 0.1
  done
  return 1
}

ip link set lo up || { echo "skipped: the loopback cannot be brought up"; exit 77; }

# 1. Errors of the environment have their own exit codes and say what to do.
timeout 10 "$program" live -i nosuch0 --ndjson >/dev/null 2>"$work/nosuch.err"
code=$?
[ "$code" = 3 ] || fail "an interface that does not exist: exit code $code, expected 3"
grep -q nosuch0 "$work/nosuch.err" || fail "the message does not name the interface"

cp "$program" "$work/handlens" && chmod 755 "$work" "$work/handlens"
timeout 10 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
  "$work/handlens" live -i lo --ndjson >/dev/null 2>"$work/nobody.err"
code=$?
[ "$code" = 5 ] || fail "without permission: exit code $code, expected 5"
grep -q setcap "$work/nobody.err" || fail "the message does not name setcap"

# 2. A connection.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/certificate.pem" -days 2 \
  -subj /CN=live.example -addext subjectAltName=DNS:live.example 2>/dev/null || { echo "skipped: no certificate"; exit 77; }
openssl s_server -accept 127.0.0.1:8443 -key "$work/key.pem" -cert "$work/certificate.pem" -www -quiet \
  >"$work/server.err" 2>&1 &
server=$!
until_true 5 sh -c 'ss -Hltn 2>/dev/null | grep -q :8443 || grep -q ":20FB " /proc/net/tcp' || fail "no server"

"$program" live -i lo --ndjson >"$work/live.ndjson" 2>"$work/live.err" &
capture=$!
until_true 5 grep -q listening "$work/live.err" || fail "handlens does not say that it listens"

printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 openssl s_client -connect 127.0.0.1:8443 -servername live.example -quiet \
  -no_ign_eof >"$work/client.txt" 2>/dev/null
# The records come when the flow is over; the summary when the capture is. Give the last packets time to arrive.
sleep 1.5
kill -INT "$capture"
until_true 5 sh -c "! kill -0 $capture" || fail "SIGINT does not end the capture"
wait "$capture"
code=$?
capture=''
[ "$code" = 0 ] || fail "exit code $code after SIGINT, expected 0"

python3 - "$work/live.ndjson" <<'PYTHON' || fail "the records are not what was expected"
import json
import sys

records = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
last = records[-1]
assert last["schema"] == "handlens.capture/1", last
assert last["packets"] >= 8, last
for counter in ("received", "dropped_kernel", "dropped_interface"):
    assert counter in str(last), f"{counter} is missing: {last}"
flows = [r for r in records[:-1] if r.get("tls", {}).get("sni") == "live.example"]
assert len(flows) == 1, records[:-1]
assert flows[0]["outcome"]["status"] == "ok", flows[0]["outcome"]
assert flows[0]["flow"]["server"] == {**flows[0]["flow"]["server"], "ip": "127.0.0.1", "port": 8443}, flows[0]["flow"]
PYTHON
echo "passed"
