namespace Finwait.Inspect;

/// <summary>Drawings of a run: text in, text out. The same record gives the same octets. The record is read once, for all drawings.</summary>
public sealed class RunDrawings
{
    private readonly RunView _view;

    /// <summary>Reads the record: packets, connections, their steps.</summary>
    /// <param name="record">The run.</param>
    public RunDrawings(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _view = RunView.Of(record);
    }

    /// <summary>The packet ladder as SVG: the hosts' states down the sides, each packet an arrow from when it left to when it arrived, losses marked with where and why.</summary>
    public string LadderSvg() => Inspect.LadderSvg.Draw(_view);

    /// <summary>The connection diagram of RFC 9293 figure 5 as SVG, with the path of each end of the connection that took most steps: client red, server blue, steps numbered in the order of time.</summary>
    public string StatesSvg() => Inspect.StatesSvg.Draw(_view);

    /// <summary>What the sender of most text saw against time, as SVG: segments, acknowledgments, the edge of the offered window, octets in flight and the congestion window.</summary>
    public string TimelineSvg() => Inspect.TimelineSvg.Draw(_view);

    /// <summary>The run as one HTML page that needs nothing but itself: ladder, state diagram, transcript, packets with their fields and octets, timeline, and one cursor that moves through all.</summary>
    /// <returns>The page. It loads nothing, and runs no script but its own, whatever the run's texts and packets hold. A long run is shown in part, and the page says what is left out.</returns>
    public string Page() => RunPage.Write(_view.Record.HasRealNumbers ? RunView.Of(_view.Record with { HasRealNumbers = false }) : _view, _view.Record.HasRealNumbers);

    /// <summary>The packet ladder in plain text, for a terminal of 110 columns: a line for each packet, call and state.</summary>
    public string LadderText() => Inspect.LadderText.Draw(_view);

    /// <summary>What the headers of the packets say, with sequence numbers counted as the ladder counts them: in the order of <see cref="RunRecord.Packets"/>.</summary>
    public static IReadOnlyList<RunPacketHeaders> Headers(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return [.. RunView.Of(record).Packets.Select(packet => new RunPacketHeaders(packet))];
    }

    /// <summary>The connection diagram in plain text: the client's steps c1, c2 …, the server's s1, s2 …, and the list of them.</summary>
    public string StatesText() => Inspect.StatesText.Draw(_view);

    /// <summary>The states that the connections went through as lines of a table: what moved which end from which state to which, and what it sent with that.</summary>
    /// <param name="onlyTeardown">Of each connection only what came from the first step out of ESTABLISHED on.</param>
    /// <returns>The lines, a table for each connection; empty if nothing changed its state.</returns>
    public IReadOnlyList<string> Transitions(bool onlyTeardown) => TransitionTable.Lines(_view, onlyTeardown);

    /// <summary>The options of each handshake as lines of a table: what either end offered, and what both agreed on.</summary>
    /// <returns>The lines; none without a handshake.</returns>
    public IReadOnlyList<string> Options() => OptionTable.Lines(_view);

    /// <summary>The packets as lines of text, in the columns that Wireshark has; numbers as the ladder has them.</summary>
    /// <param name="filter">Which packets; null for all.</param>
    /// <returns>A heading, and a line for each packet that passes.</returns>
    public IReadOnlyList<string> Packets(DisplayFilter? filter) => PacketListText.Lines(_view, filter);

    /// <summary>One packet: its headers field by field with the names that display filters have for them, and its octets; or one of its fields with what it means.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="field">The name of a field in display filters; null for all.</param>
    /// <returns>The lines; null if the run has no such packet, none if the packet has no such field.</returns>
    public IReadOnlyList<string>? Packet(int number, string? field = null)
    {
        if (number < 1 || number > _view.Packets.Count)
        {
            return null;
        }

        ViewPacket packet = _view.Packets[number - 1];
        return field is null ? PacketDetailText.Lines(_view, packet)
            : FieldCatalogue.Find(field) is { } info ? PacketDetailText.Lines(_view, packet, info) : [];
    }
}
