using System.Runtime.CompilerServices;
using System.Text;

namespace Finwait.Inspect;

/// <summary>A growing run of UTF-8 text that printers write into and that is reused: no string is made per packet.</summary>
/// <remarks>Not thread-safe. Hand <see cref="Written"/> to a stream or writer, then <see cref="Clear"/> it; the room stays.</remarks>
public sealed class TextBuffer
{
    private const int InitialCapacity = 1 << 12;

    private byte[] _bytes = new byte[InitialCapacity];
    private int _length;

    /// <summary>Octets of text so far.</summary>
    public int Length => _length;

    /// <summary>The text so far; valid until the next call that changes the buffer.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Forgets the text and keeps the room.</summary>
    public void Clear() => _length = 0;

    /// <summary>Cuts the text back to a length it had before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The text is shorter than that: a caller bug.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    /// <summary>Appends octets that are UTF-8 already, such as <c>"..."u8</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> text)
    {
        if (text.Length > _bytes.Length - _length)
        {
            Grow(text.Length);
        }

        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>Appends one octet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte octet)
    {
        if (_length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[_length++] = octet;
    }

    /// <summary>Appends one ASCII character.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The character is not ASCII: a caller bug.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(char character)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(character, '\x7f');
        Append((byte)character);
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        Span<byte> room = Room(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, room);
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(string text) => Append(text.AsSpan());

    /// <summary>Appends a number in decimal.</summary>
    public void AppendDecimal(uint value)
    {
        if (value < 10)
        {
            Append((byte)('0' + value));
            return;
        }

        Span<byte> room = Room(10);
        int digits = CountDigits(value);
        _length += digits;
        WriteDigits(room, digits, value);
    }

    /// <summary>Appends a number in decimal.</summary>
    public void AppendDecimal(int value)
    {
        if (value < 0)
        {
            Append((byte)'-');
            AppendDecimal(unchecked((uint)-value));
            return;
        }

        AppendDecimal((uint)value);
    }

    /// <summary>Appends a number in decimal.</summary>
    public void AppendDecimal(ulong value)
    {
        if (value <= uint.MaxValue)
        {
            AppendDecimal((uint)value);
            return;
        }

        Span<byte> room = Room(20);
        value.TryFormat(room, out int written, default, System.Globalization.CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Appends a number in decimal with zeros in front up to <paramref name="width"/> digits; more digits if it needs them.</summary>
    public void AppendPadded(uint value, int width)
    {
        int digits = Math.Max(CountDigits(value), width);
        Span<byte> room = Room(digits);
        _length += digits;
        WriteDigits(room, digits, value);
    }

    /// <summary>Appends a number in decimal with blanks in front up to <paramref name="width"/> columns.</summary>
    public void AppendRight(uint value, int width)
    {
        for (int i = CountDigits(value); i < width; i++)
        {
            Append((byte)' ');
        }

        AppendDecimal(value);
    }

    /// <summary>Appends a number in small hex digits with zeros in front up to <paramref name="width"/> digits; 1 for no padding.</summary>
    public void AppendHex(uint value, int width)
    {
        int digits = Math.Max((35 - int.LeadingZeroCount((int)value)) / 4, width);
        Span<byte> room = Room(digits);
        _length += digits;
        for (int i = digits - 1; i >= 0; i--)
        {
            room[i] = HexDigit((int)(value & 0xF));
            value >>= 4;
        }
    }

    /// <summary>Appends octets as pairs of small hex digits without anything between.</summary>
    public void AppendHex(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            Append(HexDigit(octet >> 4));
            Append(HexDigit(octet & 0xF));
        }
    }

    /// <summary>Room for at least <paramref name="count"/> octets behind the text; <see cref="Advance"/> says how many were written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<byte> Room(int count)
    {
        if (count > _bytes.Length - _length)
        {
            Grow(count);
        }

        return _bytes.AsSpan(_length);
    }

    /// <summary>Takes octets written into <see cref="Room"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Written);

    internal static byte HexDigit(int nibble) => "0123456789abcdef"u8[nibble & 0xF];

    private static int CountDigits(uint value) => value switch
    {
        < 10 => 1,
        < 100 => 2,
        < 1_000 => 3,
        < 10_000 => 4,
        < 100_000 => 5,
        < 1_000_000 => 6,
        < 10_000_000 => 7,
        < 100_000_000 => 8,
        < 1_000_000_000 => 9,
        _ => 10,
    };

    private static void WriteDigits(Span<byte> room, int digits, uint value)
    {
        for (int i = digits - 1; i >= 0; i--)
        {
            uint next = value / 10;
            room[i] = (byte)('0' + (value - (next * 10)));
            value = next;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        int wanted = checked(_length + count);
        Array.Resize(ref _bytes, Math.Max(wanted, (int)Math.Min((long)_bytes.Length * 2, Array.MaxLength)));
    }
}
