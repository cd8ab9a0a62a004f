// `-V LIST`: a file that names input files, one a line, as for tcpdump.
//
// A line is a name as it stands: blanks belong to it and a # starts no comment, for both may occur in names. Only empty
// lines are passed over, and one that ends the file need not end with a line break. A name is what it would be on the
// command line: relative to where the program runs, a folder, or - for standard input.
#pragma once
#include <string>
#include <vector>

namespace handlens {

// What a list may hold: two million names of usual length.
inline constexpr std::size_t kMaxNameListBytes = 64 * 1024 * 1024;

// `path`: "-" is standard input. Throws CaptureError: the list cannot be read (3, 5), names nothing or is no list (3).
[[nodiscard]] std::vector<std::string> read_name_list(const std::string& path);

}  // namespace handlens
