// Prints one line for each TCP connection of a capture: its id, the server name asked for, and how it ended.
// It shows how a program uses the libraries: a source hands out packets, the engine turns them into flows, and a sink
// of our own gets each flow when it is finished.
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include "src/capture/packet_source.h"
#include "src/engine/engine.h"
#include "src/output/text_escape.h"

namespace {

class LineSink final : public handlens::FlowSink {
 public:
  void on_flow(handlens::AnalyzedFlow&& flow) override {
    const auto& hello = flow.report.tls.client_hello;
    std::string name = "-";
    // A name is bytes from the wire: whoever prints it escapes it.
    if (hello && hello->hello.server_name) name = handlens::escape_terminal(*hello->hello.server_name);
    const std::string_view status = to_text(flow.outcome.status), stage = to_text(flow.outcome.stage);
    std::printf("%llu %s %.*s at %.*s\n", static_cast<unsigned long long>(flow.report.id), name.c_str(),
                static_cast<int>(status.size()), status.data(), static_cast<int>(stage.size()), stage.data());
  }
};

void list_handshakes(const std::string& path) {
  const std::unique_ptr<handlens::PacketSource> source = handlens::open_files({{path}});
  LineSink sink;
  handlens::Engine engine(handlens::Limits{}, sink);
  std::array<handlens::RawPacket, 64> batch;
  while (!source->ended()) {
    const std::size_t count = source->next_batch(batch);
    engine.on_batch(std::span<const handlens::RawPacket>(batch.data(), count));
  }
  engine.finish(false);
  for (const auto& problem : source->problems()) {
    std::fprintf(stderr, "%s\n", handlens::escape_terminal(problem.text).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: list_handshakes FILE\n");
    return 2;
  }
  try {
    list_handshakes(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", handlens::escape_terminal(error.what()).c_str());
    return 3;
  }
  return 0;
}
