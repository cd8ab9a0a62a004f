#!/usr/bin/env bash
# Installs the Debian packages that the lab and record_captures.sh need. Run as root, or with sudo at hand.
set -euo pipefail

packages=(tcpdump iproute2 ethtool procps openssl gnutls-bin curl python3 iptables nftables nmap)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi
sudo=()
if ((EUID != 0)); then
  sudo=(sudo)
fi
"${sudo[@]}" apt-get update
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
