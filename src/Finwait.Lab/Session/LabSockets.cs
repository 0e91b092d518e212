using System.Buffers.Binary;
using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The socket layer of a host with the numbers and layouts of Linux's calls.</summary>
/// <param name="host">The host.</param>
/// <param name="calls">The record of calls.</param>
/// <param name="now">The time.</param>
/// <param name="send">Puts onto the links what the host wants to send: as a kernel does before a call returns.</param>
internal sealed class LabSockets(Host host, LabCalls calls, Func<Instant> now, Action send) : ISocketCalls
{
    private readonly Dictionary<int, SocketAddress> _connecting = [];

    private SocketLayer Layer => host.Sockets;

    private static SocketAddress To(LabEndpoint endpoint) => new(endpoint.Address, endpoint.Port);

    private static LabEndpoint From(SocketAddress address) => new(address.Address, address.Port);

    /// <summary>The layer, for a call of this name: what it does has the call as its cause. <see cref="Sent"/> ends the call.</summary>
    private SocketLayer Calling(string name, int socket = -1, string arguments = "")
    {
        calls.Begin(now(), name, socket, arguments);
        return host.Sockets;
    }

    /// <summary>An address as Python writes it.</summary>
    private static string Typed(LabEndpoint address) => string.Create(CultureInfo.InvariantCulture, $"('{address.Address}', {address.Port})");

    private static string Typed(ReadOnlySpan<byte> data) => string.Create(CultureInfo.InvariantCulture, $"{data.Length} {(data.Length == 1 ? "octet" : "octets")}");

    private Errno Sent(Errno errno)
    {
        send();
        return calls.End(errno);
    }

    public Errno Create(int family, int type, out int socket)
    {
        socket = -1;
        if (Layer.Count >= host.Settings.Sockets.MaxSockets)
        {
            return Errno.EMFILE;
        }

        socket = Calling("socket").Create((AddressFamily)family, (SocketType)type);
        calls.End(Errno.None);
        return socket >= 0 ? Errno.None : Errno.EMFILE;
    }

    public Errno Bind(int socket, LabEndpoint address) => calls.End(Calling("bind", socket, Typed(address)).Bind(socket, To(address)));

    public Errno Listen(int socket, int backlog) => calls.End(Calling("listen", socket, backlog.ToString(CultureInfo.InvariantCulture)).Listen(socket, backlog));

    public Errno Connect(int socket, LabEndpoint address)
    {
        Errno errno = Sent(Calling("connect", socket, Typed(address)).Connect(now(), socket, To(address)));
        if (errno is Errno.EINPROGRESS or Errno.EALREADY)
        {
            _connecting[socket] = To(address);
        }

        return errno;
    }

    public Errno ConnectResult(int socket)
    {
        if (!_connecting.TryGetValue(socket, out SocketAddress address))
        {
            return Errno.None;
        }

        if ((Layer.Poll(socket) & (SocketReadiness.Writable | SocketReadiness.Error | SocketReadiness.HangUp)) == 0)
        {
            return Errno.EINPROGRESS;
        }

        Errno errno = Layer.Connect(now(), socket, address);
        if (errno is Errno.EALREADY or Errno.EINPROGRESS)
        {
            return Errno.EINPROGRESS;
        }

        _connecting.Remove(socket);
        return errno == Errno.EISCONN ? Errno.None : errno;
    }

    public Errno ConnectOutcome(int socket)
    {
        if (!IsReady(socket, write: true))
        {
            return Errno.EINPROGRESS;
        }

        Errno asked = Layer.GetOption(socket, SocketOption.Error, out int error);
        return asked == Errno.None ? (Errno)error : asked;
    }

    public bool IsReady(int socket, bool write) =>
        (Layer.Poll(socket) & (SocketReadiness.Error | SocketReadiness.HangUp | (write ? SocketReadiness.Writable : SocketReadiness.Readable | SocketReadiness.PeerClosed))) != 0;

    public Errno Accept(int socket, out int accepted, out LabEndpoint peer)
    {
        Errno errno = calls.End(Calling("accept", socket).Accept(socket, out accepted, out SocketAddress from));
        peer = From(from);
        return errno;
    }

    public Errno Send(int socket, ReadOnlySpan<byte> data, bool urgent, out int sent) => Sent(Calling("send", socket, Typed(data)).Send(now(), socket, data, urgent ? SendFlags.OutOfBand : SendFlags.None, out sent));

    public Errno Receive(int socket, Span<byte> buffer, ReceiveFlags flags, out int received) => Sent(Calling("recv", socket).Receive(now(), socket, buffer, flags, out received));

    public Errno SendTo(int socket, ReadOnlySpan<byte> data, int flags, LabEndpoint to, out int sent)
    {
        Errno errno = Calling("sendto", socket, $"{Typed(data)}, {Typed(to)}").SendTo(now(), socket, data, (SendFlags)flags & SendFlags.FastOpen, To(to), out sent);
        if ((flags & (int)SendFlags.FastOpen) != 0 && (errno == Errno.EINPROGRESS || sent > 0))
        {
            _connecting[socket] = To(to);
        }

        return Sent(errno);
    }

    public Errno ReceiveFrom(int socket, Span<byte> buffer, bool peek, out int received, out LabEndpoint from)
    {
        Errno errno = Sent(Calling("recvfrom", socket).ReceiveFrom(now(), socket, buffer, peek ? ReceiveFlags.Peek : ReceiveFlags.None, out received, out SocketAddress sender));
        from = From(sender);
        return errno;
    }

    public Errno Shutdown(int socket, int how) => how is >= 0 and <= 2 ? Sent(Calling("shutdown", socket, ((string[])["SHUT_RD", "SHUT_WR", "SHUT_RDWR"])[how]).Shutdown(now(), socket, (ShutdownHow)how)) : Errno.EINVAL;

    public Errno Close(int socket) => Close(socket, out _);

    public Errno Close(int socket, out LingeringClose lingering)
    {
        _connecting.Remove(socket);
        return Sent(Calling("close", socket).Close(now(), socket, out lingering));
    }

    /// <summary>What <c>ss -K</c> does to one row. False if its socket is gone.</summary>
    public bool Destroy(SsRow row)
    {
        SocketType type = row.Kind == SsKind.Tcp ? SocketType.Stream : SocketType.Datagram;
        foreach (SocketRow own in Layer.Snapshot(now()))
        {
            if (own.Type == type && own.State == row.State && own.Inode == row.Inode && From(own.Local) == new LabEndpoint(row.Local, row.LocalPort) && From(own.Peer) == new LabEndpoint(row.Peer, row.PeerPort))
            {
                bool was = Calling("ss -K").Destroy(now(), own);
                Sent(Errno.None);
                return was;
            }
        }

        return false;
    }

    /// <summary>The option that Linux's numbers name; null if the host has none.</summary>
    private static SocketOption? Option(int level, int name) => (level, name) switch
    {
        (1, 2) => SocketOption.ReuseAddress,
        (1, 3) => SocketOption.Type,
        (1, 4) => SocketOption.Error,
        (1, 6) => SocketOption.Broadcast,
        (1, 7) => SocketOption.SendBuffer,
        (1, 8) => SocketOption.ReceiveBuffer,
        (1, 9) => SocketOption.KeepAlive,
        (1, 10) => SocketOption.OutOfBandInline,
        (1, 13) => SocketOption.Linger,
        (1, 15) => SocketOption.ReusePort,
        (1, 18) => SocketOption.ReceiveLowWater,
        (1, 36) => SocketOption.Mark,
        (1, 47) => SocketOption.MaxPacingRate,
        (1, 30) => SocketOption.AcceptConnections,
        (1, 38) => SocketOption.Protocol,
        (1, 39) => SocketOption.Domain,
        (6, 1) => SocketOption.TcpNoDelay,
        (6, 2) => SocketOption.TcpMaxSegment,
        (6, 4) => SocketOption.TcpKeepIdle,
        (6, 5) => SocketOption.TcpKeepInterval,
        (6, 6) => SocketOption.TcpKeepCount,
        (6, 3) => SocketOption.TcpCork,
        (6, 7) => SocketOption.TcpSynCount,
        (6, 8) => SocketOption.TcpLinger2,
        (6, 9) => SocketOption.TcpDeferAccept,
        (6, 10) => SocketOption.TcpWindowClamp,
        (6, 12) => SocketOption.TcpQuickAck,
        (6, 13) => SocketOption.TcpCongestion,
        (6, 33) => SocketOption.TcpFastOpenKey,
        (6, 18) => SocketOption.TcpUserTimeout,
        (6, 23) => SocketOption.TcpFastOpen,
        (6, 25) => SocketOption.TcpNotSentLowWater,
        (6, 27) => SocketOption.TcpSaveSyn,
        (6, 28) => SocketOption.TcpSavedSyn,
        (6, 30) => SocketOption.TcpFastOpenConnect,
        (6, 36) => SocketOption.TcpInq,
        (6, 34) => SocketOption.TcpFastOpenNoCookie,
        (0, 1) or (41, 67) => SocketOption.TypeOfService,
        (0, 2) or (41, 16) => SocketOption.TimeToLive,
        (0, 10) or (41, 23) => SocketOption.MtuDiscover,
        (0, 14) or (41, 24) => SocketOption.Mtu,
        (0, 24) => SocketOption.BindAddressNoPort,
        (41, 26) => SocketOption.Ipv6Only,
        _ => null,
    };

    public Errno SetOption(int socket, int level, int name, ReadOnlySpan<byte> value)
    {
        if (Option(level, name) is not { } option)
        {
            return Errno.ENOPROTOOPT;
        }

        if (option == SocketOption.Linger)
        {
            if (value.Length < 8)
            {
                return Errno.EINVAL;
            }

            bool isOn = BinaryPrimitives.ReadInt32LittleEndian(value) != 0;
            return calls.End(Calling("setsockopt", socket).SetOption(now(), socket, option, isOn ? SecondsOf(BinaryPrimitives.ReadInt32LittleEndian(value[4..])) : -1));
        }

        if (option is SocketOption.TcpCongestion or SocketOption.TcpFastOpenKey || (option == SocketOption.MaxPacingRate && value.Length >= 8))
        {
            return Sent(Calling("setsockopt", socket).SetOption(now(), socket, option, value));
        }

        return value.Length >= 4 ? calls.End(Calling("setsockopt", socket).SetOption(now(), socket, option, BinaryPrimitives.ReadInt32LittleEndian(value))) : Errno.EINVAL;
    }

    /// <summary>A negative time of SO_LINGER is a very long one.</summary>
    private static int SecondsOf(int linger) => linger < 0 ? int.MaxValue : linger;

    public Errno GetOption(int socket, int level, int name, out int value)
    {
        value = 0;
        return Option(level, name) is { } option ? Layer.GetOption(socket, option, out value) : Unknown(level);
    }

    /// <summary>What Linux says of an option to read that it does not know: at a level that a socket can have (IP, socket, TCP, UDP, IPv6), or at any other.</summary>
    private static Errno Unknown(int level) => level is 0 or 1 or 6 or 17 or 41 ? Errno.ENOPROTOOPT : Errno.EOPNOTSUPP;

    public Errno GetOption(int socket, int level, int name, Span<byte> value, out int length)
    {
        length = 0;
        if (Option(level, name) is not { } option)
        {
            return Unknown(level);
        }

        if (option is SocketOption.TcpCongestion or SocketOption.TcpFastOpenKey or SocketOption.TcpSavedSyn)
        {
            return Layer.GetOption(socket, option, value, out length);
        }

        Errno errno = Layer.GetOption(socket, option, out int number);
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, number);
        length = errno == Errno.None ? Math.Min(value.Length, octets.Length) : 0;
        octets[..length].CopyTo(value);
        return errno;
    }

    public Errno GetLocal(int socket, out LabEndpoint address)
    {
        Errno errno = Layer.GetLocal(socket, out SocketAddress local);
        address = From(local);
        return errno;
    }

    public Errno GetPeer(int socket, out LabEndpoint address)
    {
        Errno errno = Layer.GetPeer(socket, out SocketAddress peer);
        address = From(peer);
        return errno;
    }
}
