using System.Diagnostics;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>The two queues of a listener: half-open connections, and established ones that wait for accept().</summary>
internal sealed class ListenQueue
{
    private Chain _halfOpen;
    private Chain _accepted;

    /// <summary>The number given to listen(), cut to net.core.somaxconn.</summary>
    public int Backlog { get; set; }

    /// <summary>SYNs and ends of handshakes that were dropped (sk_drops).</summary>
    public uint Dropped { get; set; }

    /// <summary>When a SYN cookie was last sent.</summary>
    public Instant CookieSentAt { get; set; } = Instant.Never;

    /// <summary>The kernel log has been told of the many half-open connections: once is enough.</summary>
    public bool HasWarned { get; set; }

    /// <summary>Counts connections opened with a cookie (RFC 7413); null until there is one.</summary>
    public FastOpenQueue? FastOpen { get; set; }

    /// <summary>Connections in SYN-RECEIVED.</summary>
    public int HalfOpenCount => _halfOpen.Count;

    /// <summary>Connections waiting for accept().</summary>
    public int AcceptCount => _accepted.Count;

    /// <summary>A backlog of N admits N + 1 waiting connections, as Linux counts.</summary>
    public bool IsAcceptFull => _accepted.Count > Backlog;

    /// <summary>True if there are more half-open connections than the backlog.</summary>
    public bool IsHalfOpenFull => _halfOpen.Count > Backlog;

    /// <summary>The first connection waiting for accept(), or null.</summary>
    public TcpEndpoint? FirstAccept => _accepted.Head;

    /// <summary>The oldest half-open connection, or null.</summary>
    public TcpEndpoint? FirstHalfOpen => _halfOpen.Head;

    /// <summary>A SYN came: the connection waits for the handshake to end.</summary>
    public void AddHalfOpen(TcpEndpoint child)
    {
        child.Set(SocketFlags.HalfOpen);
        _halfOpen.Add(child);
    }

    /// <summary>A SYN with a valid cookie came: the connection waits for accept() at once.</summary>
    public void AddEarly(TcpEndpoint child)
    {
        child.Set(SocketFlags.Queued);
        _accepted.Add(child);
    }

    /// <summary>The handshake is done: the connection waits for accept().</summary>
    public void Establish(TcpEndpoint child)
    {
        Remove(child);
        child.Set(SocketFlags.Queued);
        _accepted.Add(child);
    }

    /// <summary>Takes a connection out of the queue it is in.</summary>
    public void Remove(TcpEndpoint child)
    {
        if (child.Is(SocketFlags.HalfOpen))
        {
            _halfOpen.Remove(child);
        }
        else
        {
            Debug.Assert(child.Is(SocketFlags.Queued), "the connection is in neither queue");
            _accepted.Remove(child);
        }

        child.Set(SocketFlags.HalfOpen | SocketFlags.Queued, false);
    }

    private struct Chain
    {
        public TcpEndpoint? Head;
        public TcpEndpoint? Tail;
        public int Count;

        public void Add(TcpEndpoint child)
        {
            child.QueueNext = null;
            child.QueuePrevious = Tail;
            if (Tail is null)
            {
                Head = child;
            }
            else
            {
                Tail.QueueNext = child;
            }

            Tail = child;
            Count++;
        }

        public void Remove(TcpEndpoint child)
        {
            if (child.QueuePrevious is null)
            {
                Head = child.QueueNext;
            }
            else
            {
                child.QueuePrevious.QueueNext = child.QueueNext;
            }

            if (child.QueueNext is null)
            {
                Tail = child.QueuePrevious;
            }
            else
            {
                child.QueueNext.QueuePrevious = child.QueuePrevious;
            }

            child.QueueNext = null;
            child.QueuePrevious = null;
            Count--;
        }
    }
}
