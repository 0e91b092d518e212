using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Finwait.Capture;

/// <summary>Reads pcapng: sections of either byte order, interface descriptions, and enhanced, simple and old packet blocks. Other blocks are stepped over.</summary>
internal sealed class PcapngReader : CaptureReader
{
    internal const uint SectionHeaderType = 0x0A0D0D0A;

    private const uint InterfaceDescriptionType = 1;
    private const uint PacketType = 2;
    private const uint SimplePacketType = 3;
    private const uint EnhancedPacketType = 6;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const int BlockHeaderLength = 8;
    private const int BlockTrailerLength = 4;
    private const int SmallestBlock = BlockHeaderLength + BlockTrailerLength;
    private const int SectionHeaderLength = 16;
    private const uint LargestBlock = 16 << 20;
    private const uint LargestSectionHeader = 1 << 20;

    /// <summary>Most interfaces of one section, so that a stream of descriptions cannot eat the memory.</summary>
    private const int MaximumInterfaces = 65536;

    private readonly List<PcapngInterface> _interfaces = [];
    private bool _bigEndian;
    private bool _hasInterface;
    private bool _inSection;

    private PcapngReader(CaptureInput input)
        : base(input)
    {
    }

    internal static bool TryOpen(CaptureInput input, [NotNullWhen(true)] out CaptureReader? reader, [NotNullWhen(false)] out string? error)
    {
        var pcapng = new PcapngReader(input);
        reader = null;
        if (input.Fill(SmallestBlock) < SmallestBlock || !pcapng.ReadByteOrder(input.Peek(SmallestBlock)))
        {
            error = "unknown file format";
            return false;
        }

        // The description of the first interface says what the file holds, so everything up to it belongs to opening.
        while (!pcapng._hasInterface)
        {
            if (!pcapng.NextBlock(out uint type, out ReadOnlySpan<byte> body))
            {
                error = pcapng.Error ?? "the capture file has no Interface Description Blocks";
                return false;
            }

            if (type is EnhancedPacketType or SimplePacketType or PacketType)
            {
                error = "the capture file has a packet block before any Interface Description Blocks";
                return false;
            }

            if (!pcapng.HandleDescription(type, body))
            {
                error = pcapng.Error!;
                return false;
            }
        }

        reader = pcapng;
        error = null;
        return true;
    }

    /// <inheritdoc/>
    public override bool TryRead(out PacketRecord packet)
    {
        packet = default;
        if (Error is not null)
        {
            return false;
        }

        while (NextBlock(out uint type, out ReadOnlySpan<byte> body))
        {
            if (type is EnhancedPacketType or SimplePacketType or PacketType)
            {
                return ReadPacket(type, body, out packet);
            }

            if (!HandleDescription(type, body))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Reads one whole block; its body is valid until the next call. False at the end of the file or at a fault.</summary>
    private bool NextBlock(out uint type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = default;
        int got = Input.Fill(BlockHeaderLength);
        if (got < BlockHeaderLength)
        {
            return got == 0 ? false : Fail($"truncated pcapng dump file; tried to read {BlockHeaderLength} bytes, only got {got}");
        }

        type = U32(Input.Peek(BlockHeaderLength));
        bool isFirst = !_inSection;
        if (type == SectionHeaderType && !EnterSection(isFirst))
        {
            return false;
        }

        uint length = U32(Input.Peek(BlockHeaderLength)[4..]);
        if (length < SmallestBlock)
        {
            return Fail($"block in pcapng dump file has a length of {length} < {SmallestBlock}");
        }

        if (length % 4 != 0)
        {
            return Fail($"block in pcapng dump file has a length of {length} that is not a multiple of 4");
        }

        if (length > LargestBlock)
        {
            return Fail($"pcapng block size {length} > maximum {LargestBlock}");
        }

        got = Input.Fill((int)length);
        if (got < length)
        {
            return Fail($"truncated pcapng dump file; tried to read {length - BlockHeaderLength} bytes, only got {got - BlockHeaderLength}");
        }

        ReadOnlySpan<byte> block = Input.Peek((int)length);
        Input.Skip((int)length);
        if (!isFirst && U32(block[^BlockTrailerLength..]) != length)
        {
            return Fail("block total length in header and trailer don't match");
        }

        body = block[BlockHeaderLength..^BlockTrailerLength];
        return true;
    }

    /// <summary>A section has its own byte order, which must be known before its length can be read.</summary>
    private bool EnterSection(bool isFirst)
    {
        _inSection = true;
        int got = Input.Fill(SmallestBlock);
        if (got < SmallestBlock)
        {
            return Fail($"truncated pcapng dump file; tried to read {SmallestBlock} bytes, only got {got}");
        }

        bool wasBigEndian = _bigEndian;
        if (!ReadByteOrder(Input.Peek(SmallestBlock)))
        {
            return Fail("the file has a section with a bad byte order magic field");
        }

        if (!isFirst && _bigEndian != wasBigEndian)
        {
            return Fail("the file has sections with different byte orders");
        }

        uint length = U32(Input.Peek(SmallestBlock)[4..]);
        uint least = BlockHeaderLength + SectionHeaderLength + BlockTrailerLength;
        return length >= least && length <= LargestSectionHeader
            || Fail($"Section Header Block in pcapng dump file has invalid length {least} < _{length}_ < {LargestSectionHeader} (BT_SHB_INSANE_MAX)");
    }

    private bool ReadByteOrder(ReadOnlySpan<byte> start)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        _bigEndian = magic != ByteOrderMagic;
        return !_bigEndian || magic == BinaryPrimitives.ReverseEndianness(ByteOrderMagic);
    }

    /// <summary>Takes what a section header or an interface description says; other blocks say nothing to us.</summary>
    private bool HandleDescription(uint type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case SectionHeaderType:
                ushort major = U16(body[4..]);
                ushort minor = U16(body[6..]);
                if (major != 1 || minor is not (0 or 2))
                {
                    return Fail($"unsupported pcapng savefile version {major}.{minor}");
                }

                _interfaces.Clear();
                return true;
            case InterfaceDescriptionType:
                return AddInterface(body);
            default:
                return true;
        }
    }

    private bool AddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8)
        {
            return Fail($"block of type {InterfaceDescriptionType} in pcapng dump file is too short");
        }

        if (_interfaces.Count == MaximumInterfaces)
        {
            return Fail($"a section of the pcapng dump file has more than {MaximumInterfaces} interfaces");
        }

        LinkType linkType = LinkTypes.FromFile(U16(body));
        uint snapLength = U32(body[4..]);
        int adjusted = snapLength is 0 or > int.MaxValue ? LinkTypes.LargestPacket(linkType) : (int)snapLength;
        string? error = PcapngInterface.TryRead(body[8..], _bigEndian, out PcapngInterface description);
        if (error is not null)
        {
            return Fail(error);
        }

        if (!_hasInterface)
        {
            _hasInterface = true;
            LinkType = linkType;
            SnapLength = adjusted;
            HasNanoseconds = description.UnitsPerSecond > 1_000_000;
        }
        else if (linkType != LinkType)
        {
            return Fail($"an interface has a type {(int)linkType} different from the type of the first interface");
        }
        else if (adjusted != SnapLength)
        {
            return Fail($"an interface has a snapshot length {snapLength} different from the snapshot length of the first interface");
        }

        _interfaces.Add(description);
        return true;
    }

    private bool ReadPacket(uint type, ReadOnlySpan<byte> body, out PacketRecord packet)
    {
        packet = default;
        int fixedLength = type == SimplePacketType ? 4 : 20;
        if (body.Length < fixedLength)
        {
            return Fail($"block of type {type} in pcapng dump file is too short");
        }

        uint interfaceIndex = 0;
        ulong time = 0;
        uint captured;
        uint length;
        if (type == SimplePacketType)
        {
            length = U32(body);
            captured = Math.Min(length, (uint)SnapLength);
        }
        else
        {
            interfaceIndex = type == EnhancedPacketType ? U32(body) : U16(body);
            time = (ulong)U32(body[4..]) << 32 | U32(body[8..]);
            captured = U32(body[12..]);
            length = U32(body[16..]);
        }

        if (interfaceIndex >= _interfaces.Count)
        {
            return Fail($"a packet arrived on interface {interfaceIndex}, but there's no Interface Description Block for that interface");
        }

        if (captured > (uint)SnapLength)
        {
            return Fail($"invalid packet capture length {captured}, bigger than snaplen of {SnapLength}");
        }

        if (captured > body.Length - fixedLength)
        {
            return Fail($"block of type {type} in pcapng dump file is too short");
        }

        long seconds = 0;
        long nanoseconds = 0;
        if (type != SimplePacketType)
        {
            _interfaces[(int)interfaceIndex].Convert(time, out seconds, out nanoseconds);
        }

        packet = new PacketRecord(seconds, nanoseconds, LinkType, length, body.Slice(fixedLength, (int)captured), (int)interfaceIndex);
        return true;
    }

    private bool Fail(string error)
    {
        Error = error;
        return false;
    }

    private ushort U16(ReadOnlySpan<byte> octets) => _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    private uint U32(ReadOnlySpan<byte> octets) => _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
