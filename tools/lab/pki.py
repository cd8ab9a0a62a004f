"""Certificates and keys for the scenarios, made once for a run. The file names are those of the rule catalogue.

rootCA > intCA > server, serverec, expired, notyet, weak1024, revoked, cnonly, wildcard
rootCA > constrainedCA (only *.example.org) > constrained
inspectionCA > inspected1 to inspected4: what a device that looks into TLS would issue for four names
clientCA > client, clientexpired, clientwrongeku, clientec
otherCA > clientother; selfsigned
"""
import pathlib
import subprocess

NAME = "www.example.com"
OTHER_NAME = "wrong.example.org"
INSPECTED = ("www.example.com", "mail.example.com", "www.example.org", "shop.example.net")

_CA_CONFIG = """\
[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = p
[p]
commonName = supplied
"""


class Pki:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def make(self):
        (self.folder / "ca.cnf").write_text(_CA_CONFIG)
        (self.folder / "index.txt").touch()
        for bits in (2048, 1024):
            self._openssl("genrsa", "-out", f"rsa{bits}.pem", str(bits))
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem")
        for authority in ("rootCA", "clientCA", "otherCA", "inspectionCA"):
            self._authority(authority)
        self._signed(
            "intCA", "rootCA", "Example Intermediate CA", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign"
        )
        self._signed(
            "constrainedCA",
            "rootCA",
            "Example Constrained CA",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\nnameConstraints=critical,permitted;DNS:example.org",
        )
        san = f"subjectAltName=DNS:{NAME},DNS:mail.example.com,IP:198.51.100.80,IP:2001:db8:5::80"
        server = san + "\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE"
        self._signed("server", "intCA", NAME, server)
        self._signed("serverec", "intCA", NAME, server, key="ec.pem")
        self._signed("expired", "intCA", NAME, server, dates=("20240101000000Z", "20240201000000Z"))
        self._signed("notyet", "intCA", NAME, server, dates=("20450101000000Z", "20460101000000Z"))
        self._signed("weak1024", "intCA", NAME, server, key="rsa1024.pem")
        self._signed("revoked", "intCA", NAME, server)
        self._signed("constrained", "constrainedCA", NAME, server)
        for number, name in enumerate(INSPECTED, 1):
            self._signed(f"inspected{number}", "inspectionCA", name, f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE")
        self._signed("cnonly", "intCA", NAME, "basicConstraints=CA:FALSE")
        self._signed("wildcard", "intCA", "*.example.com", "subjectAltName=DNS:*.example.com\nbasicConstraints=CA:FALSE")
        client = "extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE"
        self._signed("client", "clientCA", "client.example.com", client)
        self._signed("clientec", "clientCA", "client.example.com", client, key="ec.pem")
        self._signed("clientexpired", "clientCA", "client.example.com", client, dates=("20240101000000Z", "20240201000000Z"))
        self._signed("clientwrongeku", "clientCA", "client.example.com", "extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE")
        self._signed("clientother", "otherCA", "stranger.example.com", client)
        self._self_signed("selfsigned", NAME, san)
        for name in ("server", "serverec", "expired", "notyet", "weak1024", "revoked", "cnonly", "wildcard"):
            self._chain(name)
        return self

    def _openssl(self, *arguments, text=None):
        subprocess.run(
            ["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60, text=True, input=text
        )

    def _authority(self, name):
        self._openssl(
            "req",
            "-x509",
            "-new",
            "-key",
            "rsa2048.pem",
            "-out",
            f"{name}.crt",
            "-days",
            "3650",
            "-subj",
            f"/O=Example Lab/CN=Example {name}",
        )
        self._key(name, "rsa2048.pem")

    def _self_signed(self, name, subject, san):
        self._openssl(
            "req",
            "-x509",
            "-new",
            "-key",
            "rsa2048.pem",
            "-out",
            f"{name}.crt",
            "-days",
            "3650",
            "-subj",
            f"/CN={subject}",
            "-addext",
            san,
        )
        self._key(name, "rsa2048.pem")

    def _signed(self, name, authority, subject, extensions, key="rsa2048.pem", dates=None):
        self._key(name, key)
        (self.folder / f"{name}.ext").write_text(extensions + "\n")
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={subject}", "-out", f"{name}.csr")
        when = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", "3000"]
        self._openssl(
            "ca",
            "-batch",
            "-notext",
            "-config",
            "ca.cnf",
            "-cert",
            f"{authority}.crt",
            "-keyfile",
            f"{authority}.key",
            "-in",
            f"{name}.csr",
            "-out",
            f"{name}.crt",
            "-extfile",
            f"{name}.ext",
            *when,
        )

    def _key(self, name, key):
        (self.folder / f"{name}.key").write_text((self.folder / key).read_text())

    def _chain(self, name):
        parts = [(self.folder / f"{one}.crt").read_text() for one in (name, "intCA")]
        (self.folder / f"{name}.chain").write_text("".join(parts))
