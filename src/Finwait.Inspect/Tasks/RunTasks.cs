using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What became of an answer.</summary>
/// <param name="IsRight">True if the evidence holds.</param>
/// <param name="Reason">Why, in one sentence.</param>
public sealed record RunTaskResult(bool IsRight, string Reason);

/// <summary>
/// The questions of a lab report on sockets and states, checked against the run itself: an answer names packets, states, options or calls, and any that show the thing count.
/// </summary>
/// <remarks>What sent a packet, and which call waited when, is taken from what the run's hosts recorded. An answer that names more than shows the thing is refused: naming everything shows nothing.</remarks>
public static partial class RunTasks
{
    /// <summary>The questions, in order; the first has number 1. Each says what its answer names.</summary>
    public static IReadOnlyList<string> Questions { get; } =
    [
        "Nobody listens on a port. Which packet tells a TCP client so, and which one a UDP client? Name both packets.",
        "How do client and server reach ESTABLISHED? Name the states of each, behind the words client and server, and the packets of the handshake.",
        "Which options do both endpoints use in the handshake? Name them: mss, sackOK, TS, wscale.",
        "Which socket calls are followed by TCP packets on the network? Name the calls, or packets that were sent in such calls.",
        "Is the SYN ACK sent by the system as soon as the SYN is received, or only when the server calls accept()? Name a SYN ACK that shows it.",
        "Is data acknowledged when the system receives it, or when the application reads it with recv()? Name an ACK that shows it.",
        "How are ACK numbers computed? Name a packet and the packet that acknowledges it.",
        "How do client and server get from ESTABLISHED to CLOSED? Name the states of each, behind the words client and server, and the packets that carry the FINs and acknowledge them.",
    ];

    /// <summary>Checks an answer.</summary>
    /// <param name="record">The run so far.</param>
    /// <param name="task">Number of the question, 1 to the count of <see cref="Questions"/>.</param>
    /// <param name="answer">
    /// Words: numbers of packets as the drawings count them, HOST:N for packet N of a host's capture, names of states, options and calls; <c>client</c>, <c>server</c> or the name of a host before the states of
    /// that end. Other words are passed over.
    /// </param>
    /// <param name="serverPort">The port that the server has to have, 1 to 65535; 0, the default, for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such question, or no such port: a caller bug.</exception>
    public static RunTaskResult Check(RunRecord record, int task, string answer, int serverPort = 0)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentOutOfRangeException.ThrowIfLessThan(task, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(task, Questions.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(serverPort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(serverPort, ushort.MaxValue);
        RunView view = RunView.Of(record);
        var evidence = new RunEvidence(view, answer);
        if (evidence.Unknown is { } unknown)
        {
            string meant = unknown.Contains(':', StringComparison.Ordinal) ? "; HOST:N counts the frames of that host's capture"
                : unknown.Length > 5 ? "; a number names a packet as ladder counts them, not a sequence number" : "";
            return Wrong($"there is no packet {unknown} in this run: it has {Count(view.Packets.Count)}{meant}");
        }

        // The first question is about a port that nobody listens on: any port will do.
        if (task > 1 && serverPort != 0 && evidence.Packets.Find(packet => packet.Connection is { } connection && connection.Server.Port != serverPort) is { } foreign)
        {
            return Wrong($"packet {foreign.Number} belongs to a server on port {foreign.Connection!.Server.Port}; the server of this lab has port {serverPort}");
        }

        return task switch
        {
            1 => Refused(view, evidence),
            2 => Path(view, evidence, isTeardown: false),
            3 => Options(view, evidence, serverPort),
            4 => Calls(view, evidence),
            5 => SynAckBeforeAccept(view, evidence, serverPort),
            6 => AckBeforeRead(view, evidence),
            7 => Numbers(evidence),
            _ => Path(view, evidence, isTeardown: true),
        };
    }

    private static RunTaskResult Right(FormattableString reason) => new(true, reason.ToString(CultureInfo.InvariantCulture));

    private static RunTaskResult Wrong(FormattableString reason) => new(false, reason.ToString(CultureInfo.InvariantCulture));

    private static string Count(int packets) => string.Create(CultureInfo.InvariantCulture, $"{packets} {(packets == 1 ? "packet" : "packets")}");

    /// <summary>True if the packet's ACK number is the one behind all that the other one takes up.</summary>
    private static bool Acknowledges(ViewPacket packet, ViewPacket sent) => packet.Facts.Has(TcpFlags.Ack) && packet.Facts.Ack == End(sent);

    private static uint End(ViewPacket sent) => unchecked(sent.Facts.Seq + (uint)sent.Facts.SequenceLength);

    private static bool IsSyn(ViewPacket packet) => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Syn) && !packet.Facts.Has(TcpFlags.Ack);

    private static bool IsSynAck(ViewPacket packet) => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Syn) && packet.Facts.Has(TcpFlags.Ack);

    private static bool HasArrived(ViewPacket packet) => packet.Packet.Fate == RunFate.Arrived;
}
