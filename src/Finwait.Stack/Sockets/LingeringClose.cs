using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>How long a blocking close() of a socket with SO_LINGER waits: until the FIN is acknowledged or the time is over. As on Linux O_NONBLOCK makes no difference.</summary>
/// <remarks>The socket is closed already and its handle free; this only tells a caller that blocks when to return. The connection goes on whether or not somebody waits.</remarks>
public readonly struct LingeringClose
{
    private readonly TcpEndpoint? _endpoint;

    internal LingeringClose(TcpEndpoint endpoint, Instant deadline)
    {
        _endpoint = endpoint;
        Deadline = deadline;
    }

    /// <summary>When the time of SO_LINGER is over. <see cref="Instant"/>'s zero for a close() that does not wait.</summary>
    public Instant Deadline { get; }

    /// <summary>True once close() returns, always with success: the FIN is acknowledged, the connection is gone, or the time is over.</summary>
    /// <param name="now">The host's time.</param>
    public bool IsOver(Instant now) => _endpoint is null || now >= Deadline || !IsClosing(_endpoint.State);

    /// <summary>Linux's sk_stream_closing: our FIN is queued or on its way.</summary>
    internal static bool IsClosing(TcpState state) => state is TcpState.FinWait1 or TcpState.Closing or TcpState.LastAck;
}
