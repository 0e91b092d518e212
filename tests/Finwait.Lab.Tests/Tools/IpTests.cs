using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>ip and ifconfig against what the real ones printed, and on plain rows.</summary>
public sealed class IpTests
{
    [Fact]
    public void Session_Replayed_PrintsTheSameBytes()
    {
        Host host = OneInterface();
        ToolSection[] sections = [.. ToolGolden.Sections("ip-session.txt")];
        Assert.True(sections.Length > 110, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            ToolResult result = Run(host, section.Command);
            string[] lines = result.Error.Split('\n');
            string error = string.Concat(lines.Take(lines.Length - 1).Select(line => $"2> {line}\n"));
            Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + result.Output + error + (result.Status == 0 ? "" : $"? {result.Status}\n"));
        }
    }

    // iproute2 and net-tools on a namespace with traffic and IPv6.
    [Fact]
    public void Counters_AndIpv6_ArePrintedAsTheRealOnesDo()
    {
        NetLink lo = new()
        {
            Index = 1,
            Name = "lo",
            Kind = InterfaceKind.Loopback,
            Mtu = 65536,
            Addresses = [new(IpAddress.Parse("127.0.0.1"), 8, "lo", false), new(IpAddress.Parse("::1"), 128, "lo", false)],
            PacketsReceived = 238,
            OctetsReceived = 416_321,
            PacketsSent = 238,
            OctetsSent = 416_321,
        };
        Assert.Equal("""
            lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
                    inet 127.0.0.1  netmask 255.0.0.0
                    inet6 ::1  prefixlen 128  scopeid 0x10<host>
                    loop  txqueuelen 1000  (Local Loopback)
                    RX packets 238  bytes 416321 (406.5 KiB)
                    RX errors 0  dropped 0  overruns 0  frame 0
                    TX packets 238  bytes 416321 (406.5 KiB)
                    TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0


            """, IfconfigCommand.Show([lo], null, all: false, shortList: false).Output);
        Assert.Equal("""
            1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
                link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
                RX:  bytes packets errors dropped  missed   mcast           
                    416321     238      0       0       0       0 
                TX:  bytes packets errors dropped carrier collsns           
                    416321     238      0       0       0       0 

            """, Text(text => IpText.AppendLink(text, lo, new() { Statistics = true })));
        NetLink v1 = new() { Index = 2, Name = "v1", Mac = new(0xBED0_B014_6BC9), Addresses = [new(IpAddress.Parse("fe80::bcd0:b0ff:fe14:6bc9"), 64, "v1", false)] };
        Assert.Equal("""
            2: v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP qlen 1000
                inet6 fe80::bcd0:b0ff:fe14:6bc9/64 scope link 
                   valid_lft forever preferred_lft forever

            """, Text(text => IpText.AppendAddresses(text, v1, new() { OnlyV6 = true })));
        Assert.Equal("lo               UNKNOWN        127.0.0.1/8 ::1/128 \n", Text(text => IpText.AppendAddresses(text, lo, new() { Brief = true })));
    }

    [Fact]
    public void Routes_OfIpv6_AndNeighbors_ArePrintedAsTheRealOnesDo()
    {
        Assert.Equal("fd00::/64 dev v1 proto kernel metric 256 pref medium\n", Text(text => IpText.AppendRoute(text, new(IpAddress.Parse("fd00::"), 64, default, "v1", IsConnected: true), new RouteSelector(), new())));
        Assert.Equal("10.9.0.2 dev v1 lladdr be:6b:b3:a9:ec:46 STALE \n", Text(text => IpText.AppendNeighbor(text, new("v1", IpAddress.Parse("10.9.0.2"), new(0xBE6B_B3A9_EC46), NeighborState.Stale), onlyDevice: false, new())));
        Assert.Equal("10.10.1.9 dev eth0 FAILED \n", Text(text => IpText.AppendNeighbor(text, new("eth0", IpAddress.Parse("10.10.1.9"), default, NeighborState.Failed), onlyDevice: false, new())));
    }

    // The set-up of the tutorial on freezing states.
    [Fact]
    public void TwoAliases_OfOneInterface_AreBothAddressesOfTheHost()
    {
        Host host = OneInterface();
        Assert.Equal(ToolResult.Done(""), Run(host, "ifconfig eth0:0 192.168.100.100 up"));
        Assert.Equal(ToolResult.Done(""), Run(host, "ifconfig eth0:1 192.168.100.51 up"));
        Assert.Equal("lo               UNKNOWN        127.0.0.1/8 \neth0             UP             192.168.100.100/24 192.168.100.51/24 \n", Run(host, "ip -br addr").Output);
        Assert.Equal("192.168.100.0/24 dev eth0 proto kernel scope link src 192.168.100.100 \n", Run(host, "ip route").Output);
    }

    [Fact]
    public void RandomWords_NeverThrow()
    {
        string[] words =
        [
            "addr", "link", "route", "neigh", "show", "add", "del", "set", "get", "flush", "replace", "dev", "eth0", "lo", "nosuch", "10.0.0.1/24", "10.0.0.1", "default", "via", "0.0.0.0", "fd00::1/64", "fd00::1", "ff02::1",
            "224.0.0.1", "255.255.255.255", "metric", "5", "-1", "src", "label", "eth0:1", "up", "down", "mtu", "1280", "70000", "lladdr", "02:00:00:00:00:01", "nud", "permanent", "-4", "-6", "-br", "-o", "-s", "-j", "", "brd", "+",
        ];
        string[] ifconfig = ["eth0", "eth0:1", "lo", "nosuch", "10.0.0.1", "10.0.0.1/8", "0.0.0.0", "224.1.1.1", "255.255.255.255", "netmask", "255.255.0.0", "0.0.0.0", "mtu", "1500", "5", "up", "down", "add", "del", "fd00::1/64", "-a", "-s", "hw", "ether", ""];
        Random random = new(99);
        for (int round = 0; round < 5_000; round++)
        {
            Host host = OneInterface();
            for (int i = 0; i < 4; i++)
            {
                bool isIp = random.Next(2) == 0;
                string[] line = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => (isIp ? words : ifconfig)[random.Next(isIp ? words.Length : ifconfig.Length)])];
                ToolResult result = isIp ? IpCommand.Run(line, host, new()) : IfconfigCommand.Run(line, host);
                Assert.True(result.Status == 0 == (result.Error.Length == 0), string.Join(' ', line));
            }
        }
    }

    private static Host OneInterface()
    {
        Host host = new(new());
        host.AddEthernet("eth0", new(0x0200_0000_0164));
        host.Loopback.RemoveAddress(IpAddress.Parse("::1"));
        return host;
    }

    private static ToolResult Run(Host host, string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words[0] == "ip" ? IpCommand.Run(words[1..], host, new()) : IfconfigCommand.Run(words[1..], host);
    }

    private static string Text(Action<StringBuilder> write)
    {
        StringBuilder text = new();
        write(text);
        return text.ToString();
    }
}
