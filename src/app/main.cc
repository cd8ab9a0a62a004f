// Entry: options in, exit code out. Every error of the environment ends here as lines on standard error.
#include <fcntl.h>

#include <csignal>
#include <exception>

#include "src/app/commands.h"
#include "src/app/heap.h"
#include "src/app/pipeline.h"
#include "src/app/standard_error.h"
#include "src/capture/packet_source.h"
#include "src/output/text_escape.h"

namespace {

// A standard stream that is closed would give its number to the next file opened, and messages would go into that. What
// takes its place can be used for nothing: reading from it, or writing to it, fails as it would have.
void reserve_standard_streams() {
  constexpr int kStreams = 3;
  for (int stream = 0; stream < kStreams; ++stream) {
    if (::fcntl(stream, F_GETFD) == -1) (void)::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  handlens::set_up_heap();
  reserve_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe shows as EPIPE where it is written to
  std::signal(SIGXFSZ, SIG_IGN);  // and a file that may not grow as EFBIG
  try {
    return handlens::run_command(handlens::parse_options({argv + 1, argv + argc}));
  } catch (const handlens::UsageError& error) {
    handlens::complain("handlens: {}\n", handlens::escape_terminal(error.what()));
    return handlens::kUsage;
  } catch (const handlens::CaptureError& error) {
    for (const std::string& line : error.lines()) {
      handlens::complain("handlens: {}\n", handlens::escape_terminal(line));
    }
    return error.exit_code();
  } catch (const std::exception& error) {
    handlens::complain("handlens: internal error: {}\n", error.what());
    return handlens::kInternal;
  }
}
