namespace Finwait.Stack;

/// <summary>What the host counts: every drop by its reason, and the usual numbers of <c>netstat -s</c>. Counts only go up.</summary>
public sealed class HostCounters
{
    private readonly long[] _drops = new long[Enum.GetValues<DropReason>().Length];

    /// <summary>Packets thrown away for one reason.</summary>
    public long this[DropReason reason] => _drops[(int)reason];

    /// <summary>Packets thrown away for any reason.</summary>
    public long TotalDrops
    {
        get
        {
            long sum = 0;
            foreach (long count in _drops)
            {
                sum += count;
            }

            return sum;
        }
    }

    // ---- IP (both versions)

    /// <summary>Frames that interfaces received, damaged ones included.</summary>
    public long FramesReceived { get; internal set; }

    /// <summary>Frames handed to links.</summary>
    public long FramesSent { get; internal set; }

    /// <summary>IP packets received, damaged ones included.</summary>
    public long IpReceived { get; internal set; }

    /// <summary>IP packets delivered to a protocol of this host.</summary>
    public long IpDelivered { get; internal set; }

    /// <summary>IP packets that this host made itself.</summary>
    public long IpSent { get; internal set; }

    /// <summary>IP packets forwarded.</summary>
    public long IpForwarded { get; internal set; }

    /// <summary>Fragments received.</summary>
    public long FragmentsReceived { get; internal set; }

    /// <summary>Datagrams put together from fragments.</summary>
    public long Reassembled { get; internal set; }

    /// <summary>Datagrams given up before all fragments came.</summary>
    public long ReassemblyFailed { get; internal set; }

    /// <summary>Fragments made of packets that were too large.</summary>
    public long FragmentsSent { get; internal set; }

    // ---- ICMP (both versions)

    public long IcmpReceived { get; internal set; }

    public long IcmpErrorsReceived { get; internal set; }

    public long IcmpErrorsSent { get; internal set; }

    public long EchoRequestsReceived { get; internal set; }

    public long EchoRepliesSent { get; internal set; }

    // ---- ARP and neighbour discovery

    public long ArpRequestsSent { get; internal set; }

    public long ArpRepliesSent { get; internal set; }

    public long ArpReceived { get; internal set; }

    public long NeighborSolicitationsSent { get; internal set; }

    public long NeighborAdvertisementsSent { get; internal set; }

    /// <summary>Frames in which another station used one of our addresses.</summary>
    public long AddressConflicts { get; internal set; }

    /// <summary>Records single drops; see <see cref="Host.DropTap"/>.</summary>
    internal DropTap? Tap { get; set; }

    internal void Drop(DropReason reason)
    {
        _drops[(int)reason]++;
        Tap?.Add(reason);
    }

    /// <summary>Counts a drop, with what was compared to what.</summary>
    internal void Drop(DropReason reason, long value, long limit)
    {
        _drops[(int)reason]++;
        Tap?.Add(reason, value, limit);
    }

    internal void Drop(DropReason reason, int count) => _drops[(int)reason] += count;
}
