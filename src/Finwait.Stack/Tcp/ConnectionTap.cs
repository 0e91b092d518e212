using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>One state change of a connection or listener of a host.</summary>
/// <param name="Change">The arrow of the diagram, and why it was followed.</param>
/// <param name="Local">The local end.</param>
/// <param name="Peer">The other end; port 0 for a listener.</param>
/// <param name="Listener">For a connection that a SYN made, the number of its listener; else 0.</param>
public readonly record struct ConnectionChange(StateChange Change, SocketAddress Local, SocketAddress Peer, int Listener);

/// <summary>A bounded record of the state changes of all connections of a host. Its owner drains it; when it is full, new lines are counted and lost.</summary>
/// <remarks>Connections that were there before the tap was set are not seen.</remarks>
public sealed class ConnectionTap
{
    private readonly Dictionary<int, Ends> _ends = [];
    private readonly Dictionary<FourTuple, TcpConnection> _open = [];
    private readonly Dictionary<FourTuple, int> _retired = [];
    private readonly Dictionary<TcpEndpoint, int> _listeners = [];

    /// <summary>An empty tap.</summary>
    /// <param name="capacity">Most lines held, and most connections watched at a time; at least 1. Default 65536.</param>
    public ConnectionTap(int capacity = 65536) => Engine = new StateTap(capacity);

    internal StateTap Engine { get; }

    /// <summary>Numbers the lines together with those of other records; default null.</summary>
    public RecordOrder? Order
    {
        get => Engine.Order;
        set => Engine.Order = value;
    }

    /// <summary>Lines and connections that found no room.</summary>
    public long Dropped => Engine.Dropped;

    /// <summary>Takes the oldest line.</summary>
    /// <param name="now">The time now, which stands for that of <c>listen()</c>: that call is told none.</param>
    /// <param name="change">The line.</param>
    public bool TryTake(Instant now, out ConnectionChange change)
    {
        while (Engine.TryTake(out StateChange taken))
        {
            if (!_ends.TryGetValue(taken.Connection, out Ends ends))
            {
                continue;
            }

            taken = taken.Time.IsNever ? taken with { Time = now } : taken;
            change = new ConnectionChange(taken, ends.Local, ends.Peer, ends.Listener);
            if (taken.To == TcpState.Closed)
            {
                _ends.Remove(taken.Connection);
            }

            return true;
        }

        change = default;
        return false;
    }

    /// <summary>What TCP_INFO says of the connection between two ends.</summary>
    /// <returns>False if there is none of them, or it has come down to a TIME-WAIT record.</returns>
    public bool TryGetInfo(SocketAddress local, SocketAddress peer, Instant now, out TcpInfo info)
    {
        bool found = _open.TryGetValue(new FourTuple(local.Address, local.Port, peer.Address, peer.Port), out TcpConnection? connection);
        info = found ? connection!.GetInfo(now) : default;
        return found;
    }

    /// <summary>The ends of the connections there are, TIME-WAIT records aside.</summary>
    public IEnumerable<(SocketAddress Local, SocketAddress Peer)> Connections => _open.Keys.Select(tuple => (new SocketAddress(tuple.Local, tuple.LocalPort), new SocketAddress(tuple.Remote, tuple.RemotePort)));

    /// <summary>The variables of the connection between two ends.</summary>
    /// <returns>False if there is none of them, or it has come down to a TIME-WAIT record.</returns>
    public bool TryGetValues(SocketAddress local, SocketAddress peer, Instant now, out TcpStepValues values)
    {
        bool found = _open.TryGetValue(new FourTuple(local.Address, local.Port, peer.Address, peer.Port), out TcpConnection? connection);
        values = found ? connection!.GetValues(now) : default;
        return found;
    }

    internal void Open(TcpEndpoint endpoint, TcpConnection connection)
    {
        int number = Engine.Watch(connection);
        if (number != 0)
        {
            ref readonly FourTuple tuple = ref endpoint.Tuple;
            int listener = endpoint.Parent is { } parent ? _listeners.GetValueOrDefault(parent) : 0;
            _ends[number] = new Ends(new(tuple.Local, tuple.LocalPort), new(tuple.Remote, tuple.RemotePort), listener);
            _open[tuple] = connection;
        }
    }

    /// <summary>A connection left the table: what its object does now concerns nobody.</summary>
    /// <param name="now">The time.</param>
    /// <param name="endpoint">Its endpoint.</param>
    /// <param name="isRetired">True if a record for TIME-WAIT takes its place.</param>
    /// <param name="cause">The call that is made now.</param>
    internal void Leave(Instant now, TcpEndpoint endpoint, bool isRetired, Cause cause)
    {
        if (endpoint.Connection is not { } connection || Engine.Release(connection) is not (> 0 and int number))
        {
            return;
        }

        _open.Remove(endpoint.Tuple);
        if (isRetired)
        {
            _retired[endpoint.Tuple] = number;
        }
        else if (connection.State != TcpState.Closed)
        {
            // Thrown away without a word, as the half-open ones of a listener that is closed.
            Engine.Add(new StateChange(now, number, connection.State, TcpState.Closed, TcpInput.Abort, cause));
        }
    }

    /// <summary>The state of a TIME-WAIT record changes.</summary>
    internal void Retired(in FourTuple tuple, Instant now, TcpState from, TcpState to, TcpInput input, Cause cause, long value = 0, long limit = 0)
    {
        if (_retired.TryGetValue(tuple, out int number))
        {
            Engine.Add(new StateChange(now, number, from, to, input, cause, value, limit));
            if (to == TcpState.Closed)
            {
                _retired.Remove(tuple);
            }
        }
    }

    internal void Listens(Instant now, TcpEndpoint listener, bool begins, ulong call)
    {
        if (begins)
        {
            int number = Engine.TakeNumber();
            _listeners[listener] = number;
            _ends[number] = new Ends(new(listener.Tuple.Local, listener.Tuple.LocalPort), new(listener.Tuple.Remote, 0), 0);
            Engine.Add(new StateChange(now, number, TcpState.Closed, TcpState.Listen, TcpInput.PassiveOpen, new Cause(CauseKind.Call, Rule.Open, call)));
        }
        else if (_listeners.Remove(listener, out int number))
        {
            Engine.Add(new StateChange(now, number, TcpState.Listen, TcpState.Closed, TcpInput.Close, new Cause(CauseKind.Call, Rule.None, call)));
        }
    }

    private readonly record struct Ends(SocketAddress Local, SocketAddress Peer, int Listener);
}
