namespace Finwait.Sim;

/// <summary>What became of a frame that was given to a link, or came out of it.</summary>
public enum LinkOutcome : byte
{
    /// <summary>Taken: it will arrive.</summary>
    Queued,

    /// <summary>Lost by the loss model.</summary>
    LostByModel,

    /// <summary>Dropped because the link held as many frames as its limit.</summary>
    LostByLimit,

    /// <summary>Dropped by a fault rule.</summary>
    LostByRule,

    /// <summary>Dropped because the link was cut.</summary>
    LostByCut,

    /// <summary>It arrived.</summary>
    Delivered,
}

/// <summary>What one direction of a link counted.</summary>
public sealed class LinkCounters
{
    /// <summary>Frames given to the link.</summary>
    public long Offered { get; internal set; }

    /// <summary>Octets of the frames given to the link.</summary>
    public long OctetsOffered { get; internal set; }

    /// <summary>Frames that came out, copies included.</summary>
    public long Delivered { get; internal set; }

    /// <summary>Octets of the frames that came out.</summary>
    public long OctetsDelivered { get; internal set; }

    /// <summary>Frames the loss model took.</summary>
    public long LostByModel { get; internal set; }

    /// <summary>Frames that found the queue full.</summary>
    public long LostByLimit { get; internal set; }

    /// <summary>Frames a fault rule took.</summary>
    public long LostByRule { get; internal set; }

    /// <summary>Frames lost because the link was cut, those that were under way then included.</summary>
    public long LostByCut { get; internal set; }

    /// <summary>Copies made; each then counts as lost or delivered like any frame.</summary>
    public long Duplicated { get; internal set; }

    /// <summary>Frames in which bits were flipped.</summary>
    public long Corrupted { get; internal set; }

    /// <summary>Frames that skipped the delay.</summary>
    public long Reordered { get; internal set; }

    /// <summary>Frames marked "congestion experienced" instead of being lost.</summary>
    public long Marked { get; internal set; }

    /// <summary>All frames lost, whatever the reason.</summary>
    public long Lost => LostByModel + LostByLimit + LostByRule + LostByCut;

    internal void Count(LinkOutcome outcome)
    {
        switch (outcome)
        {
            case LinkOutcome.LostByModel:
                LostByModel++;
                break;
            case LinkOutcome.LostByLimit:
                LostByLimit++;
                break;
            case LinkOutcome.LostByRule:
                LostByRule++;
                break;
            case LinkOutcome.LostByCut:
                LostByCut++;
                break;
        }
    }
}
