#!/usr/bin/env python3
"""Writes expected.txt: what tshark 4.0 selects with each filter of filters.txt from each capture below (packet numbers), and what it prints in the last column."""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = [
    "03b-handshake-slow-link/romeo", "04-send-recv/romeo", "11-synack-blocked/romeo", "19a-fast-retransmit-sack/romeo", "19c-rto-backoff/romeo", "22-ipv6/juliet",
    "24-nc-session/juliet", "25-python-loopback/romeo", "display-filters/mixed",
]
PLAIN = ["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.relative_sequence_numbers:TRUE"]


def tshark(capture, *arguments):
    done = subprocess.run(["tshark", "-r", str(HERE.parent / (capture + ".pcap")), *PLAIN, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{capture} {arguments}: {done.stderr}")
    return done.stdout.splitlines()


filters = (HERE / "filters.txt").read_text().splitlines()
with open(HERE / "expected.txt", "w") as out:
    for capture in CAPTURES:
        for text in filters:
            numbers = tshark(capture, "-Y", text, "-T", "fields", "-e", "frame.number")
            out.write(f"{capture}\t{text}\t{' '.join(numbers)}\n")
with open(HERE / "info.txt", "w") as out:
    for capture in CAPTURES:
        for line in tshark(capture, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol", "-e", "frame.len", "-e", "_ws.col.Info"):
            out.write(f"{capture}\t{line}\n")
