namespace Finwait.Tcp;

/// <summary>
/// Numbers what several records of one run take down, in the order in which it happened: where much happens in one moment of virtual time, the numbers tell cause from
/// effect. The owner of the records hands the same one to all of them.
/// </summary>
/// <remarks>Not thread-safe: the hosts of a run have one owner.</remarks>
public sealed class RecordOrder
{
    /// <summary>The newest number; 0 before the first.</summary>
    public ulong Last { get; private set; }

    /// <summary>Takes the next number, from 1.</summary>
    public ulong Next() => ++Last;
}
