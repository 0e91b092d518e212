using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Finwait.Capture;

/// <summary>Reads pcap files of either byte order, with microseconds or nanoseconds, and the variant with longer packet headers.</summary>
internal sealed class PcapReader : CaptureReader
{
    internal const uint MicrosecondMagic = 0xA1B2C3D4;
    internal const uint NanosecondMagic = 0xA1B23C4D;
    private const uint ModifiedMagic = 0xA1B2CD34;
    private const int FileHeaderLength = 24;
    private const int PacketHeaderLength = 16;
    private const int ModifiedPacketHeaderLength = 24;
    private const int EthernetHeaderLength = 14;

    private readonly bool _bigEndian;
    private readonly int _headerLength;
    private readonly int _fractionUnit;
    private LengthOrder _lengthOrder;

    private PcapReader(CaptureInput input, uint magic, bool bigEndian)
        : base(input)
    {
        _bigEndian = bigEndian;
        HasNanoseconds = magic == NanosecondMagic;
        _fractionUnit = HasNanoseconds ? 1 : 1000;
        _headerLength = magic == ModifiedMagic ? ModifiedPacketHeaderLength : PacketHeaderLength;
    }

    /// <summary>Old files have the two lengths of a packet the other way round, and those of version 2.3 either way.</summary>
    private enum LengthOrder
    {
        CapturedFirst,
        OriginalFirst,
        SmallerIsCaptured,
    }

    internal static bool TryOpen(CaptureInput input, uint magic, [NotNullWhen(true)] out CaptureReader? reader, [NotNullWhen(false)] out string? error)
    {
        reader = null;
        bool bigEndian = false;
        if (!IsMagic(magic))
        {
            magic = BinaryPrimitives.ReverseEndianness(magic);
            bigEndian = true;
            if (!IsMagic(magic))
            {
                error = "unknown file format";
                return false;
            }
        }

        int got = input.Fill(FileHeaderLength);
        if (got < FileHeaderLength)
        {
            error = $"truncated dump file; tried to read {FileHeaderLength} file header bytes, only got {got}";
            return false;
        }

        var pcap = new PcapReader(input, magic, bigEndian);
        error = pcap.ReadFileHeader(input.Peek(FileHeaderLength));
        input.Skip(FileHeaderLength);
        if (error is not null)
        {
            return false;
        }

        reader = pcap;
        return true;
    }

    private static bool IsMagic(uint magic) => magic is MicrosecondMagic or NanosecondMagic or ModifiedMagic;

    private string? ReadFileHeader(ReadOnlySpan<byte> header)
    {
        ushort major = _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[4..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        ushort minor = _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[6..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        if (major < 2)
        {
            return "archaic pcap savefile format";
        }

        if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0))
        {
            return $"unsupported pcap savefile version {major}.{minor}";
        }

        _lengthOrder = major == 543 || minor < 3 ? LengthOrder.OriginalFirst : minor == 3 ? LengthOrder.SmallerIsCaptured : LengthOrder.CapturedFirst;

        // The upper bits of the word tell about a frame check sequence behind each packet.
        LinkType = LinkTypes.FromFile(U32(header[20..]) & 0x03FF_FFFF);
        uint snapLength = U32(header[16..]);
        SnapLength = snapLength is 0 or > int.MaxValue ? LinkTypes.LargestPacket(LinkType) : (int)snapLength;
        if (_headerLength == ModifiedPacketHeaderLength)
        {
            // Those who wrote the longer headers did not count an Ethernet header as part of the snapshot length.
            SnapLength = (int)Math.Min((long)SnapLength + EthernetHeaderLength, int.MaxValue);
        }

        return null;
    }

    /// <inheritdoc/>
    public override bool TryRead(out PacketRecord packet)
    {
        packet = default;
        int got = Input.Fill(_headerLength);
        if (got < _headerLength)
        {
            if (got > 0 && Error is null)
            {
                Error = $"truncated dump file; tried to read {_headerLength} header bytes, only got {got}";
            }

            return false;
        }

        ReadOnlySpan<byte> header = Input.Peek(_headerLength);
        uint seconds = U32(header);
        uint fraction = U32(header[4..]);
        uint captured = U32(header[8..]);
        uint length = U32(header[12..]);
        if (_lengthOrder == LengthOrder.OriginalFirst || (_lengthOrder == LengthOrder.SmallerIsCaptured && captured > length))
        {
            (captured, length) = (length, captured);
        }

        if (Error is not null)
        {
            return false;
        }

        int largest = LinkTypes.LargestPacket(LinkType);
        if (captured > largest)
        {
            Error = $"invalid packet capture length {captured}, bigger than {(captured > SnapLength ? $"snaplen of {SnapLength}" : $"maximum of {largest}")}";
            return false;
        }

        Input.Skip(_headerLength);
        int keep = (int)Math.Min(captured, (uint)SnapLength);
        if (!TakeData((int)captured, keep, out ReadOnlySpan<byte> data))
        {
            return false;
        }

        // Both numbers of the time stamp are signed, as tcpdump takes them: a damaged file shows the same text there and here.
        packet = new PacketRecord((int)seconds, (long)(int)fraction * _fractionUnit, LinkType, length, data);
        return true;
    }

    private bool TakeData(int captured, int keep, out ReadOnlySpan<byte> data)
    {
        int got = Input.Fill(captured);
        if (got < captured)
        {
            int tried = got < keep ? keep : captured;
            Error = $"truncated dump file; tried to read {tried} captured bytes, only got {got}";
            data = default;
            return false;
        }

        data = Input.Peek(keep);
        Input.Skip(captured);
        return true;
    }

    private uint U32(ReadOnlySpan<byte> octets) => _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
