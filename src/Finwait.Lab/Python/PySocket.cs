using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>A socket object of Python.</summary>
internal sealed class PySocket
{
    private readonly PythonProcess _process;

    /// <summary>A new descriptor for a socket of the host.</summary>
    public PySocket(PythonProcess process, int handle, int family, int type, int protocol)
        : this(process, (family, type, protocol), process.Open(handle))
    {
    }

    /// <summary>An object for a descriptor that is open already.</summary>
    public PySocket(PythonProcess process, (int Family, int Type, int Protocol) kind, int descriptor)
    {
        _process = process;
        (Family, Type, Protocol) = kind;
        Descriptor = descriptor;
        Timeout = process.DefaultTimeout;
        process.OpenSockets.Add(this);
    }

    /// <summary>The host's handle; -1 once the descriptor is closed.</summary>
    public int Handle => _process.Sockets.TryGetValue(Descriptor, out int handle) ? handle : -1;

    /// <summary>The file descriptor, -1 once closed.</summary>
    public int Descriptor { get; private set; }

    public int Family { get; }

    public int Type { get; }

    public int Protocol { get; }

    /// <summary>Null blocks for ever, zero does not block.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>True for a timeout above zero: the socket does not block in the kernel, and every call waits with poll() first.</summary>
    public bool HasTimeout => Timeout is { } timeout && timeout > TimeSpan.Zero;

    public bool IsClosed => Descriptor < 0;

    public PythonProcess Process => _process;

    public ISocketCalls Calls => _process.Machine.Sockets;

    /// <summary>close(): never fails for a socket that is open.</summary>
    /// <returns>How long SO_LINGER makes it wait.</returns>
    public LingeringClose Close()
    {
        LingeringClose lingering = default;
        if (!IsClosed)
        {
            int handle = Handle;
            if (_process.Forget(Descriptor))
            {
                Calls.Close(handle, out lingering);
            }

            Descriptor = -1;
            _process.OpenSockets.Remove(this);
        }

        return lingering;
    }

    /// <summary>close() as a program calls it: it waits for SO_LINGER, with a timeout or without blocking, too.</summary>
    public object CloseAndLinger()
    {
        LingeringClose lingering = Close();
        return lingering.IsOver(_process.Machine.Now)
            ? PyNone.Value
            : new PyPending("close()", () => lingering.IsOver(_process.Machine.Now) ? PyNone.Value : null) { Deadline = lingering.Deadline };
    }

    /// <summary>detach(): the descriptor stays open, the object forgets it.</summary>
    public int Detach()
    {
        int descriptor = Descriptor;
        Descriptor = -1;
        _process.OpenSockets.Remove(this);
        return descriptor;
    }

    /// <summary>Refuses a closed socket as the kernel would refuse its descriptor.</summary>
    public void CheckOpen()
    {
        if (IsClosed)
        {
            throw PythonRaise.Os(Errno.EBADF);
        }
    }

    /// <summary>Waits until <paramref name="attempt"/> gives something, as long as the timeout allows.</summary>
    /// <param name="call">For the reader: <c>accept()</c>.</param>
    /// <param name="attempt">Null while it would block.</param>
    /// <param name="wouldBlock">The error of a socket that does not block.</param>
    /// <param name="trace">A level of Python's own library, if the call has one.</param>
    /// <param name="writes">What a socket with a timeout waits for with poll() before it makes the call: room to write, or something to read. Null makes the call at once.</param>
    /// <param name="timedOut">The result when the time is over; null raises TimeoutError.</param>
    public object Wait(string call, Func<object?> attempt, Errno wouldBlock = Errno.EAGAIN, PythonTraceEntry? trace = null, bool? writes = null, object? timedOut = null)
    {
        if (HasTimeout && writes is { } write)
        {
            Func<object?> make = attempt;
            attempt = () => IsClosed || Calls.IsReady(Handle, write) ? make() : null;
        }

        object? result = Traced(attempt, trace);
        if (result is not null)
        {
            return result;
        }

        if (Timeout == TimeSpan.Zero)
        {
            throw Traced(PythonRaise.Os(wouldBlock), trace);
        }

        Instant? deadline = Timeout is { } limit ? _process.Machine.Now + limit : null;
        return new PyPending(call, () =>
        {
            object? outcome = Traced(attempt, trace);
            return outcome is null && deadline is { } end && _process.Machine.Now >= end
                ? timedOut ?? throw Traced(PythonRaise.Of(PyExceptionType.TimeoutError, "timed out"), trace)
                : outcome;
        })
        {
            Deadline = deadline,
            Trace = trace,
            Socket = Handle,
        };
    }

    private static object? Traced(Func<object?> attempt, PythonTraceEntry? trace)
    {
        try
        {
            return attempt();
        }
        catch (PythonRaise raise) when (trace is not null && raise.Raised.Trace.Count == 0)
        {
            throw Traced(raise, trace);
        }
    }

    private static PythonRaise Traced(PythonRaise raise, PythonTraceEntry? trace)
    {
        if (trace is { } entry)
        {
            raise.Raised.Trace.Add(entry);
        }

        return raise;
    }

    /// <summary>As Python 3.11 shows it.</summary>
    public string Repr()
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"<socket.socket{(IsClosed ? " [closed]" : "")} fd={Descriptor}, family={Family}, type={Type}, proto={Protocol}");
        if (!IsClosed)
        {
            head += Calls.GetLocal(Handle, out LabEndpoint local) == Errno.None ? $", laddr={Py.Repr(Tuple(local))}" : "";
            head += Calls.GetPeer(Handle, out LabEndpoint peer) == Errno.None ? $", raddr={Py.Repr(Tuple(peer))}" : "";
        }

        return head + ">";
    }

    /// <summary>An address as Python gives it: two items for IPv4, four for IPv6.</summary>
    public static PyTuple Tuple(LabEndpoint endpoint) => endpoint.Address.IsV6
        ? new PyTuple(endpoint.Address.ToString(), Py.Int(endpoint.Port), Py.Int(0), Py.Int(0))
        : new PyTuple(endpoint.Address.ToString(), Py.Int(endpoint.Port));

    /// <summary>Reads an address argument, with the complaints of Python's socket module.</summary>
    public LabEndpoint Address(string function, object value)
    {
        bool isV6 = Family == SocketModule.AfInet6;
        string name = isV6 ? "AF_INET6" : "AF_INET";
        if (value is not PyTuple tuple)
        {
            throw PythonRaise.Type($"{function}(): {name} address must be tuple, not {Py.TypeName(value)}");
        }

        if (tuple.Items.Length != 2 && !(isV6 && tuple.Items.Length is 3 or 4))
        {
            throw PythonRaise.Type(isV6 ? "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])" : "AF_INET address must be a pair (host, port)");
        }

        string host = tuple.Items[0] switch
        {
            string text => text,
            PyBytes bytes => System.Text.Encoding.Latin1.GetString(bytes.Octets),
            _ => throw PythonRaise.Type($"str, bytes or bytearray expected, not {Py.TypeName(tuple.Items[0])}"),
        };
        System.Numerics.BigInteger port = Py.Index(tuple.Items[1]);
        if (port < 0 || port > 65535)
        {
            throw PythonRaise.Of(PyExceptionType.OverflowError, $"{function}(): port must be 0-65535.");
        }

        return new LabEndpoint(Host(host, isV6), (ushort)port);
    }

    private IpAddress Host(string host, bool isV6)
    {
        if (host.Length == 0)
        {
            return isV6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
        }

        if (host == "<broadcast>" && !isV6)
        {
            return IpAddress.FromV4(0xFFFF_FFFF);
        }

        if (!_process.Machine.Resolve(host, isV6, out IpAddress address))
        {
            throw SocketModule.UnknownName();
        }

        return address.IsV6 == isV6 ? address : throw new PythonRaise(new PyException(PyExceptionType.GaiError, Py.Int(-9), "Address family for hostname not supported"));
    }
}
