// Entry: options in, exit code out. Every error of the environment ends here as lines on standard error.
#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "src/app/commands.h"
#include "src/app/pipeline.h"
#include "src/capture/packet_source.h"
#include "src/output/text_escape.h"

namespace {

// Flows make and free many small and some large pieces for as long as the program runs. glibc is told not to sort its
// fast bins through at each large one, and not to give memory back to the system that is wanted again at once: a sixth
// of the time on captures of many handshakes.
void set_up_memory() {
#ifdef __GLIBC__
  (void)::mallopt(M_MXFAST, 0);
  (void)::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  (void)::mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
  (void)::mallopt(M_TOP_PAD, 1024 * 1024);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  set_up_memory();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe shows as EPIPE where it is written to
  try {
    return handlens::run_command(handlens::parse_options({argv + 1, argv + argc}));
  } catch (const handlens::UsageError& error) {
    fmt::print(stderr, "handlens: {}\n", handlens::escape_terminal(error.what()));
    return handlens::kUsage;
  } catch (const handlens::CaptureError& error) {
    for (const std::string& line : error.lines()) {
      fmt::print(stderr, "handlens: {}\n", handlens::escape_terminal(line));
    }
    return error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "handlens: internal error: {}\n", error.what());
    return handlens::kInternal;
  }
}
