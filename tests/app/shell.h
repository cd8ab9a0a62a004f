// Running what is on this machine, for tests.
#pragma once
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace handlens {

struct ShellResult {
  int code = -1;
  std::string output;  // both streams
};

// `command` is read by sh.
inline ShellResult run_shell(const std::string& command) {
  ShellResult result;
  FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    result.output.append(piece.data(), got);
  }
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline bool has_program(const std::string& name) { return run_shell("command -v " + name).code == 0; }
// Why a test that needs the program is left out.
inline std::string not_installed(const std::string& program) {
  return program +
         " is not installed, so nobody can read what we write for it; tools/install_dependencies.sh installs it";
}

}  // namespace handlens
