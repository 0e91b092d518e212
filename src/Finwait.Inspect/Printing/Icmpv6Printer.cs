using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>ICMPv6 (RFC 4443), neighbour discovery (RFC 4861) and multicast listener discovery (RFC 2710, RFC 3810).</summary>
internal static class Icmpv6Printer
{
    private const int HeaderLength = 8;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented)
    {
        context.Protocol = ProtocolTag.Icmp6;
        if (data.Length < HeaderLength)
        {
            return false;
        }

        TextBuffer output = context.Out;
        if (context.Verbosity > 0 && !fragmented && data.Length >= length)
        {
            ushort found = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (Checksums.IsWrong(Checksums.TransportSum(ip, IpProtocol.Icmpv6, data[..length]), found, out ushort right))
            {
                output.Append("[bad icmp6 cksum 0x"u8);
                output.AppendHex(found, 4);
                output.Append(" -> 0x"u8);
                output.AppendHex(right, 4);
                output.Append("!] "u8);
            }
            else
            {
                output.Append("[icmp6 sum ok] "u8);
            }
        }

        output.Append("ICMP6, "u8);
        output.AppendDecimal((uint)data[0]);
        return true;
    }
}
