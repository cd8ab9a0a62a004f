// The sentences of `outcome`: what a person forwards. They speak of addresses, never of hosts: "a reset carrying the
// server's address". No text from the wire goes into them but names of our own tables.
#pragma once
#include <string>
#include <string_view>

#include "src/findings/finding.h"

namespace handlens {

struct AlertWords {
  std::uint8_t code;
  std::string_view meaning;      // what its sender says with it
  std::string_view ooni_client;  // OONI df-007 when the client sent it, "" if none fits
};
// nullptr for an alert without words of its own.
[[nodiscard]] const AlertWords* find_alert_words(std::uint8_t code);

[[nodiscard]] std::string sentence_for(const FlowReport& flow, const Outcome& outcome, const Event* ending);
[[nodiscard]] std::string ooni_failure_for(const FlowReport& flow, const Outcome& outcome, const Event* ending);

}  // namespace handlens
