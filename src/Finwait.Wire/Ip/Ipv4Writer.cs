using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Writes and changes IPv4 headers (RFC 791 §3.1).</summary>
public static class Ipv4Writer
{
    private const int TimeToLiveAt = 8, ChecksumAt = 10;

    /// <summary>Writes a header with its checksum and returns its length (20 octets and the options rounded up to four).</summary>
    /// <param name="packet">Room for the header; the payload is not touched.</param>
    /// <param name="source">Source, IPv4.</param>
    /// <param name="destination">Destination, IPv4.</param>
    /// <param name="protocol">Protocol of the payload (<see cref="IpProtocol"/>).</param>
    /// <param name="payloadLength">Octets behind the header; at most 65535 with it.</param>
    /// <param name="timeToLive">Hops. Default 64.</param>
    /// <param name="typeOfService">DSCP and ECN. Default 0.</param>
    /// <param name="identification">Identification; any number for atomic packets (RFC 6864 §4.1). Default 0.</param>
    /// <param name="dontFragment">DF flag. Default true.</param>
    /// <param name="moreFragments">MF flag. Default false.</param>
    /// <param name="fragmentOffset">Octets, a multiple of 8 up to 65528. Default 0.</param>
    /// <param name="options">Raw options, at most 40 octets; padded with end-of-list octets to a multiple of four.</param>
    /// <exception cref="ArgumentException">Too little room, an address of the wrong version or a number out of range: a caller bug.</exception>
    public static int Write(Span<byte> packet, IpAddress source, IpAddress destination, byte protocol, int payloadLength,
        byte timeToLive = 64, byte typeOfService = 0, ushort identification = 0, bool dontFragment = true,
        bool moreFragments = false, int fragmentOffset = 0, ReadOnlySpan<byte> options = default)
    {
        int headerLength = Ipv4View.MinHeaderLength + ((options.Length + 3) & ~3);
        int totalLength = headerLength + payloadLength;
        if (headerLength > Ipv4View.MaxHeaderLength || (uint)payloadLength > Ipv4View.MaxTotalLength || totalLength > Ipv4View.MaxTotalLength
            || (fragmentOffset & ~0xFFF8) != 0 || packet.Length < headerLength || !source.IsV4 || !destination.IsV4)
        {
            throw new ArgumentException("lengths, fragment offset or address versions that an IPv4 header cannot hold", nameof(packet));
        }

        uint flagsAndOffset = (dontFragment ? 0x4000u : 0) | (moreFragments ? 0x2000u : 0) | (uint)fragmentOffset >> 3;
        uint word0 = (uint)(0x40 | headerLength >> 2) << 24 | (uint)typeOfService << 16 | (uint)totalLength;
        uint word1 = (uint)identification << 16 | flagsAndOffset;
        uint word2 = (uint)timeToLive << 24 | (uint)protocol << 16;
        ulong sum = (ulong)word0 + word1 + word2 + source.V4 + destination.V4;
        if (!options.IsEmpty)
        {
            Span<byte> area = packet[Ipv4View.MinHeaderLength..headerLength];
            area[options.Length..].Clear();
            sum += InternetChecksum.CopyAndSum(options, area);
        }

        Span<byte> fixedPart = packet[..Ipv4View.MinHeaderLength];
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart, word0);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart[4..], word1);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart[8..], word2 | InternetChecksum.Fold(sum));
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart[12..], source.V4);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart[16..], destination.V4);
        return headerLength;
    }

    /// <summary>Takes one hop off a packet that is forwarded and corrects the checksum by the difference (RFC 1812 §5.3.1, RFC 1624).</summary>
    /// <param name="packet">A packet that <see cref="Ipv4View"/> took, with a time to live above 0.</param>
    /// <exception cref="ArgumentException">Less than a header, or no hop left: a caller bug.</exception>
    public static void DecrementTimeToLive(Span<byte> packet)
    {
        if (packet.Length < Ipv4View.MinHeaderLength || packet[TimeToLiveAt] == 0)
        {
            throw new ArgumentException("no IPv4 header with a time to live to take from", nameof(packet));
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(packet[TimeToLiveAt..]);
        packet[TimeToLiveAt]--;
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(packet[ChecksumAt..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[ChecksumAt..], InternetChecksum.Update(checksum, before, (ushort)(before - 0x100)));
    }

    /// <summary>Computes the header checksum anew after fields were changed in place.</summary>
    /// <param name="header">The whole header with its options.</param>
    /// <exception cref="ArgumentException">Less than a header: a caller bug.</exception>
    public static void WriteChecksum(Span<byte> header)
    {
        if (header.Length < Ipv4View.MinHeaderLength)
        {
            throw new ArgumentException("an IPv4 header has at least 20 octets", nameof(header));
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[ChecksumAt..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[ChecksumAt..], InternetChecksum.Fold(InternetChecksum.Sum(header)));
    }
}
