using System.Diagnostics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>How large a segment may be: what routers tell (RFC 1191, RFC 8201, RFC 5927 §7) and what probes find (RFC 4821).</content>
public sealed partial class TcpConnection
{
    /// <summary>With a smaller window the loss of a probe would be costly, and too few segments follow it to show it (as on Linux).</summary>
    private const int LeastProbingWindow = 11;

    /// <summary>MTU of the path as this connection knows it from routers and interfaces, octets of IP packet.</summary>
    public int PathMtu => _pathMtu;

    /// <summary>The least MTU that is believed: Linux's for IPv4, that of RFC 8200 §5 for IPv6.</summary>
    private int LeastPathMtu => FixedIpHeader == 20 ? 552 : 1280;

    /// <summary>What an MSS counts (RFC 6691 §2): IP options and extension headers take room from the text.</summary>
    private int FixedIpHeader => _ipHeaderLength < 40 ? 20 : 40;

    /// <summary>
    /// A router says that the segment at <paramref name="seq"/> was too big (RFC 1191, RFC 8201). The caller has checked that it is in flight. If segments as
    /// large have been acknowledged before, the message may be forged: it waits for a timeout that confirms it (RFC 5927 §7.2).
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="seq">The sequence number that the message quotes.</param>
    /// <param name="pathMtu">What it asks for, octets of IP packet.</param>
    /// <param name="packetNumber">Number of the packet that brought it, as <see cref="TcpSegment.PacketNumber"/>.</param>
    /// <returns>True if it is honoured now, and the host should remember it for the path.</returns>
    public bool OnPacketTooBig(Instant now, SeqNum seq, int pathMtu, ulong packetNumber = 0)
    {
        Because(CauseKind.NetworkError, packetNumber);
        int mtu = Math.Max(pathMtu, LeastPathMtu);
        if (_settings.DelaysDoubtfulPathMtu && mtu < _pathMtu && _largestAcked > mtu - _ipHeaderLength - HeaderLength - OptionsOfEverySegment)
        {
            Extras.ClaimedMtu = mtu;
            Extras.ClaimedAt = _snd.OffsetOf(seq);
            return false;
        }

        OnPathMtu(now, pathMtu);
        return true;
    }

    /// <summary>A smaller path MTU is certain, octets of IP packet. Larger values are ignored (X-8201-1).</summary>
    public void OnPathMtu(Instant now, int pathMtu)
    {
        int mtu = Math.Max(pathMtu, LeastPathMtu);
        if (mtu >= _pathMtu || _state is TcpState.Closed or TcpState.Listen)
        {
            return;
        }

        _pathMtu = mtu;
        UpdateMss();
        _largestAcked = (ushort)Math.Min(_largestAcked, _mss);
        ResendTooLong(now);
    }

    /// <summary>What the host knew of the path is too old, or the link takes more now: larger segments are tried again (RFC 1191 §6.3, RFC 8201 §4).</summary>
    /// <param name="pathMtu">MTU of the way by the host's tables, octets of IP packet.</param>
    public void OnPathMtuExpired(int pathMtu)
    {
        if (pathMtu > _pathMtu)
        {
            _pathMtu = pathMtu;
            UpdateMss();
        }
    }

    /// <summary>A claim of a router that a timeout has confirmed since the last call, octets of IP packet; 0 for none. The host should remember it for the path.</summary>
    public int TakeHonouredPathMtu()
    {
        int mtu = _extras?.HonouredMtu ?? 0;
        if (mtu > 0)
        {
            _extras!.HonouredMtu = 0;
        }

        return mtu;
    }

    /// <summary>Options that each segment carries, octets.</summary>
    private int OptionsOfEverySegment => _ts.IsOn ? TimestampOptionLength : 0;

    /// <summary>The segment size from path MTU, probes, the peer's MSS and the options every segment carries (MUST-16, X-6691-2).</summary>
    private void UpdateMss()
    {
        if (_extras is { Probing: { } probing })
        {
            probing.SearchHigh = Math.Min(probing.SearchHigh, _pathMtu);
            _mss = Math.Min(TextIn(_pathMtu), TextIn(probing.SearchLow));
        }
        else
        {
            _mss = TextIn(_pathMtu);
        }

        Debug.Assert(_mss > 0, "a segment carries at least one octet");
    }

    /// <summary>Text of a segment in a packet of <paramref name="mtu"/> octets; never more than the peer's MSS (unless that is absurd: see <see cref="TcpSettings.MinSendMss"/>).</summary>
    private int TextIn(int mtu)
    {
        int most = Math.Min(mtu - FixedIpHeader - HeaderLength, Math.Max(_peerMss, _settings.MinSendMss)) - (_ipHeaderLength - FixedIpHeader);
        return Math.Max(1, Math.Max(_settings.MinSendMss - 40, most - OptionsOfEverySegment));
    }

    private int PacketWith(int text) => text + OptionsOfEverySegment + HeaderLength + _ipHeaderLength;

    /// <summary>What is longer than a segment may be now has been lost for certain: it goes again in pieces, at once, and this is no congestion (RFC 1191 §6.4).</summary>
    private void ResendTooLong(Instant now)
    {
        if (_sent.Count == 0 || _sent[0].Has(SentFlags.Syn))
        {
            return;
        }

        AckFacts facts = TimerFacts(now);
        RecoveryContext on = Context(now);
        Recovery.OnTooLong(ref facts, ref on);
        Recovery.CountLosses(facts.Losses);
        _sent.SplitLonger(_mss, _buffers, _settings.SegmentationOffload);
    }

    /// <summary>Established: the search may begin.</summary>
    private void StartProbing(Instant now)
    {
        if (_settings.MtuProbing < 2)
        {
            return;
        }

        Extras.Probing = NewProbing(now);
        if (!WasPassive)
        {
            UpdateMss();                                // who accepts a connection begins with large segments all the same, as on Linux: its search goes downwards first
        }
    }

    private PathProbing NewProbing(Instant now) => new()
    {
        SearchHigh = Math.Min(_peerMss + HeaderLength + _ipHeaderLength, _pathMtu),
        SearchLow = PacketWith(Math.Clamp(_settings.BaseMss, 1, ushort.MaxValue)),
        Since = now,
    };

    /// <summary>The timer has fired for too long: perhaps large packets vanish and no router says so (RFC 4821 §7.7). Smaller ones, and at each timeout smaller again.</summary>
    private void SuspectBlackHole(Instant now)
    {
        if (_extras is { Probing: { } probing })
        {
            // Not below what has arrived since: then it is loss that stops the flow, and more and smaller segments would make it worse. Linux goes on
            // halving; here twice as many timeouts must say so.
            if (TextIn(probing.SearchLow) <= _settings.BaseMss && _largestAcked > _mss / 2 && _retransmits < 2 * _settings.Retries1)
            {
                return;
            }

            int half = Math.Min(_settings.BaseMss, TextIn(probing.SearchLow) >> 1);
            probing.SearchLow = PacketWith(Math.Max(half, Math.Max(_settings.MtuProbeFloor, _settings.MinSendMss)));
        }
        else
        {
            Extras.Probing = NewProbing(now);
        }

        _largestAcked = 0;
        UpdateMss();
    }

    /// <summary>A timeout: what a router claimed of the segment that does not get through is believed now.</summary>
    private void HonourClaim(Instant now)
    {
        if (_extras is not { ClaimedMtu: > 0 and int mtu } extras)
        {
            return;
        }

        extras.ClaimedMtu = 0;
        if (_snd.UnaOffset <= extras.ClaimedAt && mtu < _pathMtu)
        {
            extras.HonouredMtu = mtu;
            OnPathMtu(now, mtu);
        }
    }

    /// <summary>Text of a probe that goes now; 0 for none; −1 if the sender should wait until one can go (RFC 4821 §7.4).</summary>
    private int ProbeLength(Instant now, PathProbing probing)
    {
        if (probing.ProbeSize > 0 || Phase != RecoveryPhase.Open || _window.Cwnd < LeastProbingWindow || _sack is { HasBlocks: true }
            || _extras is { RecordEnds.Count: > 0 } || (_work & (Work.LossProbe | Work.Override)) != 0)
        {
            return 0;
        }

        int length = TextIn((probing.SearchHigh + probing.SearchLow) >> 1);
        if (length > TextIn(probing.SearchHigh) || probing.SearchHigh - probing.SearchLow < _settings.ProbeThreshold)
        {
            StartAnew(now, probing);
            return 0;
        }

        // Enough must follow for the duplicate acknowledgments that tell of its loss.
        int needed = length + (((_recovery?.Reordering ?? _settings.Reordering) + 1) * _mss);
        if (Unsent < needed || _snd.Wnd < needed)
        {
            return 0;
        }

        int inFlight = InFlight;
        if (_snd.Usable < needed || (inFlight + 2 > _window.Cwnd && inFlight > 0))
        {
            return -1;
        }

        return inFlight + 2 > _window.Cwnd || !MayDepart(now) ? 0 : length - EcnOptionLength;
    }

    /// <summary>The search has ended. The path may have changed since it began: after a while it is done again from what is in use now (RFC 4821 §7.4).</summary>
    private void StartAnew(Instant now, PathProbing probing)
    {
        if (now - probing.Since >= _settings.ProbeInterval)
        {
            probing.SearchHigh = _peerMss + HeaderLength + _ipHeaderLength;
            probing.SearchHigh = Math.Min(probing.SearchHigh, _pathMtu);
            probing.SearchLow = PacketWith(_mss);
            probing.Since = now;
        }
    }

    /// <summary>Sends text that was waiting as one segment of the size in question.</summary>
    private void SendMtuProbe(Instant now, out SegmentPlan plan, int length, PathProbing probing)
    {
        probing.ProbeStart = _snd.NxtOffset;
        probing.ProbeSize = PacketWith(length + EcnOptionLength);
        _window.Cwnd--;                                 // it is worth nearly two; given back if it fails
        SendNew(now, out plan, length, length, last: false, fin: false);
        plan.SegmentSize = length;
        probing.ProbeEnd = _snd.NxtOffset;
    }

    /// <summary>The probe arrived: its size is the new one, and the window counts fewer and larger segments (RFC 4821 §7.6.1).</summary>
    private void TakeProbe(PathProbing probing)
    {
        _window.Cwnd = (int)Math.Max(1, (long)_window.Cwnd * PacketWith(_mss) / probing.ProbeSize);
        _window.Count = 0;
        if (!(_recovery?.IsReducing ?? false))
        {
            _window.Ssthresh = Math.Max(_window.Ssthresh, (_window.Cwnd >> 1) + (_window.Cwnd >> 2));
        }

        probing.SearchLow = probing.ProbeSize;
        probing.ProbeSize = 0;
        UpdateMss();
    }
}
