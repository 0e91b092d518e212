using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab.Tests;

/// <summary>Socket lines on a host without a network. The expected texts are Python 3.11's own (python3 on Debian 12).</summary>
public sealed class PythonSocketTests
{
    private readonly FakeMachine _machine = new();
    private readonly StringWriter _output = new();
    private readonly PythonConsole _console;

    public PythonSocketTests()
    {
        _console = new PythonConsole(_machine, 1001, _output);
        Type("import socket", "sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)");
    }

    private string Type(params string[] lines)
    {
        _output.GetStringBuilder().Clear();
        foreach (string line in lines)
        {
            Assert.True(_console.Enter(line));
        }

        _console.Run();
        return _output.ToString();
    }

    private static string Last(string answer) => answer.TrimEnd('\n').Split('\n')[^1];

    [Theory]
    [InlineData("socket", "<module 'socket' from '/usr/lib/python3.11/socket.py'>")]
    [InlineData("socket.AF_INET", "<AddressFamily.AF_INET: 2>")]
    [InlineData("socket.SOCK_STREAM", "<SocketKind.SOCK_STREAM: 1>")]
    [InlineData("socket.SOL_SOCKET, socket.SHUT_RDWR, socket.IPPROTO_TCP, socket.TCP_NODELAY", "(1, 2, 6, 1)")]
    [InlineData("sock", "<socket.socket fd=3, family=2, type=1, proto=0, laddr=('0.0.0.0', 0)>")]
    [InlineData("socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).fileno()", "4")]
    [InlineData("sock.family, sock.type, sock.proto, sock.timeout", "(<AddressFamily.AF_INET: 2>, <SocketKind.SOCK_STREAM: 1>, 0, None)")]
    [InlineData("print(sock.family, sock.type)", "2 1")]
    [InlineData("sock.detach(), sock", "(3, <socket.socket [closed] fd=-1, family=2, type=1, proto=0>)")]
    [InlineData("sock.settimeout(2.5); sock.gettimeout()", "2.5")]
    [InlineData("sock.setblocking(False); sock.getblocking(), sock.timeout", "(False, 0.0)")]
    [InlineData("sock.send(b\"Hello juliet\")", "12")]
    [InlineData("sock.sendall(b\"Hello juliet\")", "")]
    [InlineData("conn_sock, conn_addr = sock.accept(); conn_addr", "('10.10.1.100', 40000)")]
    [InlineData("(c, a) = sock.accept(); c.fileno()", "4")]
    [InlineData("sock.connect_ex(('10.10.2.100', 4000))", "0")]
    [InlineData("socket.gethostbyname('localhost'), socket.gethostname()", "('127.0.0.1', 'romeo')")]
    [InlineData("socket.inet_aton('10.0.0.1'), socket.htons(80)", "(b'\\n\\x00\\x00\\x01', 20480)")]
    public void Line_ThatSucceeds_ShowsWhatPythonShows(string line, string expected) => Assert.Equal(expected, Last(Type(line)));

    [Theory]
    [InlineData("sock.foo", "AttributeError: 'socket' object has no attribute 'foo'")]
    [InlineData("socket.foo", "AttributeError: module 'socket' has no attribute 'foo'")]
    [InlineData("sock()", "TypeError: 'socket' object is not callable")]
    [InlineData("sock.connect('a', 3)", "TypeError: socket.connect() takes exactly one argument (2 given)")]
    [InlineData("sock.connect('a')", "TypeError: connect(): AF_INET address must be tuple, not str")]
    [InlineData("sock.connect(('a',))", "TypeError: AF_INET address must be a pair (host, port)")]
    [InlineData("sock.connect((1, 2))", "TypeError: str, bytes or bytearray expected, not int")]
    [InlineData("sock.connect(('127.0.0.1', 'x'))", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("sock.connect(('127.0.0.1', 70000))", "OverflowError: connect(): port must be 0-65535.")]
    [InlineData("sock.connect(('nosuch.invalid', 4001))", "socket.gaierror: [Errno -2] Name or service not known")]
    [InlineData("sock.bind(4000)", "TypeError: bind(): AF_INET address must be tuple, not int")]
    [InlineData("sock.bind()", "TypeError: socket.bind() takes exactly one argument (0 given)")]
    [InlineData("sock.send(\"abc\")", "TypeError: a bytes-like object is required, not 'str'")]
    [InlineData("sock.recv()", "TypeError: recv() takes at least 1 argument (0 given)")]
    [InlineData("sock.recv('a')", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("sock.recv(2**70)", "OverflowError: Python int too large to convert to C ssize_t")]
    [InlineData("x = 1__0", "SyntaxError: invalid decimal literal")]
    [InlineData("x = 0x1_", "SyntaxError: invalid hexadecimal literal")]
    [InlineData("sock.recv(-1)", "ValueError: negative buffersize in recv")]
    [InlineData("sock.shutdown()", "TypeError: socket.shutdown() takes exactly one argument (0 given)")]
    [InlineData("sock.listen('a')", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("sock.settimeout(-1)", "ValueError: Timeout value out of range")]
    [InlineData("socket.socket(999)", "OSError: [Errno 97] Address family not supported by protocol")]
    [InlineData("sock.close(); sock.bind(('127.0.0.1', 1))", "OSError: [Errno 9] Bad file descriptor")]
    [InlineData("sock.getpeername", "<built-in method getpeername of socket object at 0x7f0000000000>")]
    public void Line_WithAMistake_ComplainsAsPythonDoes(string line, string expected) => Assert.Equal(expected, Last(Type(line)));

    [Theory]
    [InlineData("bind", Errno.EADDRINUSE, "sock.bind(('10.10.2.100', 4000))", "OSError: [Errno 98] Address already in use")]
    [InlineData("bind", Errno.EACCES, "sock.bind(('10.10.2.100', 4))", "PermissionError: [Errno 13] Permission denied")]
    [InlineData("connect", Errno.ECONNREFUSED, "sock.connect(('10.10.2.100', 4000))", "ConnectionRefusedError: [Errno 111] Connection refused")]
    [InlineData("connect", Errno.ETIMEDOUT, "sock.connect(('10.10.2.100', 4000))", "TimeoutError: [Errno 110] Connection timed out")]
    [InlineData("send", Errno.EPIPE, "sock.send(b'x')", "BrokenPipeError: [Errno 32] Broken pipe")]
    [InlineData("recv", Errno.ECONNRESET, "sock.recv(10)", "ConnectionResetError: [Errno 104] Connection reset by peer")]
    [InlineData("recv", Errno.ENOTCONN, "sock.recv(10)", "OSError: [Errno 107] Transport endpoint is not connected")]
    [InlineData("accept", Errno.EINVAL, "sock.accept()", "OSError: [Errno 22] Invalid argument")]
    public void Call_ThatTheKernelRefuses_RaisesPythonsException(string call, Errno errno, string line, string expected)
    {
        _machine.Answers[call] = errno;

        string answer = Type(line);

        Assert.Equal(expected, Last(answer));
        Assert.StartsWith("Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Accept_Refused_ShowsTheLineOfPythonsLibrary()
    {
        _machine.Answers["accept"] = Errno.EINVAL;

        Assert.Equal("""
            Traceback (most recent call last):
              File "<stdin>", line 1, in <module>
              File "/usr/lib/python3.11/socket.py", line 294, in accept
                fd, addr = self._accept()
                           ^^^^^^^^^^^^^^
            OSError: [Errno 22] Invalid argument

            """.ReplaceLineEndings("\n"), Type("sock.accept()"));
    }

    [Fact]
    public void Recv_NothingThere_BlocksUntilSomethingComes()
    {
        Assert.Equal("", Type("sock.recv(5)"));
        Assert.Equal("recv(5)", _console.WaitingIn);

        Assert.Equal("", Type("1 + 1")); // typed ahead
        _machine.Incoming.Enqueue("Hello juliet"u8.ToArray());
        _machine.Now += TimeSpan.FromSeconds(3);
        _console.Run();

        Assert.Equal("b'Hello'\n2\n", _output.ToString());
        Assert.True(_console.IsIdle);
    }

    [Fact]
    public void Recv_WithTimeout_GivesUpWhenItsTimeHasCome()
    {
        Assert.Equal("", Type("sock.settimeout(2)", "sock.recv(5)"));
        Assert.Equal(Instant.Zero + TimeSpan.FromSeconds(2), _console.Deadline);

        _machine.Now += TimeSpan.FromSeconds(2);
        _console.Run();

        Assert.Equal("TimeoutError: timed out", Last(_output.ToString()));
    }

    [Fact]
    public void Recv_NonBlocking_SaysThatItWouldBlock() =>
        Assert.Equal("BlockingIOError: [Errno 11] Resource temporarily unavailable", Last(Type("sock.setblocking(0)", "sock.recv(5)")));

    [Fact]
    public void Connect_Interrupted_RaisesKeyboardInterruptAndForgetsWhatWasTypedAhead()
    {
        _machine.Answers["connect"] = Errno.EINPROGRESS;
        _machine.Answers["result"] = Errno.EINPROGRESS;
        Type("sock.connect(('10.10.2.100', 4000))", "print('never')");

        _console.Interrupt();
        _console.Run();

        Assert.Equal("Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nKeyboardInterrupt\n", _output.ToString());
        Assert.Equal("5\n", Type("5"));
    }

    [Fact]
    public void Connect_InProgress_ReturnsWhenTheHandshakeIsDone()
    {
        _machine.Answers["connect"] = Errno.EINPROGRESS;
        _machine.Answers["result"] = Errno.EINPROGRESS;
        Type("sock.connect(('10.10.2.100', 4000))");
        Assert.Equal("connect(('10.10.2.100', 4000))", _console.WaitingIn);

        _machine.Answers["result"] = Errno.None;
        _machine.Now += TimeSpan.FromSeconds(1);
        _console.Run();

        Assert.Equal("", _output.ToString());
        Assert.Equal(TimeSpan.FromSeconds(1), _console.LastWait);
    }

    [Fact]
    public void Send_BufferFull_BlocksUntilAllIsTaken()
    {
        _machine.SendRoom = 10;
        Assert.Equal("", Type("sock.send(b'x' * 25)"));

        _machine.SendRoom = 10;
        _console.Run();
        Assert.Equal("", _output.ToString());
        _machine.SendRoom = 10;
        _console.Run();

        Assert.Equal("25\n", _output.ToString());
    }

    [Fact]
    public void Quit_ClosesEverySocket()
    {
        Type("a = socket.socket()", "quit()");

        Assert.True(_console.HasExited);
        Assert.Equal(["close(0)", "close(1)"], _machine.Calls.Where(c => c.StartsWith("close", StringComparison.Ordinal)));
    }

    [Fact]
    public void With_LeavesTheBlock_ClosesTheSocket()
    {
        string answer = Type("with socket.socket() as s:", "    s.connect(('127.0.0.1', 80))", "    1 / 0", "", "s");

        Assert.Contains("close(1)", _machine.Calls);
        Assert.Contains("ZeroDivisionError", answer, StringComparison.Ordinal);
        Assert.EndsWith("<socket.socket [closed] fd=-1, family=2, type=1, proto=0>\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void SetSockOpt_Linger_PassesTheStructure()
    {
        Type("import struct", "sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))");

        Assert.Contains("setsockopt(0, 1, 13, 0100000000000000)", _machine.Calls);
    }

    [Fact]
    public void Loop_WithoutEnd_StopsForCtrlC()
    {
        Type("while True:", "    pass", "");
        for (int i = 0; i < 5; i++)
        {
            Assert.False(_console.IsIdle);
            _machine.Now = _console.Deadline;
            _console.Run();
        }

        _console.Interrupt();
        _machine.Now = _console.Deadline;
        _console.Run();

        Assert.Equal("KeyboardInterrupt", Last(_output.ToString()));
        Assert.True(_console.IsIdle);
    }

    [Theory]
    [InlineData("b'x' * 10 ** 12")]
    [InlineData("10 ** 10 ** 10")]
    [InlineData("1 << 10 ** 9")]
    [InlineData("[0] * 10 ** 9")]
    [InlineData("sock.recv(10 ** 12)")]
    public void Line_ThatWantsTooMuchMemory_RaisesMemoryError(string line) => Assert.Equal("MemoryError", Last(Type(line)));

    [Fact]
    public void Recursion_WithoutEnd_RaisesRecursionError() =>
        Assert.Equal("RecursionError: maximum recursion depth exceeded", Last(Type("def f():", "    f()", "", "f()")));
}
