#include "src/app/man_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/app/program_info.h"

namespace handlens {
namespace {

constexpr std::string_view kDescription = R"(.SH DESCRIPTION
handlens reads packet captures and says, for every TCP connection in them, how far the TCP and TLS handshake came, who ended
it, how sure that is, and from which packets one can tell.
.PP
An address on a packet says who claims to have sent it, not who did. A reset "from the server" is called the server's only when
the packets bear it out. Every verdict comes with its evidence, with what else could explain it, and with what would settle it.
.PP
Input is pcap or pcapng, plain or compressed, told by its content and not by its name: files, folders, or
.B \-
for standard input. Several files are read as one capture, in order of time.
Output is text for people, or JSON records, which
.B handlens schema
describes.
.PP
handlens makes no DNS query, opens no network connection, and decrypts nothing.
)";

constexpr std::string_view kRest = R"(.SH EXIT STATUS
.TP
.B 0
The input was read; findings do not change this unless
.B \-\-fail\-on
asks.
.TP
.B 1
A finding at or above
.BR \-\-fail\-on .
.TP
.B 2
The command line is wrong.
.TP
.B 3
The input is missing, is no capture, or has a link type handlens does not know; or the output cannot be written.
.TP
.B 4
The input could be read only in part; what could be read was analysed, and the output says so.
.TP
.B 5
No permission.
.TP
.B 70
An error of handlens itself.
.PP
With several inputs the good ones are analysed, the bad ones are named on standard error, and the highest of 3 and 4 is the
exit status.
.SH ENVIRONMENT
.TP
.B NO_COLOR
If not empty, text has no colour unless
.B \-\-color always
asks for it.
.TP
.BR CLICOLOR ", " CLICOLOR_FORCE ", " TERM
Whether a terminal gets colour, as is usual.
.SH OUTPUT
Connections come in the order of their first packets, in text those with problems first.
What failed is judged with the whole capture known: with
.B \-\-ndjson
it comes last where there are more than 1024 connections.
.SH FILES
handlens has no configuration file and keeps no state: it reads what it is given and writes where it is told.
.SH EXAMPLES
.TP
.B handlens trace.pcapng
What happened, connection by connection, problems first.
.TP
.B handlens explain trace.pcapng \-\-flow 3
One connection, packet by packet.
.TP
.B handlens big.pcap.gz \-\-ndjson \-Y status=failed
A JSON record a line, of those that failed.
.TP
.B tcpdump \-i eth0 \-U \-w \- | handlens \-
Capture with one program, explain with the other.
.TP
.B handlens trace.pcapng \-q \-\-fail\-on likely
Nothing but an exit status, for scripts.
.SH SEE ALSO
.BR tcpdump (8),
.BR tshark (1),
.BR pcap\-filter (7)
)";

// Text in which roff sees nothing but text. A hyphen becomes the one that can be pasted into a shell.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

// "-o, --output FILE"
std::string heading(const OptionNode& option) {
  std::string out;
  for (const std::string& name : option.names) out += (out.empty() ? "" : ", ") + bold(name);
  return option.value.empty() ? out : out + " " + italic(option.value);
}

// "handlens live [OPTION]... [BPF]..."; the first command is the one that need not be named.
std::string usage(const CommandNode& command, bool is_default) {
  std::string out = bold("handlens") + " " + (is_default ? "[" + bold(command.name) + "]" : bold(command.name));
  const auto is_option = [](const OptionNode& option) { return !option.positional && option.names.front() != "-h"; };
  if (std::any_of(command.options.begin(), command.options.end(), is_option)) out += " [OPTION]...";
  for (const OptionNode& option : command.options) {
    if (!option.positional) continue;
    const std::string word = italic(option.names.front());
    out += " " + (option.required ? word : "[" + word + "]") + (option.repeatable ? "..." : "");
  }
  return out;
}

// An option, and which commands know it. Options that commands share word for word are one entry.
struct Entry {
  OptionNode option;
  std::vector<std::string> commands;
};

std::vector<Entry> entries_of(const std::vector<CommandNode>& commands) {
  std::vector<Entry> out;
  for (const CommandNode& command : commands) {
    for (const OptionNode& option : command.options) {
      if (option.positional) continue;
      const auto same = std::find_if(out.begin(), out.end(), [&](const Entry& entry) {
        return entry.option.names == option.names && entry.option.value == option.value &&
               entry.option.description == option.description;
      });
      if (same == out.end()) {
        out.push_back({option, {command.name}});
      } else {
        same->commands.push_back(command.name);
      }
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string options_section(const std::vector<CommandNode>& commands) {
  const std::vector<Entry> entries = entries_of(commands);
  std::vector<std::string> groups;
  for (const Entry& entry : entries) {
    if (std::find(groups.begin(), groups.end(), entry.option.group) == groups.end()) {
      groups.push_back(entry.option.group);
    }
  }
  std::string out = ".SH OPTIONS\nThe commands that know an option stand in brackets behind it.\n";
  for (const std::string& group : groups) {
    if (groups.size() > 1) out += ".SS \"" + roff(group == "Options" ? "General" : group) + "\"\n";
    for (const Entry& entry : entries) {
      if (entry.option.group != group) continue;
      const std::string known =
          entry.commands.size() == commands.size() ? std::string("every command") : joined(entry.commands);
      out += fmt::format(".TP\n{}\n{}.\n[{}]\n", heading(entry.option), roff(entry.option.description), roff(known));
    }
  }
  return out;
}

std::string commands_section(const std::vector<CommandNode>& commands) {
  std::string out = ".SH COMMANDS\n";
  for (const CommandNode& command : commands) {
    out += fmt::format(".TP\n{}\n{}\n", usage(command, &command == &commands.front()), roff(command.summary));
    for (const OptionNode& option : command.options) {
      if (!option.positional) continue;
      out += fmt::format(".br\n{}: {}.\n", italic(option.names.front()), roff(option.description));
    }
  }
  return out;
}

// What commands say below their options, each thing once.
std::string notes_section(const std::vector<CommandNode>& commands) {
  std::string out;
  std::vector<std::string> told;
  for (const CommandNode& command : commands) {
    if (command.footer.empty() || std::find(told.begin(), told.end(), command.footer) != told.end()) continue;
    told.push_back(command.footer);
    for (std::size_t at = 0; at < command.footer.size();) {
      const std::size_t end = std::min(command.footer.find('\n', at), command.footer.size());
      if (end > at) out += ".PP\n" + roff(command.footer.substr(at, end - at)) + "\n";
      at = end + 1;
    }
  }
  return out.empty() ? out : ".SH EXPRESSIONS\n" + out.substr(out.find('\n') + 1);
}

}  // namespace

std::string man_page(const std::vector<CommandNode>& commands) {
  std::string out =
      fmt::format(".\\\" Made from the option tree by: handlens man\n.TH HANDLENS 1 \"{}\" \"handlens {}\"\n",
                  release_date(), program_info().version);
  out += ".SH NAME\nhandlens \\- explain why TCP and TLS handshakes failed, and who ended them\n.SH SYNOPSIS\n";
  for (const CommandNode& command : commands) {
    if (&command != &commands.front()) out += ".br\n";
    out += usage(command, &command == &commands.front()) + "\n";
  }
  out += fmt::format(".br\n{} {} [{}|{}]\n", bold("handlens"), bold("--help"), italic("COMMAND"), bold("all"));
  out += kDescription;
  out += commands_section(commands);
  out += options_section(commands);
  out += notes_section(commands);
  out += kRest;
  return out;
}

}  // namespace handlens
