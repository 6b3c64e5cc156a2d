"""The servers that are measured, each with one worker process unless a row says otherwise."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

from tools.cluster.ports import free_port

from bench import process
from bench.process import Program

THREADS = 4
"""Of a worker under gunicorn and granian: the same for floor and subject."""
PREFIX = "/commentkit"
_FLOOR_PROBE = "/page"
_OURS_PROBE = f"{PREFIX}/health"

Environment = Mapping[str, str]
Serving = AbstractContextManager[Program]


class MissingToolError(RuntimeError):
    """A program that the row needs is not on this machine; the message names it."""


def tool(name: str) -> str:
    """Find a program; raises `MissingToolError`."""
    found = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if found is None:
        raise MissingToolError(f"no {name} on this machine")
    return found


def floor(server: str, factory: str, folder: Path, env: Environment) -> Serving:
    """Serve one of the bare apps of `floor_app` by gunicorn or granian."""
    return _by(server, f"bench.floor_app:{factory}", _FLOOR_PROBE, folder, env)


def ours(server: str, folder: Path, env: Environment) -> Serving:
    """Serve the whole of commentkit by gunicorn or granian."""
    return _by(server, "commentkit.serve:create_app", _OURS_PROBE, folder, env)


def _by(server: str, app: str, probe: str, folder: Path, env: Environment) -> Serving:
    port = free_port()
    command = {"gunicorn": _gunicorn, "granian": granian_command}[server](app, port)
    return _run(command, port, probe, folder, env)


def _gunicorn(app: str, port: int) -> list[str]:
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)]
    patient = ["--keep-alive", "75", "--log-level", "warning"]
    return [*_python("gunicorn"), *options, *patient, "--bind", f"127.0.0.1:{port}", f"{app}()"]


def granian_command(app: str, port: int) -> list[str]:
    """Return the command line of granian over a factory."""
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", str(THREADS)]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    return [*_python("granian"), *options, *address, "--no-ws", "--factory", app]


def _python(module: str) -> list[str]:
    if find_spec(module) is None:
        raise MissingToolError(f"no {module} in this environment")
    return [sys.executable, "-m", module]


def commentkit_serve(
    folder: Path, env: Environment, *, workers: int = 1, threads: int = 8, port: int = 0
) -> Serving:
    """Run `commentkit serve`, without its access log: nginx has none beside it either."""
    port = port or free_port()
    return _run(serve_command(port, workers, threads), port, _OURS_PROBE, folder, env)


def serve_command(port: int, workers: int = 1, threads: int = 8) -> list[str]:
    """Return the command line of `commentkit serve`."""
    sizes = ["--workers", str(workers), "--threads", str(threads)]
    start = [sys.executable, "-c", "from commentkit.cli import main; main()", "serve"]
    return [*start, "--bind", f"127.0.0.1:{port}", *sizes, "--no-access-log"]


@contextmanager
def nginx(folder: Path, file: Path) -> Iterator[Program]:
    """Serve one file by nginx, set up as its own documents advise for static files."""
    port, command = free_port(), tool("nginx")
    (folder / "nginx.conf").write_text(_NGINX.format(port=port, folder=folder, root=file.parent))
    line = [command, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _run(line, port, f"/{file.name}", folder, {}) as program:
        yield program


@contextmanager
def _run(
    command: list[str], port: int, probe: str, folder: Path, env: Environment
) -> Iterator[Program]:
    url = f"http://127.0.0.1:{port}"
    started = process.running(command, url=url, probe=url + probe, folder=folder, env=env)
    try:
        with started as program:
            yield program
    except process.DidNotStartError as error:
        raise process.DidNotStartError(f"{error}:\n{process.last_lines(folder)}") from error


_NGINX = """\
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=100;
  keepalive_requests 1000000000;
  default_type text/html;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""
