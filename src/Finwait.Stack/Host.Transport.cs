using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>Where the network layer meets the transports. The other half, which implements these, is in <c>Tcp/</c> and <c>Sockets/</c>.</content>
public sealed partial class Host
{
    /// <summary>End of the constructor: make the TCP host, the socket layer and their tables.</summary>
    partial void CreateTransport();

    /// <summary>A TCP segment for this host, behind the INPUT chain. Lengths and checksum are not looked at yet.</summary>
    partial void ReceiveTcp(Instant now, Interface on, in IpPacketInfo packet, ReadOnlySpan<byte> segment);

    /// <summary>A UDP datagram for this host, behind the INPUT chain; header, length and checksum are right, <paramref name="datagram"/> is cut to the UDP length.</summary>
    /// <param name="isTaken">Set to true if some socket takes it (or had to drop it and counted that); if false the sender is told that the port is unreachable.</param>
    partial void ReceiveUdp(Instant now, Interface on, in IpPacketInfo packet, ReadOnlySpan<byte> datagram, ref bool isTaken);

    /// <summary>An ICMP error about a TCP or UDP packet that we sent.</summary>
    /// <param name="quoted">The beginning of that packet's TCP or UDP header, at least eight octets.</param>
    partial void ReceiveIcmpError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted);

    /// <summary>The interface queues are empty: send at least one packet through <see cref="Output"/> if anything is due, and say so.</summary>
    partial void PollTransport(Instant now, ref bool hasSent);

    /// <summary>Lowers <paramref name="deadline"/> to the transports' next timer.</summary>
    partial void GetTransportDeadline(ref Instant deadline);

    /// <summary>Runs the transports' timers that are due.</summary>
    partial void OnTransportTimeout(Instant now);
}
