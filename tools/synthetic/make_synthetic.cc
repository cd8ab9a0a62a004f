// Writes the synthetic captures of pcaps/, or checks that they are what it would write.
//   make_synthetic [--check] DIRECTORY
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tools/builder/capture_writer.h"
#include "tools/synthetic/scenarios.h"

namespace {

int run(bool check, const std::filesystem::path& directory) {
  using namespace handlens;
  std::vector<synthetic::Scenario> all = synthetic::tcp_scenarios();
  for (const auto& more : {synthetic::link_scenarios(), synthetic::tunnel_scenarios(), synthetic::injected_resets(),
                           synthetic::ordinary_resets(), synthetic::compared_resets(), synthetic::given_up(),
                           synthetic::ordinary_endings()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  int different = 0;
  for (const synthetic::Scenario& scenario : all) {
    const builder::Bytes bytes = scenario.make();
    const std::filesystem::path path = directory / scenario.file;
    if (!check) {
      builder::write_file(path, bytes);
    } else if (builder::read_file(path) != bytes) {
      std::cerr << path.string() << ": not what make_synthetic writes\n";
      ++different;
    }
  }
  std::cout << all.size() << " synthetic captures, " << different << " different\n";
  return different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool check = !arguments.empty() && arguments[0] == "--check";
  if (arguments.size() != (check ? 2U : 1U)) {
    std::cerr << "usage: make_synthetic [--check] DIRECTORY\n";
    return 2;
  }
  try {
    return run(check, arguments.back());
  } catch (const std::exception& problem) {
    std::cerr << "make_synthetic: " << problem.what() << '\n';
    return 1;
  }
}
