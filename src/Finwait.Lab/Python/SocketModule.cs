using System.Buffers.Binary;
using System.Numerics;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Module socket: constants with Linux's values, the constructor, and the small functions.</summary>
internal static class SocketModule
{
    public const int AfInet = 2;
    public const int AfInet6 = 10;
    public const int SockStream = 1;
    public const int SockDatagram = 2;

    /// <summary>listen() without an argument: min(SOMAXCONN, 128).</summary>
    public const int DefaultBacklog = 128;

    private const int SockNonBlocking = 0x800;
    private const int SockCloseOnExec = 0x80000;
    private const int ErrnoSocketTypeNotSupported = 94;
    private const int SockMax = 11;
    private const int ProtocolMax = 263;

    private static readonly (string Class, string Name, int Value)[] Constants =
    [
        ("AddressFamily", "AF_UNSPEC", 0), ("AddressFamily", "AF_UNIX", 1), ("AddressFamily", "AF_INET", AfInet), ("AddressFamily", "AF_INET6", AfInet6), ("AddressFamily", "AF_PACKET", 17),
        ("SocketKind", "SOCK_STREAM", SockStream), ("SocketKind", "SOCK_DGRAM", SockDatagram), ("SocketKind", "SOCK_RAW", 3),
        ("SocketKind", "SOCK_NONBLOCK", SockNonBlocking), ("SocketKind", "SOCK_CLOEXEC", SockCloseOnExec),
        ("MsgFlag", "MSG_OOB", 1), ("MsgFlag", "MSG_PEEK", 2), ("MsgFlag", "MSG_DONTWAIT", 0x40), ("MsgFlag", "MSG_WAITALL", 0x100), ("MsgFlag", "MSG_NOSIGNAL", 0x4000), ("MsgFlag", "MSG_MORE", 0x8000), ("MsgFlag", "MSG_FASTOPEN", SocketFastOpen.MessageFastOpen),
        ("", "SOL_SOCKET", 1), ("", "SOL_IP", 0), ("", "SOL_TCP", 6), ("", "SOL_UDP", 17),
        ("", "SO_DEBUG", 1), ("", "SO_REUSEADDR", 2), ("", "SO_TYPE", 3), ("", "SO_ERROR", 4), ("", "SO_DONTROUTE", 5), ("", "SO_BROADCAST", 6), ("", "SO_SNDBUF", 7), ("", "SO_RCVBUF", 8),
        ("", "SO_KEEPALIVE", 9), ("", "SO_OOBINLINE", 10), ("", "SO_PRIORITY", 12), ("", "SO_LINGER", 13), ("", "SO_REUSEPORT", 15), ("", "SO_RCVLOWAT", 18), ("", "SO_SNDLOWAT", 19),
        ("", "SO_RCVTIMEO", 20), ("", "SO_SNDTIMEO", 21), ("", "SO_BINDTODEVICE", 25), ("", "SO_ACCEPTCONN", 30), ("", "SO_PROTOCOL", 38), ("", "SO_DOMAIN", 39),
        ("", "SOMAXCONN", 4096), ("", "SHUT_RD", 0), ("", "SHUT_WR", 1), ("", "SHUT_RDWR", 2),
        ("", "IPPROTO_IP", 0), ("", "IPPROTO_ICMP", 1), ("", "IPPROTO_TCP", 6), ("", "IPPROTO_UDP", 17), ("", "IPPROTO_IPV6", 41), ("", "IPPROTO_RAW", 255),
        ("", "IP_TOS", 1), ("", "IP_TTL", 2), ("", "IPV6_V6ONLY", 26), ("", "IPV6_UNICAST_HOPS", 16),
        ("", "TCP_NODELAY", 1), ("", "TCP_MAXSEG", 2), ("", "TCP_CORK", 3), ("", "TCP_KEEPIDLE", 4), ("", "TCP_KEEPINTVL", 5), ("", "TCP_KEEPCNT", 6), ("", "TCP_SYNCNT", 7), ("", "TCP_LINGER2", 8),
        ("", "TCP_DEFER_ACCEPT", 9), ("", "TCP_WINDOW_CLAMP", 10), ("", "TCP_INFO", 11), ("", "TCP_QUICKACK", 12), ("", "TCP_CONGESTION", 13), ("", "TCP_USER_TIMEOUT", 18), ("", "TCP_FASTOPEN", 23), ("", "TCP_NOTSENT_LOWAT", 25), ("", "TCP_FASTOPEN_CONNECT", 30), ("", "TCP_FASTOPEN_KEY", 33), ("", "TCP_FASTOPEN_NO_COOKIE", 34), ("", "TCP_INQ", 36),
        ("", "INADDR_ANY", 0), ("", "INADDR_LOOPBACK", 0x7F000001),
    ];

    /// <summary>True for a constant of the module.</summary>
    public static bool IsConstant(string name) => Array.Exists(Constants, entry => entry.Name == name);

    public static PythonRaise UnknownName() => new(new PyException(PyExceptionType.GaiError, Py.Int(-2), "Name or service not known"));

    public static PyModule Create()
    {
        var module = new PyModule("socket", "<module 'socket' from '/usr/lib/python3.11/socket.py'>");
        foreach ((string type, string name, int value) in Constants)
        {
            module.Members[name] = type.Length == 0 ? Py.Int(value) : new PyEnum(type, name, value);
        }

        module.Members["socket"] = new PyClass("socket.socket", Socket);
        module.Members["error"] = PyExceptionType.OSError;
        module.Members["timeout"] = PyExceptionType.TimeoutError;
        module.Members["gaierror"] = PyExceptionType.GaiError;
        module.Members["has_ipv6"] = true;
        Add(module, "gethostname", (process, a) => process.Machine.OwnName);
        Add(module, "gethostbyname", (process, a) => Resolve(process, a.One("gethostbyname")).ToString());
        module.Members["herror"] = PyExceptionType.HostError;
        module.Members["create_connection"] = Function("create_connection", SocketFunctions.CreateConnection);
        module.Members["create_server"] = Function("create_server", SocketFunctions.CreateServer);
        module.Members["getaddrinfo"] = Function("getaddrinfo", SocketFunctions.GetAddressInfo);
        module.Members["has_dualstack_ipv6"] = Function("has_dualstack_ipv6", (_, _) => true);
        module.Members["getfqdn"] = Function("getfqdn", (process, a) => a.Count > 0 && a[0] is string { Length: > 0 } name ? name : process.Machine.OwnName);
        module.Members["getdefaulttimeout"] = Function("getdefaulttimeout", (process, _) => SocketMethods.TimeoutText(process.DefaultTimeout));
        Add(module, "setdefaulttimeout", (process, a) =>
        {
            process.DefaultTimeout = SocketMethods.TimeoutFrom(a.One("setdefaulttimeout"));
            return PyNone.Value;
        });
        Add(module, "gethostbyaddr", SocketFunctions.HostByAddress);
        Add(module, "getservbyname", SocketFunctions.ServiceByName);
        Add(module, "close", (process, a) => ((PySocket)SocketFunctions.FromDescriptor(process, a.One("close"))).CloseAndLinger());
        Add(module, "inet_aton", (_, a) => new PyBytes(Packed(ShortAddress.TryParse(a.One("inet_aton") as string ?? "", out IpAddress address) ? address : throw PythonRaise.Of(PyExceptionType.OSError, "illegal IP address string passed to inet_aton"))));
        Add(module, "inet_ntoa", (_, a) => SocketMethods.Octets(a.One("inet_ntoa")) is { Length: 4 } octets ? IpAddress.Read(octets).ToString() : throw PythonRaise.Of(PyExceptionType.OSError, "packed IP wrong length"));
        Add(module, "inet_pton", (_, a) => new PyBytes(Packed(Address(a[1], Py.CInt(a[0]) == AfInet6, "illegal IP address string passed to inet_pton"))));
        Add(module, "inet_ntop", (_, a) => SocketMethods.Octets(a[1]) is { Length: 4 or 16 } octets ? IpAddress.Read(octets).ToString() : throw PythonRaise.Value("invalid length of packed IP address string"));
        Add(module, "htons", (_, a) => Py.Int(BinaryPrimitives.ReverseEndianness(Short(a.One("htons"), "htons"))));
        Add(module, "ntohs", (_, a) => Py.Int(BinaryPrimitives.ReverseEndianness(Short(a.One("ntohs"), "ntohs"))));
        Add(module, "htonl", (_, a) => Py.Int(BinaryPrimitives.ReverseEndianness(Long(a.One("htonl")))));
        Add(module, "ntohl", (_, a) => Py.Int(BinaryPrimitives.ReverseEndianness(Long(a.One("ntohl")))));
        return module;
    }

    private static PyBuiltin Function(string name, Func<PythonProcess, PyArguments, object> body) => new(name, $"<function {name} at 0x7f0000000000>", body);

    private static void Add(PyModule module, string name, Func<PythonProcess, PyArguments, object> body) =>
        module.Members[name] = new PyBuiltin(name, $"<built-in function {name}>", (process, arguments) =>
            arguments.Count < (name is "inet_pton" or "inet_ntop" ? 2 : name == "gethostname" ? 0 : 1)
                ? throw PythonRaise.Type($"{name}() takes {(name is "inet_pton" or "inet_ntop" ? "exactly 2 arguments" : "exactly one argument")} ({arguments.Count} given)")
                : body(process, arguments));

    public static object Socket(PythonProcess process, PyArguments arguments)
    {
        foreach ((string name, _) in arguments.Keywords)
        {
            if (name is not ("family" or "type" or "proto" or "fileno"))
            {
                throw PythonRaise.Type($"socket.__init__() got an unexpected keyword argument '{name}'");
            }
        }

        if (arguments.Count > 4)
        {
            throw PythonRaise.Type($"socket.__init__() takes from 1 to 5 positional arguments but {arguments.Count + 1} were given");
        }

        if (arguments.Find(3, "fileno") is { } descriptor and not PyNone)
        {
            return SocketFunctions.FromDescriptor(process, descriptor);
        }

        return SocketLibrary.In(() => Create(process, arguments), SocketLibrary.Init);
    }

    private static object Create(PythonProcess process, PyArguments arguments)
    {
        int family = arguments.Find(0, "family") is { } f ? Py.CInt(f) : AfInet;
        int type = arguments.Find(1, "type") is { } t ? Py.CInt(t) : SockStream;
        int protocol = arguments.Find(2, "proto") is { } p ? Py.CInt(p) : 0;
        family = family == -1 ? AfInet : family;
        bool nonBlocking = type > 0 && (type & SockNonBlocking) != 0;
        type = type == -1 ? SockStream : type & ~(SockNonBlocking | SockCloseOnExec);
        if (family is not (AfInet or AfInet6))
        {
            throw PythonRaise.Os(Errno.EAFNOSUPPORT);
        }

        if (type is < 0 or >= SockMax || protocol is < -1 or >= ProtocolMax)
        {
            throw PythonRaise.Os(Errno.EINVAL);
        }

        if (type is not (SockStream or SockDatagram))
        {
            throw type == 3 ? PythonRaise.Os(Errno.EPROTONOSUPPORT) : new PythonRaise(new PyException(PyExceptionType.OSError, Py.Int(ErrnoSocketTypeNotSupported), "Socket type not supported"));
        }

        if (protocol > 0 && protocol != (type == SockStream ? 6 : 17))
        {
            throw PythonRaise.Os(Errno.EPROTONOSUPPORT);
        }

        process.CheckDescriptor();

        Errno errno = process.Machine.Sockets.Create(family, type, out int handle);
        return errno == Errno.None
            ? new PySocket(process, handle, family, type, Math.Max(0, protocol)) { Timeout = nonBlocking ? TimeSpan.Zero : process.DefaultTimeout }
            : throw PythonRaise.Os(errno);
    }

    private static IpAddress Resolve(PythonProcess process, object name) =>
        name is not string text ? throw PythonRaise.Type($"gethostbyname() argument 1 must be str, bytes or bytearray, not {Py.TypeName(name)}")
        : text.Length == 0 ? IpAddress.AnyV4 : process.Machine.Resolve(text, false, out IpAddress address) ? address : throw UnknownName();

    private static IpAddress Address(object text, bool v6, string complaint) =>
        text is string s && IpAddress.TryParse(s, out IpAddress address) && address.IsV6 == v6 ? address : throw PythonRaise.Of(PyExceptionType.OSError, complaint);

    private static byte[] Packed(IpAddress address)
    {
        byte[] octets = new byte[address.IsV6 ? 16 : 4];
        address.Write(octets);
        return octets;
    }

    private static ushort Short(object value, string name)
    {
        BigInteger number = Py.Index(value);
        return number.Sign < 0 ? throw PythonRaise.Of(PyExceptionType.OverflowError, $"{name}: can't convert negative Python int to C 16-bit unsigned integer")
            : number > ushort.MaxValue ? throw PythonRaise.Of(PyExceptionType.OverflowError, $"{name}: Python int too large to convert to C 16-bit unsigned integer") : (ushort)number;
    }

    private static uint Long(object value)
    {
        BigInteger number = Py.Index(value);
        return number.Sign < 0 || number > uint.MaxValue ? throw PythonRaise.Of(PyExceptionType.OverflowError, number.Sign < 0 ? "can't convert negative value to unsigned int" : "int larger than 32 bits") : (uint)number;
    }
}
