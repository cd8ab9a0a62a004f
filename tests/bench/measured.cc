// Runs a command and says what it took: CPU time (user and system) and wall time in microseconds, peak memory in KiB.
//   measured SECONDS COMMAND...
//   measured --touch MIB
// The command is ended after so many seconds of CPU time, or four times as many by the clock. Its standard output is
// thrown away; the figures come on standard output as "cpu wall memory". Being small, this program adds nothing to the
// figures: a process starts with the peak memory of the one it was forked from, and with the cost of that fork.
// With --touch it only uses so much memory and gives it back. A virtual machine may have to ask its host for memory
// that was free for a while, which takes many times as long as clearing it: what runs next finds the memory at hand.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace {

long long microseconds(const timeval& time) { return time.tv_sec * 1'000'000LL + time.tv_usec; }

int touch(std::size_t mebibytes) {
  constexpr std::size_t kPage = 4096;
  const std::size_t bytes = mebibytes << 20;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("measured: mmap");
    return 1;
  }
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  for (std::size_t at = 0; at < bytes; at += kPage) static_cast<volatile char*>(memory)[at] = 1;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: measured SECONDS COMMAND...\n       measured --touch MIB\n");
    return 2;
  }
  if (std::strcmp(argv[1], "--touch") == 0) return touch(std::strtoul(argv[2], nullptr, 10));
  const rlim_t seconds = std::strtoul(argv[1], nullptr, 10);
  const rlimit limit{seconds, seconds};
  setrlimit(RLIMIT_CPU, &limit);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  sigset_t ended, before_mask;  // the end of the child is waited for, so its signal must not be lost
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, &before_mask);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &before_mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const auto before = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, argv[2], &files, &attributes, argv + 2, environ); error != 0) {
    std::fprintf(stderr, "measured: %s: %s\n", argv[2], std::strerror(error));
    return 127;
  }
  posix_spawn_file_actions_destroy(&files);
  const timespec patience{static_cast<time_t>(4 * seconds), 0};
  if (sigtimedwait(&ended, nullptr, &patience) != SIGCHLD) kill(child, SIGKILL);
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child) return 127;
  const auto wall = std::chrono::steady_clock::now() - before;
  std::printf("%lld %lld %ld\n", microseconds(used.ru_utime) + microseconds(used.ru_stime),
              static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(wall).count()),
              used.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
