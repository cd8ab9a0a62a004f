#!/usr/bin/env bash
# Installs what the tests need, builds handlens in every way it is tested, and runs every test:
#   dev       debug build, warnings are errors, all tests and the lint tools
#   asan      unit, property, golden and fuzz-smoke tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   fuzz      each fuzz target searches for FUZZ_SECONDS (default 10) with libFuzzer, under both sanitizers
#   install   release build, installed into an empty prefix, run from there on a capture; a program of its own is built with
#             the installed libraries; the Debian packages are built and looked into
# Every step runs even if one before it failed. The last line is "N passed, N failed": the tests of ctest, and each step
# that is not made of tests as one. The exit code is 0 only if nothing failed.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository" || exit 1
jobs=$(nproc)
fuzz_seconds=${FUZZ_SECONDS:-10}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0
failures=()

# The sanitizers of gcc 12 and clang 14 cannot place their shadow memory when the kernel randomises addresses with more than
# 28 bits; without randomisation they can.
plain_addresses=()
if (($(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0) > 28)) && setarch "$(uname -m)" -R true 2>/dev/null; then
  plain_addresses=(setarch "$(uname -m)" -R)
fi

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi

say() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

note_failure() {
  failed=$((failed + $2))
  failures+=("$1")
}

# step NAME COMMAND...: one thing that passes or fails.
step() {
  local name=$1
  shift
  say "$name"
  if "$@"; then
    passed=$((passed + 1))
  else
    note_failure "$name" 1
    return 1
  fi
}

# tests NAME CTEST-ARGUMENT...: a ctest run, each of its tests counted. Finding no test at all is a failure.
tests() {
  local name=$1 log="$scratch/ctest.log" code total bad
  shift
  say "$name"
  "${plain_addresses[@]}" ctest --output-on-failure --no-tests=error --parallel "$jobs" "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  # ctest's closing line: "97% tests passed, 3 tests failed out of 100"
  read -r bad total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log" | tail -n 1)
  if [[ -z ${total:-} ]]; then
    note_failure "$name" 1
    return 1
  fi
  passed=$((passed + total - bad))
  if ((bad > 0)); then
    note_failure "$name: $bad of $total tests:$(sed -nE 's/^[[:space:]]+([0-9]+ - .*)[[:space:]]\(Failed\|Timeout.*|^[[:space:]]+([0-9]+ - .*) \((Failed|Timeout|Not Run|SEGFAULT|Subprocess).*/\n  \1\2/p' "$log")" "$bad"
  elif ((code != 0)); then
    note_failure "$name: ctest ended with $code" 1
  fi
}

# configure_and_build PRESET CMAKE-ARGUMENT...: into .build/PRESET
configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset" "${launcher[@]}" "$@" &&
    "${plain_addresses[@]}" cmake --build --preset "$preset" --parallel "$jobs"
}

# The tests that are worth a second run under the sanitizers.
sanitized='^(unit|property|golden|fuzz-smoke)$'

# The program as a user has it: away from its build directory.
prefix="$scratch/prefix"
install_test() {
  local capture=pcaps/founding_story.pcap file
  cmake --install .build/release --prefix "$prefix" || return 1
  local program="$prefix/bin/handlens"
  "$program" --version || return 1
  "$program" "$capture" || return 1
  for file in man/man1/handlens.1 bash-completion/completions/handlens zsh/site-functions/_handlens \
    fish/vendor_completions.d/handlens.fish; do
    [[ -s $prefix/share/$file ]] || { echo "share/$file is not installed" && return 1; }
  done
  "$program" "$capture" --ndjson | python3 -c '
import json, sys
records = [json.loads(line) for line in sys.stdin]
flows = [r for r in records if r["schema"] == "handlens.flow/1"]
if not flows or records[-1]["schema"] != "handlens.capture/1":
    sys.exit("the installed program did not print its records")
print(f"{len(flows)} flow records from the installed program")'
}

# The installed libraries as another program has them.
example_test() {
  local build="$scratch/example" printed
  cmake -S tools/example -B "$build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release "${launcher[@]}" &&
    cmake --build "$build" || return 1
  printed=$("$build/list_handshakes" pcaps/tls13_full.pcap && "$build/list_handshakes" pcaps/founding_story.pcap) || return 1
  [[ $printed == $'1 www.example.com ok at established\n1 - failed at tcp-open' ]] || {
    echo "the example printed: $printed" && return 1
  }
}

# What is in the packages, and what they ask for. Installing them takes another system: tools/test_deb.sh.
deb_test() {
  local folder="$scratch/deb" program development file name
  cpack --config .build/release/CPackConfig.cmake -G DEB -B "$folder" || return 1
  program=$(echo "$folder"/handlens_*.deb) development=$(echo "$folder"/handlens-dev_*.deb)
  dpkg-deb -I "$program" && dpkg-deb -I "$development" || return 1
  dpkg-deb -c "$program" >"$scratch/program" && dpkg-deb -c "$development" >"$scratch/development" || return 1
  for file in bin/handlens share/man/man1/handlens.1 share/doc/handlens/copyright share/bash-completion/completions/handlens \
    share/zsh/vendor-completions/_handlens share/fish/vendor_completions.d/handlens.fish; do
    grep -q " ./usr/$file\$" "$scratch/program" || { echo "not in the package: $file" && return 1; }
  done
  for file in lib/libhandlens_core.a lib/cmake/handlens/handlensConfig.cmake include/handlens/dissectors/byte_reader.h \
    include/handlens/src/engine/engine.h share/doc/handlens-dev/copyright; do
    grep -q " ./usr/$file\$" "$scratch/development" || { echo "not in the -dev package: $file" && return 1; }
  done
  if grep -E '\.(a|h|cmake)$' "$scratch/program"; then
    echo "the program's package holds files of the libraries" && return 1
  fi
  for name in libpcap libssl zlib1g libzstd libfmt libstdc++6 libc6; do
    dpkg-deb -f "$program" Depends | grep -q "$name" || { echo "the package does not depend on $name" && return 1; }
  done
}

step "dependencies" tools/install_dependencies.sh test || echo "going on with what is installed"

if step "dev: build" configure_and_build dev; then
  tests "dev: tests" --preset dev
fi
if step "asan: build" configure_and_build asan; then
  tests "asan: tests" --preset asan -L "$sanitized"
fi
if step "fuzz: build" configure_and_build fuzz -DHANDLENS_FUZZ_SECONDS="$fuzz_seconds"; then
  tests "fuzz: $fuzz_seconds s a target" --preset fuzz -L '^fuzz$'
fi
if step "install: build" configure_and_build release -DHANDLENS_TESTS=OFF; then
  if step "install: run" install_test; then
    step "install: a program that uses the libraries" example_test
  fi
  step "install: Debian packages" deb_test
fi

say "done"
for failure in "${failures[@]}"; do echo "failed: $failure"; done
echo "$passed passed, $failed failed"
((failed == 0))
