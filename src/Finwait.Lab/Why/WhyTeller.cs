using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Where a chain of causes goes on.</summary>
/// <param name="Packet">At this packet; 0 if it does not.</param>
/// <param name="Text">What led to it, as a clause; for the end of a chain the call or the thing that was configured.</param>
internal readonly record struct WhyNext(int Packet, string Text)
{
    public string Text { get => field ?? ""; init; } = Text;
}

/// <summary>Says in plain sentences why packets were sent: what was recorded, in the field's words.</summary>
/// <remarks>
/// <see cref="Sentence"/> is for who wants one line about a packet (a coach, a page), <see cref="Chain"/> for who wants everything back to the call. Each answers from the causes that
/// the stack recorded when it decided; nothing is found out from times or flags afterwards.
/// </remarks>
internal sealed partial class WhyTeller(WhyRun run)
{
    /// <summary>Links of a chain that are told; longer ones leave out the middle.</summary>
    private const int MostLinks = 24;

    /// <summary>Packets there are.</summary>
    public int Count => run.Count;

    /// <summary>One sentence: what was sent, why, and by which rule.</summary>
    /// <param name="number">The packet's number in the ladder, from 1.</param>
    public string Sentence(int number)
    {
        string text = Tell(number, out WhyNext next);
        return next.Text.Length > 0 ? $"{text}; {next.Text}" : next.Packet > 0 ? string.Create(CultureInfo.InvariantCulture, $"{text}; {(IsRepetition(number) ? "first sent as" : "it answers")} packet {next.Packet}") : text;
    }

    /// <summary>"romeo sent SYN", with what became of it if it did not arrive.</summary>
    public string Brief(int number)
    {
        RunPacket packet = run.Packet(number);
        RunPacketHeaders headers = run.Headers(number);
        string what = headers.IsTcp ? headers.FlagNames + (headers.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $" with {headers.Length} octet{(headers.Length == 1 ? "" : "s")}") : "") : headers.Label;
        string lost = packet.Fate is RunFate.Arrived or RunFate.UnderWay ? "" : $" (thrown away: {packet.Where}, {packet.Why})";
        return packet.Fate == RunFate.NeverLeft ? $"{run.Name(packet.From)}'s {what} never left ({packet.Why})" : $"{run.Name(packet.From)} sent {what}{lost}";
    }

    /// <summary>The first clause of <see cref="Sentence"/>: what was done, and why, without the numbers.</summary>
    public string Gist(int number) => Clauses(Tell(number, out _))[0];

    /// <summary>True for packets that a timer sent because an answer did not come: repetitions and probes.</summary>
    public bool IsRepeated(int number) =>
        run.Cause(number).Kind is CauseKind.RetransmissionTimeout or CauseKind.Persist or CauseKind.KeepAlive or CauseKind.TailLossProbe or CauseKind.ReorderingTimer;

    /// <summary>True for other packets that a call or the packet before does not explain at once: resets, ICMP about a packet thrown away, repetitions without a timer, news of the window.</summary>
    public bool IsSurprising(int number)
    {
        Cause cause = run.Cause(number);
        return !IsRepeated(number) && ((run.Headers(number).Flags & TcpFlags.Rst) != 0
            || cause is { Kind: CauseKind.WindowOpened, Rule: Rule.Acknowledge } or { Rule: Rule.FastRetransmit }
            || (!run.Headers(number).IsTcp && cause.Kind == CauseKind.Packet && run.TryGetDrop(run.Packet(number).From, cause.Subject, out _)));
    }

    /// <summary>True if a call of a machine sent the packet, or some before it.</summary>
    public bool IsOf(int number, int machine, ulong call) => run.Packet(number).From == machine && run.Cause(number) is { Kind: CauseKind.Call or CauseKind.WindowOpened } cause && cause.Subject == call;

    /// <summary>True for a reset.</summary>
    public bool IsReset(int number) => run.Headers(number).Has(TcpFlags.Rst);

    /// <summary>The packet, why it was sent, and the same of what led to it, back to the call.</summary>
    public IReadOnlyList<string> Chain(int number)
    {
        var lines = new List<string>();
        var seen = new HashSet<int>();
        string lead = "";
        for (int at = number; at > 0 && seen.Add(at);)
        {
            if (seen.Count > MostLinks)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"… and so on: why {at} goes on from there"));
                break;
            }

            lines.Add(lead + Head(at));
            lines.AddRange(Clauses(Tell(at, out WhyNext next)).Select(clause => "  " + clause));
            lines.AddRange(Fate(at).Select(line => "  " + line));
            if (next.Text.Length > 0)
            {
                lines.Add((next.Packet > 0 ? "  " : "because ") + next.Text);
            }

            lead = IsRepetition(at) ? "first sent as " : "because of ";
            at = next.Packet;
        }

        return lines;
    }

    /// <summary>Cuts a text at its semicolons, but not in brackets.</summary>
    private static List<string> Clauses(string text)
    {
        var clauses = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0 && text[i] == ';')
            {
                clauses.Add(text[start..i]);
                start = i + 2;
            }
        }

        clauses.Add(text[start..]);
        return clauses;
    }

    /// <summary>True if what led to a packet is the same packet, sent before.</summary>
    private bool IsRepetition(int number) =>
        run.Packet(number).IsCopy || (run.Cause(number).Kind == CauseKind.NeighborTimer && FirstSolicitation(number) > 0) || (run.Headers(number).IsTcp && run.Cause(number).Kind is CauseKind.RetransmissionTimeout or CauseKind.TailLossProbe or CauseKind.ReorderingTimer && run.FirstWith(number, number) > 0);

    /// <summary>True if the chain of a packet ends in a call or in something that was configured: nothing in it is unknown.</summary>
    internal bool IsComplete(int number)
    {
        var seen = new HashSet<int>();
        for (int at = number; ;)
        {
            Tell(at, out WhyNext next);
            if (next.Packet == 0)
            {
                return next.Text.Length > 0;
            }

            if (!seen.Add(at))
            {
                return false;
            }

            at = next.Packet;
        }
    }

    /// <summary>"packet 7, romeo to juliet at 0.103040: ACK seq 1 ack 22 len 0".</summary>
    public string Head(int number)
    {
        RunPacket packet = run.Packet(number);
        string to = packet.From == packet.To ? "to itself" : "to " + run.Name(packet.To);
        return string.Create(CultureInfo.InvariantCulture, $"packet {number}, {run.Name(packet.From)} {to} at {WhyNumbers.At(packet.Sent)}: {run.Headers(number).Label}");
    }

    /// <summary>Why a packet was sent.</summary>
    private string Tell(int number, out WhyNext next)
    {
        RunPacket packet = run.Packet(number);
        Cause cause = run.Cause(number);
        string who = run.Name(packet.From);
        if (packet.IsCopy)
        {
            next = new WhyNext(run.NumberOf(packet.From, packet.SentFrame), "");
            return "the link made a second one of it: tc netem duplicate, or a fault rule";
        }

        if (!run.Headers(number).IsTcp)
        {
            return TellOther(number, who, cause, out next);
        }

        bool hasStep = run.TryGetStep(number, out TcpStep step);
        next = NextOf(number, cause);
        switch (cause.Kind)
        {
            case CauseKind.Call or CauseKind.WindowOpened:
                return TellCall(number, who, cause, step.Values);
            case CauseKind.Packet or CauseKind.NetworkError when hasStep:
                return TellAnswer(number, who, cause, step, ref next);
            case CauseKind.Packet:
                return TellWithoutConnection(number, who, cause, next.Packet);
            case CauseKind.None:
                next = new WhyNext(0, "");
                return $"{who} sent it, and no cause was recorded";
            default:
                return TellTimer(number, who, cause, step, out next);
        }
    }

    /// <summary>"romeo's Python ran sock.close() at 1.500000": who made a call; empty for none.</summary>
    public string TellCall(int machine, ulong call) => call == 0 ? "" : CallNext(machine, call).Text;

    private WhyNext NextOf(int number, Cause cause)
    {
        int machine = run.Packet(number).From;
        return cause.Kind switch
        {
            CauseKind.Call or CauseKind.WindowOpened => CallNext(machine, cause.Subject),
            CauseKind.Packet or CauseKind.NetworkError => new WhyNext(run.NumberOf(machine, cause.Subject), ""),
            _ => default,
        };
    }

    /// <summary>The end of a chain: who called, and in which line.</summary>
    private WhyNext CallNext(int machine, ulong call)
    {
        string who = run.Name(machine);
        if (run.Call(machine, call) is not { } made)
        {
            return new WhyNext(0, call == 0 ? "" : $"{who} made a call that is forgotten: the run was too long");
        }

        string at = WhyNumbers.At(made.Time.SinceStart);
        if (made.IsExit)
        {
            return new WhyNext(0, $"{who}'s {made.Program} ended at {at}, and the kernel closed its sockets");
        }

        string did = made.Line.Length > 0 ? $"ran {made.Line}" : made.Name.Length > 0 ? $"called {made.Name}()" : "ran";
        return new WhyNext(0, made.Program == "python3" ? $"{who}'s Python {did} at {at}" : $"{who}'s {made.Program} {did} at {at}");
    }
}
