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

const char* end_of(const iovec& piece) { return static_cast<const char*>(piece.iov_base) + piece.iov_len; }

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

bool SpillFile::write(std::span<const Flow> flows) {
  if (flows.empty() || !is_usable() || !open()) return false;
  const std::uint64_t begin = size_;
  std::array<iovec, kPiecesAtOnce> pieces{};
  std::size_t count = 0;
  bool good = true;
  for (const Flow& flow : flows) {
    char* const bytes = const_cast<char*>(flow.bytes.data());  // only read by pwritev
    if (count > 0 && end_of(pieces[count - 1]) == bytes) {     // most were put behind each other
      pieces[count - 1].iov_len += flow.bytes.size();
      continue;
    }
    if (count == pieces.size()) {
      good = append(pieces);
      count = 0;
      if (!good) break;
    }
    pieces[count++] = {bytes, flow.bytes.size()};
  }
  good = good && append(std::span(pieces).first(count));
  if (good) {
    runs_.push_back({.first = flows.front().id, .at = begin, .end = size_});
    std::push_heap(runs_.begin(), runs_.end(), begins_later);
  } else {
    size_ = begin;
  }
  return good;
}

const char* SpillFile::look(Run& run, std::size_t size) {
  Ahead& ahead = run.ahead;
  const std::uint64_t from = run.at - ahead.at;
  if (from <= ahead.size && ahead.size - from >= size) return ahead.bytes.get() + from;
  const std::size_t share = std::clamp(kSpillReadAhead / runs_.size(), kLeastAhead, kMostAhead);
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
    if (got == 0) {
      errno = EIO;  // somebody cut the file
      break;
    }
    ahead.size += static_cast<std::size_t>(got);
  }
  return true;
}

std::string_view SpillFile::take(std::uint64_t id) {
  if (runs_.empty() || runs_.front().first != id) return {};
  Run& run = runs_.front();
  // With the header of the flow behind it, so that the run finds its new place.
  const char* header = look(run, kEncodedHeader);
  const std::size_t size = header == nullptr ? 0 : encoded_size(header).bytes;
  const bool is_last = run.at + size >= run.end;
  const char* flow = header == nullptr ? nullptr : look(run, size + (is_last ? 0 : kEncodedHeader));
  if (flow == nullptr) {  // what is left of the run is missing
    std::pop_heap(runs_.begin(), runs_.end(), begins_later);
    runs_.pop_back();
    return {};
  }
  run.at += size;
  if (!is_last) {
    run.first = encoded_size(flow + size).id;
    put_front_back();
    return {flow, size};
  }
  taken_ = std::move(run.ahead);
  std::pop_heap(runs_.begin(), runs_.end(), begins_later);
  runs_.pop_back();
  if (runs_.empty()) size_ = 0;  // the file is written anew from its beginning
  return {flow, size};
}

// The run in front begins later now. Mostly it still begins before the others.
void SpillFile::put_front_back() {
  const auto is_before = [this](std::size_t child) {
    return child >= runs_.size() || runs_.front().first < runs_[child].first;
  };
  if (is_before(1) && is_before(2)) return;
  std::pop_heap(runs_.begin(), runs_.end(), begins_later);
  std::push_heap(runs_.begin(), runs_.end(), begins_later);
}

}  // namespace handlens
