// A ClientHello that was answered with bytes that are not TLS: by a server that speaks something else on that port, or
// by something that answers in its place.
#pragma once
#include <cstdint>

#include "src/findings/finding.h"
#include "src/findings/reset_case.h"

namespace handlens {

// The first of them before frame `end`, which is included; nullptr: there is none, or TLS came as well.
[[nodiscard]] const Event* find_plain_answer(const FlowReport& flow, std::uint64_t end);

// Who sent them may have sent what ended the connection: they are no measure of it.
void forget_plain_answer(ResetCase& c);

// The client that gave up for such an answer is not at fault: the answer came first. Whose the answer is, its packet
// says.
void blame_plain_answer(AnalyzedFlow& flow, const CaptureContext& context);

}  // namespace handlens
