using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>An address and a port, as the lab's programs pass them.</summary>
internal readonly record struct LabEndpoint(IpAddress Address, ushort Port)
{
    public override string ToString() => Address.IsV6 ? $"[{Address}]:{Port}" : $"{Address}:{Port}";
}

/// <summary>
/// The socket calls of one host with POSIX meaning: none blocks; what cannot be done yet is <see cref="Errno.EAGAIN"/>.
/// The lab's Python and its tools use the host through this, so that they can be tested without one.
/// </summary>
internal interface ISocketCalls
{
    /// <summary>socket(2). Families and types by their Linux numbers.</summary>
    Errno Create(int family, int type, out int socket);

    Errno Bind(int socket, LabEndpoint address);

    Errno Listen(int socket, int backlog);

    /// <summary>Starts to connect; <see cref="Errno.EINPROGRESS"/> is the usual answer of a stream socket.</summary>
    Errno Connect(int socket, LabEndpoint address);

    /// <summary><see cref="Errno.EINPROGRESS"/> while the handshake goes on, else how it ended; the error is told once.</summary>
    Errno ConnectResult(int socket);

    /// <summary>
    /// <see cref="Errno.EINPROGRESS"/> while the handshake goes on, else the pending error (SO_ERROR). Unlike <see cref="ConnectResult"/> it leaves
    /// the socket connecting for the kernel, as a program does that waits with poll().
    /// </summary>
    Errno ConnectOutcome(int socket);

    /// <summary>poll(2): true if a call that writes, or one that reads, would not block, an error being an answer too.</summary>
    bool IsReady(int socket, bool write);

    Errno Accept(int socket, out int accepted, out LabEndpoint peer);

    Errno Send(int socket, ReadOnlySpan<byte> data, bool urgent, out int sent);

    /// <summary>0 received without an error is the end of the stream.</summary>
    Errno Receive(int socket, Span<byte> buffer, ReceiveFlags flags, out int received);

    /// <summary>sendto(2); of the flags MSG_FASTOPEN counts.</summary>
    Errno SendTo(int socket, ReadOnlySpan<byte> data, int flags, LabEndpoint to, out int sent);

    Errno ReceiveFrom(int socket, Span<byte> buffer, bool peek, out int received, out LabEndpoint from);

    /// <summary>shutdown(2): 0 read, 1 write, 2 both.</summary>
    Errno Shutdown(int socket, int how);

    Errno Close(int socket);

    /// <summary>close(2) that tells how long it waits for SO_LINGER.</summary>
    Errno Close(int socket, out LingeringClose lingering);

    /// <summary>setsockopt(2) with Linux's numbers and layouts.</summary>
    Errno SetOption(int socket, int level, int name, ReadOnlySpan<byte> value);

    /// <summary>getsockopt(2) for options that are an int.</summary>
    Errno GetOption(int socket, int level, int name, out int value);

    /// <summary>getsockopt(2) into a buffer; what does not fit is cut off.</summary>
    Errno GetOption(int socket, int level, int name, Span<byte> value, out int length);

    Errno GetLocal(int socket, out LabEndpoint address);

    Errno GetPeer(int socket, out LabEndpoint address);
}
