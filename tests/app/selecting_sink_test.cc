#include "src/app/selecting_sink.h"

#include <gtest/gtest.h>

#include "tests/support/report_builder.h"

namespace handlens {
namespace {

class Kept final : public RenderedSink {
 public:
  void put(const RenderedFlow& flow) override { flows.emplace_back(flow.id, flow.selected); }
  std::vector<std::pair<std::uint64_t, bool>> flows;
};
class Names final : public FlowRenderer {
 public:
  [[nodiscard]] RenderedFlow render(const AnalyzedFlow& flow) override {
    ++rendered;
    return {.id = flow.report.id, .selected = true, .kind = {}, .finding = {}, .text = "x"};
  }
  int rendered = 0;
};

TEST(SelectingSink, WhatIsNotSelectedIsToldAndNotRendered) {
  Selection failed;
  ASSERT_EQ(failed.add_expression("status=failed"), "");
  FailOn likely;
  likely.confidence = Confidence::likely;
  Kept kept;
  Names names;
  SelectingSink sink(failed, likely, &names, kept);
  sink.on_flow(testing::tls13_flow());
  EXPECT_FALSE(sink.has_failed());
  sink.on_flow(testing::injected_reset_flow());
  EXPECT_TRUE(sink.has_failed());
  EXPECT_EQ(sink.selected(), 1u);
  EXPECT_EQ(names.rendered, 1);
  ASSERT_EQ(kept.flows.size(), 2u);
  EXPECT_FALSE(kept.flows[0].second);
  EXPECT_TRUE(kept.flows[1].second);
}

TEST(SelectingSink, WithoutARendererNothingIsToldButCounted) {
  const Selection everything;
  const FailOn nothing;
  Kept kept;
  SelectingSink sink(everything, nothing, nullptr, kept);
  sink.on_flow(testing::tls13_flow());
  EXPECT_EQ(sink.selected(), 1u);
  EXPECT_TRUE(kept.flows.empty());
}

}  // namespace
}  // namespace handlens
