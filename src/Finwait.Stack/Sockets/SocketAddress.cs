using System.Globalization;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>One end of a connection, or where a datagram goes: an address and a port.</summary>
/// <param name="Address">The address; <see cref="IpAddress.AnyV4"/> or <see cref="IpAddress.AnyV6"/> for "any of ours".</param>
/// <param name="Port">The port; 0 for "choose one".</param>
public readonly record struct SocketAddress(IpAddress Address, ushort Port)
{
    /// <summary>ADDRESS:PORT, IPv6 addresses in brackets.</summary>
    public override string ToString() => Address.IsV6
        ? string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");
}
