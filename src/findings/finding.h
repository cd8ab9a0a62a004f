// Judgements about one flow, kept apart from its facts. Enumerations as in the record contract.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/timeline/flow_report.h"

namespace handlens {

enum class Status : std::uint8_t { ok, failed, incomplete, not_tls };
enum class Stage : std::uint8_t { syn, tcp_open, client_hello, server_flight, client_finish, established };
enum class EndedBy : std::uint8_t { fin, rst, alert, timeout, icmp, capture_end };
enum class Cause : std::uint8_t { none, client, server, middlebox, path, unknown };
enum class Location : std::uint8_t { near_client, near_server, somewhere };
enum class Confidence : std::uint8_t { certain, likely, possible, undetermined };
enum class Severity : std::uint8_t { error, warning, notice, info };
enum class Weight : std::uint8_t { decisive, strong, medium, weak };
enum class RstRole : std::uint8_t { cause, consequence, teardown, ignored };
[[nodiscard]] std::string_view to_text(Status);
[[nodiscard]] std::string_view to_text(Stage);
[[nodiscard]] std::string_view to_text(EndedBy);
[[nodiscard]] std::string_view to_text(Cause);
[[nodiscard]] std::string_view to_text(Location);
[[nodiscard]] std::string_view to_text(Confidence);
[[nodiscard]] std::string_view to_text(Severity);
[[nodiscard]] std::string_view to_text(Weight);
[[nodiscard]] std::string_view to_text(RstRole);

struct Evidence {
  std::string rule;  // id of the rule or clue
  Weight weight = Weight::weak;
  std::string speaks_for;  // "client", "server", "middlebox", ...
  std::optional<std::uint64_t> frame;
  std::string text;  // with the literal field values
};

struct Finding {
  std::string id;  // kebab-case, one of `handlens rules`
  Severity severity = Severity::info;
  Confidence confidence = Confidence::undetermined;
  std::vector<std::uint64_t> frames;
  std::string sentence;
  std::vector<Evidence> evidence;
  std::vector<std::string> against;
  std::vector<std::string> next_steps;
  std::vector<std::string> seen_as;
  bool is_note = false;  // it stands beside how the flow ended and explains nothing of it
};

struct RstVerdict {
  RstRole role = RstRole::cause;
  Cause cause = Cause::unknown;
  std::optional<Location> location;
  Confidence confidence = Confidence::undetermined;
  std::vector<std::string> rules;
};

struct Outcome {
  Status status = Status::incomplete;
  Stage stage = Stage::syn;
  EndedBy ended_by = EndedBy::capture_end;
  std::optional<Side> apparent_sender;
  std::optional<std::uint64_t> ending_frame;
  Cause cause = Cause::unknown;
  std::optional<Location> location;
  Confidence confidence = Confidence::undetermined;
  std::string primary;       // "" or the id of the finding that explains it
  std::string sentence;      // one plain sentence a manager can read; untrusted text in it is NOT escaped
  std::string ooni_failure;  // "" or an OONI df-007 string
  std::vector<std::string> would_settle;
};

// A finished flow: its facts, and what was concluded from them.
struct AnalyzedFlow {
  FlowReport report;
  Outcome outcome;
  std::vector<Finding> findings;         // the primary one first
  std::vector<RstVerdict> rst_verdicts;  // one for each entry of report.tcp.rst
  bool is_judged = false;                // who did it was looked for
};

}  // namespace handlens
