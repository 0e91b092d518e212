namespace Finwait.Tcp;

/// <summary>What the retransmission slot stands for: these timers exclude each other (RFC 8985 §8).</summary>
internal enum RetransmissionTimer : byte
{
    Off,
    Retransmit,
    LossProbe,
    Reordering,
    Persist,
}

/// <summary>One slot per kind of timer; arming is a store, nothing is queued here.</summary>
internal struct TimerTable
{
    private long _retransmission;
    private long _delayedAck;
    private long _keepAlive;
    private long _timeWait;

    /// <summary>What <see cref="Retransmission"/> stands for.</summary>
    public RetransmissionTimer Mode { get; private set; }

    public readonly Instant Retransmission => new(_retransmission);

    public readonly Instant DelayedAck => new(_delayedAck);

    public readonly Instant KeepAlive => new(_keepAlive);

    public readonly Instant TimeWait => new(_timeWait);

    /// <summary>The earliest of all slots.</summary>
    public readonly Instant Next => new(Math.Min(Math.Min(_retransmission, _delayedAck), Math.Min(_keepAlive, _timeWait)));

    /// <summary>All slots off.</summary>
    public void Clear()
    {
        _retransmission = _delayedAck = _keepAlive = _timeWait = long.MaxValue;
        Mode = RetransmissionTimer.Off;
    }

    public void ArmRetransmission(RetransmissionTimer mode, Instant at)
    {
        Mode = mode;
        _retransmission = at.Ticks;
    }

    public void StopRetransmission()
    {
        Mode = RetransmissionTimer.Off;
        _retransmission = long.MaxValue;
    }

    public void ArmDelayedAck(Instant at) => _delayedAck = at.Ticks;

    public void StopDelayedAck() => _delayedAck = long.MaxValue;

    public void ArmKeepAlive(Instant at) => _keepAlive = at.Ticks;

    public void StopKeepAlive() => _keepAlive = long.MaxValue;

    public void ArmTimeWait(Instant at) => _timeWait = at.Ticks;
}
