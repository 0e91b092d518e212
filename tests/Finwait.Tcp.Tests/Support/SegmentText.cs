using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Segments as text, close to tcpdump's: <c>[P.] 1:11 ack 1 win 502 &lt;nop&gt;</c>, numbers relative to both SYNs (a SYN is 0, the first octet 1).</summary>
internal static partial class SegmentText
{
    private static readonly (TcpFlags Flag, char Letter)[] s_letters =
    [
        (TcpFlags.Fin, 'F'), (TcpFlags.Syn, 'S'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'),
        (TcpFlags.Ack, '.'), (TcpFlags.Urg, 'U'), (TcpFlags.Ece, 'E'), (TcpFlags.Cwr, 'W'), (TcpFlags.Ae, 'A'),
    ];

    [GeneratedRegex(@"^\[(?<flags>[FSRP.UEWA]*)\] (?<abs>=?)(?<seq>-?\d+)(:(?<end>-?\d+))?( ack (?<ackabs>=?)(?<ack>-?\d+))?( win (?<win>\d+))?( urg (?<urg>\d+))?( <(?<options>[^>]*)>)?( (?<ecn>ect0|ect1|ce))?$")]
    private static partial Regex Line { get; }

    /// <summary>A segment that a script wants to send; numbers marked with = are absolute.</summary>
    public sealed record Parsed(TcpFlags Flags, SeqNum Seq, SeqNum Ack, int Length, ushort? Window, ushort Urgent, TcpOptionSet Options, bool EchoLast, EcnCodepoint Ecn);

    /// <summary>Reads one line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="seqBase">What sequence number 0 stands for.</param>
    /// <param name="ackBase">What acknowledgment number 0 stands for.</param>
    public static Parsed Parse(string text, SeqNum seqBase, SeqNum ackBase)
    {
        Match match = Line.Match(text);
        if (!match.Success)
        {
            throw new FormatException($"not a segment: {text}");
        }

        TcpFlags flags = 0;
        foreach (char letter in match.Groups["flags"].Value)
        {
            flags |= s_letters.Single(pair => pair.Letter == letter).Flag;
        }

        long seq = Number(match, "seq");
        int length = match.Groups["end"].Success ? (int)(Number(match, "end") - seq) : 0;
        TcpOptionSet options = ParseOptions(match.Groups["options"].Value, seqAckBase: ackBase, out bool echoLast);
        return new Parsed(
            flags,
            Absolute(match, "abs", seq, seqBase),
            match.Groups["ack"].Success ? Absolute(match, "ackabs", Number(match, "ack"), ackBase) : default,
            length,
            match.Groups["win"].Success ? (ushort)Number(match, "win") : null,
            match.Groups["urg"].Success ? (ushort)Number(match, "urg") : (ushort)0,
            options,
            echoLast,
            match.Groups["ecn"].Value switch { "ect0" => EcnCodepoint.Ect0, "ect1" => EcnCodepoint.Ect1, "ce" => EcnCodepoint.Ce, _ => EcnCodepoint.NotEct });
    }

    /// <summary>Prints what the engine sends. A reset that answers a segment without ACK has the absolute number 0, printed <c>=0</c>.</summary>
    public static string Print(in SegmentPlan plan, SeqNum seqBase, SeqNum ackBase, bool window, bool options)
    {
        StringBuilder text = new("[");
        foreach ((TcpFlags flag, char letter) in s_letters)
        {
            if ((plan.Flags & flag) != 0)
            {
                text.Append(letter);
            }
        }

        bool isAnswerWithoutAck = plan.Flags == (TcpFlags.Rst | TcpFlags.Ack) && plan.Cause.Rule == Rule.Reset && plan.Seq.Value == 0;
        text.Append("] ").Append(isAnswerWithoutAck ? "=0" : (plan.Seq - seqBase).ToString(CultureInfo.InvariantCulture));
        if (plan.PayloadLength > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $":{plan.Seq - seqBase + plan.PayloadLength}");
        }

        if ((plan.Flags & TcpFlags.Ack) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ack {plan.Ack - ackBase}");
        }

        if (window)
        {
            text.Append(CultureInfo.InvariantCulture, $" win {plan.RawWindow}");
        }

        if ((plan.Flags & TcpFlags.Urg) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" urg {plan.UrgentPointer}");
        }

        string list = PrintOptions(plan.Options, ackBase, options);
        if (list.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" <{list}>");
        }

        return plan.Ecn == EcnCodepoint.NotEct ? text.ToString() : text.Append(' ').Append(plan.Ecn switch { EcnCodepoint.Ect0 => "ect0", EcnCodepoint.Ect1 => "ect1", _ => "ce" }).ToString();
    }

    private static string PrintOptions(in TcpOptionSet set, SeqNum ackBase, bool all)
    {
        List<string> words = [];
        if (all)
        {
            if (set.Has(TcpOptionPresence.Mss))
            {
                words.Add($"mss {set.Mss}");
            }

            if (set.Has(TcpOptionPresence.SackPermitted))
            {
                words.Add("sackOK");
            }

            if (set.Has(TcpOptionPresence.Timestamps))
            {
                words.Add($"TS {set.TsVal}/{set.TsEcr}");
            }

            if (set.Has(TcpOptionPresence.WindowScale))
            {
                words.Add($"ws {set.WindowScale}");
            }
        }

        for (int i = 0; set.Has(TcpOptionPresence.Sack) && i < set.SackCount; i++)
        {
            words.Add($"sack {set.Sack[i].Left - ackBase}:{set.Sack[i].Right - ackBase}");
        }

        if (set.Has(TcpOptionPresence.AccurateEcn))
        {
            uint[] counters = set.EcnOrder == TcpOptionKind.AccurateEcn0 ? [set.Ee0b, set.Eceb, set.Ee1b] : [set.Ee1b, set.Eceb, set.Ee0b];
            words.Add($"accecn{(set.EcnOrder == TcpOptionKind.AccurateEcn0 ? 0 : 1)} {string.Join(' ', counters.Take(set.EcnCount))}".TrimEnd());
        }

        return string.Join(",", words);
    }

    private static TcpOptionSet ParseOptions(string list, SeqNum seqAckBase, out bool echoLast)
    {
        TcpOptionSet set = default;
        echoLast = false;
        foreach (string option in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = option.Split(' ', ':', '/');
            switch (words[0])
            {
                case "mss":
                    set.Present |= TcpOptionPresence.Mss;
                    set.Mss = ushort.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "ws":
                    set.Present |= TcpOptionPresence.WindowScale;
                    set.WindowScale = byte.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "sackOK":
                    set.Present |= TcpOptionPresence.SackPermitted;
                    break;
                case "TS":
                    set.Present |= TcpOptionPresence.Timestamps;
                    set.TsVal = uint.Parse(words[1], CultureInfo.InvariantCulture);
                    echoLast = words[2] == "last";
                    set.TsEcr = echoLast ? 0 : uint.Parse(words[2], CultureInfo.InvariantCulture);
                    break;
                case "sack":
                    set.Present |= TcpOptionPresence.Sack;
                    set.Sack[set.SackCount++] = new SackBlock(seqAckBase + int.Parse(words[1], CultureInfo.InvariantCulture), seqAckBase + int.Parse(words[2], CultureInfo.InvariantCulture));
                    break;
                case "accecn0" or "accecn1":
                    uint[] counters = [.. words.Skip(1).Select(word => uint.Parse(word, CultureInfo.InvariantCulture)), 0, 0, 0];
                    bool isFirst = words[0] == "accecn0";
                    set.Present |= TcpOptionPresence.AccurateEcn;
                    set.EcnOrder = isFirst ? TcpOptionKind.AccurateEcn0 : TcpOptionKind.AccurateEcn1;
                    set.EcnCount = (byte)(words.Length - 1);
                    set.Ee0b = isFirst ? counters[0] : counters[2];
                    set.Eceb = counters[1];
                    set.Ee1b = isFirst ? counters[2] : counters[0];
                    break;
                default:
                    throw new FormatException($"not an option: {option}");
            }
        }

        return set;
    }

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static SeqNum Absolute(Match match, string mark, long number, SeqNum start) =>
        match.Groups[mark].Value == "=" ? new SeqNum((uint)number) : start + unchecked((uint)number);
}
