namespace Finwait.Lab;

/// <summary>The options of each command, for completion.</summary>
internal static class ToolFlags
{
    private static readonly Dictionary<string, string> s_flags = new(StringComparer.Ordinal)
    {
        ["arp"] = "-A -a -D -d -e -f -H -i -n -p -s -t -v -V",
        ["dmesg"] = "-c -C -t -T",
        ["gcc"] = "-o -Wall -g -O2",
        ["grep"] = "-c -E -F -i -m -n -o -q -v -w",
        ["head"] = "-n -c",
        ["hostname"] = "-s -f -i -I",
        ["ifconfig"] = "-a -s -v -V",
        ["ip"] = "-4 -6 -br -c -d -j -o -p -s",
        ["iptables"] = "-A -C -D -I -R -L -S -F -Z -N -X -E -P -p -s -d -j -g -i -o -f -m -n -v -x -c --line-numbers --tcp-flags --syn --sport --dport --icmp-type --ctstate --state --limit --limit-burst --mode --probability --every --packet --comment --log-prefix --log-level --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --reject-with",
        ["iptables-restore"] = "-c -n -t --counters --noflush --test",
        ["iptables-save"] = "-c -t",
        ["jobs"] = "-l -p -r -s",
        ["kill"] = "-INT -TERM -KILL -STOP -CONT",
        ["lsof"] = "-n -P -i -p -a -t",
        ["nc"] = "-4 -6 -b -d -i -I -k -l -M -n -N -O -p -q -s -T -u -v -w -W -z",
        ["netstat"] = "-a -c -e -i -l -n -o -p -r -s -t -u",
        ["ping"] = "-4 -6 -a -A -b -B -c -d -D -e -f -i -I -l -L -m -M -n -O -p -q -Q -r -s -S -t -U -v -w -W",
        ["ps"] = "-e -f",
        ["read"] = "-r -p -t -s",
        ["route"] = "-n -e",
        ["sed"] = "-n -e -E",
        ["sort"] = "-n -r -u -k -t",
        ["ss"] = "-a -e -F -H -i -K -l -m -n -o -O -p -r -s -t -T -u -w -x -4 -6",
        ["sysctl"] = "-a -n -q -w",
        ["tail"] = "-n -c",
        ["tcpdump"] = "-A -c -D -e -F -i -l -n -q -r -s -S -t -tt -ttt -tttt -v -vv -vvv -w -x -xx -X -XX --style",
        ["telnet"] = "-4 -6 -8 -a -b -c -d -e -E -K -l -L -x",
        ["traceroute"] = "-4 -f -F -I -i -m -M -n -N -p -q -s -t -T -U -w -z",
        ["watch"] = "-n",
        ["wc"] = "-c -l -w",
    };

    /// <summary>The options of a command, sorted; none if it has none here.</summary>
    public static string[] Of(string tool) => s_flags.TryGetValue(tool is "netcat" ? "nc" : tool is "ip6tables" ? "iptables" : tool, out string? flags) ? flags.Split(' ') : [];

    /// <summary>The commands that have options here.</summary>
    public static IEnumerable<string> Tools => s_flags.Keys;
}
