using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Hands what an IP header carries to the printer of its protocol.</summary>
internal static class IpDispatch
{
    private const byte SunNd = 77;
    private const byte Gre = 47;
    private const byte Compressed = 108;
    private const byte Ethernet = 143;

    /// <param name="context">Shared.</param>
    /// <param name="data">Behind the IP header and its extensions, as captured.</param>
    /// <param name="length">Octets by the IP length.</param>
    /// <param name="ip">The IP header itself.</param>
    /// <param name="fragmented">True for a first fragment: checksums cannot be checked.</param>
    /// <param name="hopLimit">TTL or hop limit.</param>
    /// <param name="protocol">What follows.</param>
    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented, byte hopLimit, byte protocol)
    {
        bool v6 = PrintContext.IsV6(ip);
        while (true)
        {
            switch (protocol)
            {
                case IpProtocol.Tcp:
                    return TcpPrinter.Print(context, data, length, ip, fragmented);
                case IpProtocol.Udp:
                    return UdpPrinter.Print(context, data, length, ip, fragmented);
                case IpProtocol.Icmp when !v6:
                    return IcmpPrinter.Print(context, data, length, fragmented);
                case IpProtocol.Icmpv6 when v6:
                    return Icmpv6Printer.Print(context, data, length, ip, fragmented);
                case IpProtocol.Igmp when !v6:
                    return IgmpPrinter.Print(context, data, length);
                case IpProtocol.Icmp or IpProtocol.Igmp or IpProtocol.Icmpv6:
                case Ethernet when !v6:
                    PrintWrongVersion(context, protocol, v6);
                    return true;
                case Ethernet:
                    return PrintFrame(context, data, length);
                case IpProtocol.Ipv4:
                    return Ipv4Printer.Print(context, data, length);
                case IpProtocol.Ipv6:
                    return Ipv6Printer.Print(context, data, length);
                case IpProtocol.Sctp:
                    return SctpPrinter.Print(context, data, length, ip);
                case IpProtocol.Esp:
                    return TunnelPrinter.PrintEsp(context, data, length);
                case Compressed:
                    return TunnelPrinter.PrintCompressed(context, data);
                case Gre:
                    return TunnelPrinter.PrintGre(context, data, length);
                case SunNd:
                    context.Out.Append(" nd "u8);
                    context.Out.AppendDecimal(length);
                    return true;
                case IpProtocol.NoNextHeader:
                    context.Out.Append("no next header"u8);
                    return true;
                case IpProtocol.AuthenticationHeader:
                    if (data.IsEmpty)
                    {
                        context.Protocol = ProtocolTag.Ah;
                        context.PrintTruncated();
                        return true;
                    }

                    if (!PrintAuthentication(context, ref data, ref length, out protocol))
                    {
                        return false;
                    }

                    continue;
                default:
                    Ipv4Printer.PrintProtocolNumber(context, protocol);
                    context.Out.Append(' ');
                    context.Out.AppendDecimal(length);
                    return true;
            }
        }
    }

    /// <summary>An Ethernet frame inside; dumps go on beginning at the outer packet.</summary>
    private static bool PrintFrame(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        int linkHeaderLength = context.LinkHeaderLength;
        bool whole = EthernetPrinter.Print(context, data, length);
        context.LinkHeaderLength = linkHeaderLength;
        return whole;
    }

    private static void PrintWrongVersion(PrintContext context, byte protocol, bool v6)
    {
        TextBuffer output = context.Out;
        output.Append('[');
        output.Append(NumberNames.IpProtocol(protocol));
        output.Append(v6 ? " requires IPv4]"u8 : " requires IPv6]"u8);
        context.PrintInvalid();
    }

    /// <summary>An authentication header (RFC 4302), behind which the real payload stands.</summary>
    private static bool PrintAuthentication(PrintContext context, ref ReadOnlySpan<byte> data, ref int length, out byte next)
    {
        TextBuffer output = context.Out;
        context.Protocol = ProtocolTag.Ah;
        next = 0;
        if (data.IsEmpty)
        {
            return false;
        }

        next = data[0];
        output.Append("AH"u8);
        if (data.Length < 2)
        {
            return false;
        }

        int words = data[1];
        int headerLength = (words + 2) * 4;
        output.Append('(');
        if (context.Verbosity > 0)
        {
            output.Append("length="u8);
            output.AppendDecimal(words);
            output.Append("("u8);
            output.AppendDecimal(headerLength);
            output.Append("-bytes),"u8);
        }

        if (data.Length < 4)
        {
            return false;
        }

        uint reserved = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (reserved != 0)
        {
            output.Append("reserved=0x"u8);
            output.AppendHex(reserved, 1);
            output.Append("[MustBeZero],"u8);
        }

        return PrintAuthenticationFields(output, data, headerLength) && Step(ref data, ref length, headerLength);
    }

    private static bool Step(ref ReadOnlySpan<byte> data, ref int length, int headerLength)
    {
        data = data[headerLength..];
        length -= headerLength;
        return true;
    }

    private static bool PrintAuthenticationFields(TextBuffer output, ReadOnlySpan<byte> data, int headerLength)
    {
        const int FixedLength = 12;
        if (data.Length < 8)
        {
            return false;
        }

        output.Append("spi=0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[4..]), 8);
        output.Append(',');
        if (data.Length < FixedLength)
        {
            return false;
        }

        output.Append("seq=0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[8..]), 1);
        output.Append(",icv=0x"u8);
        output.AppendHex(data[FixedLength..Math.Clamp(headerLength, FixedLength, data.Length)]);
        if (data.Length < headerLength)
        {
            return false;
        }

        output.Append("): "u8);
        return true;
    }
}
