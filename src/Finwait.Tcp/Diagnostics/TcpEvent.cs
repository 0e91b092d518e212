namespace Finwait.Tcp;

/// <summary>What happened to a connection that its owner should know. Polled one at a time, in this order.</summary>
public enum TcpEvent : byte
{
    /// <summary>The handshake is complete.</summary>
    Connected,

    /// <summary>Octets, or the end of the stream, can be read.</summary>
    Readable,

    /// <summary>The send buffer has room again.</summary>
    Writable,

    /// <summary>Urgent data was announced or its end moved on (RFC 9293 MUST-32).</summary>
    Urgent,

    /// <summary>The peer has closed its direction (FIN received in order).</summary>
    PeerClosed,

    /// <summary>The connection failed; <see cref="TcpConnection.Error"/> tells how.</summary>
    Failed,

    /// <summary>A segment was retransmitted R1 times (RFC 9293 SHLD-9).</summary>
    Struggling,

    /// <summary>The state changed.</summary>
    StateChanged,
}

/// <summary>How a connection failed, as the application is told.</summary>
public enum TcpError : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>A reset answered our SYN: ECONNREFUSED.</summary>
    Refused,

    /// <summary>A reset in a synchronized state: ECONNRESET.</summary>
    Reset,

    /// <summary>The peer was silent for too long: ETIMEDOUT.</summary>
    TimedOut,

    /// <summary>Aborted by its own user: ECONNABORTED.</summary>
    Aborted,

    /// <summary>A router reported the host unreachable, and the connection then timed out: EHOSTUNREACH.</summary>
    HostUnreachable,

    /// <summary>A router reported the network unreachable: ENETUNREACH.</summary>
    NetworkUnreachable,

    /// <summary>A reset after the peer had closed: EPIPE.</summary>
    BrokenPipe,

    /// <summary>The destination does not speak TCP: ENOPROTOOPT.</summary>
    ProtocolUnreachable,

    /// <summary>A router may not let the connection through, which only ICMPv6 tells apart: EACCES.</summary>
    Prohibited,

    /// <summary>A router or the destination did not understand our headers: EPROTO.</summary>
    ProtocolProblem,

    /// <summary>A router could not follow the source route: EOPNOTSUPP.</summary>
    SourceRouteFailed,

    /// <summary>A router does not know the host: EHOSTDOWN.</summary>
    HostUnknown,

    /// <summary>A router says that the host is isolated: ENONET.</summary>
    HostIsolated,
}
