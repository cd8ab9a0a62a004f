#include "src/app/name_list.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "src/capture/packet_source.h"

namespace handlens {
namespace {

constexpr int kBadList = 3, kForbidden = 5;

[[noreturn]] void throw_unreadable(const std::string& name, int error) {
  const bool forbidden = error == EACCES || error == EPERM;
  throw CaptureError(forbidden ? kForbidden : kBadList, fmt::format("{}: the list of -V cannot be read: {}", name,
                                                                    std::generic_category().message(error)));
}

std::string read_list(const std::string& path, const std::string& name) {
  const int descriptor =
      path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_unreadable(name, errno);
  std::string text;
  constexpr std::size_t kPiece = 64 * 1024;
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + kPiece);
    const ssize_t got = ::read(descriptor, text.data() + had, kPiece);
    const int error = errno;
    text.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && error == EINTR) continue;
    if (got <= 0 || text.size() > kMaxNameListBytes) {
      ::close(descriptor);
      if (got < 0) throw_unreadable(name, error);
      break;
    }
  }
  return text;
}

}  // namespace

std::vector<std::string> read_name_list(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  const std::string text = read_list(path, name);
  if (text.size() > kMaxNameListBytes) {
    throw CaptureError(
        kBadList, fmt::format("{}: a list of -V may hold {} bytes, and this one is larger", name, kMaxNameListBytes));
  }
  // No name holds a zero byte, and captures do.
  if (text.find('\0') != std::string::npos) {
    throw CaptureError(
        kBadList,
        fmt::format("{}: -V takes a list of file names, one a line, and this is none; to read a capture, name "
                    "it without -V",
                    name));
  }
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (names.empty()) throw CaptureError(kBadList, fmt::format("{}: the list of -V names no file", name));
  return names;
}

}  // namespace handlens
