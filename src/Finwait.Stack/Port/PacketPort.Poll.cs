using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>poll() and epoll.</content>
public sealed partial class PacketPort
{
    /// <summary>EPOLLET.</summary>
    public const uint EdgeTriggered = 1u << 31;

    /// <summary>EPOLLONESHOT.</summary>
    public const uint OneShot = 1u << 30;

    // Handles of epoll instances; far from those of sockets, which begin at 0.
    private const int FirstEpoll = 1 << 30;
    private const uint AlwaysReported = (uint)(SocketReadiness.Error | SocketReadiness.HangUp);

    private readonly Dictionary<int, List<Watched>> _epolls = [];
    private int _nextEpoll = FirstEpoll;

    /// <summary>poll().</summary>
    /// <param name="asked">The sockets, each with the events asked for.</param>
    /// <param name="timeoutMilliseconds">How long to wait; 0 not at all, negative for ever.</param>
    /// <returns>A call whose <see cref="PortCall.Events"/> has one entry for each of <paramref name="asked"/>.</returns>
    public PortCall Poll(ReadOnlySpan<PortEvent> asked, int timeoutMilliseconds)
    {
        Settle();
        PortCall call = new(PortCallKind.Poll, -1) { Asked = asked.ToArray(), Deadline = DeadlineOf(timeoutMilliseconds) };
        return BeginWait(call);
    }

    /// <summary>epoll_create(): a handle for <see cref="EpollControl"/>, <see cref="EpollWait"/> and <see cref="Close"/>.</summary>
    public int EpollCreate()
    {
        _epolls.Add(_nextEpoll, []);
        return _nextEpoll++;
    }

    /// <summary>epoll_ctl(). EBADF: one of the two is not open; EEXIST, ENOENT: the socket is watched already, or is not.</summary>
    /// <param name="epoll">The epoll instance.</param>
    /// <param name="operation">Add, change or remove.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="watched">What epoll_wait() reports as its socket, and the events to watch for.</param>
    public Errno EpollControl(int epoll, EpollOperation operation, int socket, PortEvent watched)
    {
        if (!_epolls.TryGetValue(epoll, out List<Watched>? list))
        {
            return _sockets.ContainsKey(epoll) ? Errno.EINVAL : Errno.EBADF;
        }

        if (!_sockets.ContainsKey(socket))
        {
            return Errno.EBADF;
        }

        Settle();
        int at = list.FindIndex(w => w.Socket == socket);
        switch (operation)
        {
            case EpollOperation.Add when at >= 0:
                return Errno.EEXIST;
            case EpollOperation.Add:
                list.Add(new(socket, watched));
                return Errno.None;
            case EpollOperation.Modify or EpollOperation.Delete when at < 0:
                return Errno.ENOENT;
            case EpollOperation.Modify:
                list[at].Change(watched);
                return Errno.None;
            case EpollOperation.Delete:
                list.RemoveAt(at);
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>epoll_wait().</summary>
    /// <param name="epoll">The epoll instance.</param>
    /// <param name="maxEvents">Most events to return, at least 1; else EINVAL.</param>
    /// <param name="timeoutMilliseconds">How long to wait; 0 not at all, negative for ever.</param>
    public PortCall EpollWait(int epoll, int maxEvents, int timeoutMilliseconds)
    {
        Settle();
        PortCall call = new(PortCallKind.EpollWait, epoll) { MaxEvents = maxEvents, Deadline = DeadlineOf(timeoutMilliseconds) };
        return BeginWait(call);
    }

    private Instant DeadlineOf(int milliseconds) => milliseconds < 0 ? Instant.Never : Now + TimeSpan.FromMilliseconds(milliseconds);

    private PortCall BeginWait(PortCall call)
    {
        if (!Try(call))
        {
            _pending.Add(call);
        }

        return call;
    }

    private void TryPoll(PortCall call)
    {
        PortEvent[] found = new PortEvent[call.Asked.Length];
        int ready = 0;
        for (int i = 0; i < found.Length; i++)
        {
            PortEvent asked = call.Asked[i];
            uint events = 0;
            if (asked.Socket >= 0)
            {
                const uint Invalid = 0x20;
                events = _sockets.ContainsKey((int)asked.Socket) ? Report(ReadinessOf((int)asked.Socket), asked.Events) : Invalid;
            }

            found[i] = asked with { Events = events };
            ready += events != 0 ? 1 : 0;
        }

        if (ready > 0 || Now >= call.Deadline)
        {
            call.Events = found;
            call.Complete(Now, ready, Errno.None);
        }
    }

    private void TryEpollWait(PortCall call)
    {
        if (!_epolls.TryGetValue(call.Socket, out List<Watched>? list) || call.MaxEvents <= 0)
        {
            call.Complete(Now, -1, list is null && !_sockets.ContainsKey(call.Socket) ? Errno.EBADF : Errno.EINVAL);
            return;
        }

        List<PortEvent> found = [];
        foreach (Watched watched in list)
        {
            if (found.Count < call.MaxEvents && watched.IsArmed && Report(ReadinessOf(watched.Socket), watched.Asked.Events) is var events and not 0)
            {
                found.Add(new(watched.Asked.Socket, events));
                watched.OnReported();
            }
        }

        if (found.Count > 0 || Now >= call.Deadline)
        {
            call.Events = found;
            call.Complete(Now, found.Count, Errno.None);
        }
    }

    /// <summary>The bits of poll(): POLLIN comes with POLLRDNORM, POLLOUT with POLLWRNORM and POLLWRBAND.</summary>
    private uint ReadinessOf(int socket)
    {
        const uint ReadNormal = 0x40, WriteNormal = 0x100;
        var ready = (uint)_host.Sockets.Poll(socket);
        ready |= (ready & (uint)SocketReadiness.Readable) != 0 ? ReadNormal : 0;
        return ready | ((ready & (uint)SocketReadiness.Writable) != 0 ? WriteNormal : 0);
    }

    private static uint Report(uint ready, uint asked) => ready & (asked | AlwaysReported) & ~(EdgeTriggered | OneShot);

    /// <summary>Something happened to a socket: edges are armed again.</summary>
    private void NoteReady(int socket)
    {
        foreach (List<Watched> list in _epolls.Values)
        {
            foreach (Watched watched in list)
            {
                if (watched.Socket == socket)
                {
                    watched.OnNews();
                }
            }
        }
    }

    private void ForgetInEpolls(int socket)
    {
        foreach (List<Watched> list in _epolls.Values)
        {
            list.RemoveAll(watched => watched.Socket == socket);
        }
    }

    /// <summary>One socket of an epoll instance.</summary>
    private sealed class Watched(int socket, PortEvent asked)
    {
        private bool _isSpent;

        public int Socket { get; } = socket;

        public PortEvent Asked { get; private set; } = asked;

        public bool IsArmed { get; private set; } = true;

        public void Change(PortEvent asked)
        {
            Asked = asked;
            IsArmed = true;
            _isSpent = false;
        }

        public void OnNews() => IsArmed = !_isSpent;

        public void OnReported()
        {
            _isSpent = (Asked.Events & OneShot) != 0;
            IsArmed = !_isSpent && (Asked.Events & EdgeTriggered) == 0;
        }
    }
}

/// <summary>What epoll_ctl() does, with Linux's values.</summary>
public enum EpollOperation
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    Add = 1,

    /// <summary>EPOLL_CTL_DEL.</summary>
    Delete = 2,

    /// <summary>EPOLL_CTL_MOD.</summary>
    Modify = 3,
}
