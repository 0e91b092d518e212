using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>TCP (RFC 9293).</summary>
internal static class TcpPrinter
{
    private const int HeaderLength = 20;
    private const byte Syn = (byte)TcpFlags.Syn;
    private const byte Ack = (byte)TcpFlags.Ack;
    private const byte Rst = (byte)TcpFlags.Rst;

    /// <summary>The letters of the eight flags, in the order they are printed.</summary>
    private static readonly byte[][] FlagTexts = MakeFlagTexts();

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented)
    {
        context.Protocol = ProtocolTag.Tcp;
        if (data.Length < 4)
        {
            context.PrintAddresses(ip, ":"u8);
            context.PrintTruncated();
            return true;
        }

        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        context.PrintEndpoints(ip, IpProtocol.Tcp, sourcePort, destinationPort);
        if (data.Length < HeaderLength)
        {
            context.PrintTruncated();
            return true;
        }

        TextBuffer output = context.Out;
        int headerLength = (data[12] >> 4) * 4;
        if (headerLength < HeaderLength)
        {
            output.Append(" tcp "u8);
            output.AppendDecimal(unchecked((uint)(length - headerLength)));
            output.Append(" [bad hdr length "u8);
            output.AppendDecimal(headerLength);
            output.Append(" - too short, < 20]"u8);
            return true;
        }

        if (context.Quietness > 0)
        {
            output.Append("tcp "u8);
            output.AppendDecimal(unchecked((uint)(length - headerLength)));
            PrintTooLong(output, headerLength, length);
            return true;
        }

        return PrintFields(context, data, length, headerLength, ip, fragmented);
    }

    private static bool PrintTooLong(TextBuffer output, int headerLength, int length)
    {
        if (headerLength <= length)
        {
            return false;
        }

        output.Append(" [bad hdr length "u8);
        output.AppendDecimal(headerLength);
        output.Append(" - too long, > "u8);
        output.AppendDecimal(length);
        output.Append(']');
        return true;
    }

    private static void PrintNumbers(TextBuffer output, ReadOnlySpan<byte> data, byte flags, bool showSeq, uint seq, uint ack, int length)
    {
        if (showSeq)
        {
            output.Append(", seq "u8);
            output.AppendDecimal(seq);
            if (length > 0)
            {
                output.Append(':');
                output.AppendDecimal(unchecked(seq + (uint)length));
            }
        }

        if ((flags & Ack) != 0)
        {
            output.Append(", ack "u8);
            output.AppendDecimal(ack);
        }

        output.Append(", win "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[14..]));
        if ((flags & (byte)TcpFlags.Urg) != 0)
        {
            output.Append(", urg "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[18..]));
        }
    }

    private static bool PrintFields(PrintContext context, ReadOnlySpan<byte> data, int length, int headerLength, ReadOnlySpan<byte> ip, bool fragmented)
    {
        TextBuffer output = context.Out;
        byte flags = data[13];
        output.Append("Flags ["u8);
        output.Append(FlagTexts[flags]);
        output.Append(']');

        uint seq = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        uint ack = BinaryPrimitives.ReadUInt32BigEndian(data[8..]);
        uint sackBase = 0;
        if (!context.AbsoluteNumbers && (flags & Ack) != 0)
        {
            MakeRelative(context, data, ip, flags, ref seq, ref ack, out sackBase);
        }

        if (PrintTooLong(output, headerLength, length))
        {
            return true;
        }

        if (context.Verbosity > 0 && !context.SkipChecksums && !fragmented && data.Length >= length)
        {
            PrintChecksum(output, data[..length], ip);
        }

        length -= headerLength;
        bool showSeq = context.Verbosity > 1 || length > 0 || (flags & (byte)(TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;
        PrintNumbers(output, data, flags, showSeq, seq, ack, length);

        if (headerLength > HeaderLength)
        {
            OptionsEnd end = TcpOptionsPrinter.Print(context, data[HeaderLength..], headerLength - HeaderLength, flags, sackBase, data.Length >= headerLength + length);
            if (end != OptionsEnd.Whole)
            {
                return end == OptionsEnd.Stopped;
            }
        }

        output.Append(", length "u8);
        output.AppendDecimal(length);
        if (length == 0)
        {
            return true;
        }

        if (data.Length < headerLength)
        {
            output.Append(" [remaining caplen("u8);
            output.AppendDecimal(data.Length);
            output.Append(") < header length("u8);
            output.AppendDecimal(headerLength);
            output.Append(")]"u8);
            return false;
        }

        return PrintPayload(context, data[headerLength..], length, data, flags);
    }

    /// <summary>Turns the numbers into distances from the conversation's first ones, or begins a conversation.</summary>
    public static void MakeRelative(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> ip, byte flags, ref uint seq, ref uint ack, out uint sackBase)
    {
        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        ref SequenceBases bases = ref context.Conversations.Find(ip, sourcePort, destinationPort, out bool isNew, out bool reversed);
        if (isNew || (flags & Syn) != 0)
        {
            bases = reversed ? new SequenceBases(unchecked(ack - 1), seq) : new SequenceBases(seq, unchecked(ack - 1));
        }
        else
        {
            seq -= reversed ? bases.Second : bases.First;
            ack -= reversed ? bases.First : bases.Second;
        }

        // SACK blocks name data of the segment's receiver.
        sackBase = reversed ? bases.First : bases.Second;
    }

    private static void PrintChecksum(TextBuffer output, ReadOnlySpan<byte> segment, ReadOnlySpan<byte> ip)
    {
        ushort found = BinaryPrimitives.ReadUInt16BigEndian(segment[16..]);
        output.Append(", cksum 0x"u8);
        output.AppendHex(found, 4);
        if (Checksums.IsWrong(Checksums.TransportSum(ip, IpProtocol.Tcp, segment), found, out ushort right))
        {
            output.Append(" (incorrect -> 0x"u8);
            output.AppendHex(right, 4);
            output.Append(')');
        }
        else
        {
            output.Append(" (correct)"u8);
        }
    }

    private static bool PrintPayload(PrintContext context, ReadOnlySpan<byte> payload, int length, ReadOnlySpan<byte> data, byte flags)
    {
        if ((flags & Rst) != 0 && context.Verbosity > 0)
        {
            return PrintResetText(context, payload, length);
        }

        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        PayloadKind kind = PayloadPorts.OfTcp(sourcePort, destinationPort);
        return kind == PayloadKind.None || PayloadPrinter.PrintTcp(context, kind, payload, length);
    }

    /// <summary>Some hosts say in a reset why they reset (RFC 9293 §3.5.3 allows it).</summary>
    private static bool PrintResetText(PrintContext context, ReadOnlySpan<byte> payload, int length)
    {
        const int MostCharacters = 30;
        TextBuffer output = context.Out;
        output.Append(payload.Length >= length ? " [RST"u8 : " [!RST"u8);
        output.Append(length > MostCharacters ? "+ "u8 : " "u8);
        for (int i = 0; i < Math.Min(length, MostCharacters); i++)
        {
            if (i >= payload.Length)
            {
                break;
            }

            TextLines.AppendSafe(output, payload[i]);
        }

        output.Append(']');
        return true;
    }

    private static byte[][] MakeFlagTexts()
    {
        byte[][] texts = new byte[256][];
        for (int flags = 0; flags < 256; flags++)
        {
            var text = new List<byte>();
            for (int bit = 0; bit < 8; bit++)
            {
                if ((flags & (1 << bit)) != 0)
                {
                    text.Add("FSRP.UEW"u8[bit]);
                }
            }

            texts[flags] = flags == 0 ? "none"u8.ToArray() : [.. text];
        }

        return texts;
    }
}
