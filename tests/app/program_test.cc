// The program as a whole: what a shell sees of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

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

TEST(Program, EveryBadInputHasItsOwnLine) {
  const Ran result = run("/nonexistent/a \"$(printf '/nonexistent/b\\nhandlens: c')\" 2>&1");
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output,
            "handlens: /nonexistent/a: no such file\n"
            "handlens: /nonexistent/b\\x0ahandlens: c: no such file\n");
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
