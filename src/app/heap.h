// How the program takes memory from the system for its small pieces: glibc's settings. With another C library all of
// this does nothing.
#pragma once
#include <cstddef>
#include <cstdint>

namespace handlens {

// For the whole program, before anything else.
void set_up_heap();

// Lets a heap that becomes large grow in huge pages. One in pages of 4 KiB costs a fifth to a third of a run on
// captures of many flows: in page faults, and in address translation ever after. glibc can do this by a setting of its
// environment only. Threads: the one whose heap it is.
class HeapInHugePages {
 public:
  enum class Of : std::uint8_t { main, thread };  // glibc gives each other thread a heap of its own
  // `is_large`: it will become large, as far as can be known. Of the heaps of other threads only such grow in huge
  // pages. The main one's is to be made before their threads.
  HeapInHugePages(bool is_large, Of of);
  // To be called now and then: cheap, mostly. Of a thread's heap nobody says where it is: a piece of memory is asked
  // for and given back, once in a while, to see where it lies.
  void follow();

 private:
  void grow_in_large_steps();
  void follow_main();
  void follow_thread();

  void* end_ = nullptr;  // of the main heap when it was last looked at
  std::uint32_t calls_ = 0;
  std::uintptr_t piece_ = 0;  // of the thread's heap: the one that was in use then
  bool is_large_ = false;
  Of of_;
};

}  // namespace handlens
