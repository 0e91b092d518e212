using System.Buffers.Binary;

namespace Finwait.Capture;

/// <summary>Writes a pcap file, version 2.4, little-endian, that tcpdump and Wireshark open.</summary>
/// <remarks>Collects packets and writes them to the stream in large pieces: call <see cref="Flush"/> at the end. The stream stays the caller's. Not thread-safe.</remarks>
public sealed class PcapWriter
{
    private const int BufferSize = 1 << 16;
    private const int PacketHeaderLength = 16;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly bool _nanoseconds;
    private int _used;

    /// <summary>Writes the file header.</summary>
    /// <param name="stream">Where the file goes.</param>
    /// <param name="linkType">What the first octet of each packet belongs to.</param>
    /// <param name="snapLength">Most octets kept of a packet; longer ones are cut. 262144 is tcpdump's default.</param>
    /// <param name="nanoseconds">True for time stamps with nanoseconds; false (the default, readable by every tool) for microseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="snapLength"/> is not positive: a caller bug.</exception>
    public PcapWriter(Stream stream, LinkType linkType, int snapLength = LinkTypes.MaximumSnapLength, bool nanoseconds = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        _stream = stream;
        _nanoseconds = nanoseconds;
        LinkType = linkType;
        SnapLength = snapLength;
        Span<byte> header = _buffer;
        BinaryPrimitives.WriteUInt32LittleEndian(header, nanoseconds ? PcapReader.NanosecondMagic : PcapReader.MicrosecondMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)snapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)linkType);
        _used = 24;
    }

    /// <summary>What the first octet of each packet belongs to.</summary>
    public LinkType LinkType { get; }

    /// <summary>Most octets kept of a packet.</summary>
    public int SnapLength { get; }

    /// <summary>Appends one packet.</summary>
    public void Write(in PacketRecord packet)
    {
        ReadOnlySpan<byte> data = packet.Data.Length > SnapLength ? packet.Data[..SnapLength] : packet.Data;
        if (_used + PacketHeaderLength > BufferSize)
        {
            WriteOut();
        }

        Span<byte> header = _buffer.AsSpan(_used, PacketHeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)packet.Seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(_nanoseconds ? packet.Nanoseconds : packet.Nanoseconds / 1000));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], packet.Length);
        _used += PacketHeaderLength;
        if (_used + data.Length > BufferSize)
        {
            WriteOut();
            if (data.Length > BufferSize)
            {
                _stream.Write(data);
                return;
            }
        }

        data.CopyTo(_buffer.AsSpan(_used));
        _used += data.Length;
    }

    /// <summary>Appends one whole packet captured at <paramref name="nanosecondsSinceEpoch"/> (since 1970-01-01 UTC).</summary>
    public void Write(long nanosecondsSinceEpoch, ReadOnlySpan<byte> data) => Write(new PacketRecord(nanosecondsSinceEpoch, LinkType, data));

    /// <summary>Hands everything written so far to the stream and flushes it.</summary>
    public void Flush()
    {
        WriteOut();
        _stream.Flush();
    }

    private void WriteOut()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
