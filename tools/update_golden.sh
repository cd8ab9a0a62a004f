#!/usr/bin/env bash
# Rewrites tests/golden/expected with what handlens prints now, and shows the difference. Read it: it is the review.
#   tools/update_golden.sh [NAME...]      names of lines of tests/golden/TESTLIST; all of them if none is given
# The program is the newest one built under .build, or the one $HANDLENS names.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
handlens=${HANDLENS:-}
if [[ -z $handlens ]]; then
  for candidate in "$root"/.build/*/handlens; do
    if [[ -x $candidate && ( -z $handlens || $candidate -nt $handlens ) ]]; then handlens=$candidate; fi
  done
fi
if [[ ! -x $handlens ]]; then
  echo "update_golden.sh: no handlens under .build; build it, or name it in \$HANDLENS" >&2
  exit 1
fi

names=("$@")
if ((${#names[@]} == 0)); then
  mapfile -t names < <(grep -vE '^[[:space:]]*(#|$)' "$root/tests/golden/TESTLIST" | awk '{print $1}')
fi
mkdir -p "$root/tests/golden/expected"
"$root/tests/golden/run_golden.sh" update "$handlens" "${names[@]}"
