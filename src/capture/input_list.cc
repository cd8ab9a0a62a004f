#include "src/capture/input_list.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <numeric>
#include <system_error>

namespace handlens {
namespace {

using Problem = PacketSource::Problem;

// To look at the first packet only; most are shorter than this.
constexpr std::size_t kProbePiece = 16 * 1024;

constexpr int kExitNoCapture = 3, kExitNoPermission = 5;

Problem open_problem(const std::string& path, int error) {
  if (error == EACCES || error == EPERM) {
    return {kExitNoPermission,
            fmt::format("{}: permission denied; make it readable for this user (chmod, chown) or copy it as its owner",
                        path)};
  }
  if (error == ENOENT || error == ENOTDIR) return {kExitNoCapture, fmt::format("{}: no such file", path)};
  return {kExitNoCapture, fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(error))};
}

int open_descriptor(const std::string& path) {
  // Standard input is duplicated so that every source may close what it holds.
  return path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

std::unique_ptr<CaptureReader> open_piece(const std::string& path, std::size_t piece, Problem& problem,
                                          OpenFailure& failure) {
  const int descriptor = open_descriptor(path);
  if (descriptor < 0) {
    failure.kind = OpenFailure::Kind::broken;
    problem = open_problem(input_name(path), errno);
    return nullptr;
  }
  auto reader = open_capture(read_descriptor(descriptor), failure, piece);
  if (!reader) problem = {kExitNoCapture, fmt::format("{}: {}", input_name(path), failure.what)};
  return reader;
}

using FoundFile = std::pair<std::string, std::uint64_t>;  // path, size

class Lister {
 public:
  explicit Lister(bool look_at_times) : look_at_times_(look_at_times) {}

  void add(const std::string& path) {
    struct stat info {};
    const int result = path == "-" ? ::fstat(STDIN_FILENO, &info) : ::stat(path.c_str(), &info);
    if (result != 0) {
      list_.problems.push_back(open_problem(input_name(path), errno));
    } else if (S_ISDIR(info.st_mode)) {
      add_directory(path);
    } else if (path == "-" || !S_ISREG(info.st_mode)) {
      add_stream(path, S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0);
    } else {
      add_file(path, static_cast<std::uint64_t>(info.st_size), false);
    }
  }
  InputList take() { return std::move(list_); }

 private:
  void add_stream(const std::string& path, std::uint64_t size) {
    Problem problem;
    InputCapture input{path, true, false, size, std::nullopt, open_input(path, problem)};
    if (input.reader) {
      list_.captures.push_back(std::move(input));
    } else {
      list_.problems.push_back(std::move(problem));
    }
  }
  // True if it is a capture. In a directory other files are no problem: they were not named.
  bool add_file(const std::string& path, std::uint64_t size, bool in_directory) {
    Problem problem;
    OpenFailure failure;
    const bool keep = !look_at_times_ && !in_directory;
    auto reader = open_piece(path, keep ? kReadPiece : kProbePiece, problem, failure);
    if (!reader) {
      const bool other_file = failure.kind == OpenFailure::Kind::foreign || failure.kind == OpenFailure::Kind::empty;
      if (!in_directory || !other_file) list_.problems.push_back(std::move(problem));
      return false;
    }
    InputCapture input{path, false, !reader->bytes().compression().empty(), size, std::nullopt, nullptr};
    if (keep) {
      input.reader = std::move(reader);
    } else if (RawPacket first; reader->next({&first, 1}) == 1) {
      input.first = first.stamp.time;
    }
    list_.captures.push_back(std::move(input));
    return true;
  }
  void add_directory(const std::string& path) {
    std::vector<FoundFile> files;
    const std::size_t problems_before = list_.problems.size();
    collect(path, files, 0);
    std::sort(files.begin(), files.end());
    std::size_t found = 0;
    for (const FoundFile& file : files) {
      if (add_file(file.first, file.second, true)) ++found;
    }
    if (found == 0 && list_.problems.size() == problems_before) {
      list_.problems.push_back({kExitNoCapture, fmt::format("{}: no capture file in this directory", path)});
    }
  }
  // A folder that cannot be read is told; the others are still walked. Links to folders are not followed: they loop.
  void collect(const std::string& path, std::vector<FoundFile>& files, int depth) {
    namespace fs = std::filesystem;
    constexpr int kMaxDepth = 64;
    std::error_code error;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      std::error_code ignored;  // a file that vanishes meanwhile is none
      if (at->is_directory(ignored) && !at->is_symlink(ignored) && depth < kMaxDepth) {
        collect(at->path().string(), files, depth + 1);
      } else if (at->is_regular_file(ignored)) {
        const std::uintmax_t size = at->file_size(ignored);
        if (!ignored) files.emplace_back(at->path().string(), size);
      }
    }
    if (error) list_.problems.push_back(open_problem(path, error.value()));
  }

  bool look_at_times_;
  InputList list_;
};

// Sorts the files by first packet; streams keep the place they were given, files without packets come last.
void order_by_time(std::vector<InputCapture>& captures) {
  std::vector<std::size_t> places;
  std::vector<InputCapture> files;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    if (captures[i].streamed) continue;
    places.push_back(i);
    files.push_back(std::move(captures[i]));
  }
  std::stable_sort(files.begin(), files.end(), [](const InputCapture& a, const InputCapture& b) {
    if (!a.first || !b.first) return a.first.has_value() && !b.first;
    return *a.first < *b.first;
  });
  for (std::size_t i = 0; i < places.size(); ++i) captures[places[i]] = std::move(files[i]);
}

}  // namespace

std::string input_name(const std::string& path) { return path == "-" ? "standard input" : path; }

std::unique_ptr<CaptureReader> open_input(const std::string& path, Problem& problem) {
  OpenFailure failure;
  return open_piece(path, kReadPiece, problem, failure);
}

InputList list_inputs(const FileInputs& inputs) {
  Lister lister(inputs.paths.size() > 1);
  for (const std::string& path : inputs.paths) lister.add(path);
  InputList list = lister.take();
  if (!inputs.separate) order_by_time(list.captures);
  return list;
}

}  // namespace handlens
