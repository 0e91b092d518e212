using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>The transports and the sockets.</content>
public sealed partial class Host
{
    /// <summary>The host's sockets.</summary>
    public SocketLayer Sockets { get; private set; } = null!;

    /// <summary>What its TCP counted.</summary>
    public TcpCounters TcpCounters { get; } = new();

    partial void CreateTransport() => Sockets = new(this);

    partial void ReceiveTcp(Instant now, Interface on, in IpPacketInfo packet, ReadOnlySpan<byte> segment) => Sockets.Tcp.Receive(now, packet, segment);

    partial void ReceiveUdp(Instant now, Interface on, in IpPacketInfo packet, ReadOnlySpan<byte> datagram, ref bool isTaken)
        => isTaken = Sockets.Udp.Receive(packet, datagram);

    partial void ReceiveIcmpError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted)
    {
        switch (error.Protocol)
        {
            case IpProtocol.Tcp:
                Sockets.Tcp.ReceiveIcmpError(now, error, quoted);
                break;
            case IpProtocol.Udp:
                Sockets.Udp.ReceiveIcmpError(now, error, quoted);
                break;
        }
    }

    partial void PollTransport(Instant now, ref bool hasSent) => hasSent |= Sockets.Tcp.Poll(now);

    partial void GetTransportDeadline(ref Instant deadline) => deadline = Instant.Earlier(deadline, Sockets.Tcp.NextDeadline);

    partial void OnTransportTimeout(Instant now) => Sockets.Tcp.OnTimeout(now);
}
