// All files of a run as one stream of packets, one file open at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/capture/input_list.h"
#include "src/capture/packet_filter.h"
#include "src/capture/packet_source.h"

namespace handlens {

class FileSource final : public PacketSource {
 public:
  // Throws CaptureError if there is nothing to read or the filter is wrong.
  explicit FileSource(const FileInputs& inputs);

  std::size_t next_batch(std::span<RawPacket> out) override;
  [[nodiscard]] bool ended() const override { return ended_; }
  [[nodiscard]] const std::vector<InputFile>& files() const override { return files_; }
  [[nodiscard]] const std::vector<Problem>& problems() const override { return problems_; }
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] bool can_be_read_again() const override { return can_be_read_again_; }
  [[nodiscard]] std::string_view secrets() const override { return secrets_; }

 private:
  // Opens the next capture that can be opened; false if there is none.
  bool open_next();
  void close_current();
  // Numbers and counts a batch, drops what the filter refuses; returns how many are left.
  std::size_t account(std::span<RawPacket> batch);
  void tell_how_it_ended();
  void tell_unsupported_links();
  void tell_filter_problems();
  void add_secrets();

  PacketFilter filter_;
  std::vector<InputCapture> captures_;
  std::size_t next_capture_ = 0;
  std::unique_ptr<CaptureReader> reader_;  // of captures_[next_capture_ - 1]
  std::vector<InputFile> files_;           // its last element is the one being read
  std::vector<Problem> problems_;
  std::string secrets_;
  std::uint64_t packets_ = 0;
  std::int64_t previous_ns_ = INT64_MIN;  // time of the packet before, in the same file
  std::uint64_t stored_before_ = 0;       // bytes of the files read to their end
  std::uint64_t stored_total_ = 0;
  bool can_be_read_again_ = false;
  bool ended_ = false;
};

}  // namespace handlens
