using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>The socket calls. Those that may wait return a <see cref="PortCall"/>; on a non-blocking socket it is done at once, with EAGAIN or EINPROGRESS.</content>
public sealed partial class PacketPort
{
    /// <summary>MSG_DONTWAIT: this call does not wait, whatever the socket.</summary>
    public const int DontWait = 0x40;

    /// <summary>MSG_OOB.</summary>
    private const int OutOfBand = 0x1;

    /// <summary>MSG_WAITALL: recv() waits until the buffer is full, the stream ends or an error comes.</summary>
    public const int WaitAll = 0x100;

    /// <summary>MSG_TRUNC: the octets of a stream are thrown away; of a datagram the whole length is told.</summary>
    public const int Truncate = 0x20;

    /// <summary>MSG_PEEK: what is read stays.</summary>
    public const int Peek = 0x2;

    /// <summary>socket().</summary>
    /// <param name="family">Address family.</param>
    /// <param name="type">Stream or datagram.</param>
    /// <param name="isBlocking">False for SOCK_NONBLOCK.</param>
    /// <returns>A handle, or the negative of an <see cref="Errno"/>.</returns>
    public int Socket(AddressFamily family, SocketType type, bool isBlocking = true)
    {
        int socket = _host.Sockets.Create(family, type);
        if (socket >= 0)
        {
            _sockets[socket] = new() { IsBlocking = isBlocking };
        }

        return socket;
    }

    /// <summary>bind().</summary>
    public Errno Bind(int socket, SocketAddress address) => Settled(_host.Sockets.Bind(socket, address));

    /// <summary>listen().</summary>
    public Errno Listen(int socket, int backlog) => Settled(_host.Sockets.Listen(socket, backlog));

    /// <summary>shutdown().</summary>
    public Errno Shutdown(int socket, ShutdownHow how) => Settled(_host.Sockets.Shutdown(Now, socket, how));

    /// <summary>getsockname().</summary>
    public Errno GetLocal(int socket, out SocketAddress address) => _host.Sockets.GetLocal(socket, out address);

    /// <summary>getpeername().</summary>
    public Errno GetPeer(int socket, out SocketAddress address) => _host.Sockets.GetPeer(socket, out address);

    /// <summary>setsockopt() of a number.</summary>
    public Errno SetOption(int socket, SocketOption option, int value) => Settled(_host.Sockets.SetOption(Now, socket, option, value));

    /// <summary>setsockopt() of octets.</summary>
    public Errno SetOption(int socket, SocketOption option, ReadOnlySpan<byte> value) => Settled(_host.Sockets.SetOption(Now, socket, option, value));

    /// <summary>getsockopt() of octets; what does not fit is cut off.</summary>
    public Errno GetOption(int socket, SocketOption option, Span<byte> value, out int length) => _host.Sockets.GetOption(socket, option, value, out length);

    /// <summary>getsockopt() of a number.</summary>
    public Errno GetOption(int socket, SocketOption option, out int value) => _host.Sockets.GetOption(socket, option, out value);

    /// <summary>getsockopt(TCP_INFO).</summary>
    public Errno GetInfo(int socket, out TcpInfo info) => _host.Sockets.GetInfo(Now, socket, out info);

    /// <summary>fcntl(F_SETFL) as far as O_NONBLOCK goes; EBADF if the socket is not open.</summary>
    public Errno SetBlocking(int socket, bool isBlocking)
    {
        if (!_sockets.TryGetValue(socket, out PortSocket? state))
        {
            return Errno.EBADF;
        }

        state.IsBlocking = isBlocking;
        return Errno.None;
    }

    /// <summary>True unless O_NONBLOCK is set on the socket.</summary>
    public bool IsBlocking(int socket) => _sockets.TryGetValue(socket, out PortSocket? state) && state.IsBlocking;

    /// <summary>SO_RCVTIMEO and SO_SNDTIMEO: how long receiving calls, and sending calls and connect(), wait. Zero, the default, is for ever.</summary>
    /// <param name="socket">An open socket, or EBADF.</param>
    /// <param name="timeout">Not negative.</param>
    /// <param name="isSend">SO_SNDTIMEO.</param>
    public Errno SetTimeout(int socket, TimeSpan timeout, bool isSend)
    {
        if (!_sockets.TryGetValue(socket, out PortSocket? state))
        {
            return Errno.EBADF;
        }

        state.ReceiveTimeout = isSend ? state.ReceiveTimeout : timeout;
        state.SendTimeout = isSend ? timeout : state.SendTimeout;
        return Errno.None;
    }

    /// <summary>FIONREAD and SIOCINQ: octets that recv() would give at once, a FIN and what is behind the urgent mark not counted. ENOTCONN without a connection.</summary>
    public Errno GetReceiveQueue(int socket, out int octets)
    {
        octets = 0;
        Errno error = GetInfo(socket, out _);
        return error == Errno.None ? _host.Sockets.Control(socket, SocketQuery.InputQueue, out octets) : error;
    }

    /// <summary>SIOCOUTQ (all that is not acknowledged) and SIOCOUTQNSD (what was not sent yet), octets.</summary>
    public Errno GetSendQueue(int socket, out int unacknowledged, out int unsent)
    {
        Errno error = GetInfo(socket, out TcpInfo info);
        unacknowledged = (int)info.SendQueue;
        unsent = info.NotSent;
        return error;
    }

    /// <summary>accept().</summary>
    /// <param name="socket">A listener.</param>
    /// <param name="isBlocking">False for accept4() with SOCK_NONBLOCK: what the new socket will be.</param>
    public PortCall Accept(int socket, bool isBlocking = true) => Begin(new(PortCallKind.Accept, socket) { Flags = isBlocking ? 0 : DontWait }, isSend: false, 0);

    /// <summary>connect().</summary>
    public PortCall Connect(int socket, SocketAddress address) => Begin(new(PortCallKind.Connect, socket) { Address = address }, isSend: true, 0);

    /// <summary>recv(), read(), recvfrom().</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="length">Room, octets; not negative.</param>
    /// <param name="flags">MSG_ bits with Linux's values.</param>
    public PortCall Receive(int socket, int length, int flags = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return Begin(new(PortCallKind.Receive, socket) { Buffer = new byte[length], Flags = flags }, isSend: false, flags);
    }

    /// <summary>send(), write(), sendto(). A blocking call is done when everything is queued.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="data">The octets; copied.</param>
    /// <param name="flags">MSG_ bits with Linux's values.</param>
    /// <param name="to">sendto(): where to; <c>default</c> for the peer.</param>
    public PortCall Send(int socket, ReadOnlySpan<byte> data, int flags = 0, SocketAddress to = default)
        => Begin(new(PortCallKind.Send, socket) { Buffer = data.ToArray(), Flags = flags, Address = to }, isSend: true, flags);

    /// <summary>close(). With SO_LINGER it is done when the FIN is acknowledged or the time is over, on a non-blocking socket too, as on Linux; a time of zero resets the connection. The handle is free at once.</summary>
    public PortCall Close(int socket)
    {
        PortCall call = new(PortCallKind.Close, socket);
        if (_epolls.Remove(socket))
        {
            call.Complete(Now, 0, Errno.None);
            return call;
        }

        ForgetInEpolls(socket);
        _sockets.Remove(socket);
        Errno error = _host.Sockets.Close(Now, socket, out LingeringClose lingering);
        if (lingering.IsOver(Now))
        {
            call.Complete(Now, 0, error);
        }
        else
        {
            call.Lingering = lingering;
            call.Deadline = lingering.Deadline;
            _pending.Add(call);
        }

        Settle();
        return call;
    }

    private Errno Settled(Errno result)
    {
        Settle();
        return result;
    }

    private PortCall Begin(PortCall call, bool isSend, int flags)
    {
        Settle();
        bool waits = (flags & DontWait) == 0;
        if (_sockets.TryGetValue(call.Socket, out PortSocket? state))
        {
            waits &= state.IsBlocking;
            TimeSpan timeout = isSend ? state.SendTimeout : state.ReceiveTimeout;
            call.Deadline = !waits ? Now : timeout > TimeSpan.Zero ? Now + timeout : Instant.Never;
        }

        if (!Try(call))
        {
            _pending.Add(call);
        }

        Settle();
        return call;
    }

    /// <summary>One try. True if the call is done now.</summary>
    private bool Try(PortCall call)
    {
        switch (call.Kind)
        {
            case PortCallKind.Accept:
                TryAccept(call);
                break;
            case PortCallKind.Connect:
                TryConnect(call);
                break;
            case PortCallKind.Receive:
                TryReceive(call);
                break;
            case PortCallKind.Send:
                TrySend(call);
                break;
            case PortCallKind.Poll:
                TryPoll(call);
                break;
            case PortCallKind.Close when !call.Lingering.IsOver(Now):
                break;
            case PortCallKind.Close:
                call.Complete(Now, 0, Errno.None);
                break;
            default:
                TryEpollWait(call);
                break;
        }

        return call.IsDone;
    }

    private void TryAccept(PortCall call)
    {
        Errno error = _host.Sockets.Accept(call.Socket, out int accepted, out SocketAddress peer);
        if (error == Errno.None)
        {
            _sockets[accepted] = new() { IsBlocking = call.Flags == 0 };
            call.Peer = peer;
        }

        if (error != Errno.EAGAIN || Now >= call.Deadline)
        {
            call.Complete(Now, accepted, error);
        }
    }

    private void TryConnect(PortCall call)
    {
        Errno error = _host.Sockets.Connect(Now, call.Socket, call.Address);
        bool isRunning = error is Errno.EINPROGRESS or Errno.EALREADY;

        // The first call of a non-blocking socket gives EINPROGRESS, so does a blocking one whose time is over.
        if (!isRunning || Now >= call.Deadline)
        {
            call.Complete(Now, 0, error);
        }
    }

    private void TryReceive(PortCall call)
    {
        bool all = (call.Flags & WaitAll) != 0;
        int room = call.Buffer.Length;
        Errno error;
        do
        {
            error = _host.Sockets.ReceiveFrom(Now, call.Socket, call.Buffer.AsSpan(call.Done), (ReceiveFlags)(call.Flags & ~(WaitAll | DontWait | Truncate)), out int received, out SocketAddress from);
            call.Peer = from;
            call.Done += received;
            if (received == 0)
            {
                break;
            }
        }
        while (all && call.Done < room);

        if (error == Errno.EAGAIN && room == 0)
        {
            error = Errno.None; // nothing was asked for: Linux does not wait for it
        }

        if (error == Errno.EAGAIN && Now < call.Deadline && (call.Flags & OutOfBand) == 0)
        {
            return;
        }

        bool hasSome = call.Done > 0;
        call.Data = call.Buffer.AsMemory(0, call.Done);
        call.Complete(Now, call.Done, hasSome ? Errno.None : error);
    }

    private void TrySend(PortCall call)
    {
        if (call.IsConnecting && !TryFinishOpen(call))
        {
            return;
        }

        do
        {
            Errno error = _host.Sockets.SendTo(Now, call.Socket, call.Buffer.AsSpan(call.Done), (SendFlags)(call.Flags & ~DontWait), call.Address, out int sent);
            call.Done += sent;
            if ((error is Errno.EINPROGRESS || sent > 0) && _host.Sockets.IsOpening(call.Socket) && Now < call.Deadline)
            {
                call.IsConnecting = true;               // the SYN took what it could; a blocking call waits for the handshake
                call.Flags &= ~(int)SendFlags.FastOpen;
                if (call.Done < call.Buffer.Length)
                {
                    _host.Sockets.ExpectText(call.Socket);
                }

                return;
            }

            if (error == Errno.EAGAIN && Now < call.Deadline)
            {
                return; // a blocking call goes on when there is room
            }

            if (error != Errno.None || sent == 0)
            {
                call.Complete(Now, call.Done, call.Done > 0 ? Errno.None : error);
                return;
            }
        }
        while (call.Done < call.Buffer.Length);
        call.Complete(Now, call.Done, Errno.None);
    }

    /// <summary>The handshake of a blocking send() with MSG_FASTOPEN. True if it is over and octets are left to send.</summary>
    private bool TryFinishOpen(PortCall call)
    {
        Errno error = _host.Sockets.Connect(Now, call.Socket, call.Address);
        if (error == Errno.EALREADY && Now < call.Deadline)
        {
            return false;
        }

        call.IsConnecting = false;
        if (error != Errno.None || call.Done == call.Buffer.Length)
        {
            call.Complete(Now, call.Done, error == Errno.EALREADY ? Errno.EINPROGRESS : error);
            return false;
        }

        return true;
    }

    /// <summary>What the port itself keeps of a socket.</summary>
    private sealed class PortSocket
    {
        public bool IsBlocking { get; set; } = true;

        public TimeSpan ReceiveTimeout { get; set; }

        public TimeSpan SendTimeout { get; set; }
    }
}
