using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>What a printing command knows besides its data: the time, the paper, the names.</summary>
public sealed class ToolContext
{
    /// <summary>Time since the host started; all "so long ago" and "so long until" are counted from here.</summary>
    public Instant Now { get; init; }

    /// <summary>Columns of the terminal the text goes to; <c>null</c> (the default) if it goes to a file or a pipe.</summary>
    public int? TerminalWidth { get; init; }

    /// <summary>The host's wall clock for tools that print a date: seconds since 1970-01-01 00:00:00 UTC, not negative. Default 0.</summary>
    public long UnixSeconds { get; init; }

    /// <summary>Names of hosts and services. Default: services by Debian's list, no hosts.</summary>
    public ToolNames Names { get; init; } = ToolNames.ServicesOnly;

    /// <summary>The kind of queue that <c>tc</c> gave an interface; null for the usual one.</summary>
    internal Func<string, string?> QueueOf { get; init; } = _ => null;
}
