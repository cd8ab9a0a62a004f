// The JSON Schema (draft 2020-12) of what `--ndjson` and `--json` print: `handlens schema`.
#pragma once
#include <string>

namespace handlens {

[[nodiscard]] std::string record_schema();

}  // namespace handlens
