using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>PPP over Ethernet (RFC 2516): the stages of discovery with their tags, and sessions.</summary>
internal static class PppoePrinter
{
    private const int HeaderLength = 6;
    private const int LongestText = 80;
    private const int MostHexOctets = 20;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Pppoe;
        TextBuffer output = context.Out;
        if (length < HeaderLength)
        {
            output.Append(" (length "u8);
            output.AppendDecimal(length);
            output.Append(" < 6)"u8);
            context.PrintInvalid();
            return true;
        }

        if (data.Length < HeaderLength)
        {
            return false;
        }

        length -= HeaderLength;
        byte code = data[1];
        int session = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        int inside = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        PrintHeader(output, data[0], code, session, inside, length);
        inside = Math.Min(inside, length);
        data = data[HeaderLength..];
        if (code != 0)
        {
            return PrintTags(output, data, inside);
        }

        output.Append(' ');
        int linkHeaderLength = context.LinkHeaderLength;
        bool whole = PppPrinter.Print(context, data[..Math.Min(data.Length, inside)], inside);
        context.LinkHeaderLength = linkHeaderLength;
        return whole;
    }

    private static void PrintHeader(TextBuffer output, byte versionAndType, byte code, int session, int inside, int length)
    {
        if (versionAndType >> 4 != 1)
        {
            output.Append(" [ver "u8);
            output.AppendDecimal((uint)(versionAndType >> 4));
            output.Append(']');
        }

        if ((versionAndType & 0xF) != 1)
        {
            output.Append(" [type "u8);
            output.AppendDecimal((uint)(versionAndType & 0xF));
            output.Append(']');
        }

        output.Append("PPPoE "u8);
        switch (code)
        {
            case 0:
                break;
            case 0x09:
                output.Append("PADI"u8);
                break;
            case 0x07:
                output.Append("PADO"u8);
                break;
            case 0x19:
                output.Append("PADR"u8);
                break;
            case 0x65:
                output.Append("PADS"u8);
                break;
            case 0xA7:
                output.Append("PADT"u8);
                break;
            default:
                output.Append("PAD-"u8);
                output.AppendHex(code, 1);
                break;
        }

        if (inside > length)
        {
            output.Append(" [len "u8);
            output.AppendDecimal(inside);
            output.Append(" > "u8);
            output.AppendDecimal(length);
            output.Append("!]"u8);
        }

        if (session != 0)
        {
            output.Append(" [ses 0x"u8);
            output.AppendHex((uint)session, 1);
            output.Append(']');
        }
    }

    private static bool PrintTags(TextBuffer output, ReadOnlySpan<byte> data, int length)
    {
        while (length > 0)
        {
            if (data.Length < 4)
            {
                return false;
            }

            int type = BinaryPrimitives.ReadUInt16BigEndian(data);
            int size = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            data = data[4..];
            if (data.Length < size)
            {
                return false;
            }

            PrintTag(output, type, data[..size]);
            if (type == 0)
            {
                break;
            }

            data = data[size..];
            length -= 4 + size;
        }

        return true;
    }

    private static void PrintTag(TextBuffer output, int type, ReadOnlySpan<byte> value)
    {
        output.Append(" ["u8);
        ReadOnlySpan<byte> name = type switch
        {
            0x0000 => "EOL"u8,
            0x0101 => "Service-Name"u8,
            0x0102 => "AC-Name"u8,
            0x0103 => "Host-Uniq"u8,
            0x0104 => "AC-Cookie"u8,
            0x0105 => "Vendor-Specific"u8,
            0x0110 => "Relay-Session-ID"u8,
            0x0120 => "PPP-Max-Payload"u8,
            0x0201 => "Service-Name-Error"u8,
            0x0202 => "AC-System-Error"u8,
            0x0203 => "Generic-Error"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("TAG-0x"u8);
            output.AppendHex((uint)type, 1);
        }

        if (!value.IsEmpty)
        {
            output.Append(' ');
            PrintValue(output, value);
        }

        output.Append(']');
    }

    /// <summary>Text if most of it is printable, octets if not.</summary>
    private static void PrintValue(TextBuffer output, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> start = value[..Math.Min(value.Length, LongestText)];
        int printable = 0;
        foreach (byte octet in start)
        {
            printable += octet is >= 0x20 and < 0x7F ? 1 : 0;
        }

        if (printable > start.Length - printable)
        {
            output.Append('"');
            foreach (byte octet in start)
            {
                output.Append(octet is >= 0x20 and < 0x7F ? octet : (byte)'.');
            }

            output.Append('"');
            return;
        }

        output.Append("0x"u8);
        foreach (byte octet in value[..Math.Min(value.Length, MostHexOctets)])
        {
            AppendUpperHex(output, octet);
        }

        output.Append(value.Length > MostHexOctets ? "..."u8 : default);
    }

    private static void AppendUpperHex(TextBuffer output, byte value)
    {
        ReadOnlySpan<byte> hex = "0123456789ABCDEF"u8;
        output.Append(hex[value >> 4]);
        output.Append(hex[value & 0xF]);
    }
}
