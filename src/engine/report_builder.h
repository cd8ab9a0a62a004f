// From an observed connection to the facts of the record: who is the client, and each side's TCP facts.
#pragma once
#include "src/flow/flow_table.h"
#include "src/tcp/connection.h"
#include "src/timeline/flow_report.h"

namespace handlens {

// Client, server and why; midstream; one-sided. REQUIRES: report.tls is filled.
void fill_endpoints(const FlowRecord& record, const Connection& connection, FlowReport& report);
// report.tcp. REQUIRES: fill_endpoints.
void fill_tcp_facts(const Connection& connection, FlowReport& report);

}  // namespace handlens
