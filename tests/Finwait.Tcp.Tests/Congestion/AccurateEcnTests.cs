using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Counting and telling of marks where AccECN was agreed (RFC 9768 §3.2).</summary>
public sealed class AccurateEcnTests
{
    private static ScriptedPeer Accurate(string wire, int option = 0, string options = "mss 1000,sackOK")
    {
        TcpSettings settings = new() { Ecn = 3, EcnOption = option, CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20) };
        ScriptedPeer peer = new(wire, settings);
        peer.Open();
        peer.In($"[S.W] 0 ack 1 <{options}>");
        Assert.Equal(TcpState.Established, peer.State);
        return peer;
    }

    private static TcpInfo Info(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now);

    /// <summary>The bits for a count of marked packets: AE, CWR, ECE are its low three bits.</summary>
    private static string Ace(int cep) => ((cep & 1) != 0 ? "E" : "") + ((cep & 2) != 0 ? "W" : "") + ((cep & 4) != 0 ? "A" : "");

    // X-9768-2: the count starts at 5 and each marked packet adds one, modulo eight; bare acknowledgments count too, and CWR clears nothing.
    [Theory, OnEveryWire]
    public void MarkedPackets_AreCountedModuloEight(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        int at = 1, cep = 5;
        for (int i = 0; i < 20; i++)
        {
            bool marked = i % 3 != 1;
            peer.In($"[.] {at}:{at + 1000} ack 1 {(marked ? "ce" : "ect0")}");
            at += 1000;
            cep += marked ? 1 : 0;
        }

        string sent = peer.Send(100);
        Assert.StartsWith($"[P.{Ace(cep)}] 1:101", sent, StringComparison.Ordinal);
        peer.In($"[.{Ace(5)}] {at} ack 101 ce");
        cep++;
        Assert.StartsWith($"[P.{Ace(cep)}] 101:201", peer.Send(100), StringComparison.Ordinal);
    }

    // X-9768-4: a mark behind an unmarked one is told at once; then every second one with text, so that eight never pass untold.
    [Theory, OnEveryWire]
    public void Marks_AreToldBeforeTheBitsGoRound(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        int at = 1;
        for (int i = 0; i < 60; i++, at += 100)
        {
            peer.In($"[.] {at}:{at + 100} ack 1 ect0");
        }

        peer.Run(0.1);
        Assert.Equal("", peer.In($"[.] {at}:{at + 100} ack 1 ect0"));
        at += 100;
        Assert.Equal($"[.{Ace(6)}] 1 ack {at + 100}", peer.In($"[.] {at}:{at + 100} ack 1 ce"));
        at += 100;
        int quiet = 0;
        for (int i = 0; i < 30; i++, at += 100)
        {
            quiet = peer.In($"[.] {at}:{at + 100} ack 1 ce").Length == 0 ? quiet + 1 : 0;
            Assert.True(quiet < 2, "two marks in a row and not a word");
        }
    }

    // X-9768-4: in a batch too: the engine wants to answer before the next segment once three marks wait.
    [Theory, OnEveryWire]
    public void Marks_InABatch_AskForAnAnswerInBetween(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        peer.InBatch("[.] 1:101 ack 1 ect0");
        peer.Sent();
        bool asked = false;
        peer.InBatch();
        for (int i = 0; i < 7 && !asked; i++)
        {
            peer.DeliverOnly($"[.] {101 + (i * 100)}:{201 + (i * 100)} ack 1 ce");
            asked = peer.Tcp.MustAnswerEach;
        }

        Assert.True(asked);
        Assert.NotEqual("", peer.Sent());
        Assert.False(peer.Tcp.MustAnswerEach);
    }

    // X-9768-2: more marks told: one reduction per round trip as for ECE; no CWR answers, in no segment.
    [Theory, OnEveryWire]
    public void ToldMarks_ReduceOncePerRoundTrip(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        peer.Send(100_000);
        for (int ack = 1001; ack <= 10_001; ack += 1000)
        {
            peer.In($"[.{Ace(5)}] 1 ack {ack}");
        }

        Assert.Equal(20, Info(peer).CongestionWindow);
        int cep = 5, end = peer.Variables.SndNxt;
        for (int ack = 11_001; ack <= end; ack += 1000)
        {
            cep++;
            peer.In($"[.{Ace(cep)}] 1 ack {ack}");
            Assert.Equal(9, Info(peer).SlowStartThreshold);     // of the 19 still out when the first told of it
        }

        Assert.Equal(0, Info(peer).RetransmittedTotal);
        peer.In($"[.{Ace(cep)}] 1 ack {end + 1000}");
        peer.In($"[.{Ace(cep)}] 1 ack {end + 2000}");
        Assert.Equal(9, Info(peer).SlowStartThreshold);     // nothing new was told
        peer.In($"[.{Ace(cep + 1)}] 1 ack {end + 3000}");
        Assert.Equal(4, Info(peer).SlowStartThreshold);
        Assert.All(peer.Emitted.Skip(2), plan => Assert.Equal(TcpFlags.Ae | TcpFlags.Ece, plan.Flags & Ecn.Bits));
    }

    // X-9768-2: an acknowledgment that does not move on is older or the same: its count is not taken for seven marks more.
    [Theory, OnEveryWire]
    public void OlderCount_IsNotTakenForNewMarks(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        peer.Send(20_000);
        peer.In($"[.{Ace(6)}] 1 ack 2001");
        peer.In($"[.{Ace(6)}] 1 ack 10001");
        peer.In($"[.{Ace(6)}] 1 ack 20001");
        int threshold = Info(peer).SlowStartThreshold;
        peer.Send(5000);
        peer.In($"[.{Ace(5)}] 1 ack 20001");
        Assert.Equal(threshold, Info(peer).SlowStartThreshold);
    }

    // X-9768-2, appendix A.2: one acknowledgment for more segments than three bits can count: without octets the worst is assumed, with them what they say.
    [Theory]
    [InlineData("", true)]
    [InlineData("accecn0 10001 0", false)]
    [InlineData("accecn0 2001 8000", true)]
    [InlineData("accecn0 7001 3000", true)]                 // eight small ones: no packet at all cannot have held 3000 octets
    public void ManySegmentsAtOnce_AreReadSafely(string option, bool reduces)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Accurate(wire, option: 2);
            peer.Send(10_000);
            peer.In($"[.{Ace(5)}] 1 ack 1001");
            int end = peer.Variables.SndNxt;
            Assert.True((end - 1001) / 1000 >= 8);
            peer.In($"[.{Ace(5)}] 1 ack {end}{(option.Length > 0 ? $" <{option}>" : "")}");   // the same three bits: none, or eight
            Assert.Equal(reduces, Info(peer).SlowStartThreshold != int.MaxValue);
        }
    }

    // X-9768-2, appendix A.2: eight segments are as many as the bits can hide, seven are not.
    [Theory, OnEveryWire(In = "7 8")]
    public void SegmentsAtOnce_FromEightOn_MayHideARound(string wire, string segments)
    {
        ScriptedPeer peer = Accurate(wire);
        peer.Send(10_000);
        peer.In($"[.{Ace(5)}] 1 ack 1001");
        peer.In($"[.{Ace(5)}] 1 ack {1001 + (1000 * (segments[0] - '0'))}");
        Assert.Equal(segments == "8", Info(peer).SlowStartThreshold != int.MaxValue);
    }

    // X-9768-2: whatever was assumed, the three bits stay those of the peer: the same bits again tell nothing new.
    [Theory, OnEveryWire]
    public void CountThatWasAssumed_KeepsThePeersBits(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        peer.Send(40_000);
        peer.In($"[.{Ace(5)}] 1 ack 1001");
        peer.In($"[.{Ace(6)}] 1 ack 2001");
        int threshold = Info(peer).SlowStartThreshold, end = peer.Variables.SndNxt;
        Assert.NotEqual(int.MaxValue, threshold);
        Assert.True((end - 3001) / 1000 >= 8);
        peer.In($"[.{Ace(7)}] 1 ack {end - 1000}");         // one mark or nine, in the round trip that has its reduction
        peer.In($"[.{Ace(7)}] 1 ack {end + 1000}");         // the next
        Assert.Equal(threshold, Info(peer).SlowStartThreshold);
    }

    // X-9768-3: the server takes counts as the client does, from the segment behind the handshake's acknowledgment on.
    [Theory, OnEveryWire]
    public void Server_TakesCountsAfterTheHandshake(string wire)
    {
        ScriptedPeer peer = new(wire, new TcpSettings { Ecn = 3, EcnOption = 0, CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20) });
        peer.Listen();
        peer.In("[SEWA] 0 <mss 1000,sackOK>");
        peer.In("[.W] 1 ack 1");
        peer.Send(10_000);
        peer.In($"[.{Ace(5)}] 1 ack 1001");
        Assert.Equal(int.MaxValue, Info(peer).SlowStartThreshold);
        peer.In($"[.{Ace(6)}] 1 ack 2001");
        Assert.NotEqual(int.MaxValue, Info(peer).SlowStartThreshold);
    }

    // X-9768-4: a single marked octet is told at once too; bare acknowledgments, which ask for no answer by themselves, only when three marks wait.
    [Theory, OnEveryWire]
    public void Marks_OnBareAcknowledgments_AreToldByThrees(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        Assert.Equal("", peer.In("[.EA] 1 ack 1 ce"));
        Assert.Equal("", peer.In("[.EA] 1 ack 1 ce"));
        Assert.Equal($"[.{Ace(8)}] 1 ack 1", peer.In("[.EA] 1 ack 1 ce"));
        for (int at = 1; at < 6001; at += 100)
        {
            peer.In($"[.] {at}:{at + 100} ack 1 ect0");
        }

        peer.Run(0.1);
        Assert.Equal($"[.{Ace(9)}] 1 ack 6002", peer.In("[.] 6001:6002 ack 1 ce"));
    }

    // X-9768-1: a count of zero in the first segment from the server was written by somebody else: no more ECN-capable text.
    [Theory, OnEveryWire]
    public void FirstCountOfZero_EndsCapableText(string wire)
    {
        ScriptedPeer peer = Accurate(wire);
        Assert.EndsWith("ect0", peer.Send(1000), StringComparison.Ordinal);
        peer.In("[.] 1 ack 1001");
        Assert.DoesNotContain("ect0", peer.Send(1000), StringComparison.Ordinal);
        Assert.Equal(int.MaxValue, Info(peer).SlowStartThreshold);
    }

    // X-9768-5: the option: octets of text by their marks, in the order that needs fewest; never on a SYN; SACK blocks have the right of way.
    [Theory, OnEveryWire]
    public void Option_TellsOctetsByMark(string wire)
    {
        ScriptedPeer peer = Accurate(wire, option: 2);
        Assert.Equal("<accecn0 1>", Option(peer.Emitted[1]));
        Assert.Equal("", Option(peer.Emitted[0]));
        Assert.EndsWith("<accecn0 1001>", peer.In("[.] 1:1001 ack 1 ect0"), StringComparison.Ordinal);
        Assert.EndsWith("<accecn0 1001 500>", peer.In("[.] 1001:1501 ack 1 ce"), StringComparison.Ordinal);
        Assert.EndsWith("<accecn0 1001 500 701>", peer.In("[.] 1501:2201 ack 1 ect1"), StringComparison.Ordinal);
        string sacked = peer.In("[.] 3001:4001 ack 1 ect0");
        Assert.EndsWith("<sack 3001:4001,accecn0 2001 500 701>", sacked, StringComparison.Ordinal);
        peer.In("[.] 5001:6001 ack 1 ect0");
        peer.In("[.] 7001:8001 ack 1 ect0");
        Assert.EndsWith("<sack 9001:10001,sack 7001:8001,sack 5001:6001,sack 3001:4001>", peer.In("[.] 9001:10001 ack 1 ect0"), StringComparison.Ordinal);
    }

    // X-9768-5: where only ECT(1) was seen the other order is shorter.
    [Theory, OnEveryWire]
    public void Option_WhereOnlyEct1WasSeen_HasTheOtherOrder(string wire)
    {
        ScriptedPeer peer = Accurate(wire, option: 2);
        Assert.EndsWith("<accecn1 1001>", peer.In("[.] 1:1001 ack 1 ect1"), StringComparison.Ordinal);
        Assert.EndsWith("<accecn1 1001 300>", peer.In("[.] 1001:1301 ack 1 ce"), StringComparison.Ordinal);
    }

    // X-9768-5: net.ipv4.tcp_ecn_option: 0 never; text keeps within the segment size whatever stands in the option.
    [Theory, OnEveryWire(In = "0 1 2 2,TS")]
    public void Option_IsSentAsTheSettingSays(string wire, string setting)
    {
        ScriptedPeer peer = Accurate(wire, option: setting[0] - '0', setting.EndsWith("TS", StringComparison.Ordinal) ? "mss 1000,sackOK,TS 1/last" : "mss 1000,sackOK");
        for (int at = 1; at < 10_000; at += 1000)
        {
            peer.In($"[.] {at}:{at + 1000} ack 1 ect0");
        }

        peer.Send(20_000);
        int with = peer.Emitted.Count(plan => plan.Options.Has(TcpOptionPresence.AccurateEcn));
        Assert.Equal(setting switch { "0" => 0, "1" => 1, _ => peer.Emitted.Count - 1 }, with);
        Assert.All(peer.Emitted.Skip(1), plan => Assert.True(plan.PayloadLength + TcpWriter.OptionLength(plan.Options, TcpOptionLayout.Linux, false) <= 1000));
    }

    // X-9768-5: a hole is reported beside text: only where there is room left stands the option.
    [Theory, OnEveryWire]
    public void Option_BesideTextAndABlock_KeepsWithinTheSegmentSize(string wire)
    {
        ScriptedPeer peer = Accurate(wire, option: 1);
        peer.In("[.] 1:501 ack 1 ce");
        peer.In("[.] 1001:2001 ack 1 ce");
        peer.Send(5500);
        Assert.Contains(peer.Emitted, plan => plan.PayloadLength > 0 && plan.Options.SackCount == 1);
        Assert.All(peer.Emitted.Skip(1), plan => Assert.True(plan.PayloadLength + TcpWriter.OptionLength(plan.Options, TcpOptionLayout.Linux, false) <= 1000));
    }

    // X-9768-5: written and read again, in both orders and with each number of counters, they are the same.
    [Theory]
    [InlineData(TcpOptionKind.AccurateEcn0, 0)]
    [InlineData(TcpOptionKind.AccurateEcn0, 1)]
    [InlineData(TcpOptionKind.AccurateEcn0, 2)]
    [InlineData(TcpOptionKind.AccurateEcn0, 3)]
    [InlineData(TcpOptionKind.AccurateEcn1, 0)]
    [InlineData(TcpOptionKind.AccurateEcn1, 1)]
    [InlineData(TcpOptionKind.AccurateEcn1, 2)]
    [InlineData(TcpOptionKind.AccurateEcn1, 3)]
    public void Option_WrittenAndRead_IsTheSame(byte kind, int count)
    {
        TcpOptionSet set = new() { Present = TcpOptionPresence.AccurateEcn | TcpOptionPresence.Timestamps, TsVal = 1, TsEcr = 2, EcnOrder = kind, EcnCount = (byte)count, Ee0b = 0xABCDEF, Eceb = 0x010203, Ee1b = 0xFFFFFE };
        byte[] header = new byte[60];
        int length = TcpWriter.WriteHeader(header, 1, 2, new SeqNum(3), new SeqNum(4), TcpFlags.Ack, 5, 0, set, TcpOptionLayout.Linux);
        Assert.Equal(20 + 12 + ((2 + (3 * count) + 3) / 4 * 4), length);
        Assert.Equal(length - 20, TcpWriter.OptionLength(set, TcpOptionLayout.Linux, isSyn: false));
        TcpOptionSet read = TcpOptionParser.Parse(header.AsSpan(20, length - 20), isSyn: false);
        bool zero = kind == TcpOptionKind.AccurateEcn0;
        Assert.Equal(set.Present, read.Present);
        Assert.Equal((kind, count), (read.EcnOrder, read.EcnCount));
        Assert.Equal((zero ? count >= 1 : count >= 3) ? set.Ee0b : 0, read.Ee0b);
        Assert.Equal(count >= 2 ? set.Eceb : 0, read.Eceb);
        Assert.Equal((zero ? count >= 3 : count >= 1) ? set.Ee1b : 0, read.Ee1b);
    }

    // X-9768-5: counters that start at zero where they must start at one were cleared on the way: the octets are not believed any more, whatever comes later.
    [Theory]
    [InlineData("accecn0 0 0 0", "accecn0 0 0 0")]
    [InlineData("accecn0 0 0 1", "accecn0 10001 0 1")]
    [InlineData("accecn0 1001 0 0", "accecn0 10001 0 1")]
    [InlineData("accecn1 0", "accecn0 10001 0 1")]
    public void ClearedOption_IsNotBelieved(string first, string later)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Accurate(wire, option: 2);
            peer.Send(10_000);
            peer.In($"[.{Ace(5)}] 1 ack 1001 <{first}>");
            int end = peer.Variables.SndNxt;
            peer.In($"[.{Ace(5)}] 1 ack {end} <{later}>");      // "nothing was marked", says the option; the safe reading stands
            Assert.NotEqual(int.MaxValue, Info(peer).SlowStartThreshold);
        }
    }

    private static string Option(in SegmentPlan plan) =>
        !plan.Options.Has(TcpOptionPresence.AccurateEcn) ? "" : $"<accecn{(plan.Options.EcnOrder == TcpOptionKind.AccurateEcn0 ? 0 : 1)} {plan.Options.Ee0b}>";
}
