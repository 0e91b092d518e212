using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>Fast Open (RFC 7413) as an application asks for it; what is refused is what Linux refuses.</content>
public sealed partial class SocketLayer
{
    /// <summary>True while the handshake of a connect() runs, that of MSG_FASTOPEN included.</summary>
    internal bool IsOpening(int socket) => _handles[socket] is TcpEndpoint { State: TcpState.SynSent or TcpState.SynReceived } stream && stream.Is(SocketFlags.Connecting);

    /// <summary>The caller of <see cref="Send"/> waits for the handshake and has more.</summary>
    internal void ExpectText(int socket) => (_handles[socket] as TcpEndpoint)?.Connection?.ExpectText();

    private static Errno SetFastOpen(TcpEndpoint endpoint, SocketOption option, int value, bool isClient)
    {
        StreamOptions old = endpoint.Options;
        bool isUnused = endpoint.State == TcpState.Closed;
        bool isSwitch = value is 0 or 1;
        switch (option)
        {
            case SocketOption.TcpFastOpen when value >= 0 && (isUnused || endpoint.Listen is not null):
                endpoint.Options = old with { FastOpenQueue = value };
                return Errno.None;
            case SocketOption.TcpFastOpenConnect when isSwitch && !isClient:
                return Errno.EOPNOTSUPP;
            case SocketOption.TcpFastOpenConnect when isSwitch && isUnused:
                endpoint.Options = old with { FastOpenConnect = value != 0 };
                return Errno.None;
            case SocketOption.TcpFastOpenNoCookie when isSwitch && (isUnused || endpoint.Listen is not null):
                endpoint.Options = old with { FastOpenNoCookie = value != 0 };
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>MSG_FASTOPEN: connect() and the first send() in one, so that text can go with the SYN.</summary>
    private Errno SendFastOpen(Instant now, TcpEndpoint endpoint, ReadOnlySpan<byte> data, SendFlags flags, SocketAddress to, out int sent)
    {
        sent = 0;
        if (!Tcp.IsFastOpenClient)
        {
            return Errno.EOPNOTSUPP;
        }

        if (endpoint.Connection is { IsSynHeld: true })
        {
            return SendWithSyn(endpoint, data, out sent);
        }

        if (endpoint.Listen is not null || endpoint.Is(SocketFlags.Connected))
        {
            return Errno.EISCONN;
        }

        if (endpoint.Is(SocketFlags.Connecting))
        {
            Errno outcome = FinishConnect(endpoint);
            return outcome != Errno.None ? outcome : SendStream(now, endpoint, data, flags & ~SendFlags.FastOpen, out sent);
        }

        if (to.Address.IsNone)
        {
            return Errno.EINVAL;
        }

        Errno error = OpenStream(now, endpoint, to, isFastOpen: true);
        return error == Errno.EINPROGRESS ? SendWithSyn(endpoint, data, out sent) : error;
    }

    /// <summary>The first text of a connection whose SYN has not left: what the SYN takes.</summary>
    private Errno SendWithSyn(TcpEndpoint endpoint, ReadOnlySpan<byte> data, out int sent)
    {
        sent = endpoint.Connection!.SendSyn(data);
        Tcp.AfterCommand(endpoint);
        return sent > 0 ? Errno.None : Errno.EINPROGRESS;
    }
}
