"""What the same machine can do at best: nginx with a constant reply, wrk that posts to it, the disk's own synced append,
and a peer when one is installed."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from harness import BUILD, BenchError, Client, Process, ROOT, free_port, load, scratch

NGINX_CONF = """
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/x-amz-json-1.0;
  keepalive_requests 1000000000;
  client_max_body_size 4m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 '{reply}'; }}
    location = /requests {{ stub_status; }}
  }}
}}
"""
# What SendMessage answers, byte for byte in size.
CONSTANT_REPLY = json.dumps({"MD5OfMessageBody": "0" * 32, "MessageId": "00000000-0000-0000-0000-000000000000"})


@contextlib.contextmanager
def answering(command, folder, port, what, seconds=20):
    """Yields the process of the command, with its port, once it takes connections there."""
    process = Process(command, folder / "log")
    process.port = port
    try:
        end = time.monotonic() + seconds
        while not connects(port):
            if time.monotonic() > end or process.child.poll() is not None:
                raise BenchError(f"{what} does not answer")
            time.sleep(0.02)
        yield process
    finally:
        process.stop()


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


@contextlib.contextmanager
def nginx(port=None):
    """Yields the process with its port, or None where nginx is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        yield None
        return
    with scratch("nginx") as folder:
        port = port or free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX_CONF.format(folder=folder, port=port, reply=CONSTANT_REPLY))
        # The workers give up root, and the folder is only root's.
        folder.chmod(0o755)
        with answering([program, "-p", str(folder), "-c", str(configuration)], folder, port, "nginx") as process:
            yield process


WRK_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/plain; charset=UTF-8"
wrk.body = string.rep("x", {size})
"""


def wrk(port, size=1024, connections=64, seconds=2):
    """Requests a second that wrk posts to this port, with one or two threads, whichever gives more; None without wrk."""
    program = shutil.which("wrk")
    if program is None:
        return None
    with scratch("wrk") as folder:
        script = folder / "post.lua"
        script.write_text(WRK_SCRIPT.format(size=size))
        rates = []
        for threads in (1, 2):
            done = subprocess.run([program, f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s",
                                   str(script), f"http://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=120,
                                  check=False)
            found = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
            if done.returncode or not found or "Non-2xx" in done.stdout:
                raise BenchError(f"wrk: {done.stdout}{done.stderr}")
            rates.append(float(found.group(1)))
    return max(rates)


def synced_append(size=4096, seconds=0.5):
    with scratch("disk") as folder:
        done = subprocess.run([str(BUILD / "synced-append"), str(folder), str(size), str(seconds)], capture_output=True,
                              text=True, timeout=120)
    if done.returncode:
        raise BenchError(f"synced-append: {done.stderr}")
    return json.loads(done.stdout)


def peer_command(port):
    """Name and command of a peer that is installed, or None. Nothing is ever installed for this."""
    jars = [os.environ.get("ELASTICMQ_JAR", ""), *map(str, sorted((ROOT / "build" / "peers").glob("elasticmq*.jar")))]
    for jar in jars:
        if jar and pathlib.Path(jar).is_file() and shutil.which("java"):
            return "elasticmq", ["java", f"-Drest-sqs.bind-port={port}", f"-Dnode-address.port={port}",
                                 "-Drest-stats.enabled=false", "-jar", jar]
    if shutil.which("moto_server"):
        return "moto", ["moto_server", "-H", "127.0.0.1", "-p", str(port)]
    return None


def measure_peer(connections, seconds):
    """Results by (scenario, connections), with the peer's name; None when there is no peer or it does not work."""
    port = free_port()
    found = peer_command(port)
    if found is None:
        return None
    name, command = found
    try:
        with scratch("peer") as folder, answering(command, folder, port, name) as process:
            time.sleep(2)  # a warm-up of its own: these run on virtual machines
            rows = []
            for count in connections:
                for scenario, mode, options in (
                    ("send", "send", {}),
                    ("send batch", "send", {"batch": 10}),
                    ("receive+delete", "receive-delete", {"batch": 10, "prefill": 300, "warmup": 0}),
                ):
                    url = Client(port).create_queue(f"bench-{scenario.replace(' ', '-').replace('+', '-')}-{count}")
                    result = load(port, mode, process, connections=count, size=1024, seconds=seconds, queue_url=url,
                                  timeout=120, **{"warmup": 0.5, **options})
                    rows.append({"scenario": scenario, "connections": count, **result})
            return {"name": name, "rows": rows}
    except (BenchError, OSError) as error:
        print(f"peer {name}: not measured: {error}")
        return None
