namespace Finwait.Lab;

/// <summary>The lines of Python's own socket.py, as Debian 12 has it, that tracebacks of the socket module pass through.</summary>
internal static class SocketLibrary
{
    public static readonly PythonTraceEntry Accept = Line(294, "accept", "fd, addr = self._accept()", "           ^^^^^^^^^^^^^^");
    public static readonly PythonTraceEntry Init = Line(232, "__init__", "_socket.socket.__init__(self, family, type, proto, fileno)");
    public static readonly PythonTraceEntry ConnectionResolves = Line(827, "create_connection", "for res in getaddrinfo(host, port, 0, SOCK_STREAM):", "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^");
    public static readonly PythonTraceEntry ConnectionTimeout = Line(833, "create_connection", "sock.settimeout(timeout)");
    public static readonly PythonTraceEntry ConnectionBinds = Line(835, "create_connection", "sock.bind(source_address)");
    public static readonly PythonTraceEntry ConnectionConnects = Line(836, "create_connection", "sock.connect(sa)");
    public static readonly PythonTraceEntry ConnectionFails = Line(851, "create_connection", "raise exceptions[0]");
    public static readonly PythonTraceEntry ServerBinds = Line(930, "create_server", "sock.bind(address)");
    public static readonly PythonTraceEntry ServerFails = Line(934, "create_server", "raise error(err.errno, msg) from None");
    public static readonly PythonTraceEntry Resolves = Line(962, "getaddrinfo", "for res in _socket.getaddrinfo(host, port, family, type, proto, flags):", "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^");

    /// <summary>Does what stands in these lines of the library, the innermost first: what is raised there passes through them.</summary>
    public static T In<T>(Func<T> body, params ReadOnlySpan<PythonTraceEntry> lines)
    {
        try
        {
            return body();
        }
        catch (PythonRaise raise)
        {
            throw From(raise, lines);
        }
    }

    /// <summary>The same exception, as it comes out of these lines.</summary>
    public static PythonRaise From(PythonRaise raise, params ReadOnlySpan<PythonTraceEntry> lines)
    {
        raise.Raised.Trace.AddRange(lines);
        return raise;
    }

    private static PythonTraceEntry Line(int number, string function, string source, string marks = "") => new("/usr/lib/python3.11/socket.py", number, function, source, marks);
}
