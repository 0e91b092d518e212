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
}
