#include "src/app/heap.h"

#include <cstdint>
#include <cstdlib>

#include "src/flow/huge_pages.h"

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace handlens {

#ifdef __GLIBC__

namespace {

constexpr int kSmallStep = 1024 * 1024;                    // by which the heap grows
constexpr int kLargeStep = 64 * 1024 * 1024;               // address space; memory is taken when it is first used
constexpr std::uintptr_t kThreadPiece = 64 * 1024 * 1024;  // HEAP_MAX_SIZE of glibc's arena.c
constexpr std::uint32_t kCallsPerProbe = 64;               // a few hundred kilobytes are taken meanwhile
constexpr std::size_t kProbe = 64 * 1024;                  // too large to be one of those that the thread has at hand
constexpr int kMapped = 4 * 1024 * 1024;                   // pieces of at least this size are mapped each for itself
constexpr int kKeptFree = 64 * 1024 * 1024;  // at the heap's end: what is free beyond goes back to the system
constexpr std::uintptr_t kLarge = 4 * 1024 * 1024;

}  // namespace

// Flows make and free many small and some large pieces for as long as the program runs: fast bins are not to be sorted
// through at each large one, and memory that is wanted again at once is not to go back to the system.
void set_up_heap() {
  (void)::mallopt(M_MXFAST, 0);
  (void)::mallopt(M_MMAP_THRESHOLD, kMapped);
  (void)::mallopt(M_TRIM_THRESHOLD, kKeptFree);
  (void)::mallopt(M_TOP_PAD, kSmallStep);
}

// A variable of the library, not a call of the system.
HeapInHugePages::HeapInHugePages(bool is_large, Of of) : end_(::sbrk(0)), of_(of) {
  if (!is_large) return;
  if (of == Of::main) {
    grow_in_large_steps();
    void* volatile first = std::malloc(2 * kSmallStep);  // the first step, before anything stands there
    std::free(first);
  }
  is_large_ = true;
  follow();
}

void HeapInHugePages::grow_in_large_steps() {
  is_large_ = true;
  (void)::mallopt(M_TOP_PAD, kLargeStep);
}

void HeapInHugePages::follow() { of_ == Of::main ? follow_main() : follow_thread(); }

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast,performance-no-int-to-ptr): addresses are counted in pages
void HeapInHugePages::follow_main() {
  void* const end = ::sbrk(0);
  if (end == end_) return;
  const auto from = reinterpret_cast<std::uintptr_t>(end_), to = reinterpret_cast<std::uintptr_t>(end);
  if (!is_large_ && to > from && to - from >= kLarge) grow_in_large_steps();
  if (!is_large_) return;
  end_ = end;
  const std::uintptr_t first = (from + kHugePage - 1) / kHugePage * kHugePage;
  // Advice: without it everything works as well.
  if (to > first) ::madvise(reinterpret_cast<void*>(first), to - first, MADV_HUGEPAGE);
}

// glibc makes it of aligned pieces of 64 MiB, each writable as a whole at once, as the large step is as large as it.
void HeapInHugePages::follow_thread() {
  if (!is_large_ || calls_++ % kCallsPerProbe != 0) return;
  void* volatile probe = std::malloc(kProbe);
  const std::uintptr_t piece = reinterpret_cast<std::uintptr_t>(probe) / kThreadPiece * kThreadPiece;
  std::free(probe);
  if (piece == piece_) return;
  piece_ = piece;
  ::madvise(reinterpret_cast<void*>(piece), kThreadPiece, MADV_HUGEPAGE);  // advice, whatever stands there
}
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast,performance-no-int-to-ptr)

#else

void set_up_heap() {}
HeapInHugePages::HeapInHugePages(bool, Of of) : of_(of) {}
void HeapInHugePages::follow() {}

#endif

}  // namespace handlens
