namespace Finwait.Inspect;

/// <summary>Domain names as DNS writes them (RFC 1035 §4.1.4), compressed ones too.</summary>
internal static class DomainNames
{
    private const int MostPointers = 255;

    /// <summary>Prints the name at a place; returns the place behind it, -1 if octets are missing or the name is broken.</summary>
    public static int Print(TextBuffer output, ReadOnlySpan<byte> message, ReadOnlySpan<byte> data, int at)
    {
        _ = message;
        int end = -1;
        int pointers = 0;
        while (true)
        {
            if (at >= data.Length)
            {
                return -1;
            }

            int length = data[at];
            if (length == 0)
            {
                return end < 0 ? at + 1 : end;
            }

            if ((length & 0xC0) == 0xC0)
            {
                if (at + 1 >= data.Length || ++pointers > MostPointers)
                {
                    return -1;
                }

                end = end < 0 ? at + 2 : end;
                at = (length & 0x3F) << 8 | data[at + 1];
                continue;
            }

            if (at + 1 + length > data.Length)
            {
                return -1;
            }

            foreach (byte octet in data.Slice(at + 1, length))
            {
                TextLines.AppendSafe(output, octet);
            }

            output.Append('.');
            at += length + 1;
        }
    }
}
