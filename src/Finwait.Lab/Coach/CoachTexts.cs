using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>What the coach says of calls, commands and timers.</summary>
internal static class CoachTexts
{
    private static readonly string[] s_states = ["CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"];

    /// <summary>Stands for a close() that no line asked for: Python closes a socket that no name reaches.</summary>
    public const string Dropped = "(close)";

    /// <summary>The state as RFC 9293 writes it.</summary>
    public static string State(RunState state) => s_states[(int)state];

    /// <summary>True if a call gave an error, other than that it goes on.</summary>
    public static bool HasFailed(LabCall call) => call.Errno is not (Errno.None or Errno.EINPROGRESS);

    /// <summary>What a call is about; where it sent nothing, that and why.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isDropped">True for a close() that no line asked for.</param>
    /// <param name="sent">What it sent.</param>
    /// <param name="state">Where its connection stands after it; null for none.</param>
    public static string OfCall(LabCall call, bool isDropped, CoachSent sent, CoachState? state)
    {
        string name = isDropped ? Dropped : call.Name;
        return HasFailed(call) ? sent == CoachSent.Nothing || call.Name is not "connect" ? OfFailure(call, sent) : ""
            : call.IsDatagram ? OfDatagramCall(name, sent != CoachSent.Nothing)
            : name is "close" or Dropped ? OfClose(name, sent, state) : OfStreamCall(name, sent != CoachSent.Nothing);
    }

    private static string OfFailure(LabCall call, CoachSent sent) => call is { IsDatagram: true, Errno: Errno.ECONNREFUSED }
        ? $"{call.Name}() failed (ECONNREFUSED){(sent == CoachSent.Nothing ? " and sent nothing" : "")}: ICMP had said that nobody has the port of an earlier datagram, and a connected socket tells that at its next call (RFC 1122 §4.1.3.3)."
        : $"{call.Name}() failed ({call.Errno}){(sent == CoachSent.Nothing ? " and sent nothing" : "")}.";

    private static string OfDatagramCall(string name, bool hasPackets) => (name, hasPackets) switch
    {
        ("bind", false) => "bind() sent nothing: it gave the socket its own address and port, and datagrams to them are taken from now on; UDP has no listen().",
        ("connect", false) => "connect() sent nothing: a datagram socket only remembers where it sends to.",
        ("send" or "sendto" or "sendmsg", true) => "Each call sends one datagram at once: nothing is kept, acknowledged or sent again.",
        ("send" or "sendto" or "sendmsg", false) => "The datagram has not left.",
        ("recv" or "recvfrom" or "recvmsg", false) => "recv() sent nothing: it takes one datagram that has arrived; UDP acknowledges nothing.",
        ("close" or Dropped, false) => "close() sent nothing: UDP has no connection to close.",
        _ => "",
    };

    private static string OfClose(string name, CoachSent sent, CoachState? state)
    {
        string lead = name == Dropped ? "The socket that no name reaches any more was closed, as close() does it. " : "";
        return lead + (sent, state) switch
        {
            (CoachSent.Reset, { From: TcpState.Listen }) => "close() ends the listener, and the connections that nobody had accepted with it: those are reset.",
            (CoachSent.Reset, _) => "close() gives the socket up, with a reset instead of a FIN.",
            (CoachSent.Segments, _) => "close() gives the socket up: the FIN says that no more octets follow.",
            (_, { From: TcpState.Listen, To: TcpState.Closed, IsByCall: true }) => "close() sent nothing: a listener has no connection that a FIN could end, and takes no SYN from now on.",
            (_, { From: TcpState.SynSent, To: TcpState.Closed, IsByCall: true }) => "close() sent nothing: the attempt to connect is given up, and there is no connection yet that a FIN could end.",
            (_, { To: TcpState.FinWait1 or TcpState.LastAck, IsByCall: true }) => "close() gives the socket up: the FIN waits behind octets that have not left (why nothing tells what holds them back).",
            (_, { To: TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait }) => "close() sent nothing: shutdown() has closed this direction before.",
            (_, null or { To: TcpState.Closed }) => "close() sent nothing: the socket had no open connection.",
            _ => "close() sent nothing.",
        };
    }

    private static string OfStreamCall(string name, bool hasPackets) => (name, hasPackets) switch
    {
        ("socket", false) => "socket() sent nothing: it made a file descriptor, and until it has a port neither ss nor lsof -i lists it.",
        ("bind", false) => "bind() sent nothing: it gave the socket its own address and port, and no more.",
        ("listen", false) => "listen() sent nothing: the state is LISTEN, and from now on the system itself answers a SYN to this port.",
        ("accept", false) => "accept() sent nothing: the handshake is the system's work, and accept() takes the finished connection from the queue and gives it a file descriptor; without one it waits.",
        ("connect", true) => "connect() opens: it sends a SYN and waits for the answer.",
        ("connect", false) => "connect() has sent nothing that has left: why nothing tells what holds it back.",
        ("send" or "sendto" or "sendmsg", true) => "send() puts the octets into the send buffer; the system sends them, and keeps them until they are acknowledged.",
        ("send" or "sendto" or "sendmsg", false) => "send() put the octets into the send buffer, and sent nothing itself: the system sends them when they may go.",
        ("recv" or "recvfrom" or "recvmsg", false) => "recv() sent nothing: it takes octets that have arrived, and the system acknowledges them whether it is called or not; without any it waits.",
        ("recv" or "recvfrom" or "recvmsg", true) => "recv() takes octets that have arrived, and so makes room for others.",
        ("shutdown", true) => "shutdown() says that no more octets follow: the FIN.",
        ("setsockopt" or "getsockopt" or "getsockname" or "getpeername", false) => $"{name}() sent nothing: it is between the program and its own system.",
        _ => "",
    };

    /// <summary>What a command of the shell did that sent nothing.</summary>
    public static string OfCommand(LabLine line)
    {
        if (line.Kind != LabLineKind.Shell)
        {
            return "";
        }

        string[] words = line.Text.Replace("sudo ", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["ss" or "lsof" or "netstat" or "iptables-save" or "arp" or "dmesg", ..] or ["iptables", "-L" or "-S", ..] or ["ip", _] => $"{words[0]} only looks: nothing was sent.",
            ["tcpdump", ..] when words.Any(word => word is "-D" or "-h" or "--help" or "--version" or "--list-interfaces") => "",
            ["tcpdump", ..] when words.Any(word => word.StartsWith('-') && word.Contains('r', StringComparison.Ordinal)) => "tcpdump only reads a file: nothing was sent.",
            ["tcpdump", ..] => "tcpdump listens: nothing was sent.",
            ["iptables", "-A" or "-I", ..] => "The rule is in place; nothing was sent, and it is asked about each packet from now on.",
            ["iptables", "-D" or "-F", ..] => "The rule is gone; nothing was sent. What was dropped comes again only when its sender repeats it.",
            ["tc", "qdisc", "add" or "change" or "replace" or "del", ..] => "The link has changed for what leaves from now on; nothing was sent.",
            _ => "",
        };
    }

    /// <summary>What a timer will do; empty for timers that nobody waits for.</summary>
    /// <param name="row">The socket.</param>
    /// <param name="hold">What holds its octets back.</param>
    public static string OfTimer(in SocketRow row, SendHold hold) => (row.Timer, row.State) switch
    {
        (TcpTimerKind.On, TcpState.SynSent) => "sends its SYN again, or gives up if it has done so for long enough",
        (TcpTimerKind.On, TcpState.SynReceived) => "sends its SYN-ACK again, or gives up if it has done so for long enough",
        (TcpTimerKind.On, TcpState.FinWait1 or TcpState.LastAck or TcpState.Closing) => "sends its FIN, and what is not acknowledged before it, again",
        (TcpTimerKind.On, _) => "sends again what is not acknowledged",
        (TcpTimerKind.Persist, _) when hold == SendHold.Cork => "sends what waits for more (TCP_CORK, MSG_MORE)",
        (TcpTimerKind.Persist, _) when hold == SendHold.SillyWindow => "sends what the small window takes (override timer)",
        (TcpTimerKind.Persist, _) => "asks whether the window has opened (zero-window probe)",
        (TcpTimerKind.TimeWait, _) => "forgets the connection",
        _ => "",
    };
}
