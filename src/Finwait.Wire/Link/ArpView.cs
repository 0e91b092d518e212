using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>The operation field of ARP (RFC 826, RFC 903). Peers may send other numbers.</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has this protocol address?</summary>
    Request = 1,

    /// <summary>The sender has it.</summary>
    Reply = 2,

    /// <summary>Reverse ARP: what is my protocol address? (RFC 903)</summary>
    ReverseRequest = 3,

    /// <summary>Reverse ARP answer (RFC 903).</summary>
    ReverseReply = 4,
}

/// <summary>Read-only view over an ARP packet for IPv4 on Ethernet (RFC 826). Holds no copy.</summary>
public readonly ref struct ArpView
{
    /// <summary>Octets of a packet with 6-octet hardware and 4-octet protocol addresses.</summary>
    public const int Length = 28;

    internal const ulong EthernetAndIpv4 = 0x0001_0800_06_04; // hardware type, protocol type, both address lengths

    private readonly ReadOnlySpan<byte> _packet;

    private ArpView(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>Checks lengths and types once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <returns><see cref="WireError.BadField"/> for other hardware or protocol types or address lengths.</returns>
    public static WireError TryParse(ReadOnlySpan<byte> packet, out ArpView view)
    {
        view = default;
        if (packet.Length < 8)
        {
            return WireError.Truncated;
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(packet) >> 16 != EthernetAndIpv4)
        {
            return WireError.BadField;
        }

        if (packet.Length < Length)
        {
            return WireError.Truncated;
        }

        view = new(packet[..Length]);
        return WireError.None;
    }

    /// <summary>The operation, named or not.</summary>
    public ArpOperation Operation => (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]);

    /// <summary>Sender hardware address.</summary>
    public MacAddress SenderMac => MacAddress.Read(_packet[8..]);

    /// <summary>Sender protocol address; 0.0.0.0 in a probe (RFC 5227 §1.1).</summary>
    public IpAddress SenderIp => IpAddress.Read(_packet.Slice(14, 4));

    /// <summary>Target hardware address; meaningless in requests.</summary>
    public MacAddress TargetMac => MacAddress.Read(_packet[18..]);

    /// <summary>Target protocol address.</summary>
    public IpAddress TargetIp => IpAddress.Read(_packet.Slice(24, 4));
}

/// <summary>Writes ARP packets for IPv4 on Ethernet (RFC 826).</summary>
public static class ArpWriter
{
    /// <summary>Writes the 28 octets of a packet and returns 28.</summary>
    /// <param name="packet">At least 28 octets.</param>
    /// <param name="operation">Request or reply.</param>
    /// <param name="senderMac">Sender hardware address.</param>
    /// <param name="senderIp">Sender protocol address, IPv4.</param>
    /// <param name="targetMac">Target hardware address; zero in requests, as Linux has it.</param>
    /// <param name="targetIp">Target protocol address, IPv4.</param>
    /// <exception cref="ArgumentException">Too little room, or an address that is not IPv4: a caller bug.</exception>
    public static int Write(Span<byte> packet, ArpOperation operation, MacAddress senderMac, IpAddress senderIp, MacAddress targetMac, IpAddress targetIp)
    {
        if (packet.Length < ArpView.Length || !senderIp.IsV4 || !targetIp.IsV4)
        {
            throw new ArgumentException("an ARP packet needs 28 octets and IPv4 addresses", nameof(packet));
        }

        BinaryPrimitives.WriteUInt64BigEndian(packet, ArpView.EthernetAndIpv4 << 16 | (ushort)operation);
        senderMac.Write(packet[8..]);
        senderIp.Write(packet[14..]);
        targetMac.Write(packet[18..]);
        targetIp.Write(packet[24..]);
        return ArpView.Length;
    }
}
