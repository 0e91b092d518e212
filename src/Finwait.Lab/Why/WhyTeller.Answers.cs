using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>What packets that came in make connections send.</content>
internal sealed partial class WhyTeller
{
    private string TellAnswer(int number, string who, Cause cause, in TcpStep step, ref WhyNext next)
    {
        RunPacketHeaders headers = run.Headers(number);
        int by = next.Packet;
        TcpStepValues values = step.Values;
        switch (cause.Rule)
        {
            case Rule.Open:
                string reused = run.TryGetMove(run.Packet(number).From, cause.Subject, out ConnectionChange ended) && ended.Change.From == TcpState.TimeWait ? $"; it still had the connection before in TIME-WAIT, which a newer SYN may end: {Reused(ended.Change)}" : "";
                return string.Create(CultureInfo.InvariantCulture,
                    $"{who} listens on port {headers.Source.Port} and takes the SYN: SYN-RECEIVED, its own ISS {headers.Seq}, ack SEG.SEQ + 1 = {headers.Ack} (RFC 9293 §3.10.7.2){reused}");
            case Rule.Transmit:
                string room = TellText(number, who, values);
                WhyNext text = CallOfText(number, step);
                next = text.Text.Length > 0 ? text with { Text = string.Create(CultureInfo.InvariantCulture, $"{text.Text}; packet {by} made it possible") } : next;
                return room;
            case Rule.Retransmit when cause.Kind == CauseKind.NetworkError:
                return string.Create(CultureInfo.InvariantCulture, $"{who} sends again what was too big for the path: the router's ICMP message tells an MTU, and segments hold {values.Mss} octets now (RFC 1191 §6.4)");
            case Rule.Retransmit when headers.Has(TcpFlags.Syn):
                return run.TryGetMove(run.Packet(number).From, cause.Subject, out ConnectionChange crossed) && crossed.Change is { From: TcpState.SynSent, To: TcpState.SynReceived }
                    ? $"{who} answers with SYN,ACK, its own SYN once more and now with an acknowledgment: the peer's SYN came while its own was under way, a simultaneous open, and the state is SYN-RECEIVED (RFC 9293 §3.10.7.3, fourth step; §3.5 figure 7)"
                    : $"{who} sends its SYN,ACK again: the peer's SYN came again in SYN-RECEIVED, so the SYN,ACK may be lost (as Linux; RFC 9293 §3.10.7.4, first check, would answer with an ACK alone)";
            case Rule.Retransmit or Rule.FastRetransmit:
                return TellRepair(number, who, step);
            case Rule.Acknowledge:
                return TellAcknowledgment(number, who, step, by);
            case Rule.NotInWindow or Rule.ChallengeAck or Rule.Paws or Rule.Reset or Rule.UnreadData:
                return TellRefusal(number, who, cause, values);
            default:
                return $"{who} answers ({cause.Rule})";
        }
    }

    private string TellRepair(int number, string who, in TcpStep step)
    {
        TcpStepValues values = step.Values;
        string what = string.Create(CultureInfo.InvariantCulture, $"{who} sends {run.Headers(number).RelativeSeq} again");
        if (values.Recovery == TcpCongestionState.Loss)
        {
            return $"{what}: after the timeout all that was in flight counts as lost, and cwnd {values.Cwnd} lets the next go (RFC 5681 §3.1, RFC 6298 §5.4)";
        }

        string room = string.Create(CultureInfo.InvariantCulture, $"{values.Lost} lost, {values.InFlight} in flight, and cwnd {values.Cwnd} lets it go");
        return FoundLost(number, step) is { Length: > 0 } sign ? $"{what} without waiting for the timeout: {sign}; {room}"
            : $"{what} without waiting for the timeout: it counts as lost; {room}";
    }

    /// <summary>What showed that a segment was lost: RACK's times, or a count that reached DupThresh, with the values compared. Empty if that was not recorded.</summary>
    private string FoundLost(int number, in TcpStep step)
    {
        if (!run.Recorder.Steps[run.Packet(number).From].TryGetLost(step.Connection, step.Number, (long)run.Headers(number).RelativeSeq - 1, out TcpStep lost))
        {
            return "";
        }

        TcpStepValues found = lost.Values;
        int before = run.LastWith(number);
        string sent = before == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({WhyNumbers.Span(lost.Time.SinceStart - run.Packet(before).Sent)} before, as packet {before})");
        string later = $"a segment sent behind it, at {WhyNumbers.At(found.RackSentAt.SinceStart)}, has arrived";
        string waited = $"RACK.rtt {WhyNumbers.Span(found.RackRtt)} + RACK.reo_wnd {WhyNumbers.Span(found.ReorderingWindow)} have gone by since it was sent{sent}";
        string count = $"{WhyNumbers.Segments(found.Sacked)} {WhyNumbers.Are(found.Sacked)} reported by SACK, DupThresh is {found.DupThresh.ToString(CultureInfo.InvariantCulture)}";
        return found.LossSign switch
        {
            LossSign.DuplicateAcks => string.Create(CultureInfo.InvariantCulture, $"{WhyNumbers.Count(found.Sacked, "duplicate acknowledgment")} came, DupThresh is {found.DupThresh} (fast retransmit, RFC 5681 §3.2; no SACK, so RFC 6582 §3.2)"),
            LossSign.PartialAck => string.Create(CultureInfo.InvariantCulture, $"an acknowledgment of a part, up to {WhyNumbers.Own(found, found.SndUna)}, stops at it: the next hole (RFC 6582 §3.2 step 3, RFC 6675 §5 step C)"),
            LossSign.Count => $"{count} (by count, without RACK: RFC 6675 §4, IsLost)",
            LossSign.RackThreshold => $"{later}, and no time is left for reordering, for {count} and no reordering was seen so far (RACK, RFC 8985 §6.2 step 4); {waited} (step 5)",
            LossSign.RackRecovery => $"{later}, and no time is left for reordering, for recovery goes on and no reordering was seen so far (RACK, RFC 8985 §6.2 step 4); {waited} (step 5)",
            _ => $"{later}, and {waited} (RACK, RFC 8985 §6.2 step 5); {WhyNumbers.Segments(found.Sacked)} reported of DupThresh {found.DupThresh.ToString(CultureInfo.InvariantCulture)}",
        };
    }

    private string TellAcknowledgment(int number, string who, in TcpStep step, int by)
    {
        RunPacketHeaders headers = run.Headers(number);
        TcpStepValues values = step.Values;
        RunPacketHeaders? got = by > 0 ? run.Headers(by) : null;
        string ack = string.Create(CultureInfo.InvariantCulture, $"{who} acknowledges up to {headers.RelativeAck}");
        if (got is not null && got.Has(TcpFlags.Syn))
        {
            bool crossed = run.TryGetMove(run.Packet(number).From, run.Cause(number).Subject, out ConnectionChange move) && move.Change.From == TcpState.SynReceived;
            return string.Create(CultureInfo.InvariantCulture, $"{who} acknowledges the SYN: ack SEG.SEQ + 1 = {headers.Ack}, and is ESTABLISHED{(crossed ? ", for its own SYN was acknowledged in SYN-RECEIVED (RFC 9293 §3.10.7.4, fifth check; §3.5 figure 7)" : " (RFC 9293 §3.10.7.3, fourth step)")}");
        }

        if (values.RangesAhead > 0)
        {
            return $"{ack} again, at once: octets are missing there, and {WhyNumbers.Count(values.RangesAhead, "range")} behind the hole {(values.RangesAhead == 1 ? "waits" : "wait")} (RFC 5681 §4.2){(headers.HasSack ? "; SACK names them (RFC 2018 §4)" : "")}";
        }

        if (got is not null && got.Has(TcpFlags.Fin) && values.PeerClosed)
        {
            return $"{ack}: the FIN was the last, and takes a sequence number; the state is {WhyNumbers.State(values.State)} (RFC 9293 §3.10.7.4, eighth check)";
        }

        if (values.Unacknowledged == 0 && headers.SequenceLength == 0)
        {
            return $"{ack}: nothing new came, but it has to be answered (RFC 9293 §3.10.7.4)";
        }

        if (values.Unacknowledged > values.ReceiveMss)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{ack} at once: {values.Unacknowledged} octets were not acknowledged, more than one segment of {values.ReceiveMss} (RFC 9293 §3.8.6.3: at least every second)");
        }

        return values.QuickAcks > 0 && !values.IsInteractive
            ? string.Create(CultureInfo.InvariantCulture, $"{ack} at once: in quick mode at most the next {WhyNumbers.Segments(values.QuickAcks)} {WhyNumbers.Are(values.QuickAcks)} acknowledged without delay, until a FIN or an answer of its own ends it, as Linux does at the start and after a pause (RFC 9293 §3.8.6.3 allows a delay, and does not ask for it)")
            : $"{ack} at once: a hole was filled, or the wait for an answer is over (RFC 5681 §4.2)";
    }

    /// <summary>Answers to what was turned down, with the values compared.</summary>
    private string TellRefusal(int number, string who, Cause cause, in TcpStepValues values)
    {
        int machine = run.Packet(number).From;
        string compared = run.Recorder.Steps[machine].TryGetRefusal(cause.Subject, out TcpStep refused) ? Compared(refused, machine) : "";
        string answer = cause.Rule switch
        {
            Rule.ChallengeAck => $"{who} answers with a challenge ACK: a true peer would react to it, a forger cannot (RFC 5961)",
            Rule.Paws => $"{who} throws it away and acknowledges what it has (RFC 7323 §5.3 R1)",
            Rule.NotInWindow => $"{who} cannot take it and says what it expects: ack {run.Headers(number).RelativeAck} (RFC 9293 §3.10.7.4, first check)",
            Rule.UnreadData => $"{who} resets the connection: nobody is left to read what came (RFC 9293 §3.6.1, RFC 2525 §2.17)",
            _ => $"{who} resets what it cannot belong to (RFC 9293 §3.5.2)",
        };
        return compared.Length > 0 ? $"{answer}; {compared}" : $"{answer}; {WhyNumbers.State(values.State)}";
    }

    /// <summary>What a host keeps of a connection in TIME-WAIT, or in FIN-WAIT-2 without a program, answers too.</summary>
    private string TellRetired(int number, string who, Cause cause, int by)
    {
        int machine = run.Packet(number).From;
        if (run.Recorder.Moves.Any(move => move.Host == machine && move.Move.Change is { Input: TcpInput.RcvFin } change && change.Cause.Subject == cause.Subject))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{who} acknowledges the FIN, ack {run.Headers(number).RelativeAck}: FIN-WAIT-2 becomes TIME-WAIT (RFC 9293 §3.10.7.4, eighth check)");
        }

        return by > 0 && run.Headers(by).Has(TcpFlags.Fin)
            ? $"{who} is in TIME-WAIT and acknowledges the FIN again: its last ACK may have been lost, and the 2 MSL begin anew (RFC 9293 §3.10.7.4)"
            : $"{who} has closed and cannot take it: it says what it expects (RFC 9293 §3.10.7.4, first check)";
    }

    /// <summary>A segment that no connection was found for: answered by the host itself.</summary>
    private string TellWithoutConnection(int number, string who, Cause cause, int by)
    {
        RunPacketHeaders headers = run.Headers(number);
        int machine = run.Packet(number).From;
        switch (cause.Rule)
        {
            case Rule.UnreadData:
                return string.Create(CultureInfo.InvariantCulture, $"{who} answers octets with a reset: the program that could read them has closed, the connection was in FIN-WAIT-2 and is gone now (RFC 9293 §3.6.1, RFC 2525 §2.17); SEQ is SEG.ACK = {headers.Seq}");
            case Rule.Reset:
                string ended = Ended(machine, headers.Source, headers.Destination, run.Packet(number).Sent);
                (string why, string section) = run.TryGetDrop(machine, cause.Subject, out LabDrop drop) ? drop.Drop.Reason switch
                {
                    DropReason.TcpNoListener when ended.Length > 0 => ($"nobody listens on port {headers.Source.Port}, and {ended}", "§3.10.7.1"),
                    DropReason.TcpListenOnly when ended.Length > 0 => ($"port {headers.Source.Port} only listens, and {ended}", "§3.10.7.2, second check"),
                    DropReason.TcpNoListener => ($"nobody listens on port {headers.Source.Port}, and no connection has these addresses and ports", "§3.10.7.1"),
                    DropReason.TcpListenOnly => ($"port {headers.Source.Port} only listens, and has sent nothing that could be acknowledged", "§3.10.7.2, second check"),
                    DropReason.TcpBacklogFull => ($"the accept queue of port {headers.Source.Port} is full, and net.ipv4.tcp_abort_on_overflow asks for a reset", ""),
                    _ => ("it has no such connection", "§3.10.7.1"),
                } : ("it has no such connection", "§3.10.7.1");
                string numbers = by > 0 && !run.Headers(by).Has(TcpFlags.Ack)
                    ? $"SEQ 0, and ack SEG.SEQ + SEG.LEN = {headers.Ack}" : $"SEQ is SEG.ACK = {headers.Seq}";
                return $"{who} answers with a reset: {why}; {numbers} (RFC 9293 §3.5.2 group 1{(section.Length > 0 ? ", " + section : "")})";
            case Rule.Acknowledge:
                return TellRetired(number, who, cause, by);
            case Rule.Open:
                return $"{who} answers the SYN with a cookie instead of remembering it: the queue of half-open connections is full, or cookies are forced (RFC 4987 §3.6)";
            case Rule.None when headers.Has(TcpFlags.Rst):
                return run.TryGetDrop(machine, cause.Subject, out LabDrop rejected) && rejected.Rule.Length > 0
                    ? $"{who}'s packet filter refused the packet and answers with a reset: {rejected.Rule}" : $"{who} answers with a reset";
            default:
                return $"{who} answers ({cause.Rule})";
        }
    }
}
