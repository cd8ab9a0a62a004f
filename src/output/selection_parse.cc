// From the text of -Y to terms. Every failure names the term and says what would be right.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "src/output/selection.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

struct FieldRow {
  std::string_view name;
  Field field;
};
constexpr std::array<FieldRow, 17> kFields{{{"id", Field::id},
                                            {"community_id", Field::community_id},
                                            {"ip", Field::ip},
                                            {"client", Field::client},
                                            {"server", Field::server},
                                            {"port", Field::port},
                                            {"sni", Field::sni},
                                            {"alpn", Field::alpn},
                                            {"status", Field::status},
                                            {"stage", Field::stage},
                                            {"ended_by", Field::ended_by},
                                            {"cause", Field::cause},
                                            {"confidence", Field::confidence},
                                            {"version", Field::version},
                                            {"alert", Field::alert},
                                            {"finding", Field::finding},
                                            {"verdict", Field::finding}}};

struct OperatorRow {
  std::string_view text;
  Comparison comparison;
};
// Longer ones first: "<=" is not "<" and "=".
constexpr std::array<OperatorRow, 8> kOperators{{{"==", Comparison::equal},
                                                 {"!=", Comparison::not_equal},
                                                 {"<=", Comparison::less_equal},
                                                 {">=", Comparison::greater_equal},
                                                 {"=", Comparison::equal},
                                                 {"~", Comparison::contains},
                                                 {"<", Comparison::less},
                                                 {">", Comparison::greater}}};

bool is_number(Field field) { return field == Field::id || field == Field::port; }
bool is_address(Field field) { return field == Field::ip || field == Field::client || field == Field::server; }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The texts of an enumeration, from its first value to `last`.
template <class Enum>
std::vector<std::string> words_of(Enum last) {
  std::vector<std::string> out;
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) out.emplace_back(to_text(static_cast<Enum>(i)));
  return out;
}

std::vector<std::string> allowed_words(Field field) {
  switch (field) {
    case Field::status:
      return words_of(Status::not_tls);
    case Field::stage:
      return words_of(Stage::established);
    case Field::ended_by:
      return words_of(EndedBy::capture_end);
    case Field::cause:
      return words_of(Cause::unknown);
    case Field::confidence:
      return words_of(Confidence::undetermined);
    default:
      return {};
  }
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string check_number(Term& term, std::string_view what) {
  if (term.comparison == Comparison::contains) return fmt::format("{} is a number, ~ is for text", what);
  const auto result = std::from_chars(term.value.data(), term.value.data() + term.value.size(), term.number);
  if (result.ec == std::errc() && result.ptr == term.value.data() + term.value.size()) return {};
  return fmt::format("{} must be a number", what);
}

std::string check_address(Term& term) {
  if (term.comparison == Comparison::contains) return {};
  const std::size_t slash = term.value.find('/');
  const std::string text = term.value.substr(0, slash);
  IpAddress address;
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    address.v6 = false;
  } else if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    address.v6 = true;
  } else {
    return "it is not an IP address";
  }
  address.bytes = bytes;
  const unsigned most = address.v6 ? 128 : 32;
  term.prefix = most;
  if (slash != std::string::npos) {
    const char* begin = term.value.data() + slash + 1;
    const char* end = term.value.data() + term.value.size();
    const auto result = std::from_chars(begin, end, term.prefix);
    if (result.ec != std::errc() || result.ptr != end || term.prefix > most) {
      return fmt::format("the prefix length must be 0 to {}", most);
    }
  }
  term.address = address;
  return {};
}

// "" or what is wrong with the value.
std::string check(Term& term, std::string_view name) {
  const bool ordered = term.comparison >= Comparison::less;
  if (is_number(term.field)) return check_number(term, name);
  if (ordered) return fmt::format("{} is not a number, < and > do not apply", name);
  if (is_address(term.field)) return check_address(term);
  const std::vector<std::string> words = allowed_words(term.field);
  if (words.empty() || term.comparison == Comparison::contains) return {};
  // Both spellings of a word with two parts are taken: tcp-open and tcp_open.
  std::replace(term.value.begin(), term.value.end(), '_', '-');
  if (std::find(words.begin(), words.end(), term.value) != words.end()) return {};
  return fmt::format("{} is one of {}", name, join(words));
}

// Walks over the expression. REQUIRES of every function: at_ is not beyond the end.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::string parse(std::vector<Term>& out) {
    skip_spaces();
    if (at_ == text_.size()) return "the expression is empty";
    for (;;) {
      if (std::string error = term(out); !error.empty()) return error;
      skip_spaces();
      if (at_ == text_.size()) return {};
      if (!take("&&") && !take_and()) return fmt::format("expected && before '{}'", rest());
      skip_spaces();
      if (at_ == text_.size()) return "a term is missing after &&";
    }
  }

 private:
  std::string term(std::vector<Term>& out) {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    std::string name(text_.substr(start, at_ - start));
    std::transform(name.begin(), name.end(), name.begin(), lower);
    const auto* row = std::find_if(kFields.begin(), kFields.end(), [&](const FieldRow& r) { return r.name == name; });
    skip_spaces();
    Term term;
    const auto* op = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](const OperatorRow& r) { return text_.substr(at_).starts_with(r.text); });
    if (op != kOperators.end()) at_ += op->text.size();
    skip_spaces();
    std::string problem;
    if (op != kOperators.end()) problem = value(term.value);
    const std::string shown = escape_terminal(text_.substr(start, at_ > start ? at_ - start : std::string_view::npos));
    if (row == kFields.end()) return fmt::format("unknown field in '{}'; fields: {}", shown, selection_fields());
    if (op == kOperators.end()) return fmt::format("'{}' needs =, !=, ~, < or > and a value", shown);
    term.field = row->field;
    term.comparison = op->comparison;
    if (problem.empty()) problem = check(term, row->name);
    if (!problem.empty()) return fmt::format("bad term '{}': {}", shown, problem);
    out.push_back(std::move(term));
    return {};
  }

  std::string value(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '"') return quoted(out);
    while (at_ < text_.size() && !is_space(text_[at_]) && !text_.substr(at_).starts_with("&&")) out += text_[at_++];
    return out.empty() ? "the value is missing" : "";
  }

  std::string quoted(std::string& out) {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_ == text_.size()) return "the closing quotation mark is missing";
    ++at_;
    return {};
  }

  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool take_and() {
    const std::string_view left = text_.substr(at_);
    if (left.size() < 4 || lower(left[0]) != 'a' || lower(left[1]) != 'n' || lower(left[2]) != 'd') return false;
    if (!is_space(left[3])) return false;
    at_ += 3;
    return true;
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  [[nodiscard]] std::string rest() const { return escape_terminal(text_.substr(at_)); }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string selection_fields() {
  std::string out;
  for (const FieldRow& row : kFields) {
    if (row.name == "verdict") continue;  // another word for finding
    out += (out.empty() ? "" : ", ") + std::string(row.name);
  }
  return out;
}

std::string Selection::add_expression(std::string_view text) {
  std::vector<Term> parsed;
  std::string error = Parser(text).parse(parsed);
  if (error.empty()) terms_.insert(terms_.end(), parsed.begin(), parsed.end());
  return error;
}

std::string Selection::add_flow(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);  // as it is printed
  Term term;
  term.value = text;
  if (text.starts_with("1:")) {
    term.field = Field::community_id;
  } else if (!check_number(term, "id").empty() || term.number == 0) {
    return fmt::format("'{}' is neither a flow number nor a Community ID", escape_terminal(text));
  }
  flows_.push_back(std::move(term));
  return {};
}

}  // namespace handlens
