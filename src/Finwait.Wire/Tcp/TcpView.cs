using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Read-only view over the bytes of one TCP segment (RFC 9293 §3.1). Holds no copy.</summary>
public readonly ref struct TcpView
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinHeaderLength = 20;

    /// <summary>Octets of the longest header.</summary>
    public const int MaxHeaderLength = 60;

    /// <summary>Octets of options that fit into the longest header.</summary>
    public const int MaxOptionLength = MaxHeaderLength - MinHeaderLength;

    private const int SeqAt = 4, AckAt = 8, OffsetAt = 12, WindowAt = 14, ChecksumAt = 16, UrgentAt = 18;

    private readonly ReadOnlySpan<byte> _segment;
    private readonly int _headerLength;

    private TcpView(ReadOnlySpan<byte> segment, int headerLength)
    {
        _segment = segment;
        _headerLength = headerLength;
    }

    /// <summary>Checks every length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>The checksum is not verified here: see <see cref="HasValidChecksum(IpAddress, IpAddress)"/>.</remarks>
    public static WireError TryParse(ReadOnlySpan<byte> segment, out TcpView view)
    {
        view = default;
        if (segment.Length < MinHeaderLength)
        {
            return WireError.Truncated;
        }

        int headerLength = (segment[OffsetAt] >> 4) * 4; // data offset counts 32-bit words
        if (headerLength < MinHeaderLength)
        {
            return WireError.BadHeaderLength;
        }

        if (headerLength > segment.Length)
        {
            return WireError.Truncated;
        }

        view = new(segment, headerLength);
        return WireError.None;
    }

    /// <summary>Source port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_segment);

    /// <summary>Destination port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_segment[2..]);

    /// <summary>SEG.SEQ.</summary>
    public SeqNum Seq => new(BinaryPrimitives.ReadUInt32BigEndian(_segment[SeqAt..]));

    /// <summary>SEG.ACK; meaningful only with the ACK flag.</summary>
    public SeqNum Ack => new(BinaryPrimitives.ReadUInt32BigEndian(_segment[AckAt..]));

    /// <summary>Octets of the header with its options, 20–60.</summary>
    public int HeaderLength => _headerLength;

    /// <summary>All nine control bits, AE included.</summary>
    public TcpFlags Flags => (TcpFlags)(BinaryPrimitives.ReadUInt16BigEndian(_segment[OffsetAt..]) & 0x1FF);

    /// <summary>The three bits between data offset and AE, zero in honest segments; receivers ignore them.</summary>
    public byte ReservedBits => (byte)(_segment[OffsetAt] >> 1 & 7);

    /// <summary>Window field as sent, before RFC 7323 scaling; octets.</summary>
    public ushort RawWindow => BinaryPrimitives.ReadUInt16BigEndian(_segment[WindowAt..]);

    /// <summary>Checksum as received.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_segment[ChecksumAt..]);

    /// <summary>Urgent pointer, an offset from <see cref="Seq"/>; meaningful only with the URG flag.</summary>
    public ushort UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(_segment[UrgentAt..]);

    /// <summary>Raw options, padding included, 0–40 octets: <see cref="ParseOptions"/> finds what endpoints act on, <see cref="TcpOptionReader"/> everything.</summary>
    public ReadOnlySpan<byte> OptionBytes => _segment[MinHeaderLength.._headerLength];

    /// <summary>Header with options.</summary>
    public ReadOnlySpan<byte> Header => _segment[.._headerLength];

    /// <summary>The text of the segment.</summary>
    public ReadOnlySpan<byte> Payload => _segment[_headerLength..];

    /// <summary>Header and text.</summary>
    public ReadOnlySpan<byte> Segment => _segment;

    /// <summary>True if all of <paramref name="flags"/> are set.</summary>
    public bool Has(TcpFlags flags) => (Flags & flags) == flags;

    /// <summary>The options an endpoint acts on (<see cref="TcpOptionParser.Parse"/>).</summary>
    public TcpOptionSet ParseOptions() => TcpOptionParser.Parse(OptionBytes, (_segment[OffsetAt + 1] & (byte)TcpFlags.Syn) != 0);

    /// <summary>What <see cref="ParseOptions"/> finds, straight into <paramref name="options"/>: no copy.</summary>
    /// <param name="options">Gets what was found.</param>
    public void ReadOptions(out TcpOptionSet options) => TcpOptionParser.ParseInto(OptionBytes, (_segment[OffsetAt + 1] & (byte)TcpFlags.Syn) != 0, out options);

    /// <summary>True if the checksum over pseudo-header, header and text is right (RFC 9293 §3.1, MUST-3).</summary>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Final destination address of the packet.</param>
    public bool HasValidChecksum(IpAddress source, IpAddress destination) =>
        InternetChecksum.Fold(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, _segment.Length) + InternetChecksum.Sum(_segment)) == 0;

    /// <summary>True if the checksum is right, when the text was summed already, by the copy for instance.</summary>
    /// <param name="payloadSum">Sum of <see cref="Payload"/> (<see cref="InternetChecksum.CopyAndSum"/>).</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Final destination address of the packet.</param>
    public bool HasValidChecksum(ulong payloadSum, IpAddress source, IpAddress destination)
    {
        ulong sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, _segment.Length);
        return InternetChecksum.Fold(sum + InternetChecksum.Sum(Header) + payloadSum) == 0;
    }
}
