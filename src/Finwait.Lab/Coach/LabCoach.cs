using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>
/// Says in plain words what the last line did: which call was made, what was sent or not sent and why, and which state each end has now. Everything it
/// says was recorded; it remembers only how far it has told.
/// </summary>
internal sealed class LabCoach(LabSession session)
{
    /// <summary>Packets that are named one by one.</summary>
    private const int MostPackets = 6;

    /// <summary>Calls of one line that are spoken of.</summary>
    private const int MostCalls = 2;

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
        int from = _packets;
        Skip();
        var said = new List<string>();
        Add(said, Calls(calls, changes, hasPackets: frames > 0, line));
        if (frames > 0 && (_frames > MostFrames || from == int.MaxValue))
        {
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{frames} frames went by."));
        }
        else if (frames > 0)
        {
            Add(said, Packets(from, out string why));
            Add(said, why);
        }

        Add(said, States(changes));
        Add(said, frames > 0 || line.Text.StartsWith("wait", StringComparison.Ordinal) ? Next() : "");
        return said;
    }

    private long Frames => session.Machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count);

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
    private string Calls(List<LabCall> calls, RunChange[] changes, bool hasPackets, LabLine line)
    {
        LabCall[] kinds = [.. calls.DistinctBy(call => (call.Name, call.IsDatagram, call.Errno))];
        if (kinds.Length is 0 or > MostCalls)
        {
            return hasPackets || changes.Length > 0 || kinds.Length > 0 || !HasSucceeded(line) ? "" : CoachTexts.OfCommand(line);
        }

        return string.Join(" ", kinds.Select(call => CoachTexts.OfCall(call, IsDropped(call), hasPackets)).Where(text => text.Length > 0));
    }

    /// <summary>True for a close() that no line asked for: Python closes a socket that no name reaches.</summary>
    private static bool IsDropped(LabCall call) => call.Name == "close" && call.Line.Length > 0 && !call.Line.Contains("close", StringComparison.Ordinal) && !call.IsExit;

    /// <summary>True if the line was a command of the shell that did what it was asked for: it ended with status 0, or is a capture that runs.</summary>
    private bool HasSucceeded(LabLine line) => session.Host(line.Host) is { } host
        && (host.Shell.LastStatus == 0 || host.Processes.Any(process => process is TcpdumpProcess { HasExited: false } && line.Text.Contains("tcpdump", StringComparison.Ordinal)));

    /// <summary>"romeo sent SYN; juliet answered SYN,ACK; romeo sent ACK.", and why, where that is not plain.</summary>
    private string Packets(int from, out string why)
    {
        WhyTeller teller = session.Teller;
        why = "";
        var told = new List<string>();
        int count = teller.Count - from;
        for (int number = from + 1; number <= teller.Count; number++)
        {
            if (told.Count < MostPackets)
            {
                told.Add(teller.Brief(number));
            }

            why = teller.IsSurprising(number) ? string.Create(CultureInfo.InvariantCulture, $"{Upper(teller.Gist(number))} (why {number} tells more).") : why;
        }

        return told.Count == 0 ? "" : string.Join("; ", told) + (count > told.Count ? string.Create(CultureInfo.InvariantCulture, $"; and {count - told.Count} more packets") : "") + ".";
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

        return first is { } next && CoachTexts.OfTimer(next.Row) is { Length: > 0 } what
            ? string.Create(CultureInfo.InvariantCulture, $"Next, at {next.Row.TimerExpires.SinceStart.TotalSeconds:F3} s (wait next): {next.Host.Name} {what}.") : "";
    }
}
