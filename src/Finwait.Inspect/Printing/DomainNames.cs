namespace Finwait.Inspect;

/// <summary>Domain names as DNS writes them (RFC 1035 §4.1.4), compressed ones too.</summary>
internal static class DomainNames
{
    private const int KindMask = 0xC0;
    private const int Pointer = 0xC0;
    private const int Extended = 0x40;
    private const int Reserved = 0x80;

    /// <summary>The one extended label that ever had a meaning: a string of bits (RFC 2673).</summary>
    private const int BitLabel = Extended | 1;

    /// <summary>Prints the name at a place; returns the place behind it, -1 if octets are missing or the name is broken.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="message">The message, from whose start pointers count.</param>
    /// <param name="at">Where the name begins.</param>
    public static int Print(TextBuffer output, ReadOnlySpan<byte> message, int at)
    {
        if (!IsLabel(output, message, at))
        {
            return -1;
        }

        int end = -1;

        // A pointer must lead backwards, and each further back than the one before: so names end.
        int limit = at;
        int length = message[at++];
        if (length == 0)
        {
            output.Append('.');
            return at;
        }

        while (length != 0 && at < message.Length)
        {
            if ((length & KindMask) == Pointer)
            {
                end = end < 0 ? at + 1 : end;
                int target = (length & ~KindMask) << 8 | message[at];
                if (target >= limit)
                {
                    output.Append("<BAD PTR>"u8);
                    return -1;
                }

                limit = target;
                at = target;
            }
            else
            {
                int behind = length == BitLabel ? PrintBits(output, message, at) : PrintText(output, message, at, length);
                if (behind < 0)
                {
                    return -1;
                }

                at = behind;
                output.Append('.');
            }

            if (!IsLabel(output, message, at))
            {
                return -1;
            }

            length = message[at++];
        }

        // A length that is the last octet captured ends the name as its end would; half a pointer does not.
        return end >= 0 ? end : length >= Pointer ? -1 : at + length;
    }

    /// <summary>Steps over a name; -1 if octets are missing.</summary>
    public static int Skip(ReadOnlySpan<byte> message, int at)
    {
        while (at < message.Length)
        {
            int length = message[at++];
            if (length == 0)
            {
                return at;
            }

            if ((length & KindMask) == Pointer)
            {
                return at + 1;
            }

            if (length == BitLabel && at < message.Length)
            {
                at += 1 + BitOctets(message[at]);
                continue;
            }

            if ((length & KindMask) is Extended or Reserved)
            {
                return -1;
            }

            at += length;
        }

        return -1;
    }

    /// <summary>Prints the octets of a plain label; returns the place behind them, -1 if some are missing.</summary>
    private static int PrintText(TextBuffer output, ReadOnlySpan<byte> message, int at, int length)
    {
        int available = Math.Min(length, message.Length - at);
        foreach (byte octet in message.Slice(at, available))
        {
            TextLines.AppendSafe(output, octet);
        }

        return available < length ? -1 : at + length;
    }

    private static int BitOctets(int count) => ((count == 0 ? 256 : count) + 7) / 8;

    /// <summary>Prints the bits behind the count at a place; returns the place behind them, -1 if octets are missing.</summary>
    private static int PrintBits(TextBuffer output, ReadOnlySpan<byte> message, int at)
    {
        int bits = message[at] == 0 ? 256 : message[at];
        int left = bits;
        output.Append("\\[x"u8);
        for (at++; left > 0 && at < message.Length; at++)
        {
            uint octet = left >= 8 ? message[at] : message[at] & (0xFFu << (8 - left));
            output.AppendHex(left > 4 ? octet : octet >> 4, left > 4 ? 2 : 1);
            left = Math.Max(left - 8, 0);
        }

        if (left > 0)
        {
            return -1;
        }

        output.Append('/');
        output.AppendDecimal(bits);
        output.Append(']');
        return at;
    }

    /// <summary>False if no octet is there, or it begins none of the labels we know.</summary>
    private static bool IsLabel(TextBuffer output, ReadOnlySpan<byte> message, int at)
    {
        if (at >= message.Length)
        {
            return false;
        }

        int kind = message[at] & KindMask;
        if (message[at] == BitLabel)
        {
            return at + 1 < message.Length;
        }

        if (kind == Extended)
        {
            output.Append("<ELT "u8);
            output.AppendDecimal(message[at] & ~KindMask);
            output.Append('>');
            return false;
        }

        if (kind == Reserved)
        {
            output.Append("<BAD LABEL TYPE>"u8);
            return false;
        }

        return true;
    }
}
