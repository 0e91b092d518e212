using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Why a connection is in a state: what brought it there, what it waits for, and what would take it out.</summary>
internal sealed class WhyStates(WhyRun run, WhyTeller teller)
{
    private const int MostEnds = 12;
    private const string FinTimeoutOver = "the peer's FIN has not come in time (net.ipv4.tcp_fin_timeout, or TCP_LINGER2): nobody is told";

    /// <summary>Reads the name of a state as any of the tools, the documents and the RFC write it.</summary>
    public static bool TryParse(string word, out TcpState state)
    {
        string name = word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        (state, bool known) = name switch
        {
            "CLOSED" or "CLOSE" => (TcpState.Closed, true),
            "LISTEN" => (TcpState.Listen, true),
            "SYNSENT" => (TcpState.SynSent, true),
            "SYNRCVD" or "SYNRECV" or "SYNRECEIVED" => (TcpState.SynReceived, true),
            "ESTAB" or "ESTABLISHED" => (TcpState.Established, true),
            "FINWAIT1" => (TcpState.FinWait1, true),
            "FINWAIT2" => (TcpState.FinWait2, true),
            "CLOSEWAIT" => (TcpState.CloseWait, true),
            "CLOSING" => (TcpState.Closing, true),
            "LASTACK" => (TcpState.LastAck, true),
            "TIMEWAIT" => (TcpState.TimeWait, true),
            _ => (default(TcpState), false),
        };
        return known;
    }

    /// <summary>The names that completion offers.</summary>
    public static IReadOnlyList<string> Names { get; } = ["CLOSED", "CLOSE_WAIT", "CLOSING", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "LAST_ACK", "LISTEN", "SYN_RCVD", "SYN_SENT", "TIME_WAIT"];

    /// <summary>The ends that are in a state now; else the one that was in it last; else that none was.</summary>
    /// <param name="machine">Index of the machine; −1 for all.</param>
    /// <param name="state">The state; null for whatever state each end is in, those that are closed aside.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<string> Tell(int machine, TcpState? state, Instant now)
    {
        var last = new Dictionary<(int, SocketAddress, SocketAddress), LabMove>();
        LabMove? former = null;
        foreach (LabMove move in run.Recorder.Moves)
        {
            if (machine >= 0 && move.Host != machine)
            {
                continue;
            }

            last[(move.Host, move.Move.Local, move.Move.Peer)] = move;
            former = move.Move.Change.To == state ? move : former;
        }

        LabMove[] there = [.. last.Values.Where(move => state is { } wanted ? move.Move.Change.To == wanted : move.Move.Change.To != TcpState.Closed).OrderBy(move => move.Move.Change.Time)];
        var lines = new List<string>();
        foreach (LabMove move in there.Take(MostEnds))
        {
            lines.AddRange(TellEnd(move, now));
        }

        if (there.Length > MostEnds)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {there.Length - MostEnds} more"));
        }

        if (lines.Count == 0 && state is { } asked)
        {
            string where = machine >= 0 ? " on " + run.Name(machine) : "";
            lines.Add(former is null ? $"no connection{where} has been in {WhyNumbers.State(asked)} so far" : $"no connection{where} is in {WhyNumbers.State(asked)} now; the last that was:");
            lines.AddRange(former is { } was ? TellFormer(was) : []);
        }

        if (lines.Count == 0 && last.Count > 0)
        {
            lines.AddRange(TellEnd(last.Values.MaxBy(move => move.Move.Change.Time), now));
        }

        return lines.Count > 0 ? lines : ["no connection and no listener is there"];
    }

    private IEnumerable<string> TellFormer(LabMove was)
    {
        yield return End(was);
        yield return "  " + Came(was);
        LabMove left = run.Recorder.Moves.SkipWhile(move => move != was).Skip(1).FirstOrDefault(move => move.Host == was.Host && move.Move.Local == was.Move.Local && move.Move.Peer == was.Move.Peer);
        if (left.Move.Change.To != left.Move.Change.From)
        {
            yield return $"  left it for {WhyNumbers.State(left.Move.Change.To)} at {WhyNumbers.At(left.Move.Change.Time.SinceStart)}: {Input(left)}";
        }
    }

    private IEnumerable<string> TellEnd(LabMove move, Instant now)
    {
        yield return End(move);
        yield return "  " + Came(move);
        foreach (string waiting in Waits(move, now))
        {
            yield return "  " + waiting;
        }
    }

    private string End(in LabMove move)
    {
        string peer = move.Move.Peer.Port == 0 ? "" : $" to {Text(move.Move.Peer)}";
        return $"{run.Name(move.Host)}, {Text(move.Move.Local)}{peer}: {WhyNumbers.State(move.Move.Change.To)} since {WhyNumbers.At(move.Move.Change.Time.SinceStart)}";
    }

    private static string Text(SocketAddress end) => RunTexts.End(end).ToString();

    private string Came(in LabMove move) => $"came from {WhyNumbers.State(move.Move.Change.From)}: {Input(move)}";

    /// <summary>What moved it, where the diagram says so, and the call or packet.</summary>
    private string Input(in LabMove move)
    {
        StateChange change = move.Move.Change;
        int packet = change.Cause.Kind is CauseKind.Packet or CauseKind.NetworkError ? run.NumberOf(move.Host, change.Cause.Subject) : 0;
        string by = packet > 0 ? string.Create(CultureInfo.InvariantCulture, $", packet {packet}") : "";
        string call = change.Cause.Kind is CauseKind.Call or CauseKind.WindowOpened && teller.TellCall(move.Host, change.Cause.Subject) is { Length: > 0 } made ? $"; {made}" : "";
        string what = change.Input switch
        {
            TcpInput.PassiveOpen => "listen(), the passive OPEN (RFC 9293 §3.10.1)",
            TcpInput.ActiveOpen => "connect(), the active OPEN: SYN is sent (RFC 9293 §3.10.1)",
            TcpInput.Close when IsShutdown(move) => "its program said by shutdown() that it sends no more: FIN is sent behind all text, and what the peer sends can still be read (RFC 9293 §3.10.4)",
            TcpInput.Close when change.From is TcpState.Listen or TcpState.SynSent => $"its program closed, and nothing is sent: {(change.From == TcpState.Listen ? "a listener has" : "there is")} no connection that a FIN could end (RFC 9293 §3.10.4)",
            TcpInput.Close => "its program closed: FIN is sent behind all text (RFC 9293 §3.10.4)",
            TcpInput.RcvSyn when change.From == TcpState.TimeWait => $"a SYN came{by}, and may end TIME-WAIT: {teller.Reused(change)}",
            TcpInput.RcvSyn when change.From == TcpState.SynSent => $"a SYN without ACK came{by}, for the peer opened at the same time: SYN,ACK is sent (RFC 9293 §3.10.7.3, fourth step)",
            TcpInput.RcvSyn => $"a SYN came{by}: SYN,ACK is sent (RFC 9293 §3.10.7.2)",
            TcpInput.RcvSynAck => $"SYN,ACK came{by}: its SYN is acknowledged (RFC 9293 §3.10.7.3, fourth step)",
            TcpInput.RcvAckOfSyn => $"the ACK of its SYN came{by} (RFC 9293 §3.10.7.4, fifth check)",
            TcpInput.RcvFin or TcpInput.RcvFinAck => $"the peer's FIN came{by} (RFC 9293 §3.10.7.4, eighth check)",
            TcpInput.RcvAckOfFin => $"the ACK of its FIN came{by} (RFC 9293 §3.10.7.4, fifth check)",
            TcpInput.RcvRst when change.From == TcpState.SynSent => $"a reset came{by}, and acknowledges its SYN: refused (RFC 9293 §3.10.7.3, second step)",
            TcpInput.RcvRst => $"a reset came{by} (RFC 9293 §3.10.7.4, second check)",
            TcpInput.TimeWaitTimeout when change.From == TcpState.FinWait2 => FinTimeoutOver,
            TcpInput.TimeWaitTimeout => "2 MSL have gone by (RFC 9293 §3.6.1)",
            _ => change.Cause.Kind switch
            {
                CauseKind.NetworkError => $"ICMP told of an error{by} (RFC 9293 §3.9.2.2)",
                CauseKind.Packet => ByPacket(change.Cause.Rule, by),
                CauseKind.TimeWait => FinTimeoutOver,
                CauseKind.RetransmissionTimeout => "it gave up: nothing it sent was answered (R2, RFC 9293 §3.8.3)",
                CauseKind.Persist => "it gave up: the window stayed closed (RFC 9293 §3.8.6.1)",
                CauseKind.KeepAlive => "it gave up: no keep-alive probe was answered (RFC 9293 §3.8.4)",
                _ => change.Cause.Rule switch
                {
                    Rule.ListenerClosed when change.From == TcpState.SynReceived => "its listener closed while the handshake was under way, and what was half-open is forgotten without a word (Linux): the ACK of the handshake, if it comes, will be answered by a reset (RFC 9293 §3.10.7.1)",
                    Rule.ListenerClosed => "its listener closed before accept() had taken it, and so it is reset (Linux; RFC 9293 has no accept())",
                    Rule.UnreadData => "its program closed with octets unread, and so it is reset (RFC 2525 §2.17)",
                    Rule.Linger => "its program closed with SO_LINGER of 0 s, and so it is reset (RFC 9293 §3.10.5, ABORT)",
                    Rule.OrphanLimit => "its program closed, and connections without a program are too many: it is reset (net.ipv4.tcp_max_orphans)",
                    Rule.NoLinger2 => "its FIN is acknowledged, no program holds it, and TCP_LINGER2 gives it no time to wait for the peer's: it is reset",
                    Rule.Abort => "its own side cut it off, and so it is reset (RFC 9293 §3.10.5, ABORT)",
                    _ => "its own side threw it away without a word",
                },
            },
        };
        return what + call;
    }

    /// <summary>True if the call that closed was shutdown(), which leaves the other direction open.</summary>
    private bool IsShutdown(in LabMove move) => move.Move.Change.Cause is { Kind: CauseKind.Call } cause && run.Call(move.Host, cause.Subject) is { Name: "shutdown" } && move.Move.Change.From is not (TcpState.Listen or TcpState.SynSent);

    /// <summary>Why a packet ended a connection, where that is no arrow of the diagram.</summary>
    private static string ByPacket(Rule rule, string by) => rule switch
    {
        Rule.Reset => $"a reset came{by}, and the listener goes on as if nothing had been (RFC 9293 §3.10.7.4, second check)",
        Rule.SynAgain => $"another SYN came{by}, and the listener goes on as if nothing had been (RFC 9293 §3.10.7.4, fourth check)",
        Rule.UnreadData => $"octets came{by}, and the program that could read them has closed: it is reset (RFC 9293 §3.6.1, RFC 2525 §2.17)",
        Rule.NoLinger2 => $"the ACK of its FIN came{by}, no program holds it, and TCP_LINGER2 gives it no time to wait for the peer's: it is reset",
        _ => $"what came{by} ended it",
    };

    /// <summary>What keeps it there, and what would take it out.</summary>
    private IEnumerable<string> Waits(LabMove move, Instant now)
    {
        TcpState state = move.Move.Change.To;
        Host host = run.Machines[move.Host].Stack;
        bool isThere = host.ConnectionTap!.TryGetValues(move.Move.Local, move.Move.Peer, now, out TcpStepValues values);
        yield return state switch
        {
            TcpState.Closed => "nothing is left of it: a segment for it would be answered by a reset (RFC 9293 §3.10.7.1)",
            TcpState.Listen => "waits for a SYN; close() ends it",
            TcpState.SynSent => "waits for SYN,ACK; a reset, an ICMP error or the end of its patience would close it",
            TcpState.SynReceived => "waits for the ACK of its SYN, which would make it ESTABLISHED; a reset ends it",
            TcpState.Established => "stays until one side closes (FIN) or resets",
            TcpState.FinWait1 => "waits for the ACK of its FIN, which would make it FIN-WAIT-2; the peer's FIN first would make it CLOSING",
            TcpState.FinWait2 => $"its FIN is acknowledged; waits for the peer's FIN{Other(move)}",
            TcpState.CloseWait => "the peer has closed; waits for its own program to call close(), and no timer ends that",
            TcpState.Closing => "both have closed, and the peer's FIN came before the ACK of its own; waits for that, which would make it TIME-WAIT",
            TcpState.LastAck => "waits for the ACK of its FIN, which would close it",
            _ => $"{(move.Move.Change.From == TcpState.Closing ? "had closed before the peer's FIN came, and so had the peer" : "had closed before the peer's FIN came")}, so it waits 2 MSL: its last ACK may be lost, and old segments may still be under way (RFC 9293 §3.6.1)",
        };
        foreach (string lost in Lost(move))
        {
            yield return lost;
        }

        if (isThere && state != TcpState.TimeWait)
        {
            foreach (string timer in WhyTimers.Of(run, move.Host, move.Move.Local, move.Move.Peer, values, now))
            {
                yield return timer;
            }
        }
        else if (host.Sockets.Snapshot(now).FirstOrDefault(row => row.Local == move.Move.Local && row.Peer == move.Move.Peer) is { Timer: TcpTimerKind.TimeWait } row)
        {
            yield return WhyTimers.TimeWait(state, row.TimerExpires, run.Since(move.Host, move.Move.Local, move.Move.Peer), host.Settings.Tcp, now);
        }
    }

    /// <summary>Whether the peer has closed, as its own machine recorded it.</summary>
    private string Other(in LabMove move) => !run.TryGetOther(move.Move.Local, move.Move.Peer, out LabMove other) ? "" : other.Move.Change.To switch
    {
        TcpState.Established or TcpState.CloseWait or TcpState.SynReceived => ", and the peer's program has not closed yet",
        TcpState.Closed => ", and the peer knows nothing of the connection any more",
        TcpState state => $"; the peer's program has closed, the peer is in {WhyNumbers.State(state)}, and its FIN has not come through",
    };

    /// <summary>The newest packets of the connection that were lost since, one of each direction: why what it waits for does not come.</summary>
    private IEnumerable<string> Lost(LabMove move)
    {
        string local = Text(move.Move.Local), peer = Text(move.Move.Peer);
        bool own = false, others = false;
        for (int number = run.Count; number >= 1 && !(own && others); number--)
        {
            RunPacketHeaders headers = run.Headers(number);
            bool isOwn = headers.IsTcp && headers.Source.ToString() == local && headers.Destination.ToString() == peer;
            bool isOther = headers.IsTcp && headers.Source.ToString() == peer && headers.Destination.ToString() == local;
            if ((isOwn && !own) || (isOther && !others))
            {
                (own, others) = (own || isOwn, others || isOther);
                foreach (string fate in run.Packet(number).Fate == RunFate.Arrived ? [] : teller.Dropped(number).Skip(1))
                {
                    yield return string.Create(CultureInfo.InvariantCulture, $"the last that {(isOwn ? "it" : "the peer")} sent is packet {number}, {headers.FlagNames}: {fate.Trim()}");
                }
            }
        }
    }
}
