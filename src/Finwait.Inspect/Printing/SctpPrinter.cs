using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>SCTP (RFC 9260): the head of every chunk. What stands inside chunks, which tcpdump shows with <c>-vv</c>, is not decoded.</summary>
internal static class SctpPrinter
{
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 4;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip)
    {
        context.Protocol = ProtocolTag.Sctp;
        TextBuffer output = context.Out;
        if (length < HeaderLength)
        {
            output.Append("truncated-sctp - "u8);
            output.AppendDecimal(HeaderLength - length);
            output.Append(" bytes missing!"u8);
            return true;
        }

        if (data.Length < HeaderLength)
        {
            context.PrintTruncated();
            return true;
        }

        PrintEndpoints(context, data, ip);
        data = data[HeaderLength..];
        length -= HeaderLength;
        for (uint number = 1; length > 0; number++)
        {
            if (length < ChunkHeaderLength || data.Length < ChunkHeaderLength)
            {
                context.PrintTruncated();
                return true;
            }

            int size = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (size >= ChunkHeaderLength && (size > length || size > data.Length))
            {
                context.PrintTruncated();
                return true;
            }

            output.Append(number == 1 ? " ("u8 : ", ("u8);
            output.AppendDecimal(number);
            if (size < ChunkHeaderLength)
            {
                output.Append(") [Bad chunk length "u8);
                output.AppendDecimal(size);
                output.Append(", < size of chunk descriptor]"u8);
                return true;
            }

            output.Append(") "u8);
            if (!PrintChunk(output, data[..size]))
            {
                context.PrintTruncated();
                return true;
            }

            int padded = Math.Min((size + 3) & ~3, Math.Min(length, data.Length));
            data = data[padded..];
            length -= padded;
        }

        return true;
    }

    /// <summary>"A.p > B.q: sctp"; ports are never names.</summary>
    private static void PrintEndpoints(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> ip)
    {
        TextBuffer output = context.Out;
        bool v6 = PrintContext.IsV6(ip);
        bool direct = ip[v6 ? 6 : 9] == IpProtocol.Sctp;
        for (int side = 0; side < 2; side++)
        {
            output.Append(side == 0 ? default : " > "u8);
            if (direct)
            {
                _ = v6 ? context.PrintV6(ip.Slice(8 + (side * 16), 16)) : context.PrintV4(ip.Slice(12 + (side * 4), 4));
                output.Append('.');
            }

            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[(side * 2)..]));
        }

        output.Append(": sctp"u8);
    }

    private static bool PrintChunk(TextBuffer output, ReadOnlySpan<byte> chunk)
    {
        PrintType(output, chunk[0]);
        return chunk[0] switch
        {
            0 => PrintData(output, chunk),
            1 or 2 => PrintInit(output, chunk),
            3 => PrintAcknowledgment(output, chunk),
            _ => true,
        };
    }

    private static void PrintType(TextBuffer output, byte type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            0 => "DATA"u8,
            1 => "INIT"u8,
            2 => "INIT ACK"u8,
            3 => "SACK"u8,
            4 => "HB REQ"u8,
            5 => "HB ACK"u8,
            6 => "ABORT"u8,
            7 => "SHUTDOWN"u8,
            8 => "SHUTDOWN ACK"u8,
            9 => "OP ERR"u8,
            10 => "COOKIE ECHO"u8,
            11 => "COOKIE ACK"u8,
            12 => "ECN ECHO"u8,
            13 => "ECN CWR"u8,
            14 => "SHUTDOWN COMPLETE"u8,
            192 => "FOR CUM TSN"u8,
            _ => default,
        };
        output.Append('[');
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("Unknown chunk type: 0x"u8);
            output.AppendHex(type, 1);
        }

        output.Append("] "u8);
    }

    private static bool PrintData(TextBuffer output, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 16)
        {
            return false;
        }

        int flags = chunk[1];
        output.Append((flags & 4) != 0 ? "(U)"u8 : default);
        output.Append((flags & 2) != 0 ? "(B)"u8 : default);
        output.Append((flags & 1) != 0 ? "(E)"u8 : default);
        output.Append((flags & 7) != 0 ? " "u8 : default);
        PrintField(output, "[TSN: "u8, BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]));
        PrintField(output, "[SID: "u8, BinaryPrimitives.ReadUInt16BigEndian(chunk[8..]));
        PrintField(output, "[SSEQ "u8, BinaryPrimitives.ReadUInt16BigEndian(chunk[10..]));
        output.Append("[PPID 0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(chunk[12..]), 1);
        output.Append("] "u8);
        return true;
    }

    private static bool PrintInit(TextBuffer output, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 20)
        {
            return false;
        }

        PrintField(output, "[init tag: "u8, BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]));
        PrintField(output, "[rwnd: "u8, BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]));
        PrintField(output, "[OS: "u8, BinaryPrimitives.ReadUInt16BigEndian(chunk[12..]));
        PrintField(output, "[MIS: "u8, BinaryPrimitives.ReadUInt16BigEndian(chunk[14..]));
        PrintField(output, "[init TSN: "u8, BinaryPrimitives.ReadUInt32BigEndian(chunk[16..]));
        return true;
    }

    private static bool PrintAcknowledgment(TextBuffer output, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 16)
        {
            return false;
        }

        uint cumulative = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);
        int gaps = BinaryPrimitives.ReadUInt16BigEndian(chunk[12..]);
        int duplicates = BinaryPrimitives.ReadUInt16BigEndian(chunk[14..]);
        PrintField(output, "[cum ack "u8, cumulative);
        PrintField(output, "[a_rwnd "u8, BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]));
        PrintField(output, "[#gap acks "u8, (uint)gaps);
        PrintField(output, "[#dup tsns "u8, (uint)duplicates);
        ReadOnlySpan<byte> rest = chunk[16..];
        for (uint i = 1; i <= gaps && rest.Length >= 4; i++, rest = rest[4..])
        {
            output.Append("\n\t\t[gap ack block #"u8);
            output.AppendDecimal(i);
            output.Append(": start = "u8);
            output.AppendDecimal(unchecked(cumulative + BinaryPrimitives.ReadUInt16BigEndian(rest)));
            PrintField(output, ", end = "u8, unchecked(cumulative + BinaryPrimitives.ReadUInt16BigEndian(rest[2..])));
        }

        for (uint i = 1; i <= duplicates && rest.Length >= 4; i++, rest = rest[4..])
        {
            output.Append("\n\t\t[dup TSN #"u8);
            output.AppendDecimal(i);
            PrintField(output, ": "u8, BinaryPrimitives.ReadUInt32BigEndian(rest));
        }

        return true;
    }

    private static void PrintField(TextBuffer output, ReadOnlySpan<byte> name, uint value)
    {
        output.Append(name);
        output.AppendDecimal(value);
        output.Append("] "u8);
    }
}
