namespace Finwait.Tcp.Tests;

/// <summary>Seventh check of RFC 9293 §3.10.7.4: the text of a segment.</summary>
public sealed class TextCheckTests
{
    // SM-TXT-1
    [Theory, OnEveryWire(In = "ES F1 F2")]
    public void TextInOrder_IsDeliveredAndAcknowledged(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal($"[.] {peer.Variables.SndNxt} ack 11", peer.In($"[P.] 1:11 ack {(state == "F2" ? 2 : 1)}"));
        Assert.Equal("Readable", peer.TakeEvents());
        Assert.Equal(10, peer.ReadAll());
    }

    // SM-TXT-1, SHLD-31, MAY-13, X-5681-6: held, and acknowledged at once with the number that is missing.
    [Theory, OnEveryWire(In = "ES F1 F2")]
    public void TextOutOfOrder_IsHeldUntilTheHoleIsFilled(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int next = peer.Variables.SndNxt;
        int ack = state == "F2" ? 2 : 1;
        Assert.Equal($"[.] {next} ack 1", peer.In($"[P.] 11:21 ack {ack}"));
        Assert.Equal($"[.] {next} ack 1", peer.In($"[P.] 31:41 ack {ack}"));
        Assert.Equal($"[.] {next} ack 1", peer.In($"[P.] 21:31 ack {ack}"));
        Assert.Equal(("", 0), (peer.TakeEvents(), peer.Tcp.Readable));
        Assert.Equal($"[.] {next} ack 41", peer.In($"[P.] 1:11 ack {ack}"));
        Assert.Equal("Readable", peer.TakeEvents());
        Assert.Equal(40, peer.ReadAll());
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-TXT-1: segments that overlap what is held, before, behind and around it, at every order of arrival.
    [Fact]
    public void OverlappingText_InEveryOrder_MakesOneStream()
    {
        string[] pieces = ["1:9", "5:17", "13:15", "13:25", "21:29"];
        foreach (string[] order in Permutations(pieces))
        {
            foreach (string wire in WireCase.Names)
            {
                ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
                foreach (string piece in order)
                {
                    peer.In($"[P.] {piece} ack 1");
                }

                Assert.Equal(29, peer.Variables.RcvNxt);
                Assert.Equal(28, peer.ReadAll());
                Assert.Equal(0, peer.LentWhenIdle);
            }
        }
    }

    // SM-TXT-2: what does not fit into the buffer is not acknowledged, and is taken when it comes again and fits.
    [Theory, OnEveryWire]
    public void TextBeyondTheBuffer_IsNotAcknowledged(string wire)
    {
        TcpSettings settings = new() { ReceiveBuffer = (4096, 8000, 8000), WindowScaling = false };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: settings);
        for (int at = 1; at < 9001; at += 1000)
        {
            peer.In($"[P.] {at}:{at + 1000} ack 1");
        }

        int got = peer.Variables.RcvNxt;
        Assert.InRange(got, 2001, 4001);
        Assert.Equal(got - 1, peer.ReadAll());
        Assert.Equal($"[.] 1 ack {got}", peer.Sent());          // the window opens and the peer is told
        peer.In($"[P.] {got}:{got + 1000} ack 1");
        Assert.Equal(1000, peer.ReadAll());
    }

    // SM-TXT-3
    [Theory, OnEveryWire(In = "CW CG LA TW")]
    public void TextBehindThePeersFin_IsIgnoredAndAcknowledged(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        (int next, int expected) = peer.Variables;
        int ack = state is "CG" or "LA" ? next - 1 : next;
        Assert.Equal($"[.] {next} ack {expected}", peer.In($"[P.] {expected}:{expected + 10} ack {ack}"));
        Assert.Equal((ScriptedPeer.StateOf(state), 0, (next, expected)), (peer.State, peer.Tcp.Readable, peer.Variables));
    }

    // SM-TXT-4, SHLD-3
    [Theory, OnEveryWire(In = "F1 F2")]
    public void NewTextWithNoReaderLeft_IsReset(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Close();
        int ack = state == "F2" ? 2 : 1;
        Assert.Equal($"[R] {ack}", peer.In($"[FP.] 1:11 ack {ack}"));
        Assert.Equal(TcpState.Closed, peer.State);
    }

    // SM-TXT-4: text that was acknowledged before is not new.
    [Theory, OnEveryWire]
    public void FinWithoutText_WithNoReaderLeft_EndsNormally(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        peer.Close();
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 2"));
        Assert.Equal(TcpState.TimeWait, peer.State);
    }

    // X-LIM-1: the number of holes is bounded; what would make one more is dropped, the connection goes on.
    [Theory, OnEveryWire]
    public void EveryOtherOctet_HoldsABoundedNumberOfRangesAndRecovers(string wire)
    {
        TcpSettings settings = new() { MaxOutOfOrderRanges = 8 };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", settings);
        for (int at = 3; at < 103; at += 2)
        {
            Assert.StartsWith("[.] 1 ack 1", peer.In($"[P.] {at}:{at + 1} ack 1"), StringComparison.Ordinal);
        }

        Assert.InRange(peer.Buffers.Lent, 1, 256);
        peer.In("[P.] 1:103 ack 1");
        Assert.Equal(102, peer.ReadAll());
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // X-RCV-1: a flood of tiny segments takes no more memory than its octets.
    [Theory, OnEveryWire]
    public void FloodOfOneOctetSegments_MemoryIsBoundedAndProgressKept(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        for (int at = 1; at <= 5000; at++)
        {
            peer.In($"[.] {at}:{at + 1} ack 1");
        }

        Assert.Equal(5001, peer.Variables.RcvNxt);
        Assert.InRange(peer.Buffers.Lent, 5000, 16384);
        Assert.Equal(5000, peer.ReadAll());
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // MUST-5: options are accepted on any segment.
    [Theory]
    [InlineData("[P.] 1:11 ack 1 <mss 500,ws 3,sackOK>")]
    [InlineData("[FP.] 1:11 ack 1 <mss 500>")]
    public void OptionsOfASyn_OnOtherSegments_AreIgnored(string segment)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
            peer.In(segment);
            Assert.Equal(10, peer.ReadAll());
            peer.Run(1);
            Assert.EndsWith($"[.] 1:1001 ack {peer.Variables.RcvNxt}\n[P.] 1001:2001 ack {peer.Variables.RcvNxt}", peer.Send(2000), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string[]> Permutations(string[] items)
    {
        if (items.Length == 1)
        {
            yield return items;
            yield break;
        }

        for (int i = 0; i < items.Length; i++)
        {
            foreach (string[] rest in Permutations([.. items[..i], .. items[(i + 1)..]]))
            {
                yield return [items[i], .. rest];
            }
        }
    }
}
