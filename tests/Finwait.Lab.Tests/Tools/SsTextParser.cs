using System.Globalization;
using System.Text.RegularExpressions;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>Reads the text that <c>ss</c> printed back into rows: for round trips and comparisons only.</summary>
internal static partial class SsTextParser
{
    /// <summary>The moment all "so long ago" of parsed rows are counted from.</summary>
    internal static Instant Now { get; } = new(TimeSpan.TicksPerDay * 1000);

    /// <param name="text">Standard output of ss.</param>
    /// <param name="header">The header if the text has none (<c>-H</c>).</param>
    /// <param name="onlyKind">What the rows are if there is no Netid column.</param>
    internal static List<SsRow> Parse(string text, string? header = null, SsKind onlyKind = SsKind.Tcp)
    {
        List<SsRow> rows = [];
        string[] lines = text.Split('\n');
        int first = header is null ? 1 : 0;
        header ??= lines[0];
        Assert.Contains("Recv-Q", header, StringComparison.Ordinal);
        for (int i = first; i < lines.Length; i++)
        {
            if (lines[i].Length == 0)
            {
                continue;
            }

            string? second = i + 1 < lines.Length && lines[i + 1].StartsWith('\t') ? lines[++i] : null;
            rows.Add(ParseRow(lines[second is null ? i : i - 1], second, header, onlyKind));
        }

        return rows;
    }

    private static SsRow ParseRow(string line, string? second, string header, SsKind onlyKind)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int at = 0;
        SsKind kind = !header.StartsWith("Netid", StringComparison.Ordinal) ? onlyKind : words[at++] switch { "udp" => SsKind.Udp, "raw" => SsKind.Raw, _ => SsKind.Tcp };
        TcpState state = header.Contains("State", StringComparison.Ordinal) ? ParseState(words[at++]) : TcpState.Established;
        long receiveQueue = Number(words[at++]), sendQueue = Number(words[at++]);
        (IpAddress local, ushort localPort, bool localAny) = ParseEnd(words[at++], kind);
        (IpAddress peer, ushort peerPort, bool peerAny) = ParseEnd(words[at++], kind);
        string process = string.Join(' ', words[at..]);
        if (second is null && SameLinePattern().Match(process) is { Success: true } same)
        {
            second = process[same.Index..]; // -O
            process = process[..same.Index];
        }

        Match timer = TimerPattern().Match(process);
        Match details = DetailsPattern().Match(process);
        TcpTimerKind timerKind = timer.Groups[1].Value switch { "on" => TcpTimerKind.On, "keepalive" => TcpTimerKind.KeepAlive, "timewait" => TcpTimerKind.TimeWait, "persist" => TcpTimerKind.Persist, _ => TcpTimerKind.None };
        Match memory = MemoryPattern().Match(second ?? "");
        string info = MemoryPattern().Replace(second ?? "", "").Trim();
        return new()
        {
            Kind = kind,
            State = state,
            Local = localAny ? IpAddress.AnyV6 : local,
            LocalPort = localPort,
            Peer = peerAny ? IpAddress.AnyV6 : peer,
            PeerPort = peerPort,
            IsDualStack = localAny || details.Groups[3].Value == "0",
            ReceiveQueue = receiveQueue,
            SendQueue = sendQueue,
            Form = state == TcpState.SynReceived && info.Length == 0 ? SsRowForm.Request : timerKind == TcpTimerKind.TimeWait || state == TcpState.TimeWait ? SsRowForm.TimeWait : SsRowForm.Full,
            Users = [.. UserPattern().Matches(process).Select(match => new SocketUser(match.Groups[1].Value, (int)Number(match.Groups[2].Value), (int)Number(match.Groups[3].Value)))],
            Timer = timerKind,
            TimerRemaining = ParseRemaining(timer.Groups[2].Value),
            TimerCount = timer.Success ? (int)Number(timer.Groups[3].Value) : 0,
            Inode = details.Success ? Number(details.Groups[1].Value) : 0,
            Cookie = details.Success ? ulong.Parse(details.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0,
            ReceiveShut = process.EndsWith(" -->", StringComparison.Ordinal) || process.EndsWith(" ---", StringComparison.Ordinal),
            SendShut = process.EndsWith(" <--", StringComparison.Ordinal) || process.EndsWith(" ---", StringComparison.Ordinal),
            Memory = memory.Success ? ParseMemory(memory) : null,
            Info = info.Length == 0 ? null : ParseInfo(info, state),
            Bbr = ParseBbr(info),
        };
    }

    private static TcpState ParseState(string word) => Enum.GetValues<TcpState>().Single(state => SsStates.Word(state) == word);

    private static (IpAddress Address, ushort Port, bool IsBothAny) ParseEnd(string text, SsKind kind)
    {
        int colon = text.LastIndexOf(':');
        string address = text[..colon].Trim('[', ']');
        string port = text[(colon + 1)..];
        int number = 0;
        if (port != "*" && !int.TryParse(port, CultureInfo.InvariantCulture, out number))
        {
            Assert.True(ToolNames.ServicesOnly.TryFindService(port, kind == SsKind.Udp, out number), port);
        }

        return (address == "*" ? default : IpAddress.Parse(address), (ushort)number, address == "*");
    }

    private static TimeSpan ParseRemaining(string text)
    {
        Match match = RemainingPattern().Match(text);
        Assert.True(match.Success, text);
        long milliseconds = (Number(match.Groups[1].Value) * 60_000) + ((Number(match.Groups[2].Value) + Number(match.Groups[3].Value)) * 1000) + Number(match.Groups[4].Value);
        return TimeSpan.FromMilliseconds(milliseconds);
    }

    private static SsMemory ParseMemory(Match match)
    {
        long[] value = [.. Enumerable.Range(1, 9).Select(i => Number(match.Groups[i].Value))];
        return new() { ReceiveAllocated = value[0], ReceiveLimit = value[1], SendAllocated = value[2], SendLimit = value[3], Forward = value[4], SendQueued = value[5], Options = value[6], Backlog = value[7], Dropped = value[8] };
    }

    private static SsBbr? ParseBbr(string info)
    {
        Match match = BbrPattern().Match(info);
        return !match.Success ? null : new(Number(match.Groups[1].Value), Milliseconds(match.Groups[2].Value), Fraction(match.Groups[3].Value), Fraction(match.Groups[4].Value));
    }

    private static TcpInfo ParseInfo(string text, TcpState state)
    {
        TcpInfo info = new() { State = state, CongestionControl = "", SlowStartThreshold = int.MaxValue, Reordering = 3, LastDataSent = Now, LastDataReceived = Now, LastAckReceived = Now };
        string[] words = BbrPattern().Replace(text, "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            int colon = words[i].IndexOf(':');
            string name = colon < 0 ? words[i] : words[i][..colon];
            string value = colon >= 0 ? words[i][(colon + 1)..] : name is "send" or "pacing_rate" or "delivery_rate" ? words[++i] : "";
            Assert.True(TrySet(ref info, name, value), $"unknown word '{name}'");
        }

        return info;
    }

    private static bool TrySet(ref TcpInfo info, string name, string value)
    {
        string[] parts = value.Split(',', '/');
        switch (name)
        {
            case "ts": info.HasTimestamps = true; break;
            case "sack": info.HasSack = true; break;
            case "ecn": info.HasEcn = true; break;
            case "ecnseen": info.EcnSeen = true; break;
            case "cubic" or "reno" or "bbr": info.CongestionControl = name; break;
            case "wscale": (info.SendWindowScale, info.ReceiveWindowScale) = ((byte)Number(parts[0]), (byte)Number(parts[1])); break;
            case "rto": info.Rto = Milliseconds(value); break;
            case "backoff": info.Backoff = (int)Number(value); break;
            case "rtt": (info.Rtt, info.RttVar) = (Milliseconds(parts[0]), Milliseconds(parts[1])); break;
            case "ato": info.Ato = Milliseconds(value); break;
            case "mss": info.SendMss = (int)Number(value); break;
            case "pmtu": info.PathMtu = (int)Number(value); break;
            case "rcvmss": info.ReceiveMss = (int)Number(value); break;
            case "advmss": info.AdvertisedMss = (int)Number(value); break;
            case "cwnd": info.CongestionWindow = (int)Number(value); break;
            case "ssthresh": info.SlowStartThreshold = (int)Number(value); break;
            case "bytes_sent": info.BytesSent = Number(value); break;
            case "bytes_retrans": info.BytesRetransmitted = Number(value); break;
            case "bytes_acked": info.BytesAcked = Number(value); break;
            case "bytes_received": info.BytesReceived = Number(value); break;
            case "segs_out": info.SegmentsOut = Number(value); break;
            case "segs_in": info.SegmentsIn = Number(value); break;
            case "data_segs_out": info.DataSegmentsOut = Number(value); break;
            case "data_segs_in": info.DataSegmentsIn = Number(value); break;
            case "send": break; // follows from the others
            default: return TrySetLater(ref info, name, value, parts);
        }

        return true;
    }

    private static bool TrySetLater(ref TcpInfo info, string name, string value, string[] parts)
    {
        switch (name)
        {
            case "lastsnd": info.LastDataSent = Now - Milliseconds(value); break;
            case "lastrcv": info.LastDataReceived = Now - Milliseconds(value); break;
            case "lastack": info.LastAckReceived = Now - Milliseconds(value); break;
            case "pacing_rate": info.PacingRate = Number(value.Replace("bps", "", StringComparison.Ordinal)); break;
            case "delivery_rate": info.DeliveryRate = Number(value.Replace("bps", "", StringComparison.Ordinal)); break;
            case "delivered": info.Delivered = Number(value); break;
            case "app_limited": info.AppLimited = true; break;
            case "busy": info.Busy = Share(value); break;
            case "rwnd_limited": info.ReceiveWindowLimited = Share(value); break;
            case "sndbuf_limited": info.SendBufferLimited = Share(value); break;
            case "unacked": info.Unacked = (int)Number(value); break;
            case "retrans": (info.RetransmittedNow, info.RetransmittedTotal) = ((int)Number(parts[0]), (int)Number(parts[1])); break;
            case "lost": info.Lost = (int)Number(value); break;
            case "sacked": info.Sacked = (int)Number(value); break;
            case "dsack_dups": info.DsackDuplicates = (int)Number(value); break;
            case "reordering": info.Reordering = (int)Number(value); break;
            case "reord_seen": info.ReorderSeen = (int)Number(value); break;
            case "rcv_rtt": info.ReceiveRtt = Milliseconds(value); break;
            case "rcv_space": info.ReceiveSpace = (int)Number(value); break;
            case "rcv_ssthresh": info.ReceiveSlowStartThreshold = (int)Number(value); break;
            case "notsent": info.NotSent = (int)Number(value); break;
            case "minrtt": info.MinRtt = Milliseconds(value); break;
            case "rcv_ooopack": info.OutOfOrderPackets = (int)Number(value); break;
            case "snd_wnd": info.SendWindow = (int)Number(value); break;
            default: return false;
        }

        return true;
    }

    private static TimeSpan Share(string text) => Milliseconds(text[..text.IndexOf("ms", StringComparison.Ordinal)]);

    private static TimeSpan Milliseconds(string text) => new((long)Math.Round(Fraction(text) * TimeSpan.TicksPerMillisecond));

    private static double Fraction(string text) => text.Length == 0 ? 0 : double.Parse(text, CultureInfo.InvariantCulture);

    private static long Number(string text) => text.Length == 0 ? 0 : long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"timer:\((\w+),([^,]*),(\d+)\)")]
    private static partial Regex TimerPattern();

    [GeneratedRegex(@"(?<=^| )(skmem:|ts sack|cubic|bbr).*$")]
    private static partial Regex SameLinePattern();

    [GeneratedRegex(@"ino:(\d+) sk:([0-9a-f]+)(?: cgroup:\S+)?(?: v6only:([01]))?")]
    private static partial Regex DetailsPattern();

    [GeneratedRegex("""\("([^"]*)",pid=(\d+),fd=(\d+)\)""")]
    private static partial Regex UserPattern();

    [GeneratedRegex(@"skmem:\(r(\d+),rb(\d+),t(\d+),tb(\d+),f(\d+),w(\d+),o(\d+),bl(\d+),d(\d+)\)")]
    private static partial Regex MemoryPattern();

    [GeneratedRegex(@"bbr:\(bw:(\d+)bps,mrtt:([\d.]+)(?:,pacing_gain:([\d.]+))?(?:,cwnd_gain:([\d.]+))?\)")]
    private static partial Regex BbrPattern();

    [GeneratedRegex(@"^(?:(\d+)min)?(?:(\d+)sec|(\d+)\.)?(?:(\d+)ms)?$")]
    private static partial Regex RemainingPattern();
}
