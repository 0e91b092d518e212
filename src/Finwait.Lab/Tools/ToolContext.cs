using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>What a printing command knows besides its data: the time, the paper, the names.</summary>
public sealed class ToolContext
{
    /// <summary>Time since the host started; all "so long ago" and "so long until" are counted from here.</summary>
    public Instant Now { get; init; }

    /// <summary>Columns of the terminal the text goes to; <c>null</c> (the default) if it goes to a file or a pipe.</summary>
    public int? TerminalWidth { get; init; }

    /// <summary>Names of hosts and services. Default: services by Debian's list, no hosts.</summary>
    public ToolNames Names { get; init; } = ToolNames.ServicesOnly;
}
