using System.Globalization;
using System.Text;

namespace Finwait.Inspect;

/// <summary>Draws a ladder in plain text, for a terminal of 110 columns.</summary>
/// <remarks>A packet that arrives before anything else is said has one line; one that crosses others has a line where it left and one where it arrived.</remarks>
internal sealed class LadderText
{
    private const int UsualMiddle = 58;

    /// <summary>Real sequence numbers have more digits, and show their sums.</summary>
    private const int RealNumbersMiddle = 68;
    private const int Side = 15;
    private const int TimeWidth = 11;

    private readonly RunView _view;
    private readonly List<Row> _rows = [];
    private readonly Dictionary<int, ViewPacket> _underWay = [];
    private readonly HashSet<int> _drawnWhereTheyLeft = [];

    private LadderText(RunView view) => _view = view;

    private int Middle => _view.Record.HasRealNumbers ? RealNumbersMiddle : UsualMiddle;

    public static string Draw(RunView view)
    {
        var drawing = new LadderText(view);
        IReadOnlyList<LadderEvent> events = LadderEvents.Of(view, LadderLayout.MostPackets, LadderLayout.FirstPackets, out int leftOut);
        TimeSpan time = TimeSpan.Zero;
        for (int i = 0; i < events.Count; i++)
        {
            if ((events[i].Time - time).TotalSeconds >= LadderLayout.LongPause)
            {
                string pause = string.Create(CultureInfo.InvariantCulture, $"+{(events[i].Time - time).TotalSeconds:0.###} s");
                drawing._rows.Add(new Row { Time = pause.PadLeft(TimeWidth - 1), Middle = drawing.Between("", ' '), Rail = ':' });
            }

            time = events[i].Time;
            drawing.Place(events[i], i + 1 < events.Count ? events[i + 1] : null, leftOut);
        }

        return drawing.Compose();
    }

    private void Place(LadderEvent happening, LadderEvent? next, int leftOut)
    {
        switch (happening.Kind)
        {
            case LadderEventKind.Call when happening.Party < 0:
                Add(happening.Time).Middle = Fit(SvgWriter.Cut(happening.Text, Middle - 2).PadLeft((Middle + Math.Min(happening.Text.Length, Middle - 2)) / 2), Middle);
                break;
            case LadderEventKind.Call:
                Add(happening.Time).Middle = IsLeft(happening.Party) ? " " + Fit(happening.Text, Middle - 1) : Fit(happening.Text, Middle - 1, toTheRight: true) + " ";
                break;
            case LadderEventKind.Change:
                PlaceChange(happening);
                break;
            case LadderEventKind.Send:
                PlaceSend(happening, next);
                break;
            case LadderEventKind.End:
                PlaceEnd(happening);
                break;
            default:
                Add(happening.Time).Middle = Between(string.Create(CultureInfo.InvariantCulture, $"  {leftOut} packets are left out"), ' ');
                break;
        }
    }

    private void PlaceChange(LadderEvent happening)
    {
        string name = DiagramTexts.Name(happening.Step!.Change.To);
        Row? last = _rows.Count > 0 ? _rows[^1] : null;
        bool isLeft = IsLeft(happening.Party);
        bool fits = last is not null && last.At == happening.Time && (isLeft ? last.Left : last.Right).Length == 0;
        Row row = fits ? last! : Add(happening.Time);
        (row.Left, row.Right) = isLeft ? (name, row.Right) : (row.Left, name);
    }

    private void PlaceSend(LadderEvent happening, LadderEvent? next)
    {
        ViewPacket packet = happening.Packet!;
        bool isLeft = IsFromLeft(packet);
        if (packet.Packet.Fate is RunFate.NeverLeft or RunFate.Lost)
        {
            Add(happening.Time).Middle = Cross(packet, isLeft);
            return;
        }

        _underWay[packet.Number] = packet;
        if (next is { Kind: LadderEventKind.End } && next.Packet == packet)
        {
            Row row = Add(happening.Time);
            row.Middle = Arrow(packet, isLeft, hasTail: true, hasHead: true);
            row.At = next.Time;
            return;
        }

        _drawnWhereTheyLeft.Add(packet.Number);
        Add(happening.Time).Middle = Arrow(packet, isLeft, hasTail: true, hasHead: false);
    }

    private void PlaceEnd(LadderEvent happening)
    {
        ViewPacket packet = happening.Packet!;
        if (!_underWay.Remove(packet.Number))
        {
            return;
        }

        if (_drawnWhereTheyLeft.Contains(packet.Number))
        {
            Add(happening.Time).Middle = Arrow(packet, IsFromLeft(packet), hasTail: false, hasHead: true);
        }

        if (packet.Packet.Fate == RunFate.Refused)
        {
            string why = "X " + packet.Packet.Why;
            (_rows[^1].Left, _rows[^1].Right) = IsLeft(packet.ToParty) ? (why, _rows[^1].Right) : (_rows[^1].Left, why);
        }
    }

    private bool IsLeft(int party) => party == 0;

    /// <summary>The parties stand in the order of the lines, routers between them.</summary>
    private bool IsFromLeft(ViewPacket packet) => packet.FromParty == packet.ToParty ? IsLeft(packet.FromParty) : packet.FromParty < packet.ToParty;

    private bool IsBetween(int party) => party > 0 && party < _view.Parties.Count - 1;

    private Row Add(TimeSpan time)
    {
        var row = new Row { At = time, Time = RunView.Seconds(time).PadLeft(TimeWidth - 1) };
        _rows.Add(row);
        return row;
    }

    /// <summary>"-- 4 ACK Seq=1 -------->", or only its first or its last half.</summary>
    private string Arrow(ViewPacket packet, bool isFromLeft, bool hasTail, bool hasHead)
    {
        string via = IsBetween(packet.FromParty) ? $"{_view.Parties[packet.FromParty].Name}: " : "";
        if (packet.FromParty != packet.ToParty && (IsBetween(packet.FromParty) || IsBetween(packet.ToParty)))
        {
            return ArrowOfRouter(packet, via, isFromLeft, hasTail, hasHead);
        }

        string label = hasTail ? $"{packet.Number} {via}{packet.Label(Middle - (packet.FromParty == packet.ToParty ? 26 : 10) - via.Length)}" : string.Create(CultureInfo.InvariantCulture, $"{packet.Number}");
        if (packet.FromParty == packet.ToParty)
        {
            string to = hasHead ? hasTail ? "to itself" : "arrives" : "leaves to itself";
            return isFromLeft ? Fit($"{(hasHead ? "<-" : "--")} {label}, {to}", Middle) : Fit($"{label}, {to} {(hasHead ? "->" : "--")}", Middle, toTheRight: true);
        }

        char tail = hasTail ? '-' : ' ';
        char head = hasHead ? '-' : ' ';
        return isFromLeft
            ? $"{tail}{tail} {label} ".PadRight(Middle - 1, head) + (hasHead ? '>' : '.')
            : (hasHead ? '<' : '.') + $" {label} {tail}{tail}".PadLeft(Middle - 1, head);
    }

    /// <summary>
    /// A router has no line of its own: what it sends begins between the lines behind its name, and what ends at it ends there before its name.
    /// </summary>
    private string ArrowOfRouter(ViewPacket packet, string via, bool isFromLeft, bool hasTail, bool hasHead)
    {
        string end = IsBetween(packet.ToParty) ? _view.Parties[packet.ToParty].Name : "";
        string label = hasTail ? $"{packet.Number} {via}{packet.Label(Middle - 12 - via.Length - end.Length)}" : string.Create(CultureInfo.InvariantCulture, $"{packet.Number}");
        char tail = hasTail ? '-' : ' ', head = hasHead ? '-' : ' ';
        string tip = hasHead ? isFromLeft ? ">" : "<" : ".";
        bool fromLine = via.Length == 0, toLine = end.Length == 0;
        int half = (Middle + Side) / 2;
        string arrow = isFromLeft
            ? $"{(fromLine ? new string(tail, 2) + " " : "")}{label} ".PadRight(half - (toLine ? 1 : end.Length + 2), head) + tip + (toLine ? "" : " " + end)
            : (toLine ? "" : end + " ") + tip + $" {label}{(fromLine ? " " + new string(tail, 2) : "")}".PadLeft(half - (toLine ? 1 : end.Length + 2), head);
        bool isAtLeft = isFromLeft ? fromLine : toLine;
        return fromLine || toLine ? Fit(arrow, Middle, toTheRight: !isAtLeft) : Between(arrow.PadLeft((Middle + arrow.Length) / 2), ' ');
    }

    private string Cross(ViewPacket packet, bool isFromLeft)
    {
        RunPacket lost = packet.Packet;
        string why = lost.Fate == RunFate.NeverLeft ? lost.Why : $"{lost.Where}: {lost.Why}";
        string label = $"{packet.Number} {packet.Label(Math.Max(12, Middle - why.Length - 12))}";
        return isFromLeft ? Fit($"-- {label} --X {why}", Middle) : Fit($"{why} X-- {label} --", Middle, toTheRight: true);
    }

    private string Between(string text, char fill) => SvgWriter.Cut(text, Middle).PadRight(Middle, fill);

    private static string Fit(string text, int width, bool toTheRight = false)
    {
        string cut = SvgWriter.Cut(text, width);
        return toTheRight ? cut.PadLeft(width) : cut.PadRight(width);
    }

    private string Compose()
    {
        var text = new StringBuilder();
        string left = _view.Parties.Count > 0 ? $"{_view.Parties[0].Name} {_view.Parties[0].Detail}" : "";
        string right = _view.Parties.Count > 1 ? $"{_view.Parties[^1].Name} {_view.Parties[^1].Detail}" : "";
        text.Append(new string(' ', TimeWidth + Side + 1)).Append(left).Append(right.PadLeft(Math.Max(right.Length + 2, Middle + 2 - left.Length))).Append('\n');
        string shown = "";
        foreach (Row row in _rows)
        {
            string time = row.Rail == '|' && row.Time == shown ? new string(' ', TimeWidth - 1) : row.Time;
            shown = row.Time;
            text.Append(time.PadRight(TimeWidth)).Append(Fit(row.Left, Side, toTheRight: true)).Append(' ').Append(row.Rail).Append(row.Middle.PadRight(Middle)).Append(row.Rail);
            text.Append(row.Right.Length > 0 ? " " + row.Right : "").Append('\n');
        }

        foreach (string note in _view.Record.Notes)
        {
            text.Append(note).Append('\n');
        }

        return text.ToString();
    }

    private sealed class Row
    {
        public TimeSpan At { get; set; }

        public string Time { get; init; } = "";

        public string Left { get; set; } = "";

        public string Middle { get; set; } = "";

        public string Right { get; set; } = "";

        public char Rail { get; init; } = '|';
    }
}
