#!/usr/bin/env bash
# CPU time (user + system) of handlens on captures, beside a libpcap loop that does nothing and, if it is installed, tshark.
#   tests/bench/measure.sh FILE...
#   HANDLENS=path  the program (default .build/release/handlens)
#   RUNS=5         runs of each program; the median counts
#   TSHARK_RUNS=1  runs of tshark, which takes minutes on a large capture; 0 leaves it out
# The programs take turns, so that a slow minute of the machine strikes all of them. Ratios travel from one machine to
# another; seconds do not.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
handlens=${HANDLENS:-$repository/.build/release/handlens}
runs=${RUNS:-5}
tshark_runs=${TSHARK_RUNS:-1}

if (($# == 0)); then
  echo "usage: tests/bench/measure.sh FILE..." >&2
  exit 2
fi
if [[ ! -x $handlens ]]; then
  echo "measure.sh: $handlens is not there; build it with: cmake --preset release && cmake --build --preset release" >&2
  exit 2
fi
command -v tshark >/dev/null || tshark_runs=0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${CXX:-g++}" -O2 "$repository/tests/bench/noop_libpcap.cc" -lpcap -o "$scratch/noop"

# cpu_milliseconds COMMAND...: user + system time of one run, in milliseconds. A failing command ends the measurement.
cpu_milliseconds() {
  local times
  local TIMEFORMAT='%3U %3S'
  if ! times=$( { time "$@" >/dev/null 2>"$scratch/stderr"; } 2>&1 ); then
    echo "measure.sh: failed: $*" >&2
    cat "$scratch/stderr" >&2
    return 1
  fi
  awk '{printf "%d\n", ($1 + $2) * 1000}' <<<"$times"
}

run_once() {
  local program=$1 file=$2
  case "$program" in
    noop) cpu_milliseconds "$scratch/noop" "$file" ;;
    ndjson) cpu_milliseconds "$handlens" "$file" --ndjson ;;
    text) cpu_milliseconds "$handlens" "$file" ;;
    tshark) cpu_milliseconds tshark -n -r "$file" -Y tls.handshake -T fields -e frame.number -e tls.handshake.type ;;
  esac
}

median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

for file in "$@"; do
  rm -f "$scratch"/*.times
  for ((run = 1; run <= runs; ++run)); do
    programs=(noop ndjson text)
    if ((run <= tshark_runs)); then programs+=(tshark); fi
    for program in "${programs[@]}"; do
      cat "$file" >/dev/null # into the page cache: disks are not what is measured
      milliseconds=$(run_once "$program" "$file")
      echo "$milliseconds" >>"$scratch/$program.times"
    done
  done
  echo "$file, $(stat --format=%s "$file") bytes, median of $runs:"
  noop=$(median "$scratch/noop.times")
  for program in noop ndjson text tshark; do
    [[ -s $scratch/$program.times ]] || continue
    awk -v name="$program" -v ms="$(median "$scratch/$program.times")" -v noop="$noop" -v n="$(wc -l <"$scratch/$program.times")" \
      'BEGIN {printf "  %-8s %9.3f s   %8.2f x noop   (%d runs)\n", name, ms / 1000, (noop > 0 ? ms / noop : 0), n}'
  done
done
