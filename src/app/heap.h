// How the program takes memory from the system for its small pieces: glibc's settings. With another C library all of
// this does nothing.
#pragma once
#include <cstddef>

namespace handlens {

// For the whole program, before anything else.
void set_up_heap();

// Lets a heap that becomes large grow in huge pages. One in pages of 4 KiB costs a fifth to a third of a run on
// captures of many flows: in page faults, and in address translation ever after. glibc can do this by a setting of its
// environment only. Threads: the main one, whose heap it is.
class HeapInHugePages {
 public:
  // `is_large`: it will become large, as far as can be known.
  explicit HeapInHugePages(bool is_large);
  // To be called now and then: cheap if nothing changed.
  void follow();

 private:
  void grow_in_large_steps();

  void* end_;  // of the heap when it was last looked at
  bool is_large_ = false;
};

}  // namespace handlens
