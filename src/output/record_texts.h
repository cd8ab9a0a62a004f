// Lists of texts, as several parts of a record have them. Threads: none of its own.
#pragma once
#include <string>
#include <vector>

#include "src/output/record.h"

namespace handlens {

// Untrusted bytes: the visitor escapes them. No key for an empty list.
template <class Out>
void visit_texts(RecordVisitor::Key key, const std::vector<std::string>& values, Out& out) {
  if (values.empty()) return;
  out.begin_array(key);
  for (const std::string& value : values) out.text("", value);
  out.end_array();
}

}  // namespace handlens
