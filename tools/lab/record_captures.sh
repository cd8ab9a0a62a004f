#!/usr/bin/env bash
# Records the captures of pcaps/ that come from real TCP and TLS stacks.
#   tools/lab/record_captures.sh [NAME...]      all of them, or those named (see the list at the end)
# Needs root. Works in two network namespaces of its own, hl-c (client) and hl-s (server), joined by a veth pair; takes them
# away again however it ends, and touches nothing else. Every address and name is one reserved for documentation.
# A new recording has new times, keys and random numbers: the goldens that show them change with it (tools/update_golden.sh).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pcaps=$(cd "$here/../../pcaps" && pwd)
actors=$here/actors.py
python=/usr/bin/python3
server=192.0.2.80
server6=2001:db8::80
port=8443
name=www.example.com

if ((EUID != 0)); then
  echo "record_captures.sh: network namespaces need root" >&2
  exit 1
fi

work=$(mktemp -d)
server_pid=
cleanup() {
  stop_server
  ip netns pids hl-c 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
  ip netns pids hl-s 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
  ip netns delete hl-c 2>/dev/null || true
  ip netns delete hl-s 2>/dev/null || true
  rm -rf "$work"
}

on_client() { ip netns exec hl-c "$@"; }
on_server() { ip netns exec hl-s "$@"; }

make_network() {
  if ip netns list | grep -qE '^hl-[cs]\b'; then
    echo "record_captures.sh: namespaces hl-c or hl-s exist already; is another recording running?" >&2
    exit 1
  fi
  trap cleanup EXIT INT TERM
  ip netns add hl-c
  ip netns add hl-s
  ip -n hl-c link add hl-c0 address 02:00:00:00:00:10 type veth peer name hl-s0 address 02:00:00:00:00:80 netns hl-s
  ip -n hl-c address add 192.0.2.10/24 dev hl-c0
  ip -n hl-s address add $server/24 dev hl-s0
  ip -n hl-c address add 2001:db8::10/64 dev hl-c0 nodad
  ip -n hl-s address add $server6/64 dev hl-s0 nodad
  local ns
  for ns in c s; do
    ip -n hl-$ns link set lo up
    # Offloads would put packets into the capture that no wire carries: larger than the MTU, checksums not filled in.
    ip netns exec hl-$ns ethtool -K hl-${ns}0 tso off gso off gro off tx off rx off >/dev/null
    ip -n hl-$ns link set hl-${ns}0 up
  done
  # An address that nobody has, behind a door that nobody opens: SYNs are delivered and never answered.
  ip -n hl-c neighbour add 192.0.2.99 lladdr 02:00:00:00:00:99 dev hl-c0
  # A network that the server's side refuses to forward to.
  ip -n hl-c route add 198.51.100.0/24 via $server
  ip -n hl-s route add prohibit 198.51.100.0/24
  on_server sysctl -q -w net.ipv4.ip_forward=1
}

make_certificates() {
  cd "$work"
  mkfifo nothing
  exec 9<>nothing  # a standard input that never ends: s_server takes the end of its input for the order to stop
  local authority
  for authority in ca clientca otherca; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $authority.key -out $authority.crt \
      -days 3650 -subj "/O=Example Lab/CN=Example ${authority^}" 2>/dev/null
  done
  sign server ca "/CN=$name" "subjectAltName=DNS:$name,DNS:mail.example.com,IP:$server"
  sign client clientca "/CN=client.example.com" "extendedKeyUsage=clientAuth"
  sign stranger otherca "/CN=stranger.example.com" "extendedKeyUsage=clientAuth"
  # Expired on the day after its beginning, long ago.
  openssl req -newkey rsa:2048 -nodes -keyout expired.key -out expired.csr -subj "/CN=$name" 2>/dev/null
  : >index.txt
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=DNS:%s\n' "$name" >ca.cnf
  openssl ca -batch -config ca.cnf -cert ca.crt -keyfile ca.key -in expired.csr -out expired.crt -notext -extensions x \
    -startdate 20240101000000Z -enddate 20240102000000Z 2>/dev/null
}

sign() {  # NAME AUTHORITY SUBJECT EXTENSION
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$3" 2>/dev/null
  printf '%s\n' "$4" "basicConstraints=CA:FALSE" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 3000 -extfile "$1.ext" \
    -out "$1.crt" 2>/dev/null
}

start_server() {  # COMMAND...
  ip netns exec hl-s "$@" >"$work/server.log" 2>&1 <&9 &  # not on_server: the process itself is to be ended later
  server_pid=$!
  local _
  for _ in {1..100}; do
    if [[ -n $(on_server ss -Hltn) ]]; then return; fi
    sleep 0.05
  done
  echo "record_captures.sh: the server did not start: $*" >&2
  cat "$work/server.log" >&2
  return 1
}

stop_server() {
  if [[ -n $server_pid ]]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
  fi
}

# The two programs that most captures are made with.
s_server() {
  start_server openssl s_server -accept $port -cert server.crt -key server.key -www "$@"
}
s_client() {  # a request, and a moment for the answer
  { printf 'GET / HTTP/1.0\r\n\r\n'; sleep 0.4; } |
    on_client timeout 5 openssl s_client -connect "$server:$port" -servername $name -CAfile ca.crt -quiet "$@" \
      >"$work/client.log" 2>&1 || true
}
curl_client() { on_client curl --silent --max-time 5 --cacert ca.crt --resolve "$name:$port:$server" "$@" >"$work/client.log" 2>&1 || true; }
actor_client() { on_client timeout 10 "$python" "$actors" "$@" >"$work/client.log" 2>&1 || true; }
actor_server() { start_server "$python" "$actors" "$@"; }

tls12_full() { s_server -tls1_2; s_client -keylogfile "$pcaps/tls12_full.keys"; }
tls13_full() { s_server -alpn h2,http/1.1; s_client -alpn h2,http/1.1 -keylogfile "$pcaps/tls13_full.keys"; }
tls13_curl() { s_server; curl_client "https://$name:$port/"; }
tls12_resumed_session_id() {
  s_server -tls1_2 -no_ticket
  s_client -no_ticket -sess_out session; s_client -no_ticket -sess_in session
}
tls12_resumed_ticket() { s_server -tls1_2; s_client -sess_out session; s_client -sess_in session; }
tls13_resumed_psk() { s_server; s_client -sess_out session; s_client -sess_in session; }
tls13_early_data() {
  start_server openssl s_server -accept $port -cert server.crt -key server.key -early_data
  printf 'GET / HTTP/1.0\r\n\r\n' >early
  s_client -no_ign_eof -sess_out session; s_client -no_ign_eof -sess_in session -early_data early
}
tls13_hrr() { s_server -tls1_3 -groups P-256:P-384; s_client -groups X25519:P-256; }
tls13_chacha_p256() { s_server -groups P-256; s_client -groups P-256 -ciphersuites TLS_CHACHA20_POLY1305_SHA256; }
tls13_gnutls() {
  start_server gnutls-serv --port $port --x509certfile server.crt --x509keyfile server.key --http --quiet
  { printf 'GET / HTTP/1.0\r\n\r\n'; sleep 0.4; } | on_client timeout 5 gnutls-cli --port $port --x509cafile ca.crt \
    --sni-hostname $name --verify-hostname $name $server >"$work/client.log" 2>&1 || true
}
tls13_gnutls_unknown_ca() {
  start_server gnutls-serv --port $port --x509certfile server.crt --x509keyfile server.key --http --quiet
  on_client timeout 5 gnutls-cli --port $port --x509cafile otherca.crt --sni-hostname $name --verify-hostname $name \
    $server >"$work/client.log" 2>&1 </dev/null || true
}
ipv6_tls13() {
  s_server
  { printf 'GET / HTTP/1.0\r\n\r\n'; sleep 0.4; } | on_client timeout 5 openssl s_client -connect "[$server6]:$port" \
    -servername $name -CAfile ca.crt -quiet >"$work/client.log" 2>&1 || true
}
tls12_dhe_cbc() { s_server -tls1_2 -cipher DHE-RSA-AES256-SHA256; s_client -cipher DHE-RSA-AES256-SHA256; }
tls12_rsa_key_exchange() { s_server -tls1_2 -cipher AES128-GCM-SHA256; s_client -cipher AES128-GCM-SHA256; }

mtls12_full() { s_server -tls1_2 -CAfile clientca.crt -Verify 2 -verify_return_error; s_client -cert client.crt -key client.key; }
mtls13_full() { s_server -CAfile clientca.crt -Verify 2 -verify_return_error; s_client -cert client.crt -key client.key; }
mtls12_missing_client_certificate() { s_server -tls1_2 -CAfile clientca.crt -Verify 2 -verify_return_error; s_client; }
mtls13_missing_client_certificate() { s_server -CAfile clientca.crt -Verify 2 -verify_return_error; s_client; }
mtls12_unknown_client_ca() {
  s_server -tls1_2 -CAfile clientca.crt -Verify 2 -verify_return_error
  s_client -cert stranger.crt -key stranger.key
}

tls12_alert_unknown_ca() { s_server -tls1_2; s_client -CAfile otherca.crt -verify_return_error; }
tls13_alert_unknown_ca() { s_server; s_client -CAfile otherca.crt -verify_return_error; }
tls12_alert_expired() {
  start_server openssl s_server -accept $port -cert expired.crt -key expired.key -www -tls1_2
  s_client -verify_return_error
}
tls12_wrong_hostname_curl() {
  s_server -tls1_2
  on_client curl --silent --max-time 5 --cacert ca.crt --resolve "wrong.example.org:$port:$server" \
    "https://wrong.example.org:$port/" >"$work/client.log" 2>&1 || true
}
tls12_no_common_cipher() { s_server -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256; s_client -tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305; }
tls_protocol_version() { s_server -tls1_3; s_client -tls1_2; }
tls13_no_common_group() { s_server -groups P-521; s_client -tls1_3 -groups X25519; }
alpn_mismatch() { s_server -alpn h2; s_client -alpn imap; }
sni_unrecognized() {
  s_server -servername mail.example.com -servername_fatal -cert2 server.crt -key2 server.key
  s_client
}

smtp_starttls() { actor_server smtp --port 25; smtp_client; }
smtp_starttls_refused() { actor_server smtp --port 25 --refuse; smtp_client; }
smtp_client() {
  { printf 'EHLO client.example.com\r\nQUIT\r\n'; sleep 0.4; } | on_client timeout 5 openssl s_client -connect $server:25 \
    -starttls smtp -name client.example.com -servername mail.example.com -CAfile ca.crt -quiet >"$work/client.log" 2>&1 || true
}
http_connect() { behind_proxy connect-proxy 3128; curl_client -x "http://$server:3128" "https://$name:$port/"; }
http_connect_refused() { actor_server connect-proxy --port 3128 --refuse; curl_client -x "http://$server:3128" "https://$name:$port/"; }
socks5() { behind_proxy socks5-proxy 1080; curl_client --socks5-hostname "$server:1080" "https://$name:$port/"; }
behind_proxy() {  # ROLE PORT: the proxy, and behind it a server of which the client sees nothing
  s_server
  ip netns exec hl-s "$python" "$actors" "$1" --port "$2" >"$work/proxy.log" 2>&1 </dev/null &
  sleep 0.5
}
plain_http_on_tls_port() { actor_server plain-http; s_client; }
http_to_tls_port() { s_server; curl_client "http://$name:$port/"; }
ssh_banner() { actor_server banner; s_client; }

refused() { s_client; }
no_answer() { on_client timeout 4 openssl s_client -connect 192.0.2.99:$port >"$work/client.log" 2>&1 </dev/null || true; }
prohibited_by_router() { on_client timeout 2 openssl s_client -connect 198.51.100.7:443 >"$work/client.log" 2>&1 </dev/null || true; }
client_rst_after_handshake() { actor_server silent; actor_client reset-at-once; sleep 0.2; }
server_rst_after_client_hello() { actor_server rst-after-hello; s_client; }
server_fin_after_client_hello() { actor_server fin-after-hello; s_client; }
server_fin_before_client_hello() { actor_server fin-at-once; actor_client pause-before-hello --pause 0.3; }
server_silent_after_client_hello() { actor_server silent; actor_client hello-then-wait --seconds 4; }
pause_before_client_hello() { s_server; actor_client pause-before-hello --pause 1.5; }
split_client_hello() { s_server; actor_client split-hello --pieces 3; }
large_client_hello() { s_server; actor_client split-hello --large; }
close_without_close_notify() { actor_server no-goodbye --tls12; s_client; }

all=(
  tls12_full tls13_full tls13_curl tls12_resumed_session_id tls12_resumed_ticket tls13_resumed_psk tls13_early_data tls13_hrr
  tls13_chacha_p256 tls13_gnutls tls13_gnutls_unknown_ca ipv6_tls13 tls12_dhe_cbc tls12_rsa_key_exchange
  mtls12_full mtls13_full mtls12_missing_client_certificate mtls13_missing_client_certificate mtls12_unknown_client_ca
  tls12_alert_unknown_ca tls13_alert_unknown_ca tls12_alert_expired tls12_wrong_hostname_curl tls12_no_common_cipher
  tls_protocol_version tls13_no_common_group alpn_mismatch sni_unrecognized
  smtp_starttls smtp_starttls_refused http_connect http_connect_refused socks5
  plain_http_on_tls_port http_to_tls_port ssh_banner
  refused no_answer prohibited_by_router client_rst_after_handshake server_rst_after_client_hello
  server_fin_after_client_hello server_fin_before_client_hello server_silent_after_client_hello pause_before_client_hello
  split_client_hello large_client_hello close_without_close_notify
)

record() {  # NAME
  rm -f "$pcaps/$1.keys"
  : >"$work/tcpdump.log"
  ip netns exec hl-c tcpdump -i hl-c0 -n -s 0 -U -Z root --immediate-mode -w "$work/capture.pcap" 'tcp or icmp' 2>"$work/tcpdump.log" &
  local tcpdump_pid=$! _
  for _ in {1..100}; do
    if grep -q 'listening on' "$work/tcpdump.log"; then break; fi
    sleep 0.05
  done
  "$1"
  sleep 0.3
  kill "$tcpdump_pid"
  wait "$tcpdump_pid" || true
  stop_server
  ip netns pids hl-s | xargs --no-run-if-empty kill 2>/dev/null || true
  mv "$work/capture.pcap" "$pcaps/$1.pcap"
  chmod 644 "$pcaps/$1.pcap"
  echo "$1: $(tcpdump -nr "$pcaps/$1.pcap" 2>/dev/null | wc -l) packets"
}

wanted=("$@")
if ((${#wanted[@]} == 0)); then wanted=("${all[@]}"); fi
for one in "${wanted[@]}"; do
  if [[ " ${all[*]} " != *" $one "* ]]; then
    echo "record_captures.sh: no capture is called $one; there are: ${all[*]}" >&2
    exit 2
  fi
done
make_network
make_certificates
for one in "${wanted[@]}"; do record "$one"; done
