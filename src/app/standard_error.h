// Lines on standard error, which may be closed or full: the program goes on without them.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace handlens {

// Like fmt::print to standard error, which throws when it cannot write.
template <class... Arguments>
void complain(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const std::string line = fmt::format(format, std::forward<Arguments>(arguments)...);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace handlens
