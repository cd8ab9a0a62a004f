// The small words that the texts share. Everything that comes from the wire is escaped for a terminal here.
#pragma once
#include <string>
#include <string_view>

#include "src/findings/finding.h"
#include "src/output/style.h"

namespace handlens {

// What a reader should look at first; the order of the summary.
enum class Attention { failed, warning, incomplete, not_tls, ok };
inline constexpr std::size_t kAttentionLevels = 5;
[[nodiscard]] Attention attention(const AnalyzedFlow& flow);
// failed, or with a finding of severity error or warning.
[[nodiscard]] bool is_problem(const AnalyzedFlow& flow);

// The id of the finding that stands for the flow; "" if none fired.
[[nodiscard]] const std::string& shown_finding(const AnalyzedFlow& flow);

struct Symbol {
  std::string_view text;
  Ink ink = Ink::plain;
};
[[nodiscard]] Symbol symbol(Attention level);

[[nodiscard]] std::string endpoint_text(const Endpoint& endpoint);            // "192.0.2.1:443", "[2001:db8::1]:443"
[[nodiscard]] std::string version_text(std::uint16_t version);                // "TLS 1.3"
[[nodiscard]] std::string joined_names(const std::vector<std::string>& raw);  // "h2, http/1.1", escaped
// The server name, or in brackets why there is none; "" if the flow has nothing to do with TLS.
[[nodiscard]] std::string server_name_text(const FlowReport& report);
// "closed normally", "reset from the server's address", ...
[[nodiscard]] std::string ending_text(const AnalyzedFlow& flow);
// ... when nothing ended it: "still open when the capture ended", "let go of ...", "silent ...". Without numbers: it is
// counted by.
[[nodiscard]] std::string no_ending_text(const FlowReport& report);
// The capture goes on without it, for a while worth telling.
[[nodiscard]] bool is_silent(const FlowReport& report);
// "new-session-ticket" -> "new session ticket"
[[nodiscard]] std::string spaced(std::string_view kebab);
// "1 packet", "18 packets"
[[nodiscard]] std::string count_text(std::uint64_t count, std::string_view singular);

}  // namespace handlens
