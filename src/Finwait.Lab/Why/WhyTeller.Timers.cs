using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>What timers send.</content>
internal sealed partial class WhyTeller
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(4);

    private string TellTimer(int number, string who, Cause cause, in TcpStep step, out WhyNext next)
    {
        int machine = run.Packet(number).From;
        StepLog log = run.Recorder.Steps[machine];
        bool hasFired = log.TryGet(cause.Subject, out TcpStep fired);
        TcpStepValues values = hasFired ? fired.Values : step.Values;
        RunPacketHeaders headers = run.Headers(number);
        int first = run.FirstWith(number, number);
        next = new WhyNext(first, "");
        if (first == 0)
        {
            next = CallOfText(number, step);
        }

        TcpSettings settings = run.Machines[machine].Stack.Settings.Tcp;
        TimeSpan least = settings.RtoMin;
        string since = !hasFired || values.OldestSentAt.IsNever ? "" : $"{WhyNumbers.Span(fired.Time - values.OldestSentAt)} have gone by since it was sent last{(cause.Kind == CauseKind.RetransmissionTimeout ? Late(fired) : "")}; ";
        switch (cause.Kind)
        {
            case CauseKind.RetransmissionTimeout:
                string what = headers.Has(TcpFlags.Syn) ? headers.Has(TcpFlags.Ack) ? "its SYN,ACK" : "its SYN" : headers.Has(TcpFlags.Fin) && headers.Length == 0 ? "its FIN" : string.Create(CultureInfo.InvariantCulture, $"the octets from {headers.RelativeSeq} on");
                string probe = run.ProbeBefore(number) is > 0 and int asked ? string.Create(CultureInfo.InvariantCulture, $" (the tail loss probe, packet {asked}, is not counted)") : "";
                return $"{who} sends {what} again, for the {WhyNumbers.Ordinal(values.Retransmits + 1)} time{probe}: no acknowledgment came, and the retransmission timer went off (RFC 6298 §5.4); {since}{WhyNumbers.Rto(values, settings)}";
            case CauseKind.TailLossProbe:
                return $"{who} sends a tail loss probe: the last of what it sent is not acknowledged, and it asks before the timeout would (RFC 8985 §7.3); {since}{WhyNumbers.Pto(values, least)}";
            case CauseKind.ReorderingTimer:
                string found = FoundLost(number, step);
                return $"{who} sends {headers.RelativeSeq} again: later segments have arrived, and the time that reordering may take is over (RACK's reordering timer, RFC 8985 §6.2 step 5); {(found.Length > 0 ? found : $"{since}SRTT {WhyNumbers.Span(values.Srtt)}")}";
            case CauseKind.Persist:
                return TellPersist(number, who, cause, values, out next);
            case CauseKind.KeepAlive:
                next = log.TryGetArmed(step.Connection, step.Number, Rule.KeepAlive, out TcpStep switched) ? CallNext(machine, switched.Cause.Subject) : new WhyNext(0, "SO_KEEPALIVE had been set on the socket, or on its listener, before there was a connection");
                return TellKeepAlive(who, cause, values, hasFired ? fired.Time : step.Time);
            case CauseKind.DelayedAck:
                next = log.TryGetArmed(step.Connection, step.Number, Rule.Acknowledge, out TcpStep armed) ? NextOfArmed(machine, armed) : default;
                string slow = armed.Number > 0 ? WhyNotQuick(machine, armed) : "";
                return string.Create(CultureInfo.InvariantCulture,
                    $"{who} acknowledges up to {headers.RelativeAck} now: it had waited for text to ride on, and the delayed-ACK timer went off after {WhyNumbers.Span(armed.Number > 0 ? step.Time - armed.Time : values.AckDelay)} (RFC 9293 §3.8.6.3: less than 500 ms){slow}");
            case CauseKind.Pacing:
                next = CallOfText(number, step);
                return $"{who} sends it now because its time of departure has come: segments are spread over the round trip; {TellText(number, who, step.Values)}";
            default:
                return $"{who}'s timer went off ({cause.Kind})";
        }
    }

    /// <summary>Why the time since a segment was sent last is not the RTO.</summary>
    private static string Late(in TcpStep fired)
    {
        TcpStepValues values = fired.Values;
        TimeSpan ran = values.SendTimerAt - values.OldestSentAt - values.Rto;
        return values.SendTimerAt.IsNever ? ""
            : ran < -s_tick ? $", less than RTO: the timer had been set {WhyNumbers.Span(-ran)} before, and what was sent in between did not set it anew"
            : ran > s_tick ? $": {WhyNumbers.Span(ran)} after that the timer was set anew{(values.State < TcpState.Established ? "" : ", as each acknowledgment of something new sets it (RFC 6298 §5.3)")}"
            : fired.Time > values.SendTimerAt ? ", a little more than RTO for the slots of Linux's timer wheel" : "";
    }

    /// <summary>Why an acknowledgment was put off, when at the start of a connection none is.</summary>
    private string WhyNotQuick(int machine, in TcpStep armed)
    {
        int by = armed.Cause.Kind == CauseKind.Packet ? run.NumberOf(machine, armed.Cause.Subject) : 0;
        string ended = by > 0 && run.Headers(by).Has(TcpFlags.Fin) ? "with the peer's FIN, for the FIN of its own side may come soon and carry the acknowledgment"
            : armed.Values.IsInteractive ? "with an answer of its own, for the next answer may carry the acknowledgment, or by TCP_QUICKACK"
            : armed.Values.QuickAcks == 0 ? "after the segments that are acknowledged at once" : "";
        return ended.Length == 0 ? "" : $"; quick mode, in which nothing waits, had ended {ended} (as Linux)";
    }

    private WhyNext NextOfArmed(int machine, in TcpStep armed) => armed.Cause.Kind is CauseKind.Packet ? new WhyNext(run.NumberOf(machine, armed.Cause.Subject), "") : CallNext(machine, armed.Cause.Subject);

    private string TellPersist(int number, string who, Cause cause, in TcpStepValues values, out WhyNext next)
    {
        int machine = run.Packet(number).From;
        bool hasStep = run.TryGetStep(number, out TcpStep step);
        long waiting = (long)WhyNumbers.Own(values, values.SndNxt) - 1;
        next = hasStep && run.Recorder.Steps[machine].TryGetQueued(step.Connection, waiting, out TcpStep queued) ? CallNext(machine, queued.Cause.Subject) : default;
        string pause = values.PersistBackoff == 0 ? $"the first pause is the RTO, {WhyNumbers.Span(values.Rto)}" : $"the pause has doubled {WhyNumbers.Times(values.PersistBackoff)} (RFC 9293 §3.8.6.1)";
        string text = WhyNumbers.Octets(values.Unsent);
        return cause.Rule == Rule.Transmit && values.Hold == SendHold.Cork
            ? $"{who} sends what waited for more: the program had said that more comes (TCP_CORK or MSG_MORE), and that holds back no longer than the RTO, {WhyNumbers.Span(values.Rto)}, on Linux at least 200 ms; {text} waited"
            : cause.Rule == Rule.Transmit
            ? $"{who} sends what the small window takes: it waited for a better one, and the override timer went off (RFC 9293 §3.8.6.2.1); {text} wait"
            : string.Create(CultureInfo.InvariantCulture, $"{who} asks whether the window is still closed: SND.WND is {values.SndWnd}, {text} wait; SEQ {run.Headers(number).RelativeSeq} is one that the peer has, so it must answer (zero-window probe, RFC 9293 §3.8.6.1); {pause}");
    }

    private static string TellKeepAlive(string who, Cause cause, in TcpStepValues values, Instant now)
    {
        string silent = $"nothing was heard for {WhyNumbers.Span(now - values.LastHeard)}";
        string times = string.Create(CultureInfo.InvariantCulture, $"idle {WhyNumbers.Span(values.KeepAliveIdle)}, then every {WhyNumbers.Span(values.KeepAliveInterval)}, {values.KeepAliveProbes} times");
        return cause.Rule == Rule.GiveUp
            ? $"{who} gives up and resets the connection: {silent}, and {WhyNumbers.Count(values.Probes, "probe")} were not answered ({times}; RFC 9293 §3.8.4)"
            : $"{who} asks whether the peer is still there: {silent} ({times}; keep-alive, RFC 9293 §3.8.4)";
    }
}
