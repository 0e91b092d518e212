using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>sendto() with MSG_FASTOPEN (RFC 7413): connects, with the first octets in the SYN where the peer's cookie is known.</summary>
internal static class SocketFastOpen
{
    public const int MessageFastOpen = 0x2000_0000;

    /// <summary>Starts, and if the socket blocks waits for the handshake and sends the rest.</summary>
    public static object SendTo(PySocket socket, byte[] data, int flags, LabEndpoint address)
    {
        socket.CheckOpen();
        Errno started = socket.Calls.SendTo(socket.Handle, data, flags, address, out int total);
        if (started is not (Errno.None or Errno.EINPROGRESS))
        {
            throw PythonRaise.Os(started);
        }

        if (socket.Timeout is not null)
        {
            return started == Errno.None ? Py.Int(total) : throw PythonRaise.Os(started);
        }

        return socket.Wait($"sendto() of {data.Length} bytes", () =>
        {
            socket.CheckOpen();
            Errno errno = socket.Calls.ConnectResult(socket.Handle);
            while (errno == Errno.None && total < data.Length)
            {
                errno = socket.Calls.Send(socket.Handle, data.AsSpan(total), urgent: false, out int sent);
                total += sent;
            }

            return errno switch
            {
                Errno.None => Py.Int(total),
                Errno.EINPROGRESS or Errno.EAGAIN => null,
                _ => throw PythonRaise.Os(errno),
            };
        }, Errno.EINPROGRESS, writes: true);
    }
}
