using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>Options whose value is no number.</content>
public sealed partial class SocketLayer
{
    /// <summary>setsockopt() of octets: <see cref="SocketOption.TcpFastOpenKey"/>. EINVAL: the octets are no value for it; ENOPROTOOPT: the option is a number, or not for this kind of socket.</summary>
    public Errno SetOption(Instant now, int socket, SocketOption option, ReadOnlySpan<byte> value)
    {
        Socket? target = _handles[socket];
        if (target is null)
        {
            return Errno.EBADF;
        }

        switch (option)
        {
            case SocketOption.TcpFastOpenKey when target is TcpEndpoint stream:
                if (FastOpenKeys.FromOctets(value) is not { } keys)
                {
                    return Errno.EINVAL;
                }

                stream.Options = stream.Options with { FastOpenKeys = keys };
                return Errno.None;
            default:
                return Errno.ENOPROTOOPT;
        }
    }

    /// <summary>getsockopt() of octets.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">One of those that <see cref="SetOption(Instant, int, SocketOption, ReadOnlySpan{byte})"/> takes.</param>
    /// <param name="value">Room; what does not fit is cut off.</param>
    /// <param name="length">Octets written.</param>
    public Errno GetOption(int socket, SocketOption option, Span<byte> value, out int length)
    {
        length = 0;
        Socket? target = _handles[socket];
        if (target is null)
        {
            return Errno.EBADF;
        }

        Span<byte> whole = stackalloc byte[2 * FastOpenKeys.KeyLength];
        switch (option)
        {
            case SocketOption.TcpFastOpenKey when target is TcpEndpoint stream:
                whole = whole[..(stream.Options.FastOpenKeys ?? Tcp.Keys).Write(whole)];
                break;
            default:
                return Errno.ENOPROTOOPT;
        }

        length = Math.Min(whole.Length, value.Length);
        whole[..length].CopyTo(value);
        return Errno.None;
    }
}
