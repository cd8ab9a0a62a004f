"""More stacks beside those of programs.py: Go, Java and NSS as clients and servers, nginx and HAProxy as servers, and what health
checks look like. What they need made before they can be started (compiled programs, key stores, configurations) is made once for a
run, by prepare(), and only if a scenario of the run asks for it.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess

from .network import SERVER
from .pki import NAME
from .programs import PLAYERS, PORT, REQUEST, make_program

VERSIONS = ("1.2", "1.3")


def prepare(folder, needed):
    """Makes in the run's folder what the scenarios that need these programs will use; those not installed are left out."""
    makers = {
        "go": _compile_go,
        "java": _compile_java,
        "tstclnt": _make_nss_stores,
        "haproxy": _join_for_haproxy,
        "g++": _compile_table,
    }
    for program, make in makers.items():
        if program in needed and shutil.which(program):
            make(pathlib.Path(folder))


def _run(folder, *command, **environment):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))}: {done.stdout}{done.stderr}")


# Go


def _compile_go(folder):
    """Two programs of the standard library alone: nothing is fetched."""
    for name in ("client", "server"):
        _run(
            folder,
            "go",
            "build",
            "-o",
            f"go-{name}",
            PLAYERS / f"{name}.go",
            GOCACHE=str(folder / "go-cache"),
            GOPROXY="off",
            GOFLAGS="",
            GO111MODULE="off",
        )
    shutil.rmtree(folder / "go-cache", ignore_errors=True)


def go_client(*options, authority="rootCA.crt", name=NAME, host=SERVER, port=PORT, **more):
    words = ("--host", host, "--port", port, "--name", name, "--authority", authority)
    return make_program("go", "./go-client", *words, *options, **more)


def go_server(*options, certificate="server", port=PORT):
    words = ("--port", port, "--certificate", certificate + ".chain", "--key", certificate + ".key")
    return make_program("go", "./go-server", *words, *options, port=port)


# Java


def _compile_java(folder):
    for name in ("Client", "Server"):
        _run(folder, "javac", "-d", "java", PLAYERS / f"{name}.java")


_JAVA = ("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", "java")


def java_client(*options, authority="rootCA.crt", name=NAME, host=SERVER, port=PORT, **more):
    words = ("--host", host, "--port", port, "--name", name, "--authority", authority)
    return make_program("java", *_JAVA, "Client", *words, *options, **{"seconds": 15.0, **more})


def java_server(*options, certificate="server", port=PORT):
    words = ("--port", port, "--certificate", certificate + ".chain", "--key", certificate + ".key")
    return make_program("java", *_JAVA, "Server", *words, *options, port=port)


# NSS: certificates come from stores; a client's trust is a store too.

NSS_STORES = {  # store: (authorities and their trust, the own certificate)
    "nss-server": ((("intCA", ",,"), ("clientCA", "T,,")), "server"),
    "nss-rootCA": ((("rootCA", "C,,"),), None),
    "nss-otherCA": ((("otherCA", "C,,"),), None),
    "nss-client": ((("rootCA", "C,,"), ("clientCA", ",,")), "client"),
}


def _make_nss_stores(folder):
    for store, (authorities, own) in NSS_STORES.items():
        (folder / store).mkdir()
        _run(folder, "certutil", "-N", "-d", f"sql:{store}", "--empty-password")
        for authority, trust in authorities:
            _run(folder, "certutil", "-A", "-d", f"sql:{store}", "-n", authority, "-t", trust, "-i", f"{authority}.crt")
        if own:
            bundle = ("-in", f"{own}.crt", "-inkey", f"{own}.key", "-name", own, "-out", f"{store}.p12", "-passout", "pass:lab")
            _run(folder, "openssl", "pkcs12", "-export", *bundle)
            _run(folder, "pk12util", "-i", f"{store}.p12", "-d", f"sql:{store}", "-W", "lab")


def nss_client(*options, authority="rootCA", store=None, name=NAME, host=SERVER, port=PORT, versions=VERSIONS, **more):
    words = ("-h", host, "-p", port, "-a", name, "-d", f"sql:{store or 'nss-' + authority}", "-f")
    return make_program("nss", "tstclnt", *words, "-V", _nss_versions(versions), *options, **{"send": REQUEST, **more})


def nss_server(*options, versions=VERSIONS, port=PORT):
    words = ("-n", "server", "-p", port, "-d", "sql:nss-server", "-V", _nss_versions(versions))
    return make_program("nss", "selfserv", *words, *options, port=port)


def _nss_versions(versions):
    return f"tls{versions[0]}:tls{versions[-1]}"


# nginx and HAProxy read a configuration, which is written into the scenario's own folder by the shell that starts them.


def _configured(stack, file, text, *command, port=PORT):
    script = f"cat >{file} <<'END'\n{text}END\nexec {' '.join(command)}"
    return make_program(stack, "sh", "-c", script, port=port)


def nginx_server(versions=VERSIONS, demand=False, certificate="server"):
    client = "ssl_client_certificate clientCA.crt; ssl_verify_client on;" if demand else ""
    text = f"""\
daemon off; master_process off; user root; pid nginx.pid; error_log stderr info;
events {{ }}
http {{
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server {{
    listen {PORT} ssl; ssl_certificate {certificate}.chain; ssl_certificate_key {certificate}.key;
    ssl_protocols {' '.join('TLSv' + one for one in versions)}; {client}
    location / {{ return 200 "that was all\\n"; }}
  }}
}}
"""
    return _configured("nginx", "nginx.conf", text, "nginx", "-p", ".", "-e", "stderr", "-c", "nginx.conf")


def _join_for_haproxy(folder):
    (folder / "haproxy.pem").write_text((folder / "server.chain").read_text() + (folder / "server.key").read_text())


_HAPROXY_DEFAULTS = "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"


def haproxy_server(versions=VERSIONS, demand=False):
    client = "ca-file clientCA.crt verify required" if demand else ""
    text = f"""\
{_HAPROXY_DEFAULTS}frontend pages
  bind :{PORT} ssl crt haproxy.pem ssl-min-ver TLSv{versions[0]} ssl-max-ver TLSv{versions[-1]} {client}
  http-request return status 200 content-type text/plain string "that was all"
"""
    return _configured("haproxy", "haproxy.cfg", text, "haproxy", "-db", "-f", "haproxy.cfg")


def haproxy_checks(check, seconds=3.5):
    """HAProxy as the client: nothing but its health checks of the server."""
    text = f"""\
{_HAPROXY_DEFAULTS}  option log-health-checks
backend pages
  {check[0]}
  server one {SERVER}:{PORT} check inter 500ms {check[1]}
frontend none
  bind 127.0.0.1:9
  default_backend pages
"""
    program = _configured("haproxy", "haproxy.cfg", text, "haproxy", "-db", "-f", "haproxy.cfg")
    return dataclasses.replace(program, seconds=seconds)


def _compile_table(folder):
    warnings = ("-Wall", "-Wextra", "-Werror")
    _run(folder, "g++", "-std=c++20", *warnings, "-shared", "-fPIC", "-o", "pretended_ipvs.so", PLAYERS / "pretended_ipvs.cc")


def keepalived_checks(check, seconds=3.5):
    """keepalived as the client: nothing but its checks of a server behind a virtual address. It checks only what it has entered
    into the kernel's table of virtual servers (IPVS). That table is pretended, whether the kernel has one or not, so that no
    module is loaded into the host's kernel; the checks are the program's own.
    """
    text = f"""\
virtual_server 192.0.2.200 {PORT} {{
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server {SERVER} {PORT} {{
    {check}
  }}
}}
"""
    # Only the checks, in the foreground, without syslog, and without a file in /run.
    files = ("-f", "keepalived.conf", "-p", "k.pid", "-c", "kc.pid", "-b", "kb.pid", "-r", "kr.pid")
    command = ("env", "LD_PRELOAD=./pretended_ipvs.so", "keepalived", "-C", "-n", "-l", "-G", *files)
    return dataclasses.replace(_configured("keepalived", "keepalived.conf", text, *command), seconds=seconds)
