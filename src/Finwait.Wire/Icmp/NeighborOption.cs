using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Types of neighbor discovery options (IANA "IPv6 Neighbor Discovery Option Formats"). Peers may send other numbers.</summary>
public enum NeighborOptionType : byte
{
    /// <summary>Link-layer address of the sender (RFC 4861 §4.6.1).</summary>
    SourceLinkLayerAddress = 1,

    /// <summary>Link-layer address of the target (RFC 4861 §4.6.1).</summary>
    TargetLinkLayerAddress = 2,

    /// <summary>Prefix information (RFC 4861 §4.6.2).</summary>
    PrefixInformation = 3,

    /// <summary>Redirected header (RFC 4861 §4.6.3).</summary>
    RedirectedHeader = 4,

    /// <summary>MTU of the link (RFC 4861 §4.6.4).</summary>
    Mtu = 5,

    /// <summary>Nonce (RFC 3971 §5.3.2, RFC 7527).</summary>
    Nonce = 14,

    /// <summary>Route information (RFC 4191 §2.3).</summary>
    RouteInformation = 24,

    /// <summary>Recursive DNS servers (RFC 8106 §5.1).</summary>
    RecursiveDnsServer = 25,

    /// <summary>DNS search list (RFC 8106 §5.2).</summary>
    DnsSearchList = 31,
}

/// <summary>A prefix information option (RFC 4861 §4.6.2).</summary>
/// <param name="Prefix">The prefix; bits behind its length are arbitrary.</param>
/// <param name="PrefixLength">0–128 in honest options.</param>
/// <param name="IsOnLink">L: the prefix tells what is on this link.</param>
/// <param name="IsAutonomous">A: hosts may form addresses from it (RFC 4862).</param>
/// <param name="ValidSeconds">Valid lifetime; 0xFFFFFFFF is for ever.</param>
/// <param name="PreferredSeconds">Preferred lifetime; 0xFFFFFFFF is for ever.</param>
public readonly record struct PrefixInformation(IpAddress Prefix, byte PrefixLength, bool IsOnLink, bool IsAutonomous, uint ValidSeconds, uint PreferredSeconds);

/// <summary>A route information option (RFC 4191 §2.3).</summary>
/// <param name="Prefix">The prefix, missing octets as zeros.</param>
/// <param name="PrefixLength">0–128 in honest options.</param>
/// <param name="Preference">Two bits: 0 medium, 1 high, 3 low.</param>
/// <param name="LifetimeSeconds">Lifetime; 0xFFFFFFFF is for ever.</param>
public readonly record struct RouteInformation(IpAddress Prefix, byte PrefixLength, byte Preference, uint LifetimeSeconds);

/// <summary>One option of a neighbor discovery message. Holds no copy.</summary>
/// <remarks>The <c>TryGet…</c> methods are true only for their type, without error and with a length that their RFC allows.</remarks>
public readonly ref struct NeighborOption
{
    internal NeighborOption(NeighborOptionType type, ReadOnlySpan<byte> data, OptionError error)
    {
        Type = type;
        Data = data;
        Error = error;
    }

    /// <summary>Type, named or not.</summary>
    public NeighborOptionType Type { get; }

    /// <summary>What follows type and length; of a broken option what is there.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>What is wrong with the option.</summary>
    public OptionError Error { get; }

    /// <summary>Source or target link-layer address, six octets (RFC 2464 §6).</summary>
    public bool TryGetLinkLayerAddress(out MacAddress address)
    {
        bool isIt = Type is NeighborOptionType.SourceLinkLayerAddress or NeighborOptionType.TargetLinkLayerAddress && Error == OptionError.None && Data.Length == 6;
        address = isIt ? MacAddress.Read(Data) : default;
        return isIt;
    }

    /// <summary>Prefix information.</summary>
    public bool TryGetPrefix(out PrefixInformation prefix)
    {
        bool isIt = Type == NeighborOptionType.PrefixInformation && Error == OptionError.None && Data.Length == 30;
        prefix = !isIt ? default : new(
            IpAddress.Read(Data.Slice(14, 16)),
            Data[0],
            (Data[1] & 0x80) != 0,
            (Data[1] & 0x40) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(Data[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(Data[6..]));
        return isIt;
    }

    /// <summary>Redirected header: the start of the packet that was redirected.</summary>
    public bool TryGetRedirectedPacket(out ReadOnlySpan<byte> packet)
    {
        bool isIt = Type == NeighborOptionType.RedirectedHeader && Error == OptionError.None && Data.Length >= 6;
        packet = isIt ? Data[6..] : default;
        return isIt;
    }

    /// <summary>MTU of the link, octets.</summary>
    public bool TryGetMtu(out uint mtu)
    {
        bool isIt = Type == NeighborOptionType.Mtu && Error == OptionError.None && Data.Length == 6;
        mtu = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data[2..]) : default;
        return isIt;
    }

    /// <summary>Nonce.</summary>
    public bool TryGetNonce(out ReadOnlySpan<byte> nonce)
    {
        bool isIt = Type == NeighborOptionType.Nonce && Error == OptionError.None;
        nonce = isIt ? Data : default;
        return isIt;
    }

    /// <summary>Route information.</summary>
    public bool TryGetRoute(out RouteInformation route)
    {
        route = default;
        if (Type != NeighborOptionType.RouteInformation || Error != OptionError.None || Data.Length is not (6 or 14 or 22))
        {
            return false;
        }

        ulong high = Data.Length >= 14 ? BinaryPrimitives.ReadUInt64BigEndian(Data[6..]) : 0;
        ulong low = Data.Length >= 22 ? BinaryPrimitives.ReadUInt64BigEndian(Data[14..]) : 0;
        route = new(IpAddress.FromV6(high, low), Data[0], (byte)(Data[1] >> 3 & 3), BinaryPrimitives.ReadUInt32BigEndian(Data[2..]));
        return true;
    }

    /// <summary>Recursive DNS servers: lifetime in seconds and how many addresses there are (<see cref="GetDnsServer"/>).</summary>
    public bool TryGetDnsServers(out uint lifetimeSeconds, out int count)
    {
        bool isIt = Type == NeighborOptionType.RecursiveDnsServer && Error == OptionError.None && Data.Length >= 22 && (Data.Length - 6) % 16 == 0;
        lifetimeSeconds = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data[2..]) : default;
        count = isIt ? (Data.Length - 6) / 16 : 0;
        return isIt;
    }

    /// <summary>One address of a recursive DNS servers option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such address: a caller bug.</exception>
    public IpAddress GetDnsServer(int index) => IpAddress.Read(Data.Slice(6 + (16 * index), 16));
}

/// <summary>Walks over the options of a neighbor discovery message one by one. Never throws, whatever the bytes.</summary>
/// <remarks>Use it in <c>foreach</c>. An option with an <see cref="NeighborOption.Error"/> is the last one.</remarks>
public ref struct NeighborOptionReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;
    private NeighborOption _current;

    /// <summary>A reader over the options behind a message's fixed part.</summary>
    public NeighborOptionReader(ReadOnlySpan<byte> optionBytes) => _bytes = optionBytes;

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public readonly NeighborOption Current => _current;

    /// <summary>For <c>foreach</c>.</summary>
    public readonly NeighborOptionReader GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        int at = _next;
        if (at >= _bytes.Length)
        {
            _current = default;
            return false;
        }

        int left = _bytes.Length - at;
        int length = left > 1 ? _bytes[at + 1] * 8 : 0; // RFC 4861 §4.6 counts units of eight octets
        OptionError error = left == 1 ? OptionError.NoLength
            : length == 0 ? OptionError.BadLength
            : length > left ? OptionError.Truncated
            : OptionError.None;
        int end = error == OptionError.None ? at + length : _bytes.Length;
        _current = new((NeighborOptionType)_bytes[at], left > 1 ? _bytes[(at + 2)..end] : default, error);
        _next = end;
        return true;
    }
}

/// <summary>Writes options of neighbor discovery (RFC 4861 §4.6). Each method returns the octets written and throws <see cref="ArgumentException"/> on too little room.</summary>
public static class NeighborOptionWriter
{
    /// <summary>Writes a source or target link-layer address: 8 octets.</summary>
    public static int WriteLinkLayerAddress(Span<byte> options, NeighborOptionType type, MacAddress address)
    {
        Need(options, 8);
        BinaryPrimitives.WriteUInt64BigEndian(options, (ulong)type << 56 | 1UL << 48 | (address.Value & 0xFFFF_FFFF_FFFF));
        return 8;
    }

    /// <summary>Writes prefix information: 32 octets.</summary>
    public static int WritePrefix(Span<byte> options, in PrefixInformation prefix)
    {
        Need(options, 32);
        options[..32].Clear();
        options[0] = (byte)NeighborOptionType.PrefixInformation;
        options[1] = 4;
        options[2] = prefix.PrefixLength;
        options[3] = (byte)((prefix.IsOnLink ? 0x80 : 0) | (prefix.IsAutonomous ? 0x40 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(options[4..], prefix.ValidSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(options[8..], prefix.PreferredSeconds);
        prefix.Prefix.Write(options[16..]);
        return 32;
    }

    /// <summary>Writes the MTU of the link: 8 octets.</summary>
    public static int WriteMtu(Span<byte> options, uint mtu)
    {
        Need(options, 8);
        BinaryPrimitives.WriteUInt64BigEndian(options, (ulong)NeighborOptionType.Mtu << 56 | 1UL << 48 | mtu);
        return 8;
    }

    /// <summary>Writes a nonce, its length and two a multiple of eight (RFC 7527 §4.1: six octets).</summary>
    public static int WriteNonce(Span<byte> options, ReadOnlySpan<byte> nonce)
    {
        int length = nonce.Length + 2;
        Need(options, length % 8 == 0 ? length : int.MaxValue);
        options[0] = (byte)NeighborOptionType.Nonce;
        options[1] = (byte)(length / 8);
        nonce.CopyTo(options[2..]);
        return length;
    }

    /// <summary>Writes a redirected header: 8 octets and as many whole eights of the packet as fit (RFC 4861 §4.6.3).</summary>
    public static int WriteRedirectedHeader(Span<byte> options, ReadOnlySpan<byte> packet)
    {
        Need(options, 8);
        int quoted = Math.Min(Math.Min(packet.Length, options.Length - 8), 254 * 8) & ~7;
        options[..8].Clear();
        options[0] = (byte)NeighborOptionType.RedirectedHeader;
        options[1] = (byte)(1 + (quoted / 8));
        packet[..quoted].CopyTo(options[8..]);
        return 8 + quoted;
    }

    private static void Need(Span<byte> options, int length)
    {
        if (options.Length < length)
        {
            throw new ArgumentException("no room for the option, or a length that its field cannot tell", nameof(options));
        }
    }
}
