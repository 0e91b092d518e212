using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>Segments that a connection turned down, with the values compared.</content>
internal sealed partial class WhyTeller
{
    /// <summary>"SEG.SEQ 4000 is outside RCV.NXT 1000 .. RCV.NXT + RCV.WND 3000 (RFC 9293 §3.10.7.4, first check)".</summary>
    private string Compared(in TcpStep refused, int machine)
    {
        int by = run.NumberOf(machine, refused.Cause.Subject);
        TcpStepValues values = refused.Values;
        if (by == 0)
        {
            return $"{WhyNumbers.State(values.State)}: {Source(refused.Check)}";
        }

        RunPacketHeaders got = run.Headers(by);
        uint seq = unchecked(got.Seq - values.Irs.Value), ack = unchecked(got.Ack - values.Iss.Value);
        uint next = WhyNumbers.Peer(values, values.RcvNxt);
        FormattableString compared = refused.Check switch
        {
            SegmentCheck.Sequence when got.SequenceLength > 0 && seq + (uint)got.SequenceLength <= next => $"SEG.SEQ {seq} to {seq + (uint)got.SequenceLength} is left of RCV.NXT {next}: it is here already",
            SegmentCheck.Sequence => $"SEG.SEQ {seq} with SEG.LEN {got.SequenceLength} is outside RCV.NXT {next} .. RCV.NXT + RCV.WND {next + values.RcvWnd}",
            SegmentCheck.ResetSequence => $"SEG.SEQ {seq} of the RST is not RCV.NXT {next}",
            SegmentCheck.Acknowledgment => $"SEG.ACK {ack} is outside SND.UNA {WhyNumbers.Own(values, values.SndUna)} .. SND.NXT {WhyNumbers.Own(values, values.SndNxt)}",
            SegmentCheck.SynSentAcknowledgment => $"SEG.ACK {got.Ack} is outside ISS {values.Iss.Value} + 1 .. SND.NXT {values.SndNxt.Value}",
            SegmentCheck.Timestamps => $"its timestamp is older than TS.Recent {values.TsRecent}",
            SegmentCheck.WindowEdge => $"SEG.SEQ {seq} + {got.Length} reaches beyond RCV.NXT {next} + RCV.WND {values.RcvWnd}: what lies beyond is not taken",
            SegmentCheck.Syn => $"a SYN in {WhyNumbers.State(values.State)}",
            SegmentCheck.NobodyReads => $"{got.Length} octets came, and the program has closed",
            _ => $"{got.FlagNames} in {WhyNumbers.State(values.State)}",
        };
        return $"{compared.ToString(CultureInfo.InvariantCulture)} ({Source(refused.Check)})";
    }

    /// <summary>Where the check is written.</summary>
    private static string Source(SegmentCheck check) => check switch
    {
        SegmentCheck.ListenReset => "LISTEN ignores a reset, RFC 9293 §3.10.7.2, first check",
        SegmentCheck.ListenNoSyn => "LISTEN takes SYN alone, RFC 9293 §3.10.7.2, fourth check",
        SegmentCheck.SynSentAcknowledgment => "RFC 9293 §3.10.7.3, first step",
        SegmentCheck.SynSentEcho => "it echoes a timestamp that was never sent, RFC 7323 §5.4",
        SegmentCheck.SynSentReset => "a reset without ACK proves nothing, RFC 9293 §3.10.7.3, second step",
        SegmentCheck.SynSentNoSyn => "neither SYN nor RST, RFC 9293 §3.10.7.3, fifth step",
        SegmentCheck.Timestamps => "PAWS, RFC 7323 §5.3 R1",
        SegmentCheck.Sequence => "RFC 9293 §3.10.7.4, first check",
        SegmentCheck.TimeWaitReset => "a reset does not end TIME-WAIT, RFC 1337",
        SegmentCheck.ResetSequence => "RFC 9293 §3.10.7.4, second check; RFC 5961 §3.2",
        SegmentCheck.Syn => "RFC 9293 §3.10.7.4, fourth check; RFC 5961 §4.2",
        SegmentCheck.NoAcknowledgment => "no ACK, RFC 9293 §3.10.7.4, fifth check",
        SegmentCheck.Acknowledgment => "RFC 9293 §3.10.7.4, fifth check; RFC 5961 §5.2",
        SegmentCheck.DeferAccept => "TCP_DEFER_ACCEPT: the listener waits for text",
        SegmentCheck.NobodyReads => "RFC 9293 §3.6.1, RFC 2525 §2.17",
        _ => "RFC 9293 §3.10.7.4, seventh check",
    };
}
