#include "dissectors/tls_handshake.h"

#include <algorithm>
#include <utility>

#include "dissectors/certificate_cache.h"
#include "dissectors/tls_dissect.h"
#include "dissectors/tls_record.h"

namespace handlens::tls {
namespace {

constexpr std::size_t kHeaderSize = 4;
constexpr std::uint8_t kCertificate = 11;
// Longer than any message but a certificate chain: the bytes are not a message header.
constexpr std::uint32_t kLongestOther = 0x40000;

std::uint32_t message_length(ByteView header) {
  return (static_cast<std::uint32_t>(header[1]) << 16) | (static_cast<std::uint32_t>(header[2]) << 8) | header[3];
}

EventKind kind_of(std::uint8_t type) {
  switch (type) {
    case 0:
      return EventKind::hello_request;
    case 1:
      return EventKind::client_hello;
    case 2:
      return EventKind::server_hello;
    case 3:
      return EventKind::hello_verify_request;
    case 4:
      return EventKind::new_session_ticket;
    case 5:
      return EventKind::end_of_early_data;
    case 6:
      return EventKind::hello_retry_request;
    case 8:
    case 203:
      return EventKind::encrypted_extensions;
    case 11:
      return EventKind::certificate;
    case 12:
      return EventKind::server_key_exchange;
    case 13:
      return EventKind::certificate_request;
    case 14:
      return EventKind::server_hello_done;
    case 15:
      return EventKind::certificate_verify;
    case 16:
      return EventKind::client_key_exchange;
    case 20:
      return EventKind::finished;
    case 21:
      return EventKind::certificate_url;
    case 22:
      return EventKind::certificate_status;
    case 23:
      return EventKind::supplemental_data;
    case 24:
      return EventKind::key_update;
    case 25:
      return EventKind::compressed_certificate;
    case 67:
      return EventKind::next_protocol;
    default:
      return EventKind::encrypted_handshake;
  }
}

template <class Hello>
std::unique_ptr<SeenHello<Hello>> seen(const HandshakeMessage& message, Hello&& hello) {
  auto out = std::make_unique<SeenHello<Hello>>();
  out->stamp = message.stamp;
  out->first_frame = message.first_frame;
  out->size = static_cast<std::uint32_t>(message.body.size());
  out->segments = message.segments;
  out->records = message.records;
  out->record_version = message.record_version;
  out->hello = std::forward<Hello>(hello);
  return out;
}

void keep_client_hello(const HandshakeMessage& message, TlsFacts& facts, ParseError& error) {
  if (!facts.client) facts.client = message.from;
  ClientHello hello = dissect_client_hello(message.body, error);
  if (hello.extension_error.failed() && !error.failed()) error = hello.extension_error;
  if (!facts.client_hello) {
    facts.client_hello = seen(message, std::move(hello));
  } else if (facts.hello_retry_request && !facts.second_client_hello) {
    facts.second_client_hello = seen(message, std::move(hello));
  }
}

// Returns true for a HelloRetryRequest.
bool keep_server_hello(const HandshakeMessage& message, Negotiation& negotiation, TlsFacts& facts, ParseError& error) {
  if (!facts.client) facts.client = opposite(message.from);
  constexpr std::uint8_t kDraftHelloRetryRequest = 6;
  ServerHello hello = message.type == kDraftHelloRetryRequest ? dissect_draft_hello_retry_request(message.body, error)
                                                              : dissect_server_hello(message.body, error);
  if (hello.extension_error.failed() && !error.failed()) error = hello.extension_error;
  const bool retry = hello.hello_retry_request || message.type == kDraftHelloRetryRequest;
  if (hello.version != 0 || retry) {
    negotiation.known = true;
    negotiation.version = hello.version;
    negotiation.tls13 = retry || is_tls13_family(hello.version);
    negotiation.cipher_suite = hello.cipher_suite;
    negotiation.encrypt_then_mac = hello.encrypt_then_mac;
  }
  auto& place = retry ? facts.hello_retry_request : facts.server_hello;
  if (!place) place = seen(message, std::move(hello));
  return retry;
}

void keep_chain(const HandshakeMessage& message, const TlsLimits& limits, bool tls13, TlsFacts& facts,
                ParseError& error) {
  TlsFacts::Chain& chain = facts.chains[index(message.from)];
  if (chain.seen) return;
  const CertificateList list = dissect_certificate_list(message.body, tls13, error);
  chain.seen = true;
  chain.stamp = message.stamp;
  chain.truncated = list.lists_truncated || error.failed();
  chain.certificates.reserve(list.der.size());
  for (const ByteView der : list.der) {
    chain.certificates.push_back(cached_certificate(der));
    if (!limits.keep_certificate_der) continue;
    Certificate with_der = *chain.certificates.back();
    with_der.der.assign(der.begin(), der.end());
    chain.certificates.back() = std::make_shared<const Certificate>(std::move(with_der));
  }
}

// The messages between the hellos and ChangeCipherSpec.
void keep_exchange(const HandshakeMessage& message, const Negotiation& negotiation, TlsFacts& facts,
                   ParseError& error) {
  const bool from_client = facts.client && *facts.client == message.from;
  switch (message.type) {
    case 4:
      if (!facts.new_session_ticket) facts.new_session_ticket = dissect_new_session_ticket(message.body, error);
      break;
    case 12:
      if (!facts.server_key_exchange) {
        facts.server_key_exchange =
            dissect_server_key_exchange(message.body, negotiation.cipher_suite, negotiation.version, error);
      }
      break;
    case 13:
      if (!facts.certificate_request) {
        facts.certificate_request = dissect_certificate_request(message.body, negotiation.version, error);
      }
      break;
    case 14:
      facts.server_hello_done = true;
      break;
    case 15:
      if (from_client && !facts.certificate_verify) {
        facts.certificate_verify = dissect_certificate_verify(message.body, negotiation.version, error);
      }
      break;
    case 16:
      if (!facts.client_key_exchange) {
        facts.client_key_exchange = dissect_client_key_exchange(message.body, negotiation.cipher_suite, error);
      }
      break;
    case 22:
      if (!facts.certificate_status) facts.certificate_status = dissect_certificate_status(message.body, error);
      break;
    default:
      break;
  }
}

}  // namespace

void HandshakeJoiner::on_record(ByteView fragment, std::uint64_t first_frame, std::uint64_t arrival,
                                std::uint16_t version) {
  if (delivered_) clear();
  fragment_ = fragment;
  record_frame_ = first_frame;
  record_arrival_ = arrival;
  record_version_ = version;
  if (!buffer_.empty() && records_ < UINT16_MAX) ++records_;
}

void HandshakeJoiner::clear() {
  buffer_.clear();
  fragment_ = {};
  delivered_ = false;
  records_ = 0;
  skip_ = 0;
}

void HandshakeJoiner::pass_over() {
  const std::size_t n = std::min<std::size_t>(skip_, fragment_.size());
  fragment_ = fragment_.subspan(n);
  skip_ -= static_cast<std::uint32_t>(n);
}

HandshakeJoiner::Next HandshakeJoiner::check_header(ByteView header, std::uint32_t limit) {
  const std::uint32_t length = message_length(header);
  if (!is_handshake_type(header[0]) || (length > kLongestOther && header[0] != kCertificate)) {
    rejected_size_ = static_cast<std::uint32_t>(buffer_.size() + fragment_.size());
    clear();
    return Next::not_a_message;
  }
  if (length > limit) {
    rejected_size_ = length;
    // What is buffered of it is at most its header; next() passes over the rest.
    skip_ = static_cast<std::uint32_t>(kHeaderSize + length - buffer_.size());
    buffer_.clear();
    return Next::too_large;
  }
  return Next::message;
}

void HandshakeJoiner::fill(HandshakeMessage& message, ByteView whole) const {
  message.type = whole[0];
  message.body = whole.subspan(kHeaderSize);
  message.first_frame = first_frame_;
  message.first_arrival = first_arrival_;
  message.records = records_;
  message.record_version = message_version_;
}

HandshakeJoiner::Next HandshakeJoiner::next(std::uint32_t limit, HandshakeMessage& message) {
  if (delivered_) {
    buffer_.clear();
    delivered_ = false;
  }
  if (!buffer_.empty()) return next_joined(limit, message);
  if (skip_ != 0) pass_over();
  if (fragment_.empty()) return Next::need_more;
  first_frame_ = record_frame_;
  first_arrival_ = record_arrival_;
  message_version_ = record_version_;
  records_ = 1;
  if (fragment_.size() >= kHeaderSize) {
    if (const Next bad = check_header(fragment_, limit); bad != Next::message) return bad;
    const std::size_t whole = kHeaderSize + message_length(fragment_);
    if (whole <= fragment_.size()) {
      fill(message, fragment_.first(whole));
      fragment_ = fragment_.subspan(whole);
      return Next::message;
    }
  }
  buffer_.assign(fragment_.begin(), fragment_.end());
  fragment_ = {};
  return Next::need_more;
}

HandshakeJoiner::Next HandshakeJoiner::next_joined(std::uint32_t limit, HandshakeMessage& message) {
  const auto take = [this](std::size_t wanted) {
    if (buffer_.size() >= wanted) return;
    const std::size_t n = std::min(wanted - buffer_.size(), fragment_.size());
    buffer_.insert(buffer_.end(), fragment_.begin(), fragment_.begin() + static_cast<std::ptrdiff_t>(n));
    fragment_ = fragment_.subspan(n);
  };
  const bool header_known = buffer_.size() >= kHeaderSize;
  take(kHeaderSize);
  if (buffer_.size() < kHeaderSize) return Next::need_more;
  if (!header_known) {
    if (const Next bad = check_header(buffer_, limit); bad != Next::message) return bad;
  }
  const std::size_t whole = kHeaderSize + message_length(buffer_);
  take(whole);
  if (buffer_.size() < whole) return Next::need_more;
  fill(message, buffer_);
  delivered_ = true;
  return Next::message;
}

TlsEvent keep_handshake_message(const HandshakeMessage& message, const TlsLimits& limits, Negotiation& negotiation,
                                TlsFacts& facts) {
  TlsEvent event;
  event.kind = kind_of(message.type);
  event.size = static_cast<std::uint32_t>(message.body.size());
  ParseError error;
  switch (message.type) {
    case 1:
      keep_client_hello(message, facts, error);
      break;
    case 2:
    case 6:
      if (keep_server_hello(message, negotiation, facts, error)) event.kind = EventKind::hello_retry_request;
      break;
    case 11:
      keep_chain(message, limits, negotiation.tls13, facts, error);
      break;
    default:
      keep_exchange(message, negotiation, facts, error);
      break;
  }
  if (error.failed()) {
    event.decode_failed = true;
    event.note = TlsEvent::Note::malformed_message;
    facts.malformed = true;
  }
  return event;
}

}  // namespace handlens::tls
