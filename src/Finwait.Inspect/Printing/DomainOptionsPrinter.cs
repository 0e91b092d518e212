using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>The options of the OPT record (RFC 6891).</summary>
internal static class DomainOptionsPrinter
{
    /// <summary>Prints the options in brackets; false if octets are missing.</summary>
    public static bool Print(PrintContext context, ReadOnlySpan<byte> message, int at, int end)
    {
        TextBuffer output = context.Out;
        output.Append(" ["u8);
        while (at < end)
        {
            if (at + 4 > message.Length)
            {
                if (at + 2 <= message.Length)
                {
                    PrintName(output, BinaryPrimitives.ReadUInt16BigEndian(message[at..]));
                }

                return false;
            }

            ushort code = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
            at += 4;
            PrintName(output, code);
            if (at + length > message.Length)
            {
                return false;
            }

            if (length > 0)
            {
                output.Append(' ');
                if (!PrintValue(context, message, code, at, length))
                {
                    return false;
                }
            }

            at += length;
            if (at < end)
            {
                output.Append(',');
            }
        }

        output.Append(']');
        return true;
    }

    private static void PrintName(TextBuffer output, ushort code)
    {
        ReadOnlySpan<byte> name = code switch
        {
            1 => "LLQ"u8,
            2 => "UL"u8,
            3 => "NSID"u8,
            5 => "DAU"u8,
            6 => "DHU"u8,
            7 => "N3U"u8,
            8 => "ECS"u8,
            9 => "EXPIRE"u8,
            10 => "COOKIE"u8,
            11 => "KEEPALIVE"u8,
            12 => "PADDING"u8,
            13 => "CHAIN"u8,
            14 => "KEY-TAG"u8,
            16 => "CLIENT-TAG"u8,
            17 => "SERVER-TAG"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("Opt"u8);
            output.AppendDecimal((uint)code);
        }
    }

    private static bool PrintValue(PrintContext context, ReadOnlySpan<byte> message, ushort code, int at, int length)
    {
        TextBuffer output = context.Out;
        if (code == 12)
        {
            output.Append('(');
            output.AppendDecimal(length);
            output.Append(')');
            return true;
        }

        if (code == 13)
        {
            return DomainNames.Print(output, message, at) >= 0;
        }

        ReadOnlySpan<byte> value = message.Slice(at, length);
        switch (code)
        {
            case 5 or 6 or 7:
                PrintAlgorithms(output, code, value);
                return true;
            case 8:
                return Check(context, PrintSubnet(output, value));
            case 9:
                if (length == 4)
                {
                    output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(value));
                    output.Append(" sec"u8);
                }

                return Check(context, length == 4);
            case 10:
                return Check(context, PrintCookie(output, value));
            case 11:
                if (length == 2)
                {
                    uint tenths = BinaryPrimitives.ReadUInt16BigEndian(value);
                    output.AppendDecimal(tenths / 10);
                    output.Append('.');
                    output.AppendDecimal(tenths % 10);
                    output.Append(" sec"u8);
                }

                return Check(context, length == 2);
            case 14:
                return Check(context, PrintKeyTags(output, value));
            default:
                output.AppendHex(value);
                return true;
        }
    }

    private static bool Check(PrintContext context, bool valid)
    {
        if (!valid)
        {
            context.PrintInvalid();
        }

        return true;
    }

    private static void PrintAlgorithms(TextBuffer output, ushort code, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            ReadOnlySpan<byte> name = code == 5 ? DomainTypes.SigningAlgorithm(value[i]) : DomainTypes.HashAlgorithm(value[i], code == 7);
            output.Append(i > 0 ? " "u8 : default);
            output.Append(name);
            if (name.IsEmpty)
            {
                output.Append("Alg_"u8);
                output.AppendDecimal((uint)value[i]);
            }
        }
    }

    /// <summary>RFC 7871.</summary>
    private static bool PrintSubnet(TextBuffer output, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
        {
            return false;
        }

        int family = BinaryPrimitives.ReadUInt16BigEndian(value);
        int prefix = value[2];
        int size = family == 1 ? 4 : 16;
        if (family is not (1 or 2) || prefix > size * 8 || value.Length != 4 + ((prefix + 7) / 8))
        {
            return false;
        }

        Span<byte> address = stackalloc byte[16];
        address.Clear();
        value[4..].CopyTo(address);
        if (family == 1)
        {
            NameTable.AppendDottedQuad(output, BinaryPrimitives.ReadUInt32BigEndian(address));
        }
        else
        {
            NameTable.AppendV6Number(output, address);
        }

        output.Append('/');
        output.AppendDecimal(prefix);
        output.Append('/');
        output.AppendDecimal((uint)value[3]);
        return true;
    }

    /// <summary>RFC 7873.</summary>
    private static bool PrintCookie(TextBuffer output, ReadOnlySpan<byte> value)
    {
        const int ClientLength = 8;
        if (value.Length is < ClientLength or > 40 or (> ClientLength and < 16))
        {
            return false;
        }

        output.AppendHex(value[..ClientLength]);
        if (value.Length > ClientLength)
        {
            output.Append(' ');
            output.AppendHex(value[ClientLength..]);
        }

        return true;
    }

    private static bool PrintKeyTags(TextBuffer output, ReadOnlySpan<byte> value)
    {
        if (value.Length % 2 != 0)
        {
            return false;
        }

        for (int i = 0; i < value.Length; i += 2)
        {
            output.Append(i > 0 ? " "u8 : default);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(value[i..]));
        }

        return true;
    }
}
