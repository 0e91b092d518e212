namespace Finwait.Tcp;

/// <content>Urgent data for readers that do not want it in line (SO_OOBINLINE off): reads end before the urgent octet and then leave it out, as on Linux.</content>
public sealed partial class TcpConnection
{
    /// <summary>Octets from the read position to the urgent mark, if urgent data is ahead (MUST-33).</summary>
    public long? UrgentAhead => ReceiveUrgent > _reassembler.ReadOffset ? ReceiveUrgent - _reassembler.ReadOffset : null;

    /// <summary>Urgent data is ahead, and its octet was not taken by <see cref="TryTakeUrgent"/>.</summary>
    public bool IsUrgentPending => UrgentAhead is not null && _extras!.UrgentTaken != ReceiveUrgent;

    /// <summary>The urgent mark is at the read position (SIOCATMARK).</summary>
    public bool IsAtUrgentMark => ReceiveUrgent > 0 && ReceiveUrgent == _reassembler.ReadOffset + 1;

    /// <summary>Octets that can be read before the urgent one, or all if that has not come.</summary>
    public int ReadableBeforeMark => UrgentAhead is { } mark ? (int)Math.Min(mark - 1, _reassembler.Readable) - (IsAtFormerUrgent ? 1 : 0) : _reassembler.Readable;

    /// <summary>The next octet was the urgent one until more urgent data came.</summary>
    private bool IsAtFormerUrgent => _extras is { FormerUrgent: > 0 and long former } && former == _reassembler.ReadOffset + 1;

    /// <summary>The urgent octet, for a reader of MSG_OOB. False if it has not come.</summary>
    /// <param name="peek">True leaves it to be taken again; the stream leaves it out all the same.</param>
    /// <param name="octet">The octet; 0 if there is none.</param>
    public bool TryTakeUrgent(bool peek, out byte octet)
    {
        Span<byte> found = stackalloc byte[1];
        bool isThere = UrgentAhead is { } mark && _reassembler.Peek((int)Math.Min(mark - 1, int.MaxValue), found) > 0;
        octet = found[0];
        if (isThere && !peek)
        {
            _extras!.UrgentTaken = ReceiveUrgent;
        }

        return isThere;
    }

    /// <summary>RECEIVE without the urgent octet: ends before it, or begins behind it.</summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">Gets the octets.</param>
    /// <param name="peek">Only looks at them.</param>
    /// <returns>How many octets were copied.</returns>
    public int ReceiveAroundMark(Instant now, Span<byte> destination, bool peek = false)
    {
        int skip = IsAtUrgentMark || IsAtFormerUrgent ? 1 : 0;
        int most = IsAtUrgentMark ? destination.Length : Math.Min(destination.Length, ReadableBeforeMark);
        if (peek)
        {
            return _reassembler.Peek(skip, destination[..most]);
        }

        Span<byte> urgent = stackalloc byte[1];
        Receive(now, urgent[..skip]);
        return Receive(now, destination[..most]);
    }
}
