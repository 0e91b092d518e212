namespace Finwait.Drill;

/// <summary>What is wrong with a script or its run, with the line it is about. Never leaves <see cref="DrillRunner"/>.</summary>
internal sealed class DrillFault(int line, string message) : Exception(message)
{
    public int Line { get; } = line;
}

/// <summary>The script needs something that this host cannot give. Never leaves <see cref="DrillRunner"/>.</summary>
internal sealed class DrillNeed(int line, string what) : Exception(what)
{
    public int Line { get; } = line;
}
