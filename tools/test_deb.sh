#!/usr/bin/env bash
# Installs a built Debian package of handlens into a root folder that holds a Debian system, and runs the program there.
#   tools/test_deb.sh DEB ROOT [CAPTURE]
#     DEB      handlens_VERSION_ARCHITECTURE.deb, as `cpack -G DEB` in the build folder makes it
#     ROOT     the root folder; if it is not there, debootstrap makes a minimal Debian 12 in it, from the mirror that this
#              machine's own apt sources name
#     CAPTURE  what to analyse there (default: a capture of pcaps/)
# Needs root. The folder is left as it is, for a look at it.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if (($# < 2 || $# > 3)); then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
deb=$1 root=$2 capture=${3:-$repository/pcaps/founding_story.pcap}
if ((EUID != 0)); then
  echo "test_deb.sh: chroot needs root" >&2
  exit 1
fi

# The address of the first source of Debian itself, in either form of apt's lists.
mirror() {
  sed -nE 's/^URIs:[[:space:]]*([^[:space:]]*debian)\/?([[:space:]].*)?$/\1/p; s/^deb( \[[^]]*\])? ([^ ]*debian)\/? .*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true  # a list that is not there
}

if [[ ! -e $root/etc/debian_version ]]; then
  address=$(mirror)
  [[ -n $address ]] || { echo "test_deb.sh: the apt sources of this machine name no Debian mirror" >&2; exit 1; }
  debootstrap --variant=minbase bookworm "$root" "$address"
fi
# How this machine reaches the mirror (a proxy, say) is true in there as well.
mkdir -p "$root/etc/apt/apt.conf.d"
apt-config dump Acquire | grep -i proxy >"$root/etc/apt/apt.conf.d/90test-deb" || true
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

install -m 644 "$deb" "$root/tmp/handlens.deb"
install -m 644 "$capture" "$root/tmp/capture"
inside apt-get update --quiet
inside apt-get install --yes --quiet --no-install-recommends /tmp/handlens.deb
inside handlens --version
inside handlens /tmp/capture
inside handlens /tmp/capture --json | python3 -c 'import json, sys; json.load(sys.stdin)'
inside test -s /usr/share/bash-completion/completions/handlens -a -s /usr/share/zsh/vendor-completions/_handlens
inside apt-get remove --yes --quiet handlens
if inside test -e /usr/bin/handlens; then
  echo "test_deb.sh: the package leaves its program behind" >&2
  exit 1
fi
echo "test_deb.sh: installed, ran and was removed"
