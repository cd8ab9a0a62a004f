#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "dissectors/packet.h"
#include "src/app/commands.h"

namespace handlens {
namespace {

std::string guide() {
  std::ifstream file(HANDLENS_SOURCE_DIR "/dissectors/README.md");
  return {std::istreambuf_iterator<char>(file), {}};
}
// How the field guide and the list write a row's number.
std::string number_of(const LayerName& layer) {
  if (layer.any_number) return "any";
  const bool is_decimal = layer.table == "link type" || layer.table == "IP protocol" || layer.table == "UDP port";
  return is_decimal ? std::to_string(layer.number) : fmt::format("0x{:04x}", layer.number);
}

TEST(Links, TheListHasEveryRow) {
  const std::string text = links_text();
  for (const LayerName& layer : layer_names()) {
    EXPECT_NE(text.find(fmt::format("{:>6}  {}\n", number_of(layer), layer.name)), std::string::npos) << layer.name;
  }
  EXPECT_NE(text.find(" vxlan "), std::string::npos);
}

TEST(Links, TheFieldGuideHasEveryRow) {
  const std::string text = guide();
  for (const LayerName& layer : layer_names()) {
    const std::string row = fmt::format("| {} | {} | {} |", layer.table, number_of(layer), layer.name);
    EXPECT_NE(text.find(row), std::string::npos) << "dissectors/README.md has no row: " << row;
  }
}

TEST(Links, TheFieldGuideHasEveryWord) {
  const std::string text = guide();
  for (unsigned i = 0; to_text(static_cast<Encapsulation>(i)) != "unknown"; ++i) {
    const std::string word = fmt::format("`{}`", to_text(static_cast<Encapsulation>(i)));
    EXPECT_NE(text.find(word), std::string::npos) << "dissectors/README.md does not name " << word;
  }
}

}  // namespace
}  // namespace handlens
