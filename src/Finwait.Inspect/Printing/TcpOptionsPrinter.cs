using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>How the printing of TCP options ended.</summary>
internal enum OptionsEnd
{
    /// <summary>All printed; the line goes on.</summary>
    Whole,

    /// <summary>A bad or cut option: what was to be said is said and the line ends.</summary>
    Stopped,

    /// <summary>Octets were missing between two options.</summary>
    Cut,
}

/// <summary>TCP options (RFC 9293 §3.1 and the RFCs of each).</summary>
internal static class TcpOptionsPrinter
{
    /// <param name="context">Shared.</param>
    /// <param name="options">The options and what follows them, as captured.</param>
    /// <param name="length">Octets of options by the header.</param>
    /// <param name="flags">The segment's flags.</param>
    /// <param name="sackBase">From what SACK blocks count.</param>
    /// <param name="isWhole">True if the whole segment was captured.</param>
    public static OptionsEnd Print(PrintContext context, ReadOnlySpan<byte> options, int length, byte flags, uint sackBase, bool isWhole)
    {
        TextBuffer output = context.Out;
        output.Append(", options ["u8);
        int at = 0;
        bool first = true;
        while (at < length)
        {
            if (!first)
            {
                output.Append(',');
            }

            if (at >= options.Length)
            {
                return OptionsEnd.Cut;
            }

            int kind = options[at];
            int optionLength = 1;
            int valueAt = at + 1;
            if (kind > 1)
            {
                if (valueAt >= options.Length)
                {
                    return OptionsEnd.Cut;
                }

                optionLength = options[valueAt++];
                if (optionLength < 2 || optionLength > length - at)
                {
                    return Bad(output, first);
                }
            }

            var value = new OptionValue(options, valueAt, length, optionLength - (valueAt - at));
            PrintName(output, kind);
            OptionsEnd end = PrintValue(context, kind, flags, sackBase, isWhole, ref value);
            if (end == OptionsEnd.Stopped)
            {
                return Bad(output, first);
            }

            if (end == OptionsEnd.Cut)
            {
                context.PrintTruncated();
                output.Append(first ? default : ">"u8);
                return OptionsEnd.Stopped;
            }

            int taken = valueAt + value.Taken - at;
            PrintWrongLength(output, optionLength, taken);
            first = false;
            at += taken;
            if (kind == 0)
            {
                break;
            }
        }

        output.Append(']');
        return OptionsEnd.Whole;
    }

    private static void PrintWrongLength(TextBuffer output, int stated, int taken)
    {
        if (taken != stated)
        {
            output.Append("[len "u8);
            output.AppendDecimal(stated);
            output.Append(']');
        }
    }

    private static OptionsEnd Bad(TextBuffer output, bool first)
    {
        output.Append("[bad opt]"u8);
        if (!first)
        {
            output.Append(']');
        }

        return OptionsEnd.Stopped;
    }

    private static void PrintName(TextBuffer output, int kind)
    {
        ReadOnlySpan<byte> name = kind switch
        {
            0 => "eol"u8,
            1 => "nop"u8,
            2 => "mss"u8,
            3 => "wscale"u8,
            4 => "sackOK"u8,
            5 => "sack"u8,
            6 => "echo"u8,
            7 => "echoreply"u8,
            8 => "TS"u8,
            11 => "cc"u8,
            12 => "ccnew"u8,
            13 => ""u8,
            19 => "md5"u8,
            20 => "scps"u8,
            28 => "uto"u8,
            29 => "tcp-ao"u8,
            30 => "mptcp"u8,
            34 => "tfo"u8,
            254 => "exp"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty && kind != 13)
        {
            output.Append("unknown-"u8);
            output.AppendDecimal(kind);
        }
    }

    private static OptionsEnd PrintValue(PrintContext context, int kind, byte flags, uint sackBase, bool isWhole, ref OptionValue value)
    {
        TextBuffer output = context.Out;
        OptionsEnd end;
        switch (kind)
        {
            case 0 or 1 or 4:
                return OptionsEnd.Whole;
            case 2:
                end = value.Take(2, out ReadOnlySpan<byte> octets);
                return end == OptionsEnd.Whole ? PrintNumber(output, BinaryPrimitives.ReadUInt16BigEndian(octets)) : end;
            case 3:
                end = value.Take(1, out octets);
                return end == OptionsEnd.Whole ? PrintNumber(output, octets[0]) : end;
            case 5:
                return PrintSack(output, ref value, sackBase);
            case 6 or 7 or 11 or 12 or 13:
                end = value.Take(4, out octets);
                return end == OptionsEnd.Whole ? PrintNumber(output, BinaryPrimitives.ReadUInt32BigEndian(octets)) : end;
            case 8:
                end = value.Take(8, out octets);
                if (end == OptionsEnd.Whole)
                {
                    output.Append(" val "u8);
                    output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(octets));
                    output.Append(" ecr "u8);
                    output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(octets[4..]));
                }

                return end;
            case 19:
                end = value.Take(16, out octets);
                if (end == OptionsEnd.Whole)
                {
                    output.Append(isWhole ? " shared secret not supplied with -M, can't check - "u8 : " snaplen too short, can't check - "u8);
                    output.AppendHex(octets);
                }

                return end;
            case 20:
                end = value.Take(2, out octets);
                if (end == OptionsEnd.Whole)
                {
                    output.Append(" cap "u8);
                    output.AppendHex(octets[0], 2);
                    output.Append(" id "u8);
                    output.AppendDecimal((uint)octets[1]);
                }

                return end;
            case 28:
                return PrintUserTimeout(output, ref value);
            case 29:
                return PrintAuthentication(context, ref value);
            case 30:
                return MptcpPrinter.Print(context, ref value, flags);
            case 34:
                end = value.Take(value.Length, out octets);
                if (end == OptionsEnd.Whole)
                {
                    output.Append(' ');
                    PrintFastOpen(context, octets, experimental: false);
                }

                return end;
            case 254:
                return PrintExperiment(context, ref value);
            default:
                return PrintUnknown(output, ref value);
        }
    }

    private static OptionsEnd PrintNumber(TextBuffer output, uint number)
    {
        output.Append(' ');
        output.AppendDecimal(number);
        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintSack(TextBuffer output, ref OptionValue value, uint sackBase)
    {
        int length = value.Length;
        if (length % 8 != 0)
        {
            output.Append(" invalid sack"u8);
            value.Step(length);
            return OptionsEnd.Whole;
        }

        output.Append(' ');
        output.AppendDecimal(length / 8);
        output.Append(' ');
        for (int i = 0; i < length; i += 8)
        {
            OptionsEnd end = value.Take(8, out ReadOnlySpan<byte> block);
            if (end != OptionsEnd.Whole)
            {
                return end;
            }

            output.Append('{');
            output.AppendDecimal(unchecked(BinaryPrimitives.ReadUInt32BigEndian(block) - sackBase));
            output.Append(':');
            output.AppendDecimal(unchecked(BinaryPrimitives.ReadUInt32BigEndian(block[4..]) - sackBase));
            output.Append('}');
        }

        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintUserTimeout(TextBuffer output, ref OptionValue value)
    {
        OptionsEnd end = value.Take(2, out ReadOnlySpan<byte> octets);
        if (end == OptionsEnd.Whole)
        {
            uint timeout = BinaryPrimitives.ReadUInt16BigEndian(octets);
            output.Append(" 0x"u8);
            output.AppendHex(timeout, 1);
            output.Append(' ');

            // RFC 5482 has the unit in the highest bit; tcpdump takes the lowest.
            output.AppendDecimal((timeout & 1) != 0 ? (timeout >> 1) * 60 : timeout >> 1);
        }

        return end;
    }

    private static OptionsEnd PrintAuthentication(PrintContext context, ref OptionValue value)
    {
        TextBuffer output = context.Out;
        int length = value.Length;
        if (length < 2)
        {
            context.PrintInvalid();
            value.Step(length);
            return OptionsEnd.Whole;
        }

        OptionsEnd end = value.Take(1, out ReadOnlySpan<byte> octets);
        if (end != OptionsEnd.Whole)
        {
            return end;
        }

        output.Append(" keyid "u8);
        output.AppendDecimal((uint)octets[0]);
        end = value.Take(1, out octets);
        if (end != OptionsEnd.Whole)
        {
            return end;
        }

        output.Append(" rnextkeyid "u8);
        output.AppendDecimal((uint)octets[0]);
        if (length > 2)
        {
            output.Append(" mac 0x"u8);
            return PrintOctets(output, ref value, length - 2);
        }

        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintOctets(TextBuffer output, ref OptionValue value, int count)
    {
        for (int i = 0; i < count; i++)
        {
            OptionsEnd end = value.Take(1, out ReadOnlySpan<byte> octet);
            if (end != OptionsEnd.Whole)
            {
                return end;
            }

            output.AppendHex(octet);
        }

        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintUnknown(TextBuffer output, ref OptionValue value)
    {
        int length = value.Length;
        for (int i = 0; i < length; i++)
        {
            if (i == 0)
            {
                output.Append(" 0x"u8);
            }

            OptionsEnd end = value.Take(1, out ReadOnlySpan<byte> octet);
            if (end != OptionsEnd.Whole)
            {
                return end;
            }

            output.AppendHex(octet);
        }

        return OptionsEnd.Whole;
    }

    private static OptionsEnd PrintExperiment(PrintContext context, ref OptionValue value)
    {
        const ushort FastOpenMagic = 0xF989;
        OptionsEnd end = value.Take(value.Length, out ReadOnlySpan<byte> octets);
        if (end != OptionsEnd.Whole)
        {
            return end;
        }

        if (octets.Length < 2)
        {
            return OptionsEnd.Stopped;
        }

        TextBuffer output = context.Out;
        ushort magic = BinaryPrimitives.ReadUInt16BigEndian(octets);
        output.Append('-');
        if (magic == FastOpenMagic)
        {
            PrintFastOpen(context, octets[2..], experimental: true);
        }
        else
        {
            output.AppendHex(magic, 4);
        }

        return OptionsEnd.Whole;
    }

    /// <summary>RFC 7413.</summary>
    private static void PrintFastOpen(PrintContext context, ReadOnlySpan<byte> cookie, bool experimental)
    {
        TextBuffer output = context.Out;
        if (experimental)
        {
            output.Append("tfo"u8);
        }

        if (cookie.IsEmpty)
        {
            output.Append(" cookiereq"u8);
            return;
        }

        if (cookie.Length % 2 != 0 || cookie.Length is < 4 or > 16)
        {
            context.PrintInvalid();
            return;
        }

        output.Append(" cookie "u8);
        output.AppendHex(cookie);
    }
}

/// <summary>The value of one TCP option: knows what the header has room for and what was captured.</summary>
internal ref struct OptionValue(ReadOnlySpan<byte> options, int start, int end, int length)
{
    private readonly ReadOnlySpan<byte> _options = options;

    /// <summary>Octets of the value, by the option's length field.</summary>
    public readonly int Length => length;

    /// <summary>Octets of the value that were taken or stepped over.</summary>
    public int Taken { get; private set; }

    /// <summary>Takes the next octets: <see cref="OptionsEnd.Stopped"/> if the header ends before, <see cref="OptionsEnd.Cut"/> if the capture does.</summary>
    public OptionsEnd Take(int count, out ReadOnlySpan<byte> octets)
    {
        octets = default;
        int from = start + Taken;
        if (from + count > end)
        {
            return OptionsEnd.Stopped;
        }

        if (from + count > _options.Length)
        {
            return OptionsEnd.Cut;
        }

        octets = _options.Slice(from, count);
        Taken += count;
        return OptionsEnd.Whole;
    }

    /// <summary>Steps over octets that nobody looks at.</summary>
    public void Step(int count) => Taken += count;
}
