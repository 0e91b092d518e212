using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>Urgent data: recv() with MSG_OOB, and reads around the urgent octet (SO_OOBINLINE off). As measured on Linux 6.18.</content>
public sealed partial class SocketLayer
{
    private bool IsInline(TcpEndpoint endpoint) => endpoint.Options.OutOfBandInline ?? _settings.OutOfBandInline;

    private Errno ReceiveUrgent(TcpEndpoint endpoint, Span<byte> buffer, bool peek, out int received)
    {
        received = 0;
        if (endpoint.Connection is not { IsUrgentPending: true } connection || IsInline(endpoint))
        {
            return Errno.EINVAL;
        }

        if (!connection.TryTakeUrgent(peek, out byte octet))
        {
            return endpoint.State == TcpState.Closed || endpoint.Is(SocketFlags.ReceiveShut) ? Errno.None : Errno.EAGAIN;
        }

        if (!buffer.IsEmpty)
        {
            buffer[0] = octet;
            received = 1;
        }

        Notify(endpoint);
        return Errno.None;
    }

    /// <summary>Reads end before the urgent octet, so that SIOCATMARK can tell it; the next begins with it, or behind it if it is not one of the stream.</summary>
    private int ReceiveToMark(Instant now, TcpEndpoint endpoint, TcpConnection connection, Span<byte> buffer, ReceiveFlags flags)
    {
        bool isInline = IsInline(endpoint), peek = (flags & ReceiveFlags.Peek) != 0;
        if (!peek && !isInline)
        {
            connection.ReceiveAroundMark(now, []);      // the urgent octet, if it is the next
        }

        if (connection.UrgentAhead is > 1 and long mark && isInline)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, mark - 1)];
        }

        int received = (flags & ReceiveFlags.Truncate) != 0 && !peek ? connection.Discard(now, isInline ? buffer.Length : Math.Min(buffer.Length, connection.ReadableBeforeMark))
            : isInline ? connection.Receive(now, buffer, peek)
            : connection.ReceiveAroundMark(now, buffer, peek);
        if (endpoint.Is(SocketFlags.InTable))
        {
            Tcp.AfterCommand(endpoint);
        }

        return received;
    }
}
