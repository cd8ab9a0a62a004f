// The words of one line of the rule language, and reading them as numbers, times, shares.
// A word in double quotes may hold spaces and \r \n \t \" \\ \xHH. '#' outside quotes begins a comment.
// The first error stays; reading on afterwards yields empty words and zeros.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/middlebox/rules.h"

namespace handlens::middlebox {

class Words {
 public:
  Words(std::string_view line, unsigned number);
  [[nodiscard]] bool done() const { return error_ || at_ >= words_.size(); }
  [[nodiscard]] const std::string& peek() const;  // "" at the end
  std::string next(const char* expected);         // an error that says what was expected if there is none
  bool accept(std::string_view word);             // takes it if it is the next

  std::uint64_t number(std::uint64_t max, const char* expected);
  std::int64_t time(const char* expected);  // 5ms, 1.5s, 200us
  double share(const char* expected);       // 5%
  std::int64_t signed_number(std::string_view text, const char* expected);

  void fail(const std::string& word, const std::string& message);
  [[nodiscard]] const std::optional<RuleError>& error() const { return error_; }

 private:
  void split(std::string_view line);
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  unsigned line_;
  std::optional<RuleError> error_;
};

}  // namespace handlens::middlebox
