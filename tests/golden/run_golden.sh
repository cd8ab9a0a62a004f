#!/usr/bin/env bash
# Compares what handlens prints with what tests/golden/expected says, for lines of tests/golden/TESTLIST.
#   run_golden.sh check  HANDLENS NAME...    fails and shows the difference
#   run_golden.sh print  HANDLENS NAME...    shows what is compared
#   run_golden.sh update HANDLENS NAME...    writes expected/ anew and shows what changed in it
# What is compared: standard output in UTC, without colour, 100 columns wide, the versions of libraries taken out; and the
# exit status, if it is not 0, as a last line.
set -euo pipefail

golden=$(cd "$(dirname "$0")" && pwd)
pcaps=$(cd "$golden/../../pcaps" && pwd)

if (($# < 3)); then
  echo "usage: run_golden.sh check|print|update HANDLENS NAME..." >&2
  exit 2
fi
mode=$1
handlens=$(realpath "$2")
shift 2

# The line of TESTLIST called $1 goes into: capture, expected, options.
find_line() {
  local name
  while read -r name capture expected options; do
    if [[ $name == "$1" ]]; then return; fi
  done < <(grep -vE '^[[:space:]]*(#|$)' "$golden/TESTLIST")
  echo "run_golden.sh: TESTLIST has no line called $1" >&2
  exit 2
}

# A first option that is a word is a command, and goes before the file.
run_line() {
  local -a words arguments
  read -r -a words <<<"$options"
  if ((${#words[@]} > 0)) && [[ ${words[0]} != -* ]]; then
    arguments=("${words[0]}" "$capture" "${words[@]:1}")
  else
    arguments=("$capture" "${words[@]}")
  fi
  local status=0
  (
    cd "$pcaps"
    env -i PATH="$PATH" TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 TERM=dumb COLUMNS=100 \
      ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
      "$handlens" "${arguments[@]}"
  ) >"$work/raw" 2>"$work/errors" || status=$?
  # "handlens":{"version":...,"libpcap":...,"openssl":...}: on one line in NDJSON, on several in --json.
  sed -E -e 's/("handlens": ?)\{[^}]*\}/\1{}/' -e '/"handlens": ?\{$/,/\}/{/"handlens"/!{/\}/!d}}' "$work/raw" >"$work/output"
  if ((status != 0)); then echo "exit status $status" >>"$work/output"; fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for name in "$@"; do
  find_line "$name"
  run_line
  wanted=$golden/expected/$expected
  case $mode in
    print) cat "$work/output" ;;
    update)
      touch "$wanted"
      diff -u --label "before: $expected" --label "now: $expected" "$wanted" "$work/output" || true
      cp "$work/output" "$wanted"
      ;;
    check)
      if [[ ! -e $wanted ]]; then
        echo "$name: there is no expected/$expected; read what 'run_golden.sh print' shows, then tools/update_golden.sh $name"
        failed=1
      elif ! diff -u --label "expected/$expected" --label "handlens" "$wanted" "$work/output"; then
        cat "$work/errors"
        failed=1
      fi
      ;;
    *)
      echo "run_golden.sh: no mode is called $mode" >&2
      exit 2
      ;;
  esac
done
exit "$failed"
