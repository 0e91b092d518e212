namespace Finwait.Drill;

/// <summary>Which kernel's defaults the host has.</summary>
public enum DrillPersonality
{
    /// <summary>A current Linux kernel.</summary>
    Linux,

    /// <summary>FreeBSD 14, as far as the settings reach.</summary>
    FreeBsd,
}

/// <summary>How scripts are run.</summary>
public sealed record DrillOptions
{
    /// <summary>The host's defaults. Default Linux.</summary>
    public DrillPersonality Personality { get; init; } = DrillPersonality.Linux;

    /// <summary>Seed of sequence numbers, ports and everything else that is random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Packets that the script does not name before its end fail it too. Default false: packetdrill does not look behind the last event.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Options as packetdrill's command line takes them (<c>ip_version=ipv6</c>); those of the script come after them.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Keep a line per event in <see cref="DrillResult.Log"/>.</summary>
    public bool IsVerbose { get; init; }
}

/// <summary>What became of a script.</summary>
public enum DrillOutcome
{
    /// <summary>Everything was as it should be.</summary>
    Ok,

    /// <summary>Something differs, or the script is wrong.</summary>
    Failed,

    /// <summary>It needs something that this host does not have.</summary>
    Skipped,
}

/// <summary>What became of a script.</summary>
/// <param name="File">Its name.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Line">Line of the script that <paramref name="Message"/> is about; 0 if it was ok.</param>
/// <param name="Message">What is wrong, or needed; further lines show the packets.</param>
/// <param name="Log">What the script's code printed, and one line per event and packet, if asked for.</param>
public sealed record DrillResult(string File, DrillOutcome Outcome, int Line, string Message, IReadOnlyList<string> Log)
{
    /// <summary><c>FILE: ok</c>, <c>FILE:LINE: error: …</c> or <c>FILE: skipped: needs …</c>.</summary>
    public override string ToString() => Outcome switch
    {
        DrillOutcome.Ok => $"{File}: ok",
        DrillOutcome.Skipped => $"{File}: skipped: needs {Message}",
        _ => $"{File}:{Line}: error: {Message}",
    };
}
