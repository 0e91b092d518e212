using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Extension headers of IPv6 (RFC 8200 §4).</summary>
internal static class Ipv6ExtensionsPrinter
{
    /// <summary>Instead of a header length: octets are missing.</summary>
    public const int Cut = -1;

    /// <summary>Instead of a header length: nothing more is to be printed.</summary>
    public const int Done = -2;

    /// <summary>Hop-by-hop and destination options.</summary>
    /// <param name="context">Shared.</param>
    /// <param name="data">From the extension header on.</param>
    /// <param name="jumboLength">The payload length of the IPv6 header, 0 if it may be a jumbogram; set to the jumbogram's. Null for destination options.</param>
    public static int PrintOptions(PrintContext context, ReadOnlySpan<byte> data, ref uint? jumboLength)
    {
        bool hopByHop = jumboLength is not null;
        context.Protocol = hopByHop ? ProtocolTag.HopByHop : ProtocolTag.DestinationOptions;
        if (data.Length < 2)
        {
            return Cut;
        }

        int length = (data[1] + 1) * 8;
        if (data.Length < length)
        {
            context.PrintTruncated();
            return Done;
        }

        context.Out.Append(hopByHop ? "HBH "u8 : "DSTOPT "u8);
        if ((hopByHop || context.Verbosity > 0) && !PrintOptionList(context, data[2..length], ref jumboLength))
        {
            context.PrintTruncated();
            return Done;
        }

        return length;
    }

    private static bool PrintOptionList(PrintContext context, ReadOnlySpan<byte> options, ref uint? jumboLength)
    {
        TextBuffer output = context.Out;
        bool verbose = context.Verbosity > 0;
        bool foundJumbo = false;
        while (options.Length > 0)
        {
            byte type = options[0];
            int length = type == 0 ? 1 : options.Length > 1 ? options[1] + 2 : int.MaxValue;
            if (length > options.Length)
            {
                return false;
            }

            switch (type)
            {
                case 0:
                    output.Append(verbose ? "(pad1)"u8 : default);
                    break;
                case 1:
                    output.Append(verbose ? "(padn)"u8 : default);
                    break;
                case 0x05:
                    if (!CheckLength(output, "rtalert"u8, options, 4, exact: true))
                    {
                        return false;
                    }

                    if (verbose)
                    {
                        output.Append("(rtalert: 0x"u8);
                        output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(options[2..]), 4);
                        output.Append(") "u8);
                    }

                    break;
                case 0xC2:
                    if (!CheckLength(output, "jumbo"u8, options, 6, exact: true))
                    {
                        return false;
                    }

                    PrintJumbo(context, BinaryPrimitives.ReadUInt32BigEndian(options[2..]), ref foundJumbo, ref jumboLength);
                    break;
                case 0xC9:
                    if (!CheckLength(output, "homeaddr"u8, options, 18, exact: false) || !PrintHomeAddress(context, options[..length]))
                    {
                        return false;
                    }

                    break;
                default:
                    if (verbose)
                    {
                        output.Append("(opt_type 0x"u8);
                        output.AppendHex(type, 2);
                        output.Append(": len="u8);
                        output.AppendDecimal(length - 2);
                        output.Append(')');
                    }

                    break;
            }

            options = options[length..];
        }

        output.Append(verbose ? " "u8 : default);
        return true;
    }

    /// <summary>Complains of an option that is too short, or has not the one length it may have.</summary>
    private static bool CheckLength(TextBuffer output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> options, int length, bool exact)
    {
        if (options.Length < length)
        {
            output.Append('(');
            output.Append(name);
            output.Append(": trunc)"u8);
            return false;
        }

        if (exact ? options[1] != length - 2 : options[1] < length - 2)
        {
            output.Append('(');
            output.Append(name);
            output.Append(": invalid len "u8);
            output.AppendDecimal((uint)options[1]);
            output.Append(')');
            return false;
        }

        return true;
    }

    /// <summary>RFC 2675.</summary>
    private static void PrintJumbo(PrintContext context, uint length, ref bool found, ref uint? jumboLength)
    {
        const uint SmallestJumbogram = 65536;
        ReadOnlySpan<byte> fault = default;
        if (found)
        {
            fault = " - already seen"u8;
        }
        else if (jumboLength is null)
        {
            fault = " - not a hop-by-hop option"u8;
        }
        else if (jumboLength != 0)
        {
            fault = " - payload len != 0"u8;
        }
        else if (length < SmallestJumbogram)
        {
            fault = " - < 65536"u8;
        }
        else
        {
            jumboLength = length;
        }

        found = true;
        if (context.Verbosity > 0)
        {
            context.Out.Append("(jumbo: "u8);
            context.Out.AppendDecimal(length);
            context.Out.Append(fault);
            context.Out.Append(") "u8);
        }
    }

    /// <summary>RFC 6275 §6.3.</summary>
    private static bool PrintHomeAddress(PrintContext context, ReadOnlySpan<byte> option)
    {
        const int FixedLength = 18;
        TextBuffer output = context.Out;
        if (context.Verbosity > 0)
        {
            output.Append("(homeaddr: "u8);
            context.PrintV6(option[2..]);
        }

        option = option[FixedLength..];
        while (option.Length > 0)
        {
            int length = option[0] == 0 ? 1 : option.Length > 1 ? option[1] + 2 : int.MaxValue;
            if (length > option.Length)
            {
                return false;
            }

            switch (option[0])
            {
                case 0:
                    output.Append(", pad1"u8);
                    break;
                case 1:
                    output.Append(", padn"u8);
                    break;
                default:
                    output.Append(", sopt_type 0x"u8);
                    output.AppendHex(option[0], 2);
                    output.Append(": len="u8);
                    output.AppendDecimal((uint)option[1]);
                    break;
            }

            option = option[length..];
        }

        output.Append(context.Verbosity > 0 ? ")"u8 : default);
        return true;
    }

    public static int PrintFragment(PrintContext context, ReadOnlySpan<byte> data, int payloadLength, int at)
    {
        context.Protocol = ProtocolTag.Fragment;
        if (data.Length < (context.Verbosity > 0 ? 8 : 4))
        {
            return Cut;
        }

        TextBuffer output = context.Out;
        int offset = BinaryPrimitives.ReadUInt16BigEndian(data[2..]) & 0xFFF8;
        output.Append("frag ("u8);
        if (context.Verbosity > 0)
        {
            output.Append("0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[4..]), 8);
            output.Append(':');
        }

        output.AppendDecimal(offset);
        output.Append('|');
        output.AppendDecimal(unchecked((ulong)(payloadLength - (at - 40) - 8)));
        output.Append(')');
        if (offset != 0)
        {
            return Done;
        }

        output.Append(' ');
        return 8;
    }

    /// <summary>Routing headers: types 0 and 2 (RFC 6275), and segment routing (RFC 8754).</summary>
    public static int PrintRouting(PrintContext context, ReadOnlySpan<byte> data)
    {
        context.Protocol = ProtocolTag.Routing;
        TextBuffer output = context.Out;
        output.Append("RT6"u8);
        if (data.Length < 2)
        {
            return Cut;
        }

        int words = data[1];
        output.Append(" (len="u8);
        output.AppendDecimal(words);
        if (data.Length < 3)
        {
            return Cut;
        }

        byte type = data[2];
        output.Append(", type="u8);
        output.AppendDecimal((uint)type);
        output.Append(type == 0 ? " [Deprecated]"u8 : default);
        if (data.Length < 4)
        {
            return Cut;
        }

        output.Append(", segleft="u8);
        output.AppendDecimal((uint)data[3]);
        switch (type)
        {
            case 0 or 2:
                if (data.Length < 8)
                {
                    return Cut;
                }

                uint reserved = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
                if (reserved != 0 || context.Verbosity > 0)
                {
                    output.Append(", rsv=0x"u8);
                    output.AppendHex(reserved, 1);
                }

                return PrintRoute(context, data, words);
            case 4:
                return PrintSegments(context, data, words);
            default:
                output.Append(" (unknown type)"u8);
                context.PrintInvalid();
                return Done;
        }
    }

    private static int PrintSegments(PrintContext context, ReadOnlySpan<byte> data, int words)
    {
        TextBuffer output = context.Out;
        if (data.Length < 5)
        {
            return Cut;
        }

        output.Append(", last-entry="u8);
        output.AppendDecimal((uint)data[4]);
        if (data.Length < 6)
        {
            return Cut;
        }

        if (data[5] != 0 || context.Verbosity > 0)
        {
            output.Append(", flags=0x"u8);
            output.AppendHex(data[5], 1);
        }

        if (data.Length < 8)
        {
            return Cut;
        }

        output.Append(", tag="u8);
        output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[6..]), 1);
        return PrintRoute(context, data, words);
    }

    private static int PrintRoute(PrintContext context, ReadOnlySpan<byte> data, int words)
    {
        TextBuffer output = context.Out;
        if (words % 2 != 0)
        {
            output.Append(" (invalid length "u8);
            output.AppendDecimal(words);
            output.Append(')');
            context.PrintInvalid();
            return Done;
        }

        for (int i = 0; i < words / 2; i++)
        {
            int at = 8 + (i * 16);
            if (data.Length < at + 16)
            {
                return Cut;
            }

            output.Append(", ["u8);
            output.AppendDecimal(i);
            output.Append(']');
            context.PrintV6(data[at..]);
        }

        output.Append(") "u8);
        return (words + 1) * 8;
    }
}
