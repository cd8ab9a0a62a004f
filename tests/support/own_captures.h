// The captures of pcaps/, for tests that look at every one of them.
#pragma once
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

namespace handlens::testing {

// Their names without a folder, sorted.
inline std::vector<std::string> own_captures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(HANDLENS_SOURCE_DIR "/pcaps")) {
    if (entry.path().extension().string().starts_with(".pcap")) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A test's name may hold letters, digits and underscores.
inline std::string test_name(const std::string& capture) {
  std::string name = capture.substr(0, capture.find('.')) + (capture.ends_with("ng") ? "_ng" : "");
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace handlens::testing
