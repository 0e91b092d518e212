using System.Globalization;
using Finwait.Inspect;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>What calls send.</content>
internal sealed partial class WhyTeller
{
    private string TellCall(int number, string who, Cause cause, in TcpStepValues values)
    {
        RunPacketHeaders headers = run.Headers(number);
        switch (cause.Rule)
        {
            case Rule.Open:
                return string.Create(CultureInfo.InvariantCulture, $"{who} opens the connection: SYN with ISS {values.Iss.Value}, and the state is SYN-SENT (RFC 9293 §3.10.1, active OPEN)");
            case Rule.Transmit:
                return TellText(number, who, values);
            case Rule.Abort:
                return $"{who} aborts the connection: a reset, and nothing is waited for (RFC 9293 §3.10.5, ABORT)";
            case Rule.Linger:
                return $"{who} closes with SO_LINGER of 0 s, which aborts: a reset instead of a FIN, and nothing is waited for (RFC 9293 §3.10.5, ABORT)";
            case Rule.OrphanLimit:
                return $"{who} closes, and connections without a program are too many: a reset instead of a FIN (net.ipv4.tcp_max_orphans)";
            case Rule.NoLinger2:
                return $"{who} closes in FIN-WAIT-2 with TCP_LINGER2 below 0: a reset, for nobody is to wait for the peer's FIN (RFC 9293 §3.10.5, ABORT)";
            case Rule.ListenerClosed:
                return string.Create(CultureInfo.InvariantCulture, $"{who} resets the connection: nobody had taken it by accept() when the listener of port {headers.Source.Port} closed (Linux; RFC 9293 has no accept())");
            case Rule.UnreadData:
                return $"{who} closes with octets that nobody has read: a reset tells the peer that they are lost (RFC 9293 §3.6.1, RFC 2525 §2.17)";
            case Rule.Acknowledge when cause.Kind == CauseKind.WindowOpened:
                return string.Create(CultureInfo.InvariantCulture,
                    $"{who}'s program read, and so made room: ack {headers.RelativeAck} tells the peer that it may send on (RFC 9293 §3.8.6.2.2; RFC 9293 §3.8.6.3 for an acknowledgment that waited)");
            case Rule.Acknowledge:
                return string.Create(CultureInfo.InvariantCulture, $"{who} acknowledges up to {headers.RelativeAck} at once, because the program asked for it (TCP_QUICKACK)");
            default:
                return $"{who} sends it for a call ({cause.Rule})";
        }
    }

    /// <summary>New text, or FIN, with the windows that let it go.</summary>
    private static string TellText(int number, string who, in TcpStepValues values, RunPacketHeaders headers)
    {
        long window = Math.Max(0, (long)WhyNumbers.Own(values, values.SndUna) + values.SndWnd - WhyNumbers.Own(values, values.SndNxt));
        string room = string.Create(CultureInfo.InvariantCulture,
            $"SND.UNA {WhyNumbers.Own(values, values.SndUna)} + SND.WND {values.SndWnd} − SND.NXT {WhyNumbers.Own(values, values.SndNxt)} leaves room for {window}, and {values.InFlight} of cwnd {values.Cwnd} are in flight");
        bool hasFin = headers.Has(TcpFlags.Fin);
        string end = hasFin && headers.Length == 0 ? "FIN: all text is sent" : hasFin ? $"the last {WhyNumbers.Octets(headers.Length)}, and FIN with them" : WhyNumbers.Octets(headers.Length);
        return $"{who} sends {end}: {room} (RFC 9293 {(hasFin ? "§3.10.4" : "§3.10.2")}, RFC 5681 §3.1)";
    }

    private string TellText(int number, string who, in TcpStepValues values) => TellText(number, who, values, run.Headers(number));

    /// <summary>The call that gave the first octet of a packet, or its FIN, to the connection.</summary>
    private WhyNext CallOfText(int number, in TcpStep step)
    {
        int machine = run.Packet(number).From;
        long offset = (long)run.Headers(number).RelativeSeq - 1;
        return run.Recorder.Steps[machine].TryGetQueued(step.Connection, offset, out TcpStep queued) ? CallNext(machine, queued.Cause.Subject) : default;
    }
}
