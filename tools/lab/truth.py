"""truth.json: what really happened in a scenario, and what each capture of it can show.

schema      "handlens.lab-truth/1"
scenario, sentence, topic, port
cause       none | client | server | middlebox | path: who ended it (who sent an alert, not whose certificate was wrong), or what
            kept it from going on
location    near-client | near-server | somewhere | -
cause_from  the captures that can tell the cause: "client", "server", "path" each alone, "both" only together
vantages    client | server | path: {"capture": file, "each": bool, "flows": [facts of each connection to `port`, in order]}
            "each": the one entry holds for every connection. Facts are strings; "a|b" is either, "-" is absent.
clients, servers   what was run: stack, command, exit code (negative: the signal that ended it), its own words
device      the middlebox's rules and counters; router: commands in the router's namespace
"""
import json
import re

from .scenario import VANTAGES

SCHEMA = "handlens.lab-truth/1"
_LINES = 6


_COMPLAINT = re.compile(r"error|alert|errno|fail|refused|reset|closed|timed out|prohibited|\*\*\*", re.IGNORECASE)


def own_words(process):
    """What a program said of its trouble; without any, nothing."""
    if process.exit_code == 0:
        return []
    lines = [line.strip()[:300] for line in process.text().splitlines() if line.strip()]
    return [line for line in lines if _COMPLAINT.search(line)][-_LINES:]


def describe(program, process):
    return {
        "stack": program.stack,
        "command": list(program.argv) if program.stack != "python" else _short(program.argv),
        "exit_code": process.exit_code,
        "said": own_words(process),
    }


def _short(argv):
    """Scripts of several lines are told by their first; paths of this machine by their last part."""
    return [word.rsplit("/", 1)[-1] if word.startswith("/") else word for word in argv]


def build(lab):
    scenario, truth = lab.scenario, lab.scenario.truth
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "sentence": scenario.sentence,
        "topic": scenario.topic,
        "port": scenario.port,
        "cause": truth.cause,
        "location": truth.location,
        "cause_from": list(truth.cause_from),
        "vantages": {v: {"capture": f"{v}.pcap", "each": truth.each, "flows": truth.at_vantage(v)} for v in VANTAGES},
        "clients": [describe(*one) for one in lab.clients],
        "servers": [describe(*one) for one in lab.servers],
        "device": {"rules": (lab.work / "path.rules").read_text().splitlines(), "counters": counters(lab.device.text())},
        "router": scenario.router.strip("-\n ").splitlines(),
    }


def counters(text):
    words = text.split("ready", 1)[-1].split()
    return {name: int(value) for name, value in zip(words[::2], words[1::2]) if value.isdigit()}


def write(lab):
    (lab.output / "truth.json").write_text(json.dumps(build(lab), indent=1) + "\n")
