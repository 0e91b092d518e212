namespace Finwait.Lab;

/// <summary>
/// The terminal windows that a host has: an exercise on sockets wants one for Python, one for <c>tcpdump</c> and one for <c>ss</c> and the like.
/// A line typed in a window shows its output there, and Ctrl-C there ends what was started there.
/// </summary>
public enum LabWindow : byte
{
    /// <summary>Everything in one: lines go to the program in front, whichever that is.</summary>
    Any,

    /// <summary>The Python prompt.</summary>
    Python,

    /// <summary>A shell for captures.</summary>
    Capture,

    /// <summary>A shell for everything else.</summary>
    Shell,
}
