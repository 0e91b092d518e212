namespace Finwait.Tcp;

/// <summary>The states of a connection (RFC 9293 §3.3.2, figure 5).</summary>
public enum TcpState : byte
{
    /// <summary>No connection at all.</summary>
    Closed,

    /// <summary>Waiting for a connection request from any remote peer.</summary>
    Listen,

    /// <summary>A SYN was sent, none has come.</summary>
    SynSent,

    /// <summary>A SYN was sent and one has come; the acknowledgment of ours is missing.</summary>
    SynReceived,

    /// <summary>Open: data flows both ways.</summary>
    Established,

    /// <summary>Our FIN is out (or queued) and not acknowledged; the peer may still send.</summary>
    FinWait1,

    /// <summary>Our FIN is acknowledged; the peer may still send.</summary>
    FinWait2,

    /// <summary>The peer has closed; we may still send.</summary>
    CloseWait,

    /// <summary>Both have closed, our FIN is not acknowledged.</summary>
    Closing,

    /// <summary>The peer closed first, our FIN is not acknowledged.</summary>
    LastAck,

    /// <summary>Both have closed; waiting until no old segment of the connection can be under way.</summary>
    TimeWait,
}
