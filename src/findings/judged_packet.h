// One packet judged: whether the side whose address it carries sent it. Its signs are collected and weighed.
#pragma once
#include <cstdint>
#include <optional>

#include "src/findings/telling.h"

namespace handlens {

// All that its numbers, header, time, link and the other flows say.
[[nodiscard]] Signs signs_of_reset(const ResetCase& c, const Guards& g);

// A reset; or, with `is_fin`, a FIN that is seen as one.
[[nodiscard]] Verdict judge(const AnalyzedFlow& flow, const CaptureContext& context, const RstFact& rst, bool is_fin);

// Another packet as what a device may forge: the fields of a reset, read from the note of the packet with this frame
// number of which `is_it` is true; nothing if none was kept.
[[nodiscard]] std::optional<RstFact> packet_as_case(const FlowReport& flow, std::uint64_t frame,
                                                    bool (*is_it)(const PacketNote&));

// What speaks against the side whose address the data in packet `frame` carries, such as an alert in clear: a device,
// or nobody can be named. Nothing if nothing does.
[[nodiscard]] std::optional<Verdict> doubt_data(const AnalyzedFlow& flow, const CaptureContext& context,
                                                std::uint64_t frame);

}  // namespace handlens
