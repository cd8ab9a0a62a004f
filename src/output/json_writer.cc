#include "src/output/json_writer.h"

#include <string>

#include "src/output/text_escape.h"

namespace handlens {

void JsonWriter::text(Key key, std::string_view raw) {
  char* out = begin_value(key, raw.size() + 2);
  *out++ = '"';
  const std::size_t plain = plain_prefix(raw);
  out = put(raw.substr(0, plain), out);
  if (plain < raw.size()) {
    std::string escaped;
    append_json_escaped(raw.substr(plain), escaped);
    out_.set_end(out);
    out_.append(escaped);
    out = out_.room(1);
  }
  *out++ = '"';
  out_.set_end(out);
}

}  // namespace handlens
