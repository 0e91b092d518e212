namespace Finwait.Stack;

/// <summary>A socket call that may have to wait. It is complete at once, or after a packet or a timer of the host; look at <see cref="IsDone"/> after each step.</summary>
/// <remarks>What POSIX returns is <see cref="Value"/>, −1 if <see cref="Errno"/> is set.</remarks>
public sealed class PortCall
{
    internal PortCall(PortCallKind kind, int socket)
    {
        Kind = kind;
        Socket = socket;
    }

    /// <summary>The socket it was called on; −1 for poll().</summary>
    public int Socket { get; }

    /// <summary>True when there is a result.</summary>
    public bool IsDone { get; private set; }

    /// <summary>When it became so.</summary>
    public Finwait.Tcp.Instant CompletedAt { get; private set; }

    /// <summary>The result: a handle, a number of octets, a number of ready sockets, 0; −1 after an error or while there is none yet.</summary>
    public int Value { get; private set; } = -1;

    /// <summary>The error, or <see cref="Errno.None"/>.</summary>
    public Errno Errno { get; private set; }

    /// <summary>accept() and recvfrom(): the other end.</summary>
    public SocketAddress Peer { get; internal set; }

    /// <summary>recv(): the octets; as many as <see cref="Value"/> says.</summary>
    public ReadOnlyMemory<byte> Data { get; internal set; }

    /// <summary>poll() and epoll_wait(): the sockets that are ready and for what.</summary>
    public IReadOnlyList<PortEvent> Events { get; internal set; } = [];

    internal PortCallKind Kind { get; }

    /// <summary>When it gives up.</summary>
    internal Finwait.Tcp.Instant Deadline { get; set; } = Finwait.Tcp.Instant.Never;

    /// <summary>recv(): room; send(): what there is to send.</summary>
    internal byte[] Buffer { get; set; } = [];

    internal int Done { get; set; }

    internal int Flags { get; set; }

    /// <summary>send() with MSG_FASTOPEN that waits for the handshake.</summary>
    internal bool IsConnecting { get; set; }

    internal SocketAddress Address { get; set; }

    /// <summary>poll(): what is asked for.</summary>
    internal PortEvent[] Asked { get; set; } = [];

    /// <summary>close() that waits.</summary>
    internal LingeringClose Lingering { get; set; }

    internal int MaxEvents { get; set; }

    internal void Complete(Finwait.Tcp.Instant now, int value, Errno errno)
    {
        IsDone = true;
        CompletedAt = now;
        Value = errno == Errno.None ? value : -1;
        Errno = errno;
    }
}

/// <summary>A socket and what it is asked for, or is ready for.</summary>
/// <param name="Socket">The socket; a result of epoll_wait() gives the data it was added with.</param>
/// <param name="Events">Bits of <see cref="SocketReadiness"/>, and <see cref="PacketPort.EdgeTriggered"/> or <see cref="PacketPort.OneShot"/> for epoll.</param>
public readonly record struct PortEvent(long Socket, uint Events);

internal enum PortCallKind : byte
{
    Accept,
    Connect,
    Receive,
    Send,
    Poll,
    EpollWait,
    Close,
}
