#!/usr/bin/env bash
# Installs the Debian packages that the lab and record_captures.sh need. Run as root, or with sudo at hand.
set -euo pipefail

packages=(
  tcpdump iproute2 ethtool procps openssl gnutls-bin curl python3 iptables nftables nmap
  golang-go openjdk-17-jdk-headless libnss3-tools nginx-light haproxy keepalived g++
)

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
# Debian starts what serves as soon as it is installed; the lab starts its own and needs none of these.
for service in nginx haproxy keepalived; do
  if [[ " ${missing[*]} " == *" $service"* ]] && [[ -d /run/systemd/system ]]; then
    "${sudo[@]}" systemctl disable --now --quiet "$service" || true
  fi
done
