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
/// <param name="Time">When.</param>
/// <param name="Order">What comes first in one instant.</param>
/// <param name="Kind">What.</param>
/// <param name="Party">The column it belongs to; −1 for what a machine did that has none.</param>
internal sealed record LadderEvent(TimeSpan Time, double Order, LadderEventKind Kind, int Party)
{
    public ViewPacket? Packet { get; init; }

    public RunStep? Step { get; init; }

    public RunConnection? Connection { get; init; }

    public int Lane { get; init; }

    /// <summary>For a call its line's place in the record; else −1.</summary>
    public int Line { get; init; } = -1;

    /// <summary>For a call that was recorded, that one.</summary>
    public RunCall? Call { get; init; }

    public string Text { get; init; } = "";
}

/// <summary>Puts packets, state changes and calls into one order: that in which the run was recorded, so that nothing stands above its cause.</summary>
internal static class LadderEvents
{
    /// <summary>Where nobody counted: behind what is numbered from 1, and before the next.</summary>
    private const double Behind = 0.1;

    private const double BeforeAll = 0.25;

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
        double order = sent.SentOrder == 0 ? packet.Number : sent.SentOrder;
        events.Add(new LadderEvent(sent.Sent, order, LadderEventKind.Send, packet.FromParty) { Packet = packet });
        if (sent.Ended is { } ended && sent.Fate != RunFate.NeverLeft)
        {
            double end = sent.EndedOrder == 0 ? order : sent.EndedOrder;
            events.Add(new LadderEvent(ended, end > order ? end : order + Behind, LadderEventKind.End, packet.ToParty) { Packet = packet });
        }
    }

    private static void AddChanges(List<LadderEvent> events, RunView view, (TimeSpan From, TimeSpan To) hole)
    {
        var lanes = new LadderLanes(Math.Max(1, view.Parties.Count));
        lanes.Assign(view);
        var listens = new HashSet<RunChange>(ReferenceEqualityComparer.Instance);
        foreach (RunConnection connection in view.Connections)
        {
            foreach (RunStep step in connection.Steps)
            {
                RunChange change = step.Change;
                if ((change.Peer is null && !listens.Add(change)) || (change.Time > hole.From && change.Time < hole.To))
                {
                    continue;
                }

                events.Add(new LadderEvent(change.Time, change.Order == 0 ? BeforeAll : change.Order, LadderEventKind.Change, view.PartyOf(change.Host, step.IsClient))
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
        foreach (LadderCall told in LadderCalls.Of(view.Record))
        {
            if (told.Time > hole.From && told.Time < hole.To)
            {
                continue;
            }

            RunHost host = view.Record.Hosts[told.Host];
            bool hasParty = view.Parties.Any(party => party.Host == told.Host);
            events.Add(new LadderEvent(told.Time, told.Order, LadderEventKind.Call, hasParty ? view.PartyOf(told.Host, LadderCalls.IsServers(view, told) != true) : -1)
            {
                Text = hasParty ? told.Text : $"{host.Name}{(told.Text.StartsWith('$') ? "" : ": ")}{told.Text}",
                Line = told.Line,
                Call = told.Call,
            });
        }
    }
}
