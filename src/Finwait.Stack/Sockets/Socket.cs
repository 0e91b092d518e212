namespace Finwait.Stack;

/// <summary>Facts about a socket that are true or false.</summary>
[Flags]
internal enum SocketFlags : uint
{
    None = 0,

    /// <summary>SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY, IP_BIND_ADDRESS_NO_PORT, SO_BROADCAST.</summary>
    ReuseAddress = 1 << 0,
    ReusePort = 1 << 1,
    V6Only = 1 << 2,
    BindAddressNoPort = 1 << 3,
    Broadcast = 1 << 4,

    /// <summary>bind() named the address, or the port: they outlive a connection.</summary>
    BoundAddress = 1 << 5,
    BoundPort = 1 << 6,

    /// <summary>The socket is counted in the port table.</summary>
    HoldsPort = 1 << 7,

    /// <summary>Linux's sk_shutdown.</summary>
    ReceiveShut = 1 << 8,
    SendShut = 1 << 9,

    /// <summary>Linux's SOCK_DONE: the peer's FIN was seen, so that the end of the stream comes before any error.</summary>
    Done = 1 << 10,

    /// <summary>connect() was called and its result not fetched yet (SS_CONNECTING).</summary>
    Connecting = 1 << 11,

    /// <summary>connect() or accept() succeeded (SS_CONNECTED); stays when the connection is gone.</summary>
    Connected = 1 << 12,

    /// <summary>In the table of four-tuples.</summary>
    InTable = 1 << 13,

    /// <summary>In the list of endpoints that may have something to send.</summary>
    InPump = 1 << 14,

    /// <summary>In the list of sockets whose readiness changed.</summary>
    InReady = 1 << 15,

    /// <summary>A half-open connection of a listener.</summary>
    HalfOpen = 1 << 16,

    /// <summary>Established and waiting for accept().</summary>
    Queued = 1 << 17,

    /// <summary>Closed by its owner while the connection was still alive.</summary>
    Orphan = 1 << 18,

    /// <summary>Something was received since the last packet was sent: the neighbour is alive.</summary>
    HeardFrom = 1 << 19,

    /// <summary>Among the connections that may keep small rings while they are empty.</summary>
    Warm = 1 << 20,

    /// <summary>Its SYN brought a valid cookie, and its handshake has not ended.</summary>
    EarlyOpen = 1 << 21,
}

/// <summary>What every open socket has: a handle, a family, its flags, a pending error, and its place in the ready list.</summary>
internal abstract class Socket
{
    public Socket? ReadyNext;
    public SocketFlags Flags;

    /// <summary>The application's name for the socket; −1 while it has none.</summary>
    public int Handle = -1;

    /// <summary>Unique number of the open socket; 0 while it has no handle.</summary>
    public uint Inode;
    public AddressFamily Family;

    private short _error;

    /// <summary>Linux's sk_err: fetched once.</summary>
    public Errno PendingError
    {
        get => (Errno)_error;
        set => _error = (short)value;
    }

    public abstract SocketType Type { get; }

    public bool Is(SocketFlags flags) => (Flags & flags) != 0;

    public void Set(SocketFlags flags, bool on = true) => Flags = on ? Flags | flags : Flags & ~flags;

    /// <summary>The pending error, which is cleared.</summary>
    public Errno TakeError()
    {
        Errno error = PendingError;
        _error = 0;
        return error;
    }
}
