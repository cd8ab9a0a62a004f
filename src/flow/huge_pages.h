// Memory for large tables in huge pages, where the system has them: millions of records in pages of 4 KiB cost more in
// page faults and address translation than in looking them up. Small tables take ordinary memory.
// Threads: none of its own.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <type_traits>
#include <vector>

namespace handlens {

inline constexpr std::size_t kHugePage = 2 * 1024 * 1024;

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kIsSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kIsSanitized = false;
#endif

// For containers of one large block. Blocks below a huge page come from operator new.
template <class T>
struct HugeAllocator {
  using value_type = T;  // NOLINT(readability-identifier-naming): the standard library's name
  HugeAllocator() = default;
  template <class Other>
  explicit HugeAllocator(const HugeAllocator<Other>&) {}

  [[nodiscard]] T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / 4 / sizeof(T)) throw std::bad_alloc();
    if (is_ordinary(n)) return std::allocator<T>().allocate(n);
    return static_cast<T*>(map(whole(n)));
  }
  void deallocate(T* memory, std::size_t n) {
    if (is_ordinary(n)) {
      std::allocator<T>().deallocate(memory, n);
    } else {
      ::munmap(memory, whole(n));
    }
  }
  friend bool operator==(const HugeAllocator&, const HugeAllocator&) { return true; }

 private:
  // AddressSanitizer watches over what comes from operator new.
  [[nodiscard]] static bool is_ordinary(std::size_t n) { return n * sizeof(T) < kHugePage || kIsSanitized; }
  [[nodiscard]] static std::size_t whole(std::size_t n) {
    return (n * sizeof(T) + kHugePage - 1) / kHugePage * kHugePage;
  }
  // Not from the heap: what a table leaves behind when it grows goes back to the system, whatever lies around it.
  [[nodiscard]] static void* map(std::size_t bytes) {
    void* memory = ::mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    char* const begin = static_cast<char*>(memory);
    std::size_t space = bytes + kHugePage;
    char* const aligned = static_cast<char*>(std::align(kHugePage, bytes, memory, space));
    if (aligned != begin) ::munmap(begin, static_cast<std::size_t>(aligned - begin));
    if (space > bytes) ::munmap(aligned + bytes, space - bytes);
    ::madvise(aligned, bytes, MADV_HUGEPAGE);  // advice: without it everything works as well
    return aligned;
  }
};

// Records that never move, in chunks: the first ones small, so that a small capture stays small. A record is
// constructed when its place is first used.
template <class Record>
class RecordArena {
 public:
  static constexpr std::size_t kChunk = 4096;  // records

  // Constructs and returns the record with the next number: 0, 1, 2 ...
  Record& add() {
    if (used_ == chunks_.size() * kChunk) add_chunk();
    return *std::construct_at(&at(used_++));
  }
  [[nodiscard]] Record& at(std::size_t number) { return chunks_[number / kChunk][number % kChunk]; }
  [[nodiscard]] const Record& at(std::size_t number) const { return chunks_[number / kChunk][number % kChunk]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(used_); }

 private:
  static_assert(std::is_trivially_destructible_v<Record>);
  // The first chunks come one by one, then as many to a block as fill huge pages without a rest.
  static constexpr std::size_t kSmallChunks = 8;
  static constexpr std::size_t kBlock = std::lcm(kChunk * sizeof(Record), kHugePage) / sizeof(Record);
  struct FreeBlock {
    std::size_t records = 0;
    void operator()(Record* memory) const { HugeAllocator<Record>().deallocate(memory, records); }
  };

  void add_chunk() {
    const std::size_t records = chunks_.size() < kSmallChunks ? kChunk : kBlock;
    blocks_.emplace_back(HugeAllocator<Record>().allocate(records), FreeBlock{records});
    for (std::size_t at = 0; at < records; at += kChunk) chunks_.push_back(blocks_.back().get() + at);
  }

  std::size_t used_ = 0;
  std::vector<Record*> chunks_;
  std::vector<std::unique_ptr<Record, FreeBlock>> blocks_;
};

}  // namespace handlens
