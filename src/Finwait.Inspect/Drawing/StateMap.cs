namespace Finwait.Inspect;

/// <summary>A place of the diagram.</summary>
/// <param name="X">Middle of the box, pixels.</param>
/// <param name="Y">Middle of the box, pixels.</param>
internal readonly record struct MapPoint(double X, double Y);

/// <summary>An arrow of the connection diagram.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Text">What moves a connection along it, and what is sent on the way.</param>
/// <param name="Start">On the edge of the first box.</param>
/// <param name="Bend">The control point of its curve; the middle of both ends for a straight one.</param>
/// <param name="End">On the edge of the second box.</param>
/// <param name="Label">Where its text is.</param>
/// <param name="Anchor">start, middle or end.</param>
internal sealed record MapArrow(RunState From, RunState To, string Text, MapPoint Start, MapPoint Bend, MapPoint End, MapPoint Label, string Anchor)
{
    /// <summary>A place on the curve, 0 at its start, 1 at its end.</summary>
    public MapPoint At(double t)
    {
        double u = 1 - t;
        return new((u * u * Start.X) + (2 * u * t * Bend.X) + (t * t * End.X), (u * u * Start.Y) + (2 * u * t * Bend.Y) + (t * t * End.Y));
    }
}

/// <summary>Where the states and arrows of the connection diagram stand: those of RFC 9293 figure 5, and the two of its notes.</summary>
/// <remarks>As there, CLOSED stands at the top, where connections begin, and again at the bottom, where they end.</remarks>
internal static class StateMap
{
    public const double Width = 860;
    public const double Height = 810;
    public const double BoxWidth = 132;
    public const double BoxHeight = 34;

    /// <summary>The second place of CLOSED.</summary>
    public static readonly MapPoint End = new(690, 760);

    private static readonly MapPoint[] s_places =
    [
        new(430, 60), new(430, 180), new(690, 290), new(170, 290), new(430, 390), new(170, 490), new(170, 760), new(690, 490), new(430, 625), new(690, 640), new(430, 760),
    ];

    public static IReadOnlyList<MapArrow> Arrows { get; } =
    [
        Straight(RunState.Closed, RunState.Listen, "listen()", 410, 77, 410, 163, -8, 0),
        Straight(RunState.Listen, RunState.Closed, "close()", 450, 163, 450, 77, 8, 0),
        Straight(RunState.Closed, RunState.SynSent, "connect() / snd SYN", 496, 64, 668, 273, 10, -24),
        Curved(RunState.SynSent, RunState.Closed, "close(), RST or timeout", 724, 273, 770, 80, 496, 50, 712, 108),
        Straight(RunState.Listen, RunState.SynSent, "send() / snd SYN", 496, 190, 640, 273, -62, 4, "middle"),
        Straight(RunState.Listen, RunState.SynReceived, "rcv SYN / snd SYN,ACK", 364, 176, 176, 273, -10, -18, "end"),
        Straight(RunState.SynReceived, RunState.Listen, "rcv RST", 214, 273, 382, 197, 24, 20),
        Straight(RunState.SynSent, RunState.SynReceived, "rcv SYN / snd SYN,ACK", 624, 290, 236, 290, 0, -8, "middle"),
        Straight(RunState.SynReceived, RunState.Established, "rcv ACK of SYN", 210, 307, 366, 376, 6, -10),
        Straight(RunState.SynSent, RunState.Established, "rcv SYN,ACK / snd ACK", 650, 307, 494, 376, 8, 12),
        Straight(RunState.SynReceived, RunState.FinWait1, "close() / snd FIN", 150, 307, 150, 473, -8, 0),
        Straight(RunState.Established, RunState.FinWait1, "close() / snd FIN", 364, 400, 215, 473, 12, 16),
        Straight(RunState.Established, RunState.CloseWait, "rcv FIN / snd ACK", 496, 400, 645, 473, 12, -8),
        Straight(RunState.FinWait1, RunState.FinWait2, "rcv ACK of FIN", 150, 507, 150, 743, -8, 0),
        Straight(RunState.FinWait1, RunState.Closing, "rcv FIN / snd ACK", 236, 500, 366, 612, 10, -14),
        Straight(RunState.FinWait1, RunState.TimeWait, "rcv FIN,ACK / snd ACK", 196, 507, 388, 743, -6, 30, "middle"),
        Straight(RunState.FinWait2, RunState.TimeWait, "rcv FIN / snd ACK", 236, 760, 364, 760, 0, 34, "middle"),
        Straight(RunState.Closing, RunState.TimeWait, "rcv ACK of FIN", 430, 642, 430, 743, 8, 0),
        Straight(RunState.CloseWait, RunState.LastAck, "close() / snd FIN", 690, 507, 690, 623, 8, 0),
        Straight(RunState.LastAck, RunState.Closed, "rcv ACK of FIN", 690, 657, 690, 743, 8, 0),
        Straight(RunState.TimeWait, RunState.Closed, "timeout, 2 MSL", 496, 760, 624, 760, 0, 34, "middle"),
    ];

    /// <summary>Where a state stands; CLOSED at the top.</summary>
    public static MapPoint PlaceOf(RunState state) => s_places[(int)state];

    /// <summary>The arrow of a step; null for one that the diagram does not have, as a reset.</summary>
    public static MapArrow? ArrowOf(RunChange change)
    {
        bool isDrawn = change.Trigger is not (RunTrigger.ReceivedReset or RunTrigger.ReceivedError or RunTrigger.Abort or RunTrigger.GaveUp)
            || (change.From, change.To) is (RunState.SynSent, RunState.Closed) or (RunState.SynReceived, RunState.Listen);
        return isDrawn ? Arrows.FirstOrDefault(arrow => arrow.From == change.From && arrow.To == change.To) : null;
    }

    private static MapArrow Straight(RunState from, RunState to, string text, double x1, double y1, double x2, double y2, double labelX, double labelY, string? anchor = null)
    {
        MapPoint middle = new((x1 + x2) / 2, (y1 + y2) / 2);
        return new(from, to, text, new(x1, y1), middle, new(x2, y2), new(middle.X + labelX, middle.Y + labelY + 4), anchor ?? (labelX < 0 ? "end" : "start"));
    }

    private static MapArrow Curved(RunState from, RunState to, string text, double x1, double y1, double bendX, double bendY, double x2, double y2, double labelX, double labelY) =>
        new(from, to, text, new(x1, y1), new(bendX, bendY), new(x2, y2), new(labelX, labelY), "start");
}
