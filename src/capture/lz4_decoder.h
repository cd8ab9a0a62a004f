// Streaming decompression of lz4: frames (lz4_Frame_format.md of the lz4 project, any number of them, skippable ones
// included) by liblz4, and the older "legacy" frames (blocks of 8 MiB, each with its size before it).
//
// An lz4 block is up to 4 MiB (legacy: 8 MiB), and by default a small capture is one block. liblz4 gives a block whole
// or not at all; so when the input ends inside a block, what its beginning says is decoded here (`lz4_block_prefix`).
// Memory: two blocks at most, whatever the size of the input. Integers are little endian. Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "src/capture/decoder.h"

namespace handlens {

[[nodiscard]] bool is_lz4_frame(ByteView first);         // magic 0x184D2204
[[nodiscard]] bool is_lz4_legacy_frame(ByteView first);  // magic 0x184C2102

[[nodiscard]] std::unique_ptr<Decoder> make_lz4_decoder();
[[nodiscard]] std::unique_ptr<Decoder> make_lz4_legacy_decoder();

// What the beginning of a block decodes to, at most `most` bytes: as far as whole sequences and the literals that are
// there reach (lz4_Block_format.md). Never fails: what is wrong ends it.
[[nodiscard]] std::vector<std::uint8_t> lz4_block_prefix(ByteView block, std::size_t most);

}  // namespace handlens
