#include "src/app/spill_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "src/engine/limits.h"
#include "src/output/rendered_flow.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

constexpr std::size_t kPiecesAtOnce = 512;      // of one pwritev; Linux takes up to 1024
constexpr std::size_t kMostAhead = 256 * 1024;  // of each run: more would leave the processor's cache
constexpr std::size_t kLeastAhead = 4096;       // of each, however many there are

std::string place() {
  const char* set = std::getenv("TMPDIR");
  return set == nullptr || *set == '\0' ? "/tmp" : set;
}

int open_nameless(const std::string& directory) {
#ifdef O_TMPFILE
  const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
#endif
  std::string name = directory + "/handlens-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

SpillFile::~SpillFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SpillFile::fail(std::string_view what) {
  problem_ = fmt::format("{} a temporary file in {} failed ({})", what, escape_terminal(place()), std::strerror(errno));
}

bool SpillFile::open() {
  if (descriptor_ < 0) descriptor_ = open_nameless(place());
  if (descriptor_ < 0) fail("making");
  return descriptor_ >= 0;
}

// Writes the pieces behind each other. They are used up.
bool SpillFile::append(std::span<iovec> pieces) {
  while (!pieces.empty()) {
    const ssize_t written =
        ::pwritev(descriptor_, pieces.data(), static_cast<int>(pieces.size()), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      fail("writing");
      return false;
    }
    auto left = static_cast<std::size_t>(written);
    size_ += left;
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left == 0) continue;
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + left;
    pieces.front().iov_len -= left;
  }
  return true;
}

bool SpillFile::write(const Flows& flows) {
  if (flows.empty() || !is_usable() || !open()) return false;
  const std::uint64_t begin = size_;
  std::array<iovec, kPiecesAtOnce> pieces{};
  std::size_t count = 0;
  bool good = true;
  for (const auto& [id, flow] : flows) {
    if (count == pieces.size()) {
      good = append(pieces);
      count = 0;
      if (!good) break;
    }
    pieces[count++] = {const_cast<char*>(flow.data()), flow.size()};  // only read by pwritev
  }
  good = good && append(std::span(pieces).first(count));
  if (good) {
    runs_.emplace(flows.begin()->first, Run{begin, size_});
  } else {
    size_ = begin;
  }
  return good;
}

const char* SpillFile::look(Run& run, std::size_t size) {
  Ahead& ahead = run.ahead;
  const std::uint64_t from = run.at - ahead.at;
  if (from <= ahead.size && ahead.size - from >= size) return ahead.bytes.get() + from;
  const std::size_t share = std::clamp(kSpillReadAhead / (runs_.size() + 1), kLeastAhead, kMostAhead);
  const std::size_t wanted = std::min<std::uint64_t>(run.end - run.at, std::max(size, share));
  if (ahead.bytes == nullptr) std::swap(ahead, taken_);
  if (read(ahead, run.at, wanted) && ahead.size >= size) return ahead.bytes.get();
  fail("reading");
  return nullptr;
}

// False: an error; what the file no longer holds is missing at the end.
bool SpillFile::read(Ahead& ahead, std::uint64_t at, std::size_t size) {
  if (ahead.room < size) ahead = {.bytes = std::unique_ptr<char[]>(new char[size]), .room = size};  // not cleared
  ahead.at = at;
  ahead.size = 0;
  while (ahead.size < size) {
    const ssize_t got =
        ::pread(descriptor_, ahead.bytes.get() + ahead.size, size - ahead.size, static_cast<off_t>(at + ahead.size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    ahead.size += static_cast<std::size_t>(got);
  }
  return true;
}

std::string_view SpillFile::take(std::uint64_t id) {
  if (runs_.empty() || runs_.begin()->first != id) return {};
  auto node = runs_.extract(runs_.begin());
  Run& run = node.mapped();
  // With the header of the flow behind it, so that the run finds its new place.
  const char* header = look(run, kEncodedHeader);
  if (header == nullptr) return {};
  const std::size_t size = encoded_size(header).bytes;
  const bool is_last = run.at + size >= run.end;
  const char* flow = look(run, size + (is_last ? 0 : kEncodedHeader));
  if (flow == nullptr) return {};
  run.at += size;
  if (is_last) {
    taken_ = std::move(run.ahead);
    if (runs_.empty()) size_ = 0;  // the file is written anew from its beginning
  } else {
    node.key() = encoded_size(flow + size).id;
    runs_.insert(std::move(node));
  }
  return {flow, size};
}

}  // namespace handlens
