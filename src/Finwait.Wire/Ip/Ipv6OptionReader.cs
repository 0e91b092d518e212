using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>What a node does with an IPv6 option it does not know: the two high bits of the type (RFC 8200 §4.2).</summary>
public enum Ipv6OptionAction : byte
{
    /// <summary>Step over it.</summary>
    Skip = 0,

    /// <summary>Drop the packet.</summary>
    Discard = 1,

    /// <summary>Drop the packet and send Parameter Problem code 2, to a multicast destination too.</summary>
    DiscardAndReport = 2,

    /// <summary>Drop the packet and send Parameter Problem code 2 unless the destination was multicast.</summary>
    DiscardAndReportUnlessMulticast = 3,
}

/// <summary>Type octets of IPv6 options (IANA "Destination Options and Hop-by-Hop Options").</summary>
public static class Ipv6OptionType
{
    /// <summary>One octet of padding (RFC 8200 §4.2).</summary>
    public const byte Pad1 = 0x00;

    /// <summary>Two or more octets of padding (RFC 8200 §4.2).</summary>
    public const byte PadN = 0x01;

    /// <summary>Tunnel encapsulation limit (RFC 2473 §4.1.1).</summary>
    public const byte TunnelEncapsulationLimit = 0x04;

    /// <summary>Router alert (RFC 2711).</summary>
    public const byte RouterAlert = 0x05;

    /// <summary>Quick-Start (RFC 4782).</summary>
    public const byte QuickStart = 0x26;

    /// <summary>Minimum path MTU (RFC 9268).</summary>
    public const byte MinimumPathMtu = 0x30;

    /// <summary>Jumbo payload (RFC 2675).</summary>
    public const byte JumboPayload = 0xC2;

    /// <summary>Home address (RFC 6275 §6.3).</summary>
    public const byte HomeAddress = 0xC9;
}

/// <summary>One option of a hop-by-hop or destination options header. Holds no copy.</summary>
public readonly ref struct Ipv6Option
{
    internal Ipv6Option(byte type, int offset, ReadOnlySpan<byte> data, OptionError error)
    {
        Type = type;
        Offset = offset;
        Data = data;
        Error = error;
    }

    /// <summary>The type octet (<see cref="Ipv6OptionType"/>).</summary>
    public byte Type { get; }

    /// <summary>Where the type octet stands in the option bytes.</summary>
    public int Offset { get; }

    /// <summary>What follows the length octet; of a broken option what is there.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>What is wrong with the option.</summary>
    public OptionError Error { get; }

    /// <summary>What a node does that does not know the type.</summary>
    public Ipv6OptionAction ActionIfUnknown => (Ipv6OptionAction)(Type >> 6);

    /// <summary>True if routers may change the data on the way.</summary>
    public bool MayChange => (Type & 0x20) != 0;

    /// <summary>Router alert (RFC 2711): 0 MLD, 1 RSVP, 2 active networks.</summary>
    public bool TryGetRouterAlert(out ushort value)
    {
        bool isIt = Type == Ipv6OptionType.RouterAlert && Error == OptionError.None && Data.Length == 2;
        value = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data) : default;
        return isIt;
    }

    /// <summary>Jumbo payload length (RFC 2675 §2), octets.</summary>
    public bool TryGetJumboPayload(out uint length)
    {
        bool isIt = Type == Ipv6OptionType.JumboPayload && Error == OptionError.None && Data.Length == 4;
        length = isIt ? BinaryPrimitives.ReadUInt32BigEndian(Data) : default;
        return isIt;
    }
}

/// <summary>Walks over the options of a hop-by-hop or destination options header one by one. Never throws, whatever the bytes.</summary>
/// <remarks>Use it in <c>foreach</c>. Padding comes too. An option with an <see cref="Ipv6Option.Error"/> is the last one.</remarks>
public ref struct Ipv6OptionReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;
    private Ipv6Option _current;

    /// <summary>A reader over <see cref="Ipv6Extension.OptionBytes"/>.</summary>
    public Ipv6OptionReader(ReadOnlySpan<byte> optionBytes) => _bytes = optionBytes;

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public readonly Ipv6Option Current => _current;

    /// <summary>For <c>foreach</c>.</summary>
    public readonly Ipv6OptionReader GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        int at = _next;
        if (at >= _bytes.Length)
        {
            _current = default;
            return false;
        }

        byte type = _bytes[at];
        if (type == Ipv6OptionType.Pad1)
        {
            _current = new(type, at, default, OptionError.None);
            _next = at + 1;
            return true;
        }

        int left = _bytes.Length - at;
        int length = left > 1 ? 2 + _bytes[at + 1] : 0;
        OptionError error = left == 1 ? OptionError.NoLength : length > left ? OptionError.Truncated : OptionError.None;
        int end = error == OptionError.None ? at + length : _bytes.Length;
        _current = new(type, at, left > 1 ? _bytes[(at + 2)..end] : default, error);
        _next = end;
        return true;
    }
}
