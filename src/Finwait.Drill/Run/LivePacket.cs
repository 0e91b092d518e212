using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>A packet that the host sent, taken apart.</summary>
internal sealed class LivePacket
{
    /// <summary>Microseconds of script time.</summary>
    public long Time { get; init; }

    public required byte[] Bytes { get; init; }

    public IpAddress Source { get; private set; }

    public IpAddress Destination { get; private set; }

    public byte Protocol { get; private set; }

    public int TrafficClass { get; private set; }

    public int TimeToLive { get; private set; }

    public int FlowLabel { get; private set; }

    /// <summary>What is wrong with it on the wire, or null.</summary>
    public string? Fault { get; private set; }

    public ushort SourcePort { get; private set; }

    public ushort DestinationPort { get; private set; }

    public TcpFlags Flags { get; private set; }

    /// <summary>SEG.SEQ as on the wire.</summary>
    public uint Seq { get; private set; }

    public uint Ack { get; private set; }

    public int Window { get; private set; }

    public int UrgentPointer { get; private set; }

    public byte[] OptionBytes { get; private set; } = [];

    /// <summary>Octets of text of the segment or datagram; the message of ICMP.</summary>
    public byte[] Payload { get; private set; } = [];

    public bool IsTcp => Protocol == IpProtocol.Tcp;

    public static LivePacket Read(long time, byte[] bytes)
    {
        var packet = new LivePacket { Time = time, Bytes = bytes };
        packet.Fault = bytes.Length > 0 && bytes[0] >> 4 == 6 ? packet.ReadV6() : packet.ReadV4();
        return packet;
    }

    /// <summary>
    /// The same segment with the text of the next one behind it, if the two are one burst as a link with segmentation offload would have carried it; else null.
    /// PSH within it says where the host itself would have ended a burst, and is no difference.
    /// </summary>
    public LivePacket? Join(LivePacket next)
    {
        const TcpFlags OfTheLast = TcpFlags.Psh | TcpFlags.Fin;
        bool isOne = IsTcp && next.IsTcp && next.Time == Time && next.Fault is null && next.Payload.Length > 0 && Payload.Length >= next.Payload.Length
            && next.SourcePort == SourcePort && next.DestinationPort == DestinationPort && next.Source == Source && next.Destination == Destination
            && next.Seq == unchecked(Seq + (uint)Payload.Length) && next.Ack == Ack && next.Window == Window && next.TrafficClass == TrafficClass
            && (Flags & TcpFlags.Fin) == 0 && (next.Flags & ~OfTheLast) == (Flags & ~(TcpFlags.Psh | TcpFlags.Cwr)) && (Flags & (TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Urg)) == 0
            && next.OptionBytes.AsSpan().SequenceEqual(OptionBytes);
        if (!isOne)
        {
            return null;
        }

        return new LivePacket
        {
            Time = Time, Bytes = Bytes, Source = Source, Destination = Destination, Protocol = Protocol, TrafficClass = TrafficClass, TimeToLive = TimeToLive, FlowLabel = FlowLabel,
            SourcePort = SourcePort, DestinationPort = DestinationPort, Flags = Flags | next.Flags, Seq = Seq, Ack = Ack, Window = Window, UrgentPointer = UrgentPointer,
            OptionBytes = OptionBytes, Payload = [.. Payload, .. next.Payload], Fault = Fault,
        };
    }

    private string? ReadV4()
    {
        if (Ipv4View.TryParse(Bytes, out Ipv4View ip) != WireError.None)
        {
            return "the IP header is malformed";
        }

        Source = ip.Source;
        Destination = ip.Destination;
        Protocol = ip.Protocol;
        TrafficClass = ip.TypeOfService;
        TimeToLive = ip.TimeToLive;
        if (!ip.HasValidChecksum())
        {
            return "bad IP header checksum";
        }

        return ip.IsFragment ? "a fragment" : ReadTransport(ip.Payload);
    }

    private string? ReadV6()
    {
        if (Ipv6View.TryParse(Bytes, out Ipv6View ip) != WireError.None)
        {
            return "the IP header is malformed";
        }

        Source = ip.Source;
        Destination = ip.Destination;
        Protocol = ip.NextHeader;
        TrafficClass = ip.TrafficClass;
        TimeToLive = ip.HopLimit;
        FlowLabel = (int)ip.FlowLabel;
        return ReadTransport(ip.Payload);
    }

    private string? ReadTransport(ReadOnlySpan<byte> bytes)
    {
        switch (Protocol)
        {
            case IpProtocol.Tcp when TcpView.TryParse(bytes, out TcpView tcp) == WireError.None:
                SourcePort = tcp.SourcePort;
                DestinationPort = tcp.DestinationPort;
                Flags = tcp.Flags;
                Seq = tcp.Seq.Value;
                Ack = tcp.Ack.Value;
                Window = tcp.RawWindow;
                UrgentPointer = tcp.UrgentPointer;
                OptionBytes = tcp.OptionBytes.ToArray();
                Payload = tcp.Payload.ToArray();
                return tcp.HasValidChecksum(Source, Destination) ? null : "bad TCP checksum";
            case IpProtocol.Udp when UdpView.TryParse(bytes, out UdpView udp) == WireError.None:
                SourcePort = udp.SourcePort;
                DestinationPort = udp.DestinationPort;
                Payload = udp.Payload.ToArray();
                return udp.HasValidChecksum(Source, Destination) ? null : "bad UDP checksum";
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                Payload = bytes.ToArray();
                return bytes.Length >= 8 ? null : "the ICMP message is truncated";
            default:
                return string.Create(CultureInfo.InvariantCulture, $"a packet of protocol {Protocol}, or malformed");
        }
    }

    /// <summary>The packet in the script's words, with its numbers turned into the script's.</summary>
    public string Show(DrillFlow? flow)
    {
        if (!IsTcp)
        {
            return Protocol == IpProtocol.Udp
                ? string.Create(CultureInfo.InvariantCulture, $"udp ({Payload.Length})")
                : string.Create(CultureInfo.InvariantCulture, $"icmp type {(Payload.Length > 0 ? Payload[0] : 0)} code {(Payload.Length > 1 ? Payload[1] : 0)}");
        }

        uint seq = unchecked(Seq - (flow?.LocalOffset ?? 0));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{FlagText.Of(Flags)} {seq}:{unchecked(seq + (uint)Payload.Length)}({Payload.Length}) ");
        if ((Flags & TcpFlags.Ack) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"ack {unchecked(Ack - (flow?.RemoteOffset ?? 0))} ");
        }

        text.Append(CultureInfo.InvariantCulture, $"win {Window} ");
        if ((Flags & TcpFlags.Urg) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"urg {UrgentPointer} ");
        }

        string options = OptionCodec.Show(OptionBytes, flow);
        return text.Append(options.Length > 0 ? $"<{options}>" : "").ToString().TrimEnd();
    }
}

internal static class FlagText
{
    private const string Letters = "FSRP.UEWA";

    public static string Of(TcpFlags flags)
    {
        // packetdrill's order: F S R P . U, then the three bits of ECN.
        var text = new StringBuilder();
        TcpFlags[] bits = [TcpFlags.Fin, TcpFlags.Syn, TcpFlags.Rst, TcpFlags.Psh, TcpFlags.Ack, TcpFlags.Urg, TcpFlags.Ece, TcpFlags.Cwr, TcpFlags.Ae];
        for (int i = 0; i < bits.Length; i++)
        {
            text.Append((flags & bits[i]) != 0 ? Letters[i..(i + 1)] : "");
        }

        return text.Length == 0 ? "-" : text.ToString();
    }
}
