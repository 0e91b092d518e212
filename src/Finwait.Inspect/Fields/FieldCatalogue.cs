namespace Finwait.Inspect;

/// <summary>What kind of value a field has, and so what it can be compared with.</summary>
internal enum FieldKind
{
    /// <summary>A header or a part of the packet: it is there or not, and has octets.</summary>
    Part,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>One bit.</summary>
    Flag,

    /// <summary>An IPv4 address.</summary>
    Ipv4,

    /// <summary>An IPv6 address.</summary>
    Ipv6,

    /// <summary>A link-layer address.</summary>
    Mac,

    /// <summary>Octets.</summary>
    Octets,
}

/// <summary>A field of a header: its name in display filters and what it means.</summary>
/// <param name="Name">Wireshark's name of it.</param>
/// <param name="Kind">What it can be compared with.</param>
/// <param name="Meaning">One sentence, with the document that says so.</param>
internal sealed record FieldInfo(string Name, FieldKind Kind, string Meaning)
{
    /// <summary>The fields that a name stands for: tcp.port is either port. Itself for most.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [Name];
}

/// <summary>All fields that a packet is taken apart into, by the names that display filters have for them.</summary>
internal static class FieldCatalogue
{
    /// <summary>The fields in the order of the headers.</summary>
    public static IReadOnlyList<FieldInfo> All { get; } =
    [
        new("frame", FieldKind.Part, "The packet as it went over the link."),
        new("frame.number", FieldKind.Number, "The number of the packet in the run, from 1."),
        new("frame.len", FieldKind.Number, "Octets of the packet, with the link's header."),
        new("eth", FieldKind.Part, "Ethernet's header brings the frame from one interface to the next on the same link (RFC 894)."),
        new("eth.dst", FieldKind.Mac, "The interface that the frame is for; a router's, if the packet goes further (RFC 894)."),
        new("eth.src", FieldKind.Mac, "The interface that sent the frame (RFC 894)."),
        new("eth.type", FieldKind.Number, "What the frame carries: 0x0800 IPv4, 0x0806 ARP, 0x86dd IPv6 (RFC 894)."),
        new("eth.addr", FieldKind.Mac, "Either address of the frame.") { Parts = ["eth.dst", "eth.src"] },
        new("arp", FieldKind.Part, "ARP asks which link-layer address an IPv4 address has, and answers (RFC 826)."),
        new("arp.opcode", FieldKind.Number, "1 asks, 2 answers (RFC 826)."),
        new("arp.src.hw_mac", FieldKind.Mac, "The sender's link-layer address (RFC 826)."),
        new("arp.src.proto_ipv4", FieldKind.Ipv4, "The sender's IPv4 address (RFC 826)."),
        new("arp.dst.hw_mac", FieldKind.Mac, "The link-layer address asked for: 0 in a question (RFC 826)."),
        new("arp.dst.proto_ipv4", FieldKind.Ipv4, "The IPv4 address asked about (RFC 826)."),
        new("ip", FieldKind.Part, "IPv4's header brings the packet from host to host, over any number of links (RFC 791)."),
        new("ip.version", FieldKind.Number, "4: what follows is laid out as IPv4 (RFC 791 §3.1)."),
        new("ip.hdr_len", FieldKind.Number, "Where the header ends; it is longer than 20 octets only with options (RFC 791 §3.1)."),
        new("ip.dsfield", FieldKind.Number, "How the packet wants to be treated on its way; the type of service of old (RFC 2474, RFC 3168)."),
        new("ip.dsfield.dscp", FieldKind.Number, "The class of service; 0 is the usual one (RFC 2474 §3)."),
        new("ip.dsfield.ecn", FieldKind.Number, "Whether routers may mark the packet instead of dropping it, and whether one has (RFC 3168 §5)."),
        new("ip.len", FieldKind.Number, "Octets of header and payload together (RFC 791 §3.1)."),
        new("ip.id", FieldKind.Number, "The same in all fragments of one packet, so that they can be put together (RFC 791 §3.2, RFC 6864)."),
        new("ip.flags", FieldKind.Number, "What may happen to the packet where it is too large (RFC 791 §3.1)."),
        new("ip.flags.rb", FieldKind.Flag, "Reserved; always 0 (RFC 791 §3.1)."),
        new("ip.flags.df", FieldKind.Flag, "Do not fragment: a router that cannot send it whole drops it and says so (RFC 791 §3.1, RFC 1191)."),
        new("ip.flags.mf", FieldKind.Flag, "More fragments of this packet follow (RFC 791 §3.1)."),
        new("ip.frag_offset", FieldKind.Number, "Where in the whole packet this fragment belongs, in octets (RFC 791 §3.1)."),
        new("ip.ttl", FieldKind.Number, "Each router takes one off, and at 0 drops the packet, so that none circles for ever (RFC 791 §3.1)."),
        new("ip.proto", FieldKind.Number, "What the packet carries: 1 ICMP, 6 TCP, 17 UDP (RFC 791 §3.1)."),
        new("ip.checksum", FieldKind.Number, "Protects this header alone, and is computed anew by each router (RFC 791 §3.1)."),
        new("ip.src", FieldKind.Ipv4, "The host that sent the packet (RFC 791 §3.1)."),
        new("ip.dst", FieldKind.Ipv4, "The host that it is for (RFC 791 §3.1)."),
        new("ip.addr", FieldKind.Ipv4, "Either address of the packet.") { Parts = ["ip.src", "ip.dst"] },
        new("ipv6", FieldKind.Part, "IPv6's header brings the packet from host to host, over any number of links (RFC 8200)."),
        new("ipv6.version", FieldKind.Number, "6: what follows is laid out as IPv6 (RFC 8200 §3)."),
        new("ipv6.tclass", FieldKind.Number, "How the packet wants to be treated on its way (RFC 8200 §7)."),
        new("ipv6.tclass.dscp", FieldKind.Number, "The class of service; 0 is the usual one (RFC 2474 §3)."),
        new("ipv6.tclass.ecn", FieldKind.Number, "Whether routers may mark the packet instead of dropping it, and whether one has (RFC 3168 §5)."),
        new("ipv6.flow", FieldKind.Number, "The same for all packets of one flow, so that routers can keep them together (RFC 6437)."),
        new("ipv6.plen", FieldKind.Number, "Octets behind this header (RFC 8200 §3)."),
        new("ipv6.nxt", FieldKind.Number, "What follows: 6 TCP, 17 UDP, 58 ICMPv6, or an extension header (RFC 8200 §3)."),
        new("ipv6.hlim", FieldKind.Number, "Each router takes one off, and at 0 drops the packet, so that none circles for ever (RFC 8200 §3)."),
        new("ipv6.src", FieldKind.Ipv6, "The host that sent the packet (RFC 8200 §3)."),
        new("ipv6.dst", FieldKind.Ipv6, "The host that it is for (RFC 8200 §3)."),
        new("ipv6.addr", FieldKind.Ipv6, "Either address of the packet.") { Parts = ["ipv6.src", "ipv6.dst"] },
        new("icmp", FieldKind.Part, "ICMP tells what became of packets, and answers ping (RFC 792)."),
        new("icmp.type", FieldKind.Number, "8 asks for an echo, 0 is the echo; 3 unreachable, 11 time exceeded (RFC 792)."),
        new("icmp.code", FieldKind.Number, "Which case of its type: of 3, 1 is the host, 3 the port, 4 a packet too large (RFC 792)."),
        new("icmp.checksum", FieldKind.Number, "Protects the whole message (RFC 792)."),
        new("icmp.ident", FieldKind.Number, "Which ping it is, the same in question and answer (RFC 792)."),
        new("icmp.seq", FieldKind.Number, "Which of that ping's questions it is (RFC 792)."),
        new("icmp.mtu", FieldKind.Number, "The largest packet that the next link takes (RFC 1191 §4)."),
        new("icmpv6", FieldKind.Part, "ICMPv6 tells what became of packets, answers ping and finds neighbours (RFC 4443)."),
        new("icmpv6.type", FieldKind.Number, "128 asks for an echo, 129 is the echo, 135 asks for a neighbour, 136 answers; errors are below 128 (RFC 4443 §2.1)."),
        new("icmpv6.code", FieldKind.Number, "Which case of its type (RFC 4443 §2.1)."),
        new("icmpv6.checksum", FieldKind.Number, "Protects the message and both addresses (RFC 4443 §2.3)."),
        new("icmpv6.echo.identifier", FieldKind.Number, "Which ping it is, the same in question and answer (RFC 4443 §4.1)."),
        new("icmpv6.echo.sequence_number", FieldKind.Number, "Which of that ping's questions it is (RFC 4443 §4.1)."),
        new("icmpv6.mtu", FieldKind.Number, "The largest packet that the next link takes (RFC 4443 §3.2)."),
        new("icmpv6.nd.ns.target_address", FieldKind.Ipv6, "The address whose link-layer address is asked for (RFC 4861 §4.3)."),
        new("icmpv6.nd.na.target_address", FieldKind.Ipv6, "The address that the answer is about (RFC 4861 §4.4)."),
        new("udp", FieldKind.Part, "UDP's header brings a datagram to a program; nothing is acknowledged (RFC 768)."),
        new("udp.srcport", FieldKind.Number, "The port of the sending program (RFC 768)."),
        new("udp.dstport", FieldKind.Number, "The port of the program that it is for (RFC 768)."),
        new("udp.port", FieldKind.Number, "Either port of the datagram.") { Parts = ["udp.srcport", "udp.dstport"] },
        new("udp.length", FieldKind.Number, "Octets of header and payload (RFC 768)."),
        new("udp.checksum", FieldKind.Number, "Protects header, payload and both addresses; 0 over IPv4 means that there is none (RFC 768)."),
        new("udp.payload", FieldKind.Octets, "What one program sent to the other (RFC 768)."),
        .. TcpFieldTexts.All,
        new("data", FieldKind.Part, "Octets whose meaning is the application's."),
    ];

    private static readonly Dictionary<string, FieldInfo> s_byName = All.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, int> s_places = All.Select((field, place) => (field.Name, place)).ToDictionary(pair => pair.Name, pair => pair.place, StringComparer.Ordinal);

    /// <summary>The place of a field in <see cref="All"/>; −1 if there is none.</summary>
    public static int PlaceOf(string name) => s_places.GetValueOrDefault(name, -1);

    /// <summary>The field of a name; null if there is none.</summary>
    public static FieldInfo? Find(string name) => s_byName.GetValueOrDefault(name);
}
