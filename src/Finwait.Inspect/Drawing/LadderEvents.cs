using System.Globalization;

namespace Finwait.Inspect;

internal enum LadderEventKind
{
    Call,
    Change,
    Send,
    End,
    LeftOut,
}

/// <summary>One thing that happens on a ladder.</summary>
internal sealed record LadderEvent(TimeSpan Time, double Order, LadderEventKind Kind, int Party)
{
    public ViewPacket? Packet { get; init; }

    public RunStep? Step { get; init; }

    public RunConnection? Connection { get; init; }

    public int Lane { get; init; }

    /// <summary>For a call its line's place in the record; else −1.</summary>
    public int Line { get; init; } = -1;

    public string Text { get; init; } = "";
}

/// <summary>Puts packets, state changes and calls into one order.</summary>
internal static class LadderEvents
{
    // In one instant: calls, what they and timers change, then frames in the order of their host's count, each with what it changes behind it.
    private const double CallOrder = 0;
    private const double CallChangeOrder = 0.25;
    private const double TimerChangeOrder = 0.5;
    private const double BehindFrame = 0.25;
    private const double BehindChange = 0.01;

    private static readonly string[] s_shownCommands = ["iptables", "ip6tables", "nc", "telnet", "curl", "kill", "python3", "ping", "tc", "sysctl", "traceroute", "ifconfig", "^C", "^D"];
    private static readonly string[] s_shownCalls = ["bind", "listen", "connect", "connect_ex", "accept", "send", "sendall", "sendto", "recv", "recvfrom", "close", "shutdown", "setsockopt", "settimeout"];

    /// <summary>The events in order.</summary>
    /// <param name="view">The run.</param>
    /// <param name="most">Most packets.</param>
    /// <param name="first">How many of them are the first of the run; the others are the last.</param>
    /// <param name="leftOut">Packets between.</param>
    public static IReadOnlyList<LadderEvent> Of(RunView view, int most, int first, out int leftOut)
    {
        int count = view.Packets.Count;
        leftOut = Math.Max(0, count - most);
        (TimeSpan from, TimeSpan to) hole = leftOut == 0 ? (TimeSpan.MaxValue, TimeSpan.MinValue) : (view.Packets[first].Packet.Sent, view.Packets[count - (most - first) - 1].Packet.Sent);
        var events = new List<LadderEvent>();
        foreach (ViewPacket packet in view.Packets)
        {
            if (leftOut == 0 || packet.Number <= first || packet.Number > count - (most - first))
            {
                AddPacket(events, packet);
            }
        }

        if (leftOut > 0)
        {
            events.Add(new LadderEvent(hole.from, 0, LadderEventKind.LeftOut, 0));
        }

        AddChanges(events, view, hole);
        AddCalls(events, view, hole);
        return [.. events.OrderBy(e => e.Time).ThenBy(e => e.Order)];
    }

    private static void AddPacket(List<LadderEvent> events, ViewPacket packet)
    {
        RunPacket sent = packet.Packet;
        double order = sent.SentFrame == 0 ? TimerChangeOrder + BehindFrame : sent.SentFrame;
        events.Add(new LadderEvent(sent.Sent, order, LadderEventKind.Send, packet.FromParty) { Packet = packet });
        if (sent.Ended is { } ended && sent.Fate != RunFate.NeverLeft)
        {
            double end = sent.EndedFrame == 0 ? order : sent.EndedFrame;
            events.Add(new LadderEvent(ended, sent.From == sent.To ? end + 0.1 : sent.Fate == RunFate.Lost ? order + 0.1 : end, LadderEventKind.End, packet.ToParty) { Packet = packet });
        }
    }

    private static void AddChanges(List<LadderEvent> events, RunView view, (TimeSpan From, TimeSpan To) hole)
    {
        var lanes = new LadderLanes(Math.Max(1, view.Parties.Count));
        lanes.Assign(view);
        var listens = new HashSet<RunChange>(ReferenceEqualityComparer.Instance);
        foreach (RunConnection connection in view.Connections)
        {
            var last = new Dictionary<bool, (TimeSpan Time, double Order)>();
            foreach (RunStep step in connection.Steps)
            {
                RunChange change = step.Change;
                double order = change.Frame != 0 ? change.Frame + BehindFrame : change.Trigger is RunTrigger.TimeWaitOver or RunTrigger.GaveUp ? TimerChangeOrder : CallChangeOrder;
                if (last.TryGetValue(step.IsClient, out (TimeSpan Time, double Order) before) && before.Time == change.Time)
                {
                    order = Math.Max(order, before.Order + BehindChange); // a program that answers in the same instant
                }

                last[step.IsClient] = (change.Time, order);
                if ((change.Peer is null && !listens.Add(change)) || (change.Time > hole.From && change.Time < hole.To))
                {
                    continue;
                }

                events.Add(new LadderEvent(change.Time, order, LadderEventKind.Change, view.PartyOf(change.Host, step.IsClient))
                {
                    Step = step,
                    Connection = change.Peer is null ? null : connection,
                    Lane = lanes.LaneOf(connection, step.IsClient),
                });
            }
        }
    }

    private static void AddCalls(List<LadderEvent> events, RunView view, (TimeSpan From, TimeSpan To) hole)
    {
        for (int i = 0; i < view.Record.Lines.Count; i++)
        {
            RunLine line = view.Record.Lines[i];
            if (line.Host < 0 || line.Call.Length == 0 || (line.Time > hole.From && line.Time < hole.To))
            {
                continue;
            }

            string host = view.Record.Hosts[line.Host].Name;
            bool hasParty = view.Parties.Any(party => party.Host == line.Host);

            bool isPython = line.Text.AsSpan(host.Length).TrimStart().StartsWith(">", StringComparison.Ordinal);
            string text = isPython ? PythonCall(line.Call) : ShellCall(line.Call);
            if (text.Length > 0)
            {
                bool isServer = IsServers(view, line, text);
                events.Add(new LadderEvent(line.Time, CallOrder, LadderEventKind.Call, hasParty ? view.PartyOf(line.Host, !isServer) : 0) { Text = hasParty ? text : host + text, Line = i });
            }
        }
    }

    /// <summary>Of a host that talks to itself: whose line it is, by what it did, by the address it names, or by its words.</summary>
    private static bool IsServers(RunView view, RunLine line, string text)
    {
        foreach (RunConnection connection in view.Connections.Where(connection => connection.ServerHost == line.Host && connection.ClientHost == line.Host))
        {
            if (connection.Steps.FirstOrDefault(step => step.Change.Frame == 0 && step.Change.Time >= line.Time && step.Change.Time - line.Time < TimeSpan.FromMilliseconds(1)) is { } done)
            {
                return !done.IsClient;
            }

            if (text.StartsWith("bind", StringComparison.Ordinal) && text.Contains(connection.Server.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
            {
                return true;
            }
        }

        return text.StartsWith("listen", StringComparison.Ordinal) || text.StartsWith("accept", StringComparison.Ordinal) || line.Call.Contains("conn", StringComparison.Ordinal) && !text.StartsWith("connect", StringComparison.Ordinal);
    }

    private static string ShellCall(string command) => s_shownCommands.Contains(command.TrimStart().Split(' ')[0].Replace("sudo ", "", StringComparison.Ordinal)) ? "$ " + command.Trim() : "";

    /// <summary>The method that a line calls on a socket, without the object's name: "connect(('10.10.2.100', 4000))".</summary>
    private static string PythonCall(string line)
    {
        int dot = -1;
        while ((dot = line.IndexOf('.', dot + 1)) >= 0)
        {
            int end = dot + 1;
            while (end < line.Length && (char.IsAsciiLetter(line[end]) || line[end] == '_'))
            {
                end++;
            }

            if (end < line.Length && line[end] == '(' && s_shownCalls.Contains(line[(dot + 1)..end]))
            {
                return Shorten(line[(dot + 1)..]);
            }
        }

        return "";
    }

    private static string Shorten(string call)
    {
        int depth = 0;
        for (int i = 0; i < call.Length; i++)
        {
            depth += call[i] == '(' ? 1 : call[i] == ')' ? -1 : 0;
            if (call[i] == ')' && depth == 0)
            {
                call = call[..(i + 1)];
            }
        }

        return call.Replace("socket.", "", StringComparison.Ordinal).Trim();
    }
}
