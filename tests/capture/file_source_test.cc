#include "src/capture/file_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::keep;
using testing::KeptPacket;
using testing::PcapFile;
using testing::PcapngFile;
using testing::TemporaryFolder;

// An Ethernet frame with an IPv4 TCP header from port 1234 to `port`.
std::string frame(unsigned port) {
  testing::Bytes out(true);
  out.text("\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04").u16(0x0800);
  out.u8(0x45).u8(0).u16(40).u16(1).u16(0x4000).u8(64).u8(6).u16(0).u32(0xc0000201).u32(0xc0000202);
  return out.u16(1234).u16(port).u32(1).u32(0).u16(0x5002).u16(1000).u16(0).u16(0).str();
}

std::vector<KeptPacket> read_all(PacketSource& source, std::size_t batch = 5) {
  std::vector<RawPacket> out(batch);
  std::vector<KeptPacket> packets;
  while (const std::size_t n = source.next_batch(out)) {
    for (std::size_t i = 0; i < n; ++i) packets.push_back(keep(out[i]));
  }
  EXPECT_TRUE(source.ended());
  return packets;
}

std::string bytes_of(const std::vector<KeptPacket>& packets) {
  std::string text;
  for (const KeptPacket& packet : packets) text += packet.bytes + ' ';
  return text;
}

CaptureError error_of(const FileInputs& inputs) {
  try {
    (void)open_files(inputs);
  } catch (const CaptureError& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {0, ""};
}

std::string one_packet(std::uint32_t seconds, std::string_view data) {
  const PcapFile file;
  return file.header() + file.packet(seconds, 0, data);
}

// Lends bytes to standard input through a pipe, slowly enough to arrive in pieces.
class PipedInput {
 public:
  explicit PipedInput(std::string content) : saved_(::dup(STDIN_FILENO)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    writer_ = std::thread([content = std::move(content), end = ends[1]] {
      for (std::size_t at = 0; at < content.size();) {
        const std::size_t n = std::min<std::size_t>(at < 64 ? 3 : 4096, content.size() - at);
        if (::write(end, content.data() + at, n) < 0) break;
        at += n;
      }
      ::close(end);
    });
  }
  ~PipedInput() {
    writer_.join();
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

 private:
  int saved_;
  std::thread writer_;
};

TEST(FileSource, TellsNameFormatCountsAndLinkTypes) {
  const TemporaryFolder folder;
  const PcapFile file;
  const std::string path =
      folder.write("a.pcap", testing::gzip(file.header() + file.packet(1, 0, "abc") + file.packet(2, 0, "de")));
  const auto source = open_files({.paths = {path}});
  EXPECT_EQ(bytes_of(read_all(*source, 1)), "abc de ");
  ASSERT_EQ(source->files().size(), 1U);
  const InputFile& told = source->files()[0];
  EXPECT_EQ(told.name, path);
  EXPECT_EQ(told.format, "pcap+gzip");
  EXPECT_EQ(told.packets, 2U);
  EXPECT_EQ(told.bytes, 5U);
  EXPECT_EQ(told.link_types, std::vector<std::string>{"EN10MB"});
  EXPECT_EQ(told.truncated, "");
  EXPECT_TRUE(source->problems().empty());
  EXPECT_EQ(source->progress().done, source->progress().total);
  EXPECT_EQ(source->progress().total, std::filesystem::file_size(path));
}

TEST(FileSource, OrdersFilesByFirstPacketAndRunsNumbersOn) {
  const TemporaryFolder folder;
  const PcapngFile ng;
  const std::string third = folder.write("1", one_packet(30, "third")),
                    first = folder.write("2", testing::zstd(one_packet(10, "first"))),
                    second = folder.write("3", ng.section() + ng.interface(1) + ng.packet(0, 20000000, "second")),
                    tie = folder.write("4", one_packet(30, "tie")), none = folder.write("0", PcapFile{}.header());
  const auto ordered = open_files({.paths = {none, third, first, second, tie}});
  const auto packets = read_all(*ordered);
  EXPECT_EQ(bytes_of(packets), "first second third tie ");
  for (std::size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].number, i + 1);
  EXPECT_EQ(ordered->files().size(), 5U);
  EXPECT_EQ(ordered->files()[4].name, none) << "without packets it has no place in time";

  const auto given = open_files({.paths = {third, first, second}, .separate = true});
  EXPECT_EQ(bytes_of(read_all(*given)), "third first second ");
}

TEST(FileSource, WalksDirectoriesAndSkipsWhatIsNoCapture) {
  const TemporaryFolder folder;
  folder.write("d/late.pcap", one_packet(20, "late"));
  folder.write("d/deep/er/no-suffix", one_packet(10, "early"));
  folder.write("d/notes.txt", "just text");
  folder.write("d/empty.pcap", "");
  const auto source = open_files({.paths = {folder.path("d")}});
  EXPECT_EQ(bytes_of(read_all(*source)), "early late ");
  EXPECT_TRUE(source->problems().empty());

  folder.write("none/notes.txt", "just text");
  const CaptureError error = error_of({.paths = {folder.path("none")}});
  EXPECT_EQ(error.exit_code(), 3);
  EXPECT_EQ(error.what(), folder.path("none") + ": no capture file in this directory");
}

TEST(FileSource, ErrorsOfTheOnlyInput) {
  const TemporaryFolder folder;
  const std::string missing = folder.path("missing.pcap"), empty = folder.write("empty.pcap", ""),
                    text = folder.write("text", "hello, world"), cut = folder.write("cut", "\xd4\xc3\xb2\xa1xx");
  EXPECT_EQ(error_of({.paths = {missing}}).exit_code(), 3);
  EXPECT_EQ(error_of({.paths = {missing}}).what(), missing + ": no such file");
  EXPECT_EQ(error_of({.paths = {empty}}).exit_code(), 3);
  EXPECT_EQ(error_of({.paths = {empty}}).what(), empty + ": the file is empty (0 bytes), not a capture");
  EXPECT_EQ(error_of({.paths = {text}}).exit_code(), 3);
  EXPECT_NE(std::string(error_of({.paths = {text}}).what()).find("starts with 68 65 6c 6c 6f"), std::string::npos);
  EXPECT_EQ(error_of({.paths = {cut}}).exit_code(), 3);
  const std::vector<std::string> lines = error_of({.paths = {missing, text}}).lines();
  ASSERT_EQ(lines.size(), 2U);  // each is told on its own line
  EXPECT_EQ(lines[0], missing + ": no such file");
  EXPECT_EQ(error_of({.paths = {}}).exit_code(), 3);
}

TEST(FileSource, OneBadInputAmongGoodOnesIsAProblem) {
  const TemporaryFolder folder;
  const std::string good = folder.write("good", one_packet(1, "good"));
  const auto source = open_files({.paths = {folder.path("missing"), good, folder.write("text", "hello")}});
  EXPECT_EQ(bytes_of(read_all(*source)), "good ");
  ASSERT_EQ(source->problems().size(), 2U);
  EXPECT_EQ(source->problems()[0].exit_code, 3);
  EXPECT_EQ(source->problems()[0].text, folder.path("missing") + ": no such file");
}

TEST(FileSource, UnreadableFileHasItsOwnExitCode) {
  const TemporaryFolder folder;
  const std::string path = folder.write("secret", one_packet(1, "x"));
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  constexpr uid_t kNobody = 65534;
  const uid_t user = ::geteuid();
  if (user == 0) {
    ASSERT_EQ(::chmod(folder.path("").c_str(), 0755), 0);
    ASSERT_EQ(::seteuid(kNobody), 0) << "root may read everything";
  }
  const CaptureError error = error_of({.paths = {path}});
  if (user == 0) {
    ASSERT_EQ(::seteuid(user), 0);
  }
  EXPECT_EQ(error.exit_code(), 5);
  EXPECT_EQ(std::string(error.what()).rfind(path + ": permission denied", 0), 0U) << error.what();
}

TEST(FileSource, CutFileIsReadAsFarAsItGoes) {
  const TemporaryFolder folder;
  const PcapFile file;
  const std::string whole = file.header() + file.packet(1, 0, "one") + file.packet(2, 0, "two");
  const std::string path = folder.write("cut.pcap", whole.substr(0, whole.size() - 1));
  const auto source = open_files({.paths = {path, folder.write("next", one_packet(9, "next"))}});
  EXPECT_EQ(bytes_of(read_all(*source)), "one next ");
  ASSERT_EQ(source->problems().size(), 1U);
  EXPECT_EQ(source->problems()[0].exit_code, 4);
  EXPECT_EQ(source->problems()[0].text,
            path +
                ": cut short at byte 61 in packet 2: the packet before it was read; the capture was probably stopped "
                "or copied while it was being written");
  EXPECT_EQ(source->files()[0].truncated, "cut short at byte 61 in packet 2");
}

TEST(FileSource, BrokenCompressionIsToldAsTheCause) {
  const TemporaryFolder folder;
  const PcapFile file;
  std::string whole = file.header();
  for (std::uint32_t i = 0; i < 200; ++i)
    whole += file.packet(i, i * 7919, "packet " + std::to_string(i * 2654435761U));
  for (const std::string& stored :
       {testing::gzip(whole), testing::zstd(file.header()) + testing::zstd(whole.substr(24))}) {
    const std::string path = folder.write("broken", stored.substr(0, stored.size() - 10));
    const auto source = open_files({.paths = {path}});
    (void)read_all(*source);
    ASSERT_EQ(source->problems().size(), 1U);
    EXPECT_EQ(source->problems()[0].exit_code, 4);
    EXPECT_NE(source->problems()[0].text.find("data ends early at byte " + std::to_string(stored.size() - 10)),
              std::string::npos);
    EXPECT_NE(source->files()[0].truncated, "");
  }
}

TEST(FileSource, StandardInputPlainAndCompressed) {
  const PcapFile file;
  std::string whole = file.header();
  for (std::uint32_t i = 0; i < 1000; ++i) whole += file.packet(i, 0, std::string(i, 'p'));
  for (const std::string& stored : {whole, testing::gzip(whole), testing::zstd(whole)}) {
    const PipedInput input(stored);
    const auto source = open_files({.paths = {"-"}});
    EXPECT_EQ(read_all(*source, 64).size(), 1000U);
    EXPECT_EQ(source->files()[0].name, "-");
    EXPECT_EQ(source->progress().total, 0U);
    EXPECT_TRUE(source->problems().empty());
  }
  const PipedInput nothing("");
  EXPECT_STREQ(error_of({.paths = {"-"}}).what(), "standard input: the file is empty (0 bytes), not a capture");
}

TEST(FileSource, NamedPipesAreReadOnceAndKeepTheirPlace) {
  const TemporaryFolder folder;
  const std::string early = folder.write("early", one_packet(1, "early")),
                    late = folder.write("late", one_packet(9, "late"));
  const std::string pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << one_packet(100, "piped"); });
  const auto source = open_files({.paths = {late, pipe, early}});
  EXPECT_EQ(bytes_of(read_all(*source)), "early piped late ");
  writer.join();
}

TEST(FileSource, FilterLeavesPacketsOutButNumbersThem) {
  const TemporaryFolder folder;
  const PcapFile file;
  std::string whole = file.header();
  for (const unsigned port : {443U, 80U, 443U, 22U, 80U, 443U}) whole += file.packet(1, 0, frame(port));
  const std::string path = folder.write("a", whole);
  const auto source = open_files({.paths = {path}, .filter = "tcp port 443"});
  const auto packets = read_all(*source, 2);
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[0].number, 1U);
  EXPECT_EQ(packets[1].number, 3U);
  EXPECT_EQ(packets[2].number, 6U);
  EXPECT_EQ(source->files()[0].packets, 6U);
}

TEST(FileSource, FilterIsCompiledForEachLinkType) {
  const TemporaryFolder folder;
  const PcapngFile file;
  const std::string ip = frame(443).substr(14);
  const std::string whole = file.section() + file.interface(1) + file.interface(101) + file.packet(0, 1, frame(443)) +
                            file.packet(1, 2, ip) + file.packet(0, 3, frame(80)) + file.packet(1, 4, ip);
  const std::string path = folder.write("mixed", whole);
  EXPECT_EQ(read_all(*open_files({.paths = {path}, .filter = "tcp dst port 443"})).size(), 3U);

  const auto only_ethernet = open_files({.paths = {path}, .filter = "ether src 04:04:04:04:04:04"});
  EXPECT_EQ(read_all(*only_ethernet).size(), 2U);
  ASSERT_EQ(only_ethernet->problems().size(), 1U);
  EXPECT_EQ(only_ethernet->problems()[0].exit_code, 0);
  EXPECT_NE(only_ethernet->problems()[0].text.find("link type RAW"), std::string::npos);
}

TEST(FileSource, WrongFilterIsAUsageErrorBeforeAnythingIsRead) {
  const CaptureError error = error_of({.paths = {"/no/such/folder"}, .filter = "tcp prot 443"});
  EXPECT_EQ(error.exit_code(), 2);
  EXPECT_NE(std::string(error.what()).find("filter \"tcp prot 443\": "), std::string::npos) << error.what();
  const TemporaryFolder folder;
  const std::string path = folder.write("a", one_packet(1, "x"));
  EXPECT_NO_THROW((void)open_files({.paths = {path}, .filter = "inbound"})) << "makes sense for cooked captures";
}

TEST(FileSource, FileOfAnUnsupportedLinkTypeAsksForExitCode3) {
  const TemporaryFolder folder;
  const PcapFile file{.network = 147};
  const auto source = open_files({.paths = {folder.write("usb", file.header() + file.packet(1, 0, "x"))}});
  EXPECT_EQ(read_all(*source).size(), 1U);
  ASSERT_EQ(source->problems().size(), 1U);
  EXPECT_EQ(source->problems()[0].exit_code, 3);
  EXPECT_NE(source->problems()[0].text.find("147"), std::string::npos);
}

TEST(FileSource, SecretsOfAllFilesAreJoined) {
  const TemporaryFolder folder;
  const PcapngFile file;
  const auto with_secret = [&](std::string_view line) {
    return file.section() + file.block(10, testing::Bytes().u32(0x544c534b).u32(line.size()).text(line).str());
  };
  const auto source =
      open_files({.paths = {folder.write("a", with_secret("A 1 2")), folder.write("b", with_secret("B 3 4"))}});
  (void)read_all(*source);
  EXPECT_EQ(source->secrets(), "A 1 2\nB 3 4\n");
}

}  // namespace
}  // namespace handlens
