#!/usr/bin/env python3
"""Plays scenarios of the lab on this machine's own kernel, in real time, as a witness of what ss shows.

    sudo tests/golden/states/on-kernel.py SCENARIO.lab...

Each scenario gets two network namespaces with a cable between them, gone when it ends; all run at the same time. For each it writes NAME.txt beside
this program: the lines of the scenario that say what is done, and behind each what its host printed. Lines of the lab alone (network, show, transitions) and remarks are left out.
Root, iproute2, iptables and awk are needed. A line takes a tenth of a second, as in the lab.
"""
import os, re, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
MOMENT = 0.1
PYTHON = r'''
import sys, threading, traceback, socket
lines, names = [], {}
ready = threading.Condition()
def work():
    while True:
        with ready:
            while not lines:
                ready.wait()
            line = lines.pop(0)
        try:
            result = eval(compile(line, "<stdin>", "single"), names)
        except BaseException as error:
            print(traceback.format_exception_only(type(error), error)[-1].strip())
        print("\1")
threading.Thread(target=work, daemon=True).start()
print("\1")
for line in sys.stdin:
    with ready:
        lines.append(line.rstrip("\n"))
        ready.notify()
'''


class Machine:
    def __init__(self, name, space, log):
        self.name, self.space, self.log, self.python = name, space, log, None
        self.done = threading.Event()

    def run(self, command):
        command = re.sub(r'^sudo\s+', '', command)
        alias = re.match(r'ifconfig (\w+):\d+ (\S+)\s+up$', command)
        command = f'ip addr add {alias[2]}/24 dev {alias[1]}' if alias else command
        command = command.replace('./server-state.sh', 'sh ' + os.path.join(HERE, '../../../src/Finwait.Lab/Files/server-state.sh'))
        done = subprocess.run(['ip', 'netns', 'exec', self.space, 'sh', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in done.stdout.splitlines():
            self.log.append(f'{self.name}| {line}')

    def type(self, line):
        if self.python is None:
            self.python = subprocess.Popen(['ip', 'netns', 'exec', self.space, sys.executable, '-u', '-c', PYTHON], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            threading.Thread(target=self.read, daemon=True).start()
            self.done.wait(20)
        self.done.clear()
        self.python.stdin.write(line + '\n')
        self.python.stdin.flush()
        self.done.wait(MOMENT)  # a call that blocks goes on while the scenario does

    def read(self):
        for line in self.python.stdout:
            if line == '\1\n':
                self.done.set()
            else:
                self.log.append(f'{self.name}| {line.rstrip()}')

    def end(self):
        if self.python is not None:
            self.python.kill()
            self.python.wait()


def seconds(text):
    number, unit = re.match(r'([\d.]+)\s*(ms|s|min)$', text).groups()
    return float(number) * {'ms': 0.001, 's': 1, 'min': 60}[unit]


def play(path, number):
    name, log = os.path.basename(path)[:-4], []
    spaces = {'romeo': f'fws{os.getpid()}r{number}', 'juliet': f'fws{os.getpid()}j{number}'}
    machines = {host: Machine(host, space, log) for host, space in spaces.items()}
    try:
        for space in spaces.values():
            subprocess.run(['ip', 'netns', 'add', space], check=True)
        left, right = spaces.values()
        subprocess.run(['ip', 'link', 'add', 'eth0', 'netns', left, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', right], check=True)
        for space in spaces.values():
            subprocess.run(['ip', 'netns', 'exec', space, 'sh', '-c', 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1; sysctl -qw net.ipv4.tcp_congestion_control=cubic 2>/dev/null; ip link set lo up; ip link set eth0 up'], check=True)
        for machine in machines.values():
            machine.type('pass')
        time.sleep(1)
        due = time.monotonic()
        for line in open(path):
            line = line.rstrip('\n')
            typed = re.match(r'(romeo|juliet)([>$]) ?(.*)', line)
            if line.startswith('wait '):
                log.append(line)
                due += seconds(line[5:])
            elif typed:
                log.append(line)
                (machines[typed[1]].type if typed[2] == '>' else machines[typed[1]].run)(typed[3])
                due += MOMENT
            time.sleep(max(0, due - time.monotonic()))
        with open(os.path.join(HERE, name + '.txt'), 'w') as out:
            out.write('\n'.join(log) + '\n')
    finally:
        for machine in machines.values():
            machine.end()
        for space in spaces.values():
            subprocess.run(['ip', 'netns', 'del', space], stderr=subprocess.DEVNULL)


threads = [threading.Thread(target=play, args=(path, number)) for number, path in enumerate(sys.argv[1:])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
