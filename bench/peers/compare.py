#!/usr/bin/env python3
"""Runs Finwait, lwIP and gVisor under the same workloads, turn by turn, and prints the medians and ratios.

    apt-get install gcc liblwip-dev golang-go golang-gvisor-gvisor-dev
    bench/peers/compare.py [--runs 5] [--seconds 3] [--only WORKLOAD]

The peers are built into artifacts/peers. A figure is work per second of processor time, which stays steady on a machine that does
other things too and counts every core that a stack uses; in brackets, work per second on the wall. Ratios are of the former.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
built = os.path.join(root, "artifacts", "peers")
lwip, gvisor, finwait = os.path.join(built, "lwip"), os.path.join(built, "gvisor"), os.path.join(root, "finwait")


def build():
    os.makedirs(built, exist_ok=True)
    here = os.path.join(root, "bench", "peers")
    subprocess.run(["gcc", "-O2", "-o", lwip, os.path.join(here, "lwip.c"), "-I/usr/include/lwip", "-llwip", "-lpthread"], check=True)
    settings = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=os.path.join(built, "go-cache"))
    subprocess.run(["go", "build", "-o", gvisor, os.path.join(here, "gvisor.go")], check=True, env=settings)
    subprocess.run([finwait, "bench", "rr", "--seconds", "0.1", "--json"], check=True, stdout=subprocess.DEVNULL)


def workloads(seconds):
    """Name, figure, smaller is better, and the commands of Finwait, lwIP and gVisor (None where the peer has no such run)."""
    s = str(seconds)
    own = [finwait, "bench"]
    return [
        ("bulk, MTU 1500", "gbitPerSecond", own + ["bulk", "--seconds", s], [lwip, "bulk", s], [gvisor, "bulk", s, "1500"]),
        ("bulk, MTU 65535", "gbitPerSecond", own + ["bulk", "--mtu", "65535", "--seconds", s], None, [gvisor, "bulk", s, "65535"]),
        ("bulk, MTU 65535, buffers of 256 kB", "gbitPerSecond", own + ["bulk", "--mtu", "65535", "--buffer", "262144", "--seconds", s], None, None),
        ("open + close", "connectionsPerSecond", own + ["connections", "--seconds", s], [lwip, "connections", "1000"], [gvisor, "connections", s]),
        ("open + close, many in TIME-WAIT", "connectionsPerSecond", own + ["connections", "--time-wait", "100000", "--seconds", s], [lwip, "connections", "12000"], None),
        ("1-octet round trips", "roundTripsPerSecond", own + ["rr", "--seconds", s], [lwip, "rr", s], [gvisor, "rr", s]),
        ("1-octet round trips, many idle", "roundTripsPerSecond", own + ["rr", "--idle", "100000", "--seconds", s], [lwip, "rr", s, "10000"], None),
        ("octets per idle endpoint", "octetsPerEndpoint", own + ["idle", "--idle", "100000"], [lwip, "idle", "10000"], [gvisor, "idle", "20000"]),
    ]


def measure(command, figure):
    if command is None:
        return None
    if command[0] == finwait:
        command = command + ["--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{' '.join(command)}: {done.stderr.strip()}", file=sys.stderr)
        return None
    read = json.loads(done.stdout.splitlines()[-1])
    per_processor = read[figure] * read["seconds"] / read["processorSeconds"] if figure != "octetsPerEndpoint" and read.get("processorSeconds") else None
    return read[figure], per_processor


def number(value):
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def main_figure(values):
    """The median per second of processor time, or of the figure itself where time plays no part."""
    return statistics.median(v[1] or v[0] for v in values) if values else None


def show(values):
    if not values:
        return "-"
    on_the_wall = f" ({number(statistics.median(v[0] for v in values))})" if values[0][1] else ""
    return number(main_figure(values)) + on_the_wall


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--only", default="")
    asked = options.parse_args()
    build()
    print("| Workload | Finwait | lwIP | gVisor | Finwait / lwIP | Finwait / gVisor |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    for name, figure, *commands in workloads(asked.seconds):
        if asked.only not in name:
            continue
        values = [[], [], []]
        for _ in range(asked.runs):
            for kept, command in zip(values, commands):
                value = measure(command, figure)
                if value is not None:
                    kept.append(value)
        middles = [main_figure(kept) for kept in values]
        ratios = [f"{middles[0] / other:.2f}" if other and middles[0] else "-" for other in middles[1:]]
        print(f"| {name} | {' | '.join(show(kept) for kept in values)} | {' | '.join(ratios)} |", flush=True)


main()
