using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>
/// Says in plain words what the last line did: which call was made, what was sent or not sent and why, and which state each end has now. Everything it
/// says was recorded; it remembers only how far it has told.
/// </summary>
internal sealed partial class LabCoach(LabSession session)
{
    /// <summary>Packets that are named one by one.</summary>
    private const int MostPackets = 6;

    /// <summary>Calls of one line that are spoken of one by one.</summary>
    private const int MostCalls = 2;

    /// <summary>Calls of one line that are named.</summary>
    private const int MostNames = 8;

    /// <summary>With more frames than this a sentence per packet would cost too much time; the numbers are told.</summary>
    private const int MostFrames = 6_000;

    private readonly ulong[] _calls = new ulong[session.Machines.Count];
    private int _packets;
    private int _changes;
    private long _frames;

    /// <summary>Takes note of where the run stands, and says nothing.</summary>
    public void Skip()
    {
        for (int i = 0; i < _calls.Length; i++)
        {
            _calls[i] = session.Machines[i].Calls.Last;
        }

        _changes = session.Recorder.Changes.Count;
        _frames = Frames;
        _packets = _frames > MostFrames ? int.MaxValue : session.Teller.Count;
    }

    /// <summary>Sentences about what has happened since the last time.</summary>
    /// <param name="line">The line that was carried out.</param>
    public IReadOnlyList<string> Tell(LabLine line)
    {
        List<LabCall> calls = NewCalls(line.Host);
        RunChange[] changes = [.. session.Recorder.Changes.Skip(_changes)];
        long frames = Frames - _frames;
        (int from, int earlier) = (_packets, _changes);
        Skip();
        var said = new List<string>();
        var packets = new CoachPackets(session, from, frames > 0 && _frames <= MostFrames && from != int.MaxValue, frames);
        Add(said, Calls(calls, changes, packets, line));
        if (frames > 0 && (_frames > MostFrames || from == int.MaxValue))
        {
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{frames} frames went by."));
        }
        else if (frames > 0)
        {
            Add(said, Packets(from, earlier, out string[] why));
            said.AddRange(why);
        }

        said.AddRange(GivenUp(earlier));
        Add(said, Held(calls));
        Add(said, KeptClosed(calls, packets));

        Add(said, States(changes));
        Add(said, frames > 0 || line.Text.StartsWith("wait", StringComparison.Ordinal) ? Next() : "");
        return said;
    }

    private long Frames => session.Machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count) + session.Recorder.Unsent.Count;

    private static void Add(List<string> said, string sentence)
    {
        if (sentence.Length > 0)
        {
            said.Add(sentence);
        }
    }

    /// <summary>The calls of the line's own host: what waited elsewhere goes on by itself, and is told by what it sends.</summary>
    private List<LabCall> NewCalls(string host)
    {
        var calls = new List<LabCall>();
        for (int i = 0; i < _calls.Length; i++)
        {
            if (!session.Machines[i].Name.Equals(host, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            for (ulong number = _calls[i] + 1; number <= session.Machines[i].Calls.Last; number++)
            {
                if (session.Machines[i].Calls.Find(number) is { Name.Length: > 0 } call)
                {
                    calls.Add(call);
                }
            }
        }

        return calls;
    }

    /// <summary>What the calls of the line are for.</summary>
    private string Calls(List<LabCall> calls, RunChange[] changes, in CoachPackets packets, LabLine line)
    {
        LabCall[] kinds = [.. calls.DistinctBy(call => (call.Name, call.IsDatagram, call.Errno))];
        if (kinds.Length == 0)
        {
            return packets.Frames > 0 || changes.Length > 0 || !HasSucceeded(line) ? "" : CoachTexts.OfCommand(line);
        }

        int machine = MachineOf(line);
        var said = new List<string>();
        LabCall[] single = [.. kinds.Where(call => kinds.Length <= MostCalls || CoachTexts.HasFailed(call)).Take(MostCalls)];
        if (single.Length < kinds.Length)
        {
            string[] names = [.. kinds.Except(single).Select(call => call.Name + "()").Distinct()];
            string named = names.Length > MostNames ? string.Join(", ", names.Take(MostNames)) + " and others" : names.Length > 1 ? string.Join(", ", names[..^1]) + " and " + names[^1] : names[0];
            said.Add($"{named} {(names.Length == 1 ? "was" : "were")} called{(packets.Frames == 0 ? ", and nothing was sent" : "")}.");
        }

        foreach (LabCall call in single)
        {
            said.Add(CoachTexts.OfCall(call, IsDropped(call), packets.Of(machine, call, calls), Now(machine, call)));
        }

        return string.Join(" ", said.Where(text => text.Length > 0));
    }

    private int MachineOf(LabLine line) => session.Machines.ToList().FindIndex(machine => machine.Name.Equals(line.Host, StringComparison.OrdinalIgnoreCase));

    /// <summary>The state of the connection that a call was about, after it; null if there is none.</summary>
    private CoachState? Now(int machine, LabCall call)
    {
        LabMove last = session.Recorder.Moves.LastOrDefault(move => move.Host == machine && move.Move.Local.Port == call.Local.Port && (move.Move.Peer == call.Peer || move.Move.Peer.Port + call.Peer.Port == 0));
        StateChange change = last.Move.Change;
        return call.Local.Port == 0 || change.From == change.To ? null : new CoachState(change.From, change.To, change.Cause.Kind == CauseKind.Call && change.Cause.Subject == call.Number);
    }

    /// <summary>Octets that wait in the connections that the line gave some to, and what they wait for.</summary>
    private string Held(List<LabCall> calls)
    {
        if (calls.LastOrDefault(call => call is { IsDatagram: false, Name: "send" or "sendto" or "sendmsg" or "sendall", Peer.Port: not 0 }) is not { } sent)
        {
            return "";
        }

        foreach (LabHost host in session.Hosts)
        {
            if (host.Calls.Find(sent.Number) == sent && host.Stack.ConnectionTap!.TryGetValues(sent.Local, sent.Peer, session.Now, out TcpStepValues values) && values.Unsent > 0 && values.Hold != SendHold.None)
            {
                return $"{Upper(host.Name)}: {WhyNothing.Held(values)}.";
            }
        }

        return "";
    }

    /// <summary>Why reading has not opened the window of the connection that the line has read from.</summary>
    private string KeptClosed(List<LabCall> calls, in CoachPackets packets)
    {
        if (calls.LastOrDefault(call => call is { IsDatagram: false, Name: "recv" or "recvfrom" or "recvmsg" or "recv_into", Errno: Errno.None, Peer.Port: not 0 }) is not { } read
            || session.Hosts.FirstOrDefault(host => host.Calls.Find(read.Number) == read) is not { } reader || !reader.Stack.ConnectionTap!.TryGetValues(read.Local, read.Peer, session.Now, out TcpStepValues values))
        {
            return "";
        }

        int machine = session.Machines.ToList().IndexOf(reader);
        return packets.Of(machine, read, calls) == CoachSent.Nothing && WhyNothing.KeptClosed(values) is { Length: > 0 } kept ? $"{Upper(reader.Name)}: {kept}." : "";
    }

    /// <summary>True for a close() that no line asked for: Python closes a socket that no name reaches.</summary>
    private static bool IsDropped(LabCall call) => call.Name == "close" && call.Line.Length > 0 && !call.Line.Contains("close", StringComparison.Ordinal) && !call.IsExit;

    /// <summary>True if the line was a command of the shell that did what it was asked for: it ended with status 0, or is a capture that runs.</summary>
    private bool HasSucceeded(LabLine line) => session.Host(line.Host) is { } host
        && (host.Shell.LastStatus == 0 || host.Processes.Any(process => process is TcpdumpProcess { HasExited: false } && line.Text.Contains("tcpdump", StringComparison.Ordinal)));

    /// <summary>"romeo sent SYN; juliet answered SYN,ACK; romeo sent ACK.", and why, where that is not plain.</summary>
    private string Packets(int from, int changes, out string[] why)
    {
        WhyTeller teller = session.Teller;
        string repeated = "", surprising = "";
        var told = new List<string>();
        for (int number = from + 1; number <= teller.Count; number++)
        {
            if (told.Count < MostPackets)
            {
                told.Add(teller.Brief(number));
            }

            if (teller.IsRepeated(number) || teller.IsSurprising(number))
            {
                string sentence = string.Create(CultureInfo.InvariantCulture, $"{Upper(teller.Gist(number))} (why {number} tells more).");
                (repeated, surprising) = !teller.IsRepeated(number) ? (repeated, sentence) : HasGivenUp(number, changes) ? (repeated, surprising) : (sentence, surprising);
            }
        }

        why = [.. new[] { repeated, surprising, Overflow(from) }.Where(text => text.Length > 0)];

        return told.Count == 0 ? "" : string.Join("; ", told) + More(from + told.Count + 1) + ".";
    }

    private static string Upper(string sentence) => sentence.Length > 0 ? char.ToUpperInvariant(sentence[0]) + sentence[1..] : sentence;

    /// <summary>"romeo's port 49222: CLOSED → SYN-SENT → ESTABLISHED."</summary>
    private string States(RunChange[] changes)
    {
        var ways = new List<List<RunChange>>();
        foreach (RunChange change in changes)
        {
            List<RunChange>? known = ways.Find(way => way[0].Host == change.Host && way[0].Local == change.Local && way[0].Peer == change.Peer);
            if (known is null)
            {
                ways.Add(known = []);
            }

            known.Add(change);
        }

        return ways.Count is 0 or > MostPackets ? "" : string.Join(" ", ways.Select(way => string.Create(CultureInfo.InvariantCulture,
            $"{session.Machines[way[0].Host].Name}'s {(way[0].From == RunState.Listen && way[0].Peer is not null ? "new connection of port" : "port")} {way[0].Local.Port}: {string.Join(" → ", Steps(way).Select(CoachTexts.State))}.")));
    }

    /// <summary>The states of one end. One that a listener made begins with the SYN that came: the listener itself stays where it is.</summary>
    private static IEnumerable<RunState> Steps(List<RunChange> way) =>
        (way[0].From == RunState.Listen && way[0].Peer is not null ? Enumerable.Empty<RunState>() : [way[0].From]).Concat(way.Select(step => step.To));

    private SendHold HoldOf(LabHost host, in Stack.SocketRow row) =>
        row.Timer == TcpTimerKind.Persist && host.Stack.ConnectionTap!.TryGetValues(row.Local, row.Peer, session.Now, out TcpStepValues values) ? values.Hold : SendHold.None;

    /// <summary>What happens next by itself, if it is a connection's timer.</summary>
    private string Next()
    {
        (LabHost Host, Stack.SocketRow Row)? first = null;
        foreach (LabHost host in session.Hosts)
        {
            foreach (Stack.SocketRow row in host.Stack.Sockets.Snapshot(session.Now))
            {
                if (row.Timer != TcpTimerKind.None && row.TimerExpires > session.Now && (first is null || row.TimerExpires < first.Value.Row.TimerExpires))
                {
                    first = (host, row);
                }
            }
        }

        return first is { } next && CoachTexts.OfTimer(next.Row, HoldOf(next.Host, next.Row)) is { Length: > 0 } what
            ? string.Create(CultureInfo.InvariantCulture, $"Next, a little after {next.Row.TimerExpires.SinceStart.TotalSeconds:F3} s (wait next): {next.Host.Name} {what}.") : "";
    }
}

/// <summary>Where the connection of a call stands after it.</summary>
/// <param name="From">The state before its newest change.</param>
/// <param name="To">Its state.</param>
/// <param name="IsByCall">True if the call itself led to that change.</param>
internal readonly record struct CoachState(TcpState From, TcpState To, bool IsByCall);

/// <summary>What calls have sent.</summary>
internal enum CoachSent
{
    Nothing,
    Segments,
    Reset,
}

/// <summary>The packets since the coach spoke last.</summary>
/// <param name="Session">The lab.</param>
/// <param name="From">Packets before.</param>
/// <param name="AreKnown">False if they are too many to look at each.</param>
/// <param name="Frames">How many frames.</param>
internal readonly record struct CoachPackets(LabSession Session, int From, bool AreKnown, long Frames)
{
    /// <summary>What the calls of one kind have sent: that one, and those of the line that are like it.</summary>
    public CoachSent Of(int machine, LabCall call, List<LabCall> calls)
    {
        if (!AreKnown || machine < 0)
        {
            return Frames > 0 ? CoachSent.Segments : CoachSent.Nothing;
        }

        WhyTeller teller = Session.Teller;
        CoachSent sent = CoachSent.Nothing;
        foreach (LabCall same in calls.Where(same => same.Name == call.Name && same.IsDatagram == call.IsDatagram && same.Errno == call.Errno))
        {
            for (int number = From + 1; number <= teller.Count; number++)
            {
                if (teller.IsOf(number, machine, same.Number))
                {
                    sent = teller.IsReset(number) ? CoachSent.Reset : sent == CoachSent.Reset ? sent : CoachSent.Segments;
                }
            }
        }

        return sent;
    }
}
