using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>UDP (RFC 768).</summary>
internal static class UdpPrinter
{
    private const int HeaderLength = 8;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented)
    {
        context.Protocol = ProtocolTag.Udp;
        TextBuffer output = context.Out;
        if (data.Length < 4)
        {
            return PrintWithoutPorts(context, ip);
        }

        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        context.PrintEndpoints(ip, IpProtocol.Udp, sourcePort, destinationPort);
        if (length < HeaderLength)
        {
            output.Append("truncated-udp "u8);
            output.AppendDecimal(length);
            return true;
        }

        if (data.Length < 6)
        {
            context.PrintTruncated();
            return true;
        }

        int stated = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        if (stated == 0 && length > 65535)
        {
            stated = length; // a jumbogram (RFC 2675 §4)
        }

        if (stated < HeaderLength)
        {
            output.Append("truncated-udplength "u8);
            output.AppendDecimal(stated);
            return true;
        }

        if (data.Length < HeaderLength)
        {
            context.PrintTruncated();
            return true;
        }

        return PrintBody(context, data, length, ip, fragmented, stated - HeaderLength);
    }

    /// <summary>The checksum, and what the ports say is inside.</summary>
    private static bool PrintBody(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented, int stated)
    {
        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        length = Math.Min(length - HeaderLength, stated);
        if (context.Verbosity > 0 && !context.SkipChecksums && !fragmented)
        {
            PrintChecksum(context, data, length, ip);
        }

        ReadOnlySpan<byte> payload = data[HeaderLength..];
        if (context.Quietness == 0)
        {
            PayloadKind kind = PayloadPorts.OfUdp(sourcePort, destinationPort);
            if (kind != PayloadKind.None)
            {
                return PayloadPrinter.PrintUdp(context, kind, payload, length);
            }
        }

        PrintLength(context.Out, stated, length, isBad: stated > length && !fragmented);
        return true;
    }

    private static bool PrintWithoutPorts(PrintContext context, ReadOnlySpan<byte> ip)
    {
        if (ip[PrintContext.IsV6(ip) ? 6 : 9] == IpProtocol.Udp)
        {
            context.PrintAddresses(ip, ": "u8);
        }

        context.PrintTruncated();
        return true;
    }

    private static void PrintLength(TextBuffer output, int stated, int length, bool isBad)
    {
        output.Append(isBad ? "UDP, bad length "u8 : "UDP, length "u8);
        output.AppendDecimal(stated);
        if (isBad)
        {
            output.Append(" > "u8);
            output.AppendDecimal(length);
        }
    }

    private static void PrintChecksum(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip)
    {
        TextBuffer output = context.Out;
        ushort found = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        bool v6 = PrintContext.IsV6(ip);
        if (!v6 && context.Verbosity < 2)
        {
            return;
        }

        if (!v6 && found == 0)
        {
            output.Append("[no cksum] "u8);
            return;
        }

        if (data.Length < length + HeaderLength)
        {
            return;
        }

        if (Checksums.IsWrong(Checksums.TransportSum(ip, IpProtocol.Udp, data[..(length + HeaderLength)]), found, out ushort right))
        {
            output.Append("[bad udp cksum 0x"u8);
            output.AppendHex(found, 4);
            output.Append(" -> 0x"u8);
            output.AppendHex(right, 4);
            output.Append("!] "u8);
        }
        else
        {
            output.Append("[udp sum ok] "u8);
        }
    }
}
