using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class PacketFilterTests
{
    private static readonly FilterMatch s_tcp = new() { Protocol = 6 }, s_udp = new() { Protocol = 17 };

    private static FilterVerdict Ask(PacketFilter filter, byte[] packet, FilterChain? chain = null, Interface? on = null, Interface? via = null)
    {
        Assert.Equal(WireError.None, Ipv4View.TryParse(packet, out Ipv4View ip));
        FilterPacket seen = new()
        {
            Source = ip.Source, Destination = ip.Destination, Protocol = ip.Protocol, Length = packet.Length, In = on, Out = via,
            IsLaterFragment = ip.FragmentOffset != 0, Transport = ip.Payload, Packet = packet,
        };
        return filter.Evaluate(chain ?? filter.Input, Instant.Zero, seen, out _);
    }

    private static byte[] Syn(string source = "10.10.1.77", string destination = "10.10.1.100", TcpFlags flags = TcpFlags.Syn, ushort from = 40000, ushort to = 4000) =>
        Ipv4(Ip(source), Ip(destination), IpProtocol.Tcp, Wires.Tcp(Ip(source), Ip(destination), from, to, flags));

    private static FilterMatch Match(string what) => what switch
    {
        "-s 10.10.1.77" => new() { Source = AddressMatch.FromPrefix(Other, 32) },
        "-s 10.10.1.0/24" => new() { Source = AddressMatch.FromPrefix(Other, 24) },
        "-s 10.10.2.0/24" => new() { Source = AddressMatch.FromPrefix(Juliet, 24) },
        "! -s 10.10.1.77" => new() { Source = AddressMatch.FromPrefix(Other, 32, isInverted: true) },
        "-s 10.0.0.77/255.0.0.255" => new() { Source = new AddressMatch(Ip("10.0.0.77"), Ip("255.0.0.255")) },
        "-s 0/0" => new() { Source = AddressMatch.FromPrefix(IpAddress.AnyV4, 0) },
        "-d 10.10.1.100" => new() { Destination = AddressMatch.FromPrefix(Romeo, 32) },
        "-d 10.10.1.99" => new() { Destination = AddressMatch.FromPrefix(Ip("10.10.1.99"), 32) },
        "-p tcp" => s_tcp,
        "-p udp" => s_udp,
        "! -p udp" => new() { Protocol = 17, IsProtocolInverted = true },
        "! -p tcp" => new() { Protocol = 6, IsProtocolInverted = true },
        "-p all" => new() { Protocol = 0 },
        "-p tcp --dport 4000" => s_tcp with { DestinationPorts = new(4000, 4000) },
        "-p tcp --dport 4001:" => s_tcp with { DestinationPorts = new(4001, 65535) },
        "-p tcp ! --dport 4000" => s_tcp with { DestinationPorts = new(4000, 4000, true) },
        "-p tcp --sport 39999:40000" => s_tcp with { SourcePorts = new(39999, 40000) },
        "-p tcp --sport :39999" => s_tcp with { SourcePorts = new(0, 39999) },
        "-p tcp --tcp-flags SYN SYN" => s_tcp with { TcpFlags = new(TcpFlags.Syn, TcpFlags.Syn) },
        "-p tcp --tcp-flags SYN,ACK SYN,ACK" => s_tcp with { TcpFlags = new(TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Ack) },
        "-p tcp --tcp-flags SYN,ACK SYN" => s_tcp with { TcpFlags = new(TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Syn) },
        "-p tcp --syn" => s_tcp with { TcpFlags = TcpFlagsMatch.Syn },
        "-p tcp ! --syn" => s_tcp with { TcpFlags = TcpFlagsMatch.Syn with { IsInverted = true } },
        "-p tcp --tcp-flags FIN FIN" => s_tcp with { TcpFlags = new(TcpFlags.Fin, TcpFlags.Fin) },
        "-m length --length 40" => new() { Length = new(40, 40) },
        "-m length ! --length 40" => new() { Length = new(40, 40, true) },
        "-f" => new() { IsFragment = true },
        "! -f" => new() { IsFragment = false },
        _ => throw new ArgumentException(what),
    };

    // iptables(8): what a SYN from 10.10.1.77:40000 to 10.10.1.100:4000 (40 octets) matches.
    [Theory]
    [InlineData("-s 10.10.1.77", true)]
    [InlineData("-s 10.10.1.0/24", true)]
    [InlineData("-s 10.10.2.0/24", false)]
    [InlineData("! -s 10.10.1.77", false)]
    [InlineData("-s 10.0.0.77/255.0.0.255", true)]
    [InlineData("-s 0/0", true)]
    [InlineData("-d 10.10.1.100", true)]
    [InlineData("-d 10.10.1.99", false)]
    [InlineData("-p tcp", true)]
    [InlineData("-p udp", false)]
    [InlineData("! -p udp", true)]
    [InlineData("! -p tcp", false)]
    [InlineData("-p all", true)]
    [InlineData("-p tcp --dport 4000", true)]
    [InlineData("-p tcp --dport 4001:", false)]
    [InlineData("-p tcp ! --dport 4000", false)]
    [InlineData("-p tcp --sport 39999:40000", true)]
    [InlineData("-p tcp --sport :39999", false)]
    [InlineData("-p tcp --tcp-flags SYN SYN", true)]
    [InlineData("-p tcp --tcp-flags SYN,ACK SYN,ACK", false)]
    [InlineData("-p tcp --tcp-flags SYN,ACK SYN", true)]
    [InlineData("-p tcp --syn", true)]
    [InlineData("-p tcp ! --syn", false)]
    [InlineData("-p tcp --tcp-flags FIN FIN", false)]
    [InlineData("-m length --length 40", true)]
    [InlineData("-m length ! --length 40", false)]
    [InlineData("-f", false)]
    [InlineData("! -f", true)]
    public void Match_OneSyn_AsIptablesSays(string what, bool matches)
    {
        PacketFilter filter = new(1);
        Assert.Equal(FilterError.None, filter.Append("INPUT", Match(what), FilterTarget.Drop));
        Assert.Equal(matches ? FilterVerdict.Drop : FilterVerdict.Accept, Ask(filter, Syn()));
        Assert.Equal(matches ? (1L, 40L, 0L) : (0L, 0L, 1L), (filter.Input.Rules[0].Packets, filter.Input.Rules[0].Octets, filter.Input.PolicyPackets));
    }

    [Theory]
    [InlineData("eth1", "eth1", true)]
    [InlineData("eth+", "eth1", true)]
    [InlineData("eth1", "lo", false)]
    [InlineData("+", "lo", true)]
    public void Match_Interface_ByNameOrBeginning(string pattern, string name, bool matches)
    {
        HostRig rig = HostRig.Romeo();
        PacketFilter filter = rig.Host.Filter;
        Assert.True(rig.Host.TryGetInterface(name, out Interface? on));
        filter.Append("INPUT", new FilterMatch { In = new InterfaceMatch(pattern) }, FilterTarget.Drop);
        filter.Append("OUTPUT", new FilterMatch { Out = new InterfaceMatch(pattern, IsInverted: true) }, FilterTarget.Drop);
        Assert.Equal(matches ? FilterVerdict.Drop : FilterVerdict.Accept, Ask(filter, Syn(), filter.Input, on));
        Assert.Equal(matches ? FilterVerdict.Accept : FilterVerdict.Drop, Ask(filter, Syn(), filter.Output, via: on));
    }

    [Fact]
    public void Match_LaterFragment_HasNoPorts()
    {
        PacketFilter filter = new(1);
        filter.Append("FORWARD", Match("-p tcp --dport 4000"), FilterTarget.Drop);
        filter.Append("FORWARD", Match("-f"), FilterTarget.Drop);
        byte[] later = Ipv4(Other, Juliet, IpProtocol.Tcp, Syn()[20..], offset: 800);
        Assert.Equal(FilterVerdict.Drop, Ask(filter, later, filter.Forward));
        Assert.Equal((0L, 1L), (filter.Forward.Rules[0].Packets, filter.Forward.Rules[1].Packets));
    }

    [Fact]
    public void Match_Icmp_TypeAndCode()
    {
        PacketFilter filter = new(1);
        filter.Append("INPUT", new FilterMatch { Protocol = 1, IcmpType = new IcmpTypeMatch(8) }, FilterTarget.Drop);
        filter.Append("INPUT", new FilterMatch { Protocol = 1, IcmpType = new IcmpTypeMatch(3, 1, 1) }, FilterTarget.Drop);
        Assert.Equal(FilterVerdict.Drop, Ask(filter, Ipv4(Other, Romeo, IpProtocol.Icmp, Echo(1, 1, 0))));
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Ipv4(Other, Romeo, IpProtocol.Icmp, Echo(1, 1, 0, isReply: true))));
        Assert.Equal(FilterVerdict.Drop, Ask(filter, Ipv4(Other, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 1, 0, []))));
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Ipv4(Other, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 3, 0, []))));
    }

    // iptables-extensions(8), statistic: every third packet, beginning with the first; a tenth of all at random, the same ones for the same seed.
    [Fact]
    public void Match_Statistic_NthAndRandom()
    {
        PacketFilter filter = new(1);
        filter.Append("INPUT", new FilterMatch { Statistic = new StatisticMatch(3, 0, 0) }, FilterTarget.Drop);
        Assert.Equal("DaaDaaDaa", string.Concat(Enumerable.Range(0, 9).Select(_ => Ask(filter, Syn()) == FilterVerdict.Drop ? 'D' : 'a')));
        filter.Flush("INPUT");
        filter.Append("INPUT", new FilterMatch { Statistic = new StatisticMatch(3, 2, 0) }, FilterTarget.Drop);
        Assert.Equal("aaDaaDaaD", string.Concat(Enumerable.Range(0, 9).Select(_ => Ask(filter, Syn()) == FilterVerdict.Drop ? 'D' : 'a')));
        filter.Flush("INPUT");
        filter.Append("INPUT", new FilterMatch { Statistic = new StatisticMatch(0, 0, (uint)(0.1 * 0x8000_0000)) }, FilterTarget.Drop);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => Ask(filter, Syn()) == FilterVerdict.Drop), 900, 1100);
    }

    [Fact]
    public void Match_Limit_BurstThenOnePerInterval()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", new FilterMatch { Limit = new LimitMatch(TimeSpan.FromMilliseconds(200), 5) }, FilterTarget.Accept);
        rig.Host.Filter.SetPolicy("INPUT", isDrop: true);
        for (int i = 0; i < 100; i++)
        {
            rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 1, 0)));
            rig.RunFor(0.01);
        }

        Assert.Equal((5 + 4, 91L), (rig.Sent.Count, rig[DropReason.FilterInput]));
    }

    // iptables(8): the first rule that decides, decides; a rule without target only counts; RETURN, the end of a user chain, and goto.
    [Fact]
    public void Chains_JumpReturnGoto_GoTheWayOfIptables()
    {
        PacketFilter filter = new(1);
        Assert.Equal(FilterError.None, filter.AddChain("user"));
        Assert.Equal(FilterError.None, filter.AddChain("inner"));
        filter.Append("INPUT", FilterMatch.Any, FilterTarget.None);
        filter.Append("INPUT", Match("-p tcp"), FilterTarget.JumpTo("user"));
        filter.Append("INPUT", Match("-s 10.10.1.77"), FilterTarget.Drop);
        filter.Append("user", Match("-p tcp --dport 22"[..6]), FilterTarget.None);
        filter.Append("user", Match("-p tcp --dport 4000"), FilterTarget.JumpTo("inner"));
        filter.Append("user", Match("-s 10.10.1.0/24"), FilterTarget.Return);
        filter.Append("user", FilterMatch.Any, FilterTarget.Accept);
        filter.Append("inner", Match("-p tcp ! --syn"), FilterTarget.Accept);

        Assert.Equal(FilterVerdict.Drop, Ask(filter, Syn()));
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Syn(flags: TcpFlags.Ack)));
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Syn(source: "9.9.9.9")));
        Assert.Equal([3L, 3L, 1L], filter.Input.Rules.Select(r => r.Packets));
        Assert.Equal([3L, 3L, 1L, 1L], filter.Chains[3].Rules.Select(r => r.Packets));
        Assert.Equal(["INPUT", "FORWARD", "OUTPUT", "user", "inner"], filter.Chains.Select(c => c.Name));

        // goto: the end of the chain is the end of the caller too, so the policy decides.
        filter.Flush("INPUT");
        filter.Append("INPUT", FilterMatch.Any, new FilterTarget(FilterTargetKind.Goto) { Chain = "inner" });
        filter.Append("INPUT", FilterMatch.Any, FilterTarget.Drop);
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Syn()));
        filter.SetPolicy("INPUT", isDrop: true);
        Assert.Equal(FilterVerdict.Drop, Ask(filter, Syn()));
        Assert.Equal(0, filter.Input.Rules[1].Packets);
    }

    [Fact]
    public void Changes_Refused_TellWhy()
    {
        PacketFilter filter = new(1);
        Assert.Equal(FilterError.ChainExists, filter.AddChain("INPUT"));
        Assert.Equal(FilterError.NoSuchChain, filter.Append("nowhere", FilterMatch.Any, FilterTarget.Drop));
        Assert.Equal(FilterError.NoSuchChain, filter.Append("INPUT", FilterMatch.Any, FilterTarget.JumpTo("nowhere")));
        Assert.Equal(FilterError.BuiltInChain, filter.Append("INPUT", FilterMatch.Any, FilterTarget.JumpTo("OUTPUT")));
        Assert.Equal(FilterError.BuiltInChain, filter.RemoveChain("INPUT"));
        Assert.Equal(FilterError.NoSuchRule, filter.Delete("INPUT", 0));
        Assert.Equal(FilterError.NoSuchRule, filter.Delete("INPUT", FilterMatch.Any, FilterTarget.Drop));
        Assert.Equal(FilterError.NoSuchRule, filter.Insert("INPUT", 1, FilterMatch.Any, FilterTarget.Drop));
        Assert.Equal(FilterError.InvalidRule, filter.Append("INPUT", FilterMatch.Any, FilterTarget.Reject(RejectWith.TcpReset)));
        Assert.Equal(FilterError.InvalidRule, filter.Append("INPUT", new FilterMatch { DestinationPorts = new(1, 1) }, FilterTarget.Drop));
        Assert.Equal(FilterError.InvalidRule, filter.Append("INPUT", s_udp with { TcpFlags = TcpFlagsMatch.Syn }, FilterTarget.Drop));

        filter.AddChain("a");
        filter.AddChain("b");
        Assert.Equal(FilterError.BuiltInChain, filter.SetPolicy("a", isDrop: true));
        Assert.Equal(FilterError.Loop, filter.Append("a", FilterMatch.Any, FilterTarget.JumpTo("a")));
        Assert.Equal(FilterError.None, filter.Append("a", FilterMatch.Any, FilterTarget.JumpTo("b")));
        Assert.Equal(FilterError.Loop, filter.Append("b", FilterMatch.Any, FilterTarget.JumpTo("a")));
        Assert.Equal(FilterError.ChainInUse, filter.RemoveChain("b"));
        Assert.Equal(FilterError.ChainNotEmpty, filter.RemoveChain("a"));
        Assert.Equal(FilterError.None, filter.RenameChain("b", "c"));
        Assert.Equal("c", filter.Chains[3].Rules[0].Target.Chain);
        Assert.Equal(FilterError.None, filter.Delete("a", 0));
        Assert.Equal(FilterError.None, filter.RemoveChain("a"));
        Assert.Equal(FilterError.None, filter.RemoveChain("c"));
        Assert.Equal(3, filter.Chains.Count);
    }

    // Nothing nests deeper than sixteen, whatever way round the chains are tied together.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chains_NestedTooDeep_AreRefused(bool fromTop)
    {
        PacketFilter filter = new(1);
        for (int i = 0; i < 40; i++)
        {
            filter.AddChain($"c{i}");
        }

        List<FilterError> errors = [];
        for (int i = 0; i < 39; i++)
        {
            int at = fromTop ? i : 38 - i;
            errors.Add(filter.Append($"c{at}", FilterMatch.Any, FilterTarget.JumpTo($"c{at + 1}")));
        }

        Assert.Equal(Enumerable.Repeat(FilterError.None, PacketFilter.MaxDepth), errors.Take(PacketFilter.MaxDepth));
        Assert.Equal(FilterError.Loop, errors[PacketFilter.MaxDepth]);
    }

    [Fact]
    public void Rules_InsertReplaceDeleteZero_KeepOrderAndCounts()
    {
        PacketFilter filter = new(1);
        filter.Append("INPUT", s_tcp, FilterTarget.Accept);
        filter.Insert("INPUT", 0, s_udp, FilterTarget.Drop);
        Ask(filter, Syn());
        Assert.Equal([(17, 0L), (6, 1L)], filter.Input.Rules.Select(r => ((int)r.Match.Protocol!, r.Packets)));
        filter.Zero("INPUT");
        Assert.Equal(0, filter.Input.Rules[1].Packets);
        Assert.Equal(FilterError.None, filter.Replace("INPUT", 1, s_tcp, FilterTarget.Drop));
        Assert.Equal(FilterVerdict.Drop, Ask(filter, Syn()));
        Assert.Equal(FilterError.None, filter.Delete("INPUT", s_tcp with { }, FilterTarget.Drop));
        Assert.Equal(FilterVerdict.Accept, Ask(filter, Syn()));
        Assert.Single(filter.Input.Rules);
    }

    [Theory]
    [InlineData(0, "0.0.0.0", 0)]
    [InlineData(1, "128.0.0.0", 1)]
    [InlineData(24, "255.255.255.0", 24)]
    [InlineData(32, "255.255.255.255", 32)]
    public void AddressMatch_Prefix_RoundTrips(int length, string mask, int back)
    {
        AddressMatch match = AddressMatch.FromPrefix(Romeo, length);
        Assert.Equal((Ip(mask), back), (match.Mask, match.PrefixLength));
        Assert.Equal(-1, new AddressMatch(IpAddress.AnyV4, Ip("255.0.255.0")).PrefixLength);
        for (int i = 0; i <= 128; i++)
        {
            Assert.Equal(i, AddressMatch.FromPrefix(Ip("fd00:10:10:1::100"), i).PrefixLength);
        }
    }
}
