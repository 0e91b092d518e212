using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>The calls on stream sockets. Which error comes when was taken from a Linux 6.18 kernel, call by call.</content>
public sealed partial class SocketLayer
{
    /// <summary>bind(). Port 0 chooses one; EADDRINUSE follows Linux's rules of SO_REUSEADDR and SO_REUSEPORT.</summary>
    public Errno Bind(int socket, SocketAddress address)
    {
        Socket? bound = _handles[socket];
        if (bound is null)
        {
            return Errno.EBADF;
        }

        Errno error = Normalize(bound, address, Errno.EINVAL, out IpAddress local);
        if (error != Errno.None)
        {
            return error;
        }

        if (local.IsV6 && local.IsMulticast && bound.Type == SocketType.Stream)
        {
            return Errno.EINVAL;
        }

        if (!IsBindable(local) && !(local.IsMulticast && bound.Type == SocketType.Datagram))
        {
            return Errno.EADDRNOTAVAIL;
        }

        return bound is TcpEndpoint stream ? BindStream(stream, local, address.Port) : Udp.Bind((UdpSocket)bound, local, address.Port);
    }

    /// <summary>listen(): at most <paramref name="backlog"/> + 1 connections wait for accept(); cut to net.core.somaxconn. Called again it only changes the backlog.</summary>
    public Errno Listen(int socket, int backlog)
    {
        switch (_handles[socket])
        {
            case null:
                return Errno.EBADF;
            case TcpEndpoint stream:
                return ListenStream(stream, (uint)backlog > (uint)_settings.SoMaxConn ? _settings.SoMaxConn : backlog);
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>
    /// connect(). Of a stream socket the first call gives EINPROGRESS; while the handshake runs a further call gives EALREADY, the first one after it
    /// its outcome. Of a datagram socket it only names the peer.
    /// </summary>
    public Errno Connect(Instant now, int socket, SocketAddress address) => _handles[socket] switch
    {
        null => Errno.EBADF,
        TcpEndpoint stream => ConnectStream(now, stream, address),
        UdpSocket datagram => ConnectDatagram(datagram, address),
        _ => Errno.EOPNOTSUPP,
    };

    /// <summary>accept(): the connection that waited longest, as a new socket; EAGAIN if none waits.</summary>
    public Errno Accept(int socket, out int accepted, out SocketAddress peer)
    {
        accepted = -1;
        peer = default;
        switch (_handles[socket])
        {
            case null:
                return Errno.EBADF;
            case TcpEndpoint { Listen: not null } listener:
                if (_handles.Count >= _settings.MaxSockets)
                {
                    return Errno.EMFILE;
                }

                if (TcpHost.Accept(listener) is not { } child)
                {
                    return Errno.EAGAIN;
                }

                child.Set(SocketFlags.Connected);
                accepted = Install(child);
                Notify(child); // it can be written, and perhaps read already
                peer = new(child.Shown(child.Tuple.Remote), child.Tuple.RemotePort);
                return Errno.None;
            case TcpEndpoint:
                return Errno.EINVAL;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>send(): queues what there is room for. EAGAIN: no room, or not connected yet; EPIPE: closed for sending; else the connection's error, once.</summary>
    public Errno Send(Instant now, int socket, ReadOnlySpan<byte> data, SendFlags flags, out int sent)
    {
        sent = 0;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            TcpEndpoint stream when (flags & SendFlags.FastOpen) != 0 => SendFastOpen(now, stream, data, flags, default, out sent),
            TcpEndpoint stream => SendStream(now, stream, data, flags, out sent),
            UdpSocket datagram => SendDatagram(now, datagram, data, default, default, out sent),
            _ => Errno.EOPNOTSUPP,
        };
    }

    /// <summary>recv(): 0 octets received with no error is the end of the stream.</summary>
    public Errno Receive(Instant now, int socket, Span<byte> buffer, ReceiveFlags flags, out int received)
    {
        received = 0;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            TcpEndpoint stream => ReceiveStream(now, stream, buffer, flags, out received),
            UdpSocket datagram => ReceiveDatagram(datagram, buffer, flags, out received, out _, out _),
            _ => Errno.EOPNOTSUPP,
        };
    }

    /// <summary>shutdown(). Sending: FIN behind all data. Receiving: the end of the stream as soon as nothing is left to read.</summary>
    public Errno Shutdown(Instant now, int socket, ShutdownHow how)
    {
        switch (_handles[socket])
        {
            case null:
                return Errno.EBADF;
            case UdpSocket datagram:
                datagram.Set(FlagsOf(how));
                Notify(datagram);
                return datagram.IsConnected ? Errno.None : Errno.ENOTCONN;
            case TcpEndpoint stream:
                return ShutdownStream(now, stream, how);
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private static SocketFlags FlagsOf(ShutdownHow how) => how switch
    {
        ShutdownHow.Receive => SocketFlags.ReceiveShut,
        ShutdownHow.Send => SocketFlags.SendShut,
        _ => SocketFlags.ReceiveShut | SocketFlags.SendShut,
    };

    private Errno BindStream(TcpEndpoint endpoint, IpAddress local, ushort port)
    {
        if (endpoint.State != TcpState.Closed || endpoint.Is(SocketFlags.HoldsPort) || endpoint.Is(SocketFlags.BoundAddress))
        {
            return Errno.EINVAL;
        }

        bool isAny = local.IsUnspecified;
        if (port == 0 && endpoint.Is(SocketFlags.BindAddressNoPort))
        {
            SetLocal(endpoint, local, 0);
            endpoint.Set(SocketFlags.BoundAddress, !isAny);
            return Errno.None;
        }

        Errno error = TakePort(endpoint, local, port);
        if (error == Errno.None)
        {
            endpoint.Set(SocketFlags.BoundAddress, !isAny);
            endpoint.Set(SocketFlags.BoundPort, port != 0);
        }

        return error;
    }

    private Errno TakePort(TcpEndpoint endpoint, IpAddress local, ushort port)
    {
        int chosen = port != 0 ? port : Tcp.ChooseBindPort(Tcp.Ports, local, endpoint.IsDual, endpoint.ReuseBits);
        if (chosen < 0 || (port != 0 && Tcp.Ports.Conflicts(local, endpoint.IsDual, port, endpoint.ReuseBits)))
        {
            return Errno.EADDRINUSE;
        }

        SetLocal(endpoint, local, (ushort)chosen);
        Tcp.HoldPort(endpoint, endpoint.ReuseBits);
        return Errno.None;
    }

    private static void SetLocal(TcpEndpoint endpoint, IpAddress local, ushort port)
        => endpoint.Tuple = new(local, port, local.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 0);

    private Errno ListenStream(TcpEndpoint endpoint, int backlog)
    {
        if (endpoint.Listen is { } queue)
        {
            queue.Backlog = backlog;
            return Errno.None;
        }

        if (endpoint.State != TcpState.Closed || endpoint.Is(SocketFlags.Connecting | SocketFlags.Connected))
        {
            return Errno.EINVAL;
        }

        if (!endpoint.Is(SocketFlags.HoldsPort))
        {
            Errno error = TakePort(endpoint, endpoint.Tuple.Local, 0);
            if (error != Errno.None)
            {
                return error;
            }
        }

        // A holder that listens shares its port less willingly: ask again, as Linux does (MUST-41).
        PortUse before = endpoint.Use;
        Tcp.ReleasePort(endpoint);
        if (Tcp.Ports.Conflicts(endpoint.Tuple.Local, endpoint.IsDual, endpoint.Tuple.LocalPort, endpoint.ReuseBits))
        {
            Tcp.HoldPort(endpoint, before);
            return Errno.EADDRINUSE;
        }

        if (Tcp.IsFastOpenForAll && endpoint.Options.FastOpenQueue == 0)
        {
            endpoint.Options = endpoint.Options with { FastOpenQueue = backlog };
        }

        Tcp.HoldPort(endpoint, endpoint.ReuseBits | PortUse.Listening);
        Tcp.AddListener(endpoint, backlog);
        return Errno.None;
    }

    private Errno ConnectStream(Instant now, TcpEndpoint endpoint, SocketAddress address)
    {
        if (endpoint.Listen is not null || endpoint.Is(SocketFlags.Connected))
        {
            return Errno.EISCONN;
        }

        if (endpoint.Is(SocketFlags.Connecting))
        {
            return endpoint.Connection is { IsSynHeld: true } ? Errno.EISCONN : FinishConnect(endpoint);
        }

        Errno error = OpenStream(now, endpoint, address, endpoint.Options.FastOpenConnect);
        return error == Errno.EINPROGRESS && endpoint.Connection is { IsSynHeld: true } ? Errno.None : error;
    }

    /// <summary>Begins the handshake; EINPROGRESS is success.</summary>
    private Errno OpenStream(Instant now, TcpEndpoint endpoint, SocketAddress address, bool isFastOpen)
    {
        Errno error = Normalize(endpoint, address, Errno.ENETUNREACH, out IpAddress remote);
        if (error != Errno.None)
        {
            return error;
        }

        // MUST-46
        if (remote.IsMulticast || remote.IsLimitedBroadcast)
        {
            return Errno.ENETUNREACH;
        }

        IpAddress boundTo = endpoint.Is(SocketFlags.BoundAddress) ? endpoint.Tuple.Local : default;
        remote = OwnIfUnspecified(remote, boundTo);
        RouteCache route = default;
        SendResult found = !boundTo.IsNone && boundTo.IsV6 != remote.IsV6 ? SendResult.NoRoute : _host.Output.Resolve(remote, boundTo, null, ref route);
        if (found != SendResult.Sent || route.IsBroadcast)
        {
            return NoWay(found);
        }

        IpAddress local = boundTo.IsNone ? route.Source : boundTo; // MUST-44
        if (local.IsNone)
        {
            return Errno.EADDRNOTAVAIL;
        }

        error = ChooseTuple(now, endpoint, local, remote, address.Port, out SeqNum? iss);
        if (error != Errno.None)
        {
            return error;
        }

        endpoint.Set(SocketFlags.Connecting);
        if (iss is null && endpoint.NextIss != 0)
        {
            iss = new SeqNum(endpoint.NextIss);
        }

        Tcp.Open(now, endpoint, iss, isFastOpen);
        return Errno.EINPROGRESS;
    }

    private Errno ChooseTuple(Instant now, TcpEndpoint endpoint, IpAddress local, IpAddress remote, ushort remotePort, out SeqNum? iss)
    {
        if (!endpoint.Is(SocketFlags.HoldsPort))
        {
            if (!Tcp.ChooseConnectPort(now, endpoint, local, remote, remotePort, out iss))
            {
                return Errno.EADDRNOTAVAIL;
            }

            Tcp.HoldPort(endpoint, endpoint.ReuseBits | PortUse.Automatic);
            return Errno.None;
        }

        FourTuple tuple = new(local, endpoint.Tuple.LocalPort, remote, remotePort);
        uint hash = Tcp.HashOf(tuple);
        if (!Tcp.TryTake(now, tuple, hash, out iss))
        {
            return Errno.EADDRNOTAVAIL;
        }

        PortUse use = endpoint.Use;
        Tcp.ReleasePort(endpoint);
        endpoint.Tuple = tuple;
        endpoint.Hash = hash;
        Tcp.HoldPort(endpoint, use);
        return Errno.None;
    }

    /// <summary>connect() on a socket whose handshake runs or is over.</summary>
    private Errno FinishConnect(TcpEndpoint endpoint)
    {
        switch (endpoint.State)
        {
            case TcpState.SynSent or TcpState.SynReceived:
                return Errno.EALREADY;
            case TcpState.Closed:
                Errno error = endpoint.TakeError();
                Tcp.Forget(endpoint);
                return error == Errno.None ? Errno.ECONNABORTED : error;
            default:
                endpoint.Set(SocketFlags.Connecting, false);
                endpoint.Set(SocketFlags.Connected);
                return Errno.None;
        }
    }

    private Errno SendStream(Instant now, TcpEndpoint endpoint, ReadOnlySpan<byte> data, SendFlags flags, out int sent)
    {
        sent = 0;
        TcpState state = endpoint.State;
        bool isEarly = state == TcpState.SynReceived && endpoint.Connection!.IsEarlyOpen;
        if (state is TcpState.SynSent or TcpState.SynReceived && !isEarly)
        {
            if (endpoint.Connection!.IsSynHeld)
            {
                return SendWithSyn(endpoint, data, out sent);
            }

            return endpoint.PendingError != Errno.None ? endpoint.TakeError() : Errno.EAGAIN;
        }

        if ((state is not (TcpState.Established or TcpState.CloseWait) && !isEarly) || endpoint.PendingError != Errno.None || endpoint.Is(SocketFlags.SendShut))
        {
            Errno error = endpoint.TakeError();
            return error == Errno.None ? Errno.EPIPE : error;
        }

        if (data.IsEmpty)
        {
            return Errno.None;
        }

        if (!endpoint.Connection!.WantsMore)
        {
            return Errno.EAGAIN; // TCP_NOTSENT_LOWAT
        }

        sent = endpoint.Connection!.Send(now, data, (flags & SendFlags.OutOfBand) != 0, (flags & SendFlags.More) != 0, (flags & SendFlags.EndOfRecord) != 0);
        if (sent == 0)
        {
            return Errno.EAGAIN;
        }

        Tcp.AfterCommand(endpoint);
        return Errno.None;
    }

    private Errno ReceiveStream(Instant now, TcpEndpoint endpoint, Span<byte> buffer, ReceiveFlags flags, out int received)
    {
        received = 0;
        if (endpoint.Listen is not null)
        {
            return Errno.ENOTCONN;
        }

        if ((flags & ReceiveFlags.OutOfBand) != 0)
        {
            return ReceiveUrgent(endpoint, buffer, (flags & ReceiveFlags.Peek) != 0, out received);
        }

        if (endpoint.Connection is { UrgentAhead: not null } marked && !buffer.IsEmpty)
        {
            received = ReceiveToMark(now, endpoint, marked, buffer, flags);
            if (received > 0)
            {
                return Errno.None;
            }
        }
        else if (endpoint.Connection is { Readable: > 0 } connection)
        {
            received = (flags & (ReceiveFlags.Peek | ReceiveFlags.Truncate)) == ReceiveFlags.Truncate
                ? connection.Discard(now, buffer.Length)
                : connection.Receive(now, buffer, (flags & ReceiveFlags.Peek) != 0);
            if (endpoint.Is(SocketFlags.InTable))
            {
                Tcp.AfterCommand(endpoint);
            }

            return Errno.None;
        }

        if (endpoint.Is(SocketFlags.Done))
        {
            endpoint.Connection?.Receive(now, buffer, (flags & ReceiveFlags.Peek) != 0); // nothing comes of it, but the end of the stream has been seen
            return Errno.None;
        }

        if (endpoint.PendingError != Errno.None)
        {
            return endpoint.TakeError();
        }

        if (endpoint.Is(SocketFlags.ReceiveShut))
        {
            return Errno.None;
        }

        return endpoint.State == TcpState.Closed ? Errno.ENOTCONN : Errno.EAGAIN;
    }

    private Errno ShutdownStream(Instant now, TcpEndpoint endpoint, ShutdownHow how)
    {
        Errno result = Errno.None;
        switch (endpoint.State)
        {
            case TcpState.Listen:
                if (how != ShutdownHow.Send)
                {
                    Tcp.StopListening(now, endpoint);
                }

                break;
            case TcpState.SynSent:
                endpoint.PendingError = Tcp.Disconnect(now, endpoint);
                break;
            case TcpState.Closed:
                endpoint.Set(FlagsOf(how));
                result = Errno.ENOTCONN;
                break;
            default:
                endpoint.Set(FlagsOf(how));
                if (how != ShutdownHow.Send)
                {
                    endpoint.Connection!.ShutdownReceive(now);
                }

                if (how != ShutdownHow.Receive)
                {
                    endpoint.Connection!.ShutdownSend(now);
                }

                Tcp.AfterCommand(endpoint);
                break;
        }

        Notify(endpoint);
        return result;
    }

    /// <summary>Linux's tcp_poll().</summary>
    private SocketReadiness PollStream(TcpEndpoint endpoint)
    {
        if (endpoint.Listen is { } queue)
        {
            return queue.AcceptCount > 0 ? SocketReadiness.Readable : SocketReadiness.None;
        }

        SocketReadiness ready = SocketReadiness.None;
        TcpState state = endpoint.State;
        if (state == TcpState.Closed || (endpoint.Is(SocketFlags.ReceiveShut) && endpoint.Is(SocketFlags.SendShut)))
        {
            ready |= SocketReadiness.HangUp;
        }

        if (endpoint.Is(SocketFlags.ReceiveShut))
        {
            ready |= SocketReadiness.Readable | SocketReadiness.PeerClosed;
        }

        if (state == TcpState.SynSent && endpoint.Connection!.IsSynHeld)
        {
            ready |= SocketReadiness.Writable;          // a write is what sends the SYN
        }

        if (state is not (TcpState.SynSent or TcpState.SynReceived) || endpoint.Connection!.IsEarlyOpen)
        {
            TcpConnection? connection = endpoint.Connection;
            if (connection is { HasEnoughToRead: true } && (connection.Readable > 1 || !connection.IsAtUrgentMark || IsInline(endpoint)))
            {
                ready |= SocketReadiness.Readable;
            }

            if (connection is { IsUrgentPending: true })
            {
                ready |= SocketReadiness.Urgent;
            }

            // Room for half of what is queued, so that a writer is not woken for every acknowledgment.
            if (connection is null || state == TcpState.Closed || endpoint.Is(SocketFlags.SendShut) || (3L * connection.SendRoom >= connection.SendBufferSize && connection.WantsMore))
            {
                ready |= SocketReadiness.Writable;
            }
        }

        return endpoint.PendingError != Errno.None ? ready | SocketReadiness.Error : ready;
    }
}
