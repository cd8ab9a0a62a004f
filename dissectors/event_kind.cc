#include "dissectors/event_kind.h"

namespace handlens {

std::string_view to_text(EventKind kind) {
  switch (kind) {
    case EventKind::syn:
      return "syn";
    case EventKind::syn_ack:
      return "syn-ack";
    case EventKind::ack:
      return "ack";
    case EventKind::syn_retransmission:
      return "syn-retransmission";
    case EventKind::fin:
      return "fin";
    case EventKind::rst:
      return "rst";
    case EventKind::zero_window:
      return "zero-window";
    case EventKind::retransmission:
      return "retransmission";
    case EventKind::gap:
      return "gap";
    case EventKind::icmp_unreachable:
      return "icmp-unreachable";
    case EventKind::client_hello:
      return "client-hello";
    case EventKind::hello_retry_request:
      return "hello-retry-request";
    case EventKind::server_hello:
      return "server-hello";
    case EventKind::encrypted_extensions:
      return "encrypted-extensions";
    case EventKind::certificate:
      return "certificate";
    case EventKind::compressed_certificate:
      return "compressed-certificate";
    case EventKind::certificate_status:
      return "certificate-status";
    case EventKind::server_key_exchange:
      return "server-key-exchange";
    case EventKind::certificate_request:
      return "certificate-request";
    case EventKind::server_hello_done:
      return "server-hello-done";
    case EventKind::client_key_exchange:
      return "client-key-exchange";
    case EventKind::certificate_verify:
      return "certificate-verify";
    case EventKind::change_cipher_spec:
      return "change-cipher-spec";
    case EventKind::finished:
      return "finished";
    case EventKind::new_session_ticket:
      return "new-session-ticket";
    case EventKind::key_update:
      return "key-update";
    case EventKind::end_of_early_data:
      return "end-of-early-data";
    case EventKind::hello_request:
      return "hello-request";
    case EventKind::next_protocol:
      return "next-protocol";
    case EventKind::certificate_url:
      return "certificate-url";
    case EventKind::supplemental_data:
      return "supplemental-data";
    case EventKind::hello_verify_request:
      return "hello-verify-request";
    case EventKind::encrypted_handshake:
      return "encrypted-handshake";
    case EventKind::encrypted_record:
      return "encrypted-record";
    case EventKind::alert:
      return "alert";
    case EventKind::encrypted_alert:
      return "encrypted-alert";
    case EventKind::application_data:
      return "application-data";
    case EventKind::heartbeat:
      return "heartbeat";
    case EventKind::plaintext:
      return "plaintext";
    case EventKind::starttls:
      return "starttls";
    case EventKind::proxy_connect:
      return "proxy-connect";
    case EventKind::limit_reached:
      return "limit-reached";
    case EventKind::count_:
      break;
  }
  return "unknown";
}

}  // namespace handlens
