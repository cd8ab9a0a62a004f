// Any -Y expression: parsed or refused with a printable sentence, and what was parsed can be applied to a flow.
// Input: the expression.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "src/output/selection.h"
#include "tests/support/report_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handlens;
  static const AnalyzedFlow flows[] = {testing::tls13_flow(), testing::injected_reset_flow()};
  const std::string text(data, data + size);
  Selection selection;
  const std::string error = selection.add_expression(text);
  if (error.empty() == selection.terms().empty()) std::abort();
  for (const char c : error) {
    if (c == '\n' || c == '\x1b') std::abort();
  }
  for (const AnalyzedFlow& flow : flows) (void)selection.matches(flow);
  Selection by_flow;
  (void)by_flow.add_flow(text);
  for (const AnalyzedFlow& flow : flows) (void)by_flow.matches(flow);
  return 0;
}
