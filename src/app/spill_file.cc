#include "src/app/spill_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lz4.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "src/engine/limits.h"
#include "src/output/rendered_flow.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

constexpr std::size_t kPiecesAtOnce = 512;       // of one pwritev; Linux takes up to 1024
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

const char* end_of(const iovec& piece) { return static_cast<const char*>(piece.iov_base) + piece.iov_len; }

// What is left of the pieces when so many bytes of them are done.
std::span<iovec> behind(std::span<iovec> pieces, std::size_t done) {
  while (!pieces.empty() && done >= pieces.front().iov_len) {
    done -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) return {};
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + done;
  pieces.front().iov_len -= done;
  return pieces;
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
    const auto count = static_cast<int>(std::min(pieces.size(), kPiecesAtOnce));
    const ssize_t written = ::pwritev(descriptor_, pieces.data(), count, static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) {
      fail("writing");
      return false;
    }
    size_ += static_cast<std::uint64_t>(written);
    pieces = behind(pieces, static_cast<std::size_t>(written));
  }
  return true;
}

// Of the flows, those at their front that one block takes.
std::span<const SpillFile::Flow> SpillFile::front_block(std::span<const Flow> flows, std::size_t block_bytes) {
  std::size_t count = 1, bytes = flows.front().bytes.size();
  while (count < flows.size() && bytes + flows[count].bytes.size() <= block_bytes) bytes += flows[count++].bytes.size();
  return flows.first(count);
}

// As they are, from where they lie.
bool SpillFile::write_plain(std::span<const Flow> flows, std::size_t block_bytes) {
  std::deque<BlockHead> heads;  // do not move
  std::vector<iovec> pieces;
  while (!flows.empty()) {
    const std::span<const Flow> block = front_block(flows, block_bytes);
    flows = flows.subspan(block.size());
    BlockHead& head = heads.emplace_back(BlockHead{.first = block.front().id});
    if (heads.size() > 1) pieces.push_back({&head, sizeof head});
    bool is_first = true;
    for (const Flow& flow : block) {
      char* const bytes = const_cast<char*>(flow.bytes.data());  // only read by pwritev
      if (!is_first && end_of(pieces.back()) == bytes) {         // most were put behind each other
        pieces.back().iov_len += flow.bytes.size();
      } else {
        pieces.push_back({bytes, flow.bytes.size()});
      }
      is_first = false;
      head.size += static_cast<std::uint32_t>(flow.bytes.size());
    }
    head.stored = head.size;
  }
  first_ = heads.front();
  return append(pieces);
}

bool SpillFile::write_packed(std::span<const Flow> flows, std::size_t block_bytes) {
  packed_.clear();
  for (bool is_first = true; !flows.empty(); is_first = false) {
    const std::span<const Flow> block = front_block(flows, block_bytes);
    flows = flows.subspan(block.size());
    joined_.clear();
    for (const Flow& flow : block) joined_ += flow.bytes;
    const std::string_view stored = compress(joined_);
    const BlockHead head{.first = block.front().id,
                         .size = static_cast<std::uint32_t>(joined_.size()),
                         .stored = static_cast<std::uint32_t>(stored.size()),
                         .is_packed = 1};
    if (is_first) {
      first_ = head;
    } else {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): read back by the same program
      packed_.append(reinterpret_cast<const char*>(&head), sizeof head);
    }
    packed_ += stored;
    if (packed_.size() < kWritten && !flows.empty()) continue;
    std::array<iovec, 1> piece = {iovec{packed_.data(), packed_.size()}};
    if (!append(piece)) return false;
    packed_.clear();
  }
  return true;
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
  const auto is_too_large = [](const Flow& flow) { return flow.bytes.size() > LZ4_MAX_INPUT_SIZE; };
  if (std::any_of(flows.begin(), flows.end(), is_too_large)) {
    errno = EFBIG;
    fail("writing");
    return false;
  }
  if (size_ < kPlain ? write_plain(flows, block_bytes) : write_packed(flows, block_bytes)) {
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
  // What was read must not be believed: a disk may fail without saying so. LZ4 makes nothing 256 times as small.
  if (head.stored > run.end - run.at || head.size > std::uint64_t{256} * head.stored) {
    errno = EIO;
    return false;
  }
  Block& block = run.block;
  if (block.bytes == nullptr) std::swap(block, taken_);
  if (block.room < head.size) block = {.bytes = std::unique_ptr<char[]>(new char[head.size]), .room = head.size};
  if (head.is_packed != 0 && packed_.size() < head.stored) packed_.resize(head.stored);
  char* const place = head.is_packed != 0 ? packed_.data() : block.bytes.get();
  const bool is_last = run.at + head.stored >= run.end;
  std::array<iovec, 2> pieces = {iovec{place, head.stored}, iovec{&run.next, sizeof head}};
  if (!read(run.at, std::span(pieces).first(is_last ? 1 : 2))) return false;
  run.at += head.stored + (is_last ? 0 : sizeof head);
  block.size = head.size;
  block.taken = 0;
  if (head.is_packed == 0) return true;
  const auto wanted = static_cast<int>(head.size);
  if (LZ4_decompress_safe(place, block.bytes.get(), static_cast<int>(head.stored), wanted) == wanted) return true;
  errno = EIO;  // somebody changed the file
  return false;
}

// Fills the pieces. False: an error.
bool SpillFile::read(std::uint64_t at, std::span<iovec> pieces) {
  while (!pieces.empty()) {
    const ssize_t got = ::preadv(descriptor_, pieces.data(), static_cast<int>(pieces.size()), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = EIO;  // somebody cut the file
    if (got <= 0) return false;
    at += static_cast<std::uint64_t>(got);
    pieces = behind(pieces, static_cast<std::size_t>(got));
  }
  return true;
}

// Of the flow with this id, which comes next in the block; 0: it is not there.
std::size_t SpillFile::front_size(const Block& block, std::uint64_t id) {
  const std::size_t left = block.size - block.taken;
  const EncodedSize front = left < kEncodedHeader ? EncodedSize{} : encoded_size(block.bytes.get() + block.taken);
  const std::size_t size = front.id == id ? front.bytes : 0;
  const bool is_whole = size >= kEncodedHeader && (size == left || (size < left && left - size >= kEncodedHeader));
  if (!is_whole) errno = EIO;
  return is_whole ? size : 0;
}

std::string_view SpillFile::take(std::uint64_t id) {
  if (runs_.empty() || runs_.front().first != id) return {};
  Run& run = runs_.front();
  Block& block = run.block;
  const bool is_there = block.taken < block.size || load(run);
  const std::size_t size = is_there ? front_size(block, id) : 0;
  if (size == 0) {  // what is left of the run is missing
    fail("reading");
    std::pop_heap(runs_.begin(), runs_.end(), begins_later);
    runs_.pop_back();
    return {};
  }
  const char* const flow = block.bytes.get() + block.taken;
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
