namespace Finwait.Lab.Tests;

/// <summary>Tracebacks through Python's own socket.py. The expected texts are Python 3.11's (python3 on Debian 12).</summary>
public sealed class PythonTracebackTests
{
    private const string Library = "  File \"/usr/lib/python3.11/socket.py\", line ";

    private static string[] Told(string line)
    {
        var output = new StringWriter();
        var console = new PythonConsole(new FakeMachine(), 1001, output);
        Assert.True(console.Enter("import socket"));
        Assert.True(console.Enter(line));
        console.Run();
        string[] lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(["Traceback (most recent call last):", "  File \"<stdin>\", line 1, in <module>"], lines[..2]);
        return lines[2..];
    }

    [Theory]
    [InlineData("socket.socket(99, 1)", "OSError: [Errno 97] Address family not supported by protocol")]
    [InlineData("socket.socket('x')", "TypeError: 'str' object cannot be interpreted as an integer")]
    public void Socket_ThatCannotBeMade_ShowsItsInit(string line, string expected) =>
        Assert.Equal([Library + "232, in __init__", "    _socket.socket.__init__(self, family, type, proto, fileno)", expected], Told(line));

    [Fact]
    public void CreateServer_AddressNotOurs_IsRaisedBehindTheBind() =>
        Assert.Equal(
            [Library + "934, in create_server", "    raise error(err.errno, msg) from None", "OSError: [Errno 99] Cannot assign requested address (while attempting to bind on address ('9.9.9.9', 1))"],
            Lab.Printed(Lab.Play("romeo> import socket", "romeo> socket.create_server(('9.9.9.9', 1))"), "romeo")[2..]);

    [Fact]
    public void CreateServer_PortNoNumber_ComesOutOfTheBind() =>
        Assert.Equal([Library + "930, in create_server", "    sock.bind(address)", "TypeError: 'str' object cannot be interpreted as an integer"], Told("socket.create_server(('127.0.0.1', 'x'))"));

    [Fact]
    public void CreateConnection_UnknownName_ShowsBothLevels() =>
        Assert.Equal(
            [
                Library + "827, in create_connection", "    for res in getaddrinfo(host, port, 0, SOCK_STREAM):", "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
                Library + "962, in getaddrinfo", "    for res in _socket.getaddrinfo(host, port, family, type, proto, flags):", "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
                "socket.gaierror: [Errno -2] Name or service not known",
            ], Told("socket.create_connection(('nohost.invalid', 1))"));

    [Fact]
    public void CreateConnection_TimeoutNoNumber_ShowsSettimeout() =>
        Assert.Equal([Library + "833, in create_connection", "    sock.settimeout(timeout)", "TypeError: 'str' object cannot be interpreted as an integer"], Told("socket.create_connection(('127.0.0.1', 1), timeout='x')"));

    // Golden run 02 refuses; create_connection() raises that again from its last line.
    [Fact]
    public void CreateConnection_Refused_ShowsConnectAndTheRaise()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo> import socket", "romeo> socket.create_connection(('10.10.2.100', 4000))"), "romeo");
        Assert.Equal(
            [
                "Traceback (most recent call last):", "  File \"<stdin>\", line 1, in <module>", Library + "851, in create_connection", "    raise exceptions[0]",
                Library + "836, in create_connection", "    sock.connect(sa)", "ConnectionRefusedError: [Errno 111] Connection refused",
            ], romeo);
    }

    [Theory]
    [InlineData("sock.getsockopt(99, 99)", "OSError: [Errno 95] Operation not supported")]
    [InlineData("sock.getsockopt(1, 9999)", "OSError: [Errno 92] Protocol not available")]
    [InlineData("sock.getsockopt(6, 9999)", "OSError: [Errno 92] Protocol not available")]
    [InlineData("sock.setsockopt(99, 99, 1)", "OSError: [Errno 92] Protocol not available")]
    public void Option_ThatIsUnknown_IsToldAsOnLinux(string line, string expected) =>
        Assert.Equal(expected, Lab.Printed(Lab.Play("romeo> import socket", "romeo> sock = socket.socket()", "romeo> " + line), "romeo")[^1]);

    [Theory]
    [InlineData("x = 3; x += 'a'", "TypeError: unsupported operand type(s) for +=: 'int' and 'str'")]
    [InlineData("x = 3; x -= 'a'", "TypeError: unsupported operand type(s) for -=: 'int' and 'str'")]
    [InlineData("x = 3; x + 'a'", "TypeError: unsupported operand type(s) for +: 'int' and 'str'")]
    [InlineData("x = 'a'; x += 3", "TypeError: can only concatenate str (not \"int\") to str")]
    public void Operator_OfTypesItDoesNotTake_IsNamedAsWritten(string line, string expected) => Assert.Equal(expected, Told(line)[^1]);
}
