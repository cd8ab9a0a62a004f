#!/usr/bin/env bash
# Installs the Debian packages handlens needs.
#   tools/install_dependencies.sh [build|test]
#     build   what compiles the program (default)
#     test    that, and what the tests, the fuzz targets and the lint tools need
# Uses sudo when not root. Asks apt for nothing, and needs no network, when every package is there already.
set -euo pipefail

build_packages=(
  g++ cmake ninja-build pkg-config
  libpcap-dev libssl-dev zlib1g-dev libzstd-dev liblz4-dev
  nlohmann-json3-dev libcli11-dev libfmt-dev
)
# dpkg-dev and file are for the Debian packages; groff-base, mandoc and the shells read what handlens writes for them.
# clang-14 and its run-time library are for libFuzzer; llvm-14 makes the stacks of a crash readable. python3-jsonschema applies
# `handlens schema` to every record; openssl, iproute2 and util-linux are for the live test.
test_packages=(
  libgtest-dev libgmock-dev
  clang-14 libclang-rt-14-dev llvm-14 clang-format-14
  python3 python3-jsonschema
  openssl iproute2 util-linux
  dpkg-dev file groff-base mandoc zsh fish
)

case "${1:-build}" in
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
  *)
    echo "usage: tools/install_dependencies.sh [build|test]" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null; then
  echo "install_dependencies.sh: no apt-get here. The packages, by their Debian names: ${wanted[*]}" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  # dpkg-query prints one state per architecture of the package; any installed one will do.
  [[ $state == *installed* && $state != *not-installed* ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "install_dependencies.sh: all ${#wanted[@]} packages are installed"
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install_dependencies.sh: run this as root, or install sudo. Missing: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "install_dependencies.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
