// A main for a fuzz target where libFuzzer is not: runs the target on every file named, and on every file of every
// folder named. The point is not to search but to keep each committed input passing under every compiler and sanitizer.
//
// Each input is run whole and then cut short at a few lengths, because a truncated input is the commonest hostile one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A copy of exactly `size` bytes, so that a sanitizer sees the first byte read past the end.
void run(const std::vector<std::uint8_t>& input, std::size_t size) {
  const std::vector<std::uint8_t> exact(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_with_cuts(const std::vector<std::uint8_t>& input) {
  constexpr std::size_t kCuts = 16;
  run(input, input.size());
  for (std::size_t i = 1; i < kCuts; ++i) run(input, input.size() * i / kCuts);
  if (!input.empty()) run(input, input.size() - 1);
}

std::vector<std::filesystem::path> inputs_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::size_t count = 0;
    LLVMFuzzerTestOneInput(nullptr, 0);
    for (int i = 1; i < argc; ++i) {
      for (const auto& path : inputs_of(argv[i])) {
        run_with_cuts(read_file(path));
        ++count;
      }
    }
    std::printf("%zu inputs\n", count);
    // An empty corpus would pass for ever and prove nothing.
    return count > 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
