namespace Finwait.Tcp;

/// <summary>A bounded record of what the connections of a host decided. Its owner drains it; when it is full, new steps are counted and lost.</summary>
/// <remarks>It also carries what the host is doing just now, so that what is sent outside any connection gets its cause too.</remarks>
public sealed class StepTap
{
    private readonly Queue<TcpStep> _steps = new();
    private readonly int _capacity;
    private uint _last;

    /// <summary>An empty record.</summary>
    /// <param name="capacity">Most steps held, at least 1. Default 65536.</param>
    public StepTap(int capacity = 65536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>The number that the owner gives to the call it makes now; 0 while it makes none. What a connection does in the call names it (<see cref="Cause.Subject"/>).</summary>
    public ulong Call { get; set; }

    /// <summary>The cause of what is sent now by no connection, where that is no call: a packet that came in, a timer. Default while there is none.</summary>
    public Cause Context { get; set; }

    /// <summary>The cause of what is sent now without one of its own.</summary>
    public Cause Current => Context.Kind != CauseKind.None ? Context : Call != 0 ? new Cause(CauseKind.Call, Rule.None, Call) : default;

    /// <summary>Steps waiting to be taken.</summary>
    public int Count => _steps.Count;

    /// <summary>Steps that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes the oldest step.</summary>
    public bool TryTake(out TcpStep step) => _steps.TryDequeue(out step);

    /// <summary>Adds a step.</summary>
    /// <returns>Its number; 0 if there was no room.</returns>
    internal uint Add(in TcpStep step)
    {
        if (_steps.Count >= _capacity)
        {
            Dropped++;
            return 0;
        }

        _last = _last == uint.MaxValue ? 1 : _last + 1;
        _steps.Enqueue(step with { Number = _last });
        return _last;
    }
}
