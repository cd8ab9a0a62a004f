#include "src/app/spill_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lz4.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "src/engine/limits.h"
#include "src/output/rendered_flow.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

constexpr std::size_t kMostInBlock = 64 * 1024;  // the window of LZ4: more would hardly compress better
constexpr std::size_t kLeastInBlock = 4096;      // however many runs there are
constexpr std::size_t kWritten = 1024 * 1024;    // compressed bytes at once
// What a file holds before anything of it is compressed: of so little the system hardly has to look for new memory.
constexpr std::size_t kPlain = 32 * 1024 * 1024;
constexpr int kAcceleration = 4;  // of LZ4: a tenth more bytes than with 1, a tenth sooner

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

// Writes what was packed.
bool SpillFile::flush() {
  std::string_view left = packed_;
  while (!left.empty()) {
    const ssize_t written = ::pwrite(descriptor_, left.data(), left.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      fail("writing");
      return false;
    }
    size_ += static_cast<std::size_t>(written);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  packed_.clear();
  return true;
}

void SpillFile::pack(std::span<const Flow>& flows, std::size_t block_bytes, bool is_first) {
  const std::uint64_t first = flows.front().id;
  std::string_view block = flows.front().bytes;
  joined_.clear();
  flows = flows.subspan(1);
  for (; !flows.empty() && block.size() + flows.front().bytes.size() <= block_bytes; flows = flows.subspan(1)) {
    const std::string_view next = flows.front().bytes;
    if (joined_.empty() && block.data() + block.size() == next.data()) {  // most were put behind each other
      block = {block.data(), block.size() + next.size()};
      continue;
    }
    if (joined_.empty()) joined_ = block;
    joined_ += next;
    block = joined_;
  }
  std::string_view stored = block;
  if (size_ + packed_.size() >= kPlain) stored = compress(block);
  const BlockHead head{first, static_cast<std::uint32_t>(block.size()), static_cast<std::uint32_t>(stored.size()),
                       stored.data() != block.data()};
  if (is_first) {
    first_ = head;
  } else {
    packed_.append(reinterpret_cast<const char*>(&head), sizeof head);
  }
  packed_ += stored;
}

// Lives until the next call.
std::string_view SpillFile::compress(std::string_view block) {
  const auto size = static_cast<int>(block.size());
  const int room = LZ4_compressBound(size);
  if (scratch_.size() < static_cast<std::size_t>(room)) scratch_.resize(static_cast<std::size_t>(room));
  const int packed = LZ4_compress_fast(block.data(), scratch_.data(), size, room, kAcceleration);
  return {scratch_.data(), static_cast<std::size_t>(packed)};
}

bool SpillFile::write(std::span<const Flow> flows) {
  if (flows.empty() || !is_usable() || !open()) return false;
  const std::uint64_t begin = size_;
  const std::size_t block_bytes = std::clamp(kSpillReadAhead / (runs_.size() + 1), kLeastInBlock, kMostInBlock);
  packed_.clear();
  bool good = true;
  for (bool is_first = true; good && !flows.empty(); is_first = false) {
    if (flows.front().bytes.size() > LZ4_MAX_INPUT_SIZE) {
      errno = EFBIG;
      fail("writing");
      good = false;
      break;
    }
    pack(flows, block_bytes, is_first);
    if (packed_.size() >= kWritten) good = flush();
  }
  if (good && flush()) {
    runs_.push_back({.first = first_.first, .at = begin, .end = size_, .next = first_});
    std::push_heap(runs_.begin(), runs_.end(), begins_later);
    return true;
  }
  size_ = begin;
  return false;
}

// Reads the run's next block, with the head of the one behind it.
bool SpillFile::load(Run& run) {
  const BlockHead head = run.next;
  Block& block = run.block;
  if (block.bytes == nullptr) std::swap(block, taken_);
  if (block.room < head.size) block = {.bytes = std::unique_ptr<char[]>(new char[head.size]), .room = head.size};
  const bool is_last = run.at + head.stored >= run.end;
  const std::size_t size = head.stored + (is_last ? 0 : sizeof head);
  if (!read(run.at, size)) return false;
  if (!is_last) std::memcpy(&run.next, packed_.data() + head.stored, sizeof head);
  run.at += size;
  block.size = head.size;
  block.taken = 0;
  if (!head.is_packed) {
    std::memcpy(block.bytes.get(), packed_.data(), head.size);
    return true;
  }
  const auto wanted = static_cast<int>(head.size);
  if (LZ4_decompress_safe(packed_.data(), block.bytes.get(), static_cast<int>(head.stored), wanted) == wanted) {
    return true;
  }
  errno = EIO;  // somebody changed the file
  return false;
}

// False: an error.
bool SpillFile::read(std::uint64_t at, std::size_t size) {
  packed_.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(descriptor_, packed_.data() + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = EIO;  // somebody cut the file
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::string_view SpillFile::take(std::uint64_t id) {
  if (runs_.empty() || runs_.front().first != id) return {};
  Run& run = runs_.front();
  Block& block = run.block;
  if (block.taken == block.size && !load(run)) {  // what is left of the run is missing
    fail("reading");
    std::pop_heap(runs_.begin(), runs_.end(), begins_later);
    runs_.pop_back();
    return {};
  }
  const char* const flow = block.bytes.get() + block.taken;
  const std::size_t size = encoded_size(flow).bytes;
  block.taken += size;
  if (block.taken < block.size) {
    run.first = encoded_size(flow + size).id;
    put_front_back();
  } else if (run.at < run.end) {
    run.first = run.next.first;
    put_front_back();
  } else {
    taken_ = std::move(block);
    std::pop_heap(runs_.begin(), runs_.end(), begins_later);
    runs_.pop_back();
    if (runs_.empty()) size_ = 0;  // the file is written anew from its beginning
  }
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
