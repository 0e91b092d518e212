using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Checks checksums and says what they should be.</summary>
internal static class Checksums
{
    /// <summary>True if a sum that includes the checksum field is not that of right octets.</summary>
    /// <param name="sum">Over everything the checksum covers, the field as found.</param>
    /// <param name="found">The field.</param>
    /// <param name="right">What the field should hold.</param>
    public static bool IsWrong(ulong sum, ushort found, out ushort right)
    {
        uint rest = InternetChecksum.Fold(sum);

        // Taking the field as found out of the inverted sum again leaves what would make it come out.
        uint shouldBe = found + rest;
        right = (ushort)((shouldBe & 0xFFFF) + (shouldBe >> 16));
        return rest != 0;
    }

    /// <summary>The sum of a transport header, its payload and the pseudo header made from the IP header in front.</summary>
    /// <param name="ip">The IP header, of either version.</param>
    /// <param name="protocol">Of the segment.</param>
    /// <param name="segment">All octets the checksum covers.</param>
    public static ulong TransportSum(ReadOnlySpan<byte> ip, byte protocol, ReadOnlySpan<byte> segment)
    {
        ulong sum = InternetChecksum.Sum(segment) + protocol + (uint)segment.Length;
        return PrintContext.IsV6(ip)
            ? sum + InternetChecksum.Sum(ip.Slice(8, 16)) + InternetChecksum.Sum(Ipv6Destination(ip))
            : sum + InternetChecksum.Sum(ip.Slice(12, 4)) + InternetChecksum.Sum(Ipv4Destination(ip));
    }

    /// <summary>Where the packet goes in the end: a source route names it (RFC 791 §3.1).</summary>
    private static ReadOnlySpan<byte> Ipv4Destination(ReadOnlySpan<byte> ip)
    {
        const byte LooseRoute = 131;
        const byte StrictRoute = 137;
        ReadOnlySpan<byte> options = ip[20..Math.Clamp((ip[0] & 0xF) * 4, 20, ip.Length)];
        while (options.Length > 0 && options[0] != 0)
        {
            int size = options[0] == 1 ? 1 : options.Length > 1 ? options[1] : 0;
            if (size < 1 || (size < 2 && options[0] != 1) || size > options.Length)
            {
                break;
            }

            if (options[0] is LooseRoute or StrictRoute && size >= 7)
            {
                return options.Slice(size - 4, 4);
            }

            options = options[size..];
        }

        return ip.Slice(16, 4);
    }

    /// <summary>The same for IPv6, where a routing header names it (RFC 8200 §8.1).</summary>
    private static ReadOnlySpan<byte> Ipv6Destination(ReadOnlySpan<byte> ip)
    {
        byte next = ip[6];
        int at = 40;
        while (next is IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing or IpProtocol.Fragment && ip.Length >= at + 8)
        {
            int size = next == IpProtocol.Fragment ? 8 : (ip[at + 1] + 1) * 8;
            if (next == IpProtocol.Routing)
            {
                return RouteEnd(ip, at);
            }

            next = ip[at];
            at += size;
        }

        return ip.Slice(24, 16);
    }

    /// <summary>The last address of a routing header; segment routing (RFC 8754 §2) has it first.</summary>
    private static ReadOnlySpan<byte> RouteEnd(ReadOnlySpan<byte> ip, int at)
    {
        int addresses = ip[at + 1] / 2;
        byte type = ip[at + 2];
        int last = type == 4 ? at + 8 : at + 8 + ((addresses - 1) * 16);
        bool hasAddress = type == 4 || (type is 0 or 2 && addresses > 0);
        return ip[at + 1] % 2 == 0 && hasAddress && ip.Length >= last + 16 ? ip.Slice(last, 16) : ip.Slice(24, 16);
    }
}
