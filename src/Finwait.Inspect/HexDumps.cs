namespace Finwait.Inspect;

/// <summary>Rows of hex and text under a packet's line.</summary>
internal static class HexDumps
{
    private const int RowLength = 16;
    private const int HexColumns = 40;

    /// <summary>Rows of eight pairs of octets, each behind <paramref name="lead"/> and its offset.</summary>
    public static void AppendHex(TextBuffer output, ReadOnlySpan<byte> lead, ReadOnlySpan<byte> octets)
    {
        for (int offset = 0; offset < octets.Length; offset += RowLength)
        {
            ReadOnlySpan<byte> row = octets.Slice(offset, Math.Min(RowLength, octets.Length - offset));
            AppendOffset(output, lead, offset);
            AppendPairs(output, row);
        }
    }

    /// <summary>The same with the octets as characters behind the hex.</summary>
    public static void AppendHexAndAscii(TextBuffer output, ReadOnlySpan<byte> lead, ReadOnlySpan<byte> octets)
    {
        for (int offset = 0; offset < octets.Length; offset += RowLength)
        {
            ReadOnlySpan<byte> row = octets.Slice(offset, Math.Min(RowLength, octets.Length - offset));
            AppendOffset(output, lead, offset);
            int start = output.Length;
            AppendPairs(output, row);
            for (int column = output.Length - start; column < HexColumns; column++)
            {
                output.Append(' ');
            }

            output.Append("  "u8);
            Span<byte> room = output.Room(RowLength);
            for (int i = 0; i < row.Length; i++)
            {
                room[i] = row[i] is > 0x20 and < 0x7F ? row[i] : (byte)'.';
            }

            output.Advance(row.Length);
        }
    }

    /// <summary>The octets as text behind a newline.</summary>
    public static void AppendAscii(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        output.Append('\n');
        Span<byte> room = output.Room(octets.Length);
        int length = 0;
        for (int i = 0; i < octets.Length; i++)
        {
            byte octet = octets[i];
            if (octet == '\r' && (i + 2 >= octets.Length || octets[i + 1] == '\n'))
            {
                // A carriage return in front of a newline would only show as clutter; tcpdump leaves out those near the end too.
                continue;
            }

            room[length++] = octet is >= 0x20 and < 0x7F or (byte)'\t' or (byte)'\n' ? octet : (byte)'.';
        }

        output.Advance(length);
    }

    private static void AppendOffset(TextBuffer output, ReadOnlySpan<byte> lead, int offset)
    {
        output.Append(lead);
        output.Append("0x"u8);
        output.AppendHex((uint)offset, 4);
        output.Append(": "u8);
    }

    private static void AppendPairs(TextBuffer output, ReadOnlySpan<byte> row)
    {
        Span<byte> room = output.Room(HexColumns);
        int length = 0;
        for (int i = 0; i < row.Length; i++)
        {
            if ((i & 1) == 0)
            {
                room[length++] = (byte)' ';
            }

            room[length++] = TextBuffer.HexDigit(row[i] >> 4);
            room[length++] = TextBuffer.HexDigit(row[i]);
        }

        output.Advance(length);
    }
}
