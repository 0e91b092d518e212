using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>One connection of a script: its ends, and how the script's numbers become those on the wire.</summary>
internal sealed class DrillFlow
{
    public IpAddress Local { get; init; }

    public ushort LocalPort { get; set; }

    public IpAddress Remote { get; init; }

    public ushort RemotePort { get; init; }

    /// <summary>The host's handle, or −1 while nobody has accepted it.</summary>
    public int Handle { get; set; } = -1;

    /// <summary>Added to the script's numbers of our side: known when the first segment with SYN was seen.</summary>
    public uint LocalOffset { get; set; }

    public bool HasLocalOffset { get; set; }

    /// <summary>Added to the script's numbers of the other side: the runner sends them as they stand.</summary>
    public uint RemoteOffset { get; set; }

    /// <summary>The first TSval of ours: in the script and on the wire.</summary>
    public bool HasTimestamps { get; set; }

    public uint FirstScriptTimestamp { get; set; }

    public uint FirstLiveTimestamp { get; set; }

    /// <summary>TSvals of ours that the script names, and what they were.</summary>
    public Dictionary<uint, uint> Timestamps { get; } = [];

    public bool WasReset { get; set; }

    public bool FinSent { get; set; }

    public bool FinReceived { get; set; }

    /// <summary>A SYN from the other side would be that of another connection.</summary>
    public bool IsOver => WasReset || (FinSent && FinReceived);

    /// <summary>The last TSval of a script line that the peer echoes, on the wire.</summary>
    public uint EchoOnWire(uint script)
    {
        if (Timestamps.TryGetValue(script, out uint live))
        {
            return live;
        }

        return HasTimestamps ? unchecked(FirstLiveTimestamp + (script - FirstScriptTimestamp)) : script;
    }

    public uint TimestampInScript(uint live) => HasTimestamps ? unchecked(FirstScriptTimestamp + (live - FirstLiveTimestamp)) : live;
}
