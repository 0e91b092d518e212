using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>
/// Compares the sockets that two hosts show, one real and one of the lab. Left out are the ports that a host gave out by itself, inodes and
/// cookies; times may differ a little; rates follow from times and must only be there in both. All else has to be the same.
/// </summary>
internal sealed class SocketRowComparer
{
    private const int FirstGivenPort = 32768; // net.ipv4.ip_local_port_range of Linux begins here

    private static readonly (string Name, Func<TcpInfo, object?> Value)[] s_exact =
    [
        ("ts", info => info.HasTimestamps), ("sack", info => info.HasSack), ("ecn", info => info.HasEcn), ("ecnseen", info => info.EcnSeen), ("congestion control", info => info.CongestionControl),
        ("wscale", info => $"{info.SendWindowScale},{info.ReceiveWindowScale}"), ("backoff", info => info.Backoff), ("mss", info => info.SendMss), ("pmtu", info => info.PathMtu), ("rcvmss", info => info.ReceiveMss),
        ("advmss", info => info.AdvertisedMss), ("cwnd", info => info.CongestionWindow), ("ssthresh", info => info.SlowStartThreshold >= 0xFFFF ? null : info.SlowStartThreshold), ("bytes_sent", info => info.BytesSent),
        ("bytes_retrans", info => info.BytesRetransmitted), ("bytes_acked", info => info.BytesAcked), ("bytes_received", info => info.BytesReceived), ("segs_out", info => info.SegmentsOut), ("segs_in", info => info.SegmentsIn),
        ("data_segs_out", info => info.DataSegmentsOut), ("data_segs_in", info => info.DataSegmentsIn), ("delivered", info => info.Delivered), ("app_limited", info => info.AppLimited), ("unacked", info => info.Unacked),
        ("retrans", info => $"{info.RetransmittedNow}/{info.RetransmittedTotal}"), ("lost", info => info.Lost), ("sacked", info => info.Sacked), ("dsack_dups", info => info.DsackDuplicates), ("reordering", info => info.Reordering is 0 ? 3 : info.Reordering),
        ("reord_seen", info => info.ReorderSeen), ("rcv_space", info => info.ReceiveSpace), ("rcv_ssthresh", info => info.ReceiveSlowStartThreshold), ("notsent", info => info.NotSent), ("rcv_ooopack", info => info.OutOfOrderPackets), ("snd_wnd", info => info.SendWindow),
    ];

    private static readonly (string Name, Func<TcpInfo, long> Value)[] s_presence = [("pacing_rate", info => info.PacingRate), ("delivery_rate", info => info.DeliveryRate)];

    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private readonly HashSet<string> _ignored;
    private readonly List<string> _differences = [];

    /// <param name="ignored">Words of <c>ss -i</c> that this comparison is not about.</param>
    private SocketRowComparer(IEnumerable<string> ignored) => _ignored = [.. ignored];

    /// <summary>How far two "so long ago", "so long until" and "so long in all" may be apart: the real tables were read one after the other.</summary>
    internal static TimeSpan ClockTolerance { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How far two round trips or timeouts may be apart, and besides a quarter of the larger one: the real hosts shared a busy machine.</summary>
    internal static TimeSpan RoundTripTolerance { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>All differences, one line each; empty if there is none that matters.</summary>
    /// <param name="expected">Rows of the real host, counted from <paramref name="expectedNow"/>.</param>
    /// <param name="expectedNow">When they were read.</param>
    /// <param name="actual">Rows of the lab's host, counted from <paramref name="actualNow"/>.</param>
    /// <param name="actualNow">When they were read.</param>
    /// <param name="ignored">Words of <c>ss -i</c> that are left out.</param>
    internal static IReadOnlyList<string> Compare(IReadOnlyList<SsRow> expected, Instant expectedNow, IReadOnlyList<SsRow> actual, Instant actualNow, params string[] ignored)
    {
        SocketRowComparer comparer = new(ignored);
        // Rows of one key are taken in one order on both sides, so that connections that stand for each other meet.
        List<SsRow> left = [.. actual.OrderBy(Order)];
        foreach (SsRow row in expected.OrderBy(Order))
        {
            int at = left.FindIndex(other => Key(other) == Key(row) && other.State == row.State);
            at = at >= 0 ? at : left.FindIndex(other => Key(other) == Key(row));
            if (at < 0)
            {
                comparer._differences.Add($"missing: {Name(row)} {SsStates.Word(row.State)}");
                continue;
            }

            comparer.CompareRow(row, expectedNow, left[at], actualNow);
            left.RemoveAt(at);
        }

        comparer._differences.AddRange(left.Select(row => $"not expected: {Name(row)} {SsStates.Word(row.State)}"));
        return comparer._differences;
    }

    private void CompareRow(SsRow expected, Instant expectedNow, SsRow actual, Instant actualNow)
    {
        string name = Name(expected);
        Check(name, "state", SsStates.Word(expected.State), SsStates.Word(actual.State));
        Check(name, "Recv-Q", expected.ReceiveQueue, actual.ReceiveQueue);
        Check(name, "Send-Q", expected.SendQueue, actual.SendQueue);
        Check(name, "form", expected.Form, actual.Form);
        Check(name, "users", Users(expected), Users(actual));
        Check(name, "timer", SsInfoText.TimerName(expected.Timer) ?? "none", SsInfoText.TimerName(actual.Timer) ?? "none");
        if (expected.Timer != TcpTimerKind.None && expected.Timer == actual.Timer)
        {
            Check(name, "timer count", expected.TimerCount, actual.TimerCount);
            CheckTime(name, "timer remaining", expected.TimerRemaining, actual.TimerRemaining, ClockTolerance);
        }

        if (expected.Info is { } left && actual.Info is { } right)
        {
            CompareInfo(name, left, expectedNow, right, actualNow);
        }
        else
        {
            Check(name, "TCP information", expected.Info is null ? "none" : "some", actual.Info is null ? "none" : "some");
        }
    }

    private void CompareInfo(string name, TcpInfo expected, Instant expectedNow, TcpInfo actual, Instant actualNow)
    {
        foreach ((string word, Func<TcpInfo, object?> value) in s_exact)
        {
            Check(name, word, value(expected), value(actual));
        }

        foreach ((string word, Func<TcpInfo, long> value) in s_presence)
        {
            Check(name, word, value(expected) == 0 ? "none" : "some", value(actual) == 0 ? "none" : "some");
        }

        if (expected.State != TcpState.Listen)
        {
            CheckTime(name, "lastsnd", Ago(expectedNow, expected.LastDataSent), Ago(actualNow, actual.LastDataSent), ClockTolerance);
            CheckTime(name, "lastrcv", Ago(expectedNow, expected.LastDataReceived), Ago(actualNow, actual.LastDataReceived), ClockTolerance);
            CheckTime(name, "lastack", Ago(expectedNow, expected.LastAckReceived), Ago(actualNow, actual.LastAckReceived), ClockTolerance);
        }

        CheckTime(name, "busy", expected.Busy, actual.Busy, ClockTolerance);
        CheckTime(name, "rwnd_limited", expected.ReceiveWindowLimited, actual.ReceiveWindowLimited, ClockTolerance);
        CheckTime(name, "sndbuf_limited", expected.SendBufferLimited, actual.SendBufferLimited, ClockTolerance);
        CheckRoundTrip(name, "rto", expected.Rto, actual.Rto);
        CheckRoundTrip(name, "ato", expected.Ato, actual.Ato);
        CheckRoundTrip(name, "rtt", expected.Rtt, actual.Rtt);
        CheckRoundTrip(name, "rttvar", expected.RttVar, actual.RttVar);
        CheckRoundTrip(name, "minrtt", expected.MinRtt, actual.MinRtt);
        CheckRoundTrip(name, "rcv_rtt", expected.ReceiveRtt, actual.ReceiveRtt);
    }

    private void Check(string row, string word, object? expected, object? actual)
    {
        if (!Equals(expected, actual) && !_ignored.Contains(word))
        {
            _differences.Add(string.Create(CultureInfo.InvariantCulture, $"{row}: {word} is {actual ?? "not set"}, expected {expected ?? "not set"}"));
        }
    }

    private void CheckTime(string row, string word, TimeSpan expected, TimeSpan actual, TimeSpan tolerance)
    {
        // What never happened is counted from the start of the host, which stands for nothing; the lab's hosts start with the lab.
        if (expected < Never && (expected - actual).Duration() > tolerance && !_ignored.Contains(word))
        {
            _differences.Add(string.Create(CultureInfo.InvariantCulture, $"{row}: {word} is {actual.TotalMilliseconds:0.###} ms, expected {expected.TotalMilliseconds:0.###} ms"));
        }
    }

    private void CheckRoundTrip(string row, string word, TimeSpan expected, TimeSpan actual)
    {
        CheckTime(row, word, expected, actual, RoundTripTolerance + (TimeSpan.FromTicks(Math.Max(expected.Ticks, actual.Ticks)) / 4));
        Check(row, word + " there", expected > TimeSpan.Zero, actual > TimeSpan.Zero);
    }

    // The machine of the golden runs had run for longer than any of them took.
    private static TimeSpan Ago(Instant now, Instant then) => now - then > TimeSpan.FromMinutes(5) ? Never : now - then;

    private static (SsKind, IpAddress, int, IpAddress, int) Key(SsRow row) => (row.Kind, row.Local, Known(row.LocalPort), row.Peer, Known(row.PeerPort));

    private static int Known(ushort port) => port >= FirstGivenPort ? FirstGivenPort : port;

    private static (SsKind, bool, int, TcpState, long, int) Order(SsRow row) => (row.Kind, row.IsV6, Known(row.LocalPort), row.State, row.ReceiveQueue, row.Users.Count == 0 ? int.MaxValue : row.Users[0].Descriptor);

    private static string Users(SsRow row) => row.Users.Count == 0 ? "none" : string.Join(' ', row.Users.Select(user => string.Create(CultureInfo.InvariantCulture, $"{user.Command}/{user.ProcessId}/{user.Descriptor}")));

    private static string Name(SsRow row) => $"{End(row.Local, row.LocalPort)} > {End(row.Peer, row.PeerPort)}";

    private static string End(IpAddress address, ushort port) => string.Create(CultureInfo.InvariantCulture, $"{(address.IsV6 ? $"[{address}]" : address)}:{(port >= FirstGivenPort ? "client" : port)}");
}
