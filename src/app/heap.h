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
  // To be called now and then: cheap if nothing changed.
  void follow();

 private:
  void* end_ = nullptr;
  bool is_large_ = false;
};

}  // namespace handlens
