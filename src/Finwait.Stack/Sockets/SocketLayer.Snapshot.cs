using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>What <c>ss</c> and <c>lsof</c> list.</content>
public sealed partial class SocketLayer
{
    /// <summary>
    /// All sockets of the host, IPv4 first; of each version listeners, half-open requests, connections and TIME-WAIT records, then the datagram sockets.
    /// Within a group the older ones come first. A socket that is neither listening nor connected nor connecting is not listed.
    /// </summary>
    public IReadOnlyList<SocketRow> Snapshot(Instant now)
    {
        List<SocketRow> rows = [];
        foreach (AddressFamily family in (ReadOnlySpan<AddressFamily>)[AddressFamily.Inet, AddressFamily.Inet6])
        {
            Tcp.AddRows(rows, now, family);
        }

        foreach (AddressFamily family in (ReadOnlySpan<AddressFamily>)[AddressFamily.Inet, AddressFamily.Inet6])
        {
            Udp.AddRows(rows, family);
        }

        return rows;
    }
}

/// <content>Sockets ended from outside.</content>
public sealed partial class SocketLayer
{
    /// <summary>
    /// Ends the socket of a row of <see cref="Snapshot"/>, as Linux's SOCK_DESTROY (<c>ss -K</c>): the peer of a connection gets a reset, the owner ECONNABORTED once it has
    /// read what came; a listener stops; half-open requests and TIME-WAIT records go without a word.
    /// </summary>
    /// <returns>False if the socket is gone already.</returns>
    public bool Destroy(Instant now, SocketRow row) => row.Type == SocketType.Stream ? Tcp.Destroy(now, row) : Udp.Destroy(row);
}

/// <content>The rows of TCP.</content>
internal sealed partial class TcpHost
{
    /// <summary>Adds the rows of one family.</summary>
    public void AddRows(List<SocketRow> rows, Instant now, AddressFamily family)
    {
        foreach (TcpEndpoint listener in Listeners.Where(l => l.Family == family))
        {
            rows.Add(RowOf(listener));
        }

        TcpEndpoint[] connections = [.. _endpoints.All().Where(e => e.Family == family).OrderBy(e => !e.Is(SocketFlags.HalfOpen)).ThenBy(e => e.Serial)];
        foreach (TcpEndpoint connection in connections)
        {
            rows.Add(RowOf(connection, connection.Connection!.GetInfo(now)));
        }

        foreach (int number in _timeWaits.All())
        {
            SocketRow row = RowOf(_timeWaits[number]);
            if (row.Family == family)
            {
                rows.Add(row);
            }
        }
    }

    private SocketRow RowOf(TcpEndpoint listener)
    {
        StreamOptions options = listener.Options;
        IpAddress any = listener.Family == AddressFamily.Inet6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
        return new()
        {
            Type = SocketType.Stream,
            Family = listener.Family,
            State = TcpState.Listen,
            Local = new(listener.Shown(listener.Tuple.Local), listener.Tuple.LocalPort),
            Peer = new(any, 0),
            Handle = listener.Handle,
            Inode = listener.Inode,
            ReceiveQueue = listener.Listen!.AcceptCount,
            SendQueue = listener.Listen.Backlog,
            Memory = new SocketMemory
            {
                ReceiveLimit = options.ReceiveBuffer > 0 ? options.ReceiveBuffer : _host.Settings.Tcp.ReceiveBuffer.Default,
                SendLimit = options.SendBuffer > 0 ? options.SendBuffer : _host.Settings.Tcp.SendBuffer.Default,
                Dropped = listener.Listen.Dropped,
            },
            IsDualStack = listener.IsDual && listener.Tuple.Local.IsUnspecified,
        };
    }

    private static SocketRow RowOf(TcpEndpoint endpoint, in TcpInfo info)
    {
        bool isRequest = endpoint.Is(SocketFlags.HalfOpen);
        return new()
        {
            Type = SocketType.Stream,
            Family = endpoint.Family,
            State = info.State,
            Local = new(endpoint.Shown(endpoint.Tuple.Local), endpoint.Tuple.LocalPort),
            Peer = new(endpoint.Shown(endpoint.Tuple.Remote), endpoint.Tuple.RemotePort),
            Handle = endpoint.Handle,
            Inode = endpoint.Inode,
            ReceiveQueue = isRequest ? 0 : info.ReceiveQueue,
            SendQueue = isRequest ? 0 : info.SendQueue,
            Info = isRequest ? null : info,
            Memory = isRequest ? null : endpoint.Connection!.GetMemory(),
            Timer = info.TimerKind,
            TimerExpires = info.TimerExpires,
            TimerCount = isRequest ? info.RetransmittedTotal : info.TimerCount, // of a half-open one Linux counts the answers to repeated SYNs too
            IsRequest = isRequest,
            IsReceiveShut = endpoint.Is(SocketFlags.ReceiveShut | SocketFlags.Orphan),
            IsSendShut = endpoint.Is(SocketFlags.SendShut | SocketFlags.Orphan),
        };
    }

    private static SocketRow RowOf(in TimeWaitRecord record)
    {
        AddressFamily family = (record.Flags & TimeWaitFlags.V6Socket) != 0 ? AddressFamily.Inet6 : AddressFamily.Inet;
        return new()
        {
            Type = SocketType.Stream,
            Family = family,
            State = record.IsFinWait2 ? TcpState.FinWait2 : TcpState.TimeWait,
            Local = new(TcpEndpoint.Show(family, record.Tuple.Local), record.Tuple.LocalPort),
            Peer = new(TcpEndpoint.Show(family, record.Tuple.Remote), record.Tuple.RemotePort),
            Timer = TcpTimerKind.TimeWait,
            TimerExpires = new(record.Expires),
            IsTimeWait = true,
        };
    }
}
