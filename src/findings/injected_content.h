// Content with one side's address that came from elsewhere: two different payloads for the same bytes of a stream, or
// an answer to the ClientHello that is no TLS, where one comes sooner than that host can answer or from another
// distance. Different bytes alone name nobody, and neither does a lone text: servers that speak no TLS answer so.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/clue.h"
#include "src/findings/finding.h"

namespace handlens {

struct InjectedContent {
  const PacketNote* foreign = nullptr;
  bool came_first = false;       // of the two: it is what the receiver took
  bool is_plain_answer = false;  // see plain_answer.h
  Signs signs;
};
[[nodiscard]] InjectedContent find_injected_content(const FlowReport& flow, const Outcome& outcome, const Guards& g);

// As evidence of the finding that blames a device already, as the explanation of a handshake that failed by it, or as a
// note about a connection that it did no harm.
void tell_injected_content(AnalyzedFlow& flow, const CaptureContext& context);

}  // namespace handlens
