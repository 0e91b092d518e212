using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The way of a packet out of the host: route, header, OUTPUT filter, neighbour, interface queue.</summary>
/// <remarks>
/// A transport calls <see cref="Resolve"/> when it opens a flow (for the source address and the MTU), then for each packet
/// <see cref="Begin"/>, writes its header and payload into <see cref="PacketBuffer.Span"/>, and hands it to <see cref="Send"/>.
/// </remarks>
internal sealed class IpOutput
{
    /// <summary>Looks up the way to <paramref name="destination"/> and fills <paramref name="cache"/>.</summary>
    /// <param name="destination">Where to; unicast, broadcast or multicast.</param>
    /// <param name="source">The source the socket is bound to, or none.</param>
    /// <param name="boundTo">The interface the socket is bound to, or null.</param>
    /// <param name="cache">Gets the interface, the next hop, the source the host would choose, and the MTU.</param>
    /// <returns><see cref="SendResult.Sent"/> if there is a way, else <see cref="SendResult.NoRoute"/> or <see cref="SendResult.Down"/>.</returns>
    public SendResult Resolve(IpAddress destination, IpAddress source, Interface? boundTo, ref RouteCache cache) => throw new NotImplementedException();

    /// <summary>A buffer with room for a transport header and payload of <paramref name="transportLength"/> octets and headroom for the rest.</summary>
    public PacketBuffer Begin(int transportLength) => throw new NotImplementedException();

    /// <summary>Sends what the transport wrote into <paramref name="buffer"/>, which from now on is not the caller's any more.</summary>
    /// <param name="now">The time.</param>
    /// <param name="buffer">From <see cref="Begin"/>.</param>
    /// <param name="info">The header fields.</param>
    /// <param name="cache">The caller's memory of the way; refreshed here when it is out of date.</param>
    /// <param name="cause">Why the packet is sent, for captures.</param>
    public SendResult Send(Instant now, PacketBuffer buffer, in IpSendInfo info, ref RouteCache cache, Cause cause = default) => throw new NotImplementedException();

    /// <summary>Tells that the transport made progress with the peer: its next hop is alive and need not be probed (RFC 4861 §7.3.1).</summary>
    public void ConfirmNeighbor(Instant now, ref RouteCache cache) => throw new NotImplementedException();
}
