// Which event ended a flow: the first abnormal one, not what followed from it.
#pragma once
#include <cstdint>
#include <optional>

#include "src/findings/finding.h"

namespace handlens {

// A reset after which the connection went on: it ended nothing.
[[nodiscard]] bool is_outlived(const FlowReport& flow, std::uint64_t rst_frame);

// The first event that ends the flow; nullptr: none was captured. A reset that the connection outlived is none, and an
// ICMP error is one only if nothing but repetitions follows it. `established`: then a goodbye is no failure. What a
// side sent counts in the order in which it was sent: an alert in front of its FIN or reset is first, if captured late.
[[nodiscard]] const Event* find_ending(const FlowReport& flow, bool established);

// Whether an event of packet `frame` was sent before that FIN or reset, although it was captured after it.
[[nodiscard]] bool is_sent_behind(const FlowReport& flow, std::uint64_t close_frame, std::uint64_t frame);

// TLS 1.3: the client has finished, and the server, which had asked it for a certificate, sends a record of alert size
// and nothing else, or a reset at once. That is how a refusal looks without keys: the server judges the certificate
// only after the client believes to be done (RFC 8446 §4.4.2.4). Returns that record or reset, else nullptr.
[[nodiscard]] const Event* find_refusal_of_client(const FlowReport& flow);

// More than SYNs and resets of the client without any answer: the other direction was not captured.
[[nodiscard]] bool client_goes_on_unanswered(const FlowReport& flow);
// Nothing but SYNs, whatever they carried (RFC 7413): TCP did not open.
[[nodiscard]] bool is_only_syns(const FlowReport& flow);

// Bytes of the handshake are not in the capture, so that how far it came before packet `end` cannot be told: they are
// missing amid it, or in front of it, and what came behind them was read too late or from the wrong place.
[[nodiscard]] bool misses_handshake(const FlowReport& flow, std::optional<std::uint64_t> end);

// A ClientHello had begun when its direction ended.
[[nodiscard]] bool has_part_of_hello(const FlowReport& flow);

// What the server (of TLS) said after the client's Finished, as far as its records show.
enum class Answer : std::uint8_t { none, alert_sized, something };
[[nodiscard]] Answer answer_to_finished(const FlowReport& flow);

}  // namespace handlens
