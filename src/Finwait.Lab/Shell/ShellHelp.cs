namespace Finwait.Lab;

/// <summary>One example for each command of the shell, most of them from the source documents.</summary>
internal static class ShellHelp
{
    private static readonly (string Name, string Text)[] s_examples =
    [
        ("arp", "neighbours of the host: romeo$ arp -n; arp -d 10.10.1.1 forgets one, arp -s ADDRESS MAC sets one"),
        ("awk", "works on the columns of what stands before the pipe: romeo$ ss -ta | awk '{ print $4, $1 }'"),
        ("cat", "a file of the host: romeo$ cat server.py"),
        ("dmesg", "what iptables logged: juliet$ iptables -A INPUT -p tcp --tcp-flags SYN SYN -j LOG --log-prefix 'SYN: ', then juliet$ dmesg"),
        ("gcc", "makes a program from a C file of the host: romeo$ gcc -o server server.c, then romeo$ ./server; romeo< presses the key that it waits for"),
        ("for", "repeats commands for each word: romeo$ for i in 1 2 3; do ping -c 1 juliet | tail -n 1; done"),
        ("grep", "lines that match: romeo$ ss -tan | grep 4000"),
        ("head", "the first lines or octets: romeo$ seq 100 | head -n 3; romeo$ cat server.py | head -c 20"),
        ("hostname", "the host's name: romeo$ hostname -s; romeo$ hostname verona gives it another"),
        ("if", "asks for the outcome of a command: romeo$ if nc -z juliet 4000; then echo open; else echo closed; fi"),
        ("ifconfig", "addresses of the interfaces, and new ones: romeo$ ifconfig eth1:0 192.168.100.100 up"),
        ("ip", "addresses, routes, neighbours: romeo$ ip addr; romeo$ ip route; romeo$ ip neigh"),
        ("iptables", "drops packets to freeze a state: juliet$ iptables -A INPUT -s 10.10.1.100 -p tcp --tcp-flags SYN SYN -j DROP; iptables -D INPUT 1 removes the rule"),
        ("iptables-restore", "reads rules back: romeo$ iptables-save > rules; iptables -F; iptables-restore < rules"),
        ("jobs", "the lines that run on or are stopped: romeo$ ^Z stops the newest, then romeo$ jobs; bg %1 or fg %1"),
        ("kill", "ends a process by its number: romeo$ ps, then romeo$ kill 1003; or a line that runs on: romeo$ jobs, then romeo$ kill %1"),
        ("lsof", "who holds which socket: juliet$ lsof -n -P -i"),
        ("nc", "juliet$ nc -kl 234 listens, romeo$ nc -v juliet 234 connects; romeo< and juliet< type into them"),
        ("netstat", "sockets in the old form: romeo$ netstat -tanp; netstat -rn the routes, -i the interfaces, -s the counters"),
        ("ping", "asks whether a host answers: romeo$ ping -c 3 juliet"),
        ("python3", "starts Python, whose lines then stand behind romeo>; or runs a file: juliet$ python3 server.py"),
        ("route", "routes in the old form: romeo$ route -n; route add -net 192.168.100.0/24 gw 10.10.1.1"),
        ("sed", "edits lines: romeo$ ss -tan | sed -n 's/^ESTAB *//p'; addresses are 2, $, /text/ and 2,5; s, p, d, q and = are there"),
        ("seq", "counts: romeo$ seq 1 5"),
        ("sleep", "waits: romeo$ sleep 1 && ss -tan"),
        ("ss", "sockets with states and timers: romeo$ ss -tano; juliet$ ss -tlnp"),
        ("sysctl", "settings of the stack: romeo$ sysctl net.ipv4.tcp_syn_retries; romeo$ sysctl -w net.ipv4.tcp_syn_retries=2"),
        ("tc", "delays and loses what leaves an interface: romeo$ tc qdisc add dev eth1 root netem delay 100ms loss 1%; tc qdisc show; tc qdisc del dev eth1 root"),
        ("tcpdump", "packets as they pass: juliet$ tcpdump -i eth1 tcp; romeo$ tcpdump -w a.pcap, then save romeo:a.pcap"),
        ("telnet", "a connection typed by hand: romeo$ telnet juliet 4000; romeo< types into it, romeo< ^] then romeo< quit leaves"),
        ("traceroute", "the hops to a host: romeo$ traceroute -n juliet; -I with echo requests, -T with SYNs"),
        ("test", "asks about texts, numbers and files: romeo$ [ -f a.pcap ] && echo there; romeo$ [ 1 -lt 2 ]; echo $?"),
        ("watch", "repeats a command: romeo$ watch -n 1 ss -tan"),
        ("while", "repeats commands as long as another succeeds: romeo$ while ! nc -z juliet 4000; do sleep 1; done"),
    ];

    /// <summary>The commands that have an example.</summary>
    public static IEnumerable<string> Commands => s_examples.Select(entry => entry.Name);

    /// <summary>The example of a command; empty if there is none.</summary>
    public static IEnumerable<(string Name, string Text)> Of(string command)
    {
        string name = command switch { "python" => "python3", "cc" => "gcc", "netcat" or "nc.openbsd" => "nc", "egrep" or "fgrep" => "grep", "ip6tables" or "iptables-save" => "iptables", "tail" => "head", "until" => "while", "[" or "[[" => "test", "bg" or "fg" => "jobs", "ip6tables-restore" => "iptables-restore", _ => command };
        return s_examples.Where(entry => entry.Name == name);
    }
}
