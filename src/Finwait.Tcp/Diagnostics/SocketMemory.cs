namespace Finwait.Tcp;

/// <summary>What the kernel would count of a socket's memory: the fields of <c>skmem:(…)</c> of <c>ss -m</c>, in octets of Linux's books (a packet costs more than its text).</summary>
public readonly record struct SocketMemory
{
    /// <summary>r: packets that wait for the reader or behind a hole (sk_rmem_alloc).</summary>
    public long ReceiveAllocated { get; init; }

    /// <summary>rb: SO_RCVBUF.</summary>
    public long ReceiveLimit { get; init; }

    /// <summary>tb: SO_SNDBUF.</summary>
    public long SendLimit { get; init; }

    /// <summary>f: reserved in whole pages and not used (sk_forward_alloc).</summary>
    public long Forward { get; init; }

    /// <summary>w: packets queued for sending or not acknowledged (sk_wmem_queued).</summary>
    public long SendQueued { get; init; }

    /// <summary>d: packets that came and were dropped (sk_drops).</summary>
    public long Dropped { get; init; }
}
