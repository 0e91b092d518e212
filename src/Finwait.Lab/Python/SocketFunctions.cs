using System.Numerics;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The functions of module socket that make sockets or look names up.</summary>
internal static class SocketFunctions
{
    private const int SolSocket = 1;
    private const int ReuseAddress = 2;
    private const int ReusePort = 15;
    private const int V6Only = 26;

    private static void Option(PySocket socket, int level, int name, int value)
    {
        Errno errno = socket.Calls.SetOption(socket.Handle, level, name, BitConverter.GetBytes(value));
        if (errno != Errno.None)
        {
            throw PythonRaise.Os(errno);
        }
    }

    private static void OnlyKeywords(PyArguments arguments, string function, params string[] known)
    {
        foreach ((string name, _) in arguments.Keywords)
        {
            if (!known.Contains(name))
            {
                throw PythonRaise.Type($"{function}() got an unexpected keyword argument '{name}'");
            }
        }
    }

    /// <summary>create_server(address, *, family, backlog, reuse_port, dualstack_ipv6).</summary>
    public static object CreateServer(PythonProcess process, PyArguments arguments)
    {
        OnlyKeywords(arguments, "create_server", "address", "family", "backlog", "reuse_port", "dualstack_ipv6");
        object address = arguments.Find(0, "address") ?? throw PythonRaise.Type("create_server() missing 1 required positional argument: 'address'");
        int family = arguments.Find(int.MaxValue, "family") is { } given ? Py.CInt(given) : SocketModule.AfInet;
        bool sharesPort = arguments.Find(int.MaxValue, "reuse_port") is { } reuse && Py.Truth(reuse);
        bool isDual = arguments.Find(int.MaxValue, "dualstack_ipv6") is { } dual && Py.Truth(dual);
        if (isDual && family != SocketModule.AfInet6)
        {
            throw PythonRaise.Value("dualstack_ipv6 requires AF_INET6 family");
        }

        var socket = (PySocket)SocketModule.Socket(process, new PyArguments([Py.Int(family), Py.Int(SocketModule.SockStream)], []));
        try
        {
            Option(socket, SolSocket, ReuseAddress, 1);
            if (sharesPort)
            {
                Option(socket, SolSocket, ReusePort, 1);
            }

            if (family == SocketModule.AfInet6)
            {
                Option(socket, 41, V6Only, isDual ? 0 : 1);
            }

            LabEndpoint local = SocketLibrary.In(() => socket.Address("bind", address), SocketLibrary.ServerBinds);
            Errno bound = socket.Calls.Bind(socket.Handle, local);
            if (bound != Errno.None)
            {
                string text = $"{ErrnoText.Of(bound)} (while attempting to bind on address {Py.Repr(address)})";
                throw SocketLibrary.From(new PythonRaise(PythonRaise.Create(PyExceptionType.OSError, [Py.Int((int)bound), text])), SocketLibrary.ServerFails);
            }

            int backlog = arguments.Find(int.MaxValue, "backlog") is { } length and not PyNone ? Py.CInt(length) : SocketModule.DefaultBacklog;
            Errno listening = socket.Calls.Listen(socket.Handle, Math.Max(0, backlog));
            return listening == Errno.None ? socket : throw PythonRaise.Os(listening);
        }
        catch (PythonRaise)
        {
            socket.Close();
            throw;
        }
    }

    /// <summary>create_connection(address, timeout, source_address).</summary>
    public static object CreateConnection(PythonProcess process, PyArguments arguments)
    {
        OnlyKeywords(arguments, "create_connection", "address", "timeout", "source_address", "all_errors");
        object address = arguments.Find(0, "address") ?? throw PythonRaise.Type("create_connection() missing 1 required positional argument: 'address'");
        if (Py.AsSequence(address) is not { Length: 2 } pair)
        {
            throw PythonRaise.Value("not enough values to unpack (expected 2)");
        }

        IpAddress target = SocketLibrary.In(() => Host(process, pair[0]), SocketLibrary.Resolves, SocketLibrary.ConnectionResolves);
        var socket = (PySocket)SocketModule.Socket(process, new PyArguments([Py.Int(target.IsV6 ? SocketModule.AfInet6 : SocketModule.AfInet)], []));
        try
        {
            LabEndpoint to = socket.Address("connect", new PyTuple(target.ToString(), pair[1]));
            socket.Timeout = arguments.Find(1, "timeout") is { } timeout ? SocketLibrary.In(() => SocketMethods.TimeoutFrom(timeout), SocketLibrary.ConnectionTimeout) : process.DefaultTimeout;
            if (arguments.Find(2, "source_address") is { } source and not PyNone && socket.Calls.Bind(socket.Handle, socket.Address("bind", source)) is var errno && errno != Errno.None)
            {
                throw SocketLibrary.From(PythonRaise.Os(errno), SocketLibrary.ConnectionBinds, SocketLibrary.ConnectionFails);
            }

            return SocketMethods.Connect(socket, to, "create_connection()", result =>
            {
                if (result == Errno.None)
                {
                    return socket;
                }

                socket.Close();
                throw SocketLibrary.From(PythonRaise.Os(result), SocketLibrary.ConnectionConnects, SocketLibrary.ConnectionFails);
            });
        }
        catch (PythonRaise)
        {
            socket.Close();
            throw;
        }
    }

    private static IpAddress Host(PythonProcess process, object host) => host switch
    {
        PyNone => IpAddress.FromV4(127, 0, 0, 1),
        string text => text.Length == 0 ? IpAddress.FromV4(127, 0, 0, 1) : process.Machine.Resolve(text, out IpAddress address) ? address : throw SocketModule.UnknownName(),
        PyBytes bytes => Host(process, System.Text.Encoding.Latin1.GetString(bytes.Octets)),
        _ => throw PythonRaise.Type("getaddrinfo() argument 1 must be string or None"),
    };

    /// <summary>getaddrinfo(host, port, family, type, proto, flags): one address for each kind of socket that fits.</summary>
    public static object GetAddressInfo(PythonProcess process, PyArguments arguments)
    {
        OnlyKeywords(arguments, "getaddrinfo", "host", "port", "family", "type", "proto", "flags");
        object host = arguments.Find(0, "host") ?? throw PythonRaise.Type("getaddrinfo() missing required argument 'host' (pos 1)");
        object port = arguments.Find(1, "port") ?? throw PythonRaise.Type("getaddrinfo() missing required argument 'port' (pos 2)");
        int Number(int index, string name) => arguments.Find(index, name) is { } value ? Py.CInt(value) : 0;
        (int family, int type, int protocol, int flags) = (Number(2, "family"), Number(3, "type"), Number(4, "proto"), Number(5, "flags"));
        const int Passive = 1;
        bool anyHost = host is PyNone && (flags & Passive) != 0;
        IpAddress address = anyHost ? (family == SocketModule.AfInet6 ? IpAddress.AnyV6 : IpAddress.AnyV4) : SocketLibrary.In(() => Host(process, host), SocketLibrary.Resolves);
        if (family != 0 && address.IsV6 != (family == SocketModule.AfInet6))
        {
            throw SocketLibrary.From(new PythonRaise(new PyException(PyExceptionType.GaiError, Py.Int(-9), "Address family for hostname not supported")), SocketLibrary.Resolves);
        }

        int number = SocketLibrary.In(() => PortNumber(port), SocketLibrary.Resolves);
        var found = new List<object>();
        foreach ((int kind, string name, int with) in new[] { (1, "SOCK_STREAM", 6), (2, "SOCK_DGRAM", 17), (3, "SOCK_RAW", 0) })
        {
            if ((type == 0 || type == kind) && (protocol == 0 || protocol == with))
            {
                found.Add(new PyTuple(
                    new PyEnum("AddressFamily", address.IsV6 ? "AF_INET6" : "AF_INET", address.IsV6 ? SocketModule.AfInet6 : SocketModule.AfInet),
                    new PyEnum("SocketKind", name, kind), Py.Int(with), "", PySocket.Tuple(new LabEndpoint(address, (ushort)number))));
            }
        }

        return found.Count > 0 ? new PyList(found) : throw new PythonRaise(new PyException(PyExceptionType.GaiError, Py.Int(-7), "ai_socktype not supported"));
    }

    private static int PortNumber(object port)
    {
        switch (port)
        {
            case PyNone:
                return 0;
            case string text:
                return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) && number <= ushort.MaxValue ? number
                    : ToolNames.ServicesOnly.TryFindService(text, udp: false, out int known) ? known
                    : throw new PythonRaise(new PyException(PyExceptionType.GaiError, Py.Int(-8), "Servname not supported for ai_socktype"));
            default:
                return (int)(Py.AsNumber(port) is BigInteger given ? given & ushort.MaxValue : throw PythonRaise.Of(PyExceptionType.OSError, "Int or String expected"));
        }
    }

    /// <summary>getservbyname(name, protocol).</summary>
    public static object ServiceByName(PythonProcess process, PyArguments arguments)
    {
        string name = arguments[0] as string ?? throw PythonRaise.Type($"getservbyname() argument 1 must be str, not {Py.TypeName(arguments[0])}");
        bool udp = arguments.Count > 1 && arguments[1] is "udp";
        return ToolNames.ServicesOnly.TryFindService(name, udp, out int port) ? Py.Int(port) : throw PythonRaise.Of(PyExceptionType.OSError, "service/proto not found");
    }

    /// <summary>gethostbyaddr(address): the lab's hosts have no names of their own but localhost.</summary>
    public static object HostByAddress(PythonProcess process, PyArguments arguments)
    {
        IpAddress address = Host(process, arguments.One("gethostbyaddr"));
        return address.IsLoopback
            ? new PyTuple("localhost", new PyList([]), new PyList([address.ToString()]))
            : throw new PythonRaise(new PyException(PyExceptionType.HostError, Py.Int(1), "Unknown host"));
    }

    /// <summary>socket.socket(fileno=n): an object for a descriptor that is open already.</summary>
    public static object FromDescriptor(PythonProcess process, object number)
    {
        BigInteger descriptor = Py.Index(number);
        if (descriptor.Sign < 0)
        {
            throw PythonRaise.Value("negative file descriptor");
        }

        if (descriptor < 3)
        {
            throw new PythonRaise(new PyException(PyExceptionType.OSError, Py.Int(88), "Socket operation on non-socket"));
        }

        if (descriptor > int.MaxValue || !process.Sockets.TryGetValue((int)descriptor, out int handle))
        {
            throw PythonRaise.Os(Errno.EBADF);
        }

        ISocketCalls calls = process.Machine.Sockets;
        calls.GetOption(handle, SolSocket, 39, out int family);
        calls.GetOption(handle, SolSocket, 3, out int type);
        calls.GetOption(handle, SolSocket, 38, out int protocol);
        return new PySocket(process, (family, type, protocol), (int)descriptor);
    }
}
