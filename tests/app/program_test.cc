// The program as a whole: what a shell sees of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/support/temporary.h"

namespace handlens {
namespace {

using ::testing::HasSubstr;

struct Ran {
  int code = -1;
  std::string output;  // both streams
};

std::string read_all(int descriptor) {
  std::string out;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(descriptor, piece.data(), piece.size())) > 0;) {
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
  return out;
}

// `arguments` are read by a shell.
Ran run(const std::string& arguments) {
  FILE* pipe = ::popen((std::string("'") + HANDLENS_BINARY + "' " + arguments).c_str(), "r");
  Ran result;
  result.output = read_all(::fileno(pipe));
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

std::string capture(const std::string& name) { return std::string(HANDLENS_SOURCE_DIR) + "/pcaps/" + name; }

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Program, EveryBadInputHasItsOwnLine) {
  const Ran result = run("/nonexistent/a \"$(printf '/nonexistent/b\\nhandlens: c')\" 2>&1");
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output,
            "handlens: /nonexistent/a: no such file\n"
            "handlens: /nonexistent/b\\x0ahandlens: c: no such file\n");
}

TEST(Program, StandardErrorMayBeClosedOrFull) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(run("/no/such/file 2>&-").code, 3);
  EXPECT_EQ(run("/no/such/file 2>/dev/full").code, 3);
  EXPECT_EQ(run("--nonsense 2>&-").code, 2);
  const std::string records = folder.write("records", "");
  EXPECT_EQ(run("'" + capture("truncated_file.pcap") + "' --ndjson -o '" + records + "' 2>&-").code, 4);
  EXPECT_THAT(content_of(records), ::testing::Not(HasSubstr("handlens: "))) << "complaints are no records";
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' >&- 2>/dev/null").code, 3);
  EXPECT_EQ(run("- <&- 2>/dev/null").code, 3);
}

TEST(Program, ALostWordOfHelpIsAnError) {
  EXPECT_EQ(run("--help 2>&1 >/dev/full").code, 3);
  EXPECT_THAT(run("schema 2>&1 >/dev/full").output, HasSubstr("standard output: cannot write"));
  EXPECT_EQ(run("--help >/dev/null").code, 0);
}

TEST(Program, AClosedPipeIsNone) {
  const Ran result = run("'" + capture("tls13_full.pcap") + "' --ndjson 2>&1 | head -c 1");
  EXPECT_EQ(result.output, "{");
}

TEST(Program, AClosedPipeEndsAllThreadsQuietly) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += "'" + capture("tls12_full.pcap") + "' ";
  const Ran result = run(many + "--ndjson --workers 8 2>&1 | head -c 1");
  EXPECT_EQ(result.output, "{");
}

// The table of exit codes in README.md, row by row.
TEST(ExitCodes, ZeroWhateverWasFound) {
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' >/dev/null").code, 0);
  EXPECT_EQ(run("'" + capture("founding_story.pcap") + "' >/dev/null").code, 0) << "a finding is no error";
  EXPECT_EQ(run("'" + capture("empty_capture.pcap") + "' >/dev/null").code, 0) << "valid and empty";
  EXPECT_EQ(run("--help >/dev/null").code, 0);
}

TEST(ExitCodes, OneOnlyIfAskedFor) {
  EXPECT_EQ(run("'" + capture("tls12_alert_expired.pcap") + "' --fail-on possible >/dev/null").code, 1);
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' --fail-on possible >/dev/null").code, 0);
}

TEST(ExitCodes, TwoForTheCommandLine) {
  EXPECT_EQ(run("2>/dev/null").code, 2);
  EXPECT_EQ(run("--nonsense 2>/dev/null").code, 2);
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' -f 'tcp prot 443' 2>/dev/null").code, 2);
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' --flow 99 2>&1 >/dev/null").code, 2);
  EXPECT_EQ(run("- - 2>/dev/null").code, 2);
}

TEST(ExitCodes, ThreeForNoCapture) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(run("/no/such/file 2>/dev/null").code, 3);
  EXPECT_EQ(run("'" + folder.write("empty", "") + "' 2>/dev/null").code, 3);
  EXPECT_EQ(run("'" + folder.write("garbage", "this is no capture") + "' 2>/dev/null").code, 3);
  EXPECT_EQ(run("- </dev/null 2>/dev/null").code, 3);
  const std::string snoop = folder.write("snoop", std::string("snoop\0\0\0\0\0\0\2\0\0\0\4", 16));
  const Ran foreign = run("'" + snoop + "' 2>&1");
  EXPECT_EQ(foreign.code, 3);
  EXPECT_THAT(foreign.output, HasSubstr("snoop: it is a snoop capture"));
  std::string usb = content_of(capture("founding_story.pcap"));
  usb[20] = static_cast<char>(220);  // LINKTYPE_USB_LINUX_MMAPPED
  EXPECT_EQ(run("'" + folder.write("usb", usb) + "' >/dev/null 2>&1").code, 3);
  EXPECT_EQ(run("'" + capture("tls13_full.pcap") + "' -o /no/such/folder/out 2>/dev/null").code, 3);
}

TEST(ExitCodes, FourForAPart) {
  const testing::TemporaryFolder folder;
  const std::string whole = content_of(capture("tls13_full.pcap"));
  const std::string part = folder.write("cut", std::string_view(whole).substr(0, whole.size() - 100));
  const Ran cut = run("'" + part + "' --ndjson 2>&1");
  EXPECT_EQ(cut.code, 4);
  EXPECT_THAT(cut.output, HasSubstr("handlens.capture/1"));
  EXPECT_THAT(cut.output, HasSubstr("cut: cut short at byte"));
  // Compressed by the tools people use, if they are installed.
  for (const std::string& tool : {std::string("gzip"), std::string("zstd"), std::string("lz4")}) {
    if (std::system((tool + " --version >/dev/null 2>&1").c_str()) != 0) continue;
    const std::string packed = folder.write(tool, "");
    ASSERT_EQ(std::system((tool + " -c <'" + capture("tls13_full.pcap") + "' >'" + packed + "'").c_str()), 0);
    EXPECT_EQ(run("'" + packed + "' >/dev/null 2>&1").code, 0) << tool;
    const std::string stored = content_of(packed);
    const Ran garbage = run("'" + folder.write("tail", stored + "garbage!") + "' 2>&1");
    EXPECT_EQ(garbage.code, 4) << tool;
    EXPECT_THAT(garbage.output, HasSubstr("23 packets before it were read")) << tool;
    EXPECT_THAT(garbage.output, HasSubstr("1 flow: 1 ok")) << tool;
    const Ran broken = run("'" + folder.write("broken", stored.substr(0, stored.size() - 1)) + "' 2>&1");
    EXPECT_EQ(broken.code, 4) << tool;
    EXPECT_THAT(broken.output, HasSubstr("ends early at byte " + std::to_string(stored.size() - 1))) << tool;
  }
}

TEST(ExitCodes, TheHighestOfThreeAndFourAndTheGoodIsRead) {
  const Ran both =
      run("'" + capture("truncated_file.pcap") + "' /no/such/file '" + capture("tls13_full.pcap") + "' 2>&1");
  EXPECT_EQ(both.code, 4);
  EXPECT_THAT(both.output, HasSubstr("/no/such/file: no such file"));
  EXPECT_THAT(both.output, HasSubstr("2 flows"));
  EXPECT_EQ(run("/no/such/file '" + capture("tls13_full.pcap") + "' >/dev/null 2>&1").code, 3);
}

TEST(ExitCodes, FiveForNoPermission) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.write("secret", content_of(capture("tls13_full.pcap")));
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  const int program = ::open(HANDLENS_BINARY, O_RDONLY | O_CLOEXEC);
  ASSERT_GE(program, 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Root may read everything. By its descriptor the program is found even where this user may not look.
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(126);
    const std::string name = HANDLENS_BINARY;
    std::array<char*, 3> arguments = {const_cast<char*>(name.c_str()), const_cast<char*>(path.c_str()), nullptr};
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    ::fexecve(program, arguments.data(), environ);
    ::_exit(127);
  }
  ::close(program);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST(Program, ListsNameInputs) {
  const testing::TemporaryFolder folder;
  const std::string list = folder.write("list", capture("tls13_full.pcap") + "\n\n" + capture("founding_story.pcap"));
  EXPECT_THAT(run("-V '" + list + "' 2>&1").output, HasSubstr("2 files: "));
  EXPECT_THAT(run("-V - <'" + list + "' 2>&1").output, HasSubstr("2 flows: "));
  EXPECT_THAT(run("-r '" + capture("refused.pcap") + "' -V '" + list + "' 2>&1").output, HasSubstr("3 files: "));
}

// Each flow must be there while the input still goes on.
TEST(Program, LineBufferedOutputDoesNotWaitForTheEnd) {
  std::array<int, 2> out{};
  ASSERT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
  std::array<int, 2> in{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl(HANDLENS_BINARY, HANDLENS_BINARY, "-", "--ndjson", "-l", nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  // A refused connection is over when a while of capture time has passed: later SYNs from other ports say that it has.
  std::string bytes = content_of(capture("refused.pcap"));
  constexpr std::size_t kFileHeader = 24, kPacketHeader = 16, kSeconds = 2, kSourcePort = kPacketHeader + 34;
  std::string later = bytes.substr(kFileHeader, kPacketHeader + static_cast<unsigned char>(bytes[kFileHeader + 8]));
  later[kSeconds] = static_cast<char>(later[kSeconds] + 1);  // 65,536 s: its third byte, little endian
  for (char port = 1; port < 50; ++port) {
    later[kSourcePort + 1] = port;
    bytes += later;
  }
  ASSERT_EQ(::write(in[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  pollfd waiting{out[0], POLLIN, 0};
  constexpr int kPatience = 20'000;  // milliseconds; it comes at once or never
  ASSERT_EQ(::poll(&waiting, 1, kPatience), 1) << "nothing came while the input was open";
  char first = 0;
  EXPECT_EQ(::read(out[0], &first, 1), 1);
  EXPECT_EQ(first, '{');
  ::close(in[1]);
  (void)read_all(out[0]);
  ::close(out[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
}

// `tcpdump -w - | handlens -` and Ctrl-C: both get the signal, and the summary must still appear.
TEST(Program, CtrlCWhileAPipeIsReadShowsWhatWasRead) {
  std::array<int, 2> in{}, out{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl(HANDLENS_BINARY, HANDLENS_BINARY, "-", nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  std::ifstream file(capture("tls13_full.pcap"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_EQ(::write(in[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  int waiting = 1;
  for (int i = 0; i < 500 && waiting > 0; ++i) {  // until the child has taken them
    ASSERT_EQ(::ioctl(in[1], FIONREAD, &waiting), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(child, SIGINT);
  ::close(in[1]);  // what wrote into the pipe ends too
  EXPECT_THAT(read_all(out[0]), HasSubstr("1 flow: 1 ok"));
  ::close(out[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace handlens
