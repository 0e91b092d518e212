using System.Diagnostics;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>How connections begin and end: active open, close, abort, and what becomes of a connection when it has nothing more to send.</content>
internal sealed partial class TcpHost
{
    /// <summary>Active open to a peer whose route and ports are settled: <see cref="TcpEndpoint.Tuple"/> and <see cref="TcpEndpoint.Hash"/> are set and unique.</summary>
    /// <param name="now">The time.</param>
    /// <param name="endpoint">The socket.</param>
    /// <param name="iss">The initial sequence number, if the four-tuple's or the socket's past demands one.</param>
    /// <param name="isFastOpen">Text is to go with the SYN if that is possible; the SYN waits for it.</param>
    public void Open(Instant now, TcpEndpoint endpoint, SeqNum? iss, bool isFastOpen = false)
    {
        ref RouteCache route = ref RouteOf(endpoint.Tuple);
        TcpConnection connection = NewConnection(endpoint);
        ApplyOptions(now, endpoint);
        OpenParameters parameters = ParametersFor(now, endpoint, route);
        parameters.Iss = iss ?? parameters.Iss;

        // Linux goes on from the old number when a socket whose connect() failed tries again: behind its SYN, and two more.
        endpoint.NextIss = (parameters.Iss + 3).Value;
        if (isFastOpen)
        {
            AskFastOpen(endpoint, ref parameters);
            parameters.HoldsSyn = parameters.FastOpen == FastOpenMode.Data;
        }

        connection.OpenActive(now, parameters);
        _counters.ActiveOpens++;
        AddToTable(endpoint);
        AfterInput(endpoint);
    }

    /// <summary>After a command of the application (send, receive, shutdown, option): what it led to goes out at the next poll.</summary>
    public void AfterCommand(TcpEndpoint endpoint) => AfterInput(endpoint);

    /// <summary>The application closed the socket; what is left of the connection is an orphan.</summary>
    public void Close(Instant now, TcpEndpoint endpoint)
    {
        if (endpoint.Listen is not null)
        {
            RemoveListener(now, endpoint);
            ReleasePort(endpoint);
            return;
        }

        if (endpoint.Connection is not { } connection)
        {
            ReleasePort(endpoint);
            return;
        }

        if (!endpoint.Is(SocketFlags.InTable))
        {
            connection.Abort(now); // gives back the rings with what was never read; there is nobody to tell
            endpoint.Connection = null;
            ReleasePort(endpoint);
            return;
        }

        if (endpoint.Options.LingerSeconds == 0)
        {
            Abort(now, endpoint, Rule.Linger);
            return;
        }

        if (_orphans >= _settings.MaxOrphans)
        {
            _counters.OrphansReset++;
            Abort(now, endpoint, Rule.OrphanLimit);
            return;
        }

        endpoint.Set(SocketFlags.Orphan);
        _orphans++;
        connection.Close(now);
        AfterInput(endpoint);
    }

    /// <summary>Resets a connection that nobody holds any more.</summary>
    public void Abort(Instant now, TcpEndpoint endpoint, Rule rule = Rule.Abort)
    {
        TcpConnection connection = endpoint.Connection!;
        if (!endpoint.Is(SocketFlags.InTable))
        {
            connection.Abort(now, rule);
            ReleasePort(endpoint);
            return;
        }

        if (!endpoint.Is(SocketFlags.Orphan))
        {
            endpoint.Set(SocketFlags.Orphan);
            _orphans++;
        }

        connection.Abort(now, rule);
        AfterInput(endpoint);
    }

    /// <summary>Ends the connection of a socket that stays open: reset to the peer, and nothing to fetch afterwards (Linux's tcp_disconnect).</summary>
    /// <returns>The error the owner would learn, if a connection was cut off.</returns>
    public Errno Disconnect(Instant now, TcpEndpoint endpoint)
    {
        TcpConnection connection = endpoint.Connection!;
        bool wasOpen = endpoint.Is(SocketFlags.InTable) && connection.State != TcpState.Closed;
        connection.Abort(now);
        while (connection.PollTransmit(now, out SegmentPlan plan))
        {
            Emit(now, endpoint, connection, plan);
        }

        Detach(now, endpoint);
        endpoint.Connection = null;
        Forget(endpoint);
        return wasOpen ? Errno.ECONNRESET : Errno.None;
    }

    /// <summary>Back to an unconnected socket that keeps only what bind() gave it, and the number of the port it had.</summary>
    public void Forget(TcpEndpoint endpoint)
    {
        Debug.Assert(!endpoint.Is(SocketFlags.InTable), "the connection still lives");
        endpoint.Connection?.Abort(default);
        endpoint.Connection = null;
        endpoint.Options = endpoint.Options.SavedSyn is null ? endpoint.Options : endpoint.Options with { SavedSyn = null };
        endpoint.Set(SocketFlags.ReceiveShut | SocketFlags.SendShut | SocketFlags.Done | SocketFlags.Connected | SocketFlags.Connecting, false);
        if (!endpoint.Is(SocketFlags.BoundPort))
        {
            ReleasePort(endpoint);
        }

        bool holds = endpoint.Is(SocketFlags.HoldsPort);
        PortUse use = endpoint.Use;
        if (holds)
        {
            ReleasePort(endpoint);
        }

        IpAddress any = endpoint.Family == AddressFamily.Inet6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
        IpAddress local = endpoint.Is(SocketFlags.BoundAddress) ? endpoint.Tuple.Local : any;

        // getsockname() goes on telling the port that the socket had, as on Linux: to hold it is another matter.
        endpoint.Tuple = new(local, endpoint.Tuple.LocalPort, local.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 0);
        if (holds)
        {
            HoldPort(endpoint, use);
        }
    }

    /// <summary>Everything is sent: the connection ends, retires to a TIME-WAIT record, or waits for its next deadline.</summary>
    private void Settle(Instant now, TcpEndpoint endpoint, TcpConnection connection)
    {
        DrainEvents(endpoint, connection);
        if (connection.State == TcpState.Closed)
        {
            Finish(now, endpoint, connection);
        }
        else if (connection.CanRetire)
        {
            Retire(now, endpoint, connection);
        }
        else
        {
            GoOn(now, endpoint, connection);
        }
    }

    /// <summary>The connection lives on: its timer, and its rings for the next octets.</summary>
    private void GoOn(Instant now, TcpEndpoint endpoint, TcpConnection connection)
    {
        _timers.Set(endpoint, KernelTick.Round(now, connection.NextDeadline, _host.Settings.TimerTick));
        if (!endpoint.Is(SocketFlags.Warm) && connection.HoldsIdleBuffers)
        {
            KeepWarm(endpoint);
        }
    }

    /// <summary>Lets a connection keep its empty rings, in the place of the one that has been allowed to for longest.</summary>
    private void KeepWarm(TcpEndpoint endpoint)
    {
        if (_warm[_nextWarm] is { } oldest)
        {
            oldest.Set(SocketFlags.Warm, false);
            oldest.Connection?.ReleaseIdleBuffers();
        }

        endpoint.Set(SocketFlags.Warm);
        _warm[_nextWarm] = endpoint;
        _nextWarm = (_nextWarm + 1) % WarmConnections;
    }

    /// <summary>The connection is gone (Linux's tcp_done).</summary>
    private void Finish(Instant now, TcpEndpoint endpoint, TcpConnection connection)
    {
        if (endpoint.Is(SocketFlags.EarlyOpen))
        {
            EndEarly(now, endpoint, isReset: connection.Error == TcpError.Reset);
        }

        Count(endpoint, connection);
        Detach(now, endpoint);
        if (endpoint.Is(SocketFlags.HalfOpen))
        {
            // MUST-11, SM-TO-SR: the listener goes on as if nothing had been.
            endpoint.Parent!.Listen!.Remove(endpoint);
            ReleasePort(endpoint);
            return;
        }

        if (!endpoint.Is(SocketFlags.BoundPort) || endpoint.Handle < 0)
        {
            ReleasePort(endpoint);
        }

        endpoint.PendingError = ToErrno(connection.Error);
        endpoint.Set(SocketFlags.ReceiveShut | SocketFlags.SendShut);
        _sockets.Notify(endpoint);
    }

    /// <summary>Only the four-tuple is left of the connection: a small record takes its place.</summary>
    private void Retire(Instant now, TcpEndpoint endpoint, TcpConnection connection)
    {
        TimeWaitState state = connection.GetTimeWaitState();
        bool wasOrphan = endpoint.Is(SocketFlags.Orphan);
        Detach(now, endpoint, isRetired: true);
        bool keepsPort = endpoint.Is(SocketFlags.BoundPort) && endpoint.Handle >= 0;
        AddTimeWait(now, endpoint, state, sharesPort: keepsPort);
        if (wasOrphan)
        {
            connection.Abort(now);
            endpoint.Connection = null;
            return;
        }

        endpoint.Set(SocketFlags.ReceiveShut | SocketFlags.SendShut | SocketFlags.Done);
        _sockets.Notify(endpoint);
    }

    /// <summary>Drops a half-open connection without a word.</summary>
    private void Discard(Instant now, TcpEndpoint child, Rule rule = Rule.None)
    {
        child.Parent!.Listen!.Remove(child);
        Detach(now, child, rule: rule);
        ReleasePort(child);
    }

    private void Detach(Instant now, TcpEndpoint endpoint, bool isRetired = false, Rule rule = Rule.None)
    {
        _host.ConnectionTap?.Leave(now, endpoint, isRetired, new Cause(CauseKind.Call, rule, _host.StepTap?.Call ?? 0));
        _timers.Remove(endpoint);
        endpoint.Connection?.ReleaseIdleBuffers();
        if (endpoint.Is(SocketFlags.InTable))
        {
            endpoint.Set(SocketFlags.InTable, false);
            _endpoints.Remove(endpoint);
            _ephemeral.OnReleased(endpoint.Tuple);
            if (endpoint.Is(SocketFlags.Orphan))
            {
                endpoint.Set(SocketFlags.Orphan, false);
                _orphans--;
            }
        }
    }

    private void Count(TcpEndpoint endpoint, TcpConnection connection)
    {
        if (endpoint.Is(SocketFlags.HalfOpen) || connection.Error == TcpError.Refused)
        {
            _counters.AttemptFails++;
        }
        else if (connection.Error is TcpError.Reset or TcpError.BrokenPipe)
        {
            _counters.EstablishedResets++;
        }
    }

    /// <summary>The options set on the socket before it had a connection.</summary>
    private static void ApplyOptions(Instant now, TcpEndpoint endpoint)
    {
        StreamOptions options = endpoint.Options;
        if (ReferenceEquals(options, StreamOptions.Default))
        {
            return;
        }

        TcpConnection connection = endpoint.Connection!;
        connection.NoDelay = options.NoDelay;
        connection.Cork = options.Cork;
        connection.QuickAck = !options.AcknowledgesLate;
        ApplyRareOptions(connection, options);
        connection.UserTimeout = TimeSpan.FromMilliseconds(options.UserTimeoutMilliseconds);
        if (options.ReceiveBuffer > 0)
        {
            connection.ReceiveBufferSize = options.ReceiveBuffer;
        }

        if (options.SendBuffer > 0)
        {
            connection.SendBufferSize = options.SendBuffer;
        }

        ApplyKeepAlive(now, endpoint);
    }

    /// <summary>Those that most sockets leave alone, and that a connection keeps room for only when they are set.</summary>
    private static void ApplyRareOptions(TcpConnection connection, StreamOptions options)
    {
        if (options.CongestionControl is { } name)
        {
            connection.CongestionControl = name;
        }

        ApplyPacing(connection, options);
        if (options.NotSentLowWater != 0)
        {
            connection.NotSentLowWater = options.NotSentLowWater;
        }

        if (options.SynRetries > 0)
        {
            connection.SynRetries = options.SynRetries;
        }

        if (options.Linger2Seconds != 0)
        {
            connection.Linger2 = TimeSpan.FromSeconds(options.Linger2Seconds);
        }

        if (options.DeferAccept > 0)
        {
            connection.DeferAccept = options.DeferAccept;
        }

        if (options.WindowClamp > 0)
        {
            connection.WindowClamp = options.WindowClamp;
        }

        if (options.ReceiveLowWater > 1)
        {
            connection.ReceiveLowWater = options.ReceiveLowWater;
        }
    }

    /// <summary>SO_MAX_PACING_RATE; 0 is no bound, as for Linux's sender.</summary>
    public static void ApplyPacing(TcpConnection connection, StreamOptions options)
        => connection.MaxPacingRate = options.MaxPacingRate > 0 ? options.MaxPacingRate : long.MaxValue;

    /// <summary>SO_KEEPALIVE and its three times.</summary>
    public static void ApplyKeepAlive(Instant now, TcpEndpoint endpoint)
    {
        StreamOptions options = endpoint.Options;
        endpoint.Connection?.SetKeepAlive(now, options.KeepAlive,
            options.KeepIdleSeconds is { } idle ? TimeSpan.FromSeconds(idle) : null,
            options.KeepIntervalSeconds is { } interval ? TimeSpan.FromSeconds(interval) : null,
            options.KeepCount);
    }

    /// <summary>How a socket call reports what became of a connection.</summary>
    public static Errno ToErrno(TcpError error) => error switch
    {
        TcpError.None => Errno.None,
        TcpError.Refused => Errno.ECONNREFUSED,
        TcpError.Reset => Errno.ECONNRESET,
        TcpError.BrokenPipe => Errno.EPIPE,
        TcpError.TimedOut => Errno.ETIMEDOUT,
        TcpError.Aborted => Errno.ECONNABORTED,
        TcpError.HostUnreachable => Errno.EHOSTUNREACH,
        TcpError.NetworkUnreachable => Errno.ENETUNREACH,
        TcpError.ProtocolUnreachable => Errno.ENOPROTOOPT,
        TcpError.Prohibited => Errno.EACCES,
        TcpError.ProtocolProblem => Errno.EPROTO,
        TcpError.SourceRouteFailed => Errno.EOPNOTSUPP,
        TcpError.HostUnknown => Errno.EHOSTDOWN,
        TcpError.HostIsolated => Errno.ENONET,
        _ => Errno.ECONNABORTED,
    };
}
