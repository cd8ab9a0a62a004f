#include "src/capture/file_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/capture/link_types.h"
#include "src/capture/pcapng_reader.h"

namespace handlens {
namespace {

constexpr int kExitNoCapture = 3, kExitPartly = 4;

// "16 packets before it were read"
std::string packets_before(std::uint64_t packets) {
  if (packets == 0) return "no packet before it";
  if (packets == 1) return "the packet before it was read";
  return fmt::format("{} packets before it were read", packets);
}

std::string format_name(const CaptureReader& reader) {
  const std::string_view compression = reader.bytes().compression();
  return compression.empty() ? std::string(reader.format()) : fmt::format("{}+{}", reader.format(), compression);
}

[[noreturn]] void throw_nothing_to_read(const std::vector<PacketSource::Problem>& problems) {
  int exit_code = kExitNoCapture;
  std::vector<std::string> lines;
  for (const PacketSource::Problem& problem : problems) {
    exit_code = std::max(exit_code, problem.exit_code);
    lines.push_back(problem.text);
  }
  if (lines.empty()) lines.emplace_back("no input was named");
  throw CaptureError(exit_code, std::move(lines));
}

}  // namespace

FileSource::FileSource(const FileInputs& inputs) : filter_(inputs.filter) {
  InputList list = list_inputs(inputs);
  if (list.captures.empty()) throw_nothing_to_read(list.problems);
  captures_ = std::move(list.captures);
  problems_ = std::move(list.problems);
  can_be_read_again_ = std::none_of(captures_.begin(), captures_.end(),
                                    [](const InputCapture& capture) { return capture.streamed || capture.compressed; });
  const auto has_size = [](const InputCapture& capture) { return capture.size != 0; };
  if (std::all_of(captures_.begin(), captures_.end(), has_size)) {
    for (const InputCapture& capture : captures_) stored_total_ += capture.size;
  }
}

std::size_t FileSource::next_batch(std::span<RawPacket> out) {
  if (out.empty()) return 0;
  while (!ended_) {
    if (!reader_ && !open_next()) {
      ended_ = true;
      tell_filter_problems();
      break;
    }
    const std::size_t n = reader_->next(out);
    if (n == 0) {
      close_current();
    } else if (const std::size_t left = account(out.first(n)); left != 0) {
      return left;
    }
  }
  return 0;
}

bool FileSource::open_next() {
  while (next_capture_ < captures_.size()) {
    InputCapture& capture = captures_[next_capture_++];
    reader_ = std::move(capture.reader);
    Problem problem;
    if (!reader_) reader_ = open_input(capture.path, problem);
    if (reader_) {
      InputFile file;
      file.name = capture.path;
      file.format = format_name(*reader_);
      files_.push_back(std::move(file));
      return true;
    }
    problems_.push_back(std::move(problem));  // it was there when the inputs were listed
  }
  return false;
}

std::size_t FileSource::account(std::span<RawPacket> batch) {
  InputFile& file = files_.back();
  const std::uint64_t before = packets_ - file.packets;  // of the files before this one
  packets_ += batch.size();
  file.packets += batch.size();
  std::uint64_t bytes = 0;
  for (RawPacket& packet : batch) {
    const std::int64_t time = packet.stamp.time.ns;
    if (previous_ns_ == INT64_MIN) previous_ns_ = time;
    const std::int64_t most = std::min(previous_ns_, INT64_MAX - InputFile::kShownPause) + InputFile::kShownPause;
    file.last_ns = std::max(file.last_ns, std::min(time, most));
    previous_ns_ = time;
    packet.stamp.number += before;
    packet.file = static_cast<std::uint32_t>(files_.size() - 1);
    bytes += packet.bytes.size();
  }
  file.bytes += bytes;
  if (!filter_.is_set()) return batch.size();
  std::size_t left = 0;
  for (const RawPacket& packet : batch) {
    if (filter_.passes(packet)) batch[left++] = packet;
  }
  return left;
}

void FileSource::close_current() {
  InputFile& file = files_.back();
  for (const std::uint16_t link : reader_->links()) file.link_types.push_back(link_type_text(link));
  file.dropped = reader_->dropped();
  add_secrets();
  tell_how_it_ended();
  tell_unsupported_links();
  stored_before_ += reader_->bytes().stored_bytes();
  reader_.reset();
  previous_ns_ = INT64_MIN;
}

void FileSource::add_secrets() {
  const std::string_view more = reader_->secrets();
  secrets_ += more.substr(0, kMaxSecretBytes - std::min(kMaxSecretBytes, secrets_.size()));
}

void FileSource::tell_how_it_ended() {
  InputFile& file = files_.back();
  const std::string name = input_name(file.name);
  const std::string& broken = reader_->bytes().problem();
  const std::string before = packets_before(reader_->packets());
  const ReadStop& stop = reader_->stop();
  if (!broken.empty()) {
    // The bytes themselves broke off: that is the cause, where the packets stopped only follows from it.
    file.truncated = broken;
    problems_.push_back(
        {kExitPartly, fmt::format("{}: {}: {}; copy or download the file again", name, broken, before)});
    return;
  }
  if (stop.kind == ReadStop::Kind::clean || stop.kind == ReadStop::Kind::reading) return;
  file.truncated = stop.what;
  const bool decompressed = !reader_->bytes().compression().empty();
  if (decompressed) file.truncated += " (counted after decompression)";
  const char* advice = stop.kind == ReadStop::Kind::cut
                           ? "the capture was probably stopped or copied while it was being written"
                           : "the rest cannot be read; copy the file again or use another copy";
  problems_.push_back({kExitPartly, fmt::format("{}: {}: {}; {}", name, file.truncated, before, advice)});
}

void FileSource::tell_unsupported_links() {
  std::string unsupported;
  bool any_supported = reader_->links().empty();
  for (const std::uint16_t link : reader_->links()) {
    if (is_supported_link_type(link)) {
      any_supported = true;
    } else {
      unsupported += fmt::format("{}{} ({})", unsupported.empty() ? "" : ", ", link_type_text(link), link);
    }
  }
  if (unsupported.empty() || reader_->packets() == 0) return;
  problems_.push_back({any_supported ? 0 : kExitNoCapture,
                       fmt::format("{}: packets of link type {} are not dissected{}", input_name(files_.back().name),
                                   unsupported, any_supported ? "" : ", and the file holds no others")});
}

void FileSource::tell_filter_problems() {
  for (const std::string& sentence : filter_.unusable()) problems_.push_back({0, sentence});
}

PacketSource::Progress FileSource::progress() const {
  return {stored_before_ + (reader_ ? reader_->bytes().stored_bytes() : 0), stored_total_};
}

std::unique_ptr<PacketSource> open_files(const FileInputs& inputs) { return std::make_unique<FileSource>(inputs); }

}  // namespace handlens
