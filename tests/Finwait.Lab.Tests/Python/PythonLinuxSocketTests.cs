namespace Finwait.Lab.Tests;

/// <summary>Socket calls between the lab's hosts and over loopback, with what Python 3.11 on Linux answers (python3 on Debian 12, call by call).</summary>
public sealed class PythonLinuxSocketTests
{
    private readonly LabSession _session = new();

    public PythonLinuxSocketTests() => Type("import socket", "L = socket.create_server(('127.0.0.1', 4000))", "s = socket.socket()", "u = socket.socket(type=socket.SOCK_DGRAM)");

    /// <summary>Types lines into romeo's Python; gives the last line of each answer, empty without one.</summary>
    private string[] Type(params string[] lines) => Array.ConvertAll(lines, line => Lab.Printed(Lab.Play(_session, "romeo> " + line, "wait 1s"), "romeo").LastOrDefault() ?? "");

    private const string Refused = "ConnectionRefusedError: [Errno 111] Connection refused";
    private const string InProgress = "BlockingIOError: [Errno 115] Operation now in progress";

    [Fact]
    public void Connect_WithoutBlocking_IsInProgressThenDoneThenConnected()
    {
        Assert.Equal(
            ["", InProgress, "", "OSError: [Errno 106] Transport endpoint is already connected"],
            Type("s.setblocking(False)", "s.connect(('127.0.0.1', 4000))", "s.connect(('127.0.0.1', 4000))", "s.connect(('127.0.0.1', 4000))"));
    }

    [Fact]
    public void ConnectEx_WithoutBlocking_GivesTheNumbers() => Assert.Equal(
        ["", "115", "0", "106"], Type("s.setblocking(False)", "s.connect_ex(('127.0.0.1', 4000))", "s.connect_ex(('127.0.0.1', 4000))", "s.connect_ex(('127.0.0.1', 4000))"));

    [Fact]
    public void Connect_WithoutBlockingToAClosedPort_IsRefusedAtTheSecondCall() => Assert.Equal(
        ["", InProgress, Refused, InProgress], Type("s.setblocking(False)", "s.connect(('127.0.0.1', 9))", "s.connect(('127.0.0.1', 9))", "s.connect(('127.0.0.1', 9))"));

    [Fact]
    public void Connect_WithATimeout_LeavesTheKernelsResultForTheNextCall()
    {
        Assert.Equal(["", "", "", "OSError: [Errno 106] Transport endpoint is already connected"], Type("s.settimeout(1)", "s.connect(('127.0.0.1', 4000))", "s.connect(('127.0.0.1', 4000))", "s.connect(('127.0.0.1', 4000))"));
        Assert.Equal(["", Refused, "ConnectionAbortedError: [Errno 103] Software caused connection abort", Refused], Type("s = socket.socket(); s.settimeout(1)", "s.connect(('127.0.0.1', 9))", "s.connect(('127.0.0.1', 9))", "s.connect(('127.0.0.1', 9))"));
    }

    [Fact]
    public void Connect_AfterATimeout_IsAlreadyInProgress()
    {
        Lab.Play(_session, "romeo$ iptables -A INPUT -p tcp --dport 9 -j DROP");

        Assert.Equal(
            ["", "TimeoutError: timed out", "BlockingIOError: [Errno 114] Operation already in progress", "114", "", "11"],
            Type("s.settimeout(0.1)", "s.connect(('127.0.0.1', 9))", "s.connect(('127.0.0.1', 9))", "s.connect_ex(('127.0.0.1', 9))", "s = socket.socket(); s.settimeout(0.1)", "s.connect_ex(('127.0.0.1', 9))"));
    }

    // SO_LINGER: close() waits for the acknowledgment of the FIN or for its time, with a timeout and in a with statement too, and succeeds either way.
    [Theory]
    [InlineData("s.close()")]
    [InlineData("s.settimeout(0); s.close()")]
    [InlineData("with s: pass")]
    public void Close_WithLingerAndASilentPeer_ReturnsWhenTheTimeIsOver(string close)
    {
        Type("import time, struct", "s.connect(('127.0.0.1', 4000))", "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 3))");
        Lab.Play(_session, "romeo$ iptables -A INPUT -p tcp --dport 4000 -j DROP");
        Lab.Play(_session, "romeo> def end():", "romeo...     t = time.monotonic()", "romeo...     " + close, "romeo...     print(int(time.monotonic() - t))", "romeo...");
        Assert.Equal(["3"], Lab.Printed(Lab.Play(_session, "romeo> end()", "wait 5s"), "romeo"));
    }

    [Theory]
    [InlineData("''")]
    [InlineData("'0.0.0.0'")]
    [InlineData("'127.1'")]
    [InlineData("'2130706433'")]
    [InlineData("'0x7f.1'")]
    [InlineData("'0177.1'")]
    [InlineData("'localhost'")]
    public void Connect_ToAFormOfThisHost_ReachesIt(string host) => Assert.Equal(["", "('127.0.0.1', 4000)"], Type($"s.connect(({host}, 4000))", "s.getpeername()"));

    [Theory]
    [InlineData("'1.2.3.4.5'")]
    [InlineData("'256.1'")]
    [InlineData("'08.1'")]
    [InlineData("'127.0.0.1 '")]
    public void Connect_ToWhatIsNoAddress_IsNotKnown(string host) => Assert.Equal(["socket.gaierror: [Errno -2] Name or service not known"], Type($"s.connect(({host}, 4000))"));

    [Fact]
    public void Connect_OverIpv6Loopback_ReachesThisHost() => Assert.Equal(
        [Refused, Refused, "", "", "('::1', 4001, 0, 0)"],
        Type("socket.socket(socket.AF_INET6).connect(('::1', 9))", "socket.socket(socket.AF_INET6).connect(('', 9))", "M = socket.create_server(('::', 4001), family=socket.AF_INET6)", "s = socket.create_connection(('::1', 4001))", "s.getpeername()"));

    [Theory]
    [InlineData("socket.socket(socket.AF_INET, 99)", "OSError: [Errno 22] Invalid argument")]
    [InlineData("socket.socket(socket.AF_INET, -5)", "OSError: [Errno 22] Invalid argument")]
    [InlineData("socket.socket(socket.AF_INET, 5)", "OSError: [Errno 94] Socket type not supported")]
    [InlineData("socket.socket(socket.AF_INET, 3)", "OSError: [Errno 93] Protocol not supported")]
    [InlineData("socket.socket(socket.AF_INET, 1, 300)", "OSError: [Errno 22] Invalid argument")]
    [InlineData("socket.socket(socket.AF_INET, 1, 17)", "OSError: [Errno 93] Protocol not supported")]
    [InlineData("socket.socket(99)", "OSError: [Errno 97] Address family not supported by protocol")]
    [InlineData("socket.socket(fileno=77)", "OSError: [Errno 9] Bad file descriptor")]
    [InlineData("socket.socket(fileno=-2)", "ValueError: negative file descriptor")]
    [InlineData("socket.socket(fileno='a')", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("socket.socket(fileno=0)", "OSError: [Errno 88] Socket operation on non-socket")]
    [InlineData("s.settimeout('a')", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("s.settimeout(10 ** 20)", "OverflowError: timestamp too large to convert to C _PyTime_t")]
    [InlineData("s.settimeout(10 ** 400)", "OverflowError: timestamp too large to convert to C _PyTime_t")]
    [InlineData("s.settimeout(float('inf'))", "OverflowError: timestamp too large to convert to C _PyTime_t")]
    [InlineData("s.settimeout(float('nan'))", "ValueError: Invalid value NaN (not a number)")]
    [InlineData("s.settimeout(-1)", "ValueError: Timeout value out of range")]
    [InlineData("s.settimeout(9223372036)", "")]
    [InlineData("s.settimeout(1, 2)", "TypeError: socket.settimeout() takes exactly one argument (2 given)")]
    [InlineData("s.setblocking('a')", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("s.setblocking(None)", "TypeError: 'NoneType' object cannot be interpreted as an integer")]
    [InlineData("s.setblocking(1.5)", "TypeError: 'float' object cannot be interpreted as an integer")]
    [InlineData("s.setblocking(10 ** 30)", "OverflowError: Python int too large to convert to C long")]
    [InlineData("s.setsockopt(1, 2)", "TypeError: setsockopt() takes exactly 3 arguments (2 given)")]
    [InlineData("s.setsockopt(1, 2, b'1', 4)", "TypeError: setsockopt() takes exactly 3 arguments (4 given)")]
    [InlineData("s.setsockopt(1, 2, 'a')", "TypeError: a bytes-like object is required, not 'str'")]
    [InlineData("s.setsockopt(1, 2, 10 ** 20)", "TypeError: a bytes-like object is required, not 'int'")]
    [InlineData("s.setsockopt('a', 2, 3)", "TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("s.setsockopt(1, 2, b'')", "OSError: [Errno 22] Invalid argument")]
    [InlineData("s.setsockopt(1, 2, None, 4)", "OSError: [Errno 14] Bad address")]
    [InlineData("s.setsockopt(99, 2, 1)", "OSError: [Errno 92] Protocol not available")]
    [InlineData("s.getsockopt(1, 2, 2000)", "OSError: getsockopt buflen out of range")]
    [InlineData("s.getsockopt(1, 2, 1)", "b'\\x00'")]
    [InlineData("s.getsockopt(1, 2, 0)", "0")]
    public void Call_WithSuchArguments_AnswersAsPython(string line, string expected) => Assert.Equal([expected], Type(line));

    [Fact]
    public void Timeout_AndDontWait_WaitsForTheTimeout() => Assert.Equal(
        ["", "TimeoutError: timed out", "BlockingIOError: [Errno 11] Resource temporarily unavailable"],
        Type("c = socket.create_connection(('127.0.0.1', 4000), 0.1)", "c.recv(100, socket.MSG_DONTWAIT)", "c.settimeout(None); c.recv(100, socket.MSG_DONTWAIT)"));

    [Fact]
    public void Listener_SentTo_IsABrokenPipeOrTimesOut() => Assert.Equal(
        ["TimeoutError: timed out", "TimeoutError: timed out", "BrokenPipeError: [Errno 32] Broken pipe", "OSError: [Errno 107] Transport endpoint is not connected", "OSError: [Errno 107] Transport endpoint is not connected", "BrokenPipeError: [Errno 32] Broken pipe"],
        Type("L.settimeout(0.1); L.send(b'x')", "L.recv(1)", "L.settimeout(None); L.send(b'x')", "L.recv(1)", "s.settimeout(0.1); s.recv(1)", "s.send(b'1')"));

    [Fact]
    public void Datagrams_ShutDown_EndForACallThatBlocksAlone() => Assert.Equal(
        ["", "(b'', None)", "b''", "TimeoutError: timed out", "BlockingIOError: [Errno 11] Resource temporarily unavailable", "OSError: [Errno 107] Transport endpoint is not connected", "b''"],
        Type("u.connect(('', 9)); u.shutdown(2)", "u.recvfrom(5)", "u.recv(5)", "u.settimeout(0.1); u.recv(5)", "u.settimeout(0); u.recv(5)", "w = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); w.shutdown(2)", "w.recv(5)"));

    [Fact]
    public void Server_CreatedTwice_NamesTheAddress() => Assert.Equal(
        ["OSError: [Errno 98] Address already in use (while attempting to bind on address ('127.0.0.1', 4000))", "0"],
        Type("socket.create_server(('127.0.0.1', 4000))", "socket.create_server(('', 4001), backlog=2).getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)"));

    [Fact]
    public void DefaultTimeout_Set_IsThatOfNewSockets() => Assert.Equal(
        ["", "", "2.5", "2.5", "None", "ValueError: Timeout value out of range"],
        Type("socket.getdefaulttimeout()", "socket.setdefaulttimeout(2.5)", "socket.getdefaulttimeout()", "socket.socket().gettimeout()", "print(s.gettimeout())", "socket.setdefaulttimeout(-1)"));

    [Fact]
    public void Addresses_LookedUp_AreThoseOfEachKind() => Assert.Equal(
        ["[(<AddressFamily.AF_INET: 2>, <SocketKind.SOCK_STREAM: 1>, 6, '', ('10.10.2.100', 80))]", "3", "socket.gaierror: [Errno -2] Name or service not known"],
        Type("socket.getaddrinfo('juliet', 80, socket.AF_INET, socket.SOCK_STREAM)", "len(socket.getaddrinfo('127.0.0.1', 'http'))", "socket.getaddrinfo('nosuch', 80)"));

    [Fact]
    public void Buffers_ReadIntoAndSentFromSeveral_HoldTheOctets() => Assert.Equal(
        ["", "6", "4", "bytearray(b'abcd\\x00\\x00')", "2", "(b'', [], 0, None)", "bytearray(b'efcd\\x00\\x00!')"],
        Type("c = socket.create_connection(('127.0.0.1', 4000)); d, a = L.accept(); b = bytearray(6)", "c.sendmsg([b'ab', bytearray(b'cdef')])", "d.recv_into(b, 4)", "b", "c.close(); d.recv_into(b)", "d.recvmsg(10)", "b.extend(b'!'); b"));

    [Fact]
    public void UrgentOctet_Sent_IsReadApartOrInline() => Assert.Equal(
        ["", "3", "b'ab'", "b'c'", "OSError: [Errno 22] Invalid argument", "BlockingIOError: [Errno 11] Resource temporarily unavailable", "0", "", "(1, 0)", "b'd'", "b'e'"],
        Type("c = socket.create_connection(('127.0.0.1', 4000)); d, a = L.accept()", "c.send(b'abc', socket.MSG_OOB)", "d.recv(5)", "d.recv(5, socket.MSG_OOB)", "d.recv(5, socket.MSG_OOB)", "d.recv(5, socket.MSG_DONTWAIT)",
            "d.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)", "d.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1); n = c.send(b'de', socket.MSG_OOB)", "d.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE), d.getsockopt(socket.IPPROTO_TCP, socket.TCP_INQ)", "d.recv(5)", "d.recv(5)"));

    [Fact]
    public void Descriptor_Duplicated_KeepsTheConnectionUntilBothAreClosed()
    {
        Type("c = socket.create_connection(('127.0.0.1', 4000)); d, a = L.accept()", "e = c.dup(); c.close()");

        Assert.Equal(["1", "b'x'", "b''", "True"], Type("e.send(b'x')", "d.recv(5)", "e.close(); d.recv(5)", "socket.socket(fileno=d.fileno()).fileno() == d.fileno()"));
    }

    [Fact]
    public void Socket_WithoutANameLeft_IsClosedAsPythonDoes()
    {
        Type("c = socket.create_connection(('127.0.0.1', 4000)); d, a = L.accept()");

        Assert.Equal(["", "b''"], Type("c = None", "d.recv(5)"));
        string[] romeo = Lab.Printed(Lab.Play(_session, "romeo> def hello():", "romeo...     c = socket.create_connection(('127.0.0.1', 4000)); c.send(b'hi')", "romeo...", "romeo> hello()", "romeo> d, a = L.accept()", "romeo> d.recv(5), d.recv(5)"), "romeo");
        Assert.Equal("(b'hi', b'')", romeo[^1]);
    }

    [Theory]
    [InlineData("socket.socketpair()", "AttributeError: the lab's Python does not have socket.socketpair: it would need sockets of AF_UNIX; connect two of AF_INET over 127.0.0.1 instead")]
    [InlineData("s.makefile()", "AttributeError: the lab's Python does not have socket.makefile: use recv() and send()")]
    [InlineData("import threading", "ModuleNotFoundError: the lab's Python has no module 'threading': it has errno, os, socket, struct, sys, time")]
    [InlineData("import nosuch", "ModuleNotFoundError: No module named 'nosuch'")]
    [InlineData("open('f')", "NameError: the lab's Python does not have open()")]
    [InlineData("__import__('os')", "NameError: the lab's Python does not have __import__()")]
    [InlineData("nosuch", "NameError: name 'nosuch' is not defined")]
    [InlineData("s.nosuch", "AttributeError: 'socket' object has no attribute 'nosuch'")]
    public void Name_ThatIsNotThere_IsSaidInOneLine(string line, string expected) => Assert.Equal([expected], Type(line));

    [Theory]
    [InlineData("sorted([3, 1, 2]), sorted('ba', reverse=True), sorted(['bb', 'a'], key=len)", "([1, 2, 3], ['b', 'a'], ['a', 'bb'])")]
    [InlineData("b', '.join([b'a', bytearray(b'b')]), b' x '.rstrip(), b'aXbX'.replace(b'X', b'-'), b'aab'.count(b'a')", "(b'a, b', b' x', b'a-b-', 2)")]
    [InlineData("bytearray(b'abc') == b'abc', bytearray(b'abc')[1:], b'b' in bytearray(b'abc'), len(bytearray(3)), bytes(bytearray(b'q'))", "(True, bytearray(b'bc'), True, 3, b'q')")]
    [InlineData("x = bytearray(b'abc'); x[0] = 90; x += b'd'; del x[1:2]; x.append(33); x, x.pop(), x.decode()", "(bytearray(b'Zcd'), 33, 'Zcd')")]
    [InlineData("list(enumerate('ab')), list(zip([1, 2], 'ab')), list(map(str, [1, 2])), any([0, 1]), all([0, 1]), divmod(7, 2)", "([(0, 'a'), (1, 'b')], [(1, 'a'), (2, 'b')], ['1', '2'], True, False, (3, 1))")]
    [InlineData("'5'.zfill(3), 'a'.ljust(3) + '|', 'a'.rjust(3, '.'), f\"{len('hello'):<10}|\"", "('005', 'a  |', '..a', '5         |')")]
    [InlineData("bytearray(b'x')[5]", "IndexError: bytearray index out of range")]
    [InlineData("sorted([1, 'a'])", "TypeError: '<' not supported between instances of 'str' and 'int'")]
    public void Value_OfATutorial_IsThatOfPython(string line, string expected) => Assert.Equal([expected], Type(line));

    [Fact]
    public void Input_AtThePromptAndInAProgram_TakesTheNextLine()
    {
        Assert.Equal(["hello"], Lab.Printed(Lab.Play(_session, "romeo> x = input('name? ')", "romeo> hello", "romeo> print(x)"), "romeo").Where(line => line == "hello"));
        string[] juliet = Lab.Printed(
            Lab.Play(_session, "juliet$ printf \"while True:\\n    print('got ' + input('> '))\\n\" > p.py", "juliet$ python3 p.py", "juliet< one", "juliet< two", "juliet$ ^D"),
            "juliet");
        Assert.Contains("got one", juliet);
        Assert.Contains("got two", juliet);
        Assert.Equal("EOFError: EOF when reading a line", juliet[^1]);
    }
}
