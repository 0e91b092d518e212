using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Writes ICMPv6 messages (RFC 4443), neighbor discovery included (RFC 4861). Each method writes the checksum and returns the length.</summary>
/// <remarks>The addresses are those of the packet: they are in the checksum. All methods throw <see cref="ArgumentException"/> if the room is too little: a caller bug.</remarks>
public static class Icmpv6Writer
{
    /// <summary>Writes any message.</summary>
    /// <param name="message">Room for eight octets and the body.</param>
    /// <param name="type">Type.</param>
    /// <param name="code">Code.</param>
    /// <param name="restOfHeader">The four octets behind the checksum as one number.</param>
    /// <param name="body">All behind the first eight octets; errors quote as much of the packet as fits into 1280 octets (RFC 4443 §2.4(c)).</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int Write(Span<byte> message, Icmpv6Type type, byte code, uint restOfHeader, ReadOnlySpan<byte> body, IpAddress source, IpAddress destination)
    {
        int length = Icmpv6View.HeaderLength + body.Length;
        if (message.Length < length)
        {
            throw new ArgumentException("no room for the ICMPv6 message", nameof(message));
        }

        uint first = (uint)type << 24 | (uint)code << 16;
        ulong sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, length) + first + restOfHeader
            + InternetChecksum.CopyAndSum(body, message[Icmpv6View.HeaderLength..]);
        BinaryPrimitives.WriteUInt32BigEndian(message, first | InternetChecksum.Fold(sum));
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], restOfHeader);
        return length;
    }

    /// <summary>Computes the checksum of a message that was put together or changed in place.</summary>
    /// <param name="message">Exactly the message.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static void WriteChecksum(Span<byte> message, IpAddress source, IpAddress destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        ulong sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, message.Length) + InternetChecksum.Sum(message);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Fold(sum));
    }

    /// <summary>Writes an echo request or reply.</summary>
    /// <param name="message">Room for eight octets and the data.</param>
    /// <param name="isReply">True for a reply.</param>
    /// <param name="identifier">Identifier, of the request if this is a reply.</param>
    /// <param name="sequenceNumber">Sequence number, of the request if this is a reply.</param>
    /// <param name="data">What the peer is to send back, or what it sent.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteEcho(Span<byte> message, bool isReply, ushort identifier, ushort sequenceNumber, ReadOnlySpan<byte> data, IpAddress source, IpAddress destination) =>
        Write(message, isReply ? Icmpv6Type.EchoReply : Icmpv6Type.EchoRequest, 0, (uint)identifier << 16 | sequenceNumber, data, source, destination);

    /// <summary>Writes a router solicitation (RFC 4861 §4.1).</summary>
    /// <param name="message">Room for 16 octets.</param>
    /// <param name="sourceLinkLayer">The sender's link-layer address; null if the source is unspecified.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteRouterSolicitation(Span<byte> message, MacAddress? sourceLinkLayer, IpAddress source, IpAddress destination)
    {
        Span<byte> options = stackalloc byte[8];
        int length = sourceLinkLayer is { } mac ? NeighborOptionWriter.WriteLinkLayerAddress(options, NeighborOptionType.SourceLinkLayerAddress, mac) : 0;
        return Write(message, Icmpv6Type.RouterSolicitation, 0, 0, options[..length], source, destination);
    }

    /// <summary>Writes a router advertisement (RFC 4861 §4.2).</summary>
    /// <param name="message">Room for 16 octets and the options.</param>
    /// <param name="advertisement">The fixed fields.</param>
    /// <param name="options">Whole options (<see cref="NeighborOptionWriter"/>).</param>
    /// <param name="source">Source address of the packet, link-local.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteRouterAdvertisement(Span<byte> message, in RouterAdvertisement advertisement, ReadOnlySpan<byte> options, IpAddress source, IpAddress destination)
    {
        Need(message, 16 + options.Length);
        message = message[..(16 + options.Length)];
        uint flags = (advertisement.IsManaged ? 0x80u : 0) | (advertisement.HasOtherConfiguration ? 0x40u : 0) | (uint)(advertisement.Preference & 3) << 3;
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)Icmpv6Type.RouterAdvertisement << 24);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], (uint)advertisement.HopLimit << 24 | flags << 16 | advertisement.LifetimeSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], advertisement.ReachableMilliseconds);
        BinaryPrimitives.WriteUInt32BigEndian(message[12..], advertisement.RetransMilliseconds);
        options.CopyTo(message[16..]);
        WriteChecksum(message, source, destination);
        return message.Length;
    }

    /// <summary>Writes a neighbor solicitation (RFC 4861 §4.3).</summary>
    /// <param name="message">Room for 32 octets.</param>
    /// <param name="target">The address asked for.</param>
    /// <param name="sourceLinkLayer">The sender's link-layer address; null when the source is unspecified (duplicate address detection).</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteNeighborSolicitation(Span<byte> message, IpAddress target, MacAddress? sourceLinkLayer, IpAddress source, IpAddress destination) =>
        WriteNeighbor(message, Icmpv6Type.NeighborSolicitation, 0, target, NeighborOptionType.SourceLinkLayerAddress, sourceLinkLayer, source, destination);

    /// <summary>Writes a neighbor advertisement (RFC 4861 §4.4).</summary>
    /// <param name="message">Room for 32 octets.</param>
    /// <param name="target">The address told about.</param>
    /// <param name="flags">R, S and O.</param>
    /// <param name="targetLinkLayer">The link-layer address of the target; null to leave it out.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteNeighborAdvertisement(Span<byte> message, IpAddress target, NeighborFlags flags, MacAddress? targetLinkLayer, IpAddress source, IpAddress destination) =>
        WriteNeighbor(message, Icmpv6Type.NeighborAdvertisement, (uint)flags << 24, target, NeighborOptionType.TargetLinkLayerAddress, targetLinkLayer, source, destination);

    /// <summary>Writes a redirect (RFC 4861 §4.5).</summary>
    /// <param name="message">Room for 40 octets and the options.</param>
    /// <param name="target">The better first hop.</param>
    /// <param name="redirected">The destination that is to be reached through it.</param>
    /// <param name="options">Whole options (<see cref="NeighborOptionWriter"/>).</param>
    /// <param name="source">Source address of the packet, link-local.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static int WriteRedirect(Span<byte> message, IpAddress target, IpAddress redirected, ReadOnlySpan<byte> options, IpAddress source, IpAddress destination)
    {
        Need(message, 40 + options.Length);
        message = message[..(40 + options.Length)];
        BinaryPrimitives.WriteUInt64BigEndian(message, (ulong)Icmpv6Type.Redirect << 56);
        target.Write(message[8..]);
        redirected.Write(message[24..]);
        options.CopyTo(message[40..]);
        WriteChecksum(message, source, destination);
        return message.Length;
    }

    private static int WriteNeighbor(Span<byte> message, Icmpv6Type type, uint rest, IpAddress target, NeighborOptionType optionType, MacAddress? linkLayer, IpAddress source, IpAddress destination)
    {
        Span<byte> body = stackalloc byte[24];
        int length = target.Write(body);
        if (linkLayer is { } mac)
        {
            length += NeighborOptionWriter.WriteLinkLayerAddress(body[length..], optionType, mac);
        }

        return Write(message, type, 0, rest, body[..length], source, destination);
    }

    private static void Need(Span<byte> message, int length)
    {
        if (message.Length < length)
        {
            throw new ArgumentException("no room for the ICMPv6 message", nameof(message));
        }
    }
}
