using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Type octets of IPv4 options (IANA "IP Option Numbers").</summary>
public static class Ipv4OptionType
{
    /// <summary>One octet: nothing but padding follows (RFC 791 §3.1).</summary>
    public const byte EndOfOptionList = 0;

    /// <summary>One octet: nothing (RFC 791 §3.1).</summary>
    public const byte NoOperation = 1;

    /// <summary>Record route (RFC 791 §3.1).</summary>
    public const byte RecordRoute = 7;

    /// <summary>Quick-Start (RFC 4782 §3).</summary>
    public const byte QuickStart = 25;

    /// <summary>Internet timestamp (RFC 791 §3.1).</summary>
    public const byte Timestamp = 68;

    /// <summary>Security (RFC 1108).</summary>
    public const byte Security = 130;

    /// <summary>Loose source and record route (RFC 791 §3.1).</summary>
    public const byte LooseSourceRoute = 131;

    /// <summary>Extended security (RFC 1108).</summary>
    public const byte ExtendedSecurity = 133;

    /// <summary>Commercial security (CIPSO).</summary>
    public const byte CommercialSecurity = 134;

    /// <summary>Stream identifier, obsolete (RFC 6814).</summary>
    public const byte StreamId = 136;

    /// <summary>Strict source and record route (RFC 791 §3.1).</summary>
    public const byte StrictSourceRoute = 137;

    /// <summary>Router alert (RFC 2113).</summary>
    public const byte RouterAlert = 148;
}

/// <summary>Walks over raw IPv4 options one by one, good and bad ones. Never throws, whatever the bytes.</summary>
/// <remarks>
/// Use it in <c>foreach</c>. An end-of-list option is the last one, with the padding behind it as its data. An option with an
/// <see cref="Ipv4Option.Error"/> is the last one, with the bytes that are there as its data.
/// </remarks>
public ref struct Ipv4OptionReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;
    private Ipv4Option _current;

    /// <summary>A reader over <paramref name="optionBytes"/>, of any length.</summary>
    public Ipv4OptionReader(ReadOnlySpan<byte> optionBytes) => _bytes = optionBytes;

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public readonly Ipv4Option Current => _current;

    /// <summary>For <c>foreach</c>.</summary>
    public readonly Ipv4OptionReader GetEnumerator() => this;

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
        if (type is Ipv4OptionType.EndOfOptionList or Ipv4OptionType.NoOperation)
        {
            bool isEnd = type == Ipv4OptionType.EndOfOptionList;
            _current = new(type, 1, at, isEnd ? _bytes[(at + 1)..] : default, OptionError.None);
            _next = isEnd ? _bytes.Length : at + 1;
            return true;
        }

        int left = _bytes.Length - at;
        byte length = left > 1 ? _bytes[at + 1] : (byte)0;
        OptionError error = left == 1 ? OptionError.NoLength
            : length < 2 ? OptionError.BadLength
            : length > left ? OptionError.Truncated
            : OptionError.None;
        int end = error == OptionError.None ? at + length : _bytes.Length;
        _current = new(type, length, at, left > 1 ? _bytes[(at + 2)..end] : default, error);
        _next = end;
        return true;
    }
}

/// <summary>One IPv4 option as it stands in a header, with typed access to those that have a structure. Holds no copy.</summary>
/// <remarks>The <c>TryGet…</c> methods are true only for their type, without error and with a length and pointer that their RFC allows.</remarks>
public readonly ref struct Ipv4Option
{
    internal Ipv4Option(byte type, byte length, int offset, ReadOnlySpan<byte> data, OptionError error)
    {
        Type = type;
        Length = length;
        Offset = offset;
        Data = data;
        Error = error;
    }

    /// <summary>The type octet (<see cref="Ipv4OptionType"/>).</summary>
    public byte Type { get; }

    /// <summary>The length octet as sent, also if it is wrong; 1 for end-of-list and no-operation, 0 if there is none.</summary>
    public byte Length { get; }

    /// <summary>Where the type octet stands in the option bytes.</summary>
    public int Offset { get; }

    /// <summary>What follows the length octet; of a broken option what is there; of end-of-list the padding.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>What is wrong with the option.</summary>
    public OptionError Error { get; }

    /// <summary>True if every fragment must carry the option (RFC 791 §3.1).</summary>
    public bool IsCopied => (Type & 0x80) != 0;

    /// <summary>True for the two source routes, which hosts drop by default (RFC 7126 §4.3, §4.4).</summary>
    public bool IsSourceRoute => Type is Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute;

    /// <summary>Record route or a source route: the index of the next slot (equal to the count when all are used) and the addresses, four octets each.</summary>
    public bool TryGetRoute(out int nextSlot, out ReadOnlySpan<byte> addresses)
    {
        nextSlot = 0;
        addresses = default;
        if ((!IsSourceRoute && Type != Ipv4OptionType.RecordRoute) || Error != OptionError.None || Data.Length < 1 || (Data.Length - 1) % 4 != 0)
        {
            return false;
        }

        // The pointer counts octets from the type octet, which is number 1; the first slot is number 4.
        int pointer = Data[0];
        if (pointer < 4 || pointer % 4 != 0)
        {
            return false;
        }

        addresses = Data[1..];
        nextSlot = Math.Min((pointer - 4) / 4, addresses.Length / 4);
        return true;
    }

    /// <summary>Internet timestamp (RFC 791 §3.1).</summary>
    /// <param name="pointer">Octet number of the next free slot, the type octet being 1, the first slot 5.</param>
    /// <param name="overflow">Hosts that found no room, 0–15.</param>
    /// <param name="format">0 timestamps only, 1 address and timestamp, 3 addresses given by the sender.</param>
    /// <param name="slots">The slots, raw.</param>
    public bool TryGetTimestamps(out byte pointer, out byte overflow, out byte format, out ReadOnlySpan<byte> slots)
    {
        bool isIt = Type == Ipv4OptionType.Timestamp && Error == OptionError.None && Data.Length >= 2 && Data[0] >= 5;
        pointer = isIt ? Data[0] : default;
        overflow = isIt ? (byte)(Data[1] >> 4) : default;
        format = isIt ? (byte)(Data[1] & 0x0F) : default;
        slots = isIt ? Data[2..] : default;
        return isIt;
    }

    /// <summary>Router alert (RFC 2113): 0 asks every router to look at the packet.</summary>
    public bool TryGetRouterAlert(out ushort value)
    {
        bool isIt = Type == Ipv4OptionType.RouterAlert && Error == OptionError.None && Data.Length == 2;
        value = isIt ? BinaryPrimitives.ReadUInt16BigEndian(Data) : default;
        return isIt;
    }
}
