// What follows "do" in a rule: an action and, for forged packets, their fields.
#pragma once
#include "tools/middlebox/rules.h"
#include "tools/middlebox/words.h"

namespace handlens::middlebox {

[[nodiscard]] Action read_action(Words& words);  // up to the end or the next "also"
// Whether an action holds back or changes the packet that set it off, which only a device in the path can.
[[nodiscard]] bool changes_passing(Action::Kind kind);

}  // namespace handlens::middlebox
