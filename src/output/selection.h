// Which flows to show: `-Y`, `--flow` and `--only problems`.
//
// Grammar of -Y:  term { ("&&" | "and") term },  term = field op value.
//   op      = (or ==), !=, ~ (contains, letter case ignored), and for numbers < <= > >=
//   value   a word, or "a quoted one" with \" and \\ inside
//   fields  id · community_id · ip (either side; a.b.c.d/24 too) · client · server (addresses) · port (either side) ·
//           sni (= also takes *.example) · alpn · status · stage · ended_by · cause · confidence · version · alert ·
//           finding
// Threads: immutable once parsed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/findings/finding.h"

namespace handlens {

enum class Field : std::uint8_t {
  id,
  community_id,
  ip,
  client,
  server,
  port,
  sni,
  alpn,
  status,
  stage,
  ended_by,
  cause,
  confidence,
  version,
  alert,
  finding
};
enum class Comparison : std::uint8_t { equal, not_equal, contains, less, less_equal, greater, greater_equal };

struct Term {
  Field field = Field::id;
  Comparison comparison = Comparison::equal;
  std::string value;                 // as typed; lower case for fields that ignore it
  std::uint64_t number = 0;          // id, port
  std::optional<IpAddress> address;  // ip, client, server with = or !=
  unsigned prefix = 0;               // bits of it that count
};

// "id, community_id, ip, ...": for messages and help.
[[nodiscard]] std::string selection_fields();

class Selection {
 public:
  // Parses a -Y expression and adds its terms. On failure returns a sentence that names the bad term, else "".
  [[nodiscard]] std::string add_expression(std::string_view text);
  // --flow: a number or a Community ID. Several: any of them.
  [[nodiscard]] std::string add_flow(std::string_view text);
  void only_problems() { only_problems_ = true; }

  [[nodiscard]] bool matches(const AnalyzedFlow& flow) const;
  [[nodiscard]] bool is_everything() const { return terms_.empty() && flows_.empty() && !only_problems_; }
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }

 private:
  std::vector<Term> terms_;
  std::vector<Term> flows_;
  bool only_problems_ = false;
};

}  // namespace handlens
