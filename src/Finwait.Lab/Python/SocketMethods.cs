using System.Numerics;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The methods and attributes of socket objects.</summary>
internal static class SocketMethods
{
    private const int MessagePeek = 2;
    private const int MessageDontWait = 0x40;
    private const int MessageOutOfBand = 1;

    /// <summary>The largest buffer that getsockopt() takes.</summary>
    private const int MaxOptionLength = 1024;

    /// <summary>2^63 nanoseconds, in seconds.</summary>
    private const double MaxTimeout = 9_223_372_036.854775;

    private delegate object Body(PySocket socket, PyArguments arguments);

    private static readonly Dictionary<string, Body> Methods = new()
    {
        ["accept"] = Accept,
        ["bind"] = (s, a) => Done(s.Calls.Bind, s, s.Address("bind", a.One("socket.bind"))),
        ["listen"] = Listen,
        ["connect"] = Connect,
        ["connect_ex"] = ConnectEx,
        ["send"] = (s, a) => Send(s, a, all: false),
        ["sendall"] = (s, a) => Send(s, a, all: true),
        ["sendto"] = SendTo,
        ["recv"] = Receive,
        ["recvfrom"] = ReceiveFrom,
        ["shutdown"] = (s, a) => Check(s, s.IsClosed ? Errno.EBADF : s.Calls.Shutdown(s.Handle, Py.CInt(a.One("socket.shutdown")))),
        ["close"] = (s, a) =>
        {
            a.SelfAlone("socket.close");
            return s.CloseAndLinger();
        },
        ["detach"] = (s, a) =>
        {
            a.SelfAlone("socket.detach");
            return Py.Int(s.Detach());
        },
        ["fileno"] = (s, a) => NoArguments(a, "fileno", () => Py.Int(s.Descriptor)),
        ["getsockname"] = (s, a) => NoArguments(a, "getsockname", () => Name(s, peer: false)),
        ["getpeername"] = (s, a) => NoArguments(a, "getpeername", () => Name(s, peer: true)),
        ["setsockopt"] = SetOption,
        ["getsockopt"] = GetOption,
        ["settimeout"] = SetTimeout,
        ["gettimeout"] = (s, a) => NoArguments(a, "gettimeout", () => TimeoutOf(s)),
        ["setblocking"] = (s, a) =>
        {
            BigInteger flag = Py.Index(a.One("socket.setblocking"));
            s.Timeout = flag.GetBitLength() > 63 ? throw PythonRaise.Of(PyExceptionType.OverflowError, "Python int too large to convert to C long") : flag.IsZero ? TimeSpan.Zero : null;
            return PyNone.Value;
        },
        ["recv_into"] = SocketMessages.ReceiveInto,
        ["recvfrom_into"] = SocketMessages.ReceiveFromInto,
        ["recvmsg"] = SocketMessages.ReceiveMessage,
        ["sendmsg"] = SocketMessages.SendMessage,
        ["dup"] = SocketMessages.Duplicate,
        ["get_inheritable"] = (s, a) =>
        {
            a.SelfAlone("socket.get_inheritable");
            return Py.False;
        },
        ["getblocking"] = (s, a) => NoArguments(a, "getblocking", () => Py.Bool(s.Timeout != TimeSpan.Zero)),
    };

    /// <summary>Names of all methods and attributes.</summary>
    public static IEnumerable<string> Names => Methods.Keys.Concat(["family", "type", "proto", "timeout"]);

    /// <summary>A method bound to the socket, or an attribute's value; null if there is none of this name.</summary>
    public static object? Find(PySocket socket, string name)
    {
        if (Methods.TryGetValue(name, out Body? body))
        {
            string display = name == "accept" ? $"<bound method socket.accept of {socket.Repr()}>" : $"<built-in method {name} of socket object at 0x7f0000000000>";
            return new PyBuiltin(name, display, (_, arguments) => body(socket, arguments)) { Self = socket };
        }

        return name switch
        {
            "family" => new PyEnum("AddressFamily", socket.Family == SocketModule.AfInet6 ? "AF_INET6" : "AF_INET", socket.Family),
            "type" => new PyEnum("SocketKind", socket.Type == 1 ? "SOCK_STREAM" : "SOCK_DGRAM", socket.Type),
            "proto" => Py.Int(socket.Protocol),
            "timeout" => TimeoutOf(socket),
            _ => null,
        };
    }

    /// <summary>The octets of a bytes argument.</summary>
    public static byte[] Octets(object value) => Py.AsOctets(value) ?? throw PythonRaise.Type($"a bytes-like object is required, not '{Py.TypeName(value)}'");

    private static object Check(PySocket socket, Errno errno)
    {
        socket.CheckOpen();
        return errno == Errno.None ? PyNone.Value : throw PythonRaise.Os(errno);
    }

    private static object Done(Func<int, LabEndpoint, Errno> call, PySocket socket, LabEndpoint address)
    {
        socket.CheckOpen();
        return Check(socket, call(socket.Handle, address));
    }

    private static object NoArguments(PyArguments arguments, string method, Func<object> body)
    {
        arguments.None("socket." + method);
        return body();
    }

    private static object Listen(PySocket socket, PyArguments arguments)
    {
        arguments.NoKeywords("socket.listen");
        if (arguments.Count > 1)
        {
            throw PythonRaise.Type($"listen() takes at most 1 argument ({arguments.Count} given)");
        }

        int backlog = arguments.Count == 1 ? Py.CInt(arguments[0]) : SocketModule.DefaultBacklog;
        socket.CheckOpen();
        return Check(socket, socket.Calls.Listen(socket.Handle, Math.Max(0, backlog)));
    }

    private static object Accept(PySocket socket, PyArguments arguments)
    {
        arguments.SelfAlone("socket.accept");
        return socket.Wait("accept()", () =>
        {
            socket.CheckOpen();
            socket.Process.CheckDescriptor();
            Errno errno = socket.Calls.Accept(socket.Handle, out int accepted, out LabEndpoint peer);
            return errno switch
            {
                Errno.None => new PyTuple(new PySocket(socket.Process, accepted, socket.Family, socket.Type, socket.Protocol), PySocket.Tuple(peer)),
                Errno.EAGAIN => null,
                _ => throw PythonRaise.Os(errno),
            };
        }, trace: SocketLibrary.Accept, writes: false);
    }

    private static object Connect(PySocket socket, PyArguments arguments)
    {
        LabEndpoint address = socket.Address("connect", arguments.One("socket.connect"));
        socket.CheckOpen();
        return Connect(socket, address, $"connect(({PythonEscapes.Quote(address.Address.ToString())}, {address.Port}))", errno => errno == Errno.None ? PyNone.Value : throw PythonRaise.Os(errno));
    }

    private static object ConnectEx(PySocket socket, PyArguments arguments)
    {
        LabEndpoint address = socket.Address("connect_ex", arguments.One("socket.connect_ex"));
        socket.CheckOpen();
        return Connect(socket, address, "connect_ex()", errno => Py.Int((int)errno), timedOut: Py.Int((int)Errno.EAGAIN));
    }

    /// <summary>Starts to connect and waits for the end of the handshake.</summary>
    public static object Connect(PySocket socket, LabEndpoint address, string call, Func<Errno, object> finish, object? timedOut = null)
    {
        Errno started = socket.Calls.Connect(socket.Handle, address);
        bool waits = socket.Timeout is null ? started is Errno.EINPROGRESS or Errno.EALREADY : started == Errno.EINPROGRESS && socket.HasTimeout;
        if (!waits)
        {
            return finish(started);
        }

        // A socket that blocks waits in the kernel; one with a timeout asks poll() and then for the pending error.
        bool polls = socket.HasTimeout;
        return socket.Wait(call, () =>
        {
            socket.CheckOpen();
            Errno errno = polls ? socket.Calls.ConnectOutcome(socket.Handle) : socket.Calls.ConnectResult(socket.Handle);
            return errno == Errno.EINPROGRESS ? null : finish(errno);
        }, Errno.EINPROGRESS, timedOut: timedOut);
    }

    public static int Flags(PyArguments arguments, int index) => arguments.Count > index ? Py.CInt(arguments[index]) : 0;

    public static void CountArguments(PyArguments arguments, string function, int least, int most)
    {
        arguments.NoKeywords("socket." + function);
        if (arguments.Count < least)
        {
            throw PythonRaise.Type($"{function}() takes at least {least} argument{(least == 1 ? "" : "s")} ({arguments.Count} given)");
        }

        if (arguments.Count > most)
        {
            throw PythonRaise.Type($"{function}() takes at most {most} arguments ({arguments.Count} given)");
        }
    }

    private static object Send(PySocket socket, PyArguments arguments, bool all)
    {
        string name = all ? "sendall" : "send";
        CountArguments(arguments, name, 1, 2);
        return Send(socket, name, Octets(arguments[0]), Flags(arguments, 1), all);
    }

    /// <summary>Sends all octets, or as many as a call takes.</summary>
    public static object Send(PySocket socket, string name, byte[] data, int flags, bool all)
    {
        int total = 0;
        bool returnsEarly = !all && socket.Timeout is not null; // a socket with a timeout does not block in the kernel
        bool dontWait = (flags & MessageDontWait) != 0 && !socket.HasTimeout;
        object? Attempt()
        {
            socket.CheckOpen();
            do
            {
                Errno errno = socket.Calls.Send(socket.Handle, data.AsSpan(total), (flags & MessageOutOfBand) != 0, out int sent);
                if (errno is not (Errno.None or Errno.EAGAIN))
                {
                    return total > 0 && !all ? Py.Int(total) : throw PythonRaise.Os(errno);
                }

                total += errno == Errno.None ? sent : 0;
                if (errno == Errno.EAGAIN || sent == 0)
                {
                    break;
                }
            }
            while (total < data.Length);
            if (total == data.Length || ((returnsEarly || dontWait) && total > 0))
            {
                return all ? PyNone.Value : Py.Int(total);
            }

            return dontWait ? throw PythonRaise.Os(Errno.EAGAIN) : null;
        }

        return socket.Wait($"{name}() of {data.Length} bytes", Attempt, writes: true);
    }

    private static object SendTo(PySocket socket, PyArguments arguments)
    {
        if (arguments.Count is not (2 or 3))
        {
            throw PythonRaise.Type($"sendto() takes 2 or 3 arguments ({arguments.Count} given)");
        }

        byte[] data = Octets(arguments[0]);
        LabEndpoint address = socket.Address("sendto", arguments[^1]);
        int flags = arguments.Count == 3 ? Py.CInt(arguments[1]) : 0;
        if (socket.Type == SocketModule.SockStream && (flags & SocketFastOpen.MessageFastOpen) != 0)
        {
            return SocketFastOpen.SendTo(socket, data, flags, address);
        }

        return socket.Wait("sendto()", () =>
        {
            socket.CheckOpen();
            Errno errno = socket.Calls.SendTo(socket.Handle, data, flags, address, out int sent);
            return errno switch { Errno.None => Py.Int(sent), Errno.EAGAIN => null, _ => throw PythonRaise.Os(errno) };
        }, writes: true);
    }

    private static int Size(PyArguments arguments, string function)
    {
        CountArguments(arguments, function, 1, 2);
        BigInteger size = Py.Index(arguments[0]);
        if (size.Sign < 0)
        {
            throw PythonRaise.Value($"negative buffersize in {function}");
        }

        if (size > long.MaxValue)
        {
            throw PythonRaise.Of(PyExceptionType.OverflowError, "Python int too large to convert to C ssize_t");
        }

        return size > Py.MaxOctets ? throw PythonRaise.Memory() : (int)size;
    }

    private static object Receive(PySocket socket, PyArguments arguments)
    {
        int size = Size(arguments, "recv");
        return Receive(socket, $"recv({size})", size, Flags(arguments, 1), (octets, _) => new PyBytes(octets.ToArray()));
    }

    private static object ReceiveFrom(PySocket socket, PyArguments arguments)
    {
        int size = Size(arguments, "recvfrom");
        return Receive(socket, $"recvfrom({size})", size, Flags(arguments, 1), (octets, from) => new PyTuple(new PyBytes(octets.ToArray()), from));
    }

    /// <summary>What a receiving call makes of the octets that came, and of the sender's address or None.</summary>
    public delegate object Received(ReadOnlySpan<byte> octets, object from);

    /// <summary>Waits for octets, as the timeout and the flags allow.</summary>
    public static object Receive(PySocket socket, string call, int size, int flags, Received received)
    {
        bool peek = (flags & MessagePeek) != 0;
        bool isUrgent = (flags & MessageOutOfBand) != 0 && socket.Type == SocketModule.SockStream;
        bool dontWait = isUrgent || ((flags & MessageDontWait) != 0 && !socket.HasTimeout);     // nobody waits for urgent data
        return socket.Wait(call, () =>
        {
            socket.CheckOpen();
            byte[] buffer = socket.Process.Buffer(size);
            LabEndpoint from = default;
            Errno errno = socket.Type == SocketModule.SockStream
                ? socket.Calls.Receive(socket.Handle, buffer.AsSpan(0, Math.Min(size, buffer.Length)), (ReceiveFlags)(flags & (MessagePeek | MessageOutOfBand)), out int count)
                : socket.Calls.ReceiveFrom(socket.Handle, buffer.AsSpan(0, Math.Min(size, buffer.Length)), peek, out count, out from);
            if (errno == Errno.EAGAIN && !dontWait && socket.Timeout is null && socket.Type == SocketModule.SockDatagram && socket.Calls.IsReady(socket.Handle, write: false))
            {
                errno = Errno.None; // shut for reading: only a call that blocks in the kernel is told so
            }

            return errno switch
            {
                Errno.None => received(buffer.AsSpan(0, count), from.Address.IsNone ? PyNone.Value : PySocket.Tuple(from)),
                Errno.EAGAIN when !dontWait => null,
                _ => throw PythonRaise.Os(errno),
            };
        }, writes: false);
    }

    private static object Name(PySocket socket, bool peer)
    {
        socket.CheckOpen();
        Errno errno = peer ? socket.Calls.GetPeer(socket.Handle, out LabEndpoint address) : socket.Calls.GetLocal(socket.Handle, out address);
        return errno == Errno.None ? PySocket.Tuple(address) : throw PythonRaise.Os(errno);
    }

    private static object SetOption(PySocket socket, PyArguments arguments)
    {
        arguments.NoKeywords("socket.setsockopt");
        bool isLength = arguments.Count == 4 && arguments[2] is PyNone;
        if (arguments.Count != 3 && !isLength)
        {
            throw PythonRaise.Type($"setsockopt() takes exactly 3 arguments ({arguments.Count} given)");
        }

        (int level, int name) = (Py.CInt(arguments[0]), Py.CInt(arguments[1]));
        socket.CheckOpen();
        if (isLength)
        {
            throw PythonRaise.Os(Py.CInt(arguments[3]) < sizeof(int) ? Errno.EINVAL : Errno.EFAULT); // no option of the lab takes a length alone
        }

        byte[] value = Py.AsNumber(arguments[2]) is BigInteger number && number >= int.MinValue && number <= int.MaxValue ? BitConverter.GetBytes((int)number) : Octets(arguments[2]);
        return Check(socket, socket.Calls.SetOption(socket.Handle, level, name, value));
    }

    private static object GetOption(PySocket socket, PyArguments arguments)
    {
        arguments.NoKeywords("socket.getsockopt");
        if (arguments.Count is not (2 or 3))
        {
            throw PythonRaise.Type(arguments.Count < 2 ? $"getsockopt() takes at least 2 arguments ({arguments.Count} given)" : $"getsockopt() takes at most 3 arguments ({arguments.Count} given)");
        }

        (int level, int name) = (Py.CInt(arguments[0]), Py.CInt(arguments[1]));
        int length = arguments.Count == 3 ? Py.CInt(arguments[2]) : 0;
        if (length is < 0 or > MaxOptionLength)
        {
            throw PythonRaise.Of(PyExceptionType.OSError, "getsockopt buflen out of range");
        }

        socket.CheckOpen();
        if (length == 0)
        {
            Errno failed = socket.Calls.GetOption(socket.Handle, level, name, out int value);
            return failed == Errno.None ? Py.Int(value) : throw PythonRaise.Os(failed);
        }

        byte[] octets = new byte[length];
        Errno errno = socket.Calls.GetOption(socket.Handle, level, name, octets, out int given);
        return errno == Errno.None ? new PyBytes(octets[..given]) : throw PythonRaise.Os(errno);
    }

    private static object SetTimeout(PySocket socket, PyArguments arguments)
    {
        socket.Timeout = TimeoutFrom(arguments.One("socket.settimeout"));
        return PyNone.Value;
    }

    /// <summary>A timeout argument: None, or seconds that fit Python's 64 bits of nanoseconds.</summary>
    public static TimeSpan? TimeoutFrom(object value)
    {
        if (value is PyNone)
        {
            return null;
        }

        double seconds = Py.AsNumber(value) switch
        {
            BigInteger i => i.GetBitLength() > 1000 ? double.PositiveInfinity : (double)i,
            double d => double.IsNaN(d) ? throw PythonRaise.Value("Invalid value NaN (not a number)") : d,
            _ => throw PythonRaise.Type($"'{Py.TypeName(value)}' object cannot be interpreted as an integer"),
        };
        return Math.Abs(seconds) >= MaxTimeout ? throw PythonRaise.Of(PyExceptionType.OverflowError, "timestamp too large to convert to C _PyTime_t")
            : seconds < 0 ? throw PythonRaise.Value("Timeout value out of range")
            : TimeSpan.FromTicks((long)Math.Ceiling(seconds * TimeSpan.TicksPerSecond));
    }

    public static object TimeoutText(TimeSpan? timeout) => timeout is { } given ? given.TotalSeconds : PyNone.Value;

    private static object TimeoutOf(PySocket socket) => TimeoutText(socket.Timeout);
}
