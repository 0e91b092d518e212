using System.Globalization;
using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>Compares a packet of the host with what the script expects. Every answer is packetdrill's sentence about the first field that differs, or null.</summary>
internal static class PacketVerifier
{
    public static string? Compare(PacketAction expected, LivePacket actual, DrillFlow flow, DrillConfig config)
    {
        if (actual.Fault is { } fault)
        {
            return fault;
        }

        byte protocol = expected.Tcp is not null ? IpProtocol.Tcp : expected.Udp is not null ? IpProtocol.Udp : config.IsV6Wire ? IpProtocol.Icmpv6 : IpProtocol.Icmp;
        string? difference = Field("ip_protocol", protocol, actual.Protocol) ?? CompareIp(expected.Ip, actual);
        if (difference is not null)
        {
            return difference;
        }

        if (actual.Source != flow.Local || actual.Destination != flow.Remote)
        {
            return $"live packet addresses: expected: {flow.Local} > {flow.Remote} vs actual: {actual.Source} > {actual.Destination}";
        }

        if (expected.Udp is { } udp)
        {
            return Field("udp_len", UdpView.HeaderLength + udp.Length, UdpView.HeaderLength + actual.Payload.Length);
        }

        return expected.Icmp is { } icmp ? CompareIcmp(icmp, actual, flow, config.IsV6Wire) : CompareTcp(expected.Tcp!, actual, flow, config);
    }

    private static string? CompareIp(IpSpec ip, LivePacket actual)
    {
        int ecn = actual.TrafficClass & 3;
        if (ip.IsEitherEct && ecn is not (1 or 2))
        {
            return $"live packet field ip_ecn: expected: ect0 or ect1 vs actual: {ecn} (0x{ecn:x})";
        }

        return (ip.Ecn is { } wanted ? Field("ip_ecn", wanted, ecn) : null)
            ?? (ip.TrafficClass is { } tos ? Field("ip_tos", tos, actual.TrafficClass) : null)
            ?? (ip.FlowLabel is { } label ? Field("ipv6_flowlabel", label, actual.FlowLabel) : null)
            ?? (ip.TimeToLive is { } hops ? Field("ip_ttl", hops, actual.TimeToLive) : null);
    }

    private static string? CompareTcp(TcpSpec tcp, LivePacket actual, DrillFlow flow, DrillConfig config)
    {
        bool hasAck = (actual.Flags & TcpFlags.Ack) != 0;
        uint ack = hasAck ? unchecked(actual.Ack - flow.RemoteOffset) : actual.Ack;
        return Field("tcp_seq", tcp.Seq, unchecked(actual.Seq - flow.LocalOffset))
            ?? Flag("tcp_fin", TcpFlags.Fin) ?? Flag("tcp_syn", TcpFlags.Syn) ?? Flag("tcp_rst", TcpFlags.Rst) ?? Flag("tcp_psh", TcpFlags.Psh)
            ?? Flag("tcp_ack", TcpFlags.Ack) ?? Flag("tcp_urg", TcpFlags.Urg) ?? Flag("tcp_ece", TcpFlags.Ece) ?? Flag("tcp_cwr", TcpFlags.Cwr) ?? Flag("tcp_ae", TcpFlags.Ae)
            ?? Field("tcp_ack_seq", tcp.Ack ?? 0, ack)
            ?? Field("tcp_payload", tcp.Length, actual.Payload.Length)
            ?? (tcp.Window is { } window ? Field("tcp_window", window, actual.Window) : null)
            ?? Field("tcp_urg_ptr", tcp.UrgentPointer, actual.UrgentPointer)
            ?? (tcp.Options is { } options ? CompareOptions(options, actual, flow, config) : null);

        string? Flag(string name, TcpFlags flag) => Field(name, (tcp.Flags & flag) != 0 ? 1 : 0, (actual.Flags & flag) != 0 ? 1 : 0);
    }

    private static string? CompareOptions(IReadOnlyList<TcpOptionSpec> expected, LivePacket packet, DrillFlow flow, DrillConfig config)
    {
        List<TcpOptionSpec> actual = OptionCodec.Read(packet.OptionBytes, flow);
        bool isSame = expected.Count == actual.Count;
        for (int i = 0; isSame && i < expected.Count; i++)
        {
            isSame = IsSame(expected[i], actual[i]);
        }

        if (!isSame)
        {
            return $"bad outbound TCP options: expected: <{OptionCodec.Show(expected, null)}> vs actual: <{OptionCodec.Show(actual, flow)}>";
        }

        foreach ((TcpOptionSpec wanted, TcpOptionSpec found) in expected.Zip(actual))
        {
            if (wanted.Kind == TcpOptionSpecKind.Timestamps && CompareTimestamp(wanted.Value, found.Value, flow, config) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static bool IsSame(TcpOptionSpec a, TcpOptionSpec b) =>
        a.Kind == b.Kind && a.Number == b.Number && a.Data.AsSpan().SequenceEqual(b.Data) && a.Blocks.SequenceEqual(b.Blocks)
        && (a.Kind == TcpOptionSpecKind.Timestamps ? a.Echo == b.Echo : a.Value == b.Value);

    /// <summary>TSvals count from the first one: only their distance can be known. The clock of the packet may be off by the tolerance.</summary>
    private static string? CompareTimestamp(uint script, uint live, DrillFlow flow, DrillConfig config)
    {
        if (!flow.HasTimestamps)
        {
            flow.HasTimestamps = true;
            flow.FirstScriptTimestamp = script;
            flow.FirstLiveTimestamp = live;
        }

        flow.Timestamps[script] = live;
        uint actual = flow.TimestampInScript(live);
        long away = Math.Abs((long)(int)unchecked(actual - script)) * config.TimestampTick;
        return away <= config.ToleranceMicroseconds ? null : $"bad outbound TCP timestamp value: expected: {script} vs actual: {actual}; tolerance {config.ToleranceMicroseconds} usecs";
    }

    private static string? CompareIcmp(IcmpSpec icmp, LivePacket actual, DrillFlow flow, bool isV6)
    {
        ReadOnlySpan<byte> message = actual.Payload;
        string? difference = Field("icmp_type", icmp.Type, message[0]) ?? Field("icmp_code", icmp.Code, message[1]);
        if (difference is not null || icmp.QuotedLength == 0)
        {
            return difference;
        }

        // What it quotes is a packet that the script injected.
        ReadOnlySpan<byte> quoted = message[8..];
        int header = isV6 ? Ipv6View.HeaderLength : Ipv4View.MinHeaderLength;
        if (quoted.Length < header + 8)
        {
            return "the ICMP message quotes too little";
        }

        ReadOnlySpan<byte> transport = quoted[header..];
        return icmp.QuotesUdp
            ? Field("quoted udp_len", UdpView.HeaderLength + icmp.QuotedLength, transport[4] << 8 | transport[5])
            : Field("quoted tcp_seq", icmp.QuotedSeq, unchecked(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(transport[4..]) - flow.RemoteOffset));
    }

    private static string? Field(string name, long expected, long actual) => expected == actual
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"live packet field {name}: expected: {expected} (0x{expected:x}) vs actual: {actual} (0x{actual:x})");
}
