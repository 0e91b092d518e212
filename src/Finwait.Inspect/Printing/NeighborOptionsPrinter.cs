using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>The options of neighbour discovery messages (RFC 4861 §4.6, RFC 4191, RFC 8106).</summary>
internal static class NeighborOptionsPrinter
{
    public static OptionsEnd Print(PrintContext context, ReadOnlySpan<byte> data, int at, int length)
    {
        int start = at;
        while (at < data.Length && length > 0)
        {
            if (length < 2)
            {
                return OptionsEnd.Stopped;
            }

            if (data.Length < at + 2)
            {
                return OptionsEnd.Stopped;
            }

            int size = data[at + 1] * 8;
            if (size == 0 || at + size > data.Length)
            {
                return OptionsEnd.Stopped;
            }

            ReadOnlySpan<byte> option = data.Slice(at, size);
            PrintHead(context.Out, option);
            OptionsEnd end = PrintValue(context, option, data, start, at);
            if (end == OptionsEnd.Cut)
            {
                return end;
            }

            if (end == OptionsEnd.Stopped)
            {
                return OptionsEnd.Whole;
            }

            if (context.Verbosity > 1)
            {
                HexDumps.AppendHex(context.Out, "\n\t    "u8, option[2..]);
            }

            at += size;
            length -= size;
        }

        return OptionsEnd.Whole;
    }

    private static void PrintHead(TextBuffer output, ReadOnlySpan<byte> option)
    {
        output.Append("\n\t  "u8);
        output.Append(option[0] switch
        {
            1 => "source link-address"u8,
            2 => "destination link-address"u8,
            3 => "prefix info"u8,
            4 => "redirected header"u8,
            5 => "mtu"u8,
            7 => "advertisement interval"u8,
            8 => "homeagent information"u8,
            24 => "route info"u8,
            25 => "rdnss"u8,
            31 => "dnssl"u8,
            _ => "unknown"u8,
        });
        output.Append(" option ("u8);
        output.AppendDecimal((uint)option[0]);
        output.Append("), length "u8);
        output.AppendDecimal(option.Length);
        output.Append(" ("u8);
        output.AppendDecimal((uint)option[1]);
        output.Append("): "u8);
    }

    /// <summary>Stopped if no further option is to be printed, Cut if octets are missing.</summary>
    private static OptionsEnd PrintValue(PrintContext context, ReadOnlySpan<byte> option, ReadOnlySpan<byte> message, int start, int optionAt)
    {
        TextBuffer output = context.Out;
        switch (option[0])
        {
            case 1 or 2:
                NameTable.AppendColons(output, option[2..]);
                return OptionsEnd.Whole;
            case 3:
                return PrintPrefix(context, message[optionAt..]);
            case 4:
                Icmpv6Printer.PrintOctets(context, message[start..], "\n\t    "u8, option.Length);
                return OptionsEnd.Whole;
            case 5:
                output.Append(' ');
                output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                output.Append(option[1] != 1 ? "bad option length"u8 : default);
                return OptionsEnd.Whole;
            case 7:
                output.Append(' ');
                output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                output.Append("ms"u8);
                return OptionsEnd.Whole;
            case 8:
                output.Append(" preference "u8);
                output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(option[4..]));
                output.Append(", lifetime "u8);
                output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(option[6..]));
                return OptionsEnd.Whole;
            case 24:
                return PrintRoute(context, option);
            case 25:
                return PrintServers(context, option);
            case 31:
                return PrintDomains(context, option, message, optionAt);
            default:
                if (context.Verbosity <= 1)
                {
                    HexDumps.AppendHex(output, "\n\t  "u8, option[2..]);
                    return OptionsEnd.Stopped;
                }

                return OptionsEnd.Whole;
        }
    }

    /// <summary>A prefix; an option that is too short borrows from the octets behind.</summary>
    private static OptionsEnd PrintPrefix(PrintContext context, ReadOnlySpan<byte> option)
    {
        if (option.Length < 32)
        {
            return OptionsEnd.Cut;
        }

        TextBuffer output = context.Out;
        context.PrintV6(option[16..]);
        output.Append('/');
        output.AppendDecimal((uint)option[2]);
        output.Append(option[1] != 4 ? "badlen"u8 : default);
        output.Append(", Flags ["u8);
        int start = output.Length;
        PrintFlag(output, start, (option[3] & 0x80) != 0, "onlink"u8);
        PrintFlag(output, start, (option[3] & 0x40) != 0, "auto"u8);
        PrintFlag(output, start, (option[3] & 0x20) != 0, "router"u8);
        PrintFlag(output, start, output.Length == start, "none"u8);
        output.Append("], valid time "u8);
        PrintLifetime(output, BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        output.Append(", pref. time "u8);
        PrintLifetime(output, BinaryPrimitives.ReadUInt32BigEndian(option[8..]));
        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintRoute(PrintContext context, ReadOnlySpan<byte> option)
    {
        TextBuffer output = context.Out;
        Span<byte> prefix = stackalloc byte[16];
        prefix.Clear();
        option[8..Math.Min(option.Length, 24)].CopyTo(prefix);
        output.Append(' ');
        context.PrintV6(prefix);
        output.Append('/');
        output.AppendDecimal((uint)option[2]);
        output.Append(", pref="u8);
        output.Append(Preference(option[3]));
        output.Append(", lifetime="u8);
        PrintLifetime(output, BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintServers(PrintContext context, ReadOnlySpan<byte> option)
    {
        TextBuffer output = context.Out;
        output.Append(" lifetime "u8);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        output.Append("s,"u8);
        for (int i = 0; i < (option[1] - 1) / 2; i++)
        {
            output.Append(" addr: "u8);
            context.PrintV6(option[(8 + (i * 16))..]);
        }

        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintDomains(PrintContext context, ReadOnlySpan<byte> option, ReadOnlySpan<byte> message, int optionAt)
    {
        TextBuffer output = context.Out;
        output.Append(" lifetime "u8);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        output.Append("s, domain(s):"u8);
        int at = 8;
        while (at < option.Length && option[at] != 0)
        {
            output.Append(' ');
            int next = DomainNames.Print(output, message, optionAt + at);
            if (next < 0)
            {
                context.PrintTruncated();
                return OptionsEnd.Stopped;
            }

            at = next - optionAt;
        }

        return OptionsEnd.Whole;
    }

    public static void PrintFlag(TextBuffer output, int start, bool isSet, ReadOnlySpan<byte> name)
    {
        if (!isSet)
        {
            return;
        }

        if (output.Length > start)
        {
            output.Append(", "u8);
        }

        output.Append(name);
    }

    public static ReadOnlySpan<byte> Preference(byte flags) => (flags >> 3 & 3) switch
    {
        0 => "medium"u8,
        1 => "high"u8,
        2 => "rsv"u8,
        _ => "low"u8,
    };

    private static void PrintLifetime(TextBuffer output, uint seconds)
    {
        if (seconds == uint.MaxValue)
        {
            output.Append("infinity"u8);
            return;
        }

        output.AppendDecimal(seconds);
        output.Append('s');
    }
}
