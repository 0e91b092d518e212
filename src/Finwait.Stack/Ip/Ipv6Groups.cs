using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The multicast groups every IPv6 host knows (RFC 4291 §2.7.1).</summary>
internal static class Ipv6Groups
{
    private const ulong LinkScope = 0xFF02_0000_0000_0000;

    /// <summary>ff02::1.</summary>
    public static IpAddress AllNodes => IpAddress.FromV6(LinkScope, 1);

    /// <summary>ff02::2.</summary>
    public static IpAddress AllRouters => IpAddress.FromV6(LinkScope, 2);

    /// <summary>ff02::1:ffXX:XXXX with the last 24 bits of the address.</summary>
    public static IpAddress SolicitedNode(IpAddress address) => IpAddress.FromV6(LinkScope, 0x0000_0001_FF00_0000 | (address.Low & 0xFF_FFFF));
}
