using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The bits of net.ipv4.tcp_fastopen, with Linux's values.</summary>
[Flags]
internal enum FastOpenSetting
{
    /// <summary>Fast Open is not used.</summary>
    None = 0,

    /// <summary>Clients may send text in the SYN.</summary>
    Client = 1,

    /// <summary>Listeners may take it.</summary>
    Server = 2,

    /// <summary>Clients send it without a cookie.</summary>
    ClientWithoutCookie = 4,

    /// <summary>Listeners take it without a cookie.</summary>
    ServerWithoutCookie = 0x200,

    /// <summary>Every listener does, without TCP_FASTOPEN: the queue is as long as the backlog.</summary>
    EveryListener = 0x400,
}

/// <summary>Connections of one listener whose SYN brought a valid cookie and whose handshake has not ended: what bounds the work a stolen cookie can cause (RFC 7413 §5.1).</summary>
internal sealed class FastOpenQueue
{
    /// <summary>How long one that was reset after accept() still counts: spoofed SYNs draw resets (as Linux).</summary>
    private static readonly TimeSpan ResetPenalty = TimeSpan.FromSeconds(60);

    private readonly Queue<Instant> _resets = new();
    private int _open;

    /// <summary>Those whose handshake runs, and those that were reset lately.</summary>
    public int Count => _open + _resets.Count;

    /// <summary>True if one more is within <paramref name="limit"/>.</summary>
    public bool HasRoom(Instant now, int limit)
    {
        if (limit > 0 && Count >= limit && _resets.TryPeek(out Instant until) && until <= now)
        {
            _resets.Dequeue();
        }

        return Count < limit;
    }

    public void Begin() => _open++;

    /// <summary>A handshake ended.</summary>
    public void End(Instant now, bool isPunished)
    {
        _open = Math.Max(0, _open - 1);
        if (isPunished)
        {
            _resets.Enqueue(now + ResetPenalty);
        }
    }
}

/// <content>Fast Open (RFC 7413): which SYNs may bring text, and what clients remember.</content>
internal sealed partial class TcpHost
{
    private readonly FastOpenCache _fastOpenCache = new();
    private FastOpenKeys? _fastOpenKeys;
    private string? _fastOpenKeyText;

    private FastOpenSetting FastOpen => (FastOpenSetting)_settings.FastOpen;

    /// <summary>True if sockets of this host may send text in a SYN.</summary>
    public bool IsFastOpenClient => (FastOpen & FastOpenSetting.Client) != 0;

    /// <summary>listen() without TCP_FASTOPEN where every listener uses it.</summary>
    public bool IsFastOpenForAll => (FastOpen & (FastOpenSetting.EveryListener | FastOpenSetting.Server)) == (FastOpenSetting.EveryListener | FastOpenSetting.Server);

    /// <summary>The keys of the host: those of net.ipv4.tcp_fastopen_key, or made from its secret.</summary>
    public FastOpenKeys Keys
    {
        get
        {
            if (_fastOpenKeys is null || !ReferenceEquals(_fastOpenKeyText, _settings.FastOpenKey))
            {
                _fastOpenKeyText = _settings.FastOpenKey;
                _fastOpenKeys = _fastOpenKeyText is null ? new(_fastOpenSecret, null) : FastOpenKeys.FromText(_fastOpenKeyText) ?? new(_fastOpenSecret, null);
            }

            return _fastOpenKeys;
        }
    }

    /// <summary>What the SYN of an active Fast Open is to carry.</summary>
    public void AskFastOpen(TcpEndpoint endpoint, ref OpenParameters parameters)
    {
        parameters.Cookie = _fastOpenCache.Find(endpoint.Tuple.Local, endpoint.Tuple.Remote, out parameters.CachedMss);
        if ((FastOpen & FastOpenSetting.ClientWithoutCookie) != 0 || endpoint.Options.FastOpenNoCookie)
        {
            parameters.Cookie = default;
            parameters.FastOpen = FastOpenMode.Data;
            return;
        }

        parameters.FastOpen = parameters.Cookie.Length > 0 ? FastOpenMode.Data : FastOpenMode.Request;
    }

    /// <summary>The answer of a listener to a SYN (Linux's tcp_try_fastopen): take its text, offer a cookie, or neither.</summary>
    private FastOpenMode AnswerFastOpen(Instant now, TcpEndpoint listener, in FourTuple tuple, in TcpSegment segment, out FastOpenCookie cookie)
    {
        cookie = default;
        bool hasOption = segment.Options.Has(TcpOptionPresence.FastOpen);
        if ((FastOpen & FastOpenSetting.Server) == 0 || (!hasOption && segment.Payload.IsEmpty) || listener.Options.FastOpenQueue <= 0)
        {
            return FastOpenMode.Off;
        }

        FastOpenCookie given = hasOption ? segment.Options.FastOpen : default;
        _counters.FastOpenCookieRequests += hasOption && given.Length == 0 ? 1 : 0;
        FastOpenQueue queue = listener.Listen!.FastOpen ??= new();
        if (!queue.HasRoom(now, listener.Options.FastOpenQueue))
        {
            _counters.FastOpenListenOverflows++;
            return FastOpenMode.Off;
        }

        if ((FastOpen & FastOpenSetting.ServerWithoutCookie) != 0 || listener.Options.FastOpenNoCookie)
        {
            _counters.FastOpenPassive++;
            return FastOpenMode.Accept;
        }

        if (!hasOption)
        {
            return FastOpenMode.Off;
        }

        FastOpenKeys keys = listener.Options.FastOpenKeys ?? Keys;
        cookie = keys.Make(tuple.Remote, tuple.Local).In(given.IsExperimental);
        if (given.Length == 0)
        {
            return FastOpenMode.Offer;
        }

        if (!keys.Check(given, tuple.Remote, tuple.Local, out bool isOld))
        {
            _counters.FastOpenPassiveFails++;
            return FastOpenMode.Offer;                  // the plain handshake, with a cookie that will do next time
        }

        _counters.FastOpenPassive++;
        cookie = isOld ? cookie : default;
        return FastOpenMode.Accept;
    }

    /// <summary>A connection that the application may have before its handshake ends.</summary>
    private void QueueEarly(TcpEndpoint listener, TcpEndpoint child)
    {
        listener.Listen!.FastOpen!.Begin();
        child.Set(SocketFlags.EarlyOpen);
        listener.Listen.AddEarly(child);
        _sockets.Notify(listener);
    }

    /// <summary>Its handshake has ended, one way or the other.</summary>
    private static void EndEarly(Instant now, TcpEndpoint child, bool isReset)
    {
        bool isAccepted = !child.Is(SocketFlags.Queued);
        child.Set(SocketFlags.EarlyOpen, false);
        child.Parent?.Listen?.FastOpen?.End(now, isReset && isAccepted);
        if (isAccepted)
        {
            child.Parent = null;
        }
    }

    /// <summary>The SYN-ACK of a client that asked for Fast Open.</summary>
    private void LearnFastOpen(TcpEndpoint endpoint, TcpConnection connection)
    {
        if (!connection.TakeFastOpenAnswer(out FastOpenAnswer answer))
        {
            return;
        }

        _fastOpenCache.Learn(endpoint.Tuple.Local, endpoint.Tuple.Remote, answer);
        TcpInfo info = connection.GetInfo(default);
        _counters.FastOpenActive += info.HasSynData ? 1 : 0;
        _counters.FastOpenActiveFails += info.FastOpenFailure > FastOpenFailure.CookieUnavailable ? 1 : 0;
    }
}
