using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>One TCP option as it stands in a header, with typed access to those that have a structure. Holds no copy.</summary>
/// <remarks>The <c>TryGet…</c> methods are true only for their kind, without error and with a length that their RFC allows.</remarks>
public readonly ref struct TcpOption
{
    internal TcpOption(byte kind, byte length, int offset, ReadOnlySpan<byte> data, OptionError error)
    {
        Kind = kind;
        Length = length;
        Offset = offset;
        Data = data;
        Error = error;
    }

    /// <summary>The kind octet (<see cref="TcpOptionKind"/>).</summary>
    public byte Kind { get; }

    /// <summary>The length octet as sent, also if it is wrong; 1 for end-of-list and no-operation, 0 if there is none.</summary>
    public byte Length { get; }

    /// <summary>Where the kind octet stands in the option bytes.</summary>
    public int Offset { get; }

    /// <summary>What follows the length octet; of a broken option what is there; of end-of-list the padding.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>What is wrong with the option.</summary>
    public OptionError Error { get; }

    /// <summary>What IANA says about the kind.</summary>
    public TcpOptionInfo Info => TcpOptionRegistry.Get(Kind);

    /// <summary>Maximum segment size, octets.</summary>
    public bool TryGetMss(out ushort mss) => TryGet16(TcpOptionKind.MaximumSegmentSize, out mss);

    /// <summary>Window scale shift.</summary>
    public bool TryGetWindowScale(out byte shift)
    {
        bool isIt = Is(TcpOptionKind.WindowScale, 1);
        shift = isIt ? Data[0] : default;
        return isIt;
    }

    /// <summary>Timestamps.</summary>
    public bool TryGetTimestamps(out uint tsVal, out uint tsEcr)
    {
        bool isIt = Is(TcpOptionKind.Timestamps, 8);
        tsVal = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data) : default;
        tsEcr = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data[4..]) : default;
        return isIt;
    }

    /// <summary>Number of SACK blocks; 0 and false if this is no SACK option or its length is not a multiple of eight and two.</summary>
    public bool TryGetSackCount(out int count)
    {
        bool isIt = Kind == TcpOptionKind.Sack && Error == OptionError.None && (Data.Length & 7) == 0;
        count = isIt ? Data.Length / 8 : 0;
        return isIt;
    }

    /// <summary>One block of a SACK option.</summary>
    /// <param name="index">0 up to the count that <see cref="TryGetSackCount"/> gave.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such block: a caller bug.</exception>
    public SackBlock GetSackBlock(int index)
    {
        ReadOnlySpan<byte> block = Data.Slice(8 * index, 8);
        return new(new(BinaryPrimitives.ReadUInt32BigEndian(block)), new(BinaryPrimitives.ReadUInt32BigEndian(block[4..])));
    }

    /// <summary>The 32 bits of echo, echo reply (RFC 1072) and the three connection counts of T/TCP (RFC 1644).</summary>
    public bool TryGetNumber(out uint number)
    {
        bool isIt = Error == OptionError.None && Data.Length == 4 && Kind is TcpOptionKind.Echo or TcpOptionKind.EchoReply or TcpOptionKind.ConnectionCount
            or TcpOptionKind.ConnectionCountNew or TcpOptionKind.ConnectionCountEcho;
        number = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data) : default;
        return isIt;
    }

    /// <summary>Partial order service profile (RFC 1693): start and end of an object.</summary>
    public bool TryGetPartialOrderProfile(out bool isStart, out bool isEnd)
    {
        bool isIt = Is(TcpOptionKind.PartialOrderProfile, 1);
        isStart = isIt && (Data[0] & 0x80) != 0;
        isEnd = isIt && (Data[0] & 0x40) != 0;
        return isIt;
    }

    /// <summary>Number of the checksum asked for (RFC 1146 §2): 0 TCP's own, 1 and 2 Fletcher's with 8 and 16 bits, 3 none.</summary>
    public bool TryGetAlternateChecksum(out byte number)
    {
        bool isIt = Is(TcpOptionKind.AlternateChecksumRequest, 1);
        number = isIt ? Data[0] : default;
        return isIt;
    }

    /// <summary>MD5 digest, 16 octets (RFC 2385).</summary>
    public bool TryGetMd5(out ReadOnlySpan<byte> digest)
    {
        bool isIt = Is(TcpOptionKind.Md5Signature, 16);
        digest = isIt ? Data : default;
        return isIt;
    }

    /// <summary>SCPS capabilities: the bits (0x80 BETS, 0x40 and 0x20 SNACK, 0x10 compression, 0x08 network-layer timestamps) and the connection identifier.</summary>
    public bool TryGetScps(out byte capabilities, out byte connectionId)
    {
        bool isIt = Is(TcpOptionKind.ScpsCapabilities, 2);
        capabilities = isIt ? Data[0] : default;
        connectionId = isIt ? Data[1] : default;
        return isIt;
    }

    /// <summary>Selective negative acknowledgment: distance and size of the hole in units of the MSS.</summary>
    public bool TryGetSnack(out ushort offset, out ushort size)
    {
        bool isIt = Kind == TcpOptionKind.Snack && Error == OptionError.None && Data.Length >= 4;
        offset = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data) : default;
        size = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data[2..]) : default;
        return isIt;
    }

    /// <summary>Quick-Start response (RFC 4782 §4.1): rate (0–15), difference of the hop counts, and the 30-bit nonce.</summary>
    public bool TryGetQuickStart(out byte rate, out byte ttlDifference, out uint nonce)
    {
        bool isIt = Is(TcpOptionKind.QuickStartResponse, 6);
        rate = isIt ? (byte)(Data[0] & 0x0F) : default;
        ttlDifference = isIt ? Data[1] : default;
        nonce = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data[2..]) >> 2 : default;
        return isIt;
    }

    /// <summary>User timeout (RFC 5482 §3).</summary>
    public bool TryGetUserTimeout(out TimeSpan timeout)
    {
        bool isIt = TryGet16(TcpOptionKind.UserTimeout, out ushort raw);
        int value = raw & 0x7FFF;
        timeout = (raw & 0x8000) != 0 ? TimeSpan.FromMinutes(value) : TimeSpan.FromSeconds(value);
        return isIt;
    }

    /// <summary>TCP-AO (RFC 5925 §2.2).</summary>
    public bool TryGetAuthentication(out byte keyId, out byte rNextKeyId, out ReadOnlySpan<byte> mac)
    {
        bool isIt = Kind == TcpOptionKind.Authentication && Error == OptionError.None && Data.Length >= 2;
        keyId = isIt ? Data[0] : default;
        rNextKeyId = isIt ? Data[1] : default;
        mac = isIt ? Data[2..] : default;
        return isIt;
    }

    /// <summary>Fast Open cookie (RFC 7413 §2), also in its experimental form; empty for a request. An illegal cookie length gives false.</summary>
    public bool TryGetFastOpen(out ReadOnlySpan<byte> cookie)
    {
        cookie = default;
        if (Error != OptionError.None)
        {
            return false;
        }

        if (Kind == TcpOptionKind.FastOpen)
        {
            cookie = Data;
        }
        else if (TryGetExperiment(out ushort experiment, out ReadOnlySpan<byte> data) && experiment == TcpOptionKind.FastOpenExperiment)
        {
            cookie = data;
        }
        else
        {
            return false;
        }

        bool isLegal = cookie.Length == 0 || (cookie.Length is >= 4 and <= 16 && (cookie.Length & 1) == 0);
        cookie = isLegal ? cookie : default;
        return isLegal;
    }

    /// <summary>Identifier and data of an option shared by experiments (RFC 6994 §3), the identifier taken as 16 bits.</summary>
    public bool TryGetExperiment(out ushort identifier, out ReadOnlySpan<byte> data)
    {
        bool isIt = Kind is TcpOptionKind.Experiment1 or TcpOptionKind.Experiment2 && Error == OptionError.None && Data.Length >= 2;
        identifier = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data) : default;
        data = isIt ? Data[2..] : default;
        return isIt;
    }

    /// <summary>AccECN counters (RFC 9768 §3.2.3), whatever their order on the wire.</summary>
    public bool TryGetAccurateEcn(out AccurateEcnCounters counters)
    {
        counters = default;
        bool isZero = Kind == TcpOptionKind.AccurateEcn0;
        if ((!isZero && Kind != TcpOptionKind.AccurateEcn1) || Error != OptionError.None || Data.Length > 9 || Data.Length % 3 != 0)
        {
            return false;
        }

        int? first = Read24(0), middle = Read24(3), last = Read24(6);
        counters = new(isZero ? first : last, middle, isZero ? last : first);
        return true;
    }

    /// <summary>MPTCP (RFC 8684 §3).</summary>
    public bool TryGetMultipath(out MptcpOption multipath)
    {
        bool isIt = Kind == TcpOptionKind.Multipath && Error == OptionError.None && Data.Length >= 1;
        multipath = isIt ? new(Data) : default;
        return isIt;
    }

    private bool Is(byte kind, int dataLength) => Kind == kind && Error == OptionError.None && Data.Length == dataLength;

    private bool TryGet16(byte kind, out ushort value)
    {
        bool isIt = Is(kind, 2);
        value = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data) : default;
        return isIt;
    }

    private int? Read24(int at) => at + 3 <= Data.Length ? Data[at] << 16 | Data[at + 1] << 8 | Data[at + 2] : null;
}

/// <summary>Counters of an AccECN option, the low 24 bits each; those left out at the end of the option are null (RFC 9768 §3.2.3).</summary>
/// <param name="Ee0b">Octets of text that came with ECT(0).</param>
/// <param name="Eceb">Octets of text that came with CE.</param>
/// <param name="Ee1b">Octets of text that came with ECT(1).</param>
public readonly record struct AccurateEcnCounters(int? Ee0b, int? Eceb, int? Ee1b);
