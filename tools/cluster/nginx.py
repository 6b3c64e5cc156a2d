"""nginx with the configuration that the documentation shows."""

from collections.abc import Mapping
from pathlib import Path

from tools.cluster.accounts import Account
from tools.cluster.answering import answers
from tools.cluster.ports import HOST, Ports
from tools.cluster.problems import ClusterError
from tools.cluster.programs import Program, find

SHOWN = Path(__file__).parents[2] / "examples" / "proxies" / "nginx.conf"

_MAIN = """\
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/commentkit.conf;
}}
"""


def nginx(folder: Path, ports: Ports, account: Account, *, health: str) -> Program:
    """Write the configuration, and describe the program; `health` is a path that answers 200."""
    account.make_folder(folder)
    (folder / "commentkit.conf").write_text(adapted(SHOWN.read_text(), _changes(folder, ports)))
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder))
    words = ("-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;")
    return Program(
        name="nginx",
        argv=(find("nginx"), *words),
        port=ports.nginx,
        log=folder.with_suffix(".log"),
        ready=lambda: answers(f"http://{HOST}:{ports.nginx}{health}"),
        account=account,
        folder=folder,
    )


def _changes(folder: Path, ports: Ports) -> Mapping[str, str]:
    """List what a reader of the documentation is told to change, and nothing else."""
    return {
        "server 127.0.0.1:8000 ": f"server {HOST}:{ports.first} ",
        "server 127.0.0.1:8001 ": f"server {HOST}:{ports.second} ",
        "listen 80;": f"listen {HOST}:{ports.nginx};",
        "server_name comments.example.org;": f"server_name {HOST};",
        "/var/cache/nginx/commentkit": str(folder / "cache"),
    }


def adapted(text: str, changes: Mapping[str, str]) -> str:
    """Replace each of these; raises `ClusterError` for one that is not there exactly once."""
    for old, new in changes.items():
        if text.count(old) != 1:
            raise ClusterError(f"{SHOWN.name} has {old!r} {text.count(old)} times, not once.")
        text = text.replace(old, new)
    return text
