// What is in a busy capture beside the TLS connections of pcaps/: plain TCP, lone SYNs, and what is not TCP at all.
#pragma once
#include <cstdint>
#include <memory>

#include "tools/bench_gen/source.h"
#include "tools/bench_gen/talk.h"

namespace handlens::bench_gen {

[[nodiscard]] Source plain_http();      // a request and an answer; a download makes it longer
[[nodiscard]] Source unanswered_syn();  // one SYN
[[nodiscard]] Source refused_syn();     // one SYN, answered by RST,ACK
[[nodiscard]] std::unique_ptr<Talk> make_dns(std::uint64_t number, std::int64_t start_ns);  // question and answer
[[nodiscard]] std::unique_ptr<Talk> make_arp(std::uint64_t number, std::int64_t start_ns);  // the same
// UDP packets of the sizes and first bytes of a QUIC connection (RFC 9000 §17): a padded Initial, long headers of the
// server, then short headers from it until `size` bytes are sent. What stands behind the headers is noise.
[[nodiscard]] std::unique_ptr<Talk> make_quic(std::uint64_t number, std::uint64_t size, std::int64_t start_ns);

}  // namespace handlens::bench_gen
