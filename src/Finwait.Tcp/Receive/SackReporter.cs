using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>Which blocks our acknowledgments report (RFC 2018 §4, RFC 2883 §4).</summary>
/// <remarks>Made when a connection first sees disorder: most never do, and an idle one should weigh little.</remarks>
internal sealed class SackReporter
{
    private const int Remembered = 4;

    private RecentRanges _recent;
    private int _count;

    /// <summary>A duplicate to report once; empty if <see cref="DuplicateEnd"/> is 0.</summary>
    private long _duplicateStart;

    /// <summary>Behind the duplicate.</summary>
    public long DuplicateEnd { get; private set; }

    /// <summary>True if an acknowledgment has something to report.</summary>
    public bool HasBlocks => _count > 0 || DuplicateEnd != 0;

    /// <summary>Text was kept behind a hole; <paramref name="range"/> now contains it: it becomes the first block.</summary>
    public void OnOutOfOrder((long Start, long End) range)
    {
        int kept = 0;
        RecentRanges old = _recent;
        for (int i = 0; i < _count && kept < Remembered - 1; i++)
        {
            if (old[i].End < range.Start || old[i].Start > range.End)
            {
                _recent[++kept] = old[i];
            }
        }

        _recent[0] = range;
        _count = kept + 1;
    }

    /// <summary>Duplicate text came.</summary>
    public void OnDuplicate(long start, long end)
    {
        _duplicateStart = start;
        DuplicateEnd = end;
    }

    /// <summary>RCV.NXT moved to <paramref name="nextOffset"/>: what lies before is no block any more.</summary>
    public void OnAdvance(long nextOffset)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_recent[i].End > nextOffset)
            {
                _recent[kept++] = _recent[i];
            }
        }

        _count = kept;
    }

    /// <summary>Fills the blocks of one segment; a duplicate is reported once and then forgotten.</summary>
    /// <param name="options">Gets the blocks.</param>
    /// <param name="irs">The peer's initial sequence number.</param>
    /// <param name="room">Blocks that fit.</param>
    /// <param name="fin">Where the peer's FIN stands, if it came before what is in front of it; else −1. The block that ends there covers it.</param>
    public void Report(ref TcpOptionSet options, SeqNum irs, int room, long fin)
    {
        int at = 0;
        if (DuplicateEnd != 0 && room > 0)
        {
            options.Sack[at++] = Block(irs, _duplicateStart, DuplicateEnd);
            DuplicateEnd = 0;
        }

        for (int i = 0; i < _count && at < room; i++)
        {
            options.Sack[at++] = Block(irs, _recent[i].Start, _recent[i].End + (_recent[i].End == fin ? 1 : 0));
        }

        options.SackCount = (byte)at;
        if (at > 0)
        {
            options.Present |= TcpOptionPresence.Sack;
        }
    }

    /// <summary>Another reporter that says the same.</summary>
    public SackReporter Copy() => (SackReporter)MemberwiseClone();

    private static SackBlock Block(SeqNum irs, long start, long end) => new(irs + unchecked((uint)(start + 1)), irs + unchecked((uint)(end + 1)));

    [System.Runtime.CompilerServices.InlineArray(Remembered)]
    private struct RecentRanges
    {
        private (long Start, long End) _first;
    }
}
