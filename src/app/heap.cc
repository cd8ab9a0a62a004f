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

constexpr int kSmallStep = 1024 * 1024;       // by which the heap grows
constexpr int kLargeStep = 32 * 1024 * 1024;  // address space; memory is taken when it is first used
constexpr int kMapped = 4 * 1024 * 1024;      // pieces of at least this size are mapped each for itself
constexpr int kKeptFree = 64 * 1024 * 1024;   // at the heap's end: what is free beyond goes back to the system
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
HeapInHugePages::HeapInHugePages(bool is_large) : end_(::sbrk(0)) {
  if (!is_large) return;
  grow_in_large_steps();
  void* volatile first = std::malloc(2 * kSmallStep);  // the first step, before anything stands there
  std::free(first);
  follow();
}

void HeapInHugePages::grow_in_large_steps() {
  is_large_ = true;
  (void)::mallopt(M_TOP_PAD, kLargeStep);
}

void HeapInHugePages::follow() {
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

#else

void set_up_heap() {}
HeapInHugePages::HeapInHugePages(bool) : end_(nullptr) {}
void HeapInHugePages::follow() {}

#endif

}  // namespace handlens
