// The kinds of timeline events, in the words of the record contract (`events[].kind`).
// The text of a kind is stable API; the enumerators are not ordered by meaning.
#pragma once
#include <cstdint>
#include <string_view>

namespace handlens {

enum class EventKind : std::uint8_t {
  // TCP
  syn,
  syn_ack,
  ack,
  syn_retransmission,
  fin,
  rst,
  zero_window,
  retransmission,
  gap,
  icmp_unreachable,
  // TLS
  client_hello,
  hello_retry_request,
  server_hello,
  encrypted_extensions,
  certificate,
  compressed_certificate,
  certificate_status,
  server_key_exchange,
  certificate_request,
  server_hello_done,
  client_key_exchange,
  certificate_verify,
  change_cipher_spec,
  finished,
  new_session_ticket,
  key_update,
  end_of_early_data,
  hello_request,
  next_protocol,
  certificate_url,
  supplemental_data,
  hello_verify_request,
  encrypted_handshake,
  encrypted_record,
  alert,
  encrypted_alert,
  application_data,
  heartbeat,
  // before TLS, or instead of it
  plaintext,
  starttls,
  proxy_connect,
  // our own bounds
  limit_reached,
  count_
};
[[nodiscard]] std::string_view to_text(EventKind kind);  // "client-hello"

}  // namespace handlens
