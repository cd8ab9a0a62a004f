"""What a scenario is, and the table of them.

    @scenario("The server's certificate is issued by an unknown authority", fails("client", "server-flight", "alert", "client",
              alert="client:48", version="1.3"))
    def unknown_ca(lab):
        lab.serve(openssl_server())
        lab.connect(openssl_client("-CAfile", "otherCA.crt", "-verify_return_error"))

A truth says what really happened (cause, location) and what a capture at each place shows. Values are strings; "a|b" allows
either, "-" means absent, and what is not named is not compared.
"""
import dataclasses

VANTAGES = ("client", "server", "path")
FACTS = ("status", "stage", "ended_by", "apparent_sender", "alert", "sni", "version", "resumed")


@dataclasses.dataclass(frozen=True)
class Truth:
    cause: str  # none | client | server | middlebox | path
    facts: dict  # FACTS as every vantage shows them
    location: str = "-"  # near-client | near-server | somewhere; only for a middlebox
    # vantage -> facts that differ there. "flows" in it: (), it sees none; several facts, one for each connection it sees.
    at: dict = dataclasses.field(default_factory=dict)
    cause_from: tuple = ()  # vantages whose capture alone can tell the cause; "both": client's and server's together
    flows: tuple = ()  # facts of each connection in turn, where there are several
    each: bool = False  # the facts hold for every connection

    def at_vantage(self, vantage):
        """A list of facts, one for each connection the vantage sees; one entry for all when `each`."""
        special = dict(self.at.get(vantage, {}))
        flows = special.pop("flows", self.flows or ({},))
        return [{**self.facts, **flow, **special} for flow in flows]


def works(version="-|1.2|1.3", *, cause_from=VANTAGES, **facts):
    """A handshake that is completed; nobody is to blame."""
    return _truth("none", dict(status="ok", stage="established", version=version, **facts), cause_from)


def fails(cause, stage, ended_by, sender="-", *, cause_from=(), location="-", at=None, flows=(), each=False, **facts):
    base = dict(status="failed", stage=stage, ended_by=ended_by, apparent_sender=sender)
    return _truth(cause, {**base, **facts}, cause_from, location=location, at=at, flows=flows, each=each)


def ends(cause, *, cause_from=(), at=None, flows=(), each=False, **facts):
    """Anything else: only the named facts are compared."""
    return _truth(cause, facts, cause_from, at=at, flows=flows, each=each)


def blocked(stage, ended_by, sender="-", *, location="somewhere", cause_from=(), at=None, flows=(), each=False, **facts):
    """Something between the two is to blame."""
    return fails(
        "middlebox", stage, ended_by, sender, location=location, cause_from=cause_from, at=at, flows=flows, each=each, **facts
    )


def _truth(cause, facts, cause_from, **more):
    at = {vantage: dict(special) for vantage, special in (more.pop("at", None) or {}).items()}
    flows = [flow for special in at.values() for flow in special.get("flows", ())] + list(more.get("flows", ()))
    unknown = {key for one in [facts, *at.values(), *flows] for key in one} - set(FACTS) - {"flows"}
    if unknown:
        raise ValueError(f"no facts are called {sorted(unknown)}")
    return Truth(cause, facts, at=at, cause_from=tuple(cause_from), **more)


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    sentence: str
    topic: str
    truth: Truth
    play: object  # called with the Lab
    path: str = ""  # statements for the middlebox; see tools/middlebox/README.md
    router: str = ""  # commands in a router's namespace, one a line; "-": a router that only forwards
    port: int = 8443  # the connections that count are to this port
    needs: tuple = ()  # programs beyond those of every scenario; files of the kernel's by their whole path
    keylog: bool = False
    slow: bool = False  # minutes: played only when it is named
    setup: object = None  # called with the Lab when the network stands, before the captures begin
    capture: dict = dataclasses.field(default_factory=dict)  # options of the two ends' captures: interface, link, filter


ALL = {}


def scenario(sentence, truth, **more):
    def register(play):
        topic = play.__module__.rsplit(".", 1)[-1]
        name = play.__name__.replace("_", "-")
        if name in ALL:
            raise ValueError(f"two scenarios are called {name}")
        ALL[name] = Scenario(name, sentence, topic, truth, play, **more)
        return play

    return register


def add(name, sentence, truth, play, topic, **more):
    """For scenarios that come out of a table."""
    if name in ALL:
        raise ValueError(f"two scenarios are called {name}")
    ALL[name] = Scenario(name, sentence, topic, truth, play, **more)
