#!/usr/bin/env python3
"""Runs drill scripts against the kernel of this machine, in real time, as a witness beside `finwait drill`.

    sudo tests/drill/on-kernel.py [--tolerance SECONDS] [--ipv6] FILE...

Each script gets a network namespace and a TUN device of its own, both gone when it ends. Root, /dev/net/tun, iproute2 and sysctl are
needed. It understands the part of the language that most scripts keep to: IPv4 and IPv6 (as the script says, or --ipv6 for all that do not), TCP packets, "fragmentation
needed" or "packet too big", the calls named in CALLS, assertions on tcp_info, and shell lines, which are run as they are. What it does not understand ends the script with `cannot`, never with `ok`.
A packet longer than a segment is put together from those that follow each other, as segmentation offload would have sent it.
Times are those of a machine that does other things too, so the tolerance is wide (150 ms).
"""
import argparse, ctypes, errno, fcntl, os, re, select, socket, struct, subprocess, sys, textwrap, threading, time

LOCAL, REMOTE, LOCAL6, REMOTE6, PORT = '192.168.0.1', '192.0.2.1', 'fd3d:a0b:17d6::1', 'fd3d:fa7b:d17d::1', 8080
FLAGS = {'F': 1, 'S': 2, 'R': 4, 'P': 8, '.': 16, 'U': 32, 'E': 64, 'W': 128, 'A': 256}
ECN = {'noecn': 0, 'ect1': 1, 'ect0': 2, 'ce': 3}
NUMBERS = dict(TCP_INQ=36, TCP_NOTSENT_LOWAT=25, TCP_USER_TIMEOUT=18, SOL_TCP=6, TCP_FASTOPEN=23, TCP_CORK=3, TCP_NODELAY=1, TCP_DEFER_ACCEPT=9,
               TCP_QUICKACK=12, TCP_MAXSEG=2, SHUT_RD=0, SHUT_WR=1, SHUT_RDWR=2, MSG_MORE=0x8000, MSG_EOR=0x80, MSG_OOB=1, MSG_DONTWAIT=0x40, MSG_FASTOPEN=0x20000000,
               TCP_FASTOPEN_CONNECT=30, TCP_FASTOPEN_NO_COOKIE=34, TCP_CONGESTION=13, SO_MAX_PACING_RATE=47, TCP_SAVE_SYN=27, TCP_SAVED_SYN=28)
IOCTLS = {'SIOCINQ': 0x541B, 'FIONREAD': 0x541B, 'SIOCOUTQ': 0x5411, 'SIOCOUTQNSD': 0x894B}
SYMBOLS = {'TFO_COOKIE': '3021b9d889017eeb', 'TFO_COOKIE_ZERO': 'b7c12350a90dc8f5'}  # what Linux makes of the key that the kernel's own tests set
INFO = [('B', 'state ca_state retransmits probes backoff options wscale flags'),
        ('I', 'rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv last_ack_recv pmtu rcv_ssthresh '
              'rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans'),
        ('Q', 'pacing_rate max_pacing_rate bytes_acked bytes_received'), ('I', 'segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out'),
        ('Q', 'delivery_rate busy_time rwnd_limited sndbuf_limited'), ('I', 'delivered delivered_ce'), ('Q', 'bytes_sent bytes_retrans'),
        ('I', 'dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash'), ('H', 'total_rto total_rto_recoveries'), ('I', 'total_rto_time')]
PACKET = re.compile(r'([<>])\s*(?:\[(\w+)\]\s*)?([FSRPUEWA.\-]+)\s+(\d+):(\d+)\((\d+)\)(?:\s+ack (\d+))?(?:\s+win (\d+))?(?:\s+urg (\d+))?(?:\s*<(.*)>)?\s*$', re.S)
EVENT = re.compile(r'(\+?\d*\.?\d+|\*)(~\+?\d*\.?\d+)?(\.\.\.\+?\d*\.?\d+)?\s+(.*)$', re.S)


class Differs(Exception):
    """The kernel did something else than the script says."""


class Cannot(Exception):
    """The script asks for something that this program does not know."""


def open_tun():
    """A new network namespace with a TUN device that takes large segments; the file to read and write its packets."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, 0x400454CA, struct.pack('16sH22x', b'tun0', 0x0001 | 0x1000 | 0x4000))  # TUN, no packet information, a virtio header
    fcntl.ioctl(tun, 0x400454D0, 0x0F)  # checksums and segmentation are the reader's
    subprocess.run('sysctl -qw net.ipv6.conf.tun0.accept_dad=0 net.ipv6.conf.tun0.addr_gen_mode=1 net.ipv4.tcp_rmem="4096 131072 6291456" && ip link set lo up && '
                   'ip addr add 192.168.0.1/16 dev tun0 && ip link set tun0 mtu 1500 up && ip route add 192.0.2.0/24 dev tun0 && ip addr add fd3d:a0b:17d6::1/48 dev tun0 nodad && ip route add fd3d:fa7b:d17d::/48 dev tun0', shell=True, check=True)
    subprocess.run(['sysctl', '-qw', 'net.ipv4.tcp_congestion_control=cubic'], stderr=subprocess.DEVNULL)
    return tun


def path_mtu(mtu):
    subprocess.run(['ip', 'link', 'set', 'tun0', 'mtu', mtu], check=True)


def await_address():
    """IPv6 begins a moment after the link is up: the address can be bound and the way is there."""
    for _ in range(500):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((LOCAL6, 0))
                probe.connect((REMOTE6, 9))
                flags = struct.unpack_from('H', fcntl.ioctl(probe, 0x8913, struct.pack('40s', b'tun0')), 16)[0]
                with open('/proc/self/net/ipv6_route') as routes:
                    if flags & 0x40 and any(route.startswith('fd3d0a0b17d600000000000000000001 80') for route in routes):  # IFF_RUNNING
                        return
            except OSError:
                pass
        time.sleep(0.01)
    raise Cannot('IPv6 does not come up')


def congestion():
    """The controller of new sockets."""
    with open('/proc/sys/net/ipv4/tcp_congestion_control') as value:
        return value.read().strip()


def checksum(octets):
    octets += b'\0' * (len(octets) & 1)
    total = sum(struct.unpack(f'!{len(octets) // 2}H', octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def cut(text):
    """Arguments of a call, at the commas outside brackets."""
    parts, depth, part = [], 0, ''
    for letter in text:
        depth += (letter in '([{') - (letter in ')]}')
        if letter == ',' and depth == 0:
            parts.append(part.strip())
            part = ''
        else:
            part += letter
    return parts + [part.strip()]


def value(text):
    """A number or names joined by |, in square brackets or not; the octets of a structure of numbers."""
    if text.startswith('{'):
        return b''.join(struct.pack('i', value(part.split('=')[1])) for part in text.strip('{} ').split(','))
    total = 0
    for part in text.strip('[] ').split('|'):
        part = part.strip()
        if re.fullmatch(r'-?(0x[0-9a-fA-F]+|\d+)', part):
            total |= int(part, 0)
        else:
            found = NUMBERS.get(part, getattr(socket, part, None))
            if found is None:
                raise Cannot(f'{part} is not known')
            total |= int(found)
    return total


class Script:
    def __init__(self, path, tolerance, ipv6):
        self.path, self.tolerance = path, tolerance
        version = re.search(r'--ip_version=(\S+)', open(path).read())
        if version and version[1] not in ('ipv4', 'ipv6'):
            raise Cannot(f'{path}: {version[1]}')
        self.ipv6 = version[1] == 'ipv6' if version else ipv6
        self.family, self.header = (socket.AF_INET6, 40) if self.ipv6 else (socket.AF_INET, 20)
        self.local, self.remote = (LOCAL6, REMOTE6) if self.ipv6 else (LOCAL, REMOTE)
        self.tun, self.began = open_tun(), 0.0
        if self.ipv6:
            path_mtu('1520')  # a segment is as large as over IPv4
            await_address()
            SYMBOLS.update(TFO_COOKIE='c1d1e9742a47a9bc', TFO_COOKIE_ZERO='82af1a8f9a205c34')
        self.usual = congestion()
        self.sockets, self.seen = {}, []
        self.theirs, self.ours, self.ports = 1_000_000, None, None  # where script numbers begin on the wire
        self.clock = {}  # our TSvals as the script names them -> as the kernel sent them
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            select.select([self.tun], [], [])
            try:
                packet = os.read(self.tun, 70_000)[10:]
            except BlockingIOError:
                continue
            if packet[0] >> 4 == (6 if self.ipv6 else 4) and packet[6 if self.ipv6 else 9] == 6:
                self.seen.append((time.monotonic(), packet))

    # -- packets ------------------------------------------------------------------------------------------------------------

    def options(self, text):
        octets = b''
        for word in filter(None, (w.strip() for w in (text or '').split(','))):
            name, *rest = word.split()
            if name == 'mss': octets += struct.pack('!BBH', 2, 4, int(rest[0]))
            elif name == 'nop': octets += b'\1'
            elif name == 'eol': octets += b'\0'
            elif name == 'sackOK': octets += b'\4\2'
            elif name == 'wscale': octets += struct.pack('!BBB', 3, 3, int(rest[0]))
            elif name == 'TS': octets += struct.pack('!BBII', 8, 10, int(rest[1]), self.clock.get(int(rest[3]), int(rest[3])))
            elif name == 'FO':
                cookie = bytes.fromhex(SYMBOLS.get(rest[0], rest[0])) if rest else b''
                octets += struct.pack('!BB', 34, 2 + len(cookie)) + cookie
            elif name == 'FOEXP':
                cookie = bytes.fromhex(SYMBOLS.get(rest[0], rest[0])) if rest else b''
                octets += struct.pack('!BBH', 254, 4 + len(cookie), 0xF989) + cookie
            elif name == 'sack':
                octets += struct.pack('!BB', 5, 2 + 8 * len(rest))
                for block in rest:
                    octets += struct.pack('!II', *((self.ours + int(edge)) & 0xFFFFFFFF for edge in block.split(':')))
            else:
                raise Cannot(f'option {word}')
        return octets + b'\0' * (-len(octets) % 4)

    def wrap(self, protocol, body, traffic=0):
        """The IP packet from the peer, or from a router, with this body; its checksum is filled in."""
        source, destination = socket.inet_pton(self.family, self.remote), socket.inet_pton(self.family, self.local)
        at = {6: 16, 1: 2, 58: 2}[protocol]
        pseudo = b'' if protocol == 1 else source + destination + (struct.pack('!IHBB', len(body), 0, 0, protocol) if self.ipv6 else struct.pack('!BBH', 0, protocol, len(body)))
        body = body[:at] + struct.pack('!H', checksum(pseudo + body)) + body[at + 2:]
        if self.ipv6:
            return struct.pack('!IHBB', 6 << 28 | traffic << 20, len(body), protocol, 255) + source + destination + body
        ip = struct.pack('!BBHHHBBH4s4s', 0x45, traffic, 20 + len(body), 0, 0, 255, protocol, 0, source, destination)
        return ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:] + body

    def inject(self, ecn, flags, seq, length, ack, window, urgent, options):
        self.ports = self.ports or (50_000, PORT)
        bits, octets = sum(FLAGS.get(f, 0) for f in flags), self.options(options)
        header = struct.pack('!HHIIHHHH', *self.ports, (self.theirs + int(seq)) & 0xFFFFFFFF, ((self.ours or 0) + int(ack)) & 0xFFFFFFFF if ack else 0,
                             (5 + len(octets) // 4) << 12 | bits, int(window or 0), 0, int(urgent or 0)) + octets
        segment = header + bytes(int(length))
        os.write(self.tun, bytes(10) + self.wrap(6, segment, ECN.get(ecn, 0)))

    def inject_icmp(self, mtu, seq, length):
        """A router of the path says "fragmentation needed" or "packet too big" about a segment of ours."""
        ends = socket.inet_pton(self.family, self.local) + socket.inet_pton(self.family, self.remote)
        quoted = struct.pack('!IHBB', 6 << 28, 20 + length, 6, 64) if self.ipv6 else struct.pack('!BBHHHBBH', 0x45, 0, 40 + length, 0, 0x4000, 64, 6, 0)
        quoted += ends + struct.pack('!HHI', self.ports[1], self.ports[0], (self.ours + seq) & 0xFFFFFFFF) + bytes(12)
        message = struct.pack('!BBHI', 2, 0, 0, mtu) if self.ipv6 else struct.pack('!BBHHH', 3, 4, 0, 0, mtu)
        os.write(self.tun, bytes(10) + self.wrap(58 if self.ipv6 else 1, message + quoted))

    def read(self, packet):
        """What a packet of the kernel's says, in the script's numbers."""
        at = 40 if self.ipv6 else (packet[0] & 15) * 4
        source, destination, seq, ack, bits, window, _, urgent = struct.unpack('!HHIIHHHH', packet[at:at + 20])
        if bits & 2:
            self.ours = seq
            self.ports = self.ports if bits & 16 and self.ports else (destination, source)
        area, words, stamps, i = packet[at + 20:at + (bits >> 12) * 4], [], None, 0
        while i < len(area):
            kind = area[i]
            if kind < 2:
                words.append('nop' if kind else 'eol')
                i += 1
                continue
            data = area[i + 2:i + area[i + 1]]
            if kind == 2: words.append(f'mss {int.from_bytes(data, "big")}')
            elif kind == 3: words.append(f'wscale {data[0]}')
            elif kind == 4: words.append('sackOK')
            elif kind == 5:
                edges = [(e - self.theirs) & 0xFFFFFFFF for e in struct.unpack(f'!{len(data) // 4}I', data)]
                words.append('sack ' + ' '.join(f'{a}:{b}' for a, b in zip(edges[::2], edges[1::2])))
            elif kind == 8:
                stamps = struct.unpack('!II', data)
                words.append('TS')
            elif kind == 254 and data[:2] == b'\xf9\x89': words.append(f'FOEXP {data[2:].hex()}'.strip())
            else: words.append(f'{"FO" if kind == 34 else f"kind {kind}"} {data.hex()}'.strip())
            i += area[i + 1]
        return dict(bits=bits & 0x1FF, seq=(seq - (self.ours or 0)) & 0xFFFFFFFF, length=len(packet) - at - (bits >> 12) * 4, window=window,
                    ack=(ack - self.theirs) & 0xFFFFFFFF if bits & 16 else None, options=words, stamps=stamps, urgent=urgent,
                    ecn=(packet[1] >> 4 if self.ipv6 else packet[1]) & 3)

    def next(self, until):
        while not self.seen:
            if time.monotonic() > until:
                return None
            time.sleep(0.0005)
        return self.seen[0]

    def expect(self, line, ecn, flags, seq, length, ack, window, urgent, options, earliest, latest):
        until = self.began + latest + self.tolerance + 0.3
        if self.next(until) is None:
            raise Differs('no packet came')
        moment, packet = self.seen.pop(0)
        live = self.read(packet)
        while live['length'] < int(length) and self.next(until):
            more = self.read(self.seen[0][1])
            if more['seq'] != (live['seq'] + live['length']) & 0xFFFFFFFF or more['length'] == 0:
                break
            self.seen.pop(0)
            live['length'] += more['length']
            live['bits'] |= more['bits'] & (FLAGS['P'] | FLAGS['F'])
        moment -= self.began

        def compare(what, wanted, actual):
            if wanted != actual:
                shown = ''.join(f for f in 'FSRPUEWA.' if FLAGS[f] & live['bits'])
                raise Differs(f'{what}: expected {wanted}, not {actual}\n   script: {line}\n   kernel: {moment:.6f} {shown} {live["seq"]}({live["length"]}) '
                              f'ack {live["ack"]} win {live["window"]} <{",".join(live["options"])}>')
        compare('flags', sum(FLAGS.get(f, 0) for f in flags), live['bits'])
        compare('sequence number', int(seq), live['seq'])
        compare('length', int(length), live['length'])
        if ack: compare('acknowledgment', int(ack), live['ack'])
        if window: compare('window', int(window), live['window'])
        if urgent: compare('urgent pointer', int(urgent), live['urgent'])
        if ecn in ECN: compare('ECN', ECN[ecn], live['ecn'])
        if (options or '').strip() != '...':
            words = [w.strip() for w in options.split(',')] if options else []
            stamps = next((w.split() for w in words if w.startswith('TS')), None)
            compare('options', ['TS' if w.startswith('TS') else ' '.join(SYMBOLS.get(p, p) for p in w.split()) for w in words], live['options'])
            if stamps:
                self.clock[int(stamps[2])] = live['stamps'][0]
                compare('TSecr', int(stamps[4]), live['stamps'][1])
        if not earliest - self.tolerance <= moment <= latest + self.tolerance:
            compare('time', f'{earliest:.3f}~{latest:.3f}', f'{moment:.6f}')

    # -- calls --------------------------------------------------------------------------------------------------------------

    def call(self, name, text, result):
        """Makes a call; its result as a script writes it."""
        a = cut(text)
        try:
            if name == 'socket':
                made = socket.socket(self.family, socket.SOCK_STREAM)
                if congestion() == self.usual:
                    made.setsockopt(socket.IPPROTO_TCP, 13, b'cubic')  # a namespace may not always choose it for all (TCP_CONGESTION)
                made.setblocking('SOCK_NONBLOCK' not in text)
                self.sockets[int(result.split()[0])] = made
                return result
            if name not in self.CALLS:
                raise Cannot(f'call {name}')
            return str(self.CALLS[name](self, self.sockets[int(a[0])], a, result))
        except OSError as e:
            return f'-1 {"EOPNOTSUPP" if e.errno == errno.EOPNOTSUPP else errno.errorcode[e.errno]}'

    def accept(self, made, _, result):
        self.sockets[int(result.split()[0])] = made.accept()[0]
        return result

    def set_flags(self, made, a, result):
        if a[1] == 'F_SETFL':
            made.setblocking('O_NONBLOCK' not in a[2])
        return result

    def get_option(self, made, a, _):
        if '"' in a[3]:
            found = made.getsockopt(value(a[1]), value(a[2]), 64).rstrip(b'\0').decode()
            return 0 if found == a[3].strip('[] "') else f'another value: {found}'
        found = made.getsockopt(value(a[1]), value(a[2]))
        return 0 if found == value(a[3]) else f'another value: {found}'

    def control(self, made, a, _):
        found = struct.unpack('i', fcntl.ioctl(made.fileno(), IOCTLS[a[1]], bytes(4)))[0]
        return 0 if found == value(a[2]) else f'another value: {found}'

    def closed(self, made, a, _):
        self.sockets.pop(int(a[0])).close()
        return 0

    CALLS = {
        'bind': lambda s, made, a, r: made.bind((s.local, PORT)) or 0,
        'listen': lambda s, made, a, r: made.listen(int(a[1])) or 0,
        'connect': lambda s, made, a, r: made.connect((s.remote, PORT)) or 0,
        'accept': accept, 'fcntl': set_flags, 'getsockopt': get_option, 'ioctl': control, 'close': closed,
        'sendto': lambda s, made, a, r: made.sendto(bytes(int(a[2])), value(a[3]), (s.remote, PORT)),
        'write': lambda s, made, a, r: made.send(bytes(int(a[2]))),
        'send': lambda s, made, a, r: made.send(bytes(int(a[2])), value(a[3])),
        'read': lambda s, made, a, r: len(made.recv(int(a[2]))),
        'recv': lambda s, made, a, r: len(made.recv(int(a[2]), value(a[3]))),
        'shutdown': lambda s, made, a, r: made.shutdown(value(a[1])) or 0,
        'setsockopt': lambda s, made, a, r: made.setsockopt(value(a[1]), value(a[2]), a[3].strip('[] "').encode() if '"' in a[3] else value(a[3])) or 0,
    }

    def code(self, text):
        raw, at, names = self.sockets[max(self.sockets)].getsockopt(6, 11, 248), 0, {}
        for kind, fields in INFO:
            size = struct.calcsize(kind)
            for field in fields.split():
                names['tcpi_' + field] = struct.unpack_from('=' + kind, raw, at)[0]
                at += size
        names.update(tcpi_snd_wscale=names['tcpi_wscale'] & 15, tcpi_rcv_wscale=names['tcpi_wscale'] >> 4, tcpi_delivery_rate_app_limited=names['tcpi_flags'] & 1,
                     tcpi_fastopen_client_fail=names['tcpi_flags'] >> 1 & 3)
        names.update(TCP_ESTABLISHED=1, TCP_SYN_SENT=2, TCP_SYN_RECV=3, TCP_FIN_WAIT1=4, TCP_FIN_WAIT2=5, TCP_TIME_WAIT=6, TCP_CLOSE=7, TCP_LAST_ACK=9, TCP_LISTEN=10, TCP_CLOSING=11, TCP_CLOSE_WAIT=8, TCP_CA_Open=0, TCP_CA_Disorder=1, TCP_CA_CWR=2, TCP_CA_Recovery=3, TCP_CA_Loss=4, TCP_INFINITE_SSTHRESH=0x7FFFFFFF, TCPI_OPT_TIMESTAMPS=1, TCPI_OPT_SACK=2, TCPI_OPT_WSCALE=4,
                     TCPI_OPT_ECN=8, TCPI_OPT_ECN_SEEN=16, TCPI_OPT_SYN_DATA=32)
        try:
            exec(textwrap.dedent(text.strip('\n')).strip(), names)
        except AssertionError as e:
            raise Differs(f'{text.strip()}: {e}') from None
        except NameError as e:
            raise Cannot(str(e)) from None

    # -- the script ---------------------------------------------------------------------------------------------------------

    def events(self):
        """(line, text) of each event."""
        source = re.sub(r'/\*.*?\*/', lambda m: '\n' * m[0].count('\n'), open(self.path).read(), flags=re.S)
        text = ''
        for number, line in enumerate(source.split('\n'), 1):
            inside = '`' in text or '%{' in text
            text += (line if inside else re.sub(r'(^|\s)(//|#).*', '', line)) + '\n'
            event = text.strip()
            if event and event.count('`') % 2 == 0 and ('%{' not in event or '}%' in event) and event.count('(') <= event.count(')'):
                yield number, event
                text = ''

    def run(self):
        self.began, at, waiting = time.monotonic(), 0.0, None
        for number, text in self.events():
            try:
                if text.startswith('--'):
                    continue
                if text.startswith('`'):
                    self.shell(text)
                    self.began = time.monotonic()
                    continue
                match = EVENT.match(text)
                if not match or match[1] == '*':
                    raise Cannot('the line is not understood')
                start, end, until, what = match.groups()
                earliest = at + float(start[1:]) if start[0] == '+' else float(start)
                latest = earliest if not end else at + float(end[2:]) if end[1] == '+' else float(end[1:])
                named = re.match(r'([<>]\s*(?:\[\w+\]\s*)?)(\d+) > (\d+): ', what)
                if named:  # the peer's port and ours, whichever way the packet goes
                    first, second = int(named[2]), int(named[3])
                    self.ports = (first, second) if what[0] == '<' else (second, first)
                    what = named[1] + what[named.end():]
                packet = PACKET.match(what)
                if waiting and not packet and not what.startswith('%'):
                    waiting = self.returned(waiting)
                if packet and packet[1] == '>':
                    self.expect(text, packet[2], packet[3], packet[4], *packet.groups()[5:], earliest, latest)
                    at = latest
                    continue
                time.sleep(max(0, self.began + earliest - time.monotonic()))
                at = earliest
                waiting = self.do(what, packet, until, waiting)
            except (Differs, Cannot) as e:
                raise type(e)(f'{self.path}:{number}: {e}') from None
        if waiting:
            self.returned(waiting)
        time.sleep(0.03)
        if self.seen:
            raise Differs(f'{self.path}: a packet more than the script names: {self.read(self.seen[0][1])}')

    def do(self, what, packet, until, waiting):
        too_big = re.match(r'< (?:icmp unreachable frag_needed|icmpv6 packet_too_big) mtu (\d+) \[(\d+):\d+\((\d+)\)\]$', what)
        if too_big:
            self.inject_icmp(*map(int, too_big.groups()))
        elif packet:
            self.inject(packet[2], packet[3], packet[4], *packet.groups()[5:])
        elif what.startswith('%{'):
            time.sleep(0.002)
            self.code(what[2:-2])
        elif what.startswith('`'):
            self.shell(what)
        else:
            call = re.match(r'(\w+)\((.*)\)\s*=\s*(.*)$', what, re.S)
            if not call:
                raise Cannot('the line is not understood')
            if until:
                box = []
                thread = threading.Thread(target=lambda: box.append(self.call(*call.groups())), daemon=True)
                thread.start()
                time.sleep(0.001)
                return thread, box, call[3]
            self.check(self.call(*call.groups()), call[3])
        return waiting

    def returned(self, waiting):
        thread, box, wanted = waiting
        thread.join(3)
        if not box:
            raise Differs('the call did not return')
        self.check(box[0], wanted)

    @staticmethod
    def check(result, wanted):
        words = 2 if wanted.startswith('-1') else 1
        if result.split()[:words] != wanted.split()[:words]:
            raise Differs(f'the call gave {result}, not {wanted}')

    @staticmethod
    def shell(text):
        # The file that the kernel's own tests begin with is not ours to have; what it sets is.
        text = re.sub(r'(\.\./common|\.)/defaults\.sh', 'sysctl -qw net.ipv4.tcp_rmem="4096 540000 15728640" net.ipv4.tcp_wmem="4096 262144 4194304" '
                      'net.ipv4.tcp_syn_retries=5 net.ipv4.tcp_synack_retries=5 net.ipv4.tcp_slow_start_after_idle=0 net.ipv4.tcp_ecn=0 '
                      'net.ipv4.tcp_fastopen=0x70403 net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4', text.strip('`'))
        text = re.sub(r'\S*set_sysctls\.py((?:\s+/proc/sys/\S+=\S+)+)', lambda m: 'sysctl -qw ' + ' '.join(w[10:].replace('/', '.') for w in m[1].split()), text)
        subprocess.run(text, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    arguments.add_argument('--tolerance', type=float, default=0.15)
    arguments.add_argument('--ipv6', action='store_true', help='over IPv6, where the script does not say')
    arguments.add_argument('files', nargs='+')
    options = arguments.parse_args()
    counts = [0, 0, 0]
    for path in options.files:
        child = os.fork()  # a namespace of its own: it ends with the process
        if child == 0:
            try:
                Script(path, options.tolerance, options.ipv6).run()
                print(f'{path}: ok', flush=True)
                os._exit(0)
            except Differs as e:
                print(e, flush=True)
                os._exit(1)
            except Exception as e:
                print(f'{path}: cannot: {e}', flush=True)
                os._exit(2)
        counts[min(2, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))] += 1
    print(f'{counts[0]} ok, {counts[1]} differ, {counts[2]} cannot be run here')
    sys.exit(1 if counts[1] else 0)


if __name__ == '__main__':
    main()
