using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The tools' options, flag by flag, against what the real ones printed in the same network of namespaces (tests/golden/tool-text/flags-*.txt): ordinary use, and lines that are wrong.</summary>
public sealed partial class ToolFlagTests
{
    // Times are the machine's own; help texts are each tool's own, and what stands before them is compared.
    [Theory]
    [InlineData("flags-ping.txt", 60)]
    [InlineData("flags-ping-values.txt", 240)]
    [InlineData("flags-ip.txt", 150)]
    [InlineData("flags-small.txt", 90)]
    [InlineData("flags-ss.txt", 100)]
    [InlineData("flags-nc.txt", 70)]
    [InlineData("flags-telnet.txt", 60)]
    [InlineData("flags-alias.txt", 50)]
    [InlineData("flags-ifconfig.txt", 150)]
    [InlineData("flags-arp.txt", 100)]
    [InlineData("flags-iproute.txt", 150)]
    [InlineData("flags-traceroute.txt", 35)]
    [InlineData("flags-tcpdump.txt", 12)]
    public void Session_TypedAgain_PrintsTheSameWords(string file, int least)
    {
        var session = new LabSession();
        ToolSection[] sections = [.. ToolGolden.Sections(file)];
        Assert.True(sections.Length >= least, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            if (section.Command == "@fresh")
            {
                session = new LabSession();
            }
            else if (section.Command.StartsWith('@'))
            {
                session.Execute($"{section.Command[1..].Replace(" ", "$ ", StringComparison.Ordinal).Split('$')[0]}$ {section.Command[(section.Command.IndexOf(' ') + 1)..]}");
                session.TakeOutput();
            }
            else
            {
                Assert.Equal(section.Where + "\n" + Plain(section.Output), section.Where + "\n" + Plain(Typed(session, section.Command)));
            }
        }
    }

    // What another process reads of a capture that goes on is a whole file, from its header on.
    [Fact]
    public void TcpdumpFile_WhileTheCaptureRuns_IsAWholeCapture()
    {
        var session = new LabSession();
        session.Execute("romeo$ tcpdump -i eth1 -w x.pcap icmp & sleep 0.1; tcpdump --count -r x.pcap; ping -c 2 juliet > /dev/null; sleep 0.1; tcpdump --count -r x.pcap; true");
        session.Execute("wait 3s");
        string[] counts = [.. session.TakeOutput().Where(line => line.Text.EndsWith(" packets", StringComparison.Ordinal)).Select(line => line.Text)];
        Assert.Equal(["0 packets", "4 packets"], counts);
        Assert.True(session.Host("romeo")!.Files.TryRead("x.pcap", out byte[] octets));
        using var stream = new MemoryStream(octets);
        Assert.True(Finwait.Capture.CaptureReader.TryOpen(stream, out Finwait.Capture.CaptureReader? reader, out _));
        int packets = 0;
        while (reader.TryRead(out _))
        {
            packets++;
        }

        Assert.Equal((4, null), (packets, reader.Error));
    }

    // What needs options in IP headers, or IPv6 packets of other kinds, is refused by name: the lab's hosts send none. IPv4 has no use for -F and -N.
    [Theory]
    [InlineData("ping -c 1 -R juliet", "ping: the lab's ping does not have -R: its hosts put no options into IP headers", "? 2")]
    [InlineData("ping -c 1 -T tsonly juliet", "ping: the lab's ping does not have -T: its hosts put no options into IP headers", "? 2")]
    [InlineData("ping -c 1 -F 5 ::1", "ping: the lab's ping does not have -F: its hosts send no flow labels that a user chooses", "? 2")]
    [InlineData("ping -c 1 -N name ::1", "ping: the lab's ping does not have -N: its hosts send no node information queries", "? 2")]
    [InlineData("ping -c 1 -N name juliet | grep -c ttl=63", "1")]
    public void Ping_OfPacketsThatNoHostSends_IsRefusedByName(string line, params string[] expected) => Assert.Equal(expected, Typed(new LabSession(), line).TrimEnd('\n').Split('\n'));

    // -a rings for each answer, before the line ends; behind the dot that an answer takes away in a flood.
    [Theory]
    [InlineData("ping -a -c 1 juliet", " ms\a\n", 1)]
    [InlineData("ping -a -q -c 2 juliet", "\a", 0)]
    [InlineData("ping -af -c 1 juliet", "\n.\b \b\a\n---", 1)]
    public void Ping_Audible_RingsForEachAnswer(string line, string expected, int count) => Assert.Equal(count, Typed(new LabSession(), line).Split(expected).Length - 1);

    // A flood lets time pass: it sends when the last was answered, and a hundred a second where nothing is.
    [Theory]
    [InlineData("ping -f -q -w 2 juliet | grep -o '^[0-9]* packets transmitted, [0-9]* received'", "1000 packets transmitted, 1000 received\n")]
    [InlineData("ping -f -q -w 2 10.10.2.50 | grep -o '^[0-9]* packets transmitted, [0-9]* received'", "200 packets transmitted, 0 received\n")]
    public void Ping_Flood_SendsAsAnswersCome(string line, string expected) => Assert.Equal(expected, Typed(new LabSession(), line));

    // timeout ends tcpdump with SIGTERM: it counts, and its file is whole.
    [Fact]
    public void Tcpdump_Terminated_CountsAndLeavesAWholeFile()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ timeout 2 tcpdump -i eth1 -w x.pcap icmp & ping -c 1 juliet > /dev/null", "wait 3s", "romeo$ tcpdump --count -r x.pcap"), "romeo");
        Assert.Equal(["2 packets captured", "2 packets received by filter", "0 packets dropped by kernel"], romeo.Where(line => line.Contains(" packets ", StringComparison.Ordinal)));
        Assert.Contains("2 packets", romeo);
    }

    // The first document reads the address of eth0 from ifconfig: under its other name too the interface has it.
    [Fact]
    public void Ifconfig_OtherName_ShowsAndChangesTheInterfacesOwnAddress() =>
        Assert.Equal(
            ["eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500", "        inet 10.10.1.100  netmask 255.255.255.0  broadcast 10.10.1.255", "        inet 10.10.1.7  netmask 255.255.255.0  broadcast 10.10.1.255", "10.10.1.1 ether 02:00:00:00:01:01 C eth1"],
            Lab.Printed(Lab.Play("romeo$ ifconfig eth0 | head -2", "romeo$ ifconfig eth0 10.10.1.7/24; ifconfig eth1 | grep inet", "romeo$ ping -c 1 -q 10.10.1.1 > /dev/null; arp -n -i eth0 | tail -1 | awk '{ print $1, $2, $3, $4, $5 }'"), "romeo"));

    // What tuning pages set is either what the stack does from then on, or refused with what it does instead.
    [Fact]
    public void Sysctl_OfATuningPage_IsWiredOrRefusedWithTheValueThatHolds() =>
        Assert.Equal(
            [
                "net.ipv4.tcp_no_metrics_save = 1", "sysctl: setting key \"net.ipv4.tcp_no_metrics_save\": the lab's hosts behave as with 1, and know no other value", "net.ipv4.tcp_no_metrics_save = 1",
                "net.ipv4.tcp_available_congestion_control = reno bbr cubic", "net.ipv4.conf.all.rp_filter = 0", "sysctl: setting key \"net.ipv4.conf.eth1.rp_filter\": the lab's hosts behave as with 0, and know no other value",
                "net.ipv4.conf.all.forwarding = 1", "net.ipv4.ip_forward = 1", "1", "sysctl: cannot stat /proc/sys/net/ipv4/tcp_mem: No such file or directory",
                "RTNETLINK answers: Permission denied", "net.ipv6.conf.all.disable_ipv6 = 0", "fd00::1/64",
            ],
            Lab.Printed(
                Lab.Play(
                    "romeo$ sysctl net.ipv4.tcp_no_metrics_save; sysctl -w net.ipv4.tcp_no_metrics_save=0; sysctl -w net.ipv4.tcp_no_metrics_save=1", "romeo$ sysctl net.ipv4.tcp_available_congestion_control net.ipv4.conf.all.rp_filter",
                    "romeo$ sysctl -w net.ipv4.conf.eth1.rp_filter=1", "romeo$ sysctl -w net.ipv4.conf.all.forwarding=1; sysctl net.ipv4.ip_forward; cat /proc/sys/net/ipv4/conf/eth1/forwarding", "romeo$ sysctl net.ipv4.tcp_mem",
                    "romeo$ ip addr add fd00::1/64 dev eth1; sysctl -w net.ipv6.conf.all.disable_ipv6=0; ip addr add fd00::1/64 dev eth1; ip -6 -br addr show eth1 | awk '{ print $3 }'"), "romeo"));

    // A route's mtu is what TCP announces and keeps; the kernel's SYN has mss 960 then, and the answer 1460.
    [Fact]
    public void RouteMtu_OfTheWay_BoundsTheSegmentsOfBothDirections()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ ip route add 10.10.2.0/24 via 10.10.1.1 mtu 1000", "romeo$ tcpdump -nn -i eth1 -c 60 tcp", "juliet$ nc -l 4000", "romeo$ printf '%03000d' 7 | nc -N -w 2 10.10.2.100 4000", "wait 3s", "romeo$ ^C tcpdump"), "romeo");
        Assert.Contains(romeo, line => line.Contains("Flags [S]", StringComparison.Ordinal) && line.Contains("mss 960,", StringComparison.Ordinal));
        Assert.Contains(romeo, line => line.Contains("Flags [S.]", StringComparison.Ordinal) && line.Contains("mss 1460,", StringComparison.Ordinal));
        Assert.Contains(romeo, line => line.EndsWith("length 948", StringComparison.Ordinal) || line.EndsWith("length 1896", StringComparison.Ordinal) || line.EndsWith("length 2844", StringComparison.Ordinal));
    }

    // Who changes its link address is found again by those who ask anew; frames for the old one are nobody's.
    [Fact]
    public void LinkAddress_Changed_IsLearnedByTheNeighbour() =>
        Assert.Equal(
            ["1 received", "0 received", "10.10.1.100 lladdr 02:00:00:00:01:65", "1 received"],
            Lab.Play(
                "romeo$ ping -c 1 10.10.1.1 | grep -o '[01] received'", "romeo$ ifconfig eth1 hw ether 02:00:00:00:01:65", "router$ ping -c 1 -W 1 10.10.1.100 | grep -o '[01] received'", "wait 2s",
                "romeo$ ping -c 1 10.10.1.1 > /dev/null", "router$ ip neigh show dev eth1 | awk '{ print $1, $2, $3 }'", "router$ ping -c 1 10.10.1.100 | grep -o '[01] received'")
                .Split('\n').Where(line => !line.Contains('$')).Select(line => line[(line.IndexOf(' ') + 1)..].Trim()).Where(line => line.EndsWith("received") || line.Contains("lladdr")));

    [Fact]
    public void HostName_GivenAnother_IsThatOfPythonToo() =>
        Assert.Equal(
            ["new.example.org", "new example.org"],
            Lab.Printed(Lab.Play("romeo$ hostname new.example.org", "romeo$ python3 -c 'import socket; print(socket.gethostname())'", "romeo$ echo $(hostname -s) $(hostname -d)"), "romeo"));

    /// <summary>What romeo's screen shows once the command has ended, and the status where it is not 0.</summary>
    private static string Typed(LabSession session, string command)
    {
        session.Execute("romeo$ " + command);
        // What nc leaves in TIME-WAIT is to be there still for the next nc, as it was when the real one was typed.
        bool isShort = command.StartsWith("nc ", StringComparison.Ordinal);
        for (int seconds = 0; seconds < 15 && LongRunning().IsMatch(command) && (!isShort || session.ForegroundProgram("romeo") is not null); seconds++)
        {
            session.Execute("wait 1s");
        }

        string printed = string.Concat(session.TakeOutput().Where(line => line.Host == "romeo").Select(line => line.Text + "\n"));
        int status = session.Host("romeo")!.Shell.LastStatus;
        return status == 0 ? printed : $"{printed}? {status}\n";
    }

    private static string Plain(string text)
    {
        string plain = Explanation().Replace(Times().Replace(text, "${what}T"), "$1");
        Match usage = Usage().Match(plain);
        int status = plain.LastIndexOf("? ", StringComparison.Ordinal);
        plain = !usage.Success ? plain : plain[..usage.Index] + "\n" + (status > usage.Index ? plain[status..] : "");
        return plain.StartsWith('\n') ? plain.TrimStart('\n') : plain;
    }

    [GeneratedRegex(@"^(ping|nc|telnet|traceroute|tcpdump|timeout)\b")]
    private static partial Regex LongRunning();

    [GeneratedRegex(@"(?<what>time=|time |mdev = |ewma )[\d.][\d./]*( ?ms)?|(?<what>  )\d+\.\d{3} ms")]
    private static partial Regex Times();

    // Where the real ss prints its whole help behind a filter that is wrong, the lab's says what is wrong with it.
    [GeneratedRegex(@"(syntax error!"" Sorry\.\n)ss: .*\n")]
    private static partial Regex Explanation();

    [GeneratedRegex(@"\n*^[Uu]sage", RegexOptions.Multiline)]
    private static partial Regex Usage();
}
