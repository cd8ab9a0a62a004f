#include "tools/middlebox/words.h"

#include <charconv>
#include <cmath>

namespace handlens::middlebox {

namespace {

constexpr std::int64_t kLongest = 3'600'000'000'000;  // an hour

std::optional<double> decimal(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

// One character of a quoted word, `at` being on it; moves on.
char unescaped(std::string_view line, std::size_t& at) {
  if (line[at] != '\\' || at + 1 >= line.size()) return line[at++];
  const char code = line[at + 1];
  at += 2;
  switch (code) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'x': {
      unsigned value = 0;
      const std::string_view digits = line.substr(at, 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (error == std::errc()) at += static_cast<std::size_t>(end - digits.data());
      return static_cast<char>(value);
    }
    default:
      return code;
  }
}

}  // namespace

Words::Words(std::string_view line, unsigned number) : line_(number) { split(line); }

void Words::split(std::string_view line) {
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r')) ++at;
    if (at >= line.size() || line[at] == '#') return;
    std::string word;
    if (line[at] == '"') {
      const std::size_t start = at++;
      while (at < line.size() && line[at] != '"') word += unescaped(line, at);
      if (at >= line.size()) {
        fail(std::string(line.substr(start)), "the quotation mark is not closed");
        return;
      }
      ++at;
    } else {
      while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '\r') word += line[at++];
    }
    words_.push_back(word);
  }
}

const std::string& Words::peek() const {
  static const std::string none;
  return done() ? none : words_[at_];
}

std::string Words::next(const char* expected) {
  if (done()) {
    fail(words_.empty() ? "" : words_.back(), std::string("after it is missing: ") + expected);
    return {};
  }
  return words_[at_++];
}

bool Words::accept(std::string_view word) {
  if (done() || words_[at_] != word) return false;
  ++at_;
  return true;
}

std::uint64_t Words::number(std::uint64_t max, const char* expected) {
  const std::string word = next(expected);
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (code != std::errc() || end != word.data() + word.size() || value > max) {
    fail(word, std::string("is not ") + expected + " up to " + std::to_string(max));
    return 0;
  }
  return value;
}

std::int64_t Words::time(const char* expected) {
  const std::string word = next(expected);
  const std::size_t unit_at = word.find_first_not_of("0123456789.");
  const std::string unit = unit_at == std::string::npos ? "" : word.substr(unit_at);
  const double scale = unit == "s" ? 1e9 : unit == "ms" ? 1e6 : unit == "us" ? 1e3 : 0;
  const std::optional<double> value = decimal(std::string_view(word).substr(0, unit_at));
  if (scale == 0 || !value || *value * scale > static_cast<double>(kLongest)) {
    fail(word, std::string("is not ") + expected + " such as 5ms, 1.5s or 200us, at most an hour");
    return 0;
  }
  return static_cast<std::int64_t>(*value * scale);
}

double Words::share(const char* expected) {
  const std::string word = next(expected);
  const bool percent = !word.empty() && word.back() == '%';
  const std::optional<double> value =
      percent ? decimal(std::string_view(word).substr(0, word.size() - 1)) : std::nullopt;
  if (!value || *value > 100) {
    fail(word, std::string("is not ") + expected + " from 0% to 100%");
    return 0;
  }
  return *value / 100;
}

std::int64_t Words::signed_number(std::string_view text, const char* expected) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    fail(std::string(text), std::string("is not ") + expected);
    return 0;
  }
  return value;
}

void Words::fail(const std::string& word, const std::string& message) {
  if (!error_) error_ = RuleError{line_, word, message};
}

}  // namespace handlens::middlebox
