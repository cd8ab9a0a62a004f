#!/bin/sh
# Plays a few scenarios of the lab and compares what handlens says of them with their truth.
#
#   lab_test.sh HANDLENS MIDDLEBOX
#
# Exits with 77 (skipped) and the reason where the lab cannot be played. Also checks that nothing of it is left behind.
set -u
handlens=$1
middlebox=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/../../tools/lab/run" -o "$work" -j 2 --middlebox "$middlebox" \
  tls13-aes-256-gcm-sha384 unknown-ca-12 mtls-ok-13 resumed-13 refused reset-on-sni-both founding-story pair-12503 split-proxy \
  hello-post-quantum inspection-trusted customer-with-device \
  >"$work/log" 2>&1 &
lab=$!
wait "$lab"
code=$?
cat "$work/log"
[ "$code" = 77 ] && exit 77
[ "$code" = 0 ] || { echo "FAILED: the lab: exit code $code"; exit 1; }
"$here/compare_truth.py" "$handlens" "$work" || { echo "FAILED: handlens and the truth disagree"; exit 1; }
if ip netns list | grep -q "^hlab[0-9]*x"; then
  for left in $(ip netns list | grep -o "^hlab[0-9]*" | sort -u); do
    # Other runs may be under way; those of a process that is gone are leftovers.
    [ -d "/proc/${left#hlab}" ] || { echo "FAILED: namespaces are left behind: $left"; exit 1; }
  done
fi
echo "passed"
