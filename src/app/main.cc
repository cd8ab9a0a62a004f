// Entry: options in, exit code out. Every error of the environment ends here as lines on standard error.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "src/app/commands.h"
#include "src/app/pipeline.h"
#include "src/output/text_escape.h"

int main(int argc, char** argv) {
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
