using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>Listeners: who takes a SYN, and the way of a connection through the two queues.</content>
internal sealed partial class TcpHost
{
    /// <summary>KERN_INFO.</summary>
    private const byte LogInformation = 6;

    private readonly Dictionary<SocketAddress, List<TcpEndpoint>> _listeners = [];

    /// <summary>Listeners in the order in which they began to listen; for listings.</summary>
    public IEnumerable<TcpEndpoint> Listeners => _listeners.Values.SelectMany(group => group).OrderBy(listener => listener.Serial);

    /// <summary>Begins to listen on the address and port the endpoint holds.</summary>
    public void AddListener(TcpEndpoint listener, int backlog)
    {
        _host.ConnectionTap?.Listens(Instant.Never, listener, begins: true, _host.StepTap?.Call ?? 0);
        listener.Listen = new() { Backlog = backlog };
        listener.Serial = ++_serial;
        SocketAddress key = new(listener.Tuple.Local, listener.Tuple.LocalPort);
        if (!_listeners.TryGetValue(key, out List<TcpEndpoint>? group))
        {
            group = [];
            _listeners.Add(key, group);
        }

        group.Add(listener);
    }

    /// <summary>Ends a listener: half-open connections go silently, those not accepted yet are reset.</summary>
    public void RemoveListener(Instant now, TcpEndpoint listener)
    {
        SocketAddress key = new(listener.Tuple.Local, listener.Tuple.LocalPort);
        List<TcpEndpoint> group = _listeners[key];
        group.Remove(listener);
        if (group.Count == 0)
        {
            _listeners.Remove(key);
        }

        ListenQueue queue = listener.Listen!;
        _host.ConnectionTap?.Listens(now, listener, begins: false, _host.StepTap?.Call ?? 0);
        while (queue.FirstHalfOpen is { } child)
        {
            Discard(now, child, Rule.ListenerClosed);
        }

        while (queue.FirstAccept is { } child)
        {
            queue.Remove(child);
            child.Parent = null;
            child.Set(SocketFlags.EarlyOpen, false);
            Abort(now, child, Rule.ListenerClosed);
        }

        listener.Listen = null;
    }

    /// <summary>shutdown() of a listener for receiving: it does not listen any more, and keeps its port only if bind() named it.</summary>
    public void StopListening(Instant now, TcpEndpoint listener)
    {
        RemoveListener(now, listener);
        PortUse use = listener.ReuseBits;
        ReleasePort(listener);
        if (listener.Is(SocketFlags.BoundPort))
        {
            HoldPort(listener, use);
        }
        else
        {
            Forget(listener);
        }
    }

    /// <summary>Takes the first waiting connection out of the accept queue; null if there is none.</summary>
    public static TcpEndpoint? Accept(TcpEndpoint listener)
    {
        TcpEndpoint? child = listener.Listen!.FirstAccept;
        if (child is not null)
        {
            listener.Listen.Remove(child);
            child.Parent = child.Is(SocketFlags.EarlyOpen) ? listener : null;
        }

        return child;
    }

    /// <summary>The listener for a four-tuple: on the very address, else on any address; several that share a port (SO_REUSEPORT) split the flows by hash.</summary>
    private TcpEndpoint? FindListener(in FourTuple tuple, uint hash)
    {
        if (_listeners.Count == 0)
        {
            return null;
        }

        return Pick(new(tuple.Local, tuple.LocalPort), hash, dualOnly: false)
            ?? (tuple.IsV6 ? null : Pick(new(IpAddress.AnyV4, tuple.LocalPort), hash, dualOnly: false))
            ?? Pick(new(IpAddress.AnyV6, tuple.LocalPort), hash, dualOnly: !tuple.IsV6);
    }

    private TcpEndpoint? Pick(SocketAddress key, uint hash, bool dualOnly)
    {
        if (!_listeners.TryGetValue(key, out List<TcpEndpoint>? group))
        {
            return null;
        }

        if (!dualOnly)
        {
            return group[(int)((ulong)hash * (uint)group.Count >> 32)];
        }

        int dual = 0;
        foreach (TcpEndpoint listener in group)
        {
            dual += listener.IsDual ? 1 : 0;
        }

        int chosen = (int)((ulong)hash * (uint)dual >> 32);
        foreach (TcpEndpoint listener in group)
        {
            if (listener.IsDual && chosen-- == 0)
            {
                return listener;
            }
        }

        return null;
    }

    /// <summary>A SYN for a listener (SM-SEG-LI-4): a new connection in SYN-RECEIVED, if the queues have room.</summary>
    /// <param name="iss">The initial sequence number, if the four-tuple's past demands one.</param>
    private void ReceiveSyn(Instant now, TcpEndpoint listener, in FourTuple tuple, uint hash, in IpPacketInfo packet, in TcpSegment segment, SeqNum? iss)
    {
        if (!HasRoom(now, listener, out bool wantsCookie))
        {
            return;
        }

        ref RouteCache route = ref RouteOf(tuple);
        if (route.Via is null)
        {
            CountListenDrop(listener.Listen!); // no way back: no use to remember the request
            _host.Counters.Drop(DropReason.NoRoute);
            return;
        }

        if (wantsCookie && iss is null)
        {
            SendCookie(now, listener, tuple, hash, segment, route);
            return;
        }

        TcpEndpoint child = NewChild(listener, tuple, hash);
        if (listener.Options.SaveSyn > 0)
        {
            child.Options = listener.Options with { SavedSyn = HeadersOf(packet, segment, withLink: listener.Options.SaveSyn == 2) };
        }

        TcpConnection connection = NewConnection(child);
        ApplyOptions(now, child);
        OpenParameters parameters = ParametersFor(now, child, route);
        parameters.Iss = iss ?? parameters.Iss;
        parameters.FastOpen = AnswerFastOpen(now, listener, tuple, segment, out parameters.Cookie);
        connection.OpenPassive(now, parameters);
        connection.OnSegment(now, segment);
        if (connection.State != TcpState.SynReceived)
        {
            return; // the engine found fault with the SYN
        }

        _counters.PassiveOpens++;
        HoldPort(child, child.ReuseBits);
        AddToTable(child);
        if (connection.IsEarlyOpen)
        {
            QueueEarly(listener, child);
        }
        else
        {
            listener.Listen!.AddHalfOpen(child);
        }

        AfterInput(child);
    }

    /// <summary>What TCP_SAVE_SYN keeps of a SYN: everything before its text.</summary>
    private static byte[] HeadersOf(in IpPacketInfo packet, in TcpSegment segment, bool withLink)
    {
        ReadOnlySpan<byte> headers = packet.Packet[..^segment.Payload.Length];
        return withLink ? [.. packet.LinkHeader, .. headers] : headers.ToArray();
    }

    private static TcpEndpoint NewChild(TcpEndpoint listener, in FourTuple tuple, uint hash) => new()
    {
        Family = listener.Family,
        Flags = listener.Flags & (SocketFlags.ReuseAddress | SocketFlags.ReusePort | SocketFlags.V6Only),
        Options = listener.Options,
        Tuple = tuple,
        Hash = hash,
        Parent = listener,
    };

    /// <summary>Linux's rules of the backlog (SM-SEG-LI-7): with too many half-open connections a SYN cookie is sent (X-4987-1), or without cookies the SYN dropped.</summary>
    private bool HasRoom(Instant now, TcpEndpoint listener, out bool wantsCookie)
    {
        ListenQueue queue = listener.Listen!;
        wantsCookie = _settings.SynCookies == 2 || (_settings.SynCookies != 0 && queue.IsHalfOpenFull);
        if (queue.IsHalfOpenFull && _settings.SynCookies != 2 && !queue.HasWarned)
        {
            queue.HasWarned = true;
            WarnOfFlood(now, listener);
        }

        if (_settings.SynCookies == 0 && (queue.IsHalfOpenFull || queue.HalfOpenCount >= _settings.MaxSynBacklog))
        {
            CountListenDrop(queue);
            _host.Counters.Drop(DropReason.TcpRequestQueueFull, queue.HalfOpenCount, queue.IsHalfOpenFull ? queue.Backlog : _settings.MaxSynBacklog);
            return false;
        }

        if (queue.IsAcceptFull)
        {
            CountListenDrop(queue);
            _counters.ListenOverflows++;
            _host.Counters.Drop(DropReason.TcpBacklogFull, queue.AcceptCount, queue.Backlog);
            return false;
        }

        return true;
    }

    /// <summary>The line of tcp_syn_flood_action(), with the address and port of the listener.</summary>
    private void WarnOfFlood(Instant now, TcpEndpoint listener)
    {
        IpAddress local = listener.Tuple.Local;
        KernelLog log = (local.IsV6 ? _host.Filter6 : _host.Filter).Log;
        log.Add(now, string.Create(CultureInfo.InvariantCulture,
            $"TCP: request_sock_TCP: Possible SYN flooding on port {(local.IsV6 ? $"[{local}]" : local.ToString())}:{listener.Tuple.LocalPort}. {(_settings.SynCookies != 0 ? "Sending cookies" : "Dropping request")}."), LogInformation);
    }

    private void CountListenDrop(ListenQueue queue)
    {
        _counters.ListenDrops++;
        queue.Dropped++;
    }

    /// <summary>The last segment of a handshake found the accept queue full: it is forgotten, and the SYN-ACK goes out again in its time.</summary>
    private void OverflowAccept(Instant now, TcpEndpoint child, in IpPacketInfo packet, in TcpSegment segment)
    {
        _counters.ListenOverflows++;
        ListenQueue queue = child.Parent!.Listen!;
        _host.Counters.Drop(DropReason.TcpBacklogFull, queue.AcceptCount, queue.Backlog);
        if (_settings.AbortOnOverflow)
        {
            ReplyReset(now, packet, child.Tuple, segment);
            Discard(now, child);
        }
    }
}
