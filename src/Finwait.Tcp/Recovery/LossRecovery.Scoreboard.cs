using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>What an acknowledgment takes off and marks (RFC 6675 §4, Update).</content>
internal sealed partial class LossRecovery
{
    /// <summary>Most segments looked at for one report of duplicates: an honest one covers what arrived in one packet.</summary>
    private const int MostDuplicatesMarked = 64;

    /// <summary>Takes off what is acknowledged cumulatively; a partly acknowledged segment is trimmed.</summary>
    /// <param name="recovery">Null while the connection has seen no trouble.</param>
    /// <param name="facts">What is learned goes there.</param>
    /// <param name="on">The parts.</param>
    /// <param name="rate">Takes its samples.</param>
    public static void TakeAcked(LossRecovery? recovery, ref AckFacts facts, scoped ref RecoveryContext on, ref DeliveryRate rate)
    {
        ref SentQueue sent = ref on.Sent;
        long una = facts.Una;
        facts.Reordered = long.MaxValue;
        while (sent.Count > 0)
        {
            ref SentSegment segment = ref sent[0];
            if (segment.End > una)
            {
                sent.TrimFirst(una);
                break;
            }

            facts.Acked++;
            facts.LargestAcked = Math.Max(facts.LargestAcked, segment.Length);
            if (segment.Has(SentFlags.EverRetransmitted | SentFlags.Retransmitted))
            {
                facts.RetransmittedAcked = true;
            }
            else if (!segment.Has(SentFlags.Sacked))
            {
                facts.LastAckedAt = segment.SentAt;
                facts.FirstAckedAt = facts.FirstAckedAt == 0 ? segment.SentAt : facts.FirstAckedAt;
            }

            recovery?.TakeOne(segment, ref facts, on);
            facts.Delivered += facts.HasSack && !segment.Has(SentFlags.Sacked) ? 1 : 0;

            rate.OnDelivered(ref segment, ref facts);
            sent.PopFirst();
        }

        if (recovery is not null)
        {
            recovery.AfterAcked(ref facts, on);
        }
        else if (!facts.HasSack)
        {
            facts.Delivered += facts.Acked;
        }
    }

    private void TakeOne(in SentSegment segment, ref AckFacts facts, scoped in RecoveryContext on)
    {
        if (_lostHint > 0)
        {
            _lostHint--;
            _sackedBelowHint -= segment.Has(SentFlags.Sacked) ? 1 : 0;
        }

        if (segment.Has(SentFlags.Sacked))
        {
            return;
        }

        if (!segment.Has(SentFlags.EverRetransmitted | SentFlags.Retransmitted))
        {
            facts.Reordered = Math.Min(facts.Reordered, segment.Start);
            facts.OriginalDelivered |= segment.End <= HighSeq;
        }

        if (facts.HasSack)
        {
            Advance(segment, facts, facts.Now.Ticks, on.Control.MinRtt.Ticks, on);
        }
    }

    /// <summary>As <see cref="TakeOne"/> and <see cref="OnQuietAck"/> of a segment sent once, while nothing is reported, lost or sent again.</summary>
    public void TakePlainly(in SentSegment segment, Instant now, long minRtt)
    {
        _lostHint -= _lostHint > 0 ? 1 : 0;
        _rack.OnDelivered(segment, now.Ticks, minRtt);
        OnQuietAck();
    }

    private void AfterAcked(ref AckFacts facts, scoped in RecoveryContext on)
    {
        if (!facts.HasSack)
        {
            TakeAckedWithoutSack(ref facts, facts.Acked, on);
            facts.OriginalDelivered &= !facts.RetransmittedAcked;   // which copy it was nobody can say
        }
        else if (facts.Acked > 0)
        {
            facts.IsReneging = on.Sent.SackedOut > 0 && on.Sent[0].Has(SentFlags.Sacked);
            if (facts.Reordered < facts.PriorHighest)
            {
                SeeReordering(facts.Reordered, facts.Una, on.Sent, on.Control.Mss, on.Settings);    // a hole that nobody filled again
            }
        }
    }

    /// <summary>Marks what the blocks report; blocks that cannot be are ignored (X-2018-6), the first may report a duplicate (RFC 2883 §4).</summary>
    /// <param name="facts">What is learned goes there.</param>
    /// <param name="segment">The acknowledgment.</param>
    /// <param name="snd">To translate its numbers.</param>
    /// <param name="retransmitted">Segments sent again so far: no more can have arrived twice.</param>
    /// <param name="on">The parts.</param>
    /// <param name="rate">Takes its samples.</param>
    public void TakeBlocks(ref AckFacts facts, in TcpSegment segment, in SendWindow snd, int retransmitted, scoped ref RecoveryContext on, ref DeliveryRate rate)
    {
        long reordered = long.MaxValue;
        for (int i = 0; i < segment.Options.SackCount; i++)
        {
            SackBlock block = segment.Options.Sack[i];
            if (block.Left >= block.Right)
            {
                continue;
            }

            if (i == 0 && IsDuplicateReport(segment, block))
            {
                TakeDuplicate(ref facts, block, snd, retransmitted, ref reordered, on);
                continue;
            }

            if (block.Left > snd.Una && block.Right <= snd.Nxt)
            {
                MarkBlock(ref facts, snd.OffsetOf(block.Left), snd.OffsetOf(block.Right), ref reordered, ref on, ref rate);
            }
        }

        if (reordered != long.MaxValue && (Phase != RecoveryPhase.Loss || _undoMarker != None))
        {
            SeeReordering(reordered, facts.Una, on.Sent, on.Control.Mss, on.Settings);
        }
    }

    private static bool IsDuplicateReport(in TcpSegment segment, SackBlock first)
    {
        if (first.Left < segment.Ack)
        {
            return true;
        }

        SackBlock second = segment.Options.Sack[1];
        return segment.Options.SackCount > 1 && first.Left >= second.Left && first.Right <= second.Right;
    }

    private void TakeDuplicate(ref AckFacts facts, SackBlock block, in SendWindow snd, int retransmitted, ref long reordered, scoped in RecoveryContext on)
    {
        uint length = (uint)(block.Right - block.Left);
        if (length > snd.MaxWnd || block.Right > snd.Nxt)
        {
            return;                                     // the peer never offered as much
        }

        int segments = Math.Max(1, (int)((length + (uint)on.Control.Mss - 1) / (uint)on.Control.Mss));
        long start = snd.OffsetOf(block.Left), end = snd.OffsetOf(block.Right);
        bool isProbe = segments == 1 && IsProbe(end);
        facts.ProbeReported |= isProbe;
        DuplicatesReported += segments;
        if (DuplicatesReported > retransmitted)
        {
            return;                                     // more than we ever sent twice: the network made them
        }

        if (ReorderingSeen > 0 && !isProbe)
        {
            _rack.OnDuplicateReported();
        }

        facts.DuplicateReported = true;
        facts.Delivered += segments;
        if (end <= facts.PriorUna)
        {
            if (IsOfThisRecovery(end))
            {
                CountDuplicates(segments);
            }
        }
        else if (start >= facts.PriorUna)
        {
            MarkDuplicates(start, end, ref reordered, ref on.Sent);
        }
    }

    /// <summary>Duplicates of segments that are still on the books.</summary>
    private void MarkDuplicates(long start, long end, ref long reordered, ref SentQueue sent)
    {
        int i = sent.FirstAtOrAfter(start);
        for (int n = 0; i < sent.Count && n < MostDuplicatesMarked && sent[i].End <= end; i++, n++)
        {
            ref SentSegment segment = ref sent[i];
            if (!segment.Has(SentFlags.EverRetransmitted))
            {
                continue;
            }

            if (IsOfThisRecovery(segment.End))
            {
                CountDuplicates(1);
            }

            if (segment.Has(SentFlags.Sacked))
            {
                reordered = Math.Min(reordered, segment.Start);
            }

            sent.ForgetRetransmission(i);
        }
    }

    private void MarkBlock(ref AckFacts facts, long left, long right, ref long reordered, scoped ref RecoveryContext on, ref DeliveryRate rate)
    {
        ref SentQueue sent = ref on.Sent;
        long now = facts.Now.Ticks, minRtt = on.Control.MinRtt.Ticks;
        int i = sent.NextUnsacked(sent.FirstAtOrAfter(left));
        while (i < sent.Count)
        {
            ref SentSegment segment = ref sent[i];
            if (segment.End > right)
            {
                break;
            }

            Advance(segment, facts, now, minRtt, on);
            if (!segment.Has(SentFlags.EverRetransmitted))
            {
                if (sent.SackedOut > 0 && segment.Start < sent.HighestSacked)
                {
                    reordered = Math.Min(reordered, segment.Start);     // it was never lost, only late
                }

                facts.OriginalDelivered |= segment.End <= HighSeq;
                facts.FirstSackedAt = facts.FirstSackedAt == 0 ? segment.SentAt : facts.FirstSackedAt;
                facts.LastSackedAt = segment.SentAt;
            }

            rate.OnDelivered(ref segment, ref facts);
            sent.MarkSacked(i);
            _sackedBelowHint += i < _lostHint ? 1 : 0;
            facts.Sacked = true;
            facts.Delivered++;
            i = sent.NextUnsacked(i + 1);
        }
    }

    /// <summary>RFC 8985 §6.2 step 2: not by a retransmission whose original it was that arrived.</summary>
    private void Advance(in SentSegment segment, in AckFacts facts, long now, long minRtt, scoped in RecoveryContext on)
    {
        bool spurious = facts.HasEcho && segment.Has(SentFlags.EverRetransmitted)
            && unchecked((int)(facts.Echo - on.Clock.Value(new Instant(segment.SentAt)))) < 0;
        if (!spurious)
        {
            _rack.OnDelivered(segment, now, minRtt);
        }
    }

    /// <summary>RFC 8985 §6.2 step 4, once an acknowledgment is taken in.</summary>
    public void AdaptReorderingWindow(in RateSample sample, uint delivered, TcpSettings settings) =>
        _rack.AdaptWindow(sample.PriorDelivered, delivered, (settings.Recovery & TcpRecoveryMethods.StaticReorderingWindow) != 0);
}
