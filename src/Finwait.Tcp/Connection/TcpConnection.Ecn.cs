using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>Where congestion marks meet the rest of the connection (RFC 3168 §6.1, RFC 9768 §3.2).</content>
public sealed partial class TcpConnection
{
    /// <summary>Octets of options that the AccECN option takes from every segment; 0 if it goes only where there is room.</summary>
    private int EcnOptionLength => _ecn is { Mode: EcnMode.Accurate } && _settings.EcnOption >= 2 ? AccurateEcn.OptionLength : 0;

    /// <summary>ECN is in use on the open connection; an object for it is held only where one side asked for it.</summary>
    private bool UsesEcn => _ecn is not null && _ecn.Mode != EcnMode.Off;

    /// <summary>The peer's SYN: is there anything about ECN in it?</summary>
    private void TakeEcnOfSyn(in TcpSegment segment, bool crossed)
    {
        if (_ecn is not null || ((segment.Flags & Ecn.Bits) != 0 && _settings.Ecn != 0))
        {
            (_ecn ??= new()).TakeSyn(segment.Flags, segment.Ecn, _settings, crossed);
        }
    }

    /// <summary>The mark and the bits of an acceptable segment; what is outside the window tells nothing (RFC 3168 §6.1.5).</summary>
    private void TakeMark(in TcpSegment segment)
    {
        switch (_ecn!.TakeMark(segment))
        {
            case EcnAnswer.Now:
                _ackPolicy.Now();
                break;
            case EcnAnswer.Quickly:
                _ackPolicy.EnterQuickMode(_rcv.Current, most: 2);
                break;
        }
    }

    /// <summary>True if the acknowledgment tells of congestion. Counts are taken only where it moves on: an older one would seem to tell of many marks.</summary>
    private bool TakeEcho(in TcpSegment segment, in AckFacts facts) =>
        (_ecn!.Mode == EcnMode.Classic || facts.UnaAdvanced || facts.Delivered > 0) && _ecn.TakeEcho(segment, facts.Delivered, _mss);

    private void MarkEcn(ref SegmentPlan plan, bool isNewText)
    {
        _ecn!.Mark(ref plan, isNewText);
        if (_ecn.Accurate is { } counts)
        {
            int used = (_ts.IsOn ? TimestampOptionLength : 0) + (plan.Options.SackCount > 0 ? 4 + (8 * plan.Options.SackCount) : 0);
            int room = TcpView.MaxOptionLength - used;
            if (plan.PayloadLength > 0)
            {
                room = Math.Min(room, _mss - plan.PayloadLength - (used - (_ts.IsOn ? TimestampOptionLength : 0)));
            }

            counts.WriteOption(ref plan.Options, _settings.EcnOption, ((room & ~3) - 2) / 3);  // options are padded to words
        }
    }
}
