namespace Finwait.Inspect;

/// <summary>A packet of the ladder in its place.</summary>
internal sealed class LadderArrow
{
    public required ViewPacket Packet { get; init; }

    public required double FromX { get; init; }

    public required double FromY { get; init; }

    /// <summary>Where it ends: at the other line, or where it was lost.</summary>
    public double ToX { get; set; }

    public double ToY { get; set; }

    public string Label { get; set; } = "";

    /// <summary>The same with the numbers of the packet itself; empty where only one label is drawn.</summary>
    public string RealLabel { get; set; } = "";

    /// <summary>Characters of the longer one.</summary>
    public int LabelLength => Math.Max(Label.Length, RealLabel.Length);

    public double LabelX { get; set; }

    public double LabelY { get; set; }

    /// <summary>Degrees.</summary>
    public double Angle { get; set; }

    /// <summary>Behind the cross: where and why it was lost; empty if it was not lost between the lines.</summary>
    public string LossText { get; set; } = "";

    /// <summary>How far what a host sends to itself goes out from its line, pixels.</summary>
    public const double Reach = 34;

    /// <summary>True for what a host sends to itself.</summary>
    public bool IsToItself => Packet.FromParty == Packet.ToParty;

    /// <summary>1 if the paper lies to the right of the sender's line, −1 if to the left.</summary>
    public int Side => LadderLayout.IsLeft(Packet.FromParty) ? 1 : -1;

    public bool IsLeftToRight => IsToItself ? Side > 0 : ToX > FromX;
}

/// <summary>A line of text beside a party's line.</summary>
/// <param name="Party">The party; −1 for a text between the lines, of a machine that has none.</param>
/// <param name="Y">Its baseline.</param>
/// <param name="Kind">What it is: a state, a call, or a packet that was refused.</param>
/// <param name="Text">The text.</param>
/// <param name="About">The event that it tells of.</param>
internal sealed record LadderNote(int Party, double Y, LadderNoteKind Kind, string Text, LadderEvent About);

internal enum LadderNoteKind
{
    State,
    Call,
    Lost,
}

/// <summary>How long a connection was in a state: a bar along a party's line.</summary>
internal sealed record LadderBar(int Party, int Lane, double FromY, double ToY, RunState State);

/// <summary>A place where nothing happens for long and the scale is compressed.</summary>
internal sealed record LadderGap(double FromY, double ToY, string Text);

/// <summary>A time in the margin of a party.</summary>
internal sealed record LadderTime(int Party, double Y, string Text);

/// <summary>
/// Finds a place for everything on a ladder. Time runs down, compressed: what happens gets room, what does not gets little. Two texts never stand
/// in one place: those beside a line push each other down, those on arrows look for a free place along their arrow.
/// </summary>
internal sealed class LadderLayout
{
    public const double LabelSize = 11;
    public const double NoteSize = 11;
    public const double TimeSize = 10;
    public const double LaneWidth = 7;

    /// <summary>Most packets drawn; of a longer run the first and the last.</summary>
    public const int MostPackets = 400;

    /// <summary>How many of them are the first.</summary>
    public const int FirstPackets = 300;

    private const double TimeWidth = 70;
    private const double Margin = 14;
    private const double Top = 92;
    private const double NoteStep = 15;
    private const double SendStep = 18;
    private const double TimeStep = 12;
    private const double ArrivalStep = 17;
    private const double GapHeight = 28;

    /// <summary>A time without events from which on ladders show a pause, seconds.</summary>
    public const double LongPause = 0.25;

    private readonly RunView _view;
    private readonly double[] _noteY;
    private readonly double[] _timeY;
    private readonly string[] _timeText;
    private readonly double[] _arrivalY;
    private readonly List<LadderArrow> _arrows = [];
    private readonly List<LadderNote> _notes = [];
    private readonly List<LadderBar> _bars = [];
    private readonly List<LadderGap> _gaps = [];
    private readonly List<LadderTime> _times = [];
    private readonly Dictionary<int, LadderArrow> _open = [];
    private readonly LadderLanes _lanes;
    private readonly double _side;
    private double _y = Top;
    private double _lastSend = Top - SendStep;

    private LadderLayout(RunView view, double span, double side)
    {
        _view = view;
        (Span, _side) = (span, side);
        int parties = Math.Max(1, view.Parties.Count);
        _noteY = [.. Enumerable.Repeat(Top - NoteStep, parties)];
        _timeY = [.. Enumerable.Repeat(Top - TimeStep, parties)];
        _timeText = new string[parties];
        _arrivalY = [.. Enumerable.Repeat(Top - ArrivalStep, parties)];
        _lanes = new LadderLanes(parties);
        Width = (2 * (Margin + TimeWidth + side)) + ((parties - 1) * Span);
    }

    /// <summary>From one party's line to the next's, pixels.</summary>
    public double Span { get; }

    public double Width { get; }

    public double Height { get; private set; }

    /// <summary>Where the lines end.</summary>
    public double Bottom { get; private set; }

    public IReadOnlyList<LadderArrow> Arrows => _arrows;

    public IReadOnlyList<LadderNote> Notes => _notes;

    public IReadOnlyList<LadderBar> Bars => _bars;

    public IReadOnlyList<LadderGap> Gaps => _gaps;

    public IReadOnlyList<LadderTime> Times => _times;

    /// <summary>Sentences below the drawing.</summary>
    public IReadOnlyList<string> Footer { get; private set; } = [];

    /// <summary>Finds the places.</summary>
    /// <param name="view">The run.</param>
    /// <param name="span">From line to line, pixels.</param>
    /// <param name="side">Room for the texts beside the outer lines, pixels.</param>
    public static LadderLayout Of(RunView view, double span = 620, double side = 260, bool hasBothNumbers = false)
    {
        var layout = new LadderLayout(view, span, side) { HasBothNumbers = hasBothNumbers };
        layout.PlaceAll();
        return layout;
    }

    /// <summary>True if labels with real numbers are placed too, for a reader who changes between them.</summary>
    public bool HasBothNumbers { get; private init; }

    public double LineX(int party) => Margin + TimeWidth + _side + (party * Span);

    /// <summary>True if what belongs to the party stands at the left of its line.</summary>
    public static bool IsLeft(int party) => party == 0;

    /// <summary>Where the texts beside a party's line begin, or end on the left side.</summary>
    public double NoteX(int party) => party < 0 ? (LineX(0) + LineX(_view.Parties.Count - 1)) / 2 : LineX(party) + ((IsLeft(party) ? -1 : 1) * (10 + (_lanes.Count(party) * LaneWidth)));

    public double TimeX(int party) => IsLeft(party) ? Margin : Width - Margin;

    public bool HasTimes(int party) => party == 0 || party == _view.Parties.Count - 1;

    /// <summary>Characters that fit beside a line.</summary>
    private int NoteRoom(int party) => (int)((_side - 12 - (_lanes.Count(party) * LaneWidth)) / (NoteSize * SvgWriter.CharacterWidth));

    private void PlaceAll()
    {
        IReadOnlyList<LadderEvent> events = LadderEvents.Of(_view, MostPackets, FirstPackets, out int leftOut);
        _lanes.Assign(_view);
        TimeSpan? before = null;
        foreach (LadderEvent happening in events)
        {
            if (before is { } last)
            {
                Pass(happening.Time - last, happening.Time);
            }

            before = happening.Time;
            Place(happening);
        }

        Bottom = Math.Max(_y, _noteY.Max()) + 26;
        _lanes.End(Bottom - 8, _bars);
        foreach (LadderArrow arrow in _open.Values)
        {
            (arrow.ToX, arrow.ToY) = (arrow.FromX + ((arrow.ToX - arrow.FromX) * 0.55), Math.Min(Bottom - 6, arrow.FromY + 22));
            arrow.LossText = "under way";
        }

        LadderLabels.Place(this);
        var footer = new List<string>();
        if (leftOut > 0)
        {
            footer.Add($"{leftOut} packets between number {FirstPackets} and number {_view.Packets.Count - (MostPackets - FirstPackets) + 1} are left out of this drawing");
        }

        footer.AddRange(_view.Record.Notes);
        Footer = footer;
        Height = Bottom + 38 + (16 * footer.Count);
    }

    /// <summary>Room for the time between two events.</summary>
    private void Pass(TimeSpan time, TimeSpan until)
    {
        if (time.TotalSeconds >= LongPause)
        {
            double from = Math.Max(_y + 6, _timeY.Max() + 4);
            _gaps.Add(new LadderGap(from, from + GapHeight - 6, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"+{time.TotalSeconds:0.###} s")));
            _y = from + GapHeight;
            _ = until;
        }
        else if (time > TimeSpan.Zero)
        {
            _y += Math.Min(16, 3 * Math.Log10(1 + (time.TotalMicroseconds / 10)));
        }
    }

    private void Place(LadderEvent happening)
    {
        switch (happening.Kind)
        {
            case LadderEventKind.Call when happening.Party < 0:
                PlaceBetween(happening);
                break;
            case LadderEventKind.Call:
                PlaceNote(happening.Party, LadderNoteKind.Call, happening.Text, happening, isNew: true);
                break;
            case LadderEventKind.Change:
                PlaceChange(happening);
                break;
            case LadderEventKind.Send:
                PlaceSend(happening.Packet!);
                break;
            case LadderEventKind.End:
                PlaceEnd(happening);
                break;
            default:
                _y += 10;
                _gaps.Add(new LadderGap(_y, _y + GapHeight, "left out"));
                _y += GapHeight + 10;
                break;
        }
    }

    private double PlaceNote(int party, LadderNoteKind kind, string text, LadderEvent about, bool isNew)
    {
        double y = Math.Max(isNew ? _y + 4 : _y, _noteY[party] + NoteStep);
        _noteY[party] = y;
        _y = Math.Max(_y, y);
        _notes.Add(new LadderNote(party, y, kind, SvgWriter.Cut(text, NoteRoom(party)), about));
        PlaceTime(party, y, about.Time);
        return y;
    }

    /// <summary>A text that belongs to no line stands where no arrow is: under all before, above all that follow.</summary>
    private void PlaceBetween(LadderEvent about)
    {
        double y = _y + 16;
        _notes.Add(new LadderNote(-1, y, LadderNoteKind.Call, SvgWriter.Cut(about.Text, (int)(Span / (NoteSize * SvgWriter.CharacterWidth)) - 4), about));
        PlaceTime(0, y, about.Time);
        (_y, _lastSend) = (y + 6, Math.Max(_lastSend, y));
    }

    private void PlaceTime(int party, double y, TimeSpan time)
    {
        string text = RunView.Seconds(time);
        if (HasTimes(party) && y >= _timeY[party] + TimeStep && text != _timeText[party])
        {
            (_timeY[party], _timeText[party]) = (y, text);
            _times.Add(new LadderTime(party, y, text));
        }
    }

    private void PlaceChange(LadderEvent happening)
    {
        RunStep step = happening.Step!;
        string name = DiagramTexts.Name(step.Change.To);
        string text = _view.Connections.Count > 1 && happening.Connection is { Client.Port: > 0 } of
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $":{of.Client.Port} {name}") : name;
        double y = PlaceNote(happening.Party, LadderNoteKind.State, text, happening, isNew: false);
        _lanes.Change(happening.Party, happening.Lane, y, step.Change.To, _bars);
    }

    private void PlaceSend(ViewPacket packet)
    {
        double y = Math.Max(Math.Max(_y + 3, _lastSend + SendStep), _noteY[packet.FromParty] > _y - 1 ? _noteY[packet.FromParty] + 6 : 0);
        _lastSend = y;
        _y = y;
        var arrow = new LadderArrow { Packet = packet, FromX = LineX(packet.FromParty), FromY = y, ToX = LineX(packet.ToParty), ToY = y };
        _arrows.Add(arrow);
        _open[packet.Number] = arrow;
        PlaceTime(packet.FromParty, y, packet.Packet.Sent);
        if (packet.Packet.Fate == RunFate.NeverLeft)
        {
            _open.Remove(packet.Number);
            arrow.ToX = arrow.FromX + ((arrow.IsLeftToRight ? 1 : -1) * 26);
            arrow.LossText = LossOf(packet.Packet);
        }
    }

    private void PlaceEnd(LadderEvent happening)
    {
        ViewPacket packet = happening.Packet!;
        if (!_open.Remove(packet.Number, out LadderArrow? arrow))
        {
            return;
        }

        RunPacket sent = packet.Packet;
        if (sent.Fate == RunFate.Lost)
        {
            arrow.ToX = arrow.FromX + ((arrow.ToX - arrow.FromX) * Math.Clamp(sent.Way, 0.2, 0.8));
            arrow.ToY = arrow.FromY + 8;
            arrow.LossText = LossOf(sent);
            _y = Math.Max(_y, arrow.ToY);
            return;
        }

        double y = Math.Max(Math.Max(arrow.FromY + 10, _y), _arrivalY[packet.ToParty] + ArrivalStep);
        _arrivalY[packet.ToParty] = y;
        arrow.ToY = y;
        _y = y;
        PlaceTime(packet.ToParty, y, sent.Ended!.Value);
        if (sent.Fate == RunFate.Refused)
        {
            PlaceNote(packet.ToParty, LadderNoteKind.Lost, "✕ " + sent.Why, happening, isNew: false);
        }
    }

    private static string LossOf(RunPacket packet) => packet.Fate == RunFate.NeverLeft ? packet.Why : $"{packet.Where}: {packet.Why}";
}
