using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>The TCP option of multipath TCP (RFC 6824, RFC 8684).</summary>
internal static class MptcpPrinter
{
    private const byte Syn = (byte)TcpFlags.Syn;
    private const byte Ack = (byte)TcpFlags.Ack;

    /// <summary>Prints the option behind its name; Stopped if it makes no sense.</summary>
    public static OptionsEnd Print(PrintContext context, ref OptionValue value, byte flags)
    {
        OptionsEnd end = value.Take(value.Length, out ReadOnlySpan<byte> octets);
        if (end != OptionsEnd.Whole)
        {
            return end;
        }

        if (octets.IsEmpty)
        {
            return OptionsEnd.Stopped;
        }

        context.Protocol = ProtocolTag.Mptcp;
        TextBuffer output = context.Out;
        int subtype = octets[0] >> 4;
        int length = octets.Length + 2;
        output.Append(' ');
        output.AppendDecimal(length);
        output.Append(' ');
        output.Append(subtype switch
        {
            0 => "capable"u8,
            1 => "join"u8,
            2 => "dss"u8,
            3 => "add-addr"u8,
            4 => "rem-addr"u8,
            5 => "prio"u8,
            6 => "fail"u8,
            7 => "fast-close"u8,
            _ => "unknown"u8,
        });
        bool sensible = subtype switch
        {
            0 => PrintCapable(output, octets, length, flags),
            1 => PrintJoin(output, octets, length, flags),
            2 => (flags & Syn) == 0 && length >= 4 && PrintDataSequence(output, octets),
            3 => PrintAddress(context, octets, length),
            4 => PrintRemovedAddresses(output, octets),
            5 => PrintPriority(output, octets),
            6 => PrintNumber(output, octets, " seq "u8, isKey: false),
            7 => PrintNumber(output, octets, " key 0x"u8, isKey: true),
            _ => true,
        };
        return sensible ? OptionsEnd.Whole : OptionsEnd.Stopped;
    }

    private static bool PrintCapable(TextBuffer output, ReadOnlySpan<byte> octets, int length, byte flags)
    {
        bool opening = length is 4 or 12 && (flags & Syn) != 0;
        bool confirming = length is 20 or 22 && (flags & (Syn | Ack)) == Ack;
        if (!opening && !confirming)
        {
            return false;
        }

        int version = octets[0] & 0xF;
        if (version > 1)
        {
            output.Append(" Unknown Version ("u8);
            output.AppendDecimal(version);
            output.Append(')');
            return true;
        }

        output.Append(" v"u8);
        output.AppendDecimal(version);
        if ((octets[1] & 0x80) != 0)
        {
            output.Append(" csum"u8);
        }

        if (length == 4)
        {
            return true;
        }

        output.Append(" {0x"u8);
        PrintKey(output, octets[2..]);
        if (confirming)
        {
            output.Append(",0x"u8);
            PrintKey(output, octets[10..]);
        }

        output.Append('}');
        return true;
    }

    /// <summary>Eight octets as one number, without zeros in front.</summary>
    private static void PrintKey(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        uint high = BinaryPrimitives.ReadUInt32BigEndian(octets);
        uint low = BinaryPrimitives.ReadUInt32BigEndian(octets[4..]);
        if (high != 0)
        {
            output.AppendHex(high, 1);
        }

        output.AppendHex(low, high != 0 ? 8 : 1);
    }

    private static bool PrintJoin(TextBuffer output, ReadOnlySpan<byte> octets, int length, byte flags)
    {
        bool isSyn = length == 12 && (flags & Syn) != 0;
        bool isSynAck = length == 16 && (flags & (Syn | Ack)) == (Syn | Ack);
        bool isAck = length == 24 && (flags & Ack) != 0;
        if (!isSyn && !isSynAck && !isAck)
        {
            return false;
        }

        if (!isAck)
        {
            output.Append((octets[0] & 1) != 0 ? " backup id "u8 : " id "u8);
            output.AppendDecimal((uint)octets[1]);
        }

        if (isSyn)
        {
            output.Append(" token 0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(octets[2..]), 1);
            output.Append(" nonce 0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(octets[6..]), 1);
        }
        else if (isSynAck)
        {
            output.Append(" hmac 0x"u8);
            PrintKey(output, octets[2..]);
            output.Append(" nonce 0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(octets[10..]), 1);
        }
        else
        {
            output.Append(" hmac 0x"u8);
            output.AppendHex(octets[2..22]);
        }

        return true;
    }

    private static bool PrintDataSequence(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        byte flags = octets[1];
        octets = octets[2..];
        if ((flags & 0x10) != 0)
        {
            output.Append(" fin"u8);
        }

        if ((flags & 0x01) != 0)
        {
            output.Append(" ack "u8);
            if (!PrintSequence(output, ref octets, (flags & 0x02) != 0))
            {
                return false;
            }
        }

        if ((flags & 0x04) != 0)
        {
            output.Append(" seq "u8);
            if (!PrintSequence(output, ref octets, (flags & 0x08) != 0))
            {
                return false;
            }

            if (octets.Length < 4)
            {
                return false;
            }

            output.Append(" subseq "u8);
            output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(octets));
            octets = octets[4..];
            if (octets.Length < 2)
            {
                return false;
            }

            output.Append(" len "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(octets));
            octets = octets[2..];
            if (octets.Length >= 2)
            {
                output.Append(" csum 0x"u8);
                output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(octets), 1);
                octets = octets[2..];
            }
        }

        return octets.IsEmpty;
    }

    private static bool PrintSequence(TextBuffer output, ref ReadOnlySpan<byte> octets, bool isLong)
    {
        int size = isLong ? 8 : 4;
        if (octets.Length < size)
        {
            return false;
        }

        output.AppendDecimal(isLong ? BinaryPrimitives.ReadUInt64BigEndian(octets) : BinaryPrimitives.ReadUInt32BigEndian(octets));
        octets = octets[size..];
        return true;
    }

    private static bool PrintAddress(PrintContext context, ReadOnlySpan<byte> octets, int length)
    {
        if (length is not (8 or 10 or 16 or 18 or 20 or 22 or 28 or 30))
        {
            return false;
        }

        TextBuffer output = context.Out;
        output.Append((octets[0] & 0xF) switch
        {
            0 => " v1"u8,
            1 => " v1-echo"u8,
            4 => " v0-ip4"u8,
            6 => " v0-ip6"u8,
            _ => " [bad version/echo]"u8,
        });
        output.Append(" id "u8);
        output.AppendDecimal((uint)octets[1]);
        output.Append(' ');
        octets = octets[2..];
        if (length >= 20)
        {
            context.PrintV6(octets);
            octets = octets[16..];
        }
        else
        {
            context.PrintV4(octets);
            octets = octets[4..];
        }

        if (octets.Length % 4 == 2)
        {
            output.Append(':');
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(octets));
            octets = octets[2..];
        }

        if (octets.Length == 8)
        {
            output.Append(" hmac 0x"u8);
            PrintKey(output, octets);
        }

        return true;
    }

    private static bool PrintRemovedAddresses(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 2)
        {
            return false;
        }

        output.Append(" id"u8);
        foreach (byte id in octets[1..])
        {
            output.Append(' ');
            output.AppendDecimal((uint)id);
        }

        return true;
    }

    private static bool PrintPriority(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        if (octets.Length > 2)
        {
            return false;
        }

        output.Append((octets[0] & 1) != 0 ? " backup"u8 : " non-backup"u8);
        if (octets.Length == 2)
        {
            output.Append(" id "u8);
            output.AppendDecimal((uint)octets[1]);
        }

        return true;
    }

    private static bool PrintNumber(TextBuffer output, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> text, bool isKey)
    {
        if (octets.Length != 10)
        {
            return false;
        }

        output.Append(text);
        if (isKey)
        {
            PrintKey(output, octets[2..]);
        }
        else
        {
            output.AppendDecimal(BinaryPrimitives.ReadUInt64BigEndian(octets[2..]));
        }

        return true;
    }
}
