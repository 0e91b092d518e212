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
    public static int PrintOptions(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, ProtocolTag tag)
    {
        context.Protocol = tag;
        if (data.Length < 2)
        {
            return Cut;
        }

        int length = (data[1] + 1) * 8;
        if (data.Length < length)
        {
            return Cut;
        }

        TextBuffer output = context.Out;
        output.Append(name);
        if (context.Verbosity > 0)
        {
            if (!PrintOptionList(context, data[2..length]))
            {
                return Done;
            }
        }

        return length;
    }

    private static bool PrintOptionList(PrintContext context, ReadOnlySpan<byte> options)
    {
        TextBuffer output = context.Out;
        int at = 0;
        while (at < options.Length)
        {
            byte type = options[at];
            int length = type == 0 ? 1 : at + 1 < options.Length ? options[at + 1] + 2 : 256;
            if (at + length > options.Length)
            {
                context.PrintTruncated();
                return false;
            }

            ReadOnlySpan<byte> value = options.Slice(at, length);
            switch (type)
            {
                case 0:
                    output.Append("(pad1)"u8);
                    break;
                case 1:
                    output.Append("(padn)"u8);
                    break;
                case 5:
                    output.Append("(rtalert: 0x"u8);
                    output.AppendHex(value.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(value[2..]) : 0u, 4);
                    output.Append(") "u8);
                    break;
                default:
                    output.Append("(opt_type 0x"u8);
                    output.AppendHex(type, 2);
                    output.Append(": len="u8);
                    output.AppendDecimal(length - 2);
                    output.Append(')');
                    break;
            }

            at += length;
        }

        output.Append(' ');
        return true;
    }

    public static int PrintFragment(PrintContext context, ReadOnlySpan<byte> data, int payloadLength, int at)
    {
        context.Protocol = ProtocolTag.Fragment;
        if (data.Length < 8)
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
        output.AppendDecimal(unchecked((uint)(payloadLength - (at - 40) - 8)));
        output.Append(')');
        if (offset != 0)
        {
            return Done;
        }

        output.Append(' ');
        return 8;
    }

    public static int PrintRouting(PrintContext context, ReadOnlySpan<byte> data)
    {
        context.Protocol = ProtocolTag.Routing;
        if (data.Length < 4)
        {
            return Cut;
        }

        int length = (data[1] + 1) * 8;
        TextBuffer output = context.Out;
        output.Append("srcrt (len="u8);
        output.AppendDecimal((uint)data[1]);
        output.Append(", type="u8);
        output.AppendDecimal((uint)data[2]);
        output.Append(", segleft="u8);
        output.AppendDecimal((uint)data[3]);
        output.Append(')');
        return length;
    }
}
