using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>One line of <c>ss</c> or <c>lsof</c>: what can be seen of one socket, half-open request or TIME-WAIT record.</summary>
public readonly record struct SocketRow
{
    /// <summary>TCP or UDP.</summary>
    public required SocketType Type { get; init; }

    /// <summary>AF_INET6 rows may have IPv4 peers; their addresses are mapped ones.</summary>
    public required AddressFamily Family { get; init; }

    /// <summary>TCP's state. UDP: <see cref="TcpState.Established"/> if connected, else <see cref="TcpState.Closed"/> (UNCONN).</summary>
    public required TcpState State { get; init; }

    public required SocketAddress Local { get; init; }

    /// <summary>The peer; address "any" with port 0 for listeners and unconnected sockets.</summary>
    public required SocketAddress Peer { get; init; }

    /// <summary>The handle; −1 for what no application holds: not accepted yet, orphaned, half-open, TIME-WAIT.</summary>
    public int Handle { get; init; } = -1;

    /// <summary>A number that names the open socket, as an inode does; 0 where <see cref="Handle"/> is −1.</summary>
    public uint Inode { get; init; }

    /// <summary>Recv-Q: unread octets, a received FIN counting one; of a listener the connections waiting to be accepted.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Send-Q: octets not acknowledged, SYN and FIN counting one; of a listener its backlog.</summary>
    public long SendQueue { get; init; }

    /// <summary>The fields of <c>ss -i</c>; null for listeners, half-open requests, TIME-WAIT records and UDP.</summary>
    public TcpInfo? Info { get; init; }

    /// <summary>What <c>ss -m</c> shows; null for half-open requests and TIME-WAIT records.</summary>
    public SocketMemory? Memory { get; init; }

    /// <summary>The timer that runs, for <c>ss -o</c>.</summary>
    public TcpTimerKind Timer { get; init; }

    /// <summary>When it fires.</summary>
    public Instant TimerExpires { get; init; }

    /// <summary>Retransmissions or probes so far.</summary>
    public int TimerCount { get; init; }

    /// <summary>True for a half-open connection of a listener (ss: SYN-RECV with queues 0 0).</summary>
    public bool IsRequest { get; init; }

    /// <summary>True for a record of <see cref="TcpState.TimeWait"/>, or of FIN-WAIT-2 after close().</summary>
    public bool IsTimeWait { get; init; }

    /// <summary>True for a socket on the IPv6 wildcard that takes IPv4 too (ss: <c>*:port</c>).</summary>
    public bool IsDualStack { get; init; }

    /// <summary>True if reading, or writing, was shut down by the socket's owner or by the peer (the arrows of <c>ss -e</c>).</summary>
    public bool IsReceiveShut { get; init; }

    public bool IsSendShut { get; init; }

    /// <summary>An empty row.</summary>
    public SocketRow()
    {
    }
}
