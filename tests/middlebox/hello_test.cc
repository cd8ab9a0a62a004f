#include "tools/middlebox/hello.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

namespace {
Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
}  // namespace

TEST(MiddleboxHello, TheNameIsRead) {
  const Bytes record = bytes_of(testing::hello_record("www.example.com"));
  const Hello hello = read_hello(record);
  EXPECT_EQ(hello.state, Hello::State::complete);
  EXPECT_EQ(hello.sni, "www.example.com");
  EXPECT_EQ(hello.size, record.size());
}

TEST(MiddleboxHello, TheFirstBytesTellTheSize) {
  const Bytes record = bytes_of(testing::hello_record("www.example.com", 1500));
  for (std::size_t size = 0; size < record.size(); ++size) {
    const Hello hello = read_hello(View(record).first(size));
    EXPECT_EQ(hello.state, size < 6 ? Hello::State::undecided : Hello::State::partial) << size;
    EXPECT_EQ(hello.size, size < 6 ? 0 : record.size());
    EXPECT_EQ(hello.sni, "");
  }
}

TEST(MiddleboxHello, NoNameAndNoHello) {
  EXPECT_EQ(read_hello(bytes_of(testing::hello_record(""))).sni, "");
  EXPECT_EQ(read_hello(bytes_of(testing::hello_record(""))).state, Hello::State::complete);
  EXPECT_EQ(read_hello(bytes_of("GET / HTTP/1.0\r\n")).state, Hello::State::none);
  EXPECT_EQ(read_hello(bytes_of("\x16\x03\x01\x01\x01\x02")).state, Hello::State::none);
}

TEST(MiddleboxHello, LengthsThatLieDoNoHarm) {
  const std::string record = testing::hello_record("www.example.com");
  for (std::size_t at = 5; at < record.size(); ++at) {
    std::string broken = record;
    broken[at] = '\xff';
    EXPECT_NE(read_hello(bytes_of(broken)).state, Hello::State::undecided);
  }
}

}  // namespace handlens::middlebox
