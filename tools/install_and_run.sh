#!/usr/bin/env bash
# Installs what handlens needs, builds it, and runs it with the arguments given here.
#   tools/install_and_run.sh pcaps/founding_story.pcap
# Everything but the program's own output goes to standard error; the exit code is the program's.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$repository/.build/release"

if (($# == 0)); then
  echo "usage: tools/install_and_run.sh FILE... (any arguments of handlens)" >&2
  exit 2
fi

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
(
  "$repository/tools/install_dependencies.sh" build
  cd "$repository"
  cmake --preset release -DHANDLENS_TESTS=OFF "${launcher[@]}"
  cmake --build "$build"
) >&2
exec "$build/handlens" "$@"
