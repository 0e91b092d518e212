using System.Globalization;
using System.Text;
using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What a packet is above all: decides the colour of its arrow.</summary>
internal enum PacketKind
{
    Open,
    Text,
    Acknowledgment,
    Close,
    Reset,
    Other,
}

/// <summary>What drawings need of one packet's headers.</summary>
internal sealed class PacketFacts
{
    private const int SackLabels = 2;

    public PacketKind Kind { get; private init; } = PacketKind.Other;

    public bool IsTcp { get; private init; }

    /// <summary>Name of the protocol for packets without TCP: "ICMP echo request".</summary>
    public string Other { get; private init; } = "";

    public RunEnd Source { get; private init; }

    public RunEnd Destination { get; private init; }

    public TcpFlags Flags { get; private init; }

    public uint Seq { get; private init; }

    public uint Ack { get; private init; }

    public int Length { get; private init; }

    public int RawWindow { get; private init; }

    public TcpOptionSet Options { get; private init; }

    /// <summary>Sequence numbers that it takes up: octets, and one each for SYN and FIN.</summary>
    public int SequenceLength => Length + ((Flags & TcpFlags.Syn) != 0 ? 1 : 0) + ((Flags & TcpFlags.Fin) != 0 ? 1 : 0);

    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads the headers; what is no IP packet becomes <see cref="PacketKind.Other"/>.</summary>
    public static PacketFacts Read(LinkType link, ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<byte> packet = octets;
        if (link == LinkType.Ethernet)
        {
            if (EthernetView.TryParse(octets, out EthernetView ethernet) != WireError.None)
            {
                return new PacketFacts { Other = "damaged frame" };
            }

            packet = ethernet.Payload;
        }

        if (packet.Length > 0 && packet[0] >> 4 == 4 && Ipv4View.TryParse(packet, out Ipv4View v4) == WireError.None)
        {
            return v4.IsFragment && v4.FragmentOffset > 0
                ? new PacketFacts { Other = "IP fragment", Source = new(v4.Source.ToString(), 0), Destination = new(v4.Destination.ToString(), 0), Length = v4.Payload.Length }
                : ReadTransport(v4.Source, v4.Destination, v4.Protocol, v4.Payload);
        }

        if (packet.Length > 0 && packet[0] >> 4 == 6 && Ipv6View.TryParse(packet, out Ipv6View v6) == WireError.None)
        {
            Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
            return ReadTransport(v6.Source, v6.Destination, chain.Protocol, chain.Offset <= v6.Payload.Length ? v6.Payload[chain.Offset..] : default);
        }

        return new PacketFacts { Other = "no IP packet" };
    }

    private static PacketFacts ReadTransport(IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> payload)
    {
        if (protocol == IpProtocol.Tcp && TcpView.TryParse(payload, out TcpView tcp) == WireError.None)
        {
            return new PacketFacts
            {
                Kind = KindOf(tcp),
                IsTcp = true,
                Source = new(source.ToString(), tcp.SourcePort),
                Destination = new(destination.ToString(), tcp.DestinationPort),
                Flags = tcp.Flags,
                Seq = tcp.Seq.Value,
                Ack = tcp.Ack.Value,
                Length = tcp.Payload.Length,
                RawWindow = tcp.RawWindow,
                Options = tcp.ParseOptions(),
            };
        }

        bool isUdp = protocol == IpProtocol.Udp && UdpView.TryParse(payload, out _) == WireError.None;
        return new PacketFacts
        {
            Other = isUdp ? "UDP" : OtherName(protocol, payload),
            Source = new(source.ToString(), isUdp ? payload[0] << 8 | payload[1] : 0),
            Destination = new(destination.ToString(), isUdp ? payload[2] << 8 | payload[3] : 0),
            Length = isUdp ? payload.Length - UdpView.HeaderLength : payload.Length,
        };
    }

    private static PacketKind KindOf(in TcpView tcp) =>
        tcp.Has(TcpFlags.Rst) ? PacketKind.Reset
        : tcp.Has(TcpFlags.Syn) ? PacketKind.Open
        : tcp.Has(TcpFlags.Fin) ? PacketKind.Close
        : tcp.Payload.Length > 0 ? PacketKind.Text
        : PacketKind.Acknowledgment;

    private static string OtherName(byte protocol, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || protocol is not (IpProtocol.Icmp or IpProtocol.Icmpv6))
        {
            return protocol switch
            {
                IpProtocol.Tcp => "TCP, first fragment",
                IpProtocol.Udp => "UDP, first fragment",
                _ => string.Create(CultureInfo.InvariantCulture, $"IP protocol {protocol}"),
            };
        }

        int code = payload.Length > 1 ? payload[1] : 0;
        return (protocol, payload[0]) switch
        {
            (IpProtocol.Icmp, 8) or (IpProtocol.Icmpv6, 128) => "ICMP echo request",
            (IpProtocol.Icmp, 0) or (IpProtocol.Icmpv6, 129) => "ICMP echo reply",
            (IpProtocol.Icmp, 3) => code switch { 0 => "ICMP net unreachable", 1 => "ICMP host unreachable", 3 => "ICMP port unreachable", 4 => "ICMP need to frag", 9 or 10 or 13 => "ICMP prohibited", _ => "ICMP unreachable" },
            (IpProtocol.Icmpv6, 1) => "ICMPv6 unreachable",
            (IpProtocol.Icmpv6, 2) => "ICMPv6 too big",
            (IpProtocol.Icmp, 11) or (IpProtocol.Icmpv6, 3) => "ICMP time exceeded",
            (IpProtocol.Icmpv6, 135) => "ND solicitation",
            (IpProtocol.Icmpv6, 136) => "ND advertisement",
            _ => "ICMP",
        };
    }

    /// <summary>SYN, ACK and the like, as headers name the bits.</summary>
    public string FlagNames() => NamesOf(Flags);

    /// <inheritdoc cref="FlagNames"/>
    public static string NamesOf(TcpFlags flags)
    {
        var names = new StringBuilder();
        foreach ((TcpFlags flag, string name) in (ReadOnlySpan<(TcpFlags, string)>)
            [(TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR")])
        {
            names.Append((flags & flag) != 0 ? names.Length > 0 ? "," + name : name : "");
        }

        return names.Length > 0 ? names.ToString() : "no flag";
    }

    /// <summary>The text on an arrow: flags, then sequence numbers counted from the start of the connection, then what else matters, while it fits.</summary>
    /// <param name="seqBase">What stands for 0 in the sender's direction.</param>
    /// <param name="ackBase">The same of the other direction; null while nothing is known of it.</param>
    /// <param name="sum">The segment that is acknowledged, to show how its number and length add up; null for none.</param>
    /// <param name="most">Most characters.</param>
    public string Label(uint seqBase, uint? ackBase, (uint Seq, int Length)? sum, int most)
    {
        var text = new StringBuilder(64);
        if (!IsTcp)
        {
            text.Append(Other);
            Append(text, string.Create(CultureInfo.InvariantCulture, $" len {Length}"), most);
            return text.ToString();
        }

        text.Append(FlagNames());
        uint seq = unchecked(Seq - seqBase);
        Append(text, Length > 0 ? string.Create(CultureInfo.InvariantCulture, $" seq {seq}:{unchecked(seq + (uint)Length)}") : string.Create(CultureInfo.InvariantCulture, $" seq {seq}"), most);
        if (Has(TcpFlags.Ack))
        {
            Append(text, string.Create(CultureInfo.InvariantCulture, $" ack {unchecked(Ack - (ackBase ?? 0))}"), most);
            Append(text, sum is { } added ? string.Create(CultureInfo.InvariantCulture, $" = {added.Seq}+{added.Length}") : "", most);
        }

        if (Length > 0 || !Has(TcpFlags.Syn))
        {
            Append(text, string.Create(CultureInfo.InvariantCulture, $" len {Length}"), most);
        }

        AppendExtras(text, ackBase ?? 0, most);
        return text.ToString();
    }

    private void AppendExtras(StringBuilder text, uint ackBase, int most)
    {
        TcpOptionSet options = Options;
        for (int i = 0; i < Math.Min(SackLabels, (int)options.SackCount) && options.Has(TcpOptionPresence.Sack); i++)
        {
            SackBlock block = options.Sack[i];
            Append(text, string.Create(CultureInfo.InvariantCulture, $" sack {unchecked(block.Left.Value - ackBase)}:{unchecked(block.Right.Value - ackBase)}"), most);
        }

        if (Has(TcpFlags.Syn))
        {
            Append(text, string.Create(CultureInfo.InvariantCulture, $" win {RawWindow}"), most);
            Append(text, Options.Has(TcpOptionPresence.Mss) ? string.Create(CultureInfo.InvariantCulture, $" mss {Options.Mss}") : "", most);
        }
        else if (RawWindow == 0 && !Has(TcpFlags.Rst))
        {
            Append(text, " win 0", most);
        }
    }

    private static void Append(StringBuilder text, string more, int most)
    {
        if (text.Length + more.Length <= most)
        {
            text.Append(more);
        }
    }
}
