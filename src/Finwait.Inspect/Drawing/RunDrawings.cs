namespace Finwait.Inspect;

/// <summary>Drawings of a run: text in, text out. The same record gives the same octets.</summary>
public static class RunDrawings
{
    /// <summary>The packet ladder as SVG: the hosts' states down the sides, each packet an arrow from when it left to when it arrived, losses marked with where and why.</summary>
    public static string LadderSvg(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Inspect.LadderSvg.Draw(RunView.Of(record));
    }

    /// <summary>The states that the connections went through as lines of a table: what moved which end from which state to which, and what it sent with that.</summary>
    /// <param name="record">The run.</param>
    /// <param name="onlyTeardown">Of each connection only what came from the first step out of ESTABLISHED on.</param>
    /// <returns>The lines, a table for each connection; empty if nothing changed its state.</returns>
    public static IReadOnlyList<string> Transitions(RunRecord record, bool onlyTeardown)
    {
        ArgumentNullException.ThrowIfNull(record);
        return TransitionTable.Lines(RunView.Of(record), onlyTeardown);
    }

    /// <summary>The connection diagram of RFC 9293 figure 5 as SVG, with the path of each end of the connection that took most steps: client red, server blue, steps numbered in the order of time.</summary>
    public static string StatesSvg(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Inspect.StatesSvg.Draw(RunView.Of(record));
    }

    /// <summary>What the sender of most text saw against time, as SVG: segments, acknowledgments, the edge of the offered window, octets in flight and the congestion window.</summary>
    public static string TimelineSvg(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Inspect.TimelineSvg.Draw(RunView.Of(record));
    }

    /// <summary>The packet ladder in plain text, for a terminal of 110 columns: a line for each packet, call and state.</summary>
    public static string LadderText(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Inspect.LadderText.Draw(RunView.Of(record));
    }

    /// <summary>What the headers of the packets say, with sequence numbers counted as the ladder counts them: in the order of <see cref="RunRecord.Packets"/>.</summary>
    public static IReadOnlyList<RunPacketHeaders> Headers(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return [.. RunView.Of(record).Packets.Select(packet => new RunPacketHeaders(packet))];
    }

    /// <summary>The connection diagram in plain text: the client's steps c1, c2 …, the server's s1, s2 …, and the list of them.</summary>
    public static string StatesText(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Inspect.StatesText.Draw(RunView.Of(record));
    }
}
