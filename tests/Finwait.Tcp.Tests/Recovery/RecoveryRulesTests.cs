namespace Finwait.Tcp.Tests;

/// <summary>The rules of fast recovery: RFC 6675 with SACK, RFC 6582 without, RFC 3042 before it, and RFC 9937 for how fast it sends.</summary>
public sealed class RecoveryRulesTests
{
    private const string Sack = "mss 1000,sackOK";

    private static ScriptedPeer Open(string wire, int octets, string options = Sack, int window = 10, TcpRecoveryMethods methods = TcpRecoveryMethods.Rack, bool forwardRto = true)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 0, options, settings: PathPeer.Settings(s => (s.InitialWindow, s.Recovery, s.ForwardRto) = (window, methods, forwardRto)));
        peer.Send(octets);
        peer.QuietUntil(0.1);
        return peer;
    }

    /// <summary>Segments that RFC 6675 calls the pipe: neither reported nor lost, and retransmissions.</summary>
    private static int Pipe(ScriptedPeer peer) => peer.Info().Unacked - peer.Info().Sacked - peer.Info().Lost + peer.Info().RetransmittedNow;

    // X-6675-1: IsLost: three separate ranges above it. What has fewer above is not lost yet, and the lost go first, from the lowest, then new text.
    [Theory, OnEveryWire]
    public void ThreeRangesAbove_LoseWhatLiesBelowTheLowest(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000, methods: TcpRecoveryMethods.None);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 2001:3001>"));
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 4001:5001,sack 2001:3001>"));
        Assert.Equal((2, 0, 8), (peer.Info().Sacked, peer.Info().Lost, Pipe(peer)));
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 6001:7001,sack 4001:5001,sack 2001:3001>"));
        Assert.Equal((3, 2, 6), (peer.Info().Sacked, peer.Info().Lost, Pipe(peer)));
        peer.Send(5000);
        Assert.Equal("[.] 1001:2001 ack 1", peer.In("[.] 1 ack 1 <sack 9001:10001,sack 6001:7001,sack 4001:5001>"));
        Assert.Equal((4, 3), (peer.Info().Sacked, peer.Info().Lost));
    }

    // X-6675-1: one range counts as several when it is long enough; the hole behind it is not lost, and nothing reported is sent again.
    [Theory, OnEveryWire]
    public void OneLongRange_LosesWhatLiesBelowIt_NotWhatLiesAbove(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000, methods: TcpRecoveryMethods.None);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 3001:5001>"));
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1", peer.In("[.] 1 ack 1 <sack 3001:7001>"));
        Assert.Equal((4, 3, 5), (peer.Info().Sacked, peer.Info().Lost, Pipe(peer)));
    }

    // X-6675-2: entered once for a window: the threshold falls once however many holes there are; the acknowledgment of all that was sent before ends it, a lower one does not.
    [Theory, OnEveryWire]
    public void Recovery_LastsUntilAllThatWasSentBeforeIsAcknowledged(string wire)
    {
        ScriptedPeer peer = Open(wire, 30_000);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.In("[.] 1 ack 1 <sack 1001:3001>");
        Assert.Equal(10, peer.Info().CongestionWindow);
        int recoveryPoint = peer.Variables.SndNxt;              // the third report comes now: HighData
        Assert.StartsWith("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"), StringComparison.Ordinal);
        int threshold = peer.Info().SlowStartThreshold;
        Assert.Equal(5, threshold);
        peer.In("[.] 1 ack 1 <sack 1001:10001>");
        peer.QuietUntil(0.2);
        Assert.Equal("[.] 10001:11001 ack 1", peer.In($"[.] 1 ack {recoveryPoint - 2000} <sack {recoveryPoint - 1000}:{recoveryPoint}>").Split('\n')[0]);
        Assert.Equal(threshold, peer.Info().SlowStartThreshold);        // a further hole: still the same recovery
        Assert.Equal(2, peer.Info().RetransmittedTotal);
        peer.RunUntil(0.29);
        peer.In($"[.] 1 ack {recoveryPoint}");
        Assert.InRange(peer.Info().CongestionWindow, threshold, threshold + 1);
        Assert.Equal(peer.Info().CongestionWindow, peer.Info().Unacked);
        peer.RunUntil(0.4);
        peer.In($"[.] 1 ack {recoveryPoint} <sack {recoveryPoint + 1000}:{recoveryPoint + 5000}>");
        Assert.True(peer.Info().SlowStartThreshold < threshold, "another recovery");
    }

    // X-6675-2: no more is sent than the window leaves beside the pipe.
    [Theory, OnEveryWire]
    public void Recovery_SendsOnlyWhatTheWindowLeavesBesideThePipe(string wire)
    {
        ScriptedPeer peer = Open(wire, 200_000, window: 30);
        for (int end = 2001; end <= 30_001; end += 1000)
        {
            int before = Pipe(peer);
            string sent = peer.In($"[.] 1 ack 1 <sack 1001:{end}>");
            Assert.True(Pipe(peer) <= Math.Max(peer.Info().CongestionWindow, before - 1), $"{Pipe(peer)} in the network, window {peer.Info().CongestionWindow}");
            Assert.InRange(PathPeer.Lines(sent), 0, 1);
        }

        Assert.Equal((15, 15), (Pipe(peer), peer.Info().CongestionWindow));
    }

    // X-6675-3: a timeout during recovery: until what was in flight then is acknowledged, reports start no other one, and the threshold stays.
    [Theory, OnEveryWire]
    public void TimeoutInRecovery_NoOtherRecoveryBeforeAllIsAcknowledged(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000, forwardRto: false);
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>").Split('\n')[0]);
        Assert.EndsWith("[.] 1:1001 ack 1", peer.RunUntil(0.6), StringComparison.Ordinal);
        Assert.Equal((5, 1), (peer.Info().SlowStartThreshold, peer.Info().CongestionWindow));
        peer.QuietUntil(0.65);
        peer.In("[.] 1 ack 4001");
        Assert.Equal(2, peer.Info().CongestionWindow);          // slow start goes on (fast recovery would hold it)
        peer.In("[.] 1 ack 4001 <sack 5001:6001>");
        peer.In("[.] 1 ack 4001 <sack 5001:7001>");
        peer.In("[.] 1 ack 4001 <sack 5001:8001>");
        peer.In("[.] 1 ack 4001 <sack 5001:9001>");
        Assert.Equal(5, peer.Info().SlowStartThreshold);
        peer.RunUntil(0.75);
        peer.In("[.] 1 ack 10001");
        Assert.Equal(5, peer.Info().SlowStartThreshold);
        Assert.Equal(0, peer.Info().Unacked);
        peer.Send(10_000);
        int flight = peer.Info().Unacked;
        Assert.InRange(flight, 3, 5);
        peer.RunUntil(0.85);
        peer.In("[.] 1 ack 10001 <sack 11001:13001>");
        peer.RunUntil(0.9);
        Assert.Equal(Math.Max(2, flight / 2), peer.Info().SlowStartThreshold);   // now a loss counts again
    }

    // X-6582-1: the third duplicate begins recovery; each further one lets a segment out; a partial acknowledgment sends the next hole, and only that; the last one ends it.
    [Theory, OnEveryWire]
    public void WithoutSack_RecoveryGoesFromHoleToHole(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000, "mss 1000");    // the first and the fifth are lost: eight duplicates come
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("", peer.In("[.] 1 ack 1"));
        }

        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1"));
        peer.Send(20_000);
        string sent = "";
        for (int i = 0; i < 5; i++)
        {
            sent += peer.In("[.] 1 ack 1");
        }

        Assert.DoesNotContain("] 1:1001", sent, StringComparison.Ordinal);
        Assert.Contains("[.] 10001:11001 ack 1", sent, StringComparison.Ordinal);
        peer.QuietUntil(0.2);
        string partial = peer.In("[.] 1 ack 4001");
        Assert.StartsWith("[.] 4001:5001 ack 1", partial, StringComparison.Ordinal);
        Assert.InRange(PathPeer.Lines(partial), 1, 2);
        Assert.Equal(5, peer.Info().SlowStartThreshold);
        peer.QuietUntil(0.3);
        peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        Assert.Equal((2, 5), (peer.Info().RetransmittedTotal, peer.Info().SlowStartThreshold));
        Assert.InRange(peer.Info().CongestionWindow, 5, 6);
    }

    // X-6582-1: duplicates of exactly what recovery ended with prove nothing: ACK − 1 is not above recover.
    [Theory, OnEveryWire]
    public void WithoutSack_DuplicatesAtRecover_BeginNothing(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000, "mss 1000");
        for (int i = 0; i < 3; i++)
        {
            peer.In("[.] 1 ack 1");
        }

        peer.QuietUntil(0.2);
        peer.In("[.] 1 ack 10001");
        peer.Send(20_000);
        for (int i = 0; i < 5; i++)
        {
            Assert.DoesNotContain("] 10001:11001", peer.In("[.] 1 ack 10001"), StringComparison.Ordinal);
        }

        Assert.Equal((5, 1), (peer.Info().SlowStartThreshold, peer.Info().RetransmittedTotal));
        peer.In("[.] 1 ack 11001");                             // something above is acknowledged: from here on they count again
        for (int i = 0; i < 3; i++)
        {
            peer.In("[.] 1 ack 11001");
        }

        Assert.Equal(2, peer.Info().RetransmittedTotal);
    }

    // X-3042-1: each of the first two duplicates lets one new segment out; the window stays; the third sends the hole.
    [Theory, OnEveryWire]
    public void FirstTwoDuplicates_LetOneNewSegmentOutEach(string wire)
    {
        ScriptedPeer peer = Open(wire, 30_000, "mss 1000");
        Assert.Equal("[.] 10001:11001 ack 1", peer.In("[.] 1 ack 1"));
        Assert.Equal("[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1"));
        Assert.Equal((10, 12), (peer.Info().CongestionWindow, peer.Info().Unacked));
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1"));
    }

    // X-3042-1: with SACK only where something new is reported.
    [Theory, OnEveryWire]
    public void FirstTwoDuplicates_WithSack_LetOutOnlyForNewReports(string wire)
    {
        ScriptedPeer peer = Open(wire, 30_000);
        Assert.Equal("", peer.In("[.] 1 ack 1"));
        Assert.Equal("[.] 10001:11001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
        Assert.Equal("[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:3001>"));
        Assert.Equal(10, peer.Info().CongestionWindow);
    }

    // X-3042-1: and not beyond the peer's window.
    [Theory, OnEveryWire(In = "mss mss,sackOK")]
    public void FirstTwoDuplicates_InAFullWindow_LetNothingOut(string wire, string options)
    {
        ScriptedPeer peer = new(wire, PathPeer.Settings()) { Window = 10_000 };
        peer.Open();
        peer.Run(0.1);
        peer.In($"[S.] 0 ack 1 <{options.Replace("mss", "mss 1000", StringComparison.Ordinal)}>");
        peer.Send(30_000);
        Assert.Equal("", peer.In(options == "mss" ? "[.] 1 ack 1" : "[.] 1 ack 1 <sack 1001:2001>"));
        Assert.Equal("", peer.In(options == "mss" ? "[.] 1 ack 1" : "[.] 1 ack 1 <sack 1001:3001>"));
        Assert.Equal(10, peer.Info().Unacked);
    }

    // X-9937-1: RecoverFS is what is outstanding less what was reported before: of ten, two; so ⌈2·5/8⌉ = 2 may be out after two deliveries, where ten would allow one.
    [Theory, OnEveryWire]
    public void RecoverFs_LeavesOutWhatWasReportedBefore(string wire)
    {
        ScriptedPeer peer = Open(wire, 10_000);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.In("[.] 1 ack 1 <sack 1001:3001>");
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
        Assert.Equal("", peer.Send(20_000));
        Assert.Equal("[.] 10001:11001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:5001>"));
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:6001>"));      // ⌈3·5/8⌉ is 2 still
    }

    // X-9937-1: what the triggering acknowledgment takes off counts: twenty, so ⌈8·7/20⌉ = 3 go, where fifteen would allow four.
    [Theory, OnEveryWire]
    public void RecoverFs_CountsWhatTheTriggeringAckAcknowledges(string wire)
    {
        ScriptedPeer peer = Open(wire, 60_000, window: 20);
        Assert.Equal("[.] 5001:6001 ack 1\n[.] 20001:21001 ack 1\n[.] 21001:22001 ack 1", peer.In("[.] 1 ack 5001 <sack 6001:9001>"));
        Assert.Equal(7, peer.Info().SlowStartThreshold);
    }

    // X-9937-1: every recovery counts anew.
    [Theory, OnEveryWire]
    public void SecondRecovery_CountsFromZero(string wire)
    {
        ScriptedPeer peer = Open(wire, 20_000, window: 20);
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>").Split('\n')[0]);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:20001>"));
        peer.QuietUntil(0.2);
        peer.In("[.] 1 ack 20001");
        peer.Send(40_000);
        Assert.Equal(10, peer.Info().Unacked);
        peer.QuietUntil(0.3);
        Assert.Equal("[.] 20001:21001 ack 1\n[.] 30001:31001 ack 1", peer.In("[.] 1 ack 20001 <sack 21001:24001>"));    // ⌈3·5/10⌉ = 2
    }

    // X-9937-2: what was reported before is not delivered again when it is acknowledged, and an acknowledgment that delivers nothing sends nothing.
    [Theory, OnEveryWire]
    public void DeliveredData_IsWhatIsNew(string wire)
    {
        ScriptedPeer peer = Open(wire, 60_000, window: 20);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.In("[.] 1 ack 1 <sack 1001:3001>");                // 22 are out: RecoverFS is 20
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
        int window = peer.Info().CongestionWindow;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
            Assert.Equal(window, peer.Info().CongestionWindow);
        }

        Assert.Equal("", peer.In("[.] 1 ack 4001"));            // the original was only late: delivers one, not four: ⌈2·10/20⌉ = 1 is out already
        Assert.Equal("[.] 4001:5001 ack 1", peer.In("[.] 1 ack 4001 <sack 5001:6001>"));
    }

    // X-7323-7: the peer took window back: what goes again stays within it, and the rest follows when it opens.
    [Theory, OnEveryWire]
    public void WindowTakenBack_RetransmissionIsCutToIt_AndTheRestFollows(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 2500);
        peer.QuietUntil(0.1);
        Assert.Equal("", peer.In("[.] 1 ack 1 win 400"));
        Assert.Equal("0.300 [.] 1:401 ack 1", peer.RunUntil(0.31));
        Assert.Equal(4, peer.Info().Unacked);
        Assert.Equal("[.] 401:1001 ack 1", peer.In("[.] 1 ack 401 win 700"));
        Assert.Equal("[.] 1001:2001 ack 1\n[P.] 2001:2501 ack 1", peer.In("[.] 1 ack 1001 win 5000"));
        Assert.Equal("", peer.In("[.] 1 ack 2501"));
        Assert.Equal((0, 0, 0), (peer.Info().Unacked, peer.Info().Lost, peer.Info().RetransmittedNow));
    }

    // X-7323-7: nothing is left of the window: the oldest goes whole, as a probe of it (decision 0010).
    [Theory, OnEveryWire]
    public void WindowTakenBackWhole_RetransmissionIsTheProbe(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 1000);
        peer.QuietUntil(0.1);
        Assert.Equal("", peer.In("[.] 1 ack 1 win 0"));
        Assert.Equal("0.300 [P.] 1:1001 ack 1", peer.RunUntil(0.31));
    }
}
