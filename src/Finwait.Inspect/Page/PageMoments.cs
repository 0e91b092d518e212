using System.Globalization;

namespace Finwait.Inspect;

internal enum PageMomentKind
{
    /// <summary>A line was typed for a host.</summary>
    Line,

    /// <summary>A packet left.</summary>
    Packet,

    /// <summary>An end of a connection went to its next state.</summary>
    Step,

    /// <summary>A program made a call that no typed line stands for: in a loop, a function, a file.</summary>
    Call,
}

/// <summary>A place where the cursor of a page can stand.</summary>
internal sealed record PageMoment(TimeSpan Time, PageMomentKind Kind)
{
    /// <summary>The packet that this is about, or the last one before; 0 for none yet.</summary>
    public int Packet { get; set; }

    /// <summary>The last line that was typed: its place in the record; −1 for none yet.</summary>
    public int Line { get; set; }

    /// <summary>The connection whose diagram is shown: its index; −1 for none.</summary>
    public int Connection { get; set; }

    /// <summary>Where both ends of it stand.</summary>
    public PagePlace Client { get; set; }

    public PagePlace Server { get; set; }

    public RunChange? Change { get; init; }

    public ViewPacket? Sent { get; init; }

    public int TypedLine { get; init; } = -1;
}

/// <summary>A box of the diagram: a state, or the second place of CLOSED.</summary>
internal readonly record struct PagePlace(int Box)
{
    /// <summary>The second CLOSED, where connections end.</summary>
    public static readonly PagePlace End = new(11);

    public static PagePlace After(RunChange change) => change.To == RunState.Closed && change.From is not (RunState.SynSent or RunState.Listen) ? End : new((int)change.To);
}

/// <summary>Puts what happened in a run in the one order in which the page's cursor goes through it.</summary>
internal sealed class PageMoments
{
    private readonly RunView _view;
    private readonly List<PageMoment> _moments = [];
    private readonly Dictionary<int, int> _packets = [];
    private readonly Dictionary<RunChange, int> _changes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RunCall, int> _calls = new(ReferenceEqualityComparer.Instance);
    private readonly int[] _lines;
    private int _lastWithCall = -1;

    private PageMoments(RunView view)
    {
        _view = view;
        _lines = new int[view.Record.Lines.Count];
    }

    public IReadOnlyList<PageMoment> All => _moments;

    /// <summary>Packets that are left out because there are too many.</summary>
    public int PacketsLeftOut { get; private set; }

    /// <summary>The moment in which a packet left; −1 if it is left out.</summary>
    public int OfPacket(int number) => _packets.GetValueOrDefault(number, -1);

    /// <summary>The moment of a state change; −1 if it is left out.</summary>
    public int OfChange(RunChange change) => _changes.GetValueOrDefault(change, -1);

    /// <summary>The moment of a recorded call; −1 if it is left out.</summary>
    public int OfCall(RunCall call) => _calls.GetValueOrDefault(call, -1);

    /// <summary>The moment that a line of the transcript belongs to: its own, or the last before it.</summary>
    public int OfLine(int line) => _lines[line];

    public static PageMoments Of(RunView view)
    {
        var moments = new PageMoments(view);
        moments.Merge();
        moments.Follow();
        return moments;
    }

    /// <summary>The attribute by which elements of the page know their moment; empty for none.</summary>
    public static string Attribute(int moment) => moment < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"data-m=\"{moment}\"");

    /// <summary>True for a line that somebody typed for a host: a place for the cursor.</summary>
    public static bool IsTyped(RunLine line) => line.Call.Length > 0;

    private void Merge()
    {
        IReadOnlyList<LadderEvent> events = LadderEvents.Of(_view, LadderLayout.MostPackets, LadderLayout.FirstPackets, out int leftOut);
        PacketsLeftOut = leftOut;
        IReadOnlyList<RunLine> lines = _view.Record.Lines;
        int next = 0;
        foreach (LadderEvent happening in events.Where(e => e.Kind is LadderEventKind.Send or LadderEventKind.Change || e.Call is not null))
        {
            while (next < lines.Count && IsBefore(lines[next], happening))
            {
                TakeLine(next);
                next++;
            }

            Add(happening);
        }

        for (; next < lines.Count; next++)
        {
            TakeLine(next);
        }
    }

    /// <summary>True if the line was there before something happened. Where nobody counted, what was typed or printed in one instant comes first.</summary>
    private static bool IsBefore(RunLine line, LadderEvent happening) => line.Time != happening.Time ? line.Time < happening.Time : line.Order < happening.Order;

    private void TakeLine(int index)
    {
        if (IsTyped(_view.Record.Lines[index]))
        {
            _moments.Add(new PageMoment(_view.Record.Lines[index].Time, PageMomentKind.Line) { TypedLine = index });
        }

        _lines[index] = Math.Max(0, _moments.Count - 1);
    }

    private void Add(LadderEvent happening)
    {
        if (happening.Call is { } call)
        {
            AddCall(call, happening);
        }
        else if (happening.Step is { } step)
        {
            _changes[step.Change] = _moments.Count;
            _moments.Add(new PageMoment(happening.Time, PageMomentKind.Step) { Change = step.Change });
        }
        else
        {
            _packets[happening.Packet!.Number] = _moments.Count;
            _moments.Add(new PageMoment(happening.Time, PageMomentKind.Packet) { Sent = happening.Packet });
        }
    }

    /// <summary>The first call of a line that was typed is in the line's own moment; others have theirs.</summary>
    private void AddCall(RunCall call, LadderEvent happening)
    {
        int last = _moments.Count - 1;
        bool isOfLine = last >= 0 && last != _lastWithCall && happening.Line >= 0 && _moments[last].TypedLine == happening.Line;
        if (!isOfLine)
        {
            last++;
            _moments.Add(new PageMoment(happening.Time, PageMomentKind.Call));
        }

        (_calls[call], _lastWithCall) = (last, last);
    }

    /// <summary>Goes through all moments and notes what stands at each: packet, line, connection, states.</summary>
    private void Follow()
    {
        var owners = new Dictionary<RunChange, List<(int Connection, RunStep Step)>>(ReferenceEqualityComparer.Instance);
        foreach (RunConnection connection in _view.Connections)
        {
            foreach (RunStep step in connection.Steps)
            {
                if (!owners.TryGetValue(step.Change, out List<(int, RunStep)>? list))
                {
                    owners[step.Change] = list = [];
                }

                list.Add((connection.Index, step));
            }
        }

        var places = new (PagePlace Client, PagePlace Server)[_view.Connections.Count];
        (int packet, int line, int current) = (0, -1, FirstConnection(owners));
        foreach (PageMoment moment in _moments)
        {
            int about = 0;
            line = moment.TypedLine >= 0 ? moment.TypedLine : line;
            packet = moment.Sent?.Number ?? packet;
            current = moment.Sent?.Connection?.Index ?? current;
            if (moment.Change is { } change)
            {
                List<(int Connection, RunStep Step)> by = owners[change];
                foreach ((int connection, RunStep step) in by)
                {
                    places[connection] = step.IsClient ? (PagePlace.After(change), places[connection].Server) : (places[connection].Client, PagePlace.After(change));
                }

                // A listener belongs to all connections that it takes: it does not turn the page to another.
                current = by.Exists(owner => owner.Connection == current) ? current : by[0].Connection;
                about = by[0].Step.Received;
            }

            (moment.Packet, moment.Line, moment.Connection) = (_packets.ContainsKey(about) ? about : packet, line, current);
            (moment.Client, moment.Server) = current < 0 ? default : places[current];
        }
    }

    private int FirstConnection(Dictionary<RunChange, List<(int Connection, RunStep Step)>> owners)
    {
        foreach (PageMoment moment in _moments)
        {
            if (moment.Sent?.Connection is { } connection)
            {
                return connection.Index;
            }

            if (moment.Change is { } change)
            {
                return owners[change][0].Connection;
            }
        }

        return _view.Main?.Index ?? -1;
    }
}
