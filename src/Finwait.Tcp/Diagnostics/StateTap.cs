namespace Finwait.Tcp;

/// <summary>One arrow of the connection diagram that a connection followed.</summary>
/// <param name="Time">When.</param>
/// <param name="Connection">The connection's number in the tap that recorded it.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Input">What moved it.</param>
/// <param name="Cause">What that came from: the call, the packet with its number in the host's count, or the timer.</param>
/// <param name="Value">For a SYN that ended TIME-WAIT, what was compared: its timestamp or its sequence number, as <see cref="Rule"/> tells; else 0.</param>
/// <param name="Limit">What it was compared with: TS.Recent or RCV.NXT.</param>
/// <param name="Order">Its number in <see cref="StateTap.Order"/>; 0 if nobody counts.</param>
public readonly record struct StateChange(Instant Time, int Connection, TcpState From, TcpState To, TcpInput Input, Cause Cause, long Value = 0, long Limit = 0, ulong Order = 0);

/// <summary>A bounded record of the state changes of the connections it was told to watch. Its owner drains it; when it is full, new lines are counted and lost.</summary>
public sealed class StateTap
{
    private readonly Queue<StateChange> _changes = new();
    private readonly Dictionary<TcpConnection, int> _watched = [];
    private readonly int _capacity;
    private int _lastNumber;

    /// <summary>An empty record.</summary>
    /// <param name="capacity">Most lines held, and most connections watched at a time; at least 1. Default 65536.</param>
    public StateTap(int capacity = 65536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>Numbers the lines together with those of other records; default null.</summary>
    public RecordOrder? Order { get; set; }

    /// <summary>Lines waiting to be taken.</summary>
    public int Count => _changes.Count;

    /// <summary>Lines, and connections, that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Begins to watch a connection.</summary>
    /// <returns>Its number, counted from 1; 0 if too many are watched.</returns>
    public int Watch(TcpConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_watched.Count >= _capacity)
        {
            Dropped++;
            return 0;
        }

        _watched[connection] = ++_lastNumber;
        return _lastNumber;
    }

    /// <summary>A number for what is no connection of the engine: a listener.</summary>
    public int TakeNumber() => ++_lastNumber;

    /// <summary>Watches a connection no more.</summary>
    /// <returns>Its number; 0 if it was not watched.</returns>
    public int Release(TcpConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _watched.Remove(connection, out int number) ? number : 0;
    }

    /// <summary>The number of a watched connection; 0 if it is not watched.</summary>
    public int NumberOf(TcpConnection connection) => _watched.GetValueOrDefault(connection);

    /// <summary>Takes the oldest line.</summary>
    public bool TryTake(out StateChange change) => _changes.TryDequeue(out change);

    /// <summary>Adds a line for what the engine does not see: listeners, and what a host keeps of connections in TIME-WAIT.</summary>
    public void Add(in StateChange change)
    {
        if (_changes.Count >= _capacity)
        {
            Dropped++;
            return;
        }

        _changes.Enqueue(Order is { } order ? change with { Order = order.Next() } : change);
    }

    internal void Add(Instant now, TcpConnection connection, TcpState from, TcpState to, TcpInput input, Cause cause)
    {
        if (_watched.TryGetValue(connection, out int number))
        {
            Add(new StateChange(now, number, from, to, input, cause));
        }
    }
}
