using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What became of an answer.</summary>
/// <param name="IsRight">True if the evidence holds.</param>
/// <param name="Reason">Why, in one sentence.</param>
public sealed record RunTaskResult(bool IsRight, string Reason);

/// <summary>
/// The questions of a lab report on sockets and states, checked against the run itself: an answer names packets and states, and any packets and states that show the thing count.
/// </summary>
public static class RunTasks
{
    private static readonly string[] s_sending = ["connect", "send", "sendall", "shutdown", "close"];
    private static readonly string[] s_local = ["socket", "bind", "listen", "accept", "recv"];

    /// <summary>The questions, in order; the first has number 1. Each says what its answer names.</summary>
    public static IReadOnlyList<string> Questions { get; } =
    [
        "Nobody listens on a port. Which packet tells a TCP client so, and which one a UDP client? Name both packets.",
        "How do client and server reach ESTABLISHED? Name the states of each, behind the words client and server, and the packets of the handshake.",
        "Which options do both endpoints use in the handshake? Name them: mss, sackOK, TS, wscale.",
        "Which socket calls are followed by TCP packets on the network? Name the calls.",
        "Is the SYN ACK sent by the system as soon as the SYN is received, or only when the server calls accept()? Name a SYN ACK that shows it.",
        "Is data acknowledged when the system receives it, or when the application reads it with recv()? Name an ACK that shows it.",
        "How are ACK numbers computed? Name a packet and the packet that acknowledges it.",
        "How do client and server get from ESTABLISHED to CLOSED? Name the states of each, behind the words client and server, and the packets that carry the FINs and acknowledge them.",
    ];

    /// <summary>Checks an answer.</summary>
    /// <param name="record">The run so far.</param>
    /// <param name="task">Number of the question, 1 to the count of <see cref="Questions"/>.</param>
    /// <param name="answer">Words: numbers of packets as the drawings count them, HOST:N for packet N of a host's capture, names of states, options and calls, <c>client</c> and <c>server</c>. Other words are passed over.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such question: a caller bug.</exception>
    public static RunTaskResult Check(RunRecord record, int task, string answer)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentOutOfRangeException.ThrowIfLessThan(task, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(task, Questions.Count);
        RunView view = RunView.Of(record);
        var evidence = new RunEvidence(view, answer);
        if (evidence.Unknown is { } unknown)
        {
            return Wrong($"there is no packet {unknown} in this run: it has {Count(view.Packets.Count)}");
        }

        return task switch
        {
            1 => Refused(evidence),
            2 => Path(view, evidence, isTeardown: false),
            3 => Options(view, evidence),
            4 => Calls(evidence),
            5 => SynAckBeforeAccept(view, evidence),
            6 => AckBeforeRead(view, evidence),
            7 => Numbers(evidence),
            _ => Path(view, evidence, isTeardown: true),
        };
    }

    private static RunTaskResult Right(string reason) => new(true, reason);

    private static RunTaskResult Wrong(string reason) => new(false, reason);

    private static string Count(int packets) => string.Create(CultureInfo.InvariantCulture, $"{packets} {(packets == 1 ? "packet" : "packets")}");

    private static RunTaskResult Refused(RunEvidence evidence)
    {
        ViewPacket? reset = evidence.Packets.FirstOrDefault(packet => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Rst) && packet.Facts.Has(TcpFlags.Ack) && packet.Facts.Seq == 0 && !packet.IsFromClient);
        ViewPacket? icmp = evidence.Packets.FirstOrDefault(packet => packet.Facts.Other == "ICMP port unreachable");
        return (reset, icmp) switch
        {
            (null, null) => Wrong("neither a reset that answers a SYN nor an ICMP message about an unreachable port is among the packets named"),
            (null, _) => Wrong("the packet for UDP is right; what answers a SYN to a port without a listener is a TCP segment"),
            (_, null) => Wrong("the packet for TCP is right; UDP has no flags, so another protocol tells it"),
            _ => Right($"packet {reset.Number} is a TCP segment with RST, packet {icmp.Number} an ICMP message of type 3, code 3"),
        };
    }

    private static RunTaskResult Path(RunView view, RunEvidence evidence, bool isTeardown)
    {
        RunConnection? connection = evidence.Packets.FirstOrDefault(packet => packet.Connection is not null)?.Connection;
        if (connection is null)
        {
            return Wrong("no TCP packet is named");
        }

        ViewPacket[] own = [.. evidence.Packets.Where(packet => packet.Connection == connection)];
        string? missing = isTeardown ? MissingOfTeardown(own) : MissingOfHandshake(own);
        if (missing is not null)
        {
            return Wrong($"among the packets named is no {missing}");
        }

        foreach (bool isClient in new[] { true, false })
        {
            RunState[] path = PathOf(connection, isClient, isTeardown);
            RunState[] named = [.. isClient ? evidence.ClientStates : evidence.ServerStates];

            // The last minute in TIME-WAIT may be still to come, and the first state may go without saying.
            bool isNamed = named.SequenceEqual(path) || (isTeardown && named.Length > 0 && named[^1] == RunState.Closed && path[^1] == RunState.TimeWait && named[..^1].SequenceEqual(path));
            if (!isNamed)
            {
                return Wrong($"the {(isClient ? "client" : "server")}'s states are not those it went through in this run: {(named.Length == 0 ? $"name them behind the word {(isClient ? "client" : "server")}" : string.Join(' ', named.Select(DiagramTexts.Name)) + " is not it")}");
            }
        }

        return Right($"both ends of {connection.Name} went that way, and the packets moved them");
    }

    private static RunState[] PathOf(RunConnection connection, bool isClient, bool isTeardown)
    {
        RunState[] states = [RunState.Closed, .. connection.Steps.Where(step => step.IsClient == isClient).Select(step => step.Change.To)];
        int established = Array.IndexOf(states, RunState.Established);
        return established < 0 ? states : isTeardown ? states[established..] : states[..(established + 1)];
    }

    private static string? MissingOfHandshake(ViewPacket[] named)
    {
        ViewPacket? syn = Array.Find(named, packet => packet.Facts.Has(TcpFlags.Syn) && !packet.Facts.Has(TcpFlags.Ack));
        ViewPacket? answer = Array.Find(named, packet => packet.Facts.Has(TcpFlags.Syn) && packet.Facts.Has(TcpFlags.Ack));
        bool isEnded = answer is not null && Array.Exists(named, packet => packet.IsFromClient && !packet.Facts.Has(TcpFlags.Syn) && Acknowledges(packet, answer));
        return syn is null ? "SYN" : answer is null ? "SYN ACK" : isEnded ? null : "ACK of the SYN ACK";
    }

    private static string? MissingOfTeardown(ViewPacket[] named)
    {
        foreach (bool isClient in new[] { true, false })
        {
            string whose = isClient ? "client's" : "server's";
            ViewPacket? fin = Array.Find(named, packet => packet.IsFromClient == isClient && packet.Facts.Has(TcpFlags.Fin));
            if (fin is null)
            {
                return $"FIN of the {(isClient ? "client" : "server")}";
            }

            if (!Array.Exists(named, packet => packet.IsFromClient != isClient && Acknowledges(packet, fin)))
            {
                return $"ACK of the {whose} FIN";
            }
        }

        return null;
    }

    private static bool Acknowledges(ViewPacket packet, ViewPacket sent) => packet.Facts.Has(TcpFlags.Ack) && packet.Facts.Ack == unchecked(sent.Facts.Seq + (uint)sent.Facts.SequenceLength);

    private static RunTaskResult Options(RunView view, RunEvidence evidence)
    {
        ViewPacket? answer = view.Packets.FirstOrDefault(packet => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Syn) && packet.Facts.Has(TcpFlags.Ack));
        ViewPacket? syn = view.Packets.FirstOrDefault(packet => packet.Connection == answer?.Connection && packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Syn) && packet.IsFromClient);
        if (answer is null || syn is null)
        {
            return Wrong("this run has no handshake yet");
        }

        string[] both = [.. RunEvidence.OptionNames.Where(option => syn.Facts.Options.Has(option.Bit) && answer.Facts.Options.Has(option.Bit)).Select(option => option.Name)];
        string[] missing = [.. both.Except(evidence.Options)], extra = [.. evidence.Options.Except(both)];
        return missing.Length + extra.Length == 0 ? Right($"packets {syn.Number} and {answer.Number} carry them")
            : Wrong(extra.Length > 0 ? $"{extra[0]} is not in both packets" : $"{(missing.Length == 1 ? "one option is" : missing.Length.ToString(CultureInfo.InvariantCulture) + " options are")} missing");
    }

    private static RunTaskResult Calls(RunEvidence evidence)
    {
        string[] local = [.. evidence.Calls.Intersect(s_local)];
        bool isComplete = evidence.Calls.Contains("connect") && evidence.Calls.Any(call => call.StartsWith("send", StringComparison.Ordinal)) && (evidence.Calls.Contains("shutdown") || evidence.Calls.Contains("close"));
        return local.Length > 0 ? Wrong($"{local[0]}() has only local effects") : isComplete ? Right("each of them makes the system send a segment") : Wrong("a call that opens, one that carries data and one that ends a connection are wanted");
    }

    private static RunTaskResult SynAckBeforeAccept(RunView view, RunEvidence evidence)
    {
        ViewPacket? answer = evidence.Packets.FirstOrDefault(packet => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Syn) && packet.Facts.Has(TcpFlags.Ack));
        return answer is null ? Wrong("no SYN ACK is named")
            : Calls(view, answer, "accept(") > Earlier(view, answer, packet => packet.Facts.Has(TcpFlags.Syn) && !packet.IsFromClient && packet.Connection != answer.Connection) ? Wrong($"accept() had been called before packet {answer.Number} was sent, so it shows nothing: let the server wait with accept()")
            : Right($"packet {answer.Number} was sent by the system before anybody called accept()");
    }

    private static RunTaskResult AckBeforeRead(RunView view, RunEvidence evidence)
    {
        foreach (ViewPacket ack in evidence.Packets.Where(packet => packet.Facts.IsTcp && packet.Facts.Length == 0 && packet.Facts.Has(TcpFlags.Ack)))
        {
            ViewPacket? data = view.Packets.FirstOrDefault(packet => packet.Connection == ack.Connection && packet.IsFromClient != ack.IsFromClient && packet.Facts.Length > 0 && Acknowledges(ack, packet) && packet.Packet.Sent <= ack.Packet.Sent);
            if (data is not null)
            {
                return Calls(view, ack, "recv(") > Earlier(view, ack, packet => packet.IsFromClient == data.IsFromClient && packet.Facts.Length > 0 && packet.Connection == data.Connection && packet.Number < data.Number)
                    ? Wrong($"recv() was called before packet {ack.Number} was sent, so it shows nothing: let the receiver wait with recv()")
                    : Right($"packet {ack.Number} acknowledges the data of packet {data.Number}, which the application had not read");
            }
        }

        return Wrong("no packet without data that acknowledges data is named");
    }

    /// <summary>How often a call was typed on the host that sent a packet, before it did. More often than there was something to take means that the last call waited.</summary>
    private static int Calls(RunView view, ViewPacket sent, string call) =>
        view.Record.Lines.Count(line => line.Host == sent.Packet.From && line.Call.Contains(call, StringComparison.Ordinal) && line.Time <= sent.Packet.Sent);

    private static int Earlier(RunView view, ViewPacket than, Func<ViewPacket, bool> fits) => view.Packets.Count(packet => packet.Facts.IsTcp && packet.Number < than.Number && fits(packet));

    private static RunTaskResult Numbers(RunEvidence evidence)
    {
        foreach (ViewPacket sent in evidence.Packets.Where(packet => packet.Facts.SequenceLength > 0 && packet.Facts.IsTcp))
        {
            if (evidence.Packets.FirstOrDefault(packet => packet.Connection == sent.Connection && packet.IsFromClient != sent.IsFromClient && packet.Number > sent.Number && Acknowledges(packet, sent)) is { } ack)
            {
                return Right(string.Create(CultureInfo.InvariantCulture, $"packet {sent.Number} begins with {sent.Facts.Seq} and takes up {sent.Facts.SequenceLength}; packet {ack.Number} acknowledges {ack.Facts.Ack}"));
            }
        }

        return Wrong("no packet named acknowledges another one that is named");
    }
}
