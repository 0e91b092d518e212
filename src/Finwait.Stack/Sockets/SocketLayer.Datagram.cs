using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>The calls on datagram sockets.</content>
public sealed partial class SocketLayer
{
    /// <summary>sendto(). Of a stream socket the address is ignored, except with <see cref="SendFlags.FastOpen"/>, which connects to it.</summary>
    public Errno SendTo(Instant now, int socket, ReadOnlySpan<byte> data, SendFlags flags, SocketAddress to, out int sent)
    {
        sent = 0;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            TcpEndpoint stream when (flags & SendFlags.FastOpen) != 0 => SendFastOpen(now, stream, data, flags, to, out sent),
            TcpEndpoint stream => SendStream(now, stream, data, flags, out sent),
            UdpSocket datagram => SendDatagram(now, datagram, data, to, default, out sent),
            _ => Errno.EOPNOTSUPP,
        };
    }

    /// <summary>recvfrom(): one datagram and its sender; what the buffer does not hold is lost. Of a stream socket there is no sender.</summary>
    public Errno ReceiveFrom(Instant now, int socket, Span<byte> buffer, ReceiveFlags flags, out int received, out SocketAddress from)
    {
        received = 0;
        from = default;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            TcpEndpoint stream => ReceiveStream(now, stream, buffer, flags, out received),
            UdpSocket datagram => ReceiveDatagram(datagram, buffer, flags, out received, out from, out _),
            _ => Errno.EOPNOTSUPP,
        };
    }

    /// <summary>sendmsg() of a datagram: its source, TTL and traffic class may be others than the socket's. EINVAL: the source is no address of this host.</summary>
    public Errno SendMessage(Instant now, int socket, ReadOnlySpan<byte> data, SocketAddress to, in MessageControl control, out int sent)
    {
        sent = 0;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            UdpSocket datagram => SendDatagram(now, datagram, data, to, control, out sent),
            _ => Errno.EOPNOTSUPP,
        };
    }

    /// <summary>recvmsg() of a datagram: what <see cref="ReceiveFrom"/> gives, and what its IP header said.</summary>
    public Errno ReceiveMessage(int socket, Span<byte> buffer, ReceiveFlags flags, out int received, out SocketAddress from, out MessageControl control)
    {
        received = 0;
        from = default;
        control = default;
        return _handles[socket] switch
        {
            null => Errno.EBADF,
            UdpSocket datagram => ReceiveDatagram(datagram, buffer, flags, out received, out from, out control),
            _ => Errno.EOPNOTSUPP,
        };
    }

    private Errno ConnectDatagram(UdpSocket socket, SocketAddress address)
    {
        Errno error = Normalize(socket, address, Errno.ENETUNREACH, out IpAddress remote);
        if (error != Errno.None)
        {
            return error;
        }

        error = ResolveDatagram(socket, default, ref remote, out IpAddress local);
        if (error != Errno.None)
        {
            return error;
        }

        if (!socket.Is(SocketFlags.HoldsPort))
        {
            error = Udp.Bind(socket, local, 0);
            if (error != Errno.None)
            {
                return error;
            }

            socket.Set(SocketFlags.BoundAddress, false);
        }

        Udp.Connect(socket, new(local, socket.Tuple.LocalPort, remote, address.Port));
        return Errno.None;
    }

    // An interface that is down is no way either.
    private static Errno NoWay(SendResult result) => result is SendResult.Blackhole or SendResult.Unreachable or SendResult.Prohibited ? PingClient.ToErrno(result) : Errno.ENETUNREACH;

    /// <summary>The way to a destination and the source address for it.</summary>
    private Errno ResolveDatagram(UdpSocket socket, IpAddress source, ref IpAddress remote, out IpAddress local)
    {
        local = !source.IsNone ? source : socket.Is(SocketFlags.BoundAddress) || socket.IsConnected ? socket.Tuple.Local : default;
        IpAddress bound = local;
        if (!local.IsNone && local.IsV6 != remote.IsV6)
        {
            return Errno.ENETUNREACH;
        }

        remote = OwnIfUnspecified(remote, bound);
        ref RouteCache route = ref socket.Route;
        SendResult found = _host.Output.Resolve(remote, bound, null, ref route);
        if (found != SendResult.Sent)
        {
            return NoWay(found);
        }

        if ((route.IsBroadcast || remote.IsLimitedBroadcast) && !socket.Is(SocketFlags.Broadcast))
        {
            return Errno.EACCES;
        }

        local = bound.IsNone ? route.Source : bound;
        return local.IsNone ? Errno.EADDRNOTAVAIL : Errno.None;
    }

    private Errno SendDatagram(Instant now, UdpSocket socket, ReadOnlySpan<byte> data, SocketAddress to, in MessageControl control, out int sent)
    {
        sent = 0;
        if (data.Length > UdpWriter.MaxPayloadLength - Ipv4View.MinHeaderLength && (socket.Family == AddressFamily.Inet || data.Length > UdpWriter.MaxPayloadLength))
        {
            return Errno.EMSGSIZE;
        }

        IpAddress remote = socket.Tuple.Remote;
        ushort port = socket.Tuple.RemotePort;
        if (!to.Address.IsNone)
        {
            Errno bad = Normalize(socket, to, Errno.ENETUNREACH, out remote);
            port = to.Port;
            if (bad != Errno.None || port == 0)
            {
                return bad != Errno.None ? bad : Errno.EINVAL;
            }
        }
        else if (!socket.IsConnected)
        {
            return Errno.EDESTADDRREQ;
        }

        if (socket.Is(SocketFlags.SendShut))
        {
            return Errno.EPIPE;
        }

        IpAddress source = control.Local;
        if (!source.IsNone)
        {
            Errno bad = Normalize(socket, new(source, 0), Errno.EINVAL, out source);
            if (bad != Errno.None || !_host.Addresses.IsLocal(source))
            {
                return Errno.EINVAL;                    // a source that is not ours, a group or a broadcast address (RFC 1122 §3.2.1.3)
            }
        }

        Errno error = ResolveDatagram(socket, source, ref remote, out IpAddress local);
        if (error == Errno.None && !socket.Is(SocketFlags.HoldsPort))
        {
            error = Udp.Bind(socket, AnyOf(socket.Family), 0);
        }

        if (error == Errno.None && socket.PendingError != Errno.None)
        {
            error = socket.TakeError();
        }

        if (error != Errno.None)
        {
            return error;
        }

        error = Transmit(now, socket, data, control, local, remote, port);
        sent = error == Errno.None ? data.Length : 0;
        return error;
    }

    private Errno Transmit(Instant now, UdpSocket socket, ReadOnlySpan<byte> data, in MessageControl control, IpAddress local, IpAddress remote, ushort port)
    {
        int length = UdpView.HeaderLength + data.Length;
        bool fits = (remote.IsV6 ? 40 : 20) + length <= (socket.Discovery == MtuDiscovery.Probe ? socket.Route.Via!.Mtu : socket.Route.Mtu);
        if (socket.Discovery >= MtuDiscovery.Do && !fits)
        {
            return Errno.EMSGSIZE;
        }

        PacketBuffer buffer = _host.Output.Begin(length);
        Span<byte> bytes = buffer.Span;
        UdpWriter.WriteHeader(bytes, socket.Tuple.LocalPort, port, data.Length);
        ulong sum = InternetChecksum.CopyAndSum(data, bytes[UdpView.HeaderLength..]);
        UdpWriter.WriteChecksum(bytes[..UdpView.HeaderLength], sum, data.Length, local, remote);
        IpSendInfo info = new()
        {
            Source = local,
            Destination = remote,
            Protocol = IpProtocol.Udp,
            TimeToLive = control.TimeToLive > 0 ? control.TimeToLive : socket.TimeToLive,
            TrafficClass = control.TrafficClass ?? socket.TrafficClass,

            DontFragment = fits && socket.Discovery != MtuDiscovery.Dont,
        };
        RouteCache probe;
        scoped ref RouteCache way = ref socket.Route;
        if (socket.Discovery == MtuDiscovery.Probe)
        {
            probe = socket.Route;
            probe.Mtu = probe.Via!.Mtu;
            way = ref probe;
        }

        return _host.Output.Send(now, buffer, info, ref way, new(CauseKind.Call, Rule.Transmit, _host.StepTap?.Call ?? 0)) switch
        {
            SendResult.NoRoute => Errno.ENETUNREACH,
            SendResult.Down => Errno.ENETDOWN,
            SendResult.Filtered => Errno.EPERM,
            SendResult.TooBig => Errno.EMSGSIZE,
            SendResult.Blackhole => Errno.EINVAL,
            SendResult.Unreachable => Errno.EHOSTUNREACH,
            SendResult.Prohibited => Errno.EACCES,
            _ => Errno.None, // a full queue drops silently, as on Linux without IP_RECVERR
        };
    }

    private Errno ReceiveDatagram(UdpSocket socket, Span<byte> buffer, ReceiveFlags flags, out int received, out SocketAddress from, out MessageControl control)
    {
        received = 0;
        from = default;
        control = default;
        if (socket.PendingError != Errno.None)
        {
            return socket.TakeError();
        }

        if (!socket.Received.TryPeek(out Datagram datagram))
        {
            return Errno.EAGAIN; // after shutdown too: only a blocking call would see an end
        }

        int copied = Math.Min(datagram.Length, buffer.Length);
        datagram.Bytes.AsSpan(0, copied).CopyTo(buffer);
        received = (flags & ReceiveFlags.Truncate) != 0 ? datagram.Length : copied;
        from = new(TcpEndpoint.Show(socket.Family, datagram.Source), datagram.SourcePort);
        control.Local = TcpEndpoint.Show(socket.Family, datagram.Destination);
        control.Interface = datagram.Interface;
        control.TimeToLive = datagram.TimeToLive;
        control.TrafficClass = datagram.TrafficClass;
        if ((flags & ReceiveFlags.Peek) == 0)
        {
            socket.Discharge(datagram.Charge);
            socket.Received.Dequeue();
            Udp.Return(datagram.Bytes);
        }

        return Errno.None;
    }

    private static SocketReadiness PollDatagram(UdpSocket socket)
    {
        SocketReadiness ready = SocketReadiness.Writable;
        if (socket.Received.Count > 0)
        {
            ready |= SocketReadiness.Readable;
        }

        if (socket.Is(SocketFlags.ReceiveShut))
        {
            ready |= SocketReadiness.Readable | SocketReadiness.PeerClosed;
            if (socket.Is(SocketFlags.SendShut))
            {
                ready |= SocketReadiness.HangUp;
            }
        }

        return socket.PendingError != Errno.None ? ready | SocketReadiness.Error : ready;
    }
}
