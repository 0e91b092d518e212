using System.Buffers.Binary;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>Options whose value is no number.</content>
public sealed partial class SocketLayer
{
    /// <summary>Octets of a controller's name with the zeros behind it (TCP_CA_NAME_MAX).</summary>
    private const int NameLength = 16;

    /// <summary>
    /// setsockopt() of octets: <see cref="SocketOption.TcpCongestion"/> (ENOENT: no such controller), <see cref="SocketOption.MaxPacingRate"/>,
    /// <see cref="SocketOption.TcpFastOpenKey"/>. EINVAL: the octets are no value for it; ENOPROTOOPT: the option is a number, or not for this kind of socket.
    /// </summary>
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
            case SocketOption.TcpCongestion when target is TcpEndpoint stream:
                return SetCongestion(stream, value);
            case SocketOption.MaxPacingRate when target is TcpEndpoint stream:
                if (value.Length < sizeof(long))
                {
                    return Errno.EINVAL;
                }

                ulong rate = BinaryPrimitives.ReadUInt64LittleEndian(value);
                stream.Options = stream.Options with { MaxPacingRate = (long)Math.Min(rate, long.MaxValue) };
                if (stream.Connection is { } connection)
                {
                    TcpHost.ApplyPacing(connection, stream.Options);
                    Tcp.AfterCommand(stream);
                }

                return Errno.None;
            default:
                return Errno.ENOPROTOOPT;
        }
    }

    private Errno SetCongestion(TcpEndpoint endpoint, ReadOnlySpan<byte> value)
    {
        int end = value.IndexOf((byte)0);
        string name = System.Text.Encoding.ASCII.GetString(end < 0 ? value : value[..end]);
        if (name.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (!CongestionControllers.Names.Contains(name))
        {
            return Errno.ENOENT;
        }

        endpoint.Options = endpoint.Options with { CongestionControl = name };
        if (endpoint.Connection is { } connection)
        {
            connection.CongestionControl = name;
        }

        return Errno.None;
    }

    /// <summary>getsockopt() of octets.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="option">One of those that <see cref="SetOption(Instant, int, SocketOption, ReadOnlySpan{byte})"/> takes.</param>
    /// <param name="value">Room; what does not fit is cut off, except of <see cref="SocketOption.TcpSavedSyn"/>.</param>
    /// <param name="length">Octets written.</param>
    public Errno GetOption(int socket, SocketOption option, Span<byte> value, out int length)
    {
        length = 0;
        Socket? target = _handles[socket];
        if (target is null)
        {
            return Errno.EBADF;
        }

        if (option == SocketOption.TcpSavedSyn && target is TcpEndpoint accepted)
        {
            return TakeSavedSyn(accepted, value, out length);
        }

        Span<byte> whole = stackalloc byte[2 * FastOpenKeys.KeyLength];
        switch (option)
        {
            case SocketOption.TcpCongestion when target is TcpEndpoint stream:
                whole = whole[..NameLength];
                whole.Clear();
                System.Text.Encoding.ASCII.GetBytes(stream.Connection?.CongestionControl ?? stream.Options.CongestionControl ?? _host.Settings.Tcp.CongestionControl, whole);
                break;
            case SocketOption.MaxPacingRate when target is TcpEndpoint stream:
                BinaryPrimitives.WriteUInt64LittleEndian(whole, stream.Options.MaxPacingRate == long.MaxValue ? ulong.MaxValue : (ulong)stream.Options.MaxPacingRate);
                whole = whole[..sizeof(ulong)];
                break;
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

    private static Errno TakeSavedSyn(TcpEndpoint endpoint, Span<byte> value, out int length)
    {
        byte[] saved = endpoint.Options.SavedSyn ?? [];
        length = saved.Length;
        if (value.Length < length)
        {
            return Errno.EINVAL;
        }

        saved.CopyTo(value);
        if (length > 0)
        {
            endpoint.Options = endpoint.Options with { SavedSyn = null };
        }

        return Errno.None;
    }
}
