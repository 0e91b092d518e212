using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>A segment with text, by its octets' numbers from the start of the direction.</summary>
/// <param name="Time">When it left, seconds since the start of the run.</param>
/// <param name="From">First octet.</param>
/// <param name="To">Behind its last octet.</param>
/// <param name="IsAgain">True if some of it had been sent before.</param>
/// <param name="Number">The packet's number.</param>
internal readonly record struct TimelineSegment(double Time, long From, long To, bool IsAgain, int Number);

/// <summary>A value from a moment on.</summary>
internal readonly record struct TimelineStep(double Time, long Value);

/// <summary>What one sender saw of the direction with most text of a run: sequence numbers against time.</summary>
internal sealed class Timeline
{
    private readonly List<TimelineSegment> _segments = [];
    private readonly List<TimelineStep> _acknowledged = [];
    private readonly List<TimelineStep> _edge = [];
    private readonly List<TimelineStep> _flight = [];
    private long _una = 1;
    private long _nxt = 1;

    private Timeline(RunConnection connection, bool isClient) => (Connection, IsClient) = (connection, isClient);

    public RunConnection Connection { get; }

    /// <summary>True if the client is the sender.</summary>
    public bool IsClient { get; }

    public IReadOnlyList<TimelineSegment> Segments => _segments;

    /// <summary>SND.UNA.</summary>
    public IReadOnlyList<TimelineStep> Acknowledged => _acknowledged;

    /// <summary>The right edge of the window that the receiver offers: SND.UNA + SND.WND.</summary>
    public IReadOnlyList<TimelineStep> Edge => _edge;

    /// <summary>SND.NXT − SND.UNA.</summary>
    public IReadOnlyList<TimelineStep> Flight => _flight;

    /// <summary>cwnd, octets.</summary>
    public IReadOnlyList<TimelineStep> CongestionWindow { get; private set; } = [];

    /// <summary>Behind the last octet that was sent.</summary>
    public long Sent => _nxt;

    /// <summary>The first and the last moment of the connection, seconds.</summary>
    public double Begin { get; private set; } = double.MaxValue;

    public double End { get; private set; }

    /// <summary>The direction with most text; null if nobody sent any.</summary>
    public static Timeline? Of(RunView view)
    {
        var chosen = view.Packets.Where(packet => packet.Connection is not null && packet.Facts.Length > 0)
            .GroupBy(packet => (packet.Connection!.Index, packet.IsFromClient))
            .Select(group => (group.First().Connection, group.Key.IsFromClient, Octets: group.Sum(packet => (long)packet.Facts.Length)))
            .OrderByDescending(direction => direction.Octets).FirstOrDefault();
        if (chosen.Connection is not { } connection)
        {
            return null;
        }

        var timeline = new Timeline(connection, chosen.IsFromClient);
        timeline.Read(view);
        return timeline;
    }

    private void Read(RunView view)
    {
        uint iss = (IsClient ? Connection.ClientIss : Connection.ServerIss) ?? 0;
        ViewPacket[] own = [.. view.Packets.Where(packet => packet.Connection == Connection)];
        int scale = ScaleOf(own);
        var events = new List<(TimeSpan Time, ulong Frame, bool IsSent, ViewPacket Packet)>();
        foreach (ViewPacket packet in own)
        {
            bool isSent = packet.IsFromClient == IsClient;
            if (isSent)
            {
                events.Add((packet.Packet.Sent, packet.Packet.SentFrame, true, packet));
            }
            else if (packet.Packet is { Fate: RunFate.Arrived, Ended: { } arrived })
            {
                events.Add((arrived, packet.Packet.EndedFrame, false, packet));
            }
        }

        foreach ((TimeSpan time, _, bool isSent, ViewPacket packet) in events.OrderBy(happening => happening.Time).ThenBy(happening => happening.Frame))
        {
            double seconds = time.TotalSeconds;
            (Begin, End) = (Math.Min(Begin, seconds), Math.Max(End, seconds));
            if (isSent)
            {
                TakeSent(seconds, packet, iss);
            }
            else if (packet.Facts.Has(TcpFlags.Ack) && !packet.Facts.Has(TcpFlags.Rst))
            {
                TakeAcknowledgment(seconds, packet.Facts, iss, packet.Facts.Has(TcpFlags.Syn) ? 0 : scale);
            }
        }

        (RunEnd local, RunEnd peer) = IsClient ? (Connection.Client, Connection.Server) : (Connection.Server, Connection.Client);
        CongestionWindow = [.. view.Record.Samples.Where(sample => sample.Local == local && sample.Peer == peer && sample.Time.TotalSeconds >= Begin && sample.Time.TotalSeconds <= End)
            .Select(sample => new TimelineStep(sample.Time.TotalSeconds, sample.CongestionWindow))];
    }

    /// <summary>The shift of the receiver's windows: its SYN's option, if both SYNs had one (RFC 7323 §2.2).</summary>
    private int ScaleOf(ViewPacket[] own)
    {
        PacketFacts? SynOf(bool isClient) => own.FirstOrDefault(packet => packet.IsFromClient == isClient && packet.Facts.Has(TcpFlags.Syn))?.Facts;
        return SynOf(IsClient) is { } sender && SynOf(!IsClient) is { } receiver && sender.Options.Has(TcpOptionPresence.WindowScale) && receiver.Options.Has(TcpOptionPresence.WindowScale)
            ? Math.Min((int)receiver.Options.WindowScale, 14) : 0;
    }

    /// <summary>A sequence number as a count from the start: the one nearest to what is known.</summary>
    private static long Unwrap(uint number, uint iss, long near) => near + unchecked((int)(number - iss - (uint)near));

    private void TakeSent(double time, ViewPacket packet, uint iss)
    {
        long from = Unwrap(packet.Facts.Seq, iss, _nxt) + (packet.Facts.Has(TcpFlags.Syn) ? 1 : 0);
        long to = from + packet.Facts.Length;
        if (packet.Facts.Length > 0)
        {
            _segments.Add(new TimelineSegment(time, from, to, from < _nxt, packet.Number));
        }

        if (to > _nxt)
        {
            _nxt = to;
            _flight.Add(new TimelineStep(time, _nxt - _una));
        }
    }

    private void TakeAcknowledgment(double time, PacketFacts facts, uint iss, int scale)
    {
        // The FIN's number is no octet: what it acknowledges ends at the last one.
        long acknowledged = Math.Min(Unwrap(facts.Ack, iss, _una), _nxt);
        if (acknowledged > _una || _acknowledged.Count == 0)
        {
            _una = Math.Max(_una, acknowledged);
            _acknowledged.Add(new TimelineStep(time, _una));
            _flight.Add(new TimelineStep(time, _nxt - _una));
        }

        long edge = _una + ((long)facts.RawWindow << scale);
        if (_edge.Count == 0 || _edge[^1].Value != edge)
        {
            _edge.Add(new TimelineStep(time, edge));
        }
    }
}
