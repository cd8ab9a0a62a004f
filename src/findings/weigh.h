// From signs to a judgement: who sent an ending packet, and how sure that is.
//
// Signs are added in log-odds of "a device on the path" against "the host with that address", each group only up to its
// cap because its clues are correlated. The prior depends on the stage: most resets are ordinary. Numbers:
//   sign      decisive 6, strong 3, medium 1.5, weak 0.5
//   caps      header 4, sequence 6, timing 4 (a decisive sign passes its group's cap), link 8, protocol 4
//   words     5 and a decisive sign: certain; 2.5: likely; 1: possible; below -1 with a sign for the host: possible,
//             below -2.5 likely; else unknown. Absence of oddities alone never gives a culprit.
#pragma once
#include <optional>

#include "src/findings/benign.h"
#include "src/findings/clue.h"
#include "src/findings/guards.h"
#include "src/findings/reset_case.h"

namespace handlens {

struct Judgement {
  Cause cause = Cause::unknown;
  std::optional<Location> location;
  Confidence confidence = Confidence::undetermined;
  double sum = 0;                // log-odds for a device
  std::string unlike;            // how its header differs from that of the host's other packets, "" if it does not
  std::optional<Benign> benign;  // the ordinary explanation that was believed
  std::string location_text;     // how the place was found, "" if it was not
  std::string guard;             // why nothing could be said, if a guard is the reason
  std::string open_question;     // a sentence: who sent it is plain, and who is at fault is not
};

// How long it took, as a part of the claimed host's round trip. Its maker is at most that far away; how near, a slow
// one does not show.
struct Share {
  double of_round_trip = 0;
  bool is_proved = false;  // it is plain what it answers; else it is taken to answer the newest packet
};
// Nothing if it came no sooner than that host's answer could.
[[nodiscard]] std::optional<Share> share_of(const ResetCase& c, const Signs& signs);

// Whether it speaks strongly against the side whose address the packet bears. Coming sooner than that side could
// answer is enough, even where its distance is not sure.
[[nodiscard]] bool speaks_against_host(const Sign& sign);

[[nodiscard]] bool has_decisive(const Signs& signs, Toward toward);
[[nodiscard]] Judgement weigh(const ResetCase& c, const Signs& signs, const Guards& g, std::optional<Benign> benign);

}  // namespace handlens
