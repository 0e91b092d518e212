using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>getsockopt(), setsockopt() and ioctl().</content>
public sealed partial class SocketLayer
{
    // Least values of the kernel's buffers: SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF.
    private const int MinReceiveBuffer = 2304;
    private const int MinSendBuffer = 4608;
    private const int MaxKeepSeconds = 32_767;
    private const int MaxKeepCount = 127;
    private const int MinMaxSegment = 88;
    private const int MaxMaxSegment = 32_767;

    /// <summary>setsockopt() of one number. EINVAL: the value is out of range; ENOPROTOOPT: the option cannot be set, or not on this kind of socket.</summary>
    public Errno SetOption(Instant now, int socket, SocketOption option, int value)
    {
        Socket? target = _handles[socket];
        if (target is null)
        {
            return Errno.EBADF;
        }

        switch (option)
        {
            case SocketOption.ReuseAddress:
                return SetReuse(target, SocketFlags.ReuseAddress, value != 0);
            case SocketOption.ReusePort:
                return SetReuse(target, SocketFlags.ReusePort, value != 0);
            case SocketOption.Broadcast:
                target.Set(SocketFlags.Broadcast, value != 0);
                return Errno.None;
            case SocketOption.BindAddressNoPort:
                target.Set(SocketFlags.BindAddressNoPort, value != 0);
                return Errno.None;
            case SocketOption.Ipv6Only:
                return SetV6Only(target, value != 0);
            case SocketOption.Error or SocketOption.Type or SocketOption.Domain or SocketOption.Protocol or SocketOption.AcceptConnections:
                return Errno.ENOPROTOOPT;
        }

        return target is TcpEndpoint stream ? SetStreamOption(now, stream, option, value) : SetDatagramOption((UdpSocket)target, option, value);
    }

    /// <summary>getsockopt() of one number.</summary>
    public Errno GetOption(int socket, SocketOption option, out int value)
    {
        value = 0;
        Socket? target = _handles[socket];
        if (target is null)
        {
            return Errno.EBADF;
        }

        if (option == SocketOption.Mtu)
        {
            return GetPathMtu(target, out value);
        }

        int? found = option switch
        {
            SocketOption.ReuseAddress => target.Is(SocketFlags.ReuseAddress) ? 1 : 0,
            SocketOption.ReusePort => target.Is(SocketFlags.ReusePort) ? 1 : 0,
            SocketOption.Broadcast => target.Is(SocketFlags.Broadcast) ? 1 : 0,
            SocketOption.BindAddressNoPort => target.Is(SocketFlags.BindAddressNoPort) ? 1 : 0,
            SocketOption.Ipv6Only => target.Family == AddressFamily.Inet6 ? (target.Is(SocketFlags.V6Only) ? 1 : 0) : null,
            SocketOption.Error => TakeAnyError(target),
            SocketOption.Type => (int)target.Type,
            SocketOption.Domain => (int)target.Family,
            SocketOption.Protocol => target.Type == SocketType.Stream ? 6 : 17,
            SocketOption.AcceptConnections => target is TcpEndpoint { Listen: not null } ? 1 : 0,
            _ => target is TcpEndpoint stream ? GetStreamOption(stream, option) : GetDatagramOption((UdpSocket)target, option),
        };
        if (found is not { } known)
        {
            return Errno.ENOPROTOOPT;
        }

        value = known;
        return Errno.None;
    }

    /// <summary>The fields of <c>ss -i</c> (TCP_INFO); ENOTCONN before the socket has a connection.</summary>
    public Errno GetInfo(Instant now, int socket, out TcpInfo info)
    {
        info = default;
        switch (_handles[socket])
        {
            case null:
                return Errno.EBADF;
            case TcpEndpoint { Connection: { } connection }:
                info = connection.GetInfo(now);
                return Errno.None;
            case TcpEndpoint:
                return Errno.ENOTCONN;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>SO_ERROR: the pending error, else the last soft one (MUST-47); either is told once.</summary>
    private static int TakeAnyError(Socket socket)
    {
        Errno error = socket.TakeError();
        if (error == Errno.None && socket is TcpEndpoint { Connection: { } connection } stream && stream.Is(SocketFlags.InTable))
        {
            error = TcpHost.ToErrno(connection.TakeSoftError());
        }

        return (int)error;
    }

    /// <summary>ioctl(): a number about the socket's queues. EINVAL: the socket listens, or the query is not for its kind.</summary>
    public Errno Control(int socket, SocketQuery query, out int value)
    {
        value = 0;
        switch (_handles[socket])
        {
            case null:
                return Errno.EBADF;
            case UdpSocket datagram:
                value = query == SocketQuery.InputQueue && datagram.Received.TryPeek(out Datagram next) ? next.Length : 0;
                return query is SocketQuery.InputQueue or SocketQuery.OutputQueue ? Errno.None : Errno.EINVAL;
            case TcpEndpoint { Listen: not null }:
                return query == SocketQuery.AtMark ? Errno.None : Errno.EINVAL;
            case TcpEndpoint { Connection: { } connection } stream when stream.State is not (TcpState.SynSent or TcpState.SynReceived):
                value = query switch
                {
                    SocketQuery.InputQueue => IsInline(stream) ? connection.Readable : connection.ReadableBeforeMark,
                    SocketQuery.OutputQueue => (int)connection.Unacknowledged,
                    SocketQuery.OutputNotSent => connection.Unsent,
                    _ => connection.IsAtUrgentMark ? 1 : 0,
                };
                return Errno.None;
            default:
                return Errno.None;
        }
    }

    private Errno SetReuse(Socket socket, SocketFlags flag, bool on)
    {
        socket.Set(flag, on);
        if (socket is TcpEndpoint stream && stream.Is(SocketFlags.HoldsPort))
        {
            PortUse others = stream.Use & ~(PortUse.ReuseAddress | PortUse.ReusePort);
            Tcp.ReleasePort(stream);
            Tcp.HoldPort(stream, others | stream.ReuseBits);
        }
        else if (socket is UdpSocket datagram)
        {
            Udp.OnReuseChanged(datagram);
        }

        return Errno.None;
    }

    private static Errno SetV6Only(Socket socket, bool on)
    {
        if (socket.Family != AddressFamily.Inet6)
        {
            return Errno.ENOPROTOOPT;
        }

        if (socket.Is(SocketFlags.HoldsPort | SocketFlags.BoundAddress))
        {
            return Errno.EINVAL;
        }

        socket.Set(SocketFlags.V6Only, on);
        return Errno.None;
    }

    private static int Doubled(int value, int most, int least) => Math.Max(least, 2 * (int)Math.Min((uint)value, (uint)most));

    private Errno SetStreamOption(Instant now, TcpEndpoint endpoint, SocketOption option, int value)
    {
        if (option is SocketOption.TcpFastOpen or SocketOption.TcpFastOpenConnect or SocketOption.TcpFastOpenNoCookie)
        {
            return SetFastOpen(endpoint, option, value, Tcp.IsFastOpenClient);
        }

        StreamOptions old = endpoint.Options;
        StreamOptions? changed = option switch
        {
            SocketOption.KeepAlive => old with { KeepAlive = value != 0 },
            SocketOption.Linger => old with { LingerSeconds = Math.Max(value, -1) },
            SocketOption.ReceiveBuffer => old with { ReceiveBuffer = Doubled(value, _settings.MaxReceiveBuffer, MinReceiveBuffer) },
            SocketOption.SendBuffer => old with { SendBuffer = Doubled(value, _settings.MaxSendBuffer, MinSendBuffer) },
            SocketOption.TcpNoDelay => old with { NoDelay = value != 0 },
            SocketOption.TcpMaxSegment => value is 0 or (>= MinMaxSegment and <= MaxMaxSegment) ? old with { MaxSegment = value } : null,
            SocketOption.TcpKeepIdle => value is >= 1 and <= MaxKeepSeconds ? old with { KeepIdleSeconds = value } : null,
            SocketOption.TcpKeepInterval => value is >= 1 and <= MaxKeepSeconds ? old with { KeepIntervalSeconds = value } : null,
            SocketOption.TcpKeepCount => value is >= 1 and <= MaxKeepCount ? old with { KeepCount = value } : null,
            SocketOption.TcpUserTimeout => value >= 0 ? old with { UserTimeoutMilliseconds = value } : null,
            SocketOption.TimeToLive => value is -1 or (>= 1 and <= 255) ? old with { TimeToLive = (byte)Math.Max(value, 0) } : null,
            SocketOption.TypeOfService => old with { TrafficClass = (byte)(value & 0xFC) },
            SocketOption.Mark => old with { Mark = value },
            SocketOption.OutOfBandInline => old with { OutOfBandInline = value != 0 },
            SocketOption.TcpQuickAck => old with { AcknowledgesLate = value == 0 },
            _ => ChangeTcpOption(endpoint, old, option, value),
        };
        if (changed is null)
        {
            return Errno.EINVAL;
        }

        endpoint.Options = changed;
        if (option == SocketOption.TcpQuickAck)
        {
            SetQuickAck(endpoint, value);
        }
        else if (endpoint.Connection is { } connection && endpoint.Is(SocketFlags.InTable))
        {
            ApplyToConnection(now, endpoint, connection, option, changed);
        }

        return Errno.None;
    }

    private void ApplyToConnection(Instant now, TcpEndpoint endpoint, TcpConnection connection, SocketOption option, StreamOptions options)
    {
        switch (option)
        {
            case SocketOption.TcpNoDelay:
                connection.NoDelay = options.NoDelay;
                break;
            case SocketOption.TcpCork:
                connection.Cork = options.Cork;
                break;
            case SocketOption.TcpNotSentLowWater:
                connection.NotSentLowWater = options.NotSentLowWater;
                Notify(endpoint);
                break;
            case SocketOption.TcpSynCount:
                connection.SynRetries = options.SynRetries;
                break;
            case SocketOption.TcpLinger2:
                connection.Linger2 = TimeSpan.FromSeconds(options.Linger2Seconds);
                break;
            case SocketOption.TcpWindowClamp:
                connection.WindowClamp = options.WindowClamp;
                break;
            case SocketOption.ReceiveLowWater:
                connection.ReceiveLowWater = options.ReceiveLowWater;
                Notify(endpoint);
                break;
            case SocketOption.MaxPacingRate:
                TcpHost.ApplyPacing(connection, options);
                break;
            case SocketOption.TcpUserTimeout:
                connection.UserTimeout = TimeSpan.FromMilliseconds(options.UserTimeoutMilliseconds);
                break;
            case SocketOption.ReceiveBuffer:
                connection.ReceiveBufferSize = options.ReceiveBuffer;
                break;
            case SocketOption.SendBuffer:
                connection.SendBufferSize = options.SendBuffer;
                break;
            case SocketOption.KeepAlive or SocketOption.TcpKeepIdle or SocketOption.TcpKeepInterval or SocketOption.TcpKeepCount:
                TcpHost.ApplyKeepAlive(now, endpoint);
                break;
            default:
                return;
        }

        Tcp.AfterCommand(endpoint);
    }

    private int? GetStreamOption(TcpEndpoint endpoint, SocketOption option)
    {
        StreamOptions options = endpoint.Options;
        TcpConnection? connection = endpoint.Connection;
        TcpSettings settings = _host.Settings.Tcp;
        return option switch
        {
            SocketOption.KeepAlive => options.KeepAlive ? 1 : 0,
            SocketOption.Linger => options.LingerSeconds,
            SocketOption.ReceiveBuffer => connection?.ReceiveBufferSize
                ?? (options.ReceiveBuffer > 0 ? options.ReceiveBuffer : (int)Math.Max(settings.ReceiveBuffer.Default, Math.Min(2L * options.ReceiveLowWater, int.MaxValue))),
            SocketOption.SendBuffer => connection?.SendBufferSize ?? (options.SendBuffer > 0 ? options.SendBuffer : settings.SendBuffer.Default),
            SocketOption.TcpNoDelay => options.NoDelay ? 1 : 0,
            SocketOption.TcpMaxSegment => connection?.GetInfo(default).SendMss ?? (options.MaxSegment > 0 ? options.MaxSegment : 536),
            SocketOption.TcpKeepIdle => options.KeepIdleSeconds ?? (int)settings.KeepAliveTime.TotalSeconds,
            SocketOption.TcpKeepInterval => options.KeepIntervalSeconds ?? (int)settings.KeepAliveInterval.TotalSeconds,
            SocketOption.TcpKeepCount => options.KeepCount ?? settings.KeepAliveProbes,
            SocketOption.TcpUserTimeout => options.UserTimeoutMilliseconds,
            SocketOption.TimeToLive => options.TimeToLive > 0 ? options.TimeToLive : _host.Settings.DefaultTtl,
            SocketOption.TypeOfService => options.TrafficClass,
            SocketOption.Mark => options.Mark,
            SocketOption.OutOfBandInline => IsInline(endpoint) ? 1 : 0,
            SocketOption.TcpCork => options.Cork ? 1 : 0,
            SocketOption.TcpQuickAck => (connection?.QuickAck ?? !options.AcknowledgesLate) ? 1 : 0,
            SocketOption.TcpNotSentLowWater => (int)options.NotSentLowWater,
            SocketOption.TcpSynCount => options.SynRetries > 0 ? options.SynRetries : settings.SynRetries,
            SocketOption.TcpLinger2 => options.Linger2Seconds == 0 ? (int)settings.FinTimeout.TotalSeconds : options.Linger2Seconds,
            SocketOption.TcpDeferAccept => SynAckTimeouts.ToSeconds(options.DeferAccept),
            SocketOption.TcpWindowClamp => connection is not null && endpoint.Is(SocketFlags.InTable) ? connection.WindowClamp : options.WindowClamp,
            SocketOption.ReceiveLowWater => Math.Max(1, options.ReceiveLowWater),
            SocketOption.MaxPacingRate => (int)(uint)Math.Min(options.MaxPacingRate, uint.MaxValue),
            SocketOption.TcpInq => options.TellsInputQueue ? 1 : 0,
            SocketOption.TcpSaveSyn => options.SaveSyn,
            SocketOption.TcpFastOpen => options.FastOpenQueue,
            SocketOption.TcpFastOpenConnect => options.FastOpenConnect ? 1 : 0,
            SocketOption.TcpFastOpenNoCookie => options.FastOpenNoCookie ? 1 : 0,
            _ => null,
        };
    }

    private Errno GetPathMtu(Socket target, out int value)
    {
        value = 0;
        if (target is TcpEndpoint { Connection: { } connection } stream && stream.Is(SocketFlags.InTable))
        {
            value = connection.GetInfo(default).PathMtu;
            return Errno.None;
        }

        if (target is not UdpSocket { IsConnected: true } datagram)
        {
            return Errno.ENOTCONN;
        }

        IpAddress remote = datagram.Tuple.Remote;
        Errno error = ResolveDatagram(datagram, default, ref remote, out _);
        value = datagram.Route.Mtu;
        return error;
    }

    private Errno SetDatagramOption(UdpSocket socket, SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.ReceiveBuffer:
                socket.ReceiveLimit = Doubled(value, _settings.MaxReceiveBuffer, MinReceiveBuffer);
                return Errno.None;
            case SocketOption.SendBuffer:
                socket.SendLimit = Doubled(value, _settings.MaxSendBuffer, MinSendBuffer);
                return Errno.None;
            case SocketOption.TimeToLive when value is not (-1 or (>= 1 and <= 255)):
                return Errno.EINVAL;
            case SocketOption.TimeToLive:
                socket.TimeToLive = (byte)Math.Max(value, 0);
                return Errno.None;
            case SocketOption.TypeOfService:
                socket.TrafficClass = (byte)value;
                return Errno.None;
            case SocketOption.MtuDiscover when value is < 0 or > (int)MtuDiscovery.Probe:
                return Errno.EINVAL;
            case SocketOption.MtuDiscover:
                socket.Discovery = (MtuDiscovery)value;
                return Errno.None;
            default:
                return Errno.ENOPROTOOPT;
        }
    }

    private int? GetDatagramOption(UdpSocket socket, SocketOption option) => option switch
    {
        SocketOption.ReceiveBuffer => socket.ReceiveLimit,
        SocketOption.SendBuffer => socket.SendLimit,
        SocketOption.TimeToLive => socket.TimeToLive > 0 ? socket.TimeToLive : _host.Settings.DefaultTtl,
        SocketOption.TypeOfService => socket.TrafficClass,
        SocketOption.MtuDiscover => (int)socket.Discovery,
        _ => null,
    };
}
