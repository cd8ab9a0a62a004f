// What an OutputBuffer writes, for tests: a temporary file with no name.
#pragma once
#include <unistd.h>

#include <cstdio>
#include <string>

namespace handlens::testing {

class CapturedOutput {
 public:
  CapturedOutput() : file_(std::tmpfile()) {}
  ~CapturedOutput() {
    if (file_ != nullptr) std::fclose(file_);
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  [[nodiscard]] int descriptor() const { return fileno(file_); }
  // Everything written so far.
  [[nodiscard]] std::string text() const {
    std::string out;
    char block[4096];
    off_t at = 0;
    for (;;) {
      const ssize_t count = ::pread(descriptor(), block, sizeof block, at);
      if (count <= 0) return out;
      out.append(block, static_cast<std::size_t>(count));
      at += count;
    }
  }

 private:
  std::FILE* file_;
};

}  // namespace handlens::testing
