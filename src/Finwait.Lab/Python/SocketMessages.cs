using System.Numerics;

namespace Finwait.Lab;

/// <summary>The methods of sockets that read into a buffer or send from several, and dup().</summary>
internal static class SocketMessages
{
    /// <summary>recv_into(buffer, nbytes, flags).</summary>
    public static object ReceiveInto(PySocket socket, PyArguments arguments)
    {
        (PyByteArray buffer, int size, int flags) = Target(arguments, "recv_into");
        return SocketMethods.Receive(socket, $"recv_into() of {size} bytes", size, flags, (octets, _) => Fill(buffer, octets));
    }

    /// <summary>recvfrom_into(buffer, nbytes, flags).</summary>
    public static object ReceiveFromInto(PySocket socket, PyArguments arguments)
    {
        (PyByteArray buffer, int size, int flags) = Target(arguments, "recvfrom_into");
        return SocketMethods.Receive(socket, $"recvfrom_into() of {size} bytes", size, flags, (octets, from) => new PyTuple(Fill(buffer, octets), from));
    }

    private static (PyByteArray Buffer, int Size, int Flags) Target(PyArguments arguments, string name)
    {
        object first = arguments.Find(0, "buffer") ?? throw PythonRaise.Type($"{name}() missing required argument 'buffer' (pos 1)");
        PyByteArray buffer = first as PyByteArray ?? throw PythonRaise.Type($"{name}() argument 1 must be read-write bytes-like object, not {Py.TypeName(first)}");
        BigInteger size = arguments.Find(1, "nbytes") is { } given ? Py.Index(given) : BigInteger.Zero;
        if (size.Sign < 0)
        {
            throw PythonRaise.Value($"negative buffersize in {name}");
        }

        if (size > buffer.Octets.Count)
        {
            throw PythonRaise.Value(name == "recv_into" ? "buffer too small for requested bytes" : "nbytes is greater than the length of the buffer");
        }

        return (buffer, size.IsZero ? buffer.Octets.Count : (int)size, arguments.Find(2, "flags") is { } flags ? Py.CInt(flags) : 0);
    }

    private static object Fill(PyByteArray buffer, ReadOnlySpan<byte> octets)
    {
        octets = octets[..Math.Min(octets.Length, buffer.Octets.Count)];
        octets.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(buffer.Octets));
        return Py.Int(octets.Length);
    }

    /// <summary>recvmsg(bufsize): data, no ancillary data, no flags, and the sender.</summary>
    public static object ReceiveMessage(PySocket socket, PyArguments arguments)
    {
        SocketMethods.CountArguments(arguments, "recvmsg", 1, 3);
        BigInteger size = Py.Index(arguments[0]);
        if (size.Sign < 0)
        {
            throw PythonRaise.Value("negative buffer size in recvmsg()");
        }

        int most = size > Py.MaxOctets ? throw PythonRaise.Memory() : (int)size;
        return SocketMethods.Receive(socket, $"recvmsg({most})", most, SocketMethods.Flags(arguments, 2), (octets, from) => new PyTuple(new PyBytes(octets.ToArray()), new PyList([]), Py.Int(0), from));
    }

    /// <summary>sendmsg(buffers, ancdata, flags, address): the buffers one behind the other.</summary>
    public static object SendMessage(PySocket socket, PyArguments arguments)
    {
        SocketMethods.CountArguments(arguments, "sendmsg", 1, 4);
        if (arguments[0] is not (PyList or PyTuple))
        {
            throw PythonRaise.Type("sendmsg() argument 1 must be an iterable of bytes-like objects");
        }

        if (arguments.Count > 1 && Py.Truth(arguments[1]))
        {
            throw PythonRaise.Of(PyExceptionType.OSError, "the lab's sendmsg() takes no ancillary data");
        }

        var all = new List<byte>();
        for (int i = 0; Py.ItemAt(arguments[0], i) is { } part; i++)
        {
            all.AddRange(SocketMethods.Octets(part));
        }

        object? send = arguments.Count > 3 && arguments[3] is not PyNone ? SocketMethods.Find(socket, "sendto") : null;
        return send is PyBuiltin sendTo
            ? sendTo.Body(socket.Process, new PyArguments([new PyBytes(all.ToArray()), arguments[3]], []))
            : SocketMethods.Send(socket, "sendmsg", all.ToArray(), SocketMethods.Flags(arguments, 2), all: false);
    }

    /// <summary>dup(): one more descriptor for the same socket.</summary>
    public static object Duplicate(PySocket socket, PyArguments arguments)
    {
        arguments.SelfAlone("socket.dup");
        socket.CheckOpen();
        socket.Process.CheckDescriptor();
        return new PySocket(socket.Process, socket.Handle, socket.Family, socket.Type, socket.Protocol) { Timeout = socket.Timeout };
    }
}
