using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Numbers in the words of <c>why</c>: sequence numbers counted from the initial ones, as the ladder and tcpdump show them, times in milliseconds or seconds.</summary>
internal static class WhyNumbers
{
    /// <summary>A number of our own direction.</summary>
    public static uint Own(in TcpStepValues values, SeqNum number) => unchecked(number.Value - values.Iss.Value);

    /// <summary>A number of the peer's direction.</summary>
    public static uint Peer(in TcpStepValues values, SeqNum number) => unchecked(number.Value - values.Irs.Value);

    /// <summary>"1 octet", "21 octets".</summary>
    public static string Octets(long count) => Count(count, "octet");

    /// <summary>"1 segment", "3 segments".</summary>
    public static string Segments(long count) => Count(count, "segment");

    public static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>The verb behind a count.</summary>
    public static string Are(long count) => count == 1 ? "is" : "are";

    /// <summary>"0.13 ms", "204 ms", "1.02 s".</summary>
    public static string Span(TimeSpan span)
    {
        double milliseconds = span.TotalMilliseconds;
        return milliseconds >= 1000 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s")
            : milliseconds >= 10 ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.###} ms");
    }

    /// <summary>A moment as the ladder has it.</summary>
    public static string At(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);

    /// <summary>"1st", "2nd", "3rd".</summary>
    public static string Ordinal(int number) => (number % 100 / 10 == 1 ? 0 : number % 10) switch
    {
        1 => string.Create(CultureInfo.InvariantCulture, $"{number}st"),
        2 => string.Create(CultureInfo.InvariantCulture, $"{number}nd"),
        3 => string.Create(CultureInfo.InvariantCulture, $"{number}rd"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number}th"),
    };

    /// <summary>A state as RFC 9293 writes it.</summary>
    public static string State(TcpState state) => state switch
    {
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.LastAck => "LAST-ACK",
        TcpState.TimeWait => "TIME-WAIT",
        _ => state.ToString().ToUpperInvariant(),
    };

    /// <summary>How RTO came about: "RTO 204 ms = SRTT 0.13 ms + 4·RTTVAR, at least 200 ms (RFC 6298 §2.3)".</summary>
    public static string Rto(in TcpStepValues values, TcpSettings settings)
    {
        TimeSpan least = settings.RtoMin;
        string doubled = values.Backoff > 0 ? string.Create(CultureInfo.InvariantCulture, $", doubled {Times(values.Backoff)} (RFC 6298 §5.5)") : "";
        if (values.Srtt == TimeSpan.Zero)
        {
            string linear = values is { State: TcpState.SynSent, Retransmits: > 0 } && settings.SynLinearTimeouts > 0
                ? $", and the first {Count(settings.SynLinearTimeouts, "repetition")} of a SYN {(settings.SynLinearTimeouts == 1 ? "does" : "do")} not double it (net.ipv4.tcp_syn_linear_timeouts, as Linux; RFC 6298 §5.5 doubles at each)" : "";
            return $"RTO {Span(values.Rto)}: nothing measured yet, so it starts at 1 s (RFC 6298 §2.1){linear}{doubled}";
        }

        string variance = values.RttVar * 4 < least ? $"{Span(least)}, the least that 4·RTTVAR ({Span(values.RttVar * 4)}) counts as" : $"4·RTTVAR {Span(values.RttVar)}";
        return $"RTO {Span(values.Rto)} = SRTT {Span(values.Srtt)} + {variance} (RFC 6298 §2.3), in ticks of 4 ms{doubled}";
    }

    /// <summary>How the time of a tail loss probe came about.</summary>
    public static string Pto(in TcpStepValues values, TimeSpan held)
    {
        string wait = values.Unacked == 1 ? $"{Span(held)} that one acknowledgment may be held back" : "8 ms";
        return values.Srtt == TimeSpan.Zero ? "PTO is 1 s: nothing measured yet (RFC 8985 §7.2)" : $"PTO = 2·SRTT {Span(values.Srtt * 2)} + {wait}, never behind RTO {Span(values.Rto)} (RFC 8985 §7.2)";
    }

    public static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => string.Create(CultureInfo.InvariantCulture, $"{count} times") };
}
