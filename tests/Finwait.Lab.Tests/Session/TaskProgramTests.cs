namespace Finwait.Lab.Tests;

/// <summary>The questions about calls and times, answered from runs whose calls were made by programs: files of Python, programs in C, nc.</summary>
public sealed class TaskProgramTests
{
    private const string Connect = "romeo> import socket; c = socket.socket(); c.connect(('juliet', 4000))";

    /// <summary>A server that listens, waits a second, and only then asks for connections and data.</summary>
    private static readonly string[] s_patient =
    [
        "juliet$ printf 'import socket, time\\ns = socket.socket()\\ns.bind((\"\", 4000))\\ns.listen()\\ntime.sleep(1)\\nc, a = s.accept()\\ntime.sleep(1)\\nprint(c.recv(100))\\ns.accept()\\n' > patient.py",
        "juliet$ python3 patient.py &",
    ];

    /// <summary>A server that asks before anything can come.</summary>
    private static readonly string[] s_hasty =
    [
        "juliet$ printf 'import socket\\ns = socket.socket()\\ns.bind((\"\", 4000))\\ns.listen()\\nwhile True:\\n    c, a = s.accept()\\n    print(c.recv(100))\\n' > hasty.py",
        "juliet$ python3 hasty.py &",
    ];

    private static readonly string[] s_inC =
    [
        "juliet$ printf '#include <stdio.h>\\n#include <unistd.h>\\n#include <arpa/inet.h>\\n#include <sys/socket.h>\\nint main(void) {\\n  struct sockaddr_in a;\\n  a.sin_family = AF_INET;\\n  a.sin_port = htons(4000);\\n  a.sin_addr.s_addr = INADDR_ANY;\\n  char b[100];\\n  int s = socket(AF_INET, SOCK_STREAM, 0);\\n  bind(s, (struct sockaddr *)&a, sizeof(a));\\n  listen(s, 5);\\n  int c = accept(s, NULL, NULL);\\n  recv(c, b, 100, 0);\\n  return 0;\\n}\\n' > hasty.c",
        "juliet$ gcc -o hasty hasty.c", "juliet$ ./hasty &",
    ];

    // Packets of each: 1 SYN, 2 SYN ACK, 3 ACK, 4 data, 5 ACK.
    private static string Play(string[] server, params string[] lines) => Lab.Play([.. server, Connect, "romeo> c.send(b'Hello juliet')", .. lines]);

    [Fact]
    public void PythonFile_ThatAsksLater_ShowsWhatTheSystemDoesByItself()
    {
        string transcript = Play(s_patient, "answer 5 2", "answer 6 5");

        Assert.Contains("answer 5 is right: packet 2 was sent by the system before anybody called accept()", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 6 is right: packet 5 acknowledges the data of packet 4, which the application had not read", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void PythonFile_ThatWaits_ShowsNothing()
    {
        string transcript = Play(s_hasty, "answer 5 2", "answer 5 server ESTABLISHED", "answer 6 5");

        Assert.Equal(2, transcript.Split("answer 5 is not right yet: accept() had been called before packet 2 was sent, and waited, so it shows nothing: let the server wait with accept()").Length - 1);
        Assert.Contains("answer 6 is not right yet: recv() was called before packet 5 was sent, so it shows nothing: let the receiver wait with recv()", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void ProgramInC_ThatWaits_ShowsNothing()
    {
        string transcript = Play(s_inC, "answer 5 2", "answer 6 5");

        Assert.Contains("answer 5 is not right yet: accept() had been called before packet 2 was sent", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 6 is not right yet: recv() was called before packet 5 was sent", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Netcat_TakesAndReadsAtOnce_AndShowsNothing()
    {
        string transcript = Play(["juliet$ nc -l 4000 &"], "answer 5 2", "answer 6 5");

        Assert.Contains("answer 5 is not right yet: nc -l 4000 had waited for a connection before packet 2 was sent", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 6 is not right yet: nc -l 4000 reads whatever comes at once", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void SecondConnection_WhileTheServerIsBusyWithTheFirst_ShowsIt()
    {
        // The first SYN ACK went while accept() waited; the second, packet 7, while recv() did.
        string transcript = Lab.Play([.. s_hasty, Connect, Connect.Replace("c =", "d =").Replace("c.", "d."), "answer 5 2", "answer 5 5"]);

        Assert.Contains("answer 5 is not right yet: accept() had been called before packet 2 was sent", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 5 is right: packet 5 was sent by the system before anybody called accept()", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void AcceptThatDoesNotWait_DoesNotCount()
    {
        string transcript = Lab.Play(["juliet> import socket; s = socket.socket(); s.bind(('', 4000)); s.listen(); s.setblocking(False)", "juliet> s.accept()", Connect, "answer 5 2"]);

        Assert.Contains("BlockingIOError", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 5 is right", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void AcceptThatWasInterrupted_DoesNotCount()
    {
        string transcript = Lab.Play(["juliet> import socket; s = socket.socket(); s.bind(('', 4000)); s.listen()", "juliet> s.accept()", "juliet> ^C", Connect, "answer 5 2"]);

        Assert.Contains("KeyboardInterrupt", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 5 is right", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void DataReadBeforeADelayedAcknowledgment_ShowsNothing()
    {
        // The answer ends quick mode, so the next data is acknowledged 40 ms later; by then it has been read.
        string[] open = ["juliet> import socket; s = socket.socket(); s.bind(('', 4000)); s.listen()", Connect, "juliet> d, a = s.accept()", "at 0.5", "romeo> c.send(b'1')", "juliet> d.recv(1)", "juliet> d.send(b'1')", "romeo> c.recv(1)", "at 1"];
        string[] late = ["romeo> c.send(b'22')", "at 1.01", "juliet> d.recv(2)", "at 2", "ladder"];
        string read = Lab.Play([.. open, .. late, "answer 6 9"]);
        string unread = Lab.Play([.. open, .. late.Where(line => !line.Contains("recv", StringComparison.Ordinal)), "answer 6 9"]);

        Assert.Contains("answer 6 is not right yet: recv() was called before packet 9 was sent", read, StringComparison.Ordinal);
        Assert.Contains("answer 6 is right: packet 9 acknowledges the data of packet 8", unread, StringComparison.Ordinal);
    }

    [Fact]
    public void AnswerThatCarriesTheAcknowledgment_CountsToo()
    {
        // juliet answers without having read what came.
        string transcript = Lab.Play(["juliet> import socket; s = socket.socket(); s.bind(('', 4000)); s.listen()", Connect, "juliet> d, a = s.accept()", "juliet> d.send(b'1')", "romeo> c.recv(1)", "at 1", "romeo> c.send(b'22')", "juliet> d.send(b'3')", "ladder", "answer 6 7"]);

        Assert.Contains("answer 6 is right: packet 7 acknowledges the data of packet 6", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void CallsOfPrograms_CountByWhatTheySent()
    {
        string[] client = ["juliet$ nc -l 4000 &", "romeo$ printf 'import socket\\nc = socket.create_connection((\"juliet\", 4000))\\nc.sendall(b\"hi\")\\n' > client.py", "romeo$ python3 client.py", "ladder"];

        // 1 SYN, 4 data, 5 the FIN that the kernel sent at the program's end.
        Assert.Contains("answer 4 is right", Lab.Play([.. client, "answer 4 1 4 5"]), StringComparison.Ordinal);
        Assert.Contains("answer 4 is right", Lab.Play([.. client, "answer 4 create_connection, sendall and the end of the program, exit"]), StringComparison.Ordinal);
        Assert.Contains("answer 4 is not right yet: bind() has only local effects: in this run it was called once", Lab.Play([.. client, "answer 4 connect send close bind"]), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadThatOpensTheWindow_IsACallThatSends()
    {
        string[] full =
        [
            "juliet> import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096); s.bind(('', 4000)); s.listen()", Connect, "juliet> d, a = s.accept()", "romeo> c.settimeout(0.5)", "romeo> c.sendall(b'x' * 60000)", "wait 2s",
            "juliet> n = d.recv(100000)", "juliet> d.shutdown(socket.SHUT_WR)",
        ];

        Assert.Contains("answer 4 is right", Lab.Play([.. full, "answer 4 connect send shutdown recv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void CallsThatTheRunHasNotShown_AreAskedFor() =>
        Assert.Contains("answer 4 is not right yet: in this run no send() has sent anything on a TCP connection yet: let it, so that the run shows it", Lab.Play(["juliet$ nc -l 4000 &", Connect, "romeo> c.close()", "answer 4 connect send close"]), StringComparison.Ordinal);

    [Fact]
    public void RejectedSyn_IsNoSignThatNobodyListens()
    {
        string transcript = Lab.Play(["juliet$ iptables -A INPUT -p tcp --dport 4000 -j REJECT --reject-with tcp-reset", "juliet$ iptables -A INPUT -p tcp --dport 4001 -j REJECT", "romeo$ nc -w 1 juliet 4000", "romeo$ nc -w 1 juliet 4001", "ladder", "answer 1 2 4"]);

        Assert.Contains("answer 1 is not right yet: packet 2 comes from a rule of a packet filter, and would come if somebody listened, too", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void PacketThatNeverArrived_MovedNobody()
    {
        string transcript = Lab.Play(["juliet$ nc -l 4000 &", "juliet$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK ACK -j DROP", Connect, "answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 1 2 3"]);

        Assert.Contains("answer 2 is not right yet: packet 3 never arrived: name the ACK of the SYN ACK that did", transcript, StringComparison.Ordinal);
    }
}
