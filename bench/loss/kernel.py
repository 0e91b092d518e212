#!/usr/bin/env python3
"""Goodput of this machine's own kernel over a path with loss, as a witness beside the snapshot grids of tests/Finwait.Sim.Tests.

    sudo bench/loss/kernel.py [--seconds S] [--seeds N] [--rate MBIT] [--queue FRAMES] [--control NAME] [--cells LOSS:RTT ...]

Needs root, /dev/net/tun and iproute2: two network namespaces, each with a TUN device; between them a relay in
this program that delays, loses (with a fixed seed) and limits the rate, since not every kernel has netem. Nothing of it is left when it ends.
Loss is in per cent of the data segments; the round trip in milliseconds. One line per cell: the median and the range over the seeds.
"""
import argparse, collections, ctypes, fcntl, os, random, select, socket, statistics, struct, subprocess, sys, time

TCP_INFO, TCP_CONGESTION = 11, 13
NEWNET = 0x40000000


def namespace(device, address):
    """Moves this process into a new namespace with a TUN device; what was opened before stays where it was."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEWNET) != 0:
        sys.exit(f'unshare: {os.strerror(ctypes.get_errno())} (root is needed)')
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, 0x400454CA, struct.pack('16sH22x', device, 0x0001 | 0x1000))  # TUN, no packet information
    name = device.decode()
    subprocess.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304" net.ipv4.tcp_no_metrics_save=1 && '
                   f'ip link set lo up && ip addr add {address}/24 dev {name} && ip link set {name} mtu 1500 txqueuelen 10000 up', shell=True, check=True)
    return tun


def relay(ends, a):
    """Carries packets between the two devices until killed: loss and rate in the direction of the data, delay in both."""
    os.nice(-20)                    # what the relay is late by counts as round trip
    chance = random.Random(a.seed)
    delay, rate = a.rtt / 2000, a.rate * 1e6 / 8
    under_way = [collections.deque(), collections.deque()]
    free = 0.0
    while True:
        now = time.monotonic()
        nearest = min((queue[0][0] for queue in under_way if queue), default=now + 1)
        for fd in select.select(ends, [], [], max(0, nearest - now - 0.0001))[0]:
            way = ends.index(fd)
            while True:
                try:
                    packet = os.read(fd, 65536)
                except BlockingIOError:
                    break
                now = time.monotonic()
                if way == 1:
                    under_way[1].append((now + delay, packet))
                    continue
                waiting = int(max(0, free - now) * rate / 1514)
                if waiting >= a.queue or (len(packet) > 200 and chance.random() < a.loss / 100):
                    continue
                free = max(free, now) + (len(packet) + 14) / rate
                under_way[0].append((free + delay, packet))
        now = time.monotonic()
        for way, queue in enumerate(under_way):
            while queue and queue[0][0] <= now:
                os.write(ends[1 - way], queue.popleft()[1])


def child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def send(connection):
    try:
        while True:
            connection.send(b'x' * 65536)
    except OSError:
        pass


def run(a):
    """One transfer; Mbit/s, retransmitted segments, segments that the receiver reported to have had already, segments sent, last smoothed round trip."""
    near = namespace(b'near', '10.9.0.1')
    client = socket.socket()
    far = namespace(b'far', '10.9.0.2')
    server = socket.socket()
    for one in (client, server):
        one.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, a.control.encode())
    server.bind(('10.9.0.2', 5001))
    server.listen()
    children = [child(lambda: relay([near, far], a))]
    client.connect(('10.9.0.2', 5001))
    peer = server.accept()[0]
    begun, octets = time.monotonic(), 0
    children.append(child(lambda: send(client)))
    peer.settimeout(0.5)
    while (left := begun + a.seconds - time.monotonic()) > 0:
        if select.select([peer], [], [], left)[0]:
            octets += len(peer.recv(1 << 20))
    info = client.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 256)
    for pid in children:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    for end in (near, far):
        os.close(end)
    again, = struct.unpack_from('I', info, 100)       # tcpi_total_retrans
    sent, = struct.unpack_from('I', info, 156)        # tcpi_data_segs_out
    doubles, = struct.unpack_from('I', info, 216)     # tcpi_dsack_dups
    rtt, = struct.unpack_from('I', info, 68)          # tcpi_rtt
    return octets * 8 / a.seconds / 1e6, again, doubles, sent, rtt / 1000


def apart(a):
    """The transfer in a process of its own, so that its namespaces end with it."""
    read, write = os.pipe()

    def work():
        os.write(write, repr(run(a)).encode())
    pid = child(work)
    os.waitpid(pid, 0)
    os.close(write)
    text = os.read(read, 4096).decode()
    os.close(read)
    return tuple(float(word) for word in text.strip('()').split(','))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--seconds', type=float, default=10)
    options.add_argument('--seeds', type=int, default=3)
    options.add_argument('--rate', type=float, default=20, help='Mbit/s of the bottleneck')
    options.add_argument('--queue', type=int, default=50, help='frames that the bottleneck holds')
    options.add_argument('--control', default='cubic')
    options.add_argument('--cells', nargs='+', default=['0:20', '0.1:20', '1:20', '3:20', '0:100', '0.1:100', '1:100', '3:100'])
    a = options.parse_args()
    print('loss %   rtt ms   goodput Mbit/s (range)      again %   twice %   srtt ms')
    for cell in a.cells:
        a.loss, a.rtt = (float(word) for word in cell.split(':'))
        runs = []
        for a.seed in range(1, a.seeds + 1):
            runs.append(apart(a))
        rates = [one[0] for one in runs]
        sent = sum(one[3] for one in runs)
        print(f'{a.loss:6g} {a.rtt:8g}   {statistics.mean(rates):8.2f} ({min(rates):.2f}-{max(rates):.2f})   {sum(one[1] for one in runs) / sent * 100:12.2f} {sum(one[2] for one in runs) / sent * 100:9.3f} {statistics.mean(one[4] for one in runs):9.1f}', flush=True)


main()
