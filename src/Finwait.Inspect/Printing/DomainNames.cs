namespace Finwait.Inspect;

/// <summary>Domain names as DNS writes them (RFC 1035 §4.1.4), compressed ones too.</summary>
internal static class DomainNames
{
    private const int KindMask = 0xC0;
    private const int Pointer = 0xC0;
    private const int Extended = 0x40;
    private const int Reserved = 0x80;

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
                int available = Math.Min(length, message.Length - at);
                foreach (byte octet in message.Slice(at, available))
                {
                    TextLines.AppendSafe(output, octet);
                }

                if (available < length)
                {
                    return -1;
                }

                at += length;
                output.Append('.');
            }

            if (!IsLabel(output, message, at))
            {
                return -1;
            }

            length = message[at++];
        }

        return length != 0 ? -1 : end < 0 ? at : end;
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

            if ((length & KindMask) == Extended)
            {
                return -1;
            }

            at += length;
        }

        return -1;
    }

    /// <summary>False if no octet is there, or it begins none of the labels we know.</summary>
    private static bool IsLabel(TextBuffer output, ReadOnlySpan<byte> message, int at)
    {
        if (at >= message.Length)
        {
            return false;
        }

        int kind = message[at] & KindMask;
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
