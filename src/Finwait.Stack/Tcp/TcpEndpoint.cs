using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>A stream socket, or a connection without one (half-open, waiting to be accepted, orphaned).</summary>
/// <remarks>One object for both, because there may be a million: an idle connection costs this, its <see cref="TcpConnection"/> and a table slot.</remarks>
internal sealed class TcpEndpoint : Socket, ITimerOwner
{
    /// <summary>The engine; null before connect() and for listeners.</summary>
    public TcpConnection? Connection;

    /// <summary>The queues of a listener; null for all others.</summary>
    public ListenQueue? Listen;

    /// <summary>The listener whose queue holds this endpoint, until it is accepted.</summary>
    public TcpEndpoint? Parent;
    public TcpEndpoint? QueueNext;
    public TcpEndpoint? QueuePrevious;
    public TcpEndpoint? PumpNext;
    public StreamOptions Options = StreamOptions.Default;

    /// <summary>Local and remote end as they stand in packets; before the connection the bound address and port, the rest zero.</summary>
    public FourTuple Tuple;
    public uint Hash;

    /// <summary>Where the sequence numbers of the next connection of this socket go on after a failed connect(); 0 for a fresh choice.</summary>
    public uint NextIss;

    /// <summary>Order in which endpoints were made; only sorts listings.</summary>
    public uint Serial;
    public ushort IpId;

    /// <summary>How it is counted in the port table, while <see cref="SocketFlags.HoldsPort"/> is set.</summary>
    public PortUse Use;

    public int TimerNode { get; set; } = -1;

    public override SocketType Type => SocketType.Stream;

    /// <summary>The state as an application sees it: CLOSED once the connection has retired to a TIME-WAIT record.</summary>
    public TcpState State
    {
        get
        {
            if (Listen is not null)
            {
                return TcpState.Listen;
            }

            return Connection is { } connection && Is(SocketFlags.InTable) ? connection.State : TcpState.Closed;
        }
    }

    /// <summary>True for IPV6_V6ONLY off on the IPv6 wildcard: IPv4 comes here too.</summary>
    public bool IsDual => Family == AddressFamily.Inet6 && !Is(SocketFlags.V6Only);

    /// <summary>SO_REUSEADDR and SO_REUSEPORT, as the port table counts them.</summary>
    public PortUse ReuseBits => (Is(SocketFlags.ReuseAddress) ? PortUse.ReuseAddress : PortUse.None) | (Is(SocketFlags.ReusePort) ? PortUse.ReusePort : PortUse.None);

    /// <summary>An address as a socket of this family shows it: IPv4 in the mapped form to an IPv6 socket.</summary>
    public IpAddress Shown(IpAddress address) => Show(Family, address);

    public static IpAddress Show(AddressFamily family, IpAddress address)
        => family == AddressFamily.Inet6 && address.IsV4 ? IpAddress.FromV6(address.High, address.Low) : address;
}
