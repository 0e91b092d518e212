namespace Finwait.Tcp;

/// <summary>What moves the connection diagram: a user call, an arriving segment after its checks, or a timer.</summary>
public enum TcpInput : byte
{
    /// <summary>Passive OPEN call.</summary>
    PassiveOpen,

    /// <summary>Active OPEN call: SYN goes out.</summary>
    ActiveOpen,

    /// <summary>CLOSE call: FIN is queued behind the data (or the block is deleted).</summary>
    Close,

    /// <summary>ABORT call, or the user timeout.</summary>
    Abort,

    /// <summary>A SYN without an acknowledgment of ours.</summary>
    RcvSyn,

    /// <summary>A SYN that acknowledges ours.</summary>
    RcvSynAck,

    /// <summary>An acknowledgment of our SYN.</summary>
    RcvAckOfSyn,

    /// <summary>A FIN in order.</summary>
    RcvFin,

    /// <summary>A FIN in order whose segment also acknowledges our FIN.</summary>
    RcvFinAck,

    /// <summary>An acknowledgment of our FIN.</summary>
    RcvAckOfFin,

    /// <summary>A valid RST.</summary>
    RcvRst,

    /// <summary>2 MSL have gone by.</summary>
    TimeWaitTimeout,
}

/// <summary>The connection diagram of RFC 9293 §3.3.2 (figure 5) as a pure table.</summary>
public static class TcpStateMachine
{
    /// <summary>Returns the next state, or <c>null</c> when the diagram has no such arrow.</summary>
    /// <param name="state">The state now.</param>
    /// <param name="input">What happened.</param>
    /// <param name="wasPassive">True if this connection came from LISTEN (figure 5, note 1): then a reset in SYN-RECEIVED leads back there.</param>
    public static TcpState? Next(TcpState state, TcpInput input, bool wasPassive = false) => (state, input) switch
    {
        (TcpState.Closed, TcpInput.PassiveOpen) => TcpState.Listen,
        (TcpState.Closed, TcpInput.ActiveOpen) => TcpState.SynSent,

        (TcpState.Listen, TcpInput.RcvSyn) => TcpState.SynReceived,
        (TcpState.Listen, TcpInput.ActiveOpen) => TcpState.SynSent,
        (TcpState.Listen, TcpInput.Close) => TcpState.Closed,

        (TcpState.SynSent, TcpInput.RcvSynAck) => TcpState.Established,
        (TcpState.SynSent, TcpInput.RcvSyn) => TcpState.SynReceived,          // simultaneous open, MUST-10
        (TcpState.SynSent, TcpInput.Close) => TcpState.Closed,

        (TcpState.SynReceived, TcpInput.RcvAckOfSyn) => TcpState.Established,
        (TcpState.SynReceived, TcpInput.Close) => TcpState.FinWait1,
        (TcpState.SynReceived, TcpInput.RcvFin) => TcpState.CloseWait,
        (TcpState.SynReceived, TcpInput.RcvRst) when wasPassive => TcpState.Listen,

        (TcpState.Established, TcpInput.Close) => TcpState.FinWait1,
        (TcpState.Established, TcpInput.RcvFin) => TcpState.CloseWait,

        (TcpState.FinWait1, TcpInput.RcvAckOfFin) => TcpState.FinWait2,
        (TcpState.FinWait1, TcpInput.RcvFinAck) => TcpState.TimeWait,
        (TcpState.FinWait1, TcpInput.RcvFin) => TcpState.Closing,             // simultaneous close

        (TcpState.FinWait2, TcpInput.RcvFin) => TcpState.TimeWait,
        (TcpState.FinWait2, TcpInput.RcvFinAck) => TcpState.TimeWait,

        (TcpState.CloseWait, TcpInput.Close) => TcpState.LastAck,

        (TcpState.Closing, TcpInput.RcvAckOfFin) => TcpState.TimeWait,

        (TcpState.LastAck, TcpInput.RcvAckOfFin) => TcpState.Closed,

        (TcpState.TimeWait, TcpInput.TimeWaitTimeout) => TcpState.Closed,

        (TcpState.TimeWait, TcpInput.RcvRst) => null,                         // RFC 1337 §3: TIME-WAIT ignores resets
        (TcpState.Listen or TcpState.Closed, TcpInput.RcvRst) => null,
        (_, TcpInput.RcvRst) => TcpState.Closed,

        (TcpState.Closed, TcpInput.Abort) => null,
        (_, TcpInput.Abort) => TcpState.Closed,

        _ => null,
    };
}
